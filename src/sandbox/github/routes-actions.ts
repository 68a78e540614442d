/** Workflows and what is done with them. Runs stand in routes-runs.ts. */
import { type Answer, noContent, notFound, ok, paginate, refuse } from './answer.ts';
import { type BodyRule, objectOf, refuseBody, textOf } from './body.ts';
import { DEFAULT_BRANCH, refOf } from './git.ts';
import { dispatchOrder, eventOrder } from './orders.ts';
import { type Call, loginOf, note, type Route } from './router.ts';
import { filterRuns } from './run-filter.ts';
import { runJson, workflowJson } from './shapes-actions.ts';
import { refuseInputs, type WorkflowFile } from './workflow.ts';

const ACTIONS_READ = { permission: 'actions', access: 'read' } as const;
const ACTIONS_WRITE = { permission: 'actions', access: 'write' } as const;
const CONTENTS_WRITE = { permission: 'contents', access: 'write' } as const;
const ACTIONS = '/repos/:owner/:repo/actions';

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
  { method: 'POST', path: '/repos/:owner/:repo/dispatches', need: CONTENTS_WRITE, answer: repositoryDispatch },
];

function withWorkflow({ world, params }: Call, answer: (workflow: WorkflowFile) => Answer): Answer {
  const name = params.workflow ?? '';
  const found = world.workflows.find((one) => String(one.id) === name || one.path.split('/').at(-1) === name || one.path === name);
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
  const run = world.ledger.start(dispatchOrder(world.git, { ref, inputs, actor: loginOf(call) }));
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

const EVENT: BodyRule = { required: ['event_type'], keys: { event_type: 'string', client_payload: 'object' } };
// GitHub's limits: OpenAPI of POST /dispatches.
const LONGEST_EVENT = 100;
const MOST_KEYS = 10;
const LARGEST_PAYLOAD_CHARS = 65_535;

/** 204 whether anybody listens or not. */
function repositoryDispatch(call: Call): Answer {
  const { world, body } = call;
  const wrong = refuseBody(body, EVENT);
  if (wrong) return wrong;
  const event = textOf(body, 'event_type') ?? '';
  const payload = objectOf(body, 'client_payload') ?? {};
  const keys = Object.keys(payload).length;
  if (event.length > LONGEST_EVENT) return refuse(422, `Invalid request.\n\nOnly ${LONGEST_EVENT} characters are allowed; ${event.length} were supplied.`);
  if (keys > MOST_KEYS) return refuse(422, `Invalid request.\n\nNo more than ${MOST_KEYS} properties are allowed; ${keys} were supplied.`);
  if (JSON.stringify(payload).length > LARGEST_PAYLOAD_CHARS) return refuse(422, 'client_payload is too large.');
  note(call, 'repository-dispatch', { event, payload });
  const { listensTo, workflow } = world.options;
  const isHeard = (listensTo === 'any' || listensTo.includes(event)) && world.stateOf(workflow) === 'active';
  const ref = refOf(world.git, DEFAULT_BRANCH);
  if (isHeard && ref) world.ledger.start(eventOrder(world.git, { ref, payload, actor: loginOf(call) }));
  return noContent;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value);
