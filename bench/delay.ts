/** A line with a delay: every request waits D before it goes on, the first one of a connection also pays for the handshake. Keeps the books. */
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

export interface Passed {
  /** The last part of the path: a Web API method. */
  readonly name: string;
  /** `GET /repos/acme/shop/releases`, without the query. */
  readonly call: string;
  /** When it came in, and when whoever it was for had done it and answered, in ms of `sharedNow`. */
  readonly from: number;
  to: number;
}

/** The same clock in every process of this machine, in ms. */
export const sharedNow = (): number => Number(process.hrtime.bigint()) / 1e6;

export interface Delayed {
  readonly url: string;
  readonly passed: readonly Passed[];
  /** Connections made to us so far. */
  readonly connections: number;
  close(): Promise<void>;
}

/** Longer than a minute, as load balancers keep an idle line; shorter than ten. */
const IDLE_MS = 75_000;

/** `target`: one address, or the address for a path. */
export async function delayLine(
  target: string | ((path: string) => string),
  { delayMs, handshakeMs }: { delayMs: number; handshakeMs: number },
): Promise<Delayed> {
  const passed: Passed[] = [];
  const fresh = new WeakSet<Socket>();
  const agent = new Agent({ keepAlive: true });
  let connections = 0;
  const pass = async (asked: IncomingMessage, answer: ServerResponse): Promise<void> => {
    const path = (asked.url ?? '').split('?')[0] ?? '';
    const entry: Passed = { name: path.split('/').at(-1) ?? '', call: `${asked.method} ${path}`, from: sharedNow(), to: Number.POSITIVE_INFINITY };
    passed.push(entry);
    const waitMs = delayMs + (fresh.delete(asked.socket) ? handshakeMs : 0);
    const [body] = await Promise.all([asked.toArray(), new Promise((resolve) => setTimeout(resolve, waitMs))]);
    const onward = request(
      new URL(asked.url ?? '/', typeof target === 'string' ? target : target(path)),
      { method: asked.method, headers: asked.headers, agent },
      (answered) => {
        entry.to = sharedNow();
        // How long a line stays open is between the two ends of that line (RFC 9110, 7.6.1).
        const { connection: _, 'keep-alive': __, ...headers } = answered.headers;
        answer.writeHead(answered.statusCode ?? 502, headers);
        answered.pipe(answer);
      },
    );
    onward.on('error', () => answer.destroy());
    onward.end(Buffer.concat(body as Buffer[])); // a request without an encoding gives buffers
  };
  const server = createServer({ keepAliveTimeout: IDLE_MS }, (asked, answer) => void pass(asked, answer).catch(() => answer.destroy()));
  server.on('connection', (socket: Socket) => {
    connections += 1;
    fresh.add(socket);
    socket.setNoDelay(true);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // a TCP server that listens has an AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    passed,
    get connections() {
      return connections;
    },
    async close() {
      server.closeAllConnections();
      agent.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** How many of these calls had to wait for each other: the longest chain in which each began after the one before had ended. */
export function serialCalls(calls: readonly Passed[]): number {
  let chain = 0;
  let endedAt = Number.NEGATIVE_INFINITY;
  for (const call of calls.toSorted((a, b) => a.to - b.to)) {
    if (call.from < endedAt) continue;
    chain += 1;
    endedAt = call.to;
  }
  return chain;
}
