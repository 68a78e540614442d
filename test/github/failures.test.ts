import { inspect } from 'node:util';
import nock from 'nock';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Clock } from '../../src/lib/clock.ts';
import type { Failure } from '../../src/lib/failure.ts';
import { API, clientAt, dispatch, failureOf, handClock, listIds, TOKEN } from './parts.ts';

const NOW = Date.parse('2026-11-20T09:00:00Z');
const HOUR_S = NOW / 1000 + 3600;

beforeAll(() => nock.disableNetConnect());
afterEach(() => nock.cleanAll());
afterAll(() => nock.restore());

interface Row {
  readonly name: string;
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
  readonly code: string;
  readonly says: RegExp;
  readonly hint: RegExp;
  readonly reads: number;
  readonly permanent?: boolean;
  readonly unclear?: boolean;
  readonly retryAt?: number;
}
const said = (message: string) => ({ message, documentation_url: 'https://docs.github.com/rest' });
const ROWS: readonly Row[] = [
  {
    name: '401',
    status: 401,
    body: said('Bad credentials'),
    code: 'E_GITHUB_AUTH',
    says: /401 Bad credentials/,
    hint: /GITHUB_TOKEN/,
    reads: 1,
    permanent: true,
  },
  {
    name: '403 for a missing permission',
    status: 403,
    headers: { 'x-accepted-github-permissions': 'actions=write; contents=read,metadata=read' },
    body: said('Resource not accessible by integration'),
    code: 'E_GITHUB_PERMISSION',
    says: /403 Resource not accessible/,
    hint: /needs the permission actions=write, or contents=read,metadata=read/,
    reads: 1,
    permanent: true,
  },
  {
    name: '403 for single sign-on',
    status: 403,
    headers: { 'x-github-sso': 'required; url=https://github.com/orgs/acme/sso?authorization_request=SECRET' },
    body: said('Resource protected by organization SAML enforcement.'),
    code: 'E_GITHUB_PERMISSION',
    says: /403/,
    hint: /single sign-on/,
    reads: 1,
    permanent: true,
  },
  {
    name: '403 with nothing left of the hour',
    status: 403,
    headers: { 'x-ratelimit-limit': '5000', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(HOUR_S) },
    body: said('API rate limit exceeded for user ID 1.'),
    code: 'E_GITHUB_LIMITED',
    says: /used up until 10:00:01 UTC/,
    hint: /wait until then/,
    reads: 1,
    retryAt: NOW + 3_601_000,
  },
  {
    name: '403 with retry-after',
    status: 403,
    headers: { 'retry-after': '600' },
    body: said('You have exceeded a secondary rate limit.'),
    code: 'E_GITHUB_LIMITED',
    says: /until 09:10:00/,
    hint: /wait/,
    reads: 1,
    retryAt: NOW + 600_000,
  },
  {
    name: '403 secondary limit without a time',
    status: 403,
    body: said('You have exceeded a secondary rate limit.'),
    code: 'E_GITHUB_LIMITED',
    says: /until/,
    hint: /wait/,
    reads: 1,
    retryAt: NOW + 60_000,
  },
  { name: '429', status: 429, body: said('Too many requests'), code: 'E_GITHUB_LIMITED', says: /limit/, hint: /wait/, reads: 1, retryAt: NOW + 60_000 },
  {
    name: '404',
    status: 404,
    body: said('Not Found'),
    code: 'E_GITHUB_REFUSED',
    says: /404 Not Found/,
    hint: /GitHub says 404 for what it hides/,
    reads: 1,
    permanent: true,
  },
  { name: '409', status: 409, body: said('Conflict'), code: 'E_GITHUB_REFUSED', says: /409 Conflict/, hint: /mend/, reads: 1, permanent: true },
  { name: '410', status: 410, body: said('Gone'), code: 'E_GITHUB_REFUSED', says: /410/, hint: /mend/, reads: 1, permanent: true },
  {
    name: '422 with its list of errors',
    status: 422,
    body: { message: 'Validation Failed', errors: [{ resource: 'Release', field: 'tag_name', code: 'invalid' }] },
    code: 'E_GITHUB_REFUSED',
    says: /422 Validation Failed; Release tag_name invalid/,
    hint: /mend/,
    reads: 1,
    permanent: true,
  },
  { name: '451', status: 451, body: said('Repository access blocked'), code: 'E_GITHUB_REFUSED', says: /451/, hint: /mend/, reads: 1, permanent: true },
  {
    name: '500',
    status: 500,
    body: said('Server Error'),
    code: 'E_GITHUB',
    says: /500 Server Error/,
    hint: /githubstatus|look at GitHub/,
    reads: 3,
    unclear: true,
  },
  {
    name: '502 with a page',
    status: 502,
    headers: { 'content-type': 'text/html' },
    body: '<html>Bad gateway</html>',
    code: 'E_GITHUB',
    says: /answered 502/,
    hint: /githubstatus|look/,
    reads: 3,
    unclear: true,
  },
  {
    name: '503',
    status: 503,
    body: said('No server is currently available'),
    code: 'E_GITHUB',
    says: /503/,
    hint: /githubstatus|look/,
    reads: 3,
    unclear: true,
  },
  {
    name: '200 with a page',
    status: 200,
    headers: { 'content-type': 'text/html' },
    body: '<html>log in</html>',
    code: 'E_GITHUB',
    says: /\(200, text\/html\) is not what GitHub documents/,
    hint: /GITHUB_API_URL/,
    reads: 1,
    unclear: true,
  },
  {
    name: '200 with broken JSON',
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: '[{"id":',
    code: 'E_GITHUB',
    says: /not what GitHub documents/,
    hint: /GITHUB_API_URL/,
    reads: 1,
    unclear: true,
  },
  {
    name: '200 with another shape',
    status: 200,
    body: [{ id: 'seven' }],
    code: 'E_GITHUB',
    says: /documents/,
    hint: /GITHUB_API_URL/,
    reads: 1,
    unclear: true,
  },
  {
    name: 'a redirect to another host',
    status: 302,
    headers: { location: 'https://elsewhere.test/x' },
    body: '',
    code: 'E_GITHUB_REFUSED',
    says: /redirect \(302\)/,
    hint: /renamed or moved/,
    reads: 1,
    permanent: true,
  },
];

/** The server repeats the token wherever it can: nothing of ours may pass it on. */
function answerWith(scope: nock.Interceptor, { status, headers, body }: Row): nock.Scope {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const echo = text.replace(/"message":"/, `"message":"${TOKEN} `);
  return scope.reply(status, echo, { 'content-type': 'application/json', 'x-echo': TOKEN, ...headers });
}
function expectNoToken(failure: Failure): void {
  const everything = [failure.message, failure.hint, failure.stack, JSON.stringify(failure), inspect(failure, { depth: 12, showHidden: true })].join('\n');
  expect(everything).not.toContain(TOKEN);
  expect(everything).not.toContain('authorization_request');
}

describe('a read', () => {
  it.each(ROWS)('answered $name says so', async (row) => {
    let sent = 0;
    const scope = nock(API).get('/repos/acme/shop/releases').matchHeader('authorization', `Bearer ${TOKEN}`).matchHeader('x-github-api-version', '2022-11-28');
    answerWith(scope, row)
      .persist()
      .on('request', () => {
        sent += 1;
      });
    const failure = await failureOf(listIds(clientAt(API, { clock: handClock(NOW) })));
    expect(failure.message).toMatch(/^could not read the releases of acme\/shop: /);
    expect({ ...failure }).toMatchObject({ code: row.code, permanent: row.permanent ?? false, retryAt: row.retryAt, unclear: false });
    expect(failure.message.replace('[REDACTED] ', '')).toMatch(row.says);
    expect(failure.hint).toMatch(row.hint);
    expect(sent).toBe(row.reads);
    expectNoToken(failure);
  });

  it('is tried again after a 502 and then answers', async () => {
    nock(API)
      .get('/repos/acme/shop/releases')
      .reply(502)
      .get('/repos/acme/shop/releases')
      .reply(200, [{ id: 1 }]);
    expect(await listIds(clientAt(API))).toEqual([{ id: 1 }]);
  });

  it('rests between tries for a random time that grows', async () => {
    const clock = handClock(NOW);
    const rests: number[] = [];
    const hurried: Clock = {
      now: clock.now,
      at(due, fn) {
        const waitMs = due - clock.now();
        if (waitMs > 9_000) return clock.at(due, fn); // the deadline of the call itself
        rests.push(waitMs);
        queueMicrotask(fn);
        return () => {};
      },
    };
    nock(API).get('/repos/acme/shop/releases').times(3).reply(500);
    await failureOf(listIds(clientAt(API, { clock: hurried, random: () => 0.5 })));
    expect(rests).toEqual([250, 500]);
  });

  it('follows a redirect on the same host, as for a renamed repository', async () => {
    nock(API)
      .get('/repos/acme/shop/releases')
      .reply(301, '', { location: '/repositories/7/releases' })
      .get('/repositories/7/releases')
      .reply(200, [{ id: 2 }]);
    expect(await listIds(clientAt(API))).toEqual([{ id: 2 }]);
  });

  it('gives up on a circle of redirects', async () => {
    nock(API).get('/repos/acme/shop/releases').times(9).reply(301, '', { location: '/repos/acme/shop/releases' });
    expect((await failureOf(listIds(clientAt(API)))).message).toMatch(/more than 3 redirects/);
  });
});

describe('a write', () => {
  it.each(ROWS)('answered $name is sent once', async (row) => {
    let sent = 0;
    answerWith(nock(API).post('/repos/acme/shop/actions/workflows/deploy.yml/dispatches'), row)
      .persist()
      .on('request', () => {
        sent += 1;
      });
    const clock = handClock(NOW);
    const failure = await failureOf(dispatch(clientAt(API, { clock })));
    expect({ ...failure }).toMatchObject({ code: row.code, unclear: row.unclear ?? false, retryAt: row.retryAt });
    expect(failure.message).toMatch(row.unclear ? /it may have happened$/ : /(nothing was changed|not sent later by itself)$/);
    expectNoToken(failure);
    clock.advance(2 * 3_600_000);
    await new Promise(setImmediate);
    expect(sent).toBe(1);
  });

  it.each([301, 302, 307, 308])('answered %i is not sent on, not even on the same host', async (status) => {
    const moved = nock(API).post('/repositories/7/dispatches').reply(204);
    nock(API).post('/repos/acme/shop/actions/workflows/deploy.yml/dispatches').reply(status, '', { location: '/repositories/7/dispatches' });
    const failure = await failureOf(dispatch(clientAt(API)));
    expect({ ...failure }).toMatchObject({ code: 'E_GITHUB_REFUSED', unclear: false });
    expect(failure.hint).toMatch(/was acme\/shop renamed or moved\? write its new name in services.yml/);
    expect(moved.isDone()).toBe(false);
  });

  it('answered 204 is done', async () => {
    nock(API).post('/repos/acme/shop/actions/workflows/deploy.yml/dispatches', { ref: 'main' }).reply(204);
    expect(await dispatch(clientAt(API))).toEqual({ value: undefined, requestId: undefined });
  });
});
