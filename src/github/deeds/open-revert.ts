/**
 * Opens a pull request whose one commit brings the files of the target back. Three writes: a commit (which nobody sees until a branch
 * points at it), the branch, the pull request. Each is recognised by the branch's name, so that repeating goes on where it stopped.
 */
import type { RunReference } from '../../core/rollback.ts';
import { Failure } from '../../lib/failure.ts';
import type { Desk } from '../desk.ts';
import { findPull, readCommit } from '../pulls.ts';
import { findRefCommit } from '../refs.ts';
import { CommitShape, PullShape, RefShape } from '../shapes.ts';
import { type ActionOf, answeredAs, type Deed } from './deed.ts';

type Action = ActionOf<'openRevert'>;

export const openRevert: Deed<'openRevert'> = {
  kind: 'openRevert',
  apply,
  async find(desk, action) {
    // A branch without a pull request is harmless, and is used when it is asked again.
    return (await findPull(desk, action)) ?? 'absent';
  },
};

async function apply(desk: Desk, action: Action): Promise<RunReference> {
  const to = `open a pull request that brings the files of ${action.targetSha.slice(0, 7)} back to ${action.base} of ${desk.repo}`;
  const opened = await findPull(desk, action);
  if (opened !== undefined) return opened;
  const [base, ours, target, before] = await Promise.all([
    findRefCommit(desk, `heads/${action.base}`),
    findRefCommit(desk, `heads/${action.branch}`),
    readCommit(desk, action.targetSha),
    readCommit(desk, action.baseSha),
  ]);
  if (base !== action.baseSha) {
    const because = base === undefined ? `there is no branch ${action.base}` : `${action.base} has moved on since the plan was made`;
    throw refusal('E_PLAN_MOVED', `could not ${to}: ${because}; nothing was sent`, 'ask for a new plan');
  }
  if (target.tree.sha === before.tree.sha) {
    throw refusal('E_NOOP', `could not ${to}: they are there already; nothing was sent`, `deploy ${action.base}: it holds the files of the target`);
  }
  if (ours === undefined) await makeBranch(desk, action, { tree: target.tree.sha, to });
  else await refuseUnlessOurs(desk, action, { commit: ours, tree: target.tree.sha, to });
  return await openPull(desk, action, to);
}

async function makeBranch({ github, ...rest }: Desk, action: Action, { tree, to }: { readonly tree: string; readonly to: string }): Promise<void> {
  const { value: commit } = await github.write({
    ...rest,
    route: 'POST /repos/{owner}/{repo}/git/commits',
    params: { message: `${action.title}\n\n${action.body}`, tree, parents: [action.baseSha] },
    to: `${to}: make its commit`,
    schema: CommitShape,
  });
  await github.write({
    ...rest,
    route: 'POST /repos/{owner}/{repo}/git/refs',
    params: { ref: `refs/heads/${action.branch}`, sha: commit.sha },
    to: `${to}: make the branch ${action.branch}`,
    schema: RefShape,
  });
}

/** Made by an earlier try, or by somebody else who chose the same name. */
async function refuseUnlessOurs(desk: Desk, action: Action, known: { readonly commit: string; readonly tree: string; readonly to: string }): Promise<void> {
  const { tree, parents } = await readCommit(desk, known.commit);
  if (tree.sha === known.tree && parents.length === 1 && parents[0]?.sha === action.baseSha) return;
  const because = `the branch ${action.branch} is there already and holds something else`;
  throw refusal('E_PLAN_MOVED', `could not ${known.to}: ${because}; nothing was sent`, 'look at that branch; delete it if nobody needs it, then ask again');
}

async function openPull(desk: Desk, action: Action, to: string): Promise<RunReference> {
  const { github, ...rest } = desk;
  try {
    const { value: pull, requestId } = await github.write({
      ...rest,
      route: 'POST /repos/{owner}/{repo}/pulls',
      params: { title: action.title, body: action.body, head: action.branch, base: action.base },
      to,
      schema: PullShape,
    });
    return { kind: 'pull', id: pull.number, url: pull.html_url, ...answeredAs(requestId) };
  } catch (error) {
    if (!(error instanceof Failure) || error.unclear) throw error;
    // Somebody was faster by a moment, or GitHub's list lagged.
    const opened = /already exists/i.test(error.message) ? await findPull(desk, action) : undefined;
    if (opened !== undefined) return opened;
    throw branchLeft(error, action);
  }
}

function branchLeft(error: Failure, { branch }: Action): Failure {
  const { code, message, hint = '', retryAt, permanent } = error;
  const left = `; but the branch ${branch} was made before and is left there`;
  return new Failure(code, message + left, { hint, permanent, ...(retryAt !== undefined && { retryAt }) });
}

function refusal(code: 'E_PLAN_MOVED' | 'E_NOOP', message: string, hint: string): Failure {
  return new Failure(code, message, { hint, permanent: true });
}
