/** The only place that writes to GitHub. What it is given was planned, shown and approved; it performs exactly that. */
import * as z from 'zod';
import type { RollbackAction, RunReference } from '../core/rollback.ts';
import { Failure } from '../lib/failure.ts';
import type { GitHub } from './client.ts';
import { findLatest, findReleaseById } from './releases.ts';
import { findRuns, type RunSearch } from './runs.ts';
import { DispatchedShape, ReleaseShape } from './shapes.ts';

type Dispatch = Extract<RollbackAction, { kind: 'dispatchWorkflow' }>;
type Mark = Extract<RollbackAction, { kind: 'markRelease' }>;

/**
 * Sends one action, once. A Failure with `unclear` may have done its work: wait, ask `findAction`, and only then decide.
 * undefined: GitHub took the dispatch but named no run (older Enterprise servers); `findAction` finds it by its key.
 */
export async function applyAction(
  github: GitHub,
  repo: string,
  ask: { readonly action: RollbackAction; readonly signal: AbortSignal },
): Promise<RunReference | undefined> {
  const { action, signal } = ask;
  if (action.kind === 'dispatchWorkflow') return await dispatch(github, repo, { action, signal });
  if (action.kind === 'markRelease') return await mark(github, repo, { action, signal });
  throw new Failure('E_INTERNAL', `nobody can do “${action.kind}” in this version; nothing was sent`, { permanent: true });
}

async function dispatch(github: GitHub, repo: string, { action, signal }: { action: Dispatch; signal: AbortSignal }): Promise<RunReference | undefined> {
  const ask = {
    repo,
    route: 'POST /repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches',
    to: `dispatch ${action.workflow} at ${action.ref} in ${repo}`,
    signal,
  };
  const params = { workflow_id: action.workflow, ref: action.ref, inputs: action.inputs };
  try {
    const run = await github.write({ ...ask, params: { ...params, return_run_details: true }, schema: DispatchedShape });
    return run && { kind: 'run', id: run.workflow_run_id, url: run.html_url };
  } catch (error) {
    if (!refusesTheQuestion(error)) throw error;
    // It was refused for a field old servers do not know, so nothing has happened yet: this is still the first dispatch.
    await github.write({ ...ask, params, schema: z.unknown() });
    return undefined;
  }
}

function refusesTheQuestion(error: unknown): boolean {
  return error instanceof Failure && error.code === 'E_GITHUB_REFUSED' && !error.unclear && /answered (400|422) .*return_run_details/s.test(error.message);
}

async function mark(github: GitHub, repo: string, { action, signal }: { action: Mark; signal: AbortSignal }): Promise<RunReference> {
  const release = await github.write({
    repo,
    route: 'PATCH /repos/{owner}/{repo}/releases/{release_id}',
    // GitHub wants the words 'true' and 'false', not booleans, for this one.
    params: { release_id: action.releaseId, make_latest: action.latest ? 'true' : 'false', prerelease: action.prerelease },
    to: `mark ${action.tag} of ${repo} as ${action.latest ? 'the latest release' : action.prerelease ? 'a pre-release' : 'not the latest release'}`,
    schema: ReleaseShape,
    signal,
  });
  return { kind: 'release', id: release.id, url: release.url };
}

/**
 * Did it happen? For after an unclear end, and only after a settle time: GitHub's lists lag. `unknown` means that nobody can say,
 * because the answer is missing or because a run without a key could be ours; then a person decides and nothing is sent again.
 */
export async function findAction(
  github: GitHub,
  repo: string,
  ask: RunSearch & { readonly action: RollbackAction; readonly signal: AbortSignal },
): Promise<RunReference | 'absent' | 'unknown'> {
  const { action, signal } = ask;
  try {
    if (action.kind === 'dispatchWorkflow') return await findRun(github, repo, { ...ask, action });
    return action.kind === 'markRelease' ? await readBack(github, repo, { action, signal }) : 'unknown';
  } catch (error) {
    if (error instanceof Failure) return 'unknown';
    throw error;
  }
}

async function findRun(github: GitHub, repo: string, ask: RunSearch & { action: Dispatch; signal: AbortSignal }): Promise<RunReference | 'absent' | 'unknown'> {
  const { action, since, signal } = ask;
  const key = action.keyInput === undefined ? undefined : ask.key;
  const { mine, others } = await findRuns(github, repo, { workflow: action.workflow, since, key, signal });
  return mine ?? (others === 0 ? 'absent' : 'unknown');
}

async function readBack(github: GitHub, repo: string, { action, signal }: { action: Mark; signal: AbortSignal }): Promise<RunReference | 'absent' | 'unknown'> {
  const desk = { github, repo, signal, priority: 'rollback' } as const;
  const [release, latest] = await Promise.all([findReleaseById(desk, action.releaseId), findLatest(desk)]);
  if (release === undefined) return 'unknown';
  const done = release.prerelease === action.prerelease && (latest?.id === action.releaseId) === action.latest;
  return done ? { kind: 'release', id: release.id, url: release.url } : 'absent';
}
