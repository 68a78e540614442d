/** The mini Slack: one HTTP server on the loopback with the Web API, Socket Mode, uploads, downloads and response addresses. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { Failure } from '../../lib/failure.ts';
import { type Gate, openGate } from '../gate.ts';
import { actsOf, channelNamed } from './acts.ts';
import { byHttp, bySocket, type Delivery, newDelivery, type Send } from './delivery.ts';
import { ALL_EVENTS, eventsOf } from './events.ts';
import { newFaultDesk } from './faults.ts';
import { fileAt, takeBytes, type Uploads } from './files.ts';
import { newLimiter } from './limits.ts';
import { allMethods, DEFAULT_SCOPES } from './methods.ts';
import type { Acked, MiniSlack, SlackOptions } from './mini-slack.ts';
import { answerHook } from './response-url.ts';
import { type Hub, newHub } from './sockets.ts';
import { addChannel, addMessage, editMessage, findMessage, newWorld } from './state.ts';
import { readBody, serveApi, type WebApi } from './web-api.ts';
import type { Message, World } from './world.ts';

export async function startSlack(options: SlackOptions): Promise<MiniSlack> {
  const world = newWorld({ clock: options.clock, people: options.people, groups: options.groups ?? [] });
  const hub = newHub(world, options.clock);
  const server = createServer();
  const uploads: Uploads = new Map();
  const api = newApi(options, { world, hub, uploads, origin: await listen(server, options.port ?? 0) });
  const address = { url: options.mode === 'socket' ? '' : options.mode.http };
  const delivery = newDelivery(
    world,
    gated(
      sender(options, hub, () => (api.faults.isDown ? '' : address.url)),
      api.gate,
    ),
  );
  server.on('request', (request, response) => void serve(api, uploads, { request, response }));
  server.on('upgrade', (request: IncomingMessage, line: Duplex) => (api.faults.isDown ? line.destroy() : hub.accept(request, line)));
  setStage(world, options);
  tellTheApp(world, delivery, new Set(options.events ?? ALL_EVENTS));
  return {
    url: `${api.origin}/api/`,
    origin: api.origin,
    world,
    requests: api.requests,
    faults: api.faults,
    on: world.on,
    as: (user) => {
      if (!world.people.has(user))
        throw new Failure('E_NOT_FOUND', `the sandbox has no person ${user}`, { hint: `there are: ${[...world.people.keys()].join(', ')}` });
      return actsOf({ ...delivery, world, user, origin: api.origin, options });
    },
    channelId: (nameOrId) => channelNamed(world, nameOrId).id,
    postAs: (app, where, message) => postAs({ world, delivery, where }, app, message),
    edit: (where, ts, fields) => edit({ world, delivery, where }, ts, fields),
    dropSockets: () => hub.refresh(),
    get sockets() {
      return hub.count;
    },
    sendTo: (url) => {
      address.url = url;
    },
    settled: () => delivery.settled(),
    close: () => close(server, delivery, hub),
  };
}

function newApi(options: SlackOptions, parts: { world: World; hub: Hub; uploads: Uploads; origin: string }): WebApi {
  const { world, hub, uploads, origin } = parts;
  return {
    world,
    clock: options.clock,
    origin,
    methods: allMethods(uploads),
    scopes: new Set(options.scopes ?? DEFAULT_SCOPES),
    botToken: options.botToken,
    appToken: options.appToken,
    limiter: newLimiter(options.clock, options.limits ?? 'real'),
    faults: newFaultDesk(() => hub.cut()),
    gate: options.gate ?? openGate,
    requests: [],
    openConnection: () => {
      const ticket = hub.ticket();
      return ticket === undefined ? undefined : `${origin.replace('http', 'ws')}/link/?ticket=${ticket}&app_id=${world.bot.appId}`;
    },
  };
}

async function postAs(
  { world, delivery, where }: { world: World; delivery: Delivery; where: string },
  app: { readonly name: string; readonly appId: string },
  message: Partial<Message>,
): Promise<{ ts: string; ack: Acked }> {
  const fields = { bot_id: `B${app.appId.slice(1)}`, app_id: app.appId, subtype: 'bot_message', username: app.name, text: '', ...message };
  const { result, ack } = delivery.during(() => addMessage(world, channelNamed(world, where), fields));
  return { ts: result.ts, ack: await ack };
}

async function edit({ world, delivery, where }: { world: World; delivery: Delivery; where: string }, ts: string, fields: Partial<Message>): Promise<Acked> {
  const channel = channelNamed(world, where);
  const message = findMessage(channel, ts);
  if (!message) throw new Failure('E_NOT_FOUND', `#${channel.name} has no message ${ts}; nothing was edited`);
  const edited = { user: message.user ?? '', ts: `${Math.floor(world.clock.now() / 1000)}.000000` };
  return delivery.during(() => editMessage(world, channel, { message, fields: { edited, ...fields } })).ack;
}

function listen(server: Server, wanted: number): Promise<string> {
  return new Promise((resolve, reject) => {
    server.on('error', reject);
    server.listen(wanted, '127.0.0.1', () => {
      // Listening on a TCP port: the address is an AddressInfo.
      const { port } = server.address() as AddressInfo;
      resolve(`http://127.0.0.1:${port}`);
    });
  });
}

function sender(options: SlackOptions, hub: Hub, url: () => string) {
  if (options.mode === 'socket') return bySocket(hub);
  if (!options.signingSecret)
    throw new Failure('E_CONFIG', 'the mini Slack signs its requests in HTTP mode and has no signingSecret', { hint: 'pass signingSecret' });
  return byHttp({ clock: options.mode.signedAt ?? options.clock, deadlines: options.clock, signingSecret: options.signingSecret, url });
}

/** What Slack sends to the bot passes the gate too: `before` it leaves, `after` the bot's answer came in. */
function gated(send: Send, gate: Gate): Send {
  return async (envelope) => {
    const crossing = { vendor: 'slack', call: `deliver ${envelope.kind}`, args: envelope.payload } as const;
    const cut = { ack: { kind: 'failed', why: 'the line was cut' } } as const;
    if ((await gate({ ...crossing, moment: 'before' })) === 'cut') return cut;
    const sent = await send(envelope);
    return (await gate({ ...crossing, moment: 'after' })) === 'cut' ? cut : sent;
  };
}

/** Channels that exist before the app arrives; everybody is in them. */
function setStage(world: World, { channels = ['general'], botIn, people }: SlackOptions): void {
  const creator = people.find((person) => (person.kind ?? 'member') === 'member')?.id ?? world.bot.userId;
  for (const name of channels) {
    const channel = addChannel(world, { name, kind: 'public', creator });
    for (const person of people) if (person.kind === undefined || person.kind === 'member') channel.members.add(person.id);
    if ((botIn ?? channels).includes(name)) channel.members.add(world.bot.userId);
  }
}

function tellTheApp(world: World, delivery: Delivery, subscribed: ReadonlySet<string>): void {
  world.on((change) => {
    for (const { name, event } of eventsOf(world, change)) if (subscribed.has(name)) void delivery.event(event);
  });
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

async function serve(api: WebApi, uploads: Uploads, exchange: Exchange): Promise<void> {
  const { request, response } = exchange;
  if (api.faults.isDown) return void request.socket.resetAndDestroy();
  try {
    const path = new URL(request.url ?? '/', 'http://slack').pathname;
    if (path.startsWith('/api/')) await serveApi(api, request, response);
    else if (path.startsWith('/response/')) await serveHook(api, path, exchange);
    else if (path.startsWith('/upload/v1/')) await serveUpload(api, uploads, { path, ...exchange });
    else if (path.startsWith('/files-pri/')) serveFile(api, path, exchange);
    else end(response, 404, { type: 'text/plain', body: 'not found' });
  } catch {
    // The caller cut the line while it was speaking; there is nobody to answer.
    response.destroy();
  }
}

function end(response: ServerResponse, status: number, { type, body }: { type: string; body: string | Buffer }): void {
  response.writeHead(status, { 'content-type': type });
  response.end(body);
}

async function serveHook({ world }: WebApi, path: string, { request, response }: Exchange): Promise<void> {
  const body = await readBody(request);
  let said: unknown;
  try {
    said = JSON.parse(body?.toString('utf8') ?? '');
  } catch {
    said = undefined;
  }
  const refusal = answerHook(world, path.split('/').at(-1) ?? '', said);
  if (!refusal) return end(response, 200, { type: 'text/plain', body: 'ok' });
  const isGone = ['used_url', 'expired_url', 'invalid_url'].includes(refusal.error);
  end(response, isGone ? 404 : 400, { type: 'application/json', body: JSON.stringify(refusal) });
}

async function serveUpload({ gate }: WebApi, uploads: Uploads, { path, request, response }: Exchange & { path: string }): Promise<void> {
  const crossing = { vendor: 'slack', call: 'upload', args: {} } as const;
  const body = (await readBody(request, 64 * 1024 * 1024)) ?? Buffer.alloc(0);
  if ((await gate({ ...crossing, moment: 'before' })) === 'cut') return void response.destroy();
  const taken = await takeBytes(uploads, path.split('/').at(-1) ?? '', { body, contentType: request.headers['content-type'] ?? '' });
  if ((await gate({ ...crossing, moment: 'after' })) === 'cut') return void response.destroy();
  end(response, taken.status, { type: 'text/plain', body: taken.said });
}

/** Without the right token Slack answers 200 with a page to sign in: so does this. */
function serveFile(api: WebApi, path: string, { request, response }: Exchange): void {
  const file = fileAt(api.world, path);
  const mayRead = request.headers.authorization === `Bearer ${api.botToken}` && api.faults.tokenState === 'valid' && api.scopes.has('files:read');
  if (!mayRead) end(response, 200, { type: 'text/html; charset=utf-8', body: '<!DOCTYPE html><title>Slack</title><h1>Sign in to your workspace</h1>' });
  else if (!file) end(response, 404, { type: 'text/plain', body: 'not found' });
  else end(response, 200, { type: file.mimetype, body: api.world.bytes.get(file.id) ?? Buffer.alloc(0) });
}

async function close(server: Server, delivery: Delivery, hub: Hub): Promise<void> {
  delivery.close();
  hub.close();
  server.closeAllConnections();
  await new Promise<void>((resolve) => server.close(() => resolve()));
}
