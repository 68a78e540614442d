/** The runs of the deploy workflow: those of the past, those that were ordered, and the moment each reaches production. */
import type { Clock } from '../../lib/clock.ts';
import type { Json } from './answer.ts';
import { type Git, resolve } from './git.ts';
import type { ReleaseSeed } from './history.ts';
import type { NamedRef } from './orders.ts';
import { type Attempt, type Gate, landing, lastAttempt, type Outcome, progressOf, type Run, type RunEvent, type Timing, withLastAttempt } from './runs.ts';
import { runName } from './workflow.ts';

export interface Order {
  readonly event: RunEvent;
  readonly title: string;
  readonly ref: NamedRef;
  readonly tag: string;
  readonly tagSha: string | undefined;
  readonly inputs: Readonly<Record<string, string>>;
  readonly payload: Json;
  readonly actor: string;
}
export interface LedgerOptions {
  readonly clock: Clock;
  readonly git: Git;
  readonly workflowId: number;
  readonly timing: Timing;
  /** How long an ordered run stays away: GitHub took the order and has not made the run yet. */
  readonly appearsAfterMs: number;
  readonly gate: Gate;
  readonly outcome: (tag: string) => Outcome;
  readonly onDeployed: (tag: string, at: number) => void;
}
export interface Ledger {
  /** Newest first; those that have not appeared yet are among them. */
  runs(): readonly Run[];
  start(order: Order): Run;
  /** The same run once more, with a new attempt. */
  rerun(run: Run, actor: string): void;
  cancel(run: Run): void;
  /** What a reviewer says to a run that waits; false: it does not. */
  review(run: Run, verdict: 'approved' | 'rejected', by: string): boolean;
}

// Numbers of the size GitHub uses today; what matters is that they fit a double and never collide.
const FIRST_RUN_ID = 17_204_118_000;
const FIRST_DEPLOYMENT_ID = 2_106_311_000;
const PAST_TIMING: Timing = { queuedMs: 4_000, buildMs: 96_000, deployMs: 68_000, finishMs: 3_000 };
const NO_GATE: Gate = { waitMs: 0, reviewers: [] };

type NewRun = Omit<Run, 'id' | 'number' | 'workflowId'>;

export function createLedger(options: LedgerOptions, seeds: readonly ReleaseSeed[]): Ledger {
  const { clock, git, workflowId, timing, gate } = options;
  const runs = new Map<number, Run>();
  let attempts = 0;
  const nextDeploymentId = () => FIRST_DEPLOYMENT_ID + attempts++;
  const attempt = (startedAt: number, actor: string, tag: string): Attempt => {
    return { startedAt, actor, deploymentId: nextDeploymentId(), timing, outcome: options.outcome(tag), gate };
  };
  const add = (run: NewRun): Run => {
    const number = runs.size + 1;
    const full: Run = { ...run, id: FIRST_RUN_ID + number * 37, number, workflowId };
    runs.set(full.id, full);
    return full;
  };
  const change = (run: Run): void => {
    runs.set(run.id, run);
    announce(options, runs, run);
  };
  for (const seed of deployedSeeds(seeds)) add(pastRun(git, seed, nextDeploymentId()));
  return {
    runs: () => [...runs.values()].sort((a, b) => b.createdAt - a.createdAt || b.id - a.id),
    start({ ref, actor, ...order }) {
      const createdAt = clock.now() + options.appearsAfterMs;
      const run = add({ ...order, ref: ref.name, sha: ref.commit.sha, createdAt, attempts: [attempt(createdAt, actor, order.tag)] });
      announce(options, runs, run);
      return run;
    },
    rerun: (run, actor) => change({ ...run, attempts: [...run.attempts, attempt(clock.now(), actor, run.tag)] }),
    cancel: (run) => void runs.set(run.id, withLastAttempt(run, { cancelledAt: clock.now() })),
    review(run, verdict, by) {
      const { gate: closed } = lastAttempt(run);
      if (closed.review !== undefined || progressOf(run, clock.now()).status !== 'waiting') return false;
      change(withLastAttempt(run, { gate: { ...closed, review: { verdict, by, at: clock.now() } } }));
      return true;
    },
  };
}

/** Production gets the tag when the last attempt lands, unless that was cancelled meanwhile. */
function announce({ clock, onDeployed }: LedgerOptions, runs: ReadonlyMap<number, Run>, run: Run): void {
  const { deploymentId } = lastAttempt(run);
  const at = landing(run, lastAttempt(run));
  if (at === undefined) return;
  clock.at(at, () => {
    const later = runs.get(run.id);
    const same = later?.attempts.find((one) => one.deploymentId === deploymentId);
    if (later && same && landing(later, same) !== undefined) onDeployed(run.tag, at);
  });
}

const deployedSeeds = (seeds: readonly ReleaseSeed[]) =>
  seeds.filter((seed) => seed.deployedAt !== undefined && !seed.draft).sort((a, b) => (a.deployedAt ?? 0) - (b.deployedAt ?? 0));

/** Publishing a release deployed it. */
function pastRun(git: Git, seed: ReleaseSeed, deploymentId: number): NewRun {
  const sha = resolve(git, `tags/${seed.tag}`)?.sha ?? '';
  const startedAt = (seed.deployedAt ?? seed.publishedAt) - PAST_TIMING.queuedMs - PAST_TIMING.buildMs - PAST_TIMING.deployMs;
  const attempt: Attempt = { startedAt, actor: seed.author, deploymentId, timing: PAST_TIMING, outcome: 'success', gate: NO_GATE };
  const name = { event: 'release', title: runName(seed.tag, undefined), ref: seed.tag, tag: seed.tag } as const;
  return { ...name, sha, tagSha: sha, createdAt: startedAt, inputs: {}, payload: {}, attempts: [attempt] };
}
