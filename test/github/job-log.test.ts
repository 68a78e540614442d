import { createServer } from 'node:http';
import nock from 'nock';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { lastLines, readJobLog } from '../../src/github/job-log.ts';
import { listReleases } from '../../src/github/releases.ts';
import { webOf } from '../../src/github/transport.ts';
import { API, clientAt, failureOf, never, TOKEN } from './parts.ts';

const STAMP = '2026-11-20T09:00:00.1234567Z ';
const stamped = (...lines: string[]): string => lines.map((line) => `${STAMP}${line}\n`).join('');

describe('the last lines of a log', () => {
  it.each([
    ['without the runner’s clock and byte order mark', `\ufeff${stamped('one', 'two')}`, ['one', 'two']],
    ['without colours, links and bells', stamped('\u001b[31;1mred\u001b[0m \u001b]8;;https://x\u0007link\u001b]8;;\u0007\u0007'), ['red link']],
    ['with Windows line ends', 'one\r\ntwo\r\n', ['one', 'two']],
    ['that overwrote each other on a terminal', '10 %\r20 %\r30 %\n', ['10 %', '20 %', '30 %']],
    ['without empty ones', stamped('one', '', '   ', 'two'), ['one', 'two']],
    [
      'with the marks people know from GitHub’s page',
      stamped('##[group]Run x', '##[endgroup]', '##[warning]careful', '##[error]no'),
      ['Run x', 'Warning: careful', 'Error: no'],
    ],
    ['up to the failure, without the tidying up after it', stamped('boom', '##[error]exit 1', 'Post job cleanup.', 'git version 2'), ['boom', 'Error: exit 1']],
    ['of an empty log', '', []],
  ])('%s', (_, text, lines) => {
    expect(lastLines(text)).toEqual(lines);
  });

  it('are twenty at most, and none is longer than a screen', () => {
    const lines = lastLines(Array.from({ length: 50 }, (_, n) => `${n} ${'word '.repeat(200)}`).join('\n'));
    expect(lines).toHaveLength(20);
    expect(lines[0]).toMatch(/^30 /);
    expect(Math.max(...lines.map(({ length }) => length))).toBe(301);
  });

  it('hold no secrets, also when one goes over many lines', () => {
    const secret = ['ghp', 'a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8'].join('_');
    const key = ['-----BEGIN RSA PRIVATE KEY-----', 'MIIEowIBAAKCAQEAx1', 'c2hvcnQ', '-----END RSA PRIVATE KEY-----'];
    const text = lastLines(stamped(`token ${secret}`, 'DB_PASSWORD=hunter2!', ...key, 'after')).join('\n');
    expect(text).not.toMatch(/ghp_|hunter2|MIIEow|c2hvcnQ/);
    expect(text).toContain('after');
  });

  it('are found quickly in 64 KiB of anything', () => {
    const started = performance.now();
    for (const text of ['a'.repeat(65_536), '\u001b['.repeat(32_768), '=:'.repeat(32_768), '-----BEGIN '.repeat(6_000)]) lastLines(text);
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});

const PATH = '/repos/acme/shop/actions/jobs/7/logs';
const read = () => readJobLog({ github: clientAt(API), repo: 'acme/shop', signal: never() }, 7);

describe('where a log is fetched', () => {
  beforeEach(() => nock.disableNetConnect());
  afterEach(() => {
    nock.cleanAll();
    nock.enableNetConnect();
  });

  it.each(['https://productionresultssa10.blob.core.windows.net', 'https://pipelines.actions.githubusercontent.com'])(
    'is at %s, where GitHub sends us, and our credential does not travel there',
    async (store) => {
      let headers = new Headers();
      nock(API)
        .get(PATH)
        .reply(302, '', { location: `${store}/log.txt?sig=x` });
      nock(store)
        .get('/log.txt?sig=x')
        .reply((request: Request) => {
          headers = request.headers;
          return [200, stamped('boom'), { 'content-type': 'application/octet-stream', etag: '"x"' }];
        });
      expect(await read()).toEqual(['boom']);
      expect(headers.get('authorization')).toBeNull();
      expect([...headers.values()].join()).not.toContain(TOKEN);
    },
  );

  it.each([
    ['another host', 'https://evil.example/log.txt'],
    ['a host that only looks like a store', 'https://x.blob.core.windows.net.evil.example/log.txt'],
    ['a store without TLS', 'http://x.blob.core.windows.net/log.txt'],
    ['another port of a store', 'https://x.blob.core.windows.net:8443/log.txt'],
    ['a name and password', 'https://a:b@x.blob.core.windows.net/log.txt'],
    ['the machine itself', 'https://127.0.0.1/log.txt'],
    ['the metadata of a cloud', 'http://169.254.169.254/latest'],
    ['a file', 'file:///etc/passwd'],
    ['nowhere', 'https://'],
  ])('is never %s', async (_, location) => {
    const asked: string[] = [];
    const fetch: typeof globalThis.fetch = async (input) => {
      asked.push(String(input));
      return String(input).startsWith(API) ? new Response(null, { status: 302, headers: { location } }) : new Response(stamped('leaked'));
    };
    expect(await readJobLog({ github: clientAt(API, { fetch }), repo: 'acme/shop', signal: never() }, 7)).toBeUndefined();
    expect(asked).toEqual([`${API}${PATH}`]);
  });

  it('is not where a store sends us on', async () => {
    nock(API).get(PATH).times(3).reply(302, '', { location: 'https://x.blob.core.windows.net/log.txt' });
    nock('https://x.blob.core.windows.net').get('/log.txt').times(3).reply(302, '', { location: 'https://evil.example/' });
    nock('https://evil.example').get('/').times(3).reply(200, stamped('leaked'));
    expect(await read()).toBeUndefined();
  });

  it('is a store for logs alone: no other read follows there', async () => {
    nock(API).get('/repos/acme/shop/releases').query(true).reply(302, '', { location: 'https://x.blob.core.windows.net/log.txt' });
    const failure = await failureOf(listReleases({ github: clientAt(API), repo: 'acme/shop', signal: never() }));
    expect(failure.message).toContain('redirect (302); it leads to another host and was not followed');
  });

  it.each([
    ['forgotten by GitHub', 410],
    ['not ours to see', 403],
    ['gone from the store', 404],
  ])('that is %s is unknown', async (_, status) => {
    nock(API).get(PATH).reply(status, { message: 'no' });
    expect(await read()).toBeUndefined();
  });

  it('is answered in place by servers that keep it themselves', async () => {
    nock(API).get(PATH).reply(200, stamped('boom'), { 'content-type': 'text/plain' });
    expect(await read()).toEqual(['boom']);
  });
});

it('of a log of 20 MB only the end is kept', async () => {
  const store = createServer((_, response) => {
    const line = `${STAMP}${'x y '.repeat(256)}\n`;
    for (let sent = 0; sent < 20 * 1024 * 1024; sent += line.length) response.write(line);
    response.end(stamped('the end'));
  });
  await new Promise<void>((resolve) => store.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void store.close());
  const address = store.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  // The store's name is kept; only where it is reached is ours.
  const fetch: typeof globalThis.fetch = async (input, init) =>
    new URL(String(input)).hostname.endsWith('windows.net')
      ? await globalThis.fetch(`http://127.0.0.1:${port}/`, init)
      : new Response(null, { status: 302, headers: { location: 'https://x.blob.core.windows.net/log.txt' } });
  const text = await readJobLog({ github: clientAt(API, { fetch }), repo: 'acme/shop', signal: never() }, 7);
  expect(text).toHaveLength(20);
  expect(text?.at(-1)).toBe('the end');
});

describe('where people look', () => {
  it.each([
    ['https://api.github.com', 'https://github.com'],
    ['https://api.acme.ghe.com', 'https://acme.ghe.com'],
    ['https://github.acme.com/api/v3', 'https://github.acme.com'],
    ['http://127.0.0.1:4000', 'http://127.0.0.1:4000'],
    ['https://api.github.com.evil.example', 'https://api.github.com.evil.example'],
  ])('%s belongs to %s', (api, web) => {
    expect(webOf(api)).toBe(web);
  });
});
