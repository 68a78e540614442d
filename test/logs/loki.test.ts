import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { Failure } from '../../src/lib/failure.ts';
import type { LogAsk } from '../../src/logs/backend.ts';
import { loki } from '../../src/logs/loki.ts';
import { createLogSearch } from '../../src/logs/search.ts';

// The first request loads it, and on a busy machine that takes longer than a deadline.
await import('undici');
const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

/** A Loki that answers with what it is given and remembers what it was asked. */
async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<{ url: string; asked: IncomingMessage[] }> {
  const asked: IncomingMessage[] = [];
  const listening = createServer((request, response) => {
    asked.push(request);
    answer(request, response);
  });
  servers.push(listening);
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(listening.address() as AddressInfo).port}`, asked }; // a TCP server has an AddressInfo
}
const json =
  (value: unknown, status = 200) =>
  (_: IncomingMessage, response: ServerResponse) =>
    void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
const T0 = 1_795_168_800_000;
const query = (more: Partial<LogAsk> = {}): LogAsk => ({ from: T0, to: T0 + 600_000, pattern: undefined, maxLines: 100, maxBytes: 100_000, ...more });
const search = (url: string, more?: Partial<LogAsk>, options: object = {}) =>
  loki.search({ url, query: '{app="shop"}', ...options }, query(more), AbortSignal.timeout(5_000));
const saying = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'no failure',
    (error: unknown) => (error instanceof Failure ? `${error.code} ${error.message}` : String(error)),
  );
const failureOf = (promise: Promise<unknown>): Promise<Failure> =>
  promise.then(
    () => Promise.reject(new Error('expected a Failure')),
    (error: unknown) => (error instanceof Failure ? error : Promise.reject(error)),
  );
const streams = (...lines: readonly (readonly [number, string])[]) => ({
  status: 'success',
  data: { resultType: 'streams', result: [{ stream: { app: 'shop' }, values: lines.map(([at, text]) => [`${at}000000`, text]) }], stats: {} },
});

describe('Loki', () => {
  it('is asked in nanoseconds, newest first, with the tenant, and its lines come oldest first', async () => {
    const { url, asked } = await serve(json(streams([T0 + 2, 'two'], [T0 + 1, 'one'])));
    expect(await search(url, {}, { tenant: 'team-a' })).toEqual({
      lines: [
        { at: T0 + 1, text: 'one' },
        { at: T0 + 2, text: 'two' },
      ],
      truncated: false,
    });
    const sent = new URL(asked[0]?.url ?? '', url);
    expect(sent.pathname).toBe('/loki/api/v1/query_range');
    expect(Object.fromEntries(sent.searchParams)).toEqual({
      query: '{app="shop"}',
      start: '1795168800000000000',
      end: '1795169400000000000',
      limit: '100',
      direction: 'backward',
    });
    expect(asked[0]?.headers['x-scope-orgid']).toBe('team-a');
  });

  it('searches for the pattern itself, quoted so that it cannot leave its place', async () => {
    const { url, asked } = await serve(json(streams()));
    await search(url, { pattern: 'error"} |= `x`\\d' });
    expect(new URL(asked[0]?.url ?? '', url).searchParams.get('query')).toBe('{app="shop"} |~ "(?i)error\\"} |= `x`\\\\d"');
  });

  it('says so when there was more, by number or by bytes', async () => {
    const { url } = await serve(json(streams([T0 + 1, 'one'], [T0 + 2, 'two'], [T0 + 3, 'three'])));
    expect(await search(url, { maxLines: 3 })).toMatchObject({ truncated: true });
    expect(await search(url, { maxBytes: 10 })).toEqual({
      lines: [
        { at: T0 + 2, text: 'two' },
        { at: T0 + 3, text: 'three' },
      ],
      truncated: true,
    });
  });

  it.each([
    ['a refusal', json({}, 401), /^E_LOGS Loki at 127.0.0.1:\d+ refuses us \(HTTP 401\)/],
    [
      'a bad query',
      (_: IncomingMessage, response: ServerResponse) => void response.writeHead(400).end('parse error at line 1, col 3'),
      /^E_LOGS .*HTTP 400: parse error at line 1/,
    ],
    ['a web page', (_: IncomingMessage, response: ServerResponse) => void response.end('<html>'), /^E_LOGS 127.0.0.1:\d+ does not answer like Loki/],
    ['a metric', json({ status: 'success', data: { resultType: 'matrix', result: [] } }), /does not answer like Loki/],
    ['a cut line', (_: IncomingMessage, response: ServerResponse) => void response.destroy(), /^E_LOGS 127.0.0.1:\d+ gave no answer/],
    [
      'an endless answer',
      (_: IncomingMessage, response: ServerResponse) => void response.end('x'.repeat(2_000_000)),
      /^E_LOGS Loki at .* answered with more than \d+ KiB/,
    ],
  ])('%s is named as what it is', async (_, answer, says) => {
    const { url } = await serve(answer);
    expect(await saying(search(url))).toMatch(says);
  });

  const page = '<html><title>Sign in</title></html>';
  it.each([
    [200, page, true],
    [200, '{"data":1}', true],
    [301, '', true],
    [400, 'parse error at line 1', true],
    [401, '', true],
    [403, '', true],
    [404, '404 page not found', true],
    [408, '', false],
    [429, 'too many outstanding requests', false],
    [500, 'context canceled', false],
    [502, page, false],
    [503, 'Ingester not ready', false],
    [504, page, false],
  ])('HTTP %i with %j: asking again is no use: %j', async (status, text, permanent) => {
    const { url } = await serve((_, response) => void response.writeHead(status).end(text));
    expect(await failureOf(search(url))).toMatchObject({ code: 'E_LOGS', permanent });
  });

  it('nobody there may come back, and a page is not quoted', async () => {
    expect(await failureOf(search('http://127.0.0.1:9'))).toMatchObject({ permanent: false });
    const { url } = await serve((_, response) => void response.writeHead(404).end(page));
    expect(await saying(search(url))).toMatch(/^E_LOGS Loki at 127.0.0.1:\d+ answered HTTP 404$/);
  });

  describe('behind a token', () => {
    const TOKEN = 'loki.4f0bq-that-must-never-appear';
    const named = { query: '{app="shop"}', token_env: 'SHOP_LOKI_TOKEN' };
    const secrets = (name: string) => (name === 'SHOP_LOKI_TOKEN' ? `${TOKEN}\n` : undefined);

    it('carries the one whose variable services.yml names', async () => {
      const { url, asked } = await serve(json(streams([T0 + 1, 'one'])));
      const found = await createLogSearch(secrets)({ use: 'loki', options: { url, ...named } }, query(), AbortSignal.timeout(5_000));
      expect(found.lines).toEqual([{ at: T0 + 1, text: 'one' }]);
      expect(asked.map(({ headers }) => headers.authorization)).toEqual([`Bearer ${TOKEN}`]);
    });

    it('without a value, or with one that is no token, nothing is asked', async () => {
      const { url, asked } = await serve(json(streams()));
      for (const value of [undefined, '  ', `${TOKEN}\r\nx: y`]) {
        const failure = await failureOf(search(url, { secrets: () => value }, named));
        expect(failure).toMatchObject({ code: 'E_LOGS', permanent: true, message: 'the environment variable SHOP_LOKI_TOKEN holds no token' });
      }
      expect(await saying(search(url, {}, named))).toMatch(/holds no token$/);
      expect(asked).toEqual([]);
    });

    it('a server that repeats it does not get it into a message', async () => {
      for (const status of [400, 500]) {
        const { url } = await serve((request, response) => void response.writeHead(status).end(`no tenant for ${request.headers.authorization}`));
        expect(await saying(search(url, { secrets }, named))).toMatch(/HTTP \d+: no tenant for Bearer \[REDACTED\]/);
      }
      const { url } = await serve(json({}, 401));
      expect((await failureOf(search(url, { secrets }, named))).hint).toContain('token_env');
    });

    it('the option holds a name, never the token itself', () => {
      const accepts = (token_env: string): boolean => loki.options.safeParse({ url: 'http://loki:3100', ...named, token_env }).success;
      expect(accepts('SHOP_LOKI_TOKEN')).toBe(true);
      expect(accepts('glc_eyJvIjoiMTIzIn0=')).toBe(false);
    });
  });

  it('nobody there, and somebody who never answers, are failures in time', async () => {
    expect(await saying(search('http://127.0.0.1:9'))).toMatch(/^E_LOGS 127.0.0.1:9 gave no answer/);
    const { url } = await serve(() => undefined);
    expect(await saying(loki.search({ url, query: '{a="b"}' }, query(), AbortSignal.timeout(200)))).toMatch(/^E_TIMEOUT/);
  });

  it('addresses that hand out credentials and things that are no selector are refused at load', () => {
    expect(loki.options.safeParse({ url: 'http://169.254.169.254/', query: '{a="b"}' }).success).toBe(false);
    expect(loki.options.safeParse({ url: 'file:///x', query: '{a="b"}' }).success).toBe(false);
    expect(loki.options.safeParse({ url: 'http://loki:3100', query: 'rate(x[1m])' }).success).toBe(false);
    expect(loki.options.safeParse({ url: 'http://loki:3100', query: '{app="shop"} | json' }).success).toBe(true);
  });
});
