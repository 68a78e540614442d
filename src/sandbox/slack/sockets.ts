/** Socket Mode: the app's WebSocket connections, the envelopes that go out on one of them, and their answers. */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Clock } from '../../lib/clock.ts';
import type { Acked } from './mini-slack.ts';
import { isFields } from './shape.ts';
import { acceptSocket, type Socket } from './websocket.ts';
import type { Fields, World } from './world.ts';

/** Slack waits this long for an answer. */
export const ANSWER_MS = 3000;
const CONNECTIONS_MAX = 10;
const PING_EVERY_MS = 10_000;

export interface Hub {
  /** A ticket for one connection; undefined when ten are open. */
  ticket(): string | undefined;
  accept(request: IncomingMessage, line: Duplex): void;
  /** Sends to one connection, in turn, and waits for its answer. */
  send(envelope: Fields): Promise<Acked>;
  /** Asks every connection to come back; answers how many there were. */
  refresh(): number;
  /** Cuts every line without a word. */
  cut(): void;
  readonly count: number;
  close(): void;
}

interface Exchange {
  readonly world: World;
  readonly clock: Clock;
  readonly tickets: Set<string>;
  readonly sockets: Socket[];
  /** Envelopes that wait for their answer. */
  readonly pending: Map<string, { readonly socket: Socket; readonly settle: (acked: Acked) => void }>;
  turn: number;
}

export function newHub(world: World, clock: Clock): Hub {
  const exchange: Exchange = { world, clock, tickets: new Set(), sockets: [], pending: new Map(), turn: 0 };
  const { sockets, tickets } = exchange;
  const cut = () => {
    for (const socket of [...sockets]) socket.destroy();
  };
  const pings = setInterval(() => {
    for (const socket of sockets) socket.ping();
  }, PING_EVERY_MS);
  pings.unref();
  return {
    get count() {
      return sockets.length;
    },
    ticket: () => {
      if (sockets.length >= CONNECTIONS_MAX) return undefined;
      const ticket = world.nextId('L');
      tickets.add(ticket);
      return ticket;
    },
    accept: (request, line) => accept(exchange, request, line),
    send: (envelope) => send(exchange, envelope),
    refresh: () => refresh(exchange),
    cut,
    close: () => {
      clearInterval(pings);
      cut();
    },
  };
}

function accept(exchange: Exchange, request: IncomingMessage, line: Duplex): void {
  const { sockets, tickets, world } = exchange;
  const ticket = new URL(request.url ?? '/', 'http://slack').searchParams.get('ticket') ?? '';
  if (!tickets.delete(ticket)) return void line.end('HTTP/1.1 401 Unauthorized\r\nConnection: close\r\n\r\n');
  const socket = acceptSocket(request, line, { onText: (said) => hear(exchange, said), onClose: () => socket && forget(exchange, socket) });
  if (!socket) return;
  sockets.push(socket);
  const hello = { type: 'hello', num_connections: sockets.length, debug_info: { host: 'sandbox' }, connection_info: { app_id: world.bot.appId } };
  socket.send(JSON.stringify(hello));
}

function hear({ pending }: Exchange, said: string): void {
  const answer = parse(said);
  const payload = answer?.payload;
  // The client sends `{}` for an ack without words.
  const body = isFields(payload) && Object.keys(payload).length === 0 ? undefined : payload;
  pending.get(String(answer?.envelope_id))?.settle({ kind: 'acked', body });
}

function forget({ sockets, pending }: Exchange, socket: Socket): void {
  const at = sockets.indexOf(socket);
  if (at >= 0) sockets.splice(at, 1);
  for (const each of pending.values()) if (each.socket === socket) each.settle({ kind: 'failed', why: 'the socket closed before an answer' });
}

function send(exchange: Exchange, envelope: Fields): Promise<Acked> {
  const { sockets, clock, pending, world } = exchange;
  exchange.turn += 1;
  const socket = sockets[exchange.turn % Math.max(1, sockets.length)];
  if (!socket) return Promise.resolve({ kind: 'failed', why: 'no socket is connected' });
  const id = world.nextId('env');
  return new Promise((resolve) => {
    const settle = (acked: Acked) => {
      callOff();
      pending.delete(id);
      resolve(acked);
    };
    const callOff = clock.at(clock.now() + ANSWER_MS, () => settle({ kind: 'timeout' }));
    pending.set(id, { socket, settle });
    socket.send(JSON.stringify({ envelope_id: id, ...envelope }));
  });
}

function refresh({ sockets }: Exchange): number {
  const asked = sockets.splice(0);
  for (const socket of asked) {
    socket.send(JSON.stringify({ type: 'disconnect', reason: 'refresh_requested', debug_info: { host: 'sandbox' } }));
    socket.close();
  }
  return asked.length;
}

function parse(said: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(said);
    return isFields(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
