import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { SANDBOX_TOKEN } from '../../src/sandbox/github/server.ts';
import { API, clientAt, failureOf, never, TOKEN } from './parts.ts';
import { readReleases, sandbox } from './sandbox.ts';

const Anything = z.array(z.unknown());

describe('every call', () => {
  it('carries our credential, the pinned API version and a name, and asks no other host', async () => {
    const seen: [string, Headers][] = [];
    const github = clientAt(`${API}/api/v3/`, {
      fetch: async (input, init) => {
        seen.push([String(input), new Headers(init?.headers)]);
        return Response.json([]);
      },
    });
    await readReleases(github);
    const [[url, headers] = ['', new Headers()]] = seen;
    expect(url).toBe(`${API}/api/v3/repos/acme/shop/releases`);
    expect(headers.get('authorization')).toBe(`Bearer ${TOKEN}`);
    expect(headers.get('x-github-api-version')).toBe('2022-11-28');
    expect(headers.get('user-agent')).toMatch(/^tagback /);
  });

  it.each(['acme', 'acme/', '/shop', 'acme/shop/x', 'acme/..', 'a b/c', ''])('refuses %j as a repository without sending anything', async (repo) => {
    const { server, github } = await sandbox();
    const ask = { repo, route: 'GET /repos/{owner}/{repo}/releases', to: 'read', schema: Anything, signal: never() };
    await failureOf(github.read(ask));
    expect(server.requests.filter(({ path }) => path.startsWith('/repos'))).toEqual([]);
  });

  it('asks again with the ETag and takes a 304 for the answer it has', async () => {
    const { server, github } = await sandbox();
    const first = await readReleases(github);
    const spent = server.budget(SANDBOX_TOKEN).used;
    expect(await readReleases(github)).toEqual(first);
    expect(server.requests.map(({ status }) => status)).toEqual([200, 304]);
    expect(server.budget(SANDBOX_TOKEN).used).toBe(spent);
  });
});

describe('callers GitHub does not know', () => {
  const anonymous = { 'x-ratelimit-limit': '60', 'x-ratelimit-remaining': '59', 'x-ratelimit-reset': String(Date.parse('2026-11-20T09:50:00Z') / 1000) };
  it('are noticed by the limit of 60, and every failure says so', async () => {
    let status = 200;
    const github = clientAt(API, { fetch: async () => Response.json(status === 200 ? [] : { message: 'Not Found' }, { status, headers: anonymous }) });
    expect(github.budget().anonymous).toBeUndefined();
    await readReleases(github);
    expect(github.budget()).toMatchObject({ limit: 60, anonymous: true });
    const scarce = await failureOf(readReleases(github));
    expect(scarce.code).toBe('E_GITHUB_BUDGET');
    expect(scarce.hint).toMatch(/^limit is 60: these calls are anonymous, look at GITHUB_TOKEN; /);
    status = 404;
    expect((await failureOf(readReleases(github, 'rollback'))).hint).toContain('look at GITHUB_TOKEN');
  });

  it('fail the probe', async () => {
    const body = { resources: { core: { limit: 60, remaining: 59, reset: 1 } } };
    expect(await clientAt(API, { fetch: async () => Response.json(body, { headers: anonymous }) }).probe(never())).toEqual({
      ok: false,
      cause: 'limit is 60: these calls are anonymous, look at GITHUB_TOKEN',
    });
  });
});

describe('the probe', () => {
  it('says ok for a credential GitHub knows', async () => {
    expect(await (await sandbox()).github.probe(never())).toEqual({ ok: true, cause: undefined });
  });

  it.each([
    ['401', /401/],
    ['500', /500/],
    ['html', /not come from GitHub|not what GitHub documents/],
    ['limit', /used up/],
    ['reset-before', /connection broke/],
  ] as const)('names the cause when GitHub answers %s, and never throws', async (fault, cause) => {
    const { server, github } = await sandbox();
    server.faults.next('GET /rate_limit', fault, 3);
    const answer = await github.probe(never());
    expect(answer.ok).toBe(false);
    expect(answer.cause).toMatch(cause);
  });

  it('says so while nobody answers, and ok again afterwards', async () => {
    const { server, github } = await sandbox();
    server.faults.down(true);
    expect((await github.probe(never())).cause).toMatch(/ECONN|could not be reached|connection broke/);
    server.faults.down(false);
    expect(await github.probe(never())).toEqual({ ok: true, cause: undefined });
  });
});
