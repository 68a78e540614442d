import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { LogAsk } from '../../src/logs/backend.ts';
import { kubernetes } from '../../src/logs/kubernetes.ts';
import { grouped } from './grouped.ts';
import { ask, failureOf, json, type Reply, SECRET, serve, T0, troubles } from './serve.ts';

const pod = (name: string, crashedAt?: string) => ({
  metadata: { name },
  spec: { containers: [{ name: 'app' }, { name: 'proxy' }] },
  status: {
    containerStatuses: [{ name: 'app', restartCount: 1, lastState: crashedAt === undefined ? {} : { terminated: { exitCode: 1, finishedAt: crashedAt } } }],
  },
});
const stamp = (at: number, text: string): string => `${new Date(at).toISOString().replace('Z', '123456Z')} ${text}`;
/** Pods, and the log of each by `pod/container` (`!` behind it: of the run before). */
const cluster =
  (pods: readonly object[], logs: Readonly<Record<string, string>>): Reply =>
  (asked, response) => {
    const { pathname, searchParams } = new URL(asked.url, 'http://x');
    const name = /\/pods\/([^/]+)\/log$/.exec(pathname)?.[1];
    if (name === undefined) return json({ kind: 'PodList', metadata: {}, items: pods })(asked, response);
    const text = logs[`${name}/${searchParams.get('container')}${searchParams.get('previous') === 'true' ? '!' : ''}`];
    if (text === undefined) return json({ kind: 'Status', message: 'container is waiting to start', code: 400 }, 400)(asked, response);
    response.end(text);
  };
const search = (url: string, more?: Partial<LogAsk>, options: object = {}) =>
  kubernetes.search(
    { url, namespace: 'shop', selector: 'app=shop', token_env: 'TEST_TOKEN', container: 'app', ...options },
    ask(more),
    AbortSignal.timeout(10_000),
  );

describe('Kubernetes', () => {
  it('reads each container of the pods that the selector finds, with the time in front taken as the time', async () => {
    const { url, asked } = await serve(
      cluster([pod('shop-1'), pod('shop-2')], { 'shop-1/app': `${stamp(T0 + 1, 'one')}\n`, 'shop-2/app': `${stamp(T0 + 2, 'two')}\n` }),
    );
    expect(await search(url)).toEqual({
      lines: [
        { at: T0 + 1, text: 'one' },
        { at: T0 + 2, text: 'two' },
      ],
      truncated: false,
    });
    expect(asked[0]).toMatchObject({ url: '/api/v1/namespaces/shop/pods?labelSelector=app%3Dshop&limit=100', headers: { authorization: `Bearer ${SECRET}` } });
    const query = Object.fromEntries(new URL(asked[1]?.url ?? '', url).searchParams);
    expect(query).toMatchObject({ container: 'app', timestamps: 'true', tailLines: '100', limitBytes: expect.stringMatching(/^\d+$/) });
    expect(Number(query.sinceSeconds)).toBeGreaterThan(0);
  });

  it('reads the run before of a container that crashed in that time, and not of one that crashed long ago', async () => {
    const pods = [pod('new', new Date(T0 + 5_000).toISOString()), pod('old', new Date(T0 - 86_400_000).toISOString())];
    const logs = { 'new/app': stamp(T0 + 9_000, 'after'), 'new/app!': stamp(T0 + 4_000, 'panic: before'), 'old/app': '', 'old/app!': stamp(T0, 'never read') };
    const { url } = await serve(cluster(pods, logs));
    expect((await search(url)).lines.map(({ text }) => text)).toEqual(['panic: before', 'after']);
  });

  it('a stack trace of one pod is not torn apart by lines of another', async () => {
    const trace = (at: number) =>
      ['ERROR TypeError: x', '    at total (/srv/cart.js:41:18)', '    at get (/srv/app.js:1:1)'].map((text, index) => stamp(at + index * 2, text)).join('\n');
    const { url } = await serve(cluster([pod('a'), pod('b')], { 'a/app': trace(T0 + 10), 'b/app': trace(T0 + 11) }));
    expect(await grouped((await search(url)).lines)).toMatchObject([{ count: 2, frames: [{ line: 41 }, {}] }]);
  });

  it('without a name all containers are read; one that has not started yet stops nothing', async () => {
    const { url } = await serve(cluster([pod('a')], { 'a/proxy': stamp(T0, 'from the proxy') }));
    expect((await search(url, {}, { container: undefined })).lines).toEqual([{ at: T0, text: 'from the proxy' }]);
  });

  it('lines of another time are left out, a pattern thins out, and what was cut is said to be', async () => {
    const { url } = await serve(
      cluster([pod('a')], { 'a/app': [stamp(T0 - 1_000, 'early'), stamp(T0 + 1, 'one'), stamp(T0 + 2, 'two'), stamp(T0 + 700_000, 'late')].join('\n') }),
    );
    expect((await search(url, { pattern: 'o' })).lines.map(({ text }) => text)).toEqual(['one', 'two']);
    expect((await search(url, { pattern: 'one|late' })).lines.map(({ text }) => text)).toEqual(['one']);
    expect(await search(url, { maxLines: 4 })).toMatchObject({ truncated: true });
    expect(await search(url, { maxBytes: 5 })).toEqual({ lines: [{ at: T0 + 2, text: 'two' }], truncated: true });
  });

  it('no pod at all is not "no errors"', async () => {
    const { url } = await serve(cluster([], {}));
    expect(await failureOf(search(url))).toMatchObject({
      code: 'E_LOGS',
      permanent: false,
      message: expect.stringMatching(/no container app in a pod for app=shop in shop/),
    });
  });

  it('names the right the account lacks', async () => {
    const { url } = await serve(
      json({ kind: 'Status', message: 'pods is forbidden: User "system:serviceaccount:ops:tagback" cannot list resource "pods"', code: 403 }, 403),
    );
    expect(await failureOf(search(url))).toMatchObject({
      message: expect.stringContaining('cannot list resource'),
      hint: expect.stringContaining('pods/log'),
      permanent: true,
    });
  });

  it('outside of a cluster the missing token file is named, and nothing is asked', async () => {
    const failure = await failureOf(kubernetes.search({ namespace: 'shop', selector: 'app=shop' }, ask(), AbortSignal.timeout(5_000)));
    expect(failure).toMatchObject({ code: 'E_LOGS', permanent: true, message: expect.stringContaining('/var/run/secrets/kubernetes.io') });
  });

  it("trusts the cluster's own authority and the token of a file, and nobody else's", async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tagback-ca-'));
    const [key, certificate, token] = ['key.pem', 'ca.pem', 'token'].map((name) => join(folder, name)) as [string, string, string]; // three names, three paths
    const subject = ['-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
    execFileSync('openssl', ['req', ...subject, '-keyout', key, '-out', certificate], { stdio: 'ignore', timeout: 20_000 });
    writeFileSync(token, `${SECRET}\n`);
    let seen: string | undefined;
    const server = createServer({ key: readFileSync(key), cert: readFileSync(certificate) }, (request, response) => {
      seen ??= request.headers.authorization;
      cluster([pod('a')], { 'a/app': stamp(T0, 'safe') })({ method: 'GET', url: request.url ?? '', headers: request.headers, body: '' }, response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`; // a TCP server has an AddressInfo
    try {
      const files = { token_env: undefined, token_file: token };
      expect((await search(url, {}, { ...files, ca_file: certificate })).lines).toEqual([{ at: T0, text: 'safe' }]);
      expect(seen).toBe(`Bearer ${SECRET}`);
      expect(await failureOf(search(url, {}, files))).toMatchObject({ code: 'E_LOGS', message: expect.stringContaining('DEPTH_ZERO_SELF_SIGNED_CERT') });
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      rmSync(folder, { recursive: true });
    }
  });

  troubles(search, JSON.stringify({ items: [pod('a')] }));
});
