/** How a rollback goes at GitHub, from the answer to its request until it has ended; read again and again by whoever waits. */
import type { Instant } from '../core/model.ts';
import type { RollbackAction, RunReference } from '../core/rollback.ts';
import { Failure } from '../lib/failure.ts';
import type { GitHub } from './client.ts';
import { deedOf } from './deeds/index.ts';
import type { Desk } from './desk.ts';
import { followDeployment, followEvent, followPull } from './follow-deployed.ts';
import { readJobLog } from './job-log.ts';
import { findRefCommit } from './refs.ts';
import { seeRun } from './runs.ts';
import { RunsShape } from './shapes.ts';

export type Progress =
  /** `status` is a few words for people: GitHub's own, or what is being waited for. */
  | { readonly kind: 'going'; readonly status: string; readonly job: string | undefined }
  | { readonly kind: 'done'; readonly because: string }
  | { readonly kind: 'failed'; readonly because: string; readonly job: string | undefined; readonly log?: readonly string[] };

export interface FollowAsk {
  readonly reference: RunReference;
  /** The one `reference` is of. */
  readonly action: RollbackAction;
  readonly signal: AbortSignal;
  /** Where deployments count; GitHub's own default is production. */
  readonly environment?: string;
  /** When it was sent. Needed for an event, which leaves no other trace; without it an event is never seen to end. */
  readonly since?: Instant;
}

/** Throws `Failure` when GitHub cannot be read; nothing is known then, and it is asked again later. */
export async function followAction(github: GitHub, repo: string, ask: FollowAsk): Promise<Progress> {
  const { reference, action, environment = 'production', since } = ask;
  const desk: Desk = { github, repo, signal: ask.signal, priority: 'rollback' };
  switch (reference.kind) {
    case 'run':
      return await followRun(desk, reference, since);
    case 'deployment':
      return await followDeployment(desk, reference.id, action.kind === 'createDeployment' ? action.sha : undefined);
    case 'pull':
      return await followPull(desk, reference.id, environment);
    case 'event':
      return await followEvent(desk, { sha: action.kind === 'repositoryDispatch' ? action.sha : undefined, environment, since });
    case 'release':
      return await followRelease(desk, action);
    case 'ref':
      return await followRef(desk, action);
  }
}

/** GitHub names a run in its answer before it shows it; a minute was seen. */
const SHOWN_AFTER_MS = 180_000;

async function followRun(desk: Desk, reference: RunReference, since: Instant | undefined): Promise<Progress> {
  const run = await seeRun(desk, reference.id);
  if (run === undefined) {
    const isYoung = since !== undefined && desk.github.now() - since < SHOWN_AFTER_MS;
    if (isYoung) return { kind: 'going', status: 'queued', job: undefined };
    return { kind: 'failed', because: `GitHub shows no run ${reference.id}: it was deleted, or never came into being`, job: undefined };
  }
  // A re-run that GitHub has taken and not begun still shows how the attempt before it ended.
  if (run.attempt < (reference.attempt ?? 1)) return { kind: 'going', status: 'queued', job: undefined };
  const { status, conclusion, job } = run;
  if (status === 'waiting') return { kind: 'going', status: 'waiting for GitHub’s environment approval (or its timer)', job };
  if (status !== 'completed') return { kind: 'going', status, job };
  if (conclusion === 'success') return { kind: 'done', because: `the run “${run.title}” succeeded${run.attempt > 1 ? ` in attempt ${run.attempt}` : ''}` };
  const where = job === undefined ? '' : ` in the job “${job}”`;
  // A concurrency group of the workflow cancels as well, and GitHub does not say who it was.
  if (conclusion === 'cancelled') return { kind: 'failed', because: `the run was cancelled by hand on GitHub, or by a newer run of its group${where}`, job };
  const log = run.jobId === undefined ? undefined : await readJobLog(desk, run.jobId);
  return { kind: 'failed', because: `the run ended with “${conclusion ?? 'no conclusion'}”${where}`, job, ...(log && { log }) };
}

async function followRelease(desk: Desk, action: RollbackAction): Promise<Progress> {
  if (action.kind !== 'markRelease') throw mismatch('release', action);
  const found = await deedOf('markRelease').find(desk, action, { since: 0, key: undefined });
  const as = action.latest ? 'the latest release' : action.prerelease ? 'a pre-release' : 'not the latest release';
  if (found === 'unknown') return { kind: 'failed', because: `the release ${action.tag} is gone`, job: undefined };
  if (found === 'absent') return { kind: 'going', status: `waiting for GitHub to show ${action.tag} as ${as}`, job: undefined };
  return { kind: 'done', because: `${action.tag} is ${as}` };
}

async function followRef(desk: Desk, action: RollbackAction): Promise<Progress> {
  if (action.kind !== 'moveRef') throw mismatch('ref', action);
  const now = await findRefCommit(desk, action.ref);
  if (now === action.to) return { kind: 'done', because: `${action.ref} points at ${action.tag}` };
  // GitHub's copies lag by seconds.
  if (now === action.from) return { kind: 'going', status: `waiting for GitHub to show ${action.ref} at its new place`, job: undefined };
  const because = now === undefined ? `${action.ref} was deleted after it had been moved` : `${action.ref} was moved on to ${now.slice(0, 7)} by somebody else`;
  return { kind: 'failed', because, job: undefined };
}

function mismatch(kind: string, action: RollbackAction): Failure {
  return new Failure('E_INTERNAL', `a reference to a ${kind} was followed with the action “${action.kind}”; nothing was read`, { permanent: true });
}

const RUNS_MEASURED = 5;

/** The median of the last successful runs, in ms from their start to their end; undefined: there are none, or they cannot be read. */
export async function usualDurationMs(
  github: GitHub,
  repo: string,
  ask: { readonly workflow: string; readonly signal: AbortSignal },
): Promise<number | undefined> {
  try {
    const { workflow_runs: runs } = await github.read({
      repo,
      route: 'GET /repos/{owner}/{repo}/actions/workflows/{workflow_id}/runs',
      params: { workflow_id: ask.workflow, status: 'success', per_page: RUNS_MEASURED, exclude_pull_requests: true },
      to: `read how long ${ask.workflow} of ${repo} usually takes`,
      schema: RunsShape,
      signal: ask.signal,
    });
    const lasted = runs.flatMap(({ startedAt, updatedAt }) => (startedAt === undefined || updatedAt === undefined ? [] : [updatedAt - startedAt]));
    return median(lasted.filter((ms) => ms >= 0));
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}

function median(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  const [low, high] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[Math.floor(sorted.length / 2)]];
  return low === undefined || high === undefined ? undefined : Math.round((low + high) / 2);
}
