/** JSON as GitHub's OpenAPI description has it: deployments, their statuses, environments. */
import { iso, type JsonObject } from './answer.ts';
import type { Deployment, DeploymentStatus } from './deployments.ts';
import type { EnvironmentSeed } from './environments.ts';
import { type Addresses, userId, userJson } from './shapes.ts';

export function deploymentJson(at: Addresses, deployment: Deployment): JsonObject {
  const url = `${at.repo}/deployments/${deployment.id}`;
  return {
    url,
    id: deployment.id,
    node_id: `DE_${deployment.id}`,
    task: deployment.task,
    original_environment: deployment.environment,
    environment: deployment.environment,
    description: deployment.description,
    created_at: iso(deployment.createdAt),
    updated_at: iso(deployment.statuses[0]?.at ?? deployment.createdAt),
    statuses_url: `${url}/statuses`,
    repository_url: at.repo,
    creator: userJson(at, deployment.creator),
    sha: deployment.sha,
    ref: deployment.ref,
    payload: deployment.payload,
    transient_environment: deployment.isTransient,
    production_environment: deployment.isProduction,
    performed_via_github_app: null,
  };
}

export function statusJson(at: Addresses, deployment: Deployment, status: DeploymentStatus): JsonObject {
  const url = `${at.repo}/deployments/${deployment.id}`;
  const log = status.logUrl.startsWith('/') ? at.web + status.logUrl : status.logUrl;
  return {
    url: `${url}/statuses/${status.id}`,
    id: status.id,
    node_id: `DES_${status.id}`,
    state: status.state,
    creator: userJson(at, status.creator),
    description: status.description,
    environment: status.environment,
    target_url: log,
    created_at: iso(status.at),
    updated_at: iso(status.at),
    deployment_url: url,
    repository_url: at.repo,
    environment_url: status.environmentUrl,
    log_url: log,
    performed_via_github_app: null,
  };
}

const FIRST_RULE = 3_736;
const ENVIRONMENT_ID = 1_140_221_009;

export function environmentJson(at: Addresses, name: string, about: { readonly seed: EnvironmentSeed; readonly since: number }): JsonObject {
  const since = iso(about.since);
  const path = encodeURIComponent(name);
  return {
    id: ENVIRONMENT_ID + (userId(name) % 1000),
    node_id: `EN_${path}`,
    name,
    url: `${at.repo}/environments/${path}`,
    html_url: `${at.web}/deployments/activity_log?environments_filter=${path}`,
    created_at: since,
    updated_at: since,
    protection_rules: rulesJson(at, about.seed),
    deployment_branch_policy: about.seed.branchPolicy ? { protected_branches: false, custom_branch_policies: true } : null,
  };
}

function rulesJson(at: Addresses, seed: EnvironmentSeed): readonly JsonObject[] {
  const rules: JsonObject[] = [];
  if (seed.waitMinutes) rules.push({ type: 'wait_timer', wait_timer: seed.waitMinutes });
  if (seed.reviewers?.length)
    rules.push({ type: 'required_reviewers', prevent_self_review: seed.preventSelfReview ?? false, reviewers: reviewersJson(at, seed.reviewers) });
  if (seed.branchPolicy) rules.push({ type: 'branch_policy' });
  return rules.map((rule, index) => ({ id: FIRST_RULE + index, node_id: `GA_${FIRST_RULE + index}`, ...rule }));
}

export const reviewersJson = (at: Addresses, logins: readonly string[]): readonly JsonObject[] =>
  logins.map((login) => ({ type: 'User', reviewer: userJson(at, login) }));
