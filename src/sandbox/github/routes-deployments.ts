/** Deployments and their statuses. */
import { type Answer, notFound, ok, paginate, refuse } from './answer.ts';
import { type BodyRule, refuseBody, textOf } from './body.ts';
import { compare } from './compare.ts';
import { type Deployment, ENVIRONMENT, STATES, type StatusOrder } from './deployments.ts';
import { type Commit, DEFAULT_BRANCH, resolve } from './git.ts';
import { releaseAt } from './orders.ts';
import { type Call, loginOf, note, type Route } from './router.ts';
import { deploymentJson, statusJson } from './shapes-deployments.ts';

const READ = { permission: 'deployments', access: 'read' } as const;
const WRITE = { permission: 'deployments', access: 'write' } as const;
const DEPLOYMENTS = '/repos/:owner/:repo/deployments';

export const deploymentRoutes: readonly Route[] = [
  { method: 'GET', path: DEPLOYMENTS, need: READ, answer: list },
  { method: 'POST', path: DEPLOYMENTS, need: WRITE, answer: create },
  { method: 'GET', path: `${DEPLOYMENTS}/:deployment`, need: READ, answer: (call) => withDeployment(call, (one) => ok(deploymentJson(call.at, one))) },
  { method: 'GET', path: `${DEPLOYMENTS}/:deployment/statuses`, need: READ, answer: (call) => withDeployment(call, (one) => listStatuses(call, one)) },
  { method: 'POST', path: `${DEPLOYMENTS}/:deployment/statuses`, need: WRITE, answer: (call) => withDeployment(call, (one) => report(call, one)) },
];

function withDeployment({ world, params }: Call, answer: (deployment: Deployment) => Answer): Answer {
  const found = world.deployments().find((one) => String(one.id) === params.deployment);
  return found ? answer(found) : notFound;
}

function list({ world, at, query, path }: Call): Answer {
  const wanted = (key: string, value: string) => !query.has(key) || query.get(key) === value;
  const fits = (one: Deployment) => wanted('environment', one.environment) && wanted('task', one.task) && wanted('ref', one.ref) && wanted('sha', one.sha);
  const { items, headers } = paginate(world.deployments().filter(fits), query, at.api + path);
  return ok(
    items.map((one) => deploymentJson(at, one)),
    headers,
  );
}

// Keys and limits from the request schema in GitHub's OpenAPI description.
const CREATE: BodyRule = {
  required: ['ref'],
  keys: {
    ref: 'string',
    task: 'string',
    auto_merge: 'boolean',
    required_contexts: 'array',
    payload: 'any',
    environment: 'string',
    description: 'string',
    transient_environment: 'boolean',
    production_environment: 'boolean',
  },
};
const LONGEST_DESCRIPTION = 140;

function create(call: Call): Answer {
  const { world, body, at } = call;
  const wrong = refuseBody(body, CREATE) ?? tooLong(textOf(body, 'description'));
  if (wrong) return wrong;
  const ref = textOf(body, 'ref') ?? '';
  const commit = resolve(world.git, ref);
  if (commit === undefined) return refuse(422, `No ref found for: ${ref}`);
  const stopped = (body.auto_merge === false ? undefined : merged(call, ref, commit)) ?? failingContexts(call, ref);
  if (stopped) return stopped;
  const environment = textOf(body, 'environment') ?? ENVIRONMENT;
  const deployment = world.ordered.create({
    ref,
    sha: commit.sha,
    task: textOf(body, 'task') ?? 'deploy',
    environment,
    description: textOf(body, 'description') ?? '',
    payload: body.payload ?? {},
    creator: loginOf(call),
    isTransient: body.transient_environment === true,
    isProduction: typeof body.production_environment === 'boolean' ? body.production_environment : environment === ENVIRONMENT,
    tag: releaseAt(world.git, commit),
  });
  note(call, 'deployment', { id: deployment.id, ref, environment, payload: deployment.payload });
  world.announce(deployment);
  return { status: 201, body: deploymentJson(at, deployment) };
}

const tooLong = (description: string | undefined): Answer | undefined =>
  description !== undefined && description.length > LONGEST_DESCRIPTION
    ? refuse(422, `Validation Failed: description is too long (maximum is ${LONGEST_DESCRIPTION} characters)`)
    : undefined;

/** The trap of the default: a ref behind the default branch gets that merged in instead of being deployed. */
function merged(call: Call, ref: string, commit: Commit): Answer | undefined {
  const { world } = call;
  const tip = resolve(world.git, `heads/${DEFAULT_BRANCH}`);
  const compared = tip && compare(world.git, commit, tip);
  if (!compared || compared.commits.length === 0) return undefined;
  const branch = ref.replace(/^(refs\/)?heads\//, '');
  if (compared.status === 'diverged') return refuse(409, `Conflict merging ${DEFAULT_BRANCH} into ${ref}.`);
  if (world.git.branches.has(branch)) {
    world.git.point(`heads/${branch}`, tip.sha);
    note(call, 'ref', { ref: `heads/${branch}`, from: commit.sha, to: tip.sha, force: false });
    world.moved(`heads/${branch}`, loginOf(call));
  }
  return { status: 202, body: { message: `Auto-merged ${DEFAULT_BRANCH} into ${ref} on deployment.` } };
}

/** Without `required_contexts` every status of the commit must be good; with it, those named. */
function failingContexts({ world, body }: Call, ref: string): Answer | undefined {
  const named = Array.isArray(body.required_contexts) ? body.required_contexts : undefined;
  const statuses: readonly { readonly context: string; readonly state: string }[] = world.options.commitStatuses;
  const asked = named?.map((name) => statuses.find((one) => one.context === name) ?? { context: String(name), state: 'pending' }) ?? statuses;
  const contexts = asked.filter((one) => one.state !== 'success').map(({ context, state }) => ({ context, state }));
  if (contexts.length === 0) return undefined;
  const { body: words, ...refusal } = refuse(409, `Conflict: Commit status checks failed for ${ref}.`);
  const errors = [{ contexts, resource: 'Deployment', field: 'required_contexts', code: 'invalid' }];
  return { ...refusal, body: { ...Object(words), errors } };
}

function listStatuses({ at, query, path }: Call, deployment: Deployment): Answer {
  const { items, headers } = paginate(deployment.statuses, query, at.api + path);
  return ok(
    items.map((status) => statusJson(at, deployment, status)),
    headers,
  );
}

const REPORT: BodyRule = {
  required: ['state'],
  keys: {
    state: 'string',
    target_url: 'string',
    log_url: 'string',
    description: 'string',
    environment: 'string',
    environment_url: 'string',
    auto_inactive: 'boolean',
  },
};

function report(call: Call, deployment: Deployment): Answer {
  const { world, body, at } = call;
  const wrong = refuseBody(body, REPORT) ?? tooLong(textOf(body, 'description'));
  if (wrong) return wrong;
  const state = STATES.find((one) => one === body.state);
  if (state === undefined)
    return refuse(
      422,
      `Invalid request.\n\nInvalid input: '${String(body.state)}' is not a possible value. Must be one of the following: ${STATES.join(', ')}.`,
    );
  const order: StatusOrder = {
    state,
    creator: loginOf(call),
    description: textOf(body, 'description') ?? '',
    environment: textOf(body, 'environment') ?? deployment.environment,
    environmentUrl: textOf(body, 'environment_url') ?? '',
    logUrl: textOf(body, 'log_url') ?? textOf(body, 'target_url') ?? '',
  };
  const status = world.ordered.report(deployment.id, order);
  if (status === undefined) return refuse(422, 'Deployments of GitHub Actions take no statuses from others in this sandbox');
  note(call, 'deployment-status', { deployment: deployment.id, state });
  if (state === 'success' && body.auto_inactive !== false) retire(call, deployment);
  return { status: 201, body: statusJson(at, deployment, status) };
}

/** `auto_inactive`: earlier deployments of the same environment end, unless it is production or transient. */
function retire({ world }: Call, by: Deployment): void {
  if (by.isProduction) return;
  for (const one of world.ordered.list()) {
    const isEarlier = one.id < by.id && one.environment === by.environment && !one.isTransient && !one.isProduction;
    if (isEarlier && one.statuses[0]?.state !== 'inactive')
      world.ordered.report(one.id, { state: 'inactive', creator: one.creator, description: '', environment: one.environment, environmentUrl: '', logUrl: '' });
  }
}
