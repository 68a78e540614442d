/** Workflows, runs and deployments. */
import { type Answer, noContent, notFound, ok, paginate, refuse } from './answer.ts';
import { refOf } from './git.ts';
import type { Call, Route } from './router.ts';
import { filterRuns } from './run-filter.ts';
import type { Run } from './runs.ts';
import { deploymentJson, deploymentStatusesJson, ENVIRONMENT, environmentJson, jobsJson, runJson, workflowJson } from './shapes-actions.ts';
import { refuseInputs, type WorkflowFile } from './workflow.ts';
import { type Effect, isOver } from './world.ts';

const ACTIONS_READ = { permission: 'actions', access: 'read' } as const;
const ACTIONS_WRITE = { permission: 'actions', access: 'write' } as const;
const DEPLOYMENTS_READ = { permission: 'deployments', access: 'read' } as const;
const ACTIONS = '/repos/:owner/:repo/actions';
const DEPLOYMENTS = '/repos/:owner/:repo/deployments';
const ENVIRONMENTS = '/repos/:owner/:repo/environments';

export const actionRoutes: readonly Route[] = [
  { method: 'GET', path: `${ACTIONS}/workflows`, need: ACTIONS_READ, answer: listWorkflows },
  {
    method: 'GET',
    path: `${ACTIONS}/workflows/:workflow`,
    need: ACTIONS_READ,
    answer: (call) => withWorkflow(call, (one) => ok(workflowJson(call.at, one, call.world))),
  },
  {
    method: 'POST',
    path: `${ACTIONS}/workflows/:workflow/dispatches`,
    need: ACTIONS_WRITE,
    answer: (call) => withWorkflow(call, (one) => dispatch(call, one)),
  },
  {
    method: 'PUT',
    path: `${ACTIONS}/workflows/:workflow/disable`,
    need: ACTIONS_WRITE,
    answer: (call) => withWorkflow(call, (one) => setState(call, one, 'disabled_manually')),
  },
  {
    method: 'PUT',
    path: `${ACTIONS}/workflows/:workflow/enable`,
    need: ACTIONS_WRITE,
    answer: (call) => withWorkflow(call, (one) => setState(call, one, 'active')),
  },
  { method: 'GET', path: `${ACTIONS}/workflows/:workflow/runs`, need: ACTIONS_READ, answer: (call) => withWorkflow(call, (one) => listRuns(call, one)) },
  { method: 'GET', path: `${ACTIONS}/runs`, need: ACTIONS_READ, answer: (call) => listRuns(call, undefined) },
  { method: 'GET', path: `${ACTIONS}/runs/:run`, need: ACTIONS_READ, answer: (call) => withRun(call, (run) => ok(runJson(call.at, run, call.world))) },
  { method: 'GET', path: `${ACTIONS}/runs/:run/jobs`, need: ACTIONS_READ, answer: (call) => withRun(call, (run) => ok(jobsJson(call.at, run, call.world))) },
  { method: 'POST', path: `${ACTIONS}/runs/:run/cancel`, need: ACTIONS_WRITE, answer: (call) => withRun(call, (run) => cancel(call, run)) },
  { method: 'POST', path: `${ACTIONS}/runs/:run/rerun`, need: ACTIONS_WRITE, answer: (call) => withRun(call, (run) => rerun(call, run)) },
  { method: 'GET', path: DEPLOYMENTS, need: DEPLOYMENTS_READ, answer: listDeployments },
  { method: 'GET', path: `${DEPLOYMENTS}/:deployment`, need: DEPLOYMENTS_READ, answer: oneDeployment },
  { method: 'GET', path: `${DEPLOYMENTS}/:deployment/statuses`, need: DEPLOYMENTS_READ, answer: listStatuses },
  { method: 'GET', path: ENVIRONMENTS, need: ACTIONS_READ, answer: listEnvironments },
  { method: 'GET', path: `${ENVIRONMENTS}/:environment`, need: ACTIONS_READ, answer: oneEnvironment },
];

function withWorkflow({ world, params }: Call, answer: (workflow: WorkflowFile) => Answer): Answer {
  const name = params.workflow ?? '';
  const found = world.workflows.find((one) => String(one.id) === name || one.path.split('/').at(-1) === name || one.path === name);
  return found ? answer(found) : notFound;
}

function withRun({ world, params }: Call, answer: (run: Run) => Answer): Answer {
  const found = world.ledger.runs().find((run) => String(run.id) === params.run);
  return found ? answer(found) : notFound;
}

function listWorkflows({ world, at, query, path }: Call): Answer {
  const { items, headers } = paginate(world.workflows, query, at.api + path);
  return ok({ total_count: world.workflows.length, workflows: items.map((one) => workflowJson(at, one, world)) }, headers);
}

const DISPATCH_KEYS = ['ref', 'inputs', 'return_run_details'];

function dispatch(call: Call, workflow: WorkflowFile): Answer {
  const { world, body, at } = call;
  const wrong = refuseDispatchBody(body, world.options.oldServer);
  if (wrong !== undefined) return refuse(422, wrong);
  const ref = typeof body.ref === 'string' ? refOf(world.git, body.ref) : undefined;
  if (!ref) return refuse(422, `No ref found for: ${String(body.ref)}`);
  if (!workflow.dispatchable) return refuse(422, "Workflow does not have 'workflow_dispatch' trigger");
  if (world.stateOf(workflow) !== 'active') return refuse(422, "Cannot trigger a 'workflow_dispatch' on a disabled workflow");
  const given = isRecord(body.inputs) ? body.inputs : {};
  const wrongInput = refuseInputs(workflow, given);
  if (wrongInput !== undefined) return refuse(422, wrongInput);
  const inputs = Object.fromEntries(Object.entries(given).filter((one): one is [string, string] => typeof one[1] === 'string'));
  const run = world.ledger.dispatch({ ref, inputs, actor: loginOf(call) });
  note(call, 'dispatch', { run: run.id, title: run.title, ref: ref.name, inputs });
  if (body.return_run_details !== true) return noContent;
  return ok({ workflow_run_id: run.id, run_url: `${at.repo}/actions/runs/${run.id}`, html_url: `${at.web}/actions/runs/${run.id}` });
}

/** GitHub's words for a body that does not fit its schema; a server from before 2026-02 does not know `return_run_details`. */
function refuseDispatchBody(body: Call['body'], isOld: boolean): string | undefined {
  const unknown = Object.keys(body).find((key) => !DISPATCH_KEYS.includes(key) || (isOld && key === 'return_run_details'));
  if (unknown !== undefined) return `Invalid request.\n\n"${unknown}" is not a permitted key.`;
  if (body.ref === undefined) return 'Invalid request.\n\n"ref" wasn\'t supplied.';
  if (typeof body.ref !== 'string') return `Invalid request.\n\nFor 'properties/ref', ${JSON.stringify(body.ref)} is not a string.`;
  if (body.inputs !== undefined && !isRecord(body.inputs))
    return `Invalid request.\n\nFor 'properties/inputs', ${JSON.stringify(body.inputs)} is not an object.`;
  if (body.return_run_details === undefined || typeof body.return_run_details === 'boolean') return undefined;
  return `Invalid request.\n\nFor 'properties/return_run_details', ${JSON.stringify(body.return_run_details)} is not a boolean.`;
}

function setState(call: Call, workflow: WorkflowFile, state: 'active' | 'disabled_manually'): Answer {
  call.world.setState(workflow, state);
  note(call, 'workflow-state', { workflow: workflow.path, state });
  return noContent;
}

function listRuns({ world, at, query, path }: Call, workflow: WorkflowFile | undefined): Answer {
  const found = filterRuns(world, query).filter((run) => workflow === undefined || run.workflowId === workflow.id);
  const { items, headers } = paginate(found, query, at.api + path);
  return ok({ total_count: found.length, workflow_runs: items.map((run) => runJson(at, run, world)) }, headers);
}

function cancel(call: Call, run: Run): Answer {
  if (isOver(call.world, run)) return refuse(409, 'Cannot cancel a workflow run that is completed.');
  call.world.ledger.cancel(run);
  note(call, 'cancel', { run: run.id });
  return { status: 202, body: {} };
}

const RERUN_WITHIN_MS = 30 * 86_400_000;

function rerun(call: Call, run: Run): Answer {
  const { world } = call;
  if (!isOver(world, run)) return refuse(403, 'The workflow run containing this job is already running');
  if (world.now() - run.createdAt > RERUN_WITHIN_MS) return refuse(403, 'Unable to retry this workflow run because it was created over a month ago');
  world.ledger.rerun(run, loginOf(call));
  note(call, 'rerun', { run: run.id, title: run.title });
  return { status: 201, body: {} };
}

function listDeployments({ world, at, query, path }: Call): Answer {
  const wanted = (key: string, value: string) => !query.has(key) || query.get(key) === value;
  const found = world
    .deployments()
    .filter((one) => wanted('environment', ENVIRONMENT) && wanted('task', 'deploy') && wanted('ref', one.run.tag) && wanted('sha', one.sha));
  const { items, headers } = paginate(found, query, at.api + path);
  return ok(
    items.map((one) => deploymentJson(at, one)),
    headers,
  );
}

const findDeployment = ({ world, params }: Call) => world.deployments().find((one) => String(one.id) === params.deployment);

function oneDeployment(call: Call): Answer {
  const found = findDeployment(call);
  return found ? ok(deploymentJson(call.at, found)) : notFound;
}

function listStatuses(call: Call): Answer {
  const found = findDeployment(call);
  if (!found) return notFound;
  const { items, headers } = paginate(deploymentStatusesJson(call.at, found), call.query, call.at.api + call.path);
  return ok(items, headers);
}

const since = ({ world }: Call) => world.ledger.runs().at(-1)?.createdAt ?? world.now();

function listEnvironments(call: Call): Answer {
  return ok({ total_count: 1, environments: [environmentJson(call.at, since(call))] });
}

function oneEnvironment(call: Call): Answer {
  return call.params.environment === ENVIRONMENT ? ok(environmentJson(call.at, since(call))) : notFound;
}

const loginOf = ({ caller }: Call): string => (caller.kind === 'token' ? caller.login : 'ghost');
const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value);

function note(call: Call, kind: Effect['kind'], detail: Effect['detail']): void {
  call.world.effects.push({ at: call.world.now(), kind, by: loginOf(call), detail });
}
