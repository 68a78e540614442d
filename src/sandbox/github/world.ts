/** Everything the mini GitHub knows; routes read it and the few writes change it. */
import type { Clock } from '../../lib/clock.ts';
import type { Json } from './answer.ts';
import { createDeployer } from './deployer.ts';
import { createOrderedDeployments, type Deployment, ENVIRONMENT, newestFirst, type OrderedDeployments, recordedDeployments } from './deployments.ts';
import { type Environments, gateOf } from './environments.ts';
import { buildGit, DEFAULT_BRANCH, type Git, resolve } from './git.ts';
import type { ReleaseSeed } from './history.ts';
import { createLedger, type Ledger } from './ledger.ts';
import { pushOrder } from './orders.ts';
import { createPulls, type Pulls } from './pulls.ts';
import { createReleases, type Releases } from './releases.ts';
import type { Rules } from './rules.ts';
import { type Outcome, progressOf, type Run, type Timing } from './runs.ts';
import { ciWorkflow, type WorkflowFile } from './workflow.ts';

/** Something that changed on GitHub, in the order it happened; what "exactly one rollback" is counted on. */
export interface Effect {
  readonly at: number;
  readonly kind: EffectKind;
  readonly by: string;
  readonly detail: { readonly [key: string]: Json };
}
export type EffectKind =
  | 'dispatch'
  | 'repository-dispatch'
  | 'rerun'
  | 'cancel'
  | 'release'
  | 'workflow-state'
  | 'deployment'
  | 'deployment-status'
  | 'ref'
  | 'commit'
  | 'pull';
export interface CommitStatus {
  readonly context: string;
  readonly state: 'success' | 'pending' | 'failure' | 'error';
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
  /** A run that was ordered comes into being only after this long. */
  readonly runAppearsAfterMs: number;
  readonly oldServer: boolean;
  readonly outcome: (tag: string) => Outcome;
  readonly onDeployed: (tag: string, at: number) => void;
  /** Does somebody carry out the deployments that are ordered through the API? */
  readonly deployer: 'listens' | 'none';
  /** Events of `repository_dispatch` that start the deploy workflow. */
  readonly listensTo: 'any' | readonly string[];
  /** Statuses of every commit. */
  readonly commitStatuses: readonly CommitStatus[];
  readonly environments: Environments;
  readonly rules: Rules | undefined;
  /** The branch or tag whose moves deploy what it then points at. */
  readonly follows: string | undefined;
  /** Does a merge into the default branch deploy? */
  readonly deploysMerges: boolean;
}
export type WorkflowState = 'active' | 'disabled_manually';
export interface World {
  readonly options: WorldOptions;
  readonly git: Git;
  readonly releases: Releases;
  readonly ledger: Ledger;
  readonly pulls: Pulls;
  readonly effects: Effect[];
  readonly workflows: readonly WorkflowFile[];
  readonly ordered: OrderedDeployments;
  now(): number;
  /** Those that have come into being, newest first. */
  runs(): readonly Run[];
  /** Newest first. */
  deployments(): readonly Deployment[];
  /** Tells whoever carries deployments out. */
  announce(deployment: Deployment): void;
  /** A branch or tag was moved: starts what follows it. */
  moved(ref: string, actor: string): void;
  stateOf(workflow: WorkflowFile): WorkflowState;
  setState(workflow: WorkflowFile, state: WorkflowState): void;
}

export function createWorld(options: WorldOptions): World {
  const { clock, workflow, timing, outcome, onDeployed, environments } = options;
  const git = buildGit(options.releases);
  const parts = { clock, git, workflowId: workflow.id, timing, outcome, onDeployed, gate: gateOf(environments), appearsAfterMs: options.runAppearsAfterMs };
  const ledger = createLedger(parts, options.releases);
  const ordered = createOrderedDeployments(clock);
  const deployer = createDeployer({ clock, deployments: ordered, timing, outcome, onDeployed });
  const states = new Map<number, WorkflowState>();
  const now = () => clock.now();
  const stateOf = (one: WorkflowFile) => states.get(one.id) ?? 'active';
  return {
    options,
    git,
    ledger,
    ordered,
    now,
    releases: createReleases(options.releases, git),
    pulls: createPulls(git, clock),
    effects: [],
    workflows: [workflow, ciWorkflow],
    runs: () => ledger.runs().filter((run) => run.createdAt <= now()),
    deployments: () => newestFirst([...recordedDeployments(ledger.runs(), now()), ...ordered.list()]),
    announce: (deployment) => (options.deployer === 'listens' ? deployer(deployment) : undefined),
    moved(ref, actor) {
      const deploys = ref === options.follows || (options.deploysMerges && ref === `heads/${DEFAULT_BRANCH}`);
      const commit = resolve(git, ref);
      const name = ref.replace(/^(heads|tags)\//, '');
      if (deploys && commit && stateOf(workflow) === 'active') ledger.start(pushOrder(git, { ref: { name, commit }, actor }));
    },
    stateOf,
    setState: (one, state) => void states.set(one.id, state),
  };
}

/** What production runs, as far as GitHub can know: the newest deployment that succeeded. */
export function deployedTag(world: World): string | undefined {
  return world.deployments().find((one) => one.environment === ENVIRONMENT && one.statuses[0]?.state === 'success')?.tag;
}

export const isOver = (world: World, run: Run): boolean => progressOf(run, world.now()).status === 'completed';
