import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { CODES, Failure } from '../../lib/failure.ts';
import type { MiniSlack } from '../slack/mini-slack.ts';
import { actSchema, perform } from './acts.ts';
import { type Asset, loadAssets } from './assets.ts';
import type { PlaygroundExtras } from './extras.ts';
import { channelPath, channelsOf, homePath, markSeen, type Stage, type Visit } from './lens.ts';
import { type Live, startLive } from './live.ts';
import { page } from './page.ts';

export interface PlaygroundOptions {
  readonly slack: MiniSlack;
  readonly extras: PlaygroundExtras;
  /** 0, the default, takes a free one. */
  readonly port?: number;
  /** IANA name for the times shown; default: this machine's. */
  readonly timeZone?: string;
}

export interface Playground {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  close(): Promise<void>;
}

const ACT_MAX_BYTES = 1_000_000;
// The mini Slack keeps files in memory; Slack's own form takes files of this size too.
const FILE_MAX_BYTES = 10_000_000;

// Nothing is loaded from anywhere else and nothing inline runs, whatever a message may hold.
const GUARDS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
};

interface House {
  readonly stage: Stage;
  readonly live: Live;
  readonly assets: ReadonlyMap<string, Asset>;
}

function answer(to: ServerResponse, status: number, { type, body }: { type: string; body: string | Buffer }): void {
  to.writeHead(status, { ...GUARDS, 'content-type': type, 'content-length': Buffer.byteLength(body) }).end(body);
}

function json(to: ServerResponse, value: unknown, status = 200): void {
  answer(to, status, { type: 'application/json; charset=utf-8', body: JSON.stringify(value) });
}

async function read(from: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of from) {
    // Without an encoding set, node hands over buffers.
    const bytes = part as Buffer;
    size += bytes.length;
    // What is too much is still read to its end: a browser shows no answer to a request it could not finish.
    if (size <= maxBytes) parts.push(bytes);
  }
  if (size > maxBytes) throw new Failure('E_TOO_LARGE', `more than ${maxBytes} bytes were sent; nothing was kept`, { hint: 'send less' });
  return Buffer.concat(parts);
}

/** Only pages of this very server may act: other sites cannot set this header without asking first, and they are refused. */
function checkSender(from: IncomingMessage): void {
  if (from.headers['x-playground'] !== '1')
    throw new Failure('E_AUTH', 'this act did not come from the playground page; nothing happened', { hint: 'use the page' });
}

// A name that resolves to this machine is not enough: a foreign page could have one (DNS rebinding).
function checkHost(from: IncomingMessage): void {
  const host = (from.headers.host ?? '').replace(/:\d+$/, '');
  if (!['127.0.0.1', 'localhost', '[::1]'].includes(host))
    throw new Failure('E_HEADER', `the playground is not served as ${host}`, { hint: 'open it as http://127.0.0.1' });
}

/** A piece of a path as it was meant; one that is escaped wrongly names nothing. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return '';
  }
}

function visitOf({ stage }: House, url: URL): Visit {
  const { cast } = stage.extras;
  const wanted = url.searchParams.get('as');
  const person = cast.find(({ id }) => id === wanted)?.id ?? cast[0]?.id;
  if (person === undefined) throw new Failure('E_CONFIG', 'the playground has nobody to act as', { hint: 'give extras.cast at least one person' });
  const named = /^\/channel\/([^/]+)$/.exec(url.pathname)?.[1] ?? url.searchParams.get('channel') ?? '';
  const seen = channelsOf(stage.slack.world, person);
  const channel = named === '' ? undefined : seen.find(({ id, name }) => id === decoded(named) || name === decoded(named));
  return { person, channel: channel?.id };
}

async function showPage(house: House, url: URL, to: ServerResponse): Promise<void> {
  const { stage } = house;
  const visit = visitOf(house, url);
  const channel = visit.channel === undefined ? undefined : stage.slack.world.channels.get(visit.channel);
  if (channel === undefined && url.pathname !== '/home') {
    const first = channelsOf(stage.slack.world, visit.person).find((each) => each.kind !== 'im' && !each.isArchived);
    const place = first === undefined ? homePath(visit.person) : channelPath(first.id, visit.person);
    to.writeHead(303, { ...GUARDS, location: place }).end();
    return;
  }
  // The app draws its Home when it is opened; the page shows what is there and the stream brings the rest.
  if (channel === undefined)
    stage.slack
      .as(visit.person)
      .openHome()
      .catch(() => undefined);
  else markSeen(stage, visit.person, channel);
  answer(to, 200, { type: 'text/html; charset=utf-8', body: page(stage, visit) });
}

function showFile({ stage }: House, url: URL, to: ServerResponse): void {
  const id = decoded(url.pathname.slice('/files/'.length));
  const file = stage.slack.world.files.get(id);
  const bytes = stage.slack.world.bytes.get(id);
  if (file === undefined || bytes === undefined) throw new Failure('E_NOT_FOUND', `there is no file ${id}`);
  // Only pictures are shown in place; anything else, HTML and SVG above all, is handed over as a download.
  const picture = /^image\/(png|jpeg|gif|webp)$/.test(file.mimetype);
  const shown = picture ? 'inline' : `attachment; filename*=UTF-8''${encodeURIComponent(file.name.toWellFormed())}`;
  to.writeHead(200, {
    ...GUARDS,
    'content-type': picture ? file.mimetype : 'application/octet-stream',
    'content-length': bytes.length,
    'content-disposition': shown,
    'content-security-policy': "default-src 'none'; sandbox",
  }).end(bytes);
}

async function act(house: House, from: IncomingMessage, to: ServerResponse): Promise<void> {
  checkSender(from);
  const text = (await read(from, ACT_MAX_BYTES)).toString('utf8');
  const parsed = actSchema.safeParse(parseJson(text));
  if (!parsed.success) throw new Failure('E_SCHEMA', `the page sent an act that is not known: ${parsed.error.issues[0]?.message ?? ''}; nothing happened`);
  json(to, await perform(house.stage, parsed.data));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Failure('E_JSON_SYNTAX', 'the page sent something that is not JSON; nothing happened', { cause });
  }
}

async function upload(house: House, url: URL, { from, to }: { from: IncomingMessage; to: ServerResponse }): Promise<void> {
  checkSender(from);
  const { person } = visitOf(house, url);
  const name = (url.searchParams.get('name') ?? '').replace(/[/\\\0]/g, '_').slice(0, 255) || 'file';
  const bytes = await read(from, FILE_MAX_BYTES);
  json(to, { id: await house.stage.slack.as(person).upload(name, bytes), name, size: bytes.length });
}

async function route(house: House, from: IncomingMessage, to: ServerResponse): Promise<void> {
  checkHost(from);
  const url = new URL(from.url ?? '/', 'http://127.0.0.1');
  const asset = house.assets.get(url.pathname);
  if (from.method === 'GET' && asset !== undefined) return answer(to, 200, asset);
  if (from.method === 'GET' && url.pathname === '/live') return house.live.join(visitOf(house, url), to);
  if (from.method === 'GET' && url.pathname.startsWith('/files/')) return showFile(house, url, to);
  if (from.method === 'GET' && /^\/(home|channel\/[^/]+)?$/.test(url.pathname)) return showPage(house, url, to);
  if (from.method === 'POST' && url.pathname === '/act') return act(house, from, to);
  if (from.method === 'POST' && url.pathname === '/upload') return upload(house, url, { from, to });
  throw new Failure('E_NOT_FOUND', `there is no page ${url.pathname}`, { hint: 'begin at /' });
}

function refuse(to: ServerResponse, cause: unknown): void {
  const failure = cause instanceof Failure ? cause : new Failure('E_INTERNAL', cause instanceof Error ? cause.message : String(cause), { cause });
  if (to.headersSent) to.destroy();
  else json(to, { error: { code: failure.code, message: failure.message, hint: failure.hint } }, CODES[failure.code] < 100 ? 500 : CODES[failure.code]);
}

/** Serves the workspace of a mini Slack to a browser on this machine. Throws E_CONFIG when the port is taken. */
export async function startPlayground({ slack, extras, port = 0, timeZone }: PlaygroundOptions): Promise<Playground> {
  const stage: Stage = { slack, extras, timeZone: timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone, seen: new Map() };
  for (const { id } of extras.cast) for (const channel of channelsOf(slack.world, id)) markSeen(stage, id, channel);
  const house: House = { stage, live: startLive(stage), assets: await loadAssets() };
  const server = createServer((from, to) => {
    route(house, from, to).catch((cause: unknown) => refuse(to, cause));
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening').catch((cause: unknown) => {
    throw new Failure('E_CONFIG', `the playground cannot listen on 127.0.0.1:${port}; it was not started`, { hint: 'choose another port', cause });
  });
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : port}`;
  return {
    url,
    async close() {
      house.live.close();
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
