/** Plain node:http with a table of routes. It bounds connections, time and size; what the routes mean is not known here. */
import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../lib/clock.ts';
import { Failure } from '../lib/failure.ts';
import type { Log } from '../lib/log.ts';
import { send, sendEarly } from './answer.ts';
import { boundConnections, type Connections } from './connections.ts';
import { BODY_MAX_BYTES, readBody } from './guard.ts';
import { createServer } from './node-http.ts';
import { createRefusals, type Refuse } from './refusals.ts';
import { createRouter, type Found, type Route } from './router.ts';

export interface HttpLimits {
  /** From the first byte to the end of the headers. */
  readonly headersTimeoutMs: number;
  /** From the first byte to the end of the body. */
  readonly requestTimeoutMs: number;
  /** How often the two above are looked at. */
  readonly checkEveryMs: number;
  readonly maxConnections: number;
  readonly maxBodyBytes: number;
  /** How long `close` waits for answers under way. */
  readonly drainMs: number;
}

/** Longer than the pause between two pushes of most senders, so that the connection is still there for the next one. */
const KEEP_ALIVE_MS = 65_000;

/** A slow sender is gone within 15 s: 13 s, 1 s until the next look, 1 s to read the answer. */
export const LIMITS: HttpLimits = {
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 13_000,
  checkEveryMs: 1_000,
  maxConnections: 200,
  maxBodyBytes: BODY_MAX_BYTES,
  drainMs: 10_000,
};

export interface HttpRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly ip: string;
  /** Throws E_TOO_LARGE; may be called once. */
  body(): Promise<Buffer>;
}

export interface Http {
  /** Resolves with the address once connections are taken; rejects when the port is taken or not ours. */
  listen(): Promise<{ host: string; port: number; url: string }>;
  /** New POSTs are answered E_DRAINING from now on; health, metrics and reading go on. */
  drain(): void;
  /** Stops accepting, lets answers under way finish (at most `drainMs`), then closes. Calling it twice is fine. */
  close(): Promise<void>;
}

export interface HttpOptions {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly routes: readonly Route[];
  readonly limits?: Partial<HttpLimits>;
  /** Told about every answer of a route, for metrics; `route` is the pattern, so labels stay bounded. */
  readonly observe?: (seen: { route: string; method: string; status: number; ms: number }) => void;
}

export function createHttp(options: HttpOptions): Http {
  const limits = { ...LIMITS, ...options.limits };
  const { headersTimeoutMs: headersTimeout, requestTimeoutMs: requestTimeout, checkEveryMs: connectionsCheckingInterval } = limits;
  const server = createServer({ headersTimeout, requestTimeout, connectionsCheckingInterval, keepAliveTimeout: KEEP_ALIVE_MS });
  const connections = boundConnections(server, limits.maxConnections);
  const door: Door = {
    find: createRouter(options.routes),
    connections,
    refuse: createRefusals(options),
    observe: options.observe,
    maxBodyBytes: limits.maxBodyBytes,
    isDraining: false,
  };
  server.on('request', (request, response) => void serve(door, request, response)); // serve never rejects

  return {
    listen: () => listen(server, options),
    drain() {
      door.isDraining = true;
    },
    async close() {
      door.isDraining = true;
      if (!server.listening) return;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      connections.closeIdle();
      const takeBack = options.clock.at(options.clock.now() + limits.drainMs, () => server.closeAllConnections());
      await closed;
      takeBack();
    },
  };
}

function listen(server: Server, { port, host, log }: HttpOptions): ReturnType<Http['listen']> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(cannotListen(error, `${host}:${port}`)));
    server.listen(port, host, () => {
      server.removeAllListeners('error');
      server.on('error', (err) => log.error({ err }, 'http server error'));
      const { address, port: bound, family } = server.address() as AddressInfo; // a TCP server that listens has an AddressInfo
      resolve({ host: address, port: bound, url: `http://${family === 'IPv6' ? `[${address}]` : address}:${bound}` });
    });
  });
}

function cannotListen(error: NodeJS.ErrnoException, address: string): Failure {
  const because = error.code === 'EADDRINUSE' ? 'another program has that port' : (error.code ?? 'unknown cause');
  return new Failure('E_BUSY', `cannot listen on ${address}: ${because}; nothing was started`, { hint: 'Set HOST and PORT to a free address.', cause: error });
}

interface Door {
  readonly find: ReturnType<typeof createRouter>;
  readonly connections: Connections;
  readonly refuse: Refuse;
  readonly observe: HttpOptions['observe'];
  readonly maxBodyBytes: number;
  isDraining: boolean;
}

async function serve(door: Door, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const found = watch(door, request, response);
  const asked = readHead(request);
  try {
    if (found.kind === 'refused') {
      if (found.allow !== '') response.setHeader('allow', found.allow);
      throw found.failure;
    }
    if (door.isDraining && request.method === 'POST') throw new Failure('E_DRAINING', 'the bot is stopping', { hint: 'send it again in a few seconds' });
    if ('raw' in found.route) return await found.route.raw(request, response);
    send(response, await found.route.handle({ ...asked, params: found.params, body: () => readBody(request, door.maxBodyBytes) }));
  } catch (error) {
    const answer = door.refuse(error, asked);
    if (response.headersSent) response.destroy();
    else if (request.complete) send(response, answer);
    else sendEarly(request, response, answer);
  }
}

/** Finds the route and keeps the books: which connection is busy, how long the answer took. */
function watch({ find, connections, observe, isDraining }: Door, request: IncomingMessage, response: ServerResponse): Found {
  const { method = '', url = '' } = request;
  const startedAt = performance.now();
  const found = find(method, url.split('?', 1)[0] ?? '');
  if (isDraining) response.setHeader('connection', 'close');
  connections.begin(request);
  response.once('close', () => {
    connections.end(request);
    observe?.({ route: found.kind === 'found' ? found.route.path : '(none)', method, status: response.statusCode, ms: performance.now() - startedAt });
  });
  return found;
}

function readHead({ method = '', url = '', headers, socket }: IncomingMessage): Pick<HttpRequest, 'method' | 'path' | 'query' | 'headers' | 'ip'> {
  const mark = url.indexOf('?');
  const path = mark === -1 ? url : url.slice(0, mark);
  return { method, path, query: new URLSearchParams(mark === -1 ? '' : url.slice(mark)), headers, ip: (socket.remoteAddress ?? '').replace('::ffff:', '') };
}
