/** `POST /api/<method>`: reads the arguments, checks token, limit and scope, runs the method, and records the call. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../../lib/clock.ts';
import type { Gate } from '../gate.ts';
import { type Answer, type Call, type Refusal, refuse } from './call.ts';
import { type FaultDesk, playFault, worksFirst } from './faults.ts';
import type { Limiter } from './limits.ts';
import type { Method } from './methods.ts';
import type { ApiCall } from './mini-slack.ts';
import { isFields } from './shape.ts';
import type { Fields, World } from './world.ts';

export interface WebApi {
  readonly world: World;
  readonly clock: Clock;
  readonly origin: string;
  readonly methods: ReadonlyMap<string, Method>;
  readonly scopes: ReadonlySet<string>;
  readonly botToken: string;
  readonly appToken: string | undefined;
  readonly limiter: Limiter;
  readonly faults: FaultDesk;
  readonly gate: Gate;
  readonly requests: ApiCall[];
  /** A WebSocket address for one connection, or undefined when there are too many. */
  readonly openConnection: () => string | undefined;
}

/** Arguments that are JSON even in a form. */
const JSON_ARGS = ['blocks', 'attachments', 'metadata', 'view', 'files', 'message', 'unfurls'];
const BODY_MAX_BYTES = 8 * 1024 * 1024;

/** The whole body, or undefined when it is too long. */
export async function readBody(request: IncomingMessage, maxBytes = BODY_MAX_BYTES): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function parseArgs(request: IncomingMessage, body: Buffer): { args: Fields } | { refusal: Refusal } {
  const type = request.headers['content-type'] ?? '';
  const query = new URL(request.url ?? '/', 'http://slack').searchParams;
  const args: Fields = Object.fromEntries(query);
  if (type.startsWith('application/json')) {
    const parsed = parseJson(body.toString('utf8') || '{}');
    if (parsed === undefined) return { refusal: refuse('invalid_json') };
    if (!isFields(parsed)) return { refusal: refuse('json_not_object') };
    Object.assign(args, parsed);
  } else if (body.length > 0) Object.assign(args, Object.fromEntries(new URLSearchParams(body.toString('utf8'))));
  for (const name of JSON_ARGS) {
    const value = args[name];
    if (typeof value === 'string' && value !== '') args[name] = parseJson(value) ?? value;
  }
  return { args };
}

function parseJson(said: string): unknown {
  try {
    return JSON.parse(said);
  } catch {
    return undefined;
  }
}

/** Why this token does not open this method, if so. */
function tokenRefusal(api: WebApi, method: string, token: string): Refusal | undefined {
  if (token === '') return refuse('not_authed');
  if (token !== api.botToken && token !== api.appToken) return refuse('invalid_auth');
  if (api.faults.tokenState === 'revoked') return refuse('token_revoked');
  const wantsAppToken = method === 'apps.connections.open';
  return wantsAppToken === (token === api.appToken) ? undefined : refuse('not_allowed_token_type');
}

function answer(api: WebApi, { method, args, token }: { method: string; args: Fields; token: string }): Answer {
  const known = api.methods.get(method);
  if (!known && method !== 'apps.connections.open') return refuse('unknown_method', { req_method: method });
  const refused = tokenRefusal(api, method, token);
  if (refused) return refused;
  if (!known) {
    const url = api.openConnection();
    return url === undefined ? refuse('too_many_websockets') : { ok: true, url };
  }
  const call: Call = { world: api.world, args, origin: api.origin, scopes: api.scopes };
  const scopes = known.scopes(call);
  if (scopes.length > 0 && !scopes.some((scope) => api.scopes.has(scope))) {
    return refuse('missing_scope', { needed: scopes.join(','), provided: [...api.scopes].join(',') });
  }
  return known.run(call);
}

export async function serveApi(api: WebApi, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const method = new URL(request.url ?? '/', 'http://slack').pathname.replace(/^\/api\//, '');
  const body = await readBody(request);
  const parsed = body ? parseArgs(request, body) : { refusal: refuse('request_too_large') };
  const { token: sentToken, ...args } = 'args' in parsed ? parsed.args : {};
  const auth = request.headers.authorization ?? (typeof sentToken === 'string' ? sentToken : '');
  const record: ApiCall = { method, args, auth, at: api.clock.now(), status: 0, ok: false };
  api.requests.push(record);
  if ((await api.gate({ vendor: 'slack', call: method, args, moment: 'before' })) === 'cut') return void response.destroy();
  const fault = api.faults.take(method);
  if (fault && !worksFirst(fault)) {
    record.status = playFault(fault, response);
    record.error = fault;
    return;
  }
  const waitSeconds = api.limiter(method, api.methods.get(method)?.tier ?? 'none', String(args.channel ?? ''));
  if (waitSeconds > 0) {
    Object.assign(record, { status: 429, error: 'ratelimited' });
    playFault(`429:${waitSeconds}`, response);
    return;
  }
  const token = auth.replace(/^Bearer\s+/i, '');
  const answered = 'args' in parsed ? answer(api, { method, args, token }) : parsed.refusal;
  Object.assign(record, { ok: answered.ok, status: 200, ...(answered.ok ? {} : { error: String(answered.error) }) });
  if ((await api.gate({ vendor: 'slack', call: method, args, moment: 'after' })) === 'cut') return void response.destroy();
  if (fault) record.status = playFault(fault, response);
  else reply(api, response, answered);
}

function reply(api: WebApi, response: ServerResponse, answered: Answer): void {
  response.writeHead(200, {
    'content-type': 'application/json; charset=utf-8',
    'x-oauth-scopes': [...api.scopes].join(','),
    'x-slack-req-id': api.world.nextId('R'),
  });
  response.end(JSON.stringify(answered));
}
