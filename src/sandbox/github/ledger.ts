/** The runs of the deploy workflow: those of the past, those that were ordered, and the moment each reaches production. */
import type { Clock } from '../../lib/clock.ts';
import { type Commit, type Git, resolve } from './git.ts';
import type { ReleaseSeed } from './history.ts';
import { type Attempt, landing, lastAttempt, type Run, type Timing } from './runs.ts';
import { runName } from './workflow.ts';

export interface Order {
  readonly ref: { readonly name: string; readonly commit: Commit };
  readonly inputs: Readonly<Record<string, string>>;
  readonly actor: string;
}
export interface LedgerOptions {
  readonly clock: Clock;
  readonly git: Git;
  readonly workflowId: number;
  readonly timing: Timing;
  readonly outcome: (tag: string) => 'success' | 'failure';
  readonly onDeployed: (tag: string, at: number) => void;
}
export interface Ledger {
  /** Newest first. */
  runs(): readonly Run[];
  dispatch(order: Order): Run;
  /** The same run once more, with a new attempt. */
  rerun(run: Run, actor: string): void;
  cancel(run: Run): void;
}

// Numbers of the size GitHub uses today; what matters is that they fit a double and never collide.
const FIRST_RUN_ID = 17_204_118_000;
const FIRST_DEPLOYMENT_ID = 2_106_311_000;
const PAST_TIMING: Timing = { queuedMs: 4_000, buildMs: 96_000, deployMs: 68_000, finishMs: 3_000 };

export function createLedger(options: LedgerOptions, seeds: readonly ReleaseSeed[]): Ledger {
  const { clock, git, workflowId } = options;
  const runs = new Map<number, Run>();
  let attempts = 0;
  const attempt = (startedAt: number, actor: string): Attempt => ({ startedAt, actor, deploymentId: FIRST_DEPLOYMENT_ID + attempts++ });
  const add = (run: Omit<Run, 'id' | 'number' | 'workflowId'>): Run => {
    const number = runs.size + 1;
    const full: Run = { ...run, id: FIRST_RUN_ID + number * 37, number, workflowId };
    runs.set(full.id, full);
    return full;
  };
  const announce = (run: Run) => {
    const { deploymentId } = lastAttempt(run);
    const at = landing(run, lastAttempt(run));
    if (at === undefined) return;
    clock.at(at, () => {
      const later = runs.get(run.id)?.attempts.find((one) => one.deploymentId === deploymentId);
      if (later && landing(run, later) !== undefined) options.onDeployed(run.tag, at); // not cancelled meanwhile
    });
  };
  for (const seed of deployedSeeds(seeds)) add(pastRun(git, seed, attempt));
  return {
    runs: () => [...runs.values()].sort((a, b) => b.createdAt - a.createdAt || b.id - a.id),
    dispatch(order) {
      const run = add(orderedRun(options, order, attempt(clock.now(), order.actor)));
      announce(run);
      return run;
    },
    rerun(run, actor) {
      const again: Run = { ...run, timing: options.timing, outcome: options.outcome(run.tag), attempts: [...run.attempts, attempt(clock.now(), actor)] };
      runs.set(run.id, again);
      announce(again);
    },
    cancel(run) {
      const [first, ...others] = run.attempts;
      const last = { ...lastAttempt(run), cancelledAt: clock.now() };
      runs.set(run.id, { ...run, attempts: others.length === 0 ? [last] : [first, ...others.slice(0, -1), last] });
    },
  };
}

const deployedSeeds = (seeds: readonly ReleaseSeed[]) =>
  seeds.filter((seed) => seed.deployedAt !== undefined && !seed.draft).sort((a, b) => (a.deployedAt ?? 0) - (b.deployedAt ?? 0));

type NewRun = Omit<Run, 'id' | 'number' | 'workflowId'>;

/** Publishing a release deployed it. */
function pastRun(git: Git, seed: ReleaseSeed, attempt: (at: number, actor: string) => Attempt): NewRun {
  const sha = resolve(git, `tags/${seed.tag}`)?.sha ?? '';
  const createdAt = (seed.deployedAt ?? seed.publishedAt) - PAST_TIMING.queuedMs - PAST_TIMING.buildMs - PAST_TIMING.deployMs;
  const name = { event: 'release', title: runName(seed.tag, undefined), ref: seed.tag, tag: seed.tag } as const;
  return { ...name, sha, tagSha: sha, createdAt, inputs: {}, outcome: 'success', timing: PAST_TIMING, attempts: [attempt(createdAt, seed.author)] };
}

function orderedRun(options: LedgerOptions, order: Order, attempt: Attempt): NewRun {
  const tag = order.inputs.tag ?? order.ref.name;
  return {
    event: 'workflow_dispatch',
    title: runName(tag, order.inputs.tagback_id),
    ref: order.ref.name,
    sha: order.ref.commit.sha,
    tag,
    tagSha: resolve(options.git, `tags/${tag}`)?.sha,
    createdAt: attempt.startedAt,
    inputs: order.inputs,
    outcome: options.outcome(tag),
    timing: options.timing,
    attempts: [attempt],
  };
}
