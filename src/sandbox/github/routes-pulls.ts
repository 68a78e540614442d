/** Pull requests. */
import { type Answer, notFound, ok, paginate, refuse } from './answer.ts';
import { type BodyRule, refuseBody, textOf } from './body.ts';
import { compare } from './compare.ts';
import { resolve } from './git.ts';
import { branchOf, type Pull } from './pulls.ts';
import { type Call, loginOf, note, type Route } from './router.ts';
import { pullJson, simplePullJson } from './shapes-pulls.ts';

const READ = { permission: 'pull_requests', access: 'read' } as const;
const WRITE = { permission: 'pull_requests', access: 'write' } as const;
const PULLS = '/repos/:owner/:repo/pulls';

export const pullRoutes: readonly Route[] = [
  { method: 'GET', path: PULLS, need: READ, answer: list },
  { method: 'POST', path: PULLS, need: WRITE, answer: open },
  { method: 'GET', path: `${PULLS}/:number`, need: READ, answer: (call) => withPull(call, (pull) => ok(pullJson(call.at, pull, call.world))) },
  { method: 'PATCH', path: `${PULLS}/:number`, need: WRITE, answer: (call) => withPull(call, (pull) => change(call, pull)) },
];

function withPull({ world, params }: Call, answer: (pull: Pull) => Answer): Answer {
  const found = world.pulls.list().find((one) => String(one.number) === params.number);
  return found ? answer(found) : notFound;
}

function list({ world, at, query, path }: Call): Answer {
  const state = query.get('state') ?? 'open';
  const head = query.get('head') ?? '';
  const fits = (pull: Pull) =>
    (state === 'all' || state === (pull.end === undefined ? 'open' : 'closed')) &&
    (!query.has('base') || query.get('base') === pull.base.branch) &&
    // Without an owner before the colon GitHub does not filter at all.
    (!head.includes(':') || head === `${at.owner}:${pull.head.branch}`);
  const { items, headers } = paginate(world.pulls.list().filter(fits), query, at.api + path);
  return ok(
    items.map((pull) => simplePullJson(at, pull, world)),
    headers,
  );
}

const OPEN: BodyRule = {
  required: ['head', 'base'],
  keys: {
    title: 'string',
    head: 'string',
    head_repo: 'string',
    base: 'string',
    body: 'string',
    maintainer_can_modify: 'boolean',
    draft: 'boolean',
    issue: 'any',
  },
};

function open(call: Call): Answer {
  const { world, at, body } = call;
  const wrong = refuseBody(body, OPEN);
  if (wrong) return wrong;
  const title = textOf(body, 'title') ?? '';
  const [head, base] = [branchOf(world.git, at.owner, textOf(body, 'head') ?? ''), branchOf(world.git, at.owner, textOf(body, 'base') ?? '')];
  if (title.trim() === '') return invalid({ field: 'title', code: 'missing_field' });
  if (head === undefined) return invalid({ field: 'head', code: 'invalid' });
  if (base === undefined) return invalid({ field: 'base', code: 'invalid' });
  const twin = world.pulls.list().find((one) => one.end === undefined && one.head.branch === head && one.base.branch === base);
  if (twin) return invalid({ code: 'custom', message: `A pull request already exists for ${at.owner}:${head}.` });
  const [from, to] = [resolve(world.git, `heads/${base}`), resolve(world.git, `heads/${head}`)];
  if (!from || !to || !compare(world.git, from, to)?.commits.length) return invalid({ code: 'custom', message: `No commits between ${base} and ${head}` });
  const rest = { author: loginOf(call), draft: body.draft === true, maintainerCanModify: body.maintainer_can_modify !== false };
  const pull = world.pulls.open({ title, body: textOf(body, 'body') ?? null, head, base, ...rest });
  note(call, 'pull', { number: pull.number, head, base, title });
  return { status: 201, body: pullJson(at, pull, world), headers: { location: `${at.repo}/pulls/${pull.number}` } };
}

function invalid(error: Readonly<Record<string, string>>): Answer {
  const { body: words, ...refusal } = refuse(422, 'Validation Failed');
  return { ...refusal, body: { ...Object(words), errors: [{ resource: 'PullRequest', ...error }] } };
}

const CHANGE: BodyRule = { required: [], keys: { title: 'string', body: 'string', state: 'string', base: 'string', maintainer_can_modify: 'boolean' } };

function change(call: Call, pull: Pull): Answer {
  const { world, at, body } = call;
  const wrong = refuseBody(body, CHANGE);
  if (wrong) return wrong;
  const { state } = body;
  if (state !== undefined && state !== 'open' && state !== 'closed') return invalid({ field: 'state', code: 'invalid' });
  if (pull.end?.kind === 'merged' && state === 'open')
    return invalid({ code: 'custom', field: 'state', message: 'state cannot be changed. The pull request has been merged.' });
  const isClosing = state === 'closed' && pull.end === undefined;
  const end = isClosing ? ({ kind: 'closed', at: world.now() } as const) : state === 'open' ? undefined : pull.end;
  const changed = world.pulls.change(pull, { title: textOf(body, 'title') ?? pull.title, body: textOf(body, 'body') ?? pull.body, end });
  note(call, 'pull', { number: pull.number, ...body });
  return ok(pullJson(at, changed, world));
}
