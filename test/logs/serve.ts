/** A server that answers as it is told and remembers what it was asked; and what goes wrong with every backend that is asked over HTTP. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { Failure } from '../../src/lib/failure.ts';
import type { LogAsk, LogResult } from '../../src/logs/backend.ts';

export const T0 = 1_795_168_800_000;
export const SECRET = 'v3ry-s3cret-Zx9Qk2Lm7Np4Rt6W';
export const ask = (more: Partial<LogAsk> = {}): LogAsk => ({
  from: T0,
  to: T0 + 600_000,
  pattern: undefined,
  maxLines: 100,
  maxBytes: 100_000,
  timeoutMs: 15_000,
  secrets: (name) => (name.startsWith('TEST_') ? SECRET : undefined),
  ...more,
});

export interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}
export type Reply = (asked: Asked, response: ServerResponse) => void;

// The first request loads it, and on a busy machine that takes longer than the deadlines below.
await import('undici');

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

export async function serve(reply: Reply): Promise<{ url: string; asked: Asked[] }> {
  const asked: Asked[] = [];
  const listening = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString('utf8');
    });
    request.on('end', () => {
      const one = { method: request.method ?? '', url: request.url ?? '', headers: request.headers, body };
      asked.push(one);
      reply(one, response);
    });
  });
  servers.push(listening);
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(listening.address() as AddressInfo).port}`, asked }; // a TCP server has an AddressInfo
}

export const json =
  (value: unknown, status = 200): Reply =>
  (_, response) =>
    void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));

export const failureOf = (promise: Promise<unknown>): Promise<Failure> =>
  promise.then(
    () => Promise.reject(new Error('expected a Failure')),
    (error: unknown) => (error instanceof Failure ? error : Promise.reject(error)),
  );

/** `good`: the body of an answer with at least one line. */
export function troubles(search: (url: string, more?: Partial<LogAsk>) => Promise<LogResult>, good: string): void {
  describe('when something is wrong', () => {
    it.each([
      [401, true, /refuses us \(HTTP 401\)/],
      [403, true, /refuses us \(HTTP 403\)/],
      [404, true, /404/],
      [429, false, /429/],
      [500, false, /HTTP 500/],
      [503, false, /HTTP 503/],
    ])('HTTP %i is told as what it is; asking again is of no use: %s', async (status, permanent, says) => {
      const { url } = await serve((_, response) => void response.writeHead(status).end(`no: ${SECRET}`));
      const failure = await failureOf(search(url));
      expect(failure).toMatchObject({ code: 'E_LOGS', permanent, message: expect.stringMatching(says) });
      expect(failure.hint).not.toBe('');
      expect(`${failure.message} ${failure.hint}`).not.toContain(SECRET);
    });

    it('a page of a proxy is not quoted, and is no answer', async () => {
      const page = '<html><title>Sign in</title></html>';
      const { url } = await serve((_, response) => void response.writeHead(200, { 'content-type': 'text/html' }).end(page));
      expect(await failureOf(search(url))).toMatchObject({ code: 'E_LOGS', permanent: true, message: expect.not.stringContaining('<') });
    });

    it('what never answers is given up after the time the caller gave', async () => {
      const { url } = await serve(() => undefined);
      expect(await failureOf(search(url, { timeoutMs: 300 }))).toMatchObject({ code: 'E_TIMEOUT' });
    });

    it('half an answer is none', async () => {
      const { url } = await serve((_, response) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(good)) });
        response.write(good.slice(0, Math.ceil(good.length / 2)), () => response.destroy());
      });
      expect(await failureOf(search(url))).toMatchObject({ code: 'E_LOGS', permanent: false });
    });

    it('an endless answer is not read', async () => {
      const { url } = await serve((_, response) => void response.writeHead(200).end('[1,'.repeat(4_000_000)));
      expect(await failureOf(search(url))).toMatchObject({ code: 'E_LOGS', permanent: true });
    });

    it('nobody there may come back', async () => {
      expect(await failureOf(search('http://127.0.0.1:9'))).toMatchObject({ code: 'E_LOGS', permanent: false });
    });
  });
}
