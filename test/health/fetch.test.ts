import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import { fetchConfigured, guardedLookup } from '../../src/health/fetch.ts';
import { probe } from '../../src/health/probe.ts';
import { queryRange } from '../../src/health/prometheus.ts';

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

/** A real server on a free loopback port; `hits` are the requests it saw. */
async function serving(answer: RequestListener): Promise<{ url: string; hits: string[]; port: number }> {
  const hits: string[] = [];
  const server = createServer((request, response) => {
    hits.push(`${request.method} ${request.url}`);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stops.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(() => resolve()));
  });
  const { port } = server.address() as AddressInfo; // a TCP server that listens has one
  return { url: `http://127.0.0.1:${port}`, hits, port };
}
const limits = { timeoutMs: 2_000, maxBytes: 1_000 };
const signal = new AbortController().signal;
const get = (url: string, change: object = {}) => fetchConfigured({ url, ...limits, ...change }, signal);
const redirect =
  (to: string): RequestListener =>
  (_, response) =>
    response.writeHead(302, { location: to }).end();

describe('a fetch of a configured URL', () => {
  test('U08: a redirect to a host that configuration does not name is not followed', async () => {
    const inner = await serving((_, response) => response.end('secret'));
    for (const to of [inner.url, 'http://169.254.169.254/', 'http://localhost:1/', 'file:///etc/passwd', 'https://user:pass@127.0.0.1/']) {
      const outer = await serving(redirect(to));
      await expect(get(outer.url), to).rejects.toMatchObject({ code: expect.stringMatching(/^E_URL_/) });
    }
    expect(inner.hits).toEqual([]);
  });

  test('a redirect on the same host is followed, three times at most', async () => {
    const outer = await serving((request, response) =>
      request.url === '/4' ? response.end('there') : redirect(`/${Number(request.url?.slice(1)) + 1}`)(request, response),
    );
    expect((await get(`${outer.url}/1`)).body.toString()).toBe('there');
    await expect(get(`${outer.url}/0`)).rejects.toMatchObject({ code: 'E_PROBE', message: expect.stringContaining('redirects more than 3 times') });
  });

  test('a name that leads to a blocked address is not connected to, whatever else it leads to', async () => {
    const lookUp = (...addresses: string[]) =>
      new Promise((resolve) => {
        const answer = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
        guardedLookup((_, __, done) => done(null, answer))('name', { all: true }, (error, found) =>
          resolve(error === null ? found : Reflect.get(error, 'code')),
        );
      });
    expect(await lookUp('10.0.0.1')).toEqual([{ address: '10.0.0.1', family: 4 }]);
    for (const blocked of ['169.254.169.254', '::ffff:169.254.169.254', '0.0.0.0', 'fe80::1']) expect(await lookUp('10.0.0.1', blocked)).toBe('E_URL_BLOCKED');
    await expect(get('http://[::ffff:169.254.169.254]/')).rejects.toMatchObject({ code: 'E_URL_BLOCKED' });
  });

  test('the body is cut at its limit, also when it inflates', async () => {
    const plain = await serving((_, response) => response.end('x'.repeat(5_000)));
    const bomb = gzipSync(Buffer.alloc(50_000_000));
    const packed = await serving((_, response) => response.setHeader('content-encoding', 'gzip').end(bomb));
    const small = await serving((_, response) => response.setHeader('content-encoding', 'gzip').end(gzipSync('hello')));
    expect(await get(plain.url)).toMatchObject({ status: 200, isCut: true, body: Buffer.alloc(1_000, 'x') });
    const before = process.memoryUsage().rss;
    expect(await get(packed.url)).toMatchObject({ isCut: true, body: Buffer.alloc(1_000) });
    expect(process.memoryUsage().rss - before).toBeLessThan(32 * 1024 * 1024);
    expect(await get(small.url)).toMatchObject({ isCut: false, body: Buffer.from('hello') });
  });

  test('silence ends at the deadline, before the headers and in the middle of the body', async () => {
    const silent = await serving(() => undefined);
    const slow = await serving((_, response) => response.writeHead(200).write('a'));
    for (const { url } of [silent, slow])
      await expect(get(url, { timeoutMs: 100 })).rejects.toMatchObject({ code: 'E_TIMEOUT', message: expect.stringContaining('within 100 ms') });
  });

  test('the caller can give up', async () => {
    const silent = await serving(() => undefined);
    const controller = new AbortController();
    const answer = fetchConfigured({ url: silent.url, ...limits }, controller.signal);
    controller.abort();
    await expect(answer).rejects.toMatchObject({ code: 'E_TIMEOUT' });
  });

  test('a connection that breaks is named by its code', async () => {
    const broken = await serving((request) => request.socket.destroy());
    await expect(get(broken.url)).rejects.toMatchObject({ code: 'E_PROBE', message: expect.stringMatching(/gave no answer \((UND_ERR_SOCKET|ECONNRESET)\)/) });
    const cut = await serving((_, response) => response.writeHead(200, { 'content-length': '100' }).write('a', () => response.destroy()));
    await expect(get(cut.url)).rejects.toMatchObject({ code: 'E_PROBE' });
    const noGzip = await serving((_, response) => response.setHeader('content-encoding', 'gzip').end('not gzip'));
    await expect(get(noGzip.url)).rejects.toMatchObject({ code: 'E_PROBE' });
  });
});

describe('a probe', () => {
  test('says what came, whatever the status', async () => {
    const { url } = await serving((_, response) => response.writeHead(503).end('down for maintenance'));
    expect(await probe(url, {}, signal)).toEqual({ status: 503, ms: expect.any(Number), body: 'down for maintenance', error: undefined });
  });
  test('never throws: no answer is an answer', async () => {
    const { url, port } = await serving(() => undefined);
    expect(await probe(url, { timeoutMs: 50 }, signal)).toMatchObject({ status: undefined, error: expect.stringContaining('E_TIMEOUT') });
    await stops.pop()?.();
    expect(await probe(`http://127.0.0.1:${port}`, {}, signal)).toMatchObject({ error: expect.stringContaining('ECONNREFUSED') });
    expect(await probe('http://169.254.169.254/', {}, signal)).toMatchObject({ error: expect.stringContaining('E_URL_BLOCKED') });
    expect(await probe('nonsense', {}, signal)).toMatchObject({ error: expect.stringContaining('E_URL_SCHEME') });
  });
});

describe('a range query', () => {
  const T0 = 1_795_150_000_000;
  const matrix = (...series: unknown[]) =>
    JSON.stringify({ status: 'success', data: { resultType: 'matrix', result: series.map((values) => ({ metric: {}, values })) } });
  const ask = (url: string) => queryRange({ url, query: 'sum(rate(x{code=~"5.."}[5m]))', from: T0, to: T0 + 60_000, stepMs: 15_000 }, signal);
  const answering = async (body: string, status = 200) => ask((await serving((_, response) => response.writeHead(status).end(body))).url);

  test('is sent as a form, and its numbers are read from text', async () => {
    let sent = '';
    const server = await serving((request, response) => {
      request.on('data', (chunk) => {
        sent += chunk;
      });
      request.on('end', () =>
        response.end(
          matrix([
            [T0 / 1000, '0.25'],
            [T0 / 1000 + 15, 'NaN'],
            [T0 / 1000 + 30.5, '0'],
            [T0 / 1000 + 45, '+Inf'],
          ]),
        ),
      );
    });
    expect(await ask(`${server.url}/prom/`)).toEqual([
      { at: T0, value: 0.25 },
      { at: T0 + 30_500, value: 0 },
    ]);
    expect(server.hits).toEqual(['POST /prom/api/v1/query_range']);
    expect(Object.fromEntries(new URLSearchParams(sent))).toEqual({
      query: 'sum(rate(x{code=~"5.."}[5m]))',
      start: '1795150000',
      end: '1795150060',
      step: '15',
    });
  });
  test('no series, and a series of nothing, are no data and not zero', async () => {
    expect(await answering(matrix())).toEqual([]);
    expect(
      await answering(
        matrix([
          [T0 / 1000, 'NaN'],
          [T0 / 1000, ''],
        ]),
      ),
    ).toEqual([]);
  });
  test.each([
    ['several series', matrix([], []), 200, 'gave 2 series; one is needed'],
    ['a bad query', '{"status":"error","errorType":"bad_data","error":"parse error"}', 400, 'bad_data: parse error'],
    ['a login page', '<html>please log in</html>', 200, 'answered 200 and not in the form'],
    ['null', 'null', 502, 'answered 502'],
    ['numbers that are not text', matrix([[1, 2]]), 200, 'not in the form'],
  ])('%s is E_METRICS, with what to do', async (_, body, status, message) => {
    await expect(answering(body, status)).rejects.toMatchObject({
      code: 'E_METRICS',
      message: expect.stringContaining(message),
      hint: expect.stringMatching(/./),
    });
  });
  test('a metrics server that is gone is E_METRICS', async () => {
    const { url } = await serving(() => undefined);
    await stops.pop()?.();
    await expect(ask(url)).rejects.toMatchObject({ code: 'E_METRICS', message: expect.stringContaining('ECONNREFUSED') });
  });
  test('more points than Prometheus allows are never asked for', async () => {
    const server = await serving((request, response) => {
      let form = '';
      request.on('data', (chunk) => {
        form += chunk;
      });
      request.on('end', () => response.end(matrix([[T0 / 1000, new URLSearchParams(form).get('step')]])));
    });
    const day = 86_400_000;
    const [sample] = await queryRange({ url: server.url, query: 'x', from: T0, to: T0 + 30 * day, stepMs: 1_000 }, signal);
    expect((30 * 86_400) / (sample?.value ?? 0)).toBeLessThanOrEqual(10_999);
  });
});
