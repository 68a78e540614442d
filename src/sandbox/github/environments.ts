/** Environments and their protection rules. */
import { ENVIRONMENT } from './deployments.ts';
import type { Gate } from './runs.ts';

export interface EnvironmentSeed {
  /** Logins; any one of them may approve. */
  readonly reviewers?: readonly string[];
  /** Whoever started the run may not approve it. */
  readonly preventSelfReview?: boolean;
  readonly waitMinutes?: number;
  /** Only some branches and tags may deploy here. */
  readonly branchPolicy?: boolean;
}
export type Environments = Readonly<Record<string, EnvironmentSeed>>;

/** What a run must pass before it deploys to production. */
export function gateOf(environments: Environments): Gate {
  const { reviewers = [], waitMinutes = 0 } = environments[ENVIRONMENT] ?? {};
  return { reviewers, waitMs: waitMinutes * 60_000 };
}

/** Production, the environments that were set up, and those that a deployment named: GitHub makes these up by itself. */
export function environmentNames(environments: Environments, deployments: readonly { readonly environment: string }[]): readonly string[] {
  return [...new Set([ENVIRONMENT, ...Object.keys(environments), ...deployments.map((one) => one.environment)])];
}
