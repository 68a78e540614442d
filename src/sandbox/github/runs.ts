/** Workflow runs and the deployments they make. A run is a record of when it began; everything else follows from the time. */
export interface Timing {
  /** Waiting for a runner. */
  readonly queuedMs: number;
  readonly buildMs: number;
  /** From the start of the deploy job until production runs the tag. */
  readonly deployMs: number;
  /** From there until the run is over. */
  readonly finishMs: number;
}
export interface Attempt {
  readonly startedAt: number;
  readonly actor: string;
  readonly deploymentId: number;
  readonly cancelledAt?: number;
}
export interface Run {
  readonly id: number;
  readonly number: number;
  readonly workflowId: number;
  readonly event: 'release' | 'workflow_dispatch';
  readonly title: string;
  /** Branch or tag the workflow file was taken from. */
  readonly ref: string;
  readonly sha: string;
  readonly createdAt: number;
  readonly tag: string;
  readonly inputs: Readonly<Record<string, string>>;
  /** The commit the tag points at; undefined: there is no such tag, and the build says so. */
  readonly tagSha: string | undefined;
  readonly outcome: 'success' | 'failure';
  readonly timing: Timing;
  /** At least one. */
  readonly attempts: readonly [Attempt, ...Attempt[]];
}

export type Status = 'queued' | 'in_progress' | 'completed';
export type Conclusion = 'success' | 'failure' | 'cancelled' | 'skipped' | null;
export interface Progress {
  readonly status: Status;
  readonly conclusion: Conclusion;
  /** When this status began. */
  readonly since: number;
}
export interface JobProgress extends Progress {
  readonly name: 'build' | 'deploy';
  readonly startedAt: number;
  readonly completedAt: number | undefined;
}
export interface Deployment {
  readonly id: number;
  readonly run: Run;
  readonly sha: string;
  readonly createdAt: number;
  /** Newest first, as GitHub lists them. */
  readonly statuses: readonly { readonly id: number; readonly state: 'in_progress' | 'success' | 'failure'; readonly at: number }[];
}

/** The moments of an attempt if nobody interferes. */
export function momentsOf(run: Run, attempt: Attempt) {
  const { queuedMs, buildMs, deployMs, finishMs } = run.timing;
  const started = attempt.startedAt + queuedMs;
  const built = started + buildMs;
  const landed = built + deployMs;
  const ended = run.tagSha === undefined ? built : landed + finishMs;
  return { started, built, landed, ended };
}

export const lastAttempt = (run: Run): Attempt => run.attempts.at(-1) ?? run.attempts[0];

export function progressOf(run: Run, now: number): Progress {
  const attempt = lastAttempt(run);
  const { started, ended } = momentsOf(run, attempt);
  if (isCancelled(attempt, ended, now)) return { status: 'completed', conclusion: 'cancelled', since: attempt.cancelledAt ?? now };
  if (now >= ended) return { status: 'completed', conclusion: run.tagSha === undefined ? 'failure' : run.outcome, since: ended };
  if (now >= started) return { status: 'in_progress', conclusion: null, since: started };
  return { status: 'queued', conclusion: null, since: attempt.startedAt };
}

/** The jobs GitHub lists: `deploy` appears once `build` is over. */
export function jobsOf(run: Run, now: number): readonly JobProgress[] {
  const attempt = lastAttempt(run);
  const { started, built, landed, ended } = momentsOf(run, attempt);
  const stop = isCancelled(attempt, ended, now) ? (attempt.cancelledAt ?? now) : Number.POSITIVE_INFINITY;
  const job = (name: 'build' | 'deploy', span: { from: number; to: number }, good: boolean): JobProgress => {
    const shared = { name, startedAt: span.from };
    if (stop < span.to) return { ...shared, status: 'completed', conclusion: 'cancelled', since: stop, completedAt: stop };
    if (now >= span.to) return { ...shared, status: 'completed', conclusion: good ? 'success' : 'failure', since: span.to, completedAt: span.to };
    const running = now >= span.from;
    return { ...shared, status: running ? 'in_progress' : 'queued', conclusion: null, since: running ? span.from : attempt.startedAt, completedAt: undefined };
  };
  const build = job('build', { from: started, to: built }, run.tagSha !== undefined);
  if (run.tagSha === undefined || now < built || stop < built) return [build];
  return [build, job('deploy', { from: built, to: landed }, run.outcome === 'success')];
}

/** The deployments that exist at `now`, newest first. */
export function deploymentsOf(runs: readonly Run[], now: number): readonly Deployment[] {
  const all = runs.flatMap((run) => run.attempts.map((attempt) => deploymentOf(run, attempt, now)));
  return all.filter((one) => one !== undefined).sort((a, b) => b.createdAt - a.createdAt || b.id - a.id);
}

/** When production begins to run the tag of this attempt; undefined: it never does. */
export function landing(run: Run, attempt: Attempt): number | undefined {
  const { landed } = momentsOf(run, attempt);
  if (run.tagSha === undefined || run.outcome === 'failure') return undefined;
  return attempt.cancelledAt !== undefined && attempt.cancelledAt < landed ? undefined : landed;
}

function deploymentOf(run: Run, attempt: Attempt, now: number): Deployment | undefined {
  const { built, landed } = momentsOf(run, attempt);
  const cancelledAt = attempt.cancelledAt ?? Number.POSITIVE_INFINITY;
  if (run.tagSha === undefined || now < built || cancelledAt < built) return undefined;
  const id = attempt.deploymentId;
  const statuses: Deployment['statuses'][number][] = [{ id: id * 10 + 1, state: 'in_progress', at: built }];
  const end = Math.min(landed, cancelledAt);
  if (now >= end) statuses.unshift({ id: id * 10 + 2, state: landing(run, attempt) === undefined ? 'failure' : 'success', at: end });
  return { id, run, sha: run.tagSha, createdAt: built, statuses };
}

const isCancelled = (attempt: Attempt, ended: number, now: number): boolean =>
  attempt.cancelledAt !== undefined && attempt.cancelledAt < ended && attempt.cancelledAt <= now;
