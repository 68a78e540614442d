/** JSON as GitHub's OpenAPI description has it: workflows, runs, jobs, deployments. */
import { iso, type JsonObject } from './answer.ts';
import { type Deployment, type JobProgress, jobsOf, lastAttempt, progressOf, type Run } from './runs.ts';
import { type Addresses, headCommitJson, smallRepoJson, userJson } from './shapes.ts';
import type { WorkflowFile } from './workflow.ts';
import type { World } from './world.ts';

const ACTIONS_BOT = 'github-actions[bot]';
export const ENVIRONMENT = 'production';

export function workflowJson(at: Addresses, workflow: WorkflowFile, world: World): JsonObject {
  const first = world.ledger.runs().at(-1)?.createdAt ?? world.now();
  return {
    id: workflow.id,
    node_id: `W_${workflow.id}`,
    name: workflow.name,
    path: workflow.path,
    state: world.stateOf(workflow),
    created_at: iso(first - 86_400_000),
    updated_at: iso(first - 86_400_000),
    url: `${at.repo}/actions/workflows/${workflow.id}`,
    html_url: `${at.web}/blob/main/${workflow.path}`,
    badge_url: `${at.web}/workflows/${encodeURIComponent(workflow.name)}/badge.svg`,
  };
}

export function runJson(at: Addresses, run: Run, world: World): JsonObject {
  const url = `${at.repo}/actions/runs/${run.id}`;
  const progress = progressOf(run, world.now());
  const attempt = lastAttempt(run);
  const commit = world.git.commits.get(run.sha);
  const workflow = world.workflows.find((one) => one.id === run.workflowId);
  return {
    id: run.id,
    name: workflow?.name ?? 'Deploy',
    node_id: `WFR_${run.id}`,
    head_branch: run.ref,
    head_sha: run.sha,
    path: workflow?.path ?? '',
    display_title: run.title,
    run_number: run.number,
    event: run.event,
    status: progress.status,
    conclusion: progress.conclusion,
    workflow_id: run.workflowId,
    check_suite_id: run.id + 7,
    check_suite_node_id: `CS_${run.id + 7}`,
    url,
    html_url: `${at.web}/actions/runs/${run.id}`,
    pull_requests: [],
    created_at: iso(run.createdAt),
    updated_at: iso(progress.since),
    actor: userJson(at, run.attempts[0].actor),
    run_attempt: run.attempts.length,
    referenced_workflows: [],
    run_started_at: iso(attempt.startedAt),
    triggering_actor: userJson(at, attempt.actor),
    ...runLinks(at, run, url),
    head_commit: commit ? headCommitJson(commit) : null,
    repository: smallRepoJson(at),
    head_repository: smallRepoJson(at),
  };
}

const runLinks = (at: Addresses, run: Run, url: string) => ({
  jobs_url: `${url}/jobs`,
  logs_url: `${url}/logs`,
  check_suite_url: `${at.repo}/check-suites/${run.id + 7}`,
  artifacts_url: `${url}/artifacts`,
  cancel_url: `${url}/cancel`,
  rerun_url: `${url}/rerun`,
  previous_attempt_url: run.attempts.length > 1 ? `${url}/attempts/${run.attempts.length - 1}` : null,
  workflow_url: `${at.repo}/actions/workflows/${run.workflowId}`,
});

const STEPS: Readonly<Record<JobProgress['name'], readonly string[]>> = {
  build: ['Set up job', 'Run actions/checkout@v6', 'Run npm ci && npm run build', 'Complete job'],
  deploy: ['Set up job', 'Run ./scripts/record-deployment production "$TAG"', 'Run ./scripts/deploy production "$TAG"', 'Complete job'],
};

export function jobsJson(at: Addresses, run: Run, world: World): JsonObject {
  const jobs = jobsOf(run, world.now()).map((job, index) =>
    jobJson(at, run, { job, id: (run.id + run.attempts.length) * 10 + index, createdAt: lastAttempt(run).startedAt }),
  );
  return { total_count: jobs.length, jobs };
}

function jobJson(at: Addresses, run: Run, one: { readonly job: JobProgress; readonly id: number; readonly createdAt: number }): JsonObject {
  const { job, id } = one;
  const started = job.status === 'queued' ? one.createdAt : job.startedAt;
  return {
    id,
    run_id: run.id,
    workflow_name: 'Deploy',
    head_branch: run.ref,
    run_url: `${at.repo}/actions/runs/${run.id}`,
    run_attempt: run.attempts.length,
    node_id: `CR_${id}`,
    head_sha: run.sha,
    url: `${at.repo}/actions/jobs/${id}`,
    html_url: `${at.web}/actions/runs/${run.id}/job/${id}`,
    status: job.status,
    conclusion: job.conclusion,
    created_at: iso(one.createdAt),
    started_at: iso(started),
    completed_at: job.completedAt === undefined ? null : iso(job.completedAt),
    name: job.name,
    steps: job.status === 'queued' ? [] : stepsJson(job),
    check_run_url: `${at.repo}/check-runs/${id}`,
    labels: ['ubuntu-24.04'],
    ...(job.status === 'queued'
      ? { runner_id: 0, runner_name: '', runner_group_id: 0, runner_group_name: '' }
      : { runner_id: 21, runner_name: 'GitHub Actions 21', runner_group_id: 0, runner_group_name: 'GitHub Actions' }),
  };
}

/** While a job runs its third step does; when it fails, that is the one that failed. */
function stepsJson(job: JobProgress): readonly JsonObject[] {
  return STEPS[job.name].map((name, index) => {
    const isWork = index === 2;
    const isLast = index === 3;
    const times = { started_at: iso(job.startedAt), completed_at: job.completedAt === undefined ? null : iso(job.completedAt) };
    if (job.status === 'completed') return { name, status: 'completed', conclusion: isWork ? job.conclusion : 'success', number: index + 1, ...times };
    if (isLast) return { name, status: 'queued', conclusion: null, number: index + 1, started_at: null, completed_at: null };
    if (isWork) return { name, status: 'in_progress', conclusion: null, number: index + 1, ...times };
    return { name, status: 'completed', conclusion: 'success', number: index + 1, started_at: iso(job.startedAt), completed_at: iso(job.startedAt) };
  });
}

export function deploymentJson(at: Addresses, deployment: Deployment): JsonObject {
  const url = `${at.repo}/deployments/${deployment.id}`;
  const key = deployment.run.inputs.tagback_id;
  return {
    url,
    id: deployment.id,
    node_id: `DE_${deployment.id}`,
    task: 'deploy',
    original_environment: ENVIRONMENT,
    environment: ENVIRONMENT,
    description: deployment.run.title,
    created_at: iso(deployment.createdAt),
    updated_at: iso(deployment.statuses[0]?.at ?? deployment.createdAt),
    statuses_url: `${url}/statuses`,
    repository_url: at.repo,
    creator: userJson(at, ACTIONS_BOT),
    sha: deployment.sha,
    ref: deployment.run.tag,
    payload: key === undefined ? {} : { tagback_id: key },
    transient_environment: false,
    production_environment: true,
    performed_via_github_app: null,
  };
}

export function deploymentStatusesJson(at: Addresses, deployment: Deployment): readonly JsonObject[] {
  const url = `${at.repo}/deployments/${deployment.id}`;
  const log = `${at.web}/actions/runs/${deployment.run.id}`;
  return deployment.statuses.map((status) => ({
    url: `${url}/statuses/${status.id}`,
    id: status.id,
    node_id: `DES_${status.id}`,
    state: status.state,
    creator: userJson(at, ACTIONS_BOT),
    description: '',
    environment: ENVIRONMENT,
    target_url: log,
    created_at: iso(status.at),
    updated_at: iso(status.at),
    deployment_url: url,
    repository_url: at.repo,
    environment_url: '',
    log_url: log,
    performed_via_github_app: null,
  }));
}

export function environmentJson(at: Addresses, since: number): JsonObject {
  return {
    id: 1_140_221_009,
    node_id: 'EN_production',
    name: ENVIRONMENT,
    url: `${at.repo}/environments/${ENVIRONMENT}`,
    html_url: `${at.web}/deployments/activity_log?environments_filter=${ENVIRONMENT}`,
    created_at: iso(since),
    updated_at: iso(since),
    protection_rules: [],
    deployment_branch_policy: null,
  };
}
