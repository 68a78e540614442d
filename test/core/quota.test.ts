import { describe, expect, it } from 'vitest';
import type { Json } from '../../src/core/model.ts';
import { type ApiAnswer, type ApiAsk, judgeApi, judgeOwn, worstFirst } from '../../src/core/quota.ts';

const NOW = Date.UTC(2026, 10, 20, 10);
const RESET = String(NOW / 1000 + 42 * 60);
const github: ApiAsk = {
  ...{ name: 'GitHub', url: 'https://api.github.com/rate_limit', kind: 'github' },
  ...{ tokenEnv: 'SHOP_GITHUB_TOKEN', header: 'Authorization', scheme: 'Bearer' },
};
const generic: ApiAsk = { ...github, name: 'Mail', kind: 'generic' };
const limits = (limit: number, remaining: number): Record<string, string> => ({
  ...{ 'x-ratelimit-limit': String(limit), 'x-ratelimit-remaining': String(remaining), 'x-ratelimit-reset': RESET },
});
const answer = (over: Partial<ApiAnswer>): ApiAnswer => ({
  status: 200,
  error: undefined,
  headers: {},
  body: undefined,
  skewMs: 0,
  retryAfterMs: undefined,
  ...over,
});
const judge = (over: Partial<ApiAnswer>, api = github) => judgeApi(api, answer(over), NOW);

describe('what an API answers means', () => {
  it('a limit of 60 at GitHub: the calls are anonymous, and the header that was sent is named', () => {
    const judged = judge({ headers: limits(60, 57) }, { ...github, header: 'Authorisation' });
    expect(judged).toMatchObject({ standing: 'anonymous', because: 'limit is 60/h, so our calls are anonymous', limit: 60, remaining: 57 });
    expect(judged.todo).toContain('sent as “Authorisation: Bearer …”');
    expect(judge({ headers: limits(60, 57) }, { ...github, tokenEnv: undefined }).todo).toMatch(/no token was sent/);
    // Elsewhere 60 is a number like any other.
    expect(judge({ headers: limits(60, 57) }, generic)).toMatchObject({ standing: 'ok' });
  });

  it.each([
    [
      '401 is bad credentials, although GitHub puts the limit of 60 on it',
      { status: 401, headers: limits(60, 59) },
      'unauthorized',
      /wrong, expired or revoked/,
    ],
    ['403 with nothing left is a limit', { status: 403, headers: limits(5000, 0) }, 'exhausted', /until then/],
    ['403 with nothing left of 60 is anonymous first', { status: 403, headers: limits(60, 0) }, 'anonymous', /Authorization header/],
    ['403 with retry-after is the secondary limit', { status: 403, headers: limits(5000, 4000), retryAfterMs: 60_000 }, 'exhausted', /more slowly/],
    [
      '403 that says so is the secondary limit',
      { status: 403, headers: limits(5000, 4000), body: { message: 'You have exceeded a secondary rate limit.' } },
      ...(['exhausted', /more slowly/] as const),
    ],
    [
      '403 otherwise is a permission',
      { status: 403, headers: { ...limits(5000, 4000), 'x-accepted-github-permissions': 'contents=read' } },
      'forbidden',
      /contents=read/,
    ],
    [
      '403 with the sso header is single sign-on',
      { status: 403, headers: { ...limits(5000, 4000), 'x-github-sso': 'required; url=https://x' } },
      'forbidden',
      /authorise the token/,
    ],
    ['404 is what GitHub says for what one may not see', { status: 404, headers: limits(5000, 4000) }, 'forbidden', /access to the repository/],
    ['429 is too many', { status: 429, retryAfterMs: 30_000 }, 'exhausted', /more slowly/],
    ['200 with nothing left is used up', { headers: limits(5000, 0) }, 'exhausted', /shared token/],
    ['503 says nothing about limits', { status: 503 }, 'blind', /status page/],
    ['no answer says nothing', { status: undefined, error: 'api.github.com gave no answer (ECONNREFUSED)' }, 'blind', /reached from here/],
    ['200 with enough left is in order', { headers: limits(5000, 4000) }, 'ok', /^$/],
  ] as const)('%s', (_, over, standing, todo) => {
    const judged = judge(over);
    expect(judged).toMatchObject({ standing, todo: expect.stringMatching(todo) });
    expect(judged.because).not.toBe('');
  });

  it('says when a limit starts anew, by the clock of who counts', () => {
    expect(judge({ status: 403, headers: limits(5000, 0) })).toMatchObject({
      because: 'all 5000 calls are used up; it starts anew in 42 min',
      resetAt: NOW + 42 * 60_000,
    });
    expect(judge({ headers: limits(5000, 0), skewMs: 2 * 60_000 }).because).toMatch(/in 40 min/);
    expect(judge({ status: 429, headers: { 'x-ratelimit-remaining': '0' } }).because).toMatch(/does not say when/);
  });

  it('believes GitHub’s list in the body before headers: who passes it on has headers of their own', () => {
    const body = { resources: { core: { limit: 60, remaining: 3, reset: Number(RESET) } } };
    expect(judge({ headers: limits(5000, 4000), body })).toMatchObject({ standing: 'anonymous', remaining: 3 });
    expect(judge({ body: { rate: { limit: 60, remaining: 3, reset: Number(RESET) } } })).toMatchObject({ standing: 'anonymous' });
    const oddities: readonly Json[] = [null, 5, [], {}, { resources: [] }, { rate: { limit: '60', remaining: 3, reset: 4 } }, 'rate'];
    for (const odd of oddities) expect(judge({ body: odd })).toMatchObject({ standing: 'ok', limit: undefined });
  });

  it.each([
    [
      { 'ratelimit-limit': '100, 100;w=60', 'ratelimit-remaining': '4', 'ratelimit-reset': '30' },
      { limit: 100, remaining: 4, resetAt: NOW + 30_000 },
    ],
    [{ ratelimit: 'limit=100, remaining=4, reset=30' }, { limit: 100, remaining: 4, resetAt: NOW + 30_000 }],
    [
      { ratelimit: '"default";r=4;t=30', 'ratelimit-policy': '"default";q=100;w=60' },
      { limit: 100, remaining: 4, resetAt: NOW + 30_000 },
    ],
    [
      { 'x-rate-limit-limit': '15', 'x-rate-limit-remaining': '14', 'x-rate-limit-reset': RESET },
      { limit: 15, remaining: 14, resetAt: NOW + 42 * 60_000 },
    ],
    [{ 'x-ratelimit-reset': `${RESET}000` }, { limit: undefined, remaining: undefined, resetAt: NOW + 42 * 60_000 }],
    [
      { 'x-ratelimit-limit': 'many', 'x-ratelimit-remaining': '-1' },
      { limit: undefined, remaining: undefined, resetAt: undefined },
    ],
  ])('reads the usual headers: %j', (headers, quota) => {
    expect(judge({ headers }, generic)).toMatchObject(quota);
  });

  it('says that little is left while there is still something to do about it', () => {
    expect(judge({ headers: limits(5000, 499) })).toMatchObject({
      standing: 'ok',
      isScarce: true,
      because: 'only 499 of 5000 calls are left; it starts anew in 42 min',
    });
    expect(judge({ headers: limits(5000, 500) })).toMatchObject({ standing: 'ok', isScarce: false });
  });

  it('puts the worst first', () => {
    const seen = [
      judge({ headers: limits(5000, 4000) }),
      judge({ status: 503 }),
      judge({ headers: limits(60, 1) }),
      judge({ status: 429 }),
      judge({ status: 401 }),
    ];
    expect(worstFirst(seen).map(({ standing }) => standing)).toEqual(['anonymous', 'unauthorized', 'exhausted', 'blind', 'ok']);
  });
});

it('the bot’s own credential is judged by the same numbers, in words that do not change with every call', () => {
  const own = (limit: number | undefined, remaining: number | undefined) => judgeOwn({ limit, remaining, resetAt: undefined }, 'GITHUB_TOKEN');
  expect(own(60, 59)).toEqual({ standing: 'anonymous', because: 'limit is 60: these calls are anonymous, look at GITHUB_TOKEN' });
  expect(own(5000, 0).standing).toBe('exhausted');
  expect(own(5000, 499)).toEqual(own(5000, 7));
  expect(own(5000, 499).standing).toBe('scarce');
  expect([own(5000, 500).standing, own(undefined, undefined).standing]).toEqual(['ok', 'ok']);
});
