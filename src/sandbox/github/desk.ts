/** The way of one request: credentials, limits, permission, route, caching, answer. In GitHub's order. */
import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Gate } from '../gate.ts';
import { type Answer, type JsonObject, notFound, refuse } from './answer.ts';
import type { AppAuth } from './app.ts';
import { type Budgets, type Caller, identify, limitHeaders, overLimit, overSecondaryLimit, refuseAccess, schemeOf, type TokenGrant } from './callers.ts';
import type { Fault, FaultQueue } from './faults.ts';
import type { Requests } from './requests.ts';
import { findRoute, type Match } from './router.ts';
import { accountRoutes } from './routes-account.ts';
import { actionRoutes } from './routes-actions.ts';
import { deploymentRoutes } from './routes-deployments.ts';
import { environmentRoutes } from './routes-environments.ts';
import { gitRoutes } from './routes-git.ts';
import { pullRoutes } from './routes-pulls.ts';
import { repoRoutes } from './routes-repo.ts';
import { runRoutes } from './routes-runs.ts';
import type { Addresses } from './shapes.ts';
import type { World } from './world.ts';

export interface DeskParts {
  readonly world: World;
  readonly budgets: Budgets;
  readonly tokens: ReadonlyMap<string, TokenGrant>;
  readonly app: AppAuth | undefined;
  readonly faults: FaultQueue;
  readonly gate: Gate;
  readonly requests: Requests;
}
interface Arrival {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
  readonly at: Addresses;
}
type Verdict = { readonly answer: Answer; readonly caller: Caller | undefined };

const routes = [...accountRoutes, ...repoRoutes, ...gitRoutes, ...pullRoutes, ...actionRoutes, ...runRoutes, ...deploymentRoutes, ...environmentRoutes];
const VERSIONS = ['2022-11-28', '2026-03-10'];
const BAD_CREDENTIALS = refuse(401, 'Bad credentials');
const PROXY_ERROR = '<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body><center><h1>502 Bad Gateway</h1></center></body>\r\n</html>\r\n';
const UNICORN = '<!DOCTYPE html><html><head><title>Unicorn!</title></head><body><p>No server is currently available to service your request.</p></body></html>';

export function createDesk(parts: DeskParts) {
  return async (request: IncomingMessage, response: ServerResponse, about: { readonly at: Addresses; readonly text: string }): Promise<void> => {
    const url = new URL(request.url ?? '/', about.at.api);
    const method = request.method === 'HEAD' ? 'GET' : (request.method ?? 'GET');
    const arrival: Arrival = { method, path: url.pathname, query: url.searchParams, headers: request.headers, ...about };
    const crossing = { vendor: 'github', call: `${method} ${url.pathname}`, args: {} } as const;
    if ((await parts.gate({ ...crossing, moment: 'before' })) === 'cut') return void request.socket.destroy();
    const id = parts.requests.nextId();
    const fault = parts.faults.take(`${method} ${url.pathname}`);
    const verdict = faulted(parts, arrival, fault) ?? judge(parts, arrival);
    const isAnswered = verdict !== 'nothing' && fault !== 'reset-after' && fault !== 'hang-after';
    parts.requests.add({
      id,
      method,
      path: url.pathname,
      query: url.search,
      auth: schemeOf(request.headers.authorization),
      caller: nameOf(verdict === 'nothing' ? whoIs(parts, arrival) : verdict.caller),
      body: about.text,
      status: isAnswered ? (fault === '502-after' ? 502 : fault === 'html' ? 200 : verdict.answer.status) : undefined,
      fault,
    });
    if ((await parts.gate({ ...crossing, moment: 'after' })) === 'cut') return void request.socket.destroy();
    if (fault === 'hang' || fault === 'hang-after') return;
    if (!isAnswered) return void request.socket.resetAndDestroy();
    if (fault === '502-after') return void response.writeHead(502, { 'content-type': 'text/html' }).end(PROXY_ERROR);
    if (fault === 'html') return void response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(UNICORN);
    send(parts, response, { ...verdict, id });
  };
}

const whoIs = (parts: DeskParts, arrival: Arrival): Caller | undefined =>
  identify(arrival.headers.authorization, { tokens: parts.tokens, app: parts.app, now: parts.world.now() });

const nameOf = (caller: Caller | undefined) => (caller === undefined ? 'unknown' : caller.kind === 'token' ? { login: caller.login } : caller.kind);

/** Faults that strike before anything is done; undefined: go on. */
function faulted(parts: DeskParts, arrival: Arrival, fault: Fault | undefined): Verdict | 'nothing' | undefined {
  const answer = (given: Answer): Verdict => ({ answer: given, caller: whoIs(parts, arrival) });
  if (fault === 'reset-before' || fault === 'hang') return 'nothing';
  if (fault === '500') return answer(refuse(500, 'Server Error'));
  if (fault === 'html') return answer({ status: 200 });
  if (fault === '409') return answer(refuse(409, 'Conflict'));
  if (fault === '401') return answer(BAD_CREDENTIALS);
  if (fault === 'secondary') return answer(overSecondaryLimit);
  if (fault !== 'limit') return undefined;
  const caller = whoIs(parts, arrival);
  if (caller) parts.budgets.leave(caller, 0);
  return answer(caller ? overLimit(caller) : BAD_CREDENTIALS);
}

function judge(parts: DeskParts, arrival: Arrival): Verdict {
  const { budgets } = parts;
  const anonymous = identify(undefined, { tokens: parts.tokens, app: undefined, now: parts.world.now() });
  if (!arrival.headers['user-agent'])
    return { answer: refuse(403, 'Request forbidden by administrative rules. Please make sure your request has a User-Agent header.'), caller: anonymous };
  const caller = whoIs(parts, arrival);
  if (caller === undefined) {
    if (anonymous) budgets.spend(anonymous); // GitHub counts a wrong token against the address it came from
    return { answer: BAD_CREDENTIALS, caller: anonymous };
  }
  const match = findRoute(routes, arrival.method, arrival.path);
  if (!match?.route.isFree && !budgets.spend(caller)) return { answer: overLimit(caller), caller };
  const version = arrival.headers['x-github-api-version'];
  if (typeof version === 'string' && !knows(parts, version))
    return { answer: refuse(400, `Bad request: ${version} is not a valid version of the API`), caller };
  const answer = match ? act(parts, arrival, { match, caller }) : notFound;
  return { answer: answer.status === 200 && arrival.method === 'GET' ? cached(parts, arrival, { answer, caller }) : answer, caller };
}

const knows = (parts: DeskParts, version: string): boolean => (parts.world.options.oldServer ? VERSIONS[0] === version : VERSIONS.includes(version));

function act(parts: DeskParts, arrival: Arrival, asked: { readonly match: Match; readonly caller: Caller }): Answer {
  const { world, budgets, app } = parts;
  const { match, caller } = asked;
  const { need } = match.route;
  const { owner, repo } = match.params;
  if (owner !== undefined && `${owner}/${repo}`.toLowerCase() !== world.options.fullName.toLowerCase()) return notFound;
  const refused = need && refuseAccess(caller, need, { fullName: world.options.fullName, isPrivate: world.options.isPrivate });
  if (refused) return refused;
  if (arrival.method !== 'GET' && !budgets.write(caller)) return overSecondaryLimit;
  const body = arrival.method === 'GET' ? {} : parseBody(arrival.text);
  if (body === 'not JSON') return refuse(400, 'Problems parsing JSON');
  if (body === 'not an object') return refuse(400, 'Body should be a JSON object');
  const answer = match.route.answer({ world, at: arrival.at, caller, budgets, app, params: match.params, query: arrival.query, path: arrival.path, body });
  const accepted = need && { 'x-accepted-github-permissions': `${need.permission}=${need.access}` };
  return { ...answer, headers: { ...accepted, ...answer.headers } };
}

function parseBody(text: string): JsonObject | 'not JSON' | 'not an object' {
  if (text.trim() === '') return {};
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : 'not an object';
  } catch {
    return 'not JSON';
  }
}

// JSON.parse makes nothing but JSON, so an object is a JSON object.
const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);

/** 304 when the caller has this very answer already; to somebody who is known that is free. */
function cached(parts: DeskParts, arrival: Arrival, one: { readonly answer: Answer; readonly caller: Caller }): Answer {
  const etag = `W/"${createHash('sha256').update(JSON.stringify(one.answer.body)).digest('hex')}"`;
  const headers = { ...one.answer.headers, etag, 'cache-control': 'private, max-age=60, s-maxage=60' };
  const known = (arrival.headers['if-none-match'] ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  if (!known.includes(etag.replace(/^W\//, ''))) return { ...one.answer, headers };
  if (one.caller.kind !== 'anonymous') parts.budgets.refund(one.caller);
  return { status: 304, headers };
}

function send(parts: DeskParts, response: ServerResponse, said: Verdict & { readonly id: string }): void {
  const { answer, caller } = said;
  const body = answer.body === undefined ? undefined : JSON.stringify(answer.body);
  response.writeHead(answer.status, {
    date: new Date(parts.world.now()).toUTCString(),
    'x-github-request-id': said.id,
    'x-github-media-type': 'github.v3; format=json',
    'access-control-expose-headers':
      'ETag, Link, Location, Retry-After, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Used, X-RateLimit-Resource, X-RateLimit-Reset',
    ...(caller ? limitHeaders(parts.budgets.look(caller)) : {}),
    ...(body === undefined ? {} : { 'content-type': 'application/json; charset=utf-8' }),
    ...answer.headers,
  });
  response.end(body);
}
