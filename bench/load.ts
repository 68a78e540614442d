/**
 * Sends signed Slack requests over raw kept-alive connections, each with the next one when its answer is there. A process of its own, so
 * that it takes no time from the server; raw sockets, so that the server is the slow part. Told what to send by p5-acks.ts.
 */
import { createHmac } from 'node:crypto';
import { lane, type Talker } from './lane.ts';

export interface Load {
  readonly port: number;
  readonly secret: string;
  readonly connections: number;
  readonly forMs: number;
  readonly contentType: string;
  /** The body around its one varying part: a server that refuses repetitions must see none. */
  readonly body: readonly [string, string];
}
export interface Loaded {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly answers: number;
  /** Statuses other than 200, and connections that broke. */
  readonly wrong: readonly string[];
}

// Ten digits, so that every body is as long as the other; this process never sends the same twice.
let serial = 1_000_000_000;

function requestText({ port, secret, contentType, body }: Load): string {
  const text = `${body[0]}${++serial}${body[1]}`;
  const stamp = Math.floor(Date.now() / 1000);
  const signature = createHmac('sha256', secret).update(`v0:${stamp}:${text}`).digest('hex');
  return [
    'POST /slack/events HTTP/1.1',
    `Host: 127.0.0.1:${port}`,
    `Content-Type: ${contentType}`,
    `Content-Length: ${Buffer.byteLength(text)}`,
    `X-Slack-Request-Timestamp: ${stamp}`,
    `X-Slack-Signature: v0=${signature}`,
    '',
    text,
  ].join('\r\n');
}

function talker(load: Load, until: number, books: { tookMs: number[]; wrong: string[] }): Talker {
  return {
    next: (send) => send(performance.now() < until ? requestText(load) : undefined),
    answered(status, tookMs) {
      books.tookMs.push(tookMs);
      if (status !== '200') books.wrong.push(status);
    },
    broke: (because) => books.wrong.push(because),
  };
}

async function run(load: Load): Promise<Loaded> {
  const books = { tookMs: [] as number[], wrong: [] as string[] };
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: load.connections }, () => lane(load.port, talker(load, startedAt + load.forMs, books))));
  const seconds = (performance.now() - startedAt) / 1000;
  const sorted = Float64Array.from(books.tookMs).sort();
  const at = (share: number): number => sorted[Math.floor(sorted.length * share)] ?? Number.NaN;
  return { perSecond: sorted.length / seconds, p50Ms: at(0.5), p99Ms: at(0.99), answers: sorted.length, wrong: books.wrong.slice(0, 5) };
}

process.on('message', (load: Load) => {
  void run(load).then((loaded) => process.send?.(loaded));
});
process.on('disconnect', () => process.disconnect?.());
