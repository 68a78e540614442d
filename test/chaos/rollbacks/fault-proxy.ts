/** A line to GitHub that loses answers: every request goes through, and by a seeded draw its answer does not come back as it was sent. */
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Random } from '../random.ts';

/** What became of one answer. `reset`: cut after the effect. `502`: replaced after the effect. `cut`: cut in the middle of the body. */
export type Fault = 'reset' | '502' | 'cut';
/** Chance of each, 0…1. */
export type Rates = Readonly<Record<Fault, number>>;

export interface Refusal {
  readonly status: number;
  readonly message: string;
  readonly passing?: number;
}
export interface FaultProxy {
  readonly url: string;
  /** Requests whose answer has not come back. */
  inFlight(): number;
  aim(target: string): void;
  /** A request that matches `METHOD /path` (the next, or the one after `passing` others) never reaches GitHub and is answered so. */
  refuse(request: RegExp, answer: Refusal): void;
  close(): Promise<void>;
}

export interface Tally {
  readonly struck: Record<Fault, number>;
}

export async function startFaultProxy(rates: (method: string) => Rates, random: Random, tally: Tally): Promise<FaultProxy> {
  let target = new URL('http://127.0.0.1:9');
  let inFlight = 0;
  const refusals: { readonly test: RegExp; readonly answer: Refusal; left: number }[] = [];
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const server = createServer((from, to) => {
    inFlight += 1;
    to.once('close', () => {
      inFlight -= 1;
    });
    const order = refusals.find(({ test, left }) => left >= 0 && test.test(`${from.method} ${from.url}`));
    if (order && order.left-- === 0) return answerSelf(from, to, order.answer);
    const fault = draw(rates(from.method ?? 'GET'), random);
    const on = request(
      { host: target.hostname, port: target.port, agent, method: from.method, path: from.url, headers: { ...from.headers, host: target.host } },
      (answer) => {
        // A redirect to GitHub's own pages must not lead around this line.
        const { location } = answer.headers;
        if (location) answer.headers.location = location.replace(target.origin, `http://${from.headers.host}`);
        answerWith(answer, to, fault);
      },
    );
    on.once('error', () => to.socket?.destroy());
    from.pipe(on);
    if (fault) tally.struck[fault] += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, // it listens on TCP
    inFlight: () => inFlight,
    refuse: (test, answer) => void refusals.push({ test, answer, left: answer.passing ?? 0 }),
    aim: (url) => {
      target = new URL(url);
    },
    async close() {
      agent.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function answerSelf(from: IncomingMessage, to: ServerResponse, { status, message }: Refusal): void {
  from.resume();
  to.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify({ message }));
}

function draw(rates: Rates, random: Random): Fault | undefined {
  let at = random.next();
  for (const fault of ['reset', '502', 'cut'] as const) {
    if (at < rates[fault]) return fault;
    at -= rates[fault];
  }
  return undefined;
}

function answerWith(answer: IncomingMessage, to: ServerResponse, fault: Fault | undefined): void {
  const parts: Buffer[] = [];
  answer.on('data', (part: Buffer) => parts.push(part));
  answer.once('error', () => to.socket?.destroy());
  answer.once('end', () => {
    const body = Buffer.concat(parts);
    if (fault === 'reset') to.socket?.resetAndDestroy();
    else if (fault === '502') to.writeHead(502, { 'content-type': 'text/html' }).end('<html>Bad Gateway</html>');
    else if (fault === 'cut' && body.length > 0) {
      to.writeHead(answer.statusCode ?? 200, { ...answer.headers, 'content-length': String(body.length) });
      to.write(body.subarray(0, Math.floor(body.length / 2)), () => to.socket?.resetAndDestroy());
    } else if (fault === 'cut') to.socket?.resetAndDestroy();
    else to.writeHead(answer.statusCode ?? 200, answer.headers).end(body);
  });
}
