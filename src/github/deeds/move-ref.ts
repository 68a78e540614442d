/** Points a branch or a floating tag at the target. GitHub cannot compare and swap, so it is read right before and right after. */
import type { RunReference } from '../../core/rollback.ts';
import { Failure } from '../../lib/failure.ts';
import type { Desk } from '../desk.ts';
import { findRefCommit } from '../refs.ts';
import { RefShape } from '../shapes.ts';
import { type ActionOf, answeredAs, type Deed } from './deed.ts';

type Action = ActionOf<'moveRef'>;

export const moveRef: Deed<'moveRef'> = {
  kind: 'moveRef',
  apply,
  async find(desk, action) {
    const now = await findRefCommit(desk, action.ref);
    if (now === action.to) return referTo(desk, action);
    // Neither where it was nor where we wanted it: somebody else moved it, before us or after us.
    return now === action.from ? 'absent' : 'unknown';
  },
};

async function apply(desk: Desk, action: Action): Promise<RunReference> {
  const { github, ...rest } = desk;
  const { ref, from, to: sha } = action;
  const to = `move ${nameOf(ref)} of ${rest.repo} to ${action.tag}`;
  const before = await findRefCommit(desk, ref);
  if (before === sha) return referTo(desk, action);
  if (before !== from) throw movedBefore(to, action, before);
  const { value: made, requestId } = await github
    .write({ ...rest, route: 'PATCH /repos/{owner}/{repo}/git/refs/{ref}', params: { ref, sha, force: true }, to, schema: RefShape })
    .catch((error: unknown) => {
      throw error instanceof Failure ? byRule(error) : error;
    });
  const after = (await readBack(desk, ref)) ?? made.object.sha;
  // A copy that lags may still show the old commit; whoever follows the rollback looks again.
  if (after !== sha && after !== from) throw movedAfter(to, action, after);
  return { ...referTo(desk, action), ...answeredAs(requestId) };
}

/** The move was answered with success; not being able to look at it changes nothing about that. */
async function readBack(desk: Desk, ref: string): Promise<string | undefined> {
  try {
    return await findRefCommit(desk, ref);
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}

function movedBefore(to: string, { ref, from }: Action, now: string | undefined): Failure {
  const because = now === undefined ? `there is no ${nameOf(ref)}` : `it points at ${short(now)} now, and the plan was made when it pointed at ${short(from)}`;
  return new Failure('E_PLAN_MOVED', `could not ${to}: ${because}; nothing was sent`, {
    hint: 'find out who moved it, then ask for a new plan',
    permanent: true,
  });
}

function movedAfter(to: string, { to: wanted }: Action, now: string): Failure {
  return new Failure('E_PLAN_MOVED', `could not ${to} for good: it was moved to ${short(wanted)}, and somebody moved it on to ${short(now)} at once`, {
    hint: 'find out who, or which automation, moves it; then ask for a new plan',
    permanent: true,
  });
}

/** Rulesets, protected branches and immutable releases answer 422 or 403, and permission is not the matter. */
function byRule(error: Failure): Failure {
  const isRule = /rule violation|protected (?:branch|tag|ref)|immutable|must be made through a pull request|cannot (?:force-push|update)/i;
  if (error.unclear || !isRule.test(error.message)) return error;
  return new Failure('E_GITHUB_REFUSED', error.message, {
    hint: 'a rule of the repository forbids the move: let the bot bypass it (Settings → Rules), or use another strategy of this service',
    permanent: true,
  });
}

function referTo({ github, repo }: Desk, { ref }: Action): RunReference {
  return { kind: 'ref', id: 0, url: `${github.web(repo)}/tree/${nameOf(ref).split('/').map(encodeURIComponent).join('/')}` };
}

/** `heads/release/stable` → `release/stable`. */
const nameOf = (ref: string): string => ref.slice(ref.indexOf('/') + 1);
const short = (sha: string): string => sha.slice(0, 7);
