/** Workflow runs. A run is a record of when it began and what people did to it; everything else follows from the time. */
import type { Json } from './answer.ts';

export interface Timing {
  /** Waiting for a runner. */
  readonly queuedMs: number;
  readonly buildMs: number;
  /** From the start of the deploy job until production runs the tag. */
  readonly deployMs: number;
  /** From there until the run is over. */
  readonly finishMs: number;
}
export type Outcome = 'success' | 'failure';
/** What stands between the build and the deploy: the protection rules of the environment. */
export interface Gate {
  readonly waitMs: number;
  readonly reviewers: readonly string[];
  /** What a reviewer said; undefined: nobody has yet. */
  readonly review?: { readonly verdict: 'approved' | 'rejected'; readonly by: string; readonly at: number };
}
export interface Attempt {
  readonly startedAt: number;
  readonly actor: string;
  readonly deploymentId: number;
  readonly timing: Timing;
  readonly outcome: Outcome;
  readonly gate: Gate;
  readonly cancelledAt?: number;
}
export type RunEvent = 'release' | 'workflow_dispatch' | 'repository_dispatch' | 'push';
export interface Run {
  readonly id: number;
  readonly number: number;
  readonly workflowId: number;
  readonly event: RunEvent;
  readonly title: string;
  /** Branch or tag the workflow file was taken from. */
  readonly ref: string;
  readonly sha: string;
  /** When it comes into being; GitHub may let a dispatch wait before that. */
  readonly createdAt: number;
  /** The release that production runs when this run has deployed. */
  readonly tag: string;
  readonly inputs: Readonly<Record<string, string>>;
  /** What the deployment it records is told about. */
  readonly payload: Json;
  /** The commit that is built; undefined: there is no such tag, and the build says so. */
  readonly tagSha: string | undefined;
  /** At least one. */
  readonly attempts: readonly [Attempt, ...Attempt[]];
}

export type Status = 'queued' | 'in_progress' | 'waiting' | 'completed';
export type Conclusion = 'success' | 'failure' | 'cancelled' | 'skipped' | null;
export interface Progress {
  readonly status: Status;
  readonly conclusion: Conclusion;
  /** When this status began. */
  readonly since: number;
}
export interface JobProgress extends Progress {
  readonly name: 'build' | 'deploy';
  /** Not a moment yet (infinite) while it waits for a review. */
  readonly startedAt: number;
  readonly completedAt: number | undefined;
}

const NEVER = Number.POSITIVE_INFINITY;

/** The moments of an attempt, as far as they are known; one that depends on a review nobody gave is infinite. */
export function momentsOf(run: Run, attempt: Attempt) {
  const { queuedMs, buildMs, deployMs, finishMs } = attempt.timing;
  const started = attempt.startedAt + queuedMs;
  const built = started + buildMs;
  const opened = opening(attempt.gate, built);
  const landed = opened + deployMs;
  const { review } = attempt.gate;
  const ended = run.tagSha === undefined ? built : review?.verdict === 'rejected' ? review.at : landed + finishMs;
  return { started, built, opened, landed, ended };
}

function opening(gate: Gate, built: number): number {
  const timed = built + gate.waitMs;
  if (gate.reviewers.length === 0) return timed;
  return gate.review?.verdict === 'approved' ? Math.max(timed, gate.review.at) : NEVER;
}

export const lastAttempt = (run: Run): Attempt => run.attempts.at(-1) ?? run.attempts[0];

/** The run with its last attempt changed. */
export function withLastAttempt(run: Run, change: Partial<Attempt>): Run {
  const [first, ...others] = run.attempts;
  const last = { ...lastAttempt(run), ...change };
  return { ...run, attempts: others.length === 0 ? [last] : [first, ...others.slice(0, -1), last] };
}

export function progressOf(run: Run, now: number): Progress {
  const attempt = lastAttempt(run);
  const { started, built, opened, ended } = momentsOf(run, attempt);
  if (isCancelled(attempt, ended, now)) return { status: 'completed', conclusion: 'cancelled', since: attempt.cancelledAt ?? now };
  if (now >= ended) return { status: 'completed', conclusion: endsWell(run, attempt) ? 'success' : 'failure', since: ended };
  if (now >= built && now < opened) return { status: 'waiting', conclusion: null, since: built };
  if (now >= started) return { status: 'in_progress', conclusion: null, since: started };
  return { status: 'queued', conclusion: null, since: attempt.startedAt };
}

/** The jobs GitHub lists: `deploy` appears once `build` is over. */
export function jobsOf(run: Run, now: number): readonly JobProgress[] {
  const attempt = lastAttempt(run);
  const { started, built, opened, landed, ended } = momentsOf(run, attempt);
  const stop = isCancelled(attempt, ended, now) ? (attempt.cancelledAt ?? now) : NEVER;
  const job = (name: 'build' | 'deploy', span: { from: number; to: number; good: boolean }): JobProgress => {
    const shared = { name, startedAt: span.from };
    const over = (conclusion: Conclusion, at: number): JobProgress => ({ ...shared, status: 'completed', conclusion, since: at, completedAt: at });
    if (stop < span.to) return over('cancelled', stop);
    if (now >= span.to) return over(span.good ? 'success' : 'failure', span.to);
    if (now >= span.from) return { ...shared, status: 'in_progress', conclusion: null, since: span.from, completedAt: undefined };
    const status = name === 'deploy' ? 'waiting' : 'queued';
    return { ...shared, status, conclusion: null, since: name === 'deploy' ? built : attempt.startedAt, completedAt: undefined };
  };
  const build = job('build', { from: started, to: built, good: run.tagSha !== undefined });
  if (run.tagSha === undefined || now < built || stop < built) return [build];
  const isRejected = attempt.gate.review?.verdict === 'rejected';
  return [build, job('deploy', { from: opened, to: isRejected ? ended : landed, good: endsWell(run, attempt) })];
}

function endsWell(run: Run, attempt: Attempt): boolean {
  return run.tagSha !== undefined && attempt.gate.review?.verdict !== 'rejected' && attempt.outcome === 'success';
}

/** When production begins to run the tag of this attempt; undefined: it never does, or a review is still missing. */
export function landing(run: Run, attempt: Attempt): number | undefined {
  const { landed } = momentsOf(run, attempt);
  if (!endsWell(run, attempt) || landed === NEVER) return undefined;
  return attempt.cancelledAt !== undefined && attempt.cancelledAt < landed ? undefined : landed;
}

const isCancelled = (attempt: Attempt, ended: number, now: number): boolean =>
  attempt.cancelledAt !== undefined && attempt.cancelledAt < ended && attempt.cancelledAt <= now;
