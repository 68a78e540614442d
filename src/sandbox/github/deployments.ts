/** Deployments: those that runs of the workflow record, and those that were ordered through the API for somebody else to carry out. */
import type { Clock } from '../../lib/clock.ts';
import type { Json } from './answer.ts';
import { type Attempt, landing, momentsOf, type Run } from './runs.ts';

// The states of GitHub's OpenAPI description, and `waiting`, which its own environments use.
export const STATES = ['error', 'failure', 'inactive', 'in_progress', 'queued', 'pending', 'success'] as const;
export type DeploymentState = (typeof STATES)[number] | 'waiting';
export interface DeploymentStatus {
  readonly id: number;
  readonly state: DeploymentState;
  readonly at: number;
  readonly creator: string;
  readonly description: string;
  readonly environment: string;
  readonly environmentUrl: string;
  /** An address, or a path below the page of the repository. */
  readonly logUrl: string;
}
export interface Deployment {
  readonly id: number;
  readonly ref: string;
  readonly sha: string;
  readonly task: string;
  readonly environment: string;
  readonly description: string;
  /** As it was sent: an object or a text. */
  readonly payload: Json;
  readonly creator: string;
  readonly createdAt: number;
  readonly isTransient: boolean;
  readonly isProduction: boolean;
  /** The release it brings; undefined: none is known to be there. */
  readonly tag: string | undefined;
  /** Newest first, as GitHub lists them. */
  readonly statuses: readonly DeploymentStatus[];
}
export type DeploymentOrder = Omit<Deployment, 'id' | 'createdAt' | 'statuses'>;
export type StatusOrder = Omit<DeploymentStatus, 'id' | 'at'>;

export interface OrderedDeployments {
  list(): readonly Deployment[];
  create(order: DeploymentOrder): Deployment;
  /** undefined: no such deployment was ordered here. */
  report(id: number, status: StatusOrder): DeploymentStatus | undefined;
}

export const ENVIRONMENT = 'production';
export const ACTIONS_BOT = 'github-actions[bot]';
// Above every number the runs of a sandbox will reach, so that the two never collide.
const FIRST_ID = 2_106_911_000;

export function createOrderedDeployments(clock: Clock): OrderedDeployments {
  const deployments = new Map<number, Deployment>();
  return {
    list: () => [...deployments.values()],
    create(order) {
      const deployment: Deployment = { ...order, id: FIRST_ID + deployments.size, createdAt: clock.now(), statuses: [] };
      deployments.set(deployment.id, deployment);
      return deployment;
    },
    report(id, order) {
      const deployment = deployments.get(id);
      if (deployment === undefined) return undefined;
      const status: DeploymentStatus = { ...order, id: id * 100 + deployment.statuses.length + 1, at: clock.now() };
      deployments.set(id, { ...deployment, statuses: [status, ...deployment.statuses] });
      return status;
    },
  };
}

/** The deployments that runs have recorded by `now`. */
export function recordedDeployments(runs: readonly Run[], now: number): readonly Deployment[] {
  return runs.flatMap((run) => run.attempts.map((attempt) => recorded(run, attempt, now))).filter((one) => one !== undefined);
}

export const newestFirst = (all: readonly Deployment[]): readonly Deployment[] => [...all].sort((a, b) => b.createdAt - a.createdAt || b.id - a.id);

function recorded(run: Run, attempt: Attempt, now: number): Deployment | undefined {
  const { built } = momentsOf(run, attempt);
  if (run.tagSha === undefined || now < built || (attempt.cancelledAt ?? now) < built) return undefined;
  return {
    id: attempt.deploymentId,
    ref: run.event === 'push' ? run.ref : run.tag,
    sha: run.tagSha,
    task: 'deploy',
    environment: ENVIRONMENT,
    description: run.title,
    payload: run.payload,
    creator: ACTIONS_BOT,
    createdAt: built,
    isTransient: false,
    isProduction: true,
    tag: run.tag,
    statuses: statusesOf(run, attempt, now),
  };
}

function statusesOf(run: Run, attempt: Attempt, now: number): readonly DeploymentStatus[] {
  const { built, opened, landed, ended } = momentsOf(run, attempt);
  const over = Math.min(attempt.cancelledAt ?? landed, attempt.gate.review?.verdict === 'rejected' ? ended : landed);
  const passed: { readonly state: DeploymentState; readonly at: number }[] = [];
  if (opened > built) passed.push({ state: 'waiting', at: built });
  if (now >= opened) passed.push({ state: 'in_progress', at: opened });
  if (now >= over) passed.push({ state: landing(run, attempt) === undefined ? 'failure' : 'success', at: over });
  const shared = { creator: ACTIONS_BOT, description: '', environment: ENVIRONMENT, environmentUrl: '', logUrl: `/actions/runs/${run.id}` };
  return passed.map((one, index) => ({ ...shared, ...one, id: attempt.deploymentId * 10 + index + 1 })).reverse();
}
