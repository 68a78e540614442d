/** Everything the mini GitHub knows; routes read it and the few writes change it. */
import type { Clock } from '../../lib/clock.ts';
import type { Json } from './answer.ts';
import { buildGit, type Git } from './git.ts';
import type { ReleaseSeed } from './history.ts';
import { createLedger, type Ledger } from './ledger.ts';
import { createReleases, type Releases } from './releases.ts';
import { type Deployment, deploymentsOf, progressOf, type Run, type Timing } from './runs.ts';
import { ciWorkflow, type WorkflowFile } from './workflow.ts';

/** Something that changed on GitHub, in the order it happened; what "exactly one rollback" is counted on. */
export interface Effect {
  readonly at: number;
  readonly kind: 'dispatch' | 'rerun' | 'cancel' | 'release' | 'workflow-state';
  readonly by: string;
  readonly detail: { readonly [key: string]: Json };
}
export interface WorldOptions {
  readonly clock: Clock;
  /** `owner/name` */
  readonly fullName: string;
  readonly isPrivate: boolean;
  readonly releases: readonly ReleaseSeed[];
  readonly workflow: WorkflowFile;
  readonly timing: Timing;
  /** A new run shows up in lists only after this long; by its id it is there at once. */
  readonly listedAfterMs: number;
  readonly oldServer: boolean;
  readonly outcome: (tag: string) => 'success' | 'failure';
  readonly onDeployed: (tag: string, at: number) => void;
}
export type WorkflowState = 'active' | 'disabled_manually';
export interface World {
  readonly options: WorldOptions;
  readonly git: Git;
  readonly releases: Releases;
  readonly ledger: Ledger;
  readonly effects: Effect[];
  readonly workflows: readonly WorkflowFile[];
  now(): number;
  /** Newest first. */
  deployments(): readonly Deployment[];
  stateOf(workflow: WorkflowFile): WorkflowState;
  setState(workflow: WorkflowFile, state: WorkflowState): void;
}

export function createWorld(options: WorldOptions): World {
  const git = buildGit(options.releases);
  const { clock, workflow, timing, outcome, onDeployed } = options;
  const ledger = createLedger({ clock, git, workflowId: workflow.id, timing, outcome, onDeployed }, options.releases);
  const states = new Map<number, WorkflowState>();
  const now = () => clock.now();
  return {
    options,
    git,
    ledger,
    now,
    releases: createReleases(options.releases, git),
    effects: [],
    workflows: [workflow, ciWorkflow],
    deployments: () => deploymentsOf(ledger.runs(), now()),
    stateOf: (one) => states.get(one.id) ?? 'active',
    setState: (one, state) => void states.set(one.id, state),
  };
}

/** What production runs, as far as GitHub can know: the newest deployment that succeeded. */
export function deployedTag(world: World): string | undefined {
  return world.deployments().find((one) => one.statuses[0]?.state === 'success')?.run.tag;
}

export const isOver = (world: World, run: Run): boolean => progressOf(run, world.now()).status === 'completed';
