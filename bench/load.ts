/**
 * Sends signed Slack requests over raw kept-alive connections, each with the next one when its answer is there. A process of its own, so
 * that it takes no time from the server; raw sockets, so that the server is the slow part. Told what to send by p5-acks.ts.
 */
import { createHmac } from 'node:crypto';
import { connect, type Socket } from 'node:net';

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

/** The status of a whole answer; undefined: more is to come. */
function wholeStatus(answer: string): string | undefined {
  const end = answer.indexOf('\r\n\r\n');
  if (end === -1) return undefined;
  const length = /\r\ncontent-length: (\d+)/i.exec(answer)?.[1];
  const isWhole = length === undefined ? answer.endsWith('0\r\n\r\n') : answer.length >= end + 4 + Number(length);
  return isWhole ? answer.slice(9, 12) : undefined;
}

function lane(load: Load, until: number, books: { tookMs: number[]; wrong: string[] }): Promise<void> {
  return new Promise((resolve) => {
    const socket: Socket = connect(load.port, '127.0.0.1');
    socket.setNoDelay(true);
    socket.setEncoding('latin1');
    let sentAt = 0;
    let answer = '';
    const send = (): void => {
      answer = '';
      const text = requestText(load);
      sentAt = performance.now();
      socket.write(text);
    };
    socket.on('connect', send);
    socket.on('data', (chunk) => {
      answer += String(chunk);
      const status = wholeStatus(answer);
      if (status === undefined) return;
      const now = performance.now();
      books.tookMs.push(now - sentAt);
      if (status !== '200') books.wrong.push(status);
      if (now < until) send();
      else socket.end();
    });
    socket.on('error', (error) => books.wrong.push(error.message));
    socket.on('close', () => resolve());
  });
}

async function run(load: Load): Promise<Loaded> {
  const books = { tookMs: [] as number[], wrong: [] as string[] };
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: load.connections }, () => lane(load, startedAt + load.forMs, books)));
  const seconds = (performance.now() - startedAt) / 1000;
  const sorted = Float64Array.from(books.tookMs).sort();
  const at = (share: number): number => sorted[Math.floor(sorted.length * share)] ?? Number.NaN;
  return { perSecond: sorted.length / seconds, p50Ms: at(0.5), p99Ms: at(0.99), answers: sorted.length, wrong: books.wrong.slice(0, 5) };
}

process.on('message', (load: Load) => {
  void run(load).then((loaded) => process.send?.(loaded));
});
process.on('disconnect', () => process.disconnect?.());
