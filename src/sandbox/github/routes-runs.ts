/** One run: what it is, its jobs and their logs, what waits, and what may be done to it. */
import { type Answer, notFound, ok, refuse } from './answer.ts';
import { type BodyRule, refuseBody } from './body.ts';
import { ENVIRONMENT } from './deployments.ts';
import { LOGS_PATH } from './logs.ts';
import { type Call, loginOf, note, type Route } from './router.ts';
import { type JobProgress, jobsOf, lastAttempt, momentsOf, progressOf, type Run } from './runs.ts';
import { jobId, jobJson, jobsJson, runJson } from './shapes-actions.ts';
import { reviewersJson } from './shapes-deployments.ts';
import { isOver } from './world.ts';

const READ = { permission: 'actions', access: 'read' } as const;
const WRITE = { permission: 'actions', access: 'write' } as const;
const ACTIONS = '/repos/:owner/:repo/actions';
const RUN = `${ACTIONS}/runs/:run`;

export const runRoutes: readonly Route[] = [
  { method: 'GET', path: RUN, need: READ, answer: (call) => withRun(call, (run) => ok(runJson(call.at, run, call.world))) },
  { method: 'GET', path: `${RUN}/jobs`, need: READ, answer: (call) => withRun(call, (run) => ok(jobsJson(call.at, run, call.world))) },
  { method: 'GET', path: `${RUN}/pending_deployments`, need: READ, answer: (call) => withRun(call, (run) => ok(pending(call, run))) },
  { method: 'POST', path: `${RUN}/cancel`, need: WRITE, answer: (call) => withRun(call, (run) => cancel(call, run)) },
  { method: 'POST', path: `${RUN}/rerun`, need: WRITE, answer: (call) => withRun(call, (run) => rerun(call, run)) },
  { method: 'GET', path: `${ACTIONS}/jobs/:job`, need: READ, answer: (call) => withJob(call, ({ run, job }) => ok(jobJson(call.at, run, job))) },
  { method: 'GET', path: `${ACTIONS}/jobs/:job/logs`, need: READ, answer: (call) => withJob(call, (one) => logs(call, one.job)) },
];

function withRun({ world, params }: Call, answer: (run: Run) => Answer): Answer {
  const found = world.runs().find((run) => String(run.id) === params.run);
  return found ? answer(found) : notFound;
}

function withJob({ world, params }: Call, answer: (one: { readonly run: Run; readonly job: JobProgress }) => Answer): Answer {
  for (const run of world.runs()) {
    const job = jobsOf(run, world.now()).find((one) => String(jobId(run, one)) === params.job);
    if (job) return answer({ run, job });
  }
  return notFound;
}

function cancel(call: Call, run: Run): Answer {
  if (isOver(call.world, run)) return refuse(409, 'Cannot cancel a workflow run that is completed.');
  call.world.ledger.cancel(run);
  note(call, 'cancel', { run: run.id });
  return { status: 202, body: {} };
}

// Days after its first attempt, and attempts: docs.github.com, "Re-running workflows and jobs".
const RERUN_WITHIN_MS = 30 * 86_400_000;
const MOST_RERUNS = 50;
const RERUN: BodyRule = { required: [], keys: { enable_debug_logging: 'boolean' } };

function rerun(call: Call, run: Run): Answer {
  const { world, body } = call;
  const wrong = refuseBody(body, RERUN);
  if (wrong) return wrong;
  if (!isOver(world, run)) return refuse(403, 'The workflow run containing this job is already running');
  if (world.now() - run.createdAt > RERUN_WITHIN_MS) return refuse(403, 'Unable to retry this workflow run because it was created over a month ago');
  if (run.attempts.length > MOST_RERUNS) return refuse(403, `Unable to retry this workflow run because it was retried ${MOST_RERUNS} times`);
  world.ledger.rerun(run, loginOf(call));
  note(call, 'rerun', { run: run.id, title: run.title });
  return { status: 201, body: {} };
}

/** What an environment asks for before the run may go on. */
function pending({ world, at, caller }: Call, run: Run) {
  if (progressOf(run, world.now()).status !== 'waiting') return [];
  const { gate } = lastAttempt(run);
  const environment = { id: 1_140_221_009, node_id: `EN_${ENVIRONMENT}`, name: ENVIRONMENT, url: `${at.repo}/environments/${ENVIRONMENT}` };
  const mayApprove = caller.kind === 'token' && gate.reviewers.includes(caller.login);
  return [
    {
      environment: { ...environment, html_url: `${at.web}/deployments/activity_log?environments_filter=${ENVIRONMENT}` },
      wait_timer: gate.waitMs / 60_000,
      wait_timer_started_at: gate.waitMs === 0 ? null : new Date(momentsOf(run, lastAttempt(run)).built).toISOString(),
      current_user_can_approve: mayApprove,
      reviewers: reviewersJson(at, gate.reviewers),
    },
  ];
}

// How long the address of a log may be used: docs.github.com, "Download job logs for a workflow run".
const LOG_ADDRESS_MS = 60_000;

/** The log lies on another machine; the address there is good for a minute, for whoever has it. */
function logs({ world, at, params }: Call, job: JobProgress): Answer {
  if (job.status !== 'completed') return notFound;
  const until = world.now() + LOG_ADDRESS_MS;
  return { status: 302, headers: { location: `${at.api}${LOGS_PATH}${params.job}.txt?se=${until}&sig=${until.toString(36)}` } };
}
