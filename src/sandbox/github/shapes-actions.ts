/** JSON as GitHub's OpenAPI description has it: workflows, runs, jobs. */
import { iso, type JsonObject } from './answer.ts';
import { type JobProgress, jobsOf, lastAttempt, progressOf, type Run } from './runs.ts';
import { type Addresses, headCommitJson, smallRepoJson, userJson } from './shapes.ts';
import type { WorkflowFile } from './workflow.ts';
import type { World } from './world.ts';

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
  const jobs = jobsOf(run, world.now()).map((job) => jobJson(at, run, job));
  return { total_count: jobs.length, jobs };
}

/** A number of its own for each job of each attempt. */
export const jobId = (run: Run, job: JobProgress): number => (run.id + run.attempts.length) * 10 + (job.name === 'build' ? 0 : 1);

/** A job that waits has not started. */
const isUnstarted = (job: JobProgress): boolean => job.status === 'queued' || job.status === 'waiting' || !Number.isFinite(job.startedAt);

export function jobJson(at: Addresses, run: Run, job: JobProgress): JsonObject {
  const id = jobId(run, job);
  const createdAt = lastAttempt(run).startedAt;
  const started = isUnstarted(job) ? createdAt : job.startedAt;
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
    created_at: iso(createdAt),
    started_at: iso(started),
    completed_at: job.completedAt === undefined ? null : iso(job.completedAt),
    name: job.name,
    steps: isUnstarted(job) ? [] : stepsJson(job),
    check_run_url: `${at.repo}/check-runs/${id}`,
    labels: ['ubuntu-24.04'],
    ...(isUnstarted(job)
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
