import { describe, expect, it } from 'vitest';
import type { ApiAnswer, ApiAsk } from '../../src/core/quota.ts';
import { loadCatalog } from '../../src/playbook/services.ts';
import { logFindings } from '../../src/slack/view-logs.ts';
import { quotaBoard } from '../../src/slack/view-quota.ts';
import type { World } from '../../src/steps/step.ts';
import { Story, service, T0 } from '../core/given.ts';
import { kind, world } from './world.ts';

const api = (name: string, more: Partial<ApiAsk> = {}): ApiAsk => ({
  ...{ name, url: `https://${name}.example/rate_limit`, kind: 'github', tokenEnv: 'SHOP_TOKEN', header: 'Authorization', scheme: 'Bearer' },
  ...more,
});
const answer = (status: number, limit: number, remaining: number): ApiAnswer => ({
  ...{ status, error: undefined, body: undefined, skewMs: 0, retryAfterMs: undefined },
  headers: { 'x-ratelimit-limit': String(limit), 'x-ratelimit-remaining': String(remaining), 'x-ratelimit-reset': String(T0 / 1000 + 600) },
});
const run = (apis: readonly ApiAsk[], more: Partial<World> = {}, params: object = {}) => {
  const depends = { ...service, health: { ...service.health, apis } };
  return kind('check-quota').run({ apis: [], ...params }, world(new Story().withChannel(), { service: depends, now: T0, ...more }));
};

describe('check-quota', () => {
  it('the worst of all APIs is the outcome, and what later conditions read', async () => {
    const askApi: World['askApi'] = async ({ name }) => (name === 'hub' ? answer(200, 60, 4) : answer(200, 5000, 4000));
    const ending = await run([api('mail', { kind: 'generic' }), api('hub')], { askApi });
    expect(ending).toMatchObject({
      ...{ kind: 'done', outcome: 'anonymous', say: 'hub: limit is 60/h, so our calls are anonymous (worst of 2)' },
      data: {
        api: 'hub',
        limit: 60,
        remaining: 4,
        scarce: true,
        apis: [
          { api: 'hub', standing: 'anonymous' },
          { api: 'mail', standing: 'ok' },
        ],
      },
    });
    if (ending.kind !== 'done') throw new Error('it is done');
    const card = JSON.stringify(quotaBoard(ending.data));
    expect(card).toMatch(/Anonymous\*.*limit is 60\/h, so our calls are anonymous.*\*Do\*: look at the Authorization header.*SHOP_TOKEN/);
    expect(card).toMatch(/In order\*.*mail/);
  });

  it('asks only those that are named, and refuses a name that services.yml does not hold', async () => {
    const asked: string[] = [];
    const askApi: World['askApi'] = async ({ name }) => {
      asked.push(name);
      return answer(403, 5000, 0);
    };
    expect(await run([api('hub'), api('mail')], { askApi }, { apis: ['mail'] })).toMatchObject({ outcome: 'exhausted', data: { api: 'mail' } });
    expect(asked).toEqual(['mail']);
    expect(await run([api('hub')], { askApi }, { apis: ['gone'] })).toMatchObject({ kind: 'failed', say: expect.stringContaining('no API “gone”') });
    expect(await run([])).toMatchObject({ kind: 'failed', say: expect.stringContaining('add it under health.apis') });
  });

  it('what could not be asked is blind, never in order', async () => {
    expect(await run([api('hub')])).toMatchObject({ outcome: 'blind', data: { limit: null, remaining: null } });
  });

  it('hostile words of an API are shown, not obeyed', () => {
    const evil = { api: '<!channel>', standing: 'ok', because: '<@U0ADA> *b*', todo: '<https://evil.example|x>', scarce: false, reset_at: null };
    expect(JSON.stringify(quotaBoard({ apis: [evil, { api: 5 }, null] }))).not.toMatch(/<!channel>|<@U0ADA>|<https/);
    expect(quotaBoard({})).toBeUndefined();
    expect(logFindings({ apis: [evil] })).toBeUndefined();
  });
});

describe('health.apis of services.yml', () => {
  const known = { playbooks: [], strategies: [], logBackends: [] };
  const load = (entry: string) => loadCatalog(`services:\n  shop:\n    health:\n      apis:\n${entry}`, 'services.yml', known);
  it('is read with its defaults', () => {
    const read = load('        - { name: GitHub, url: https://api.github.com/rate_limit, kind: github, token_env: SHOP_GITHUB_TOKEN }\n');
    expect(read.ok && read.catalog.services[0]?.health).toMatchObject({
      apis: [{ name: 'GitHub', kind: 'github', tokenEnv: 'SHOP_GITHUB_TOKEN', header: 'Authorization', scheme: 'Bearer' }],
    });
  });

  it.each([
    ['{ name: a, url: "http://169.254.169.254/x" }', /169\.254/],
    ['{ name: a, url: "https://u:p@x.example/" }', /user name or password/],
    ['{ name: a, url: https://x.example, token_env: ghp_abc }', /name of an environment variable/],
    ['{ name: a, url: https://x.example, header: Host }', /not for credentials/],
    ['{ name: a, url: https://x.example, header: "A: b" }', /name of a header/],
    ['{ name: a, url: https://x.example, scheme: "Bearer x" }', /one word/],
    ['{ name: a, url: https://x.example }\n        - { name: a, url: https://y.example }', /each name once/],
  ])('refuses %s with its place', (entry, message) => {
    const read = load(`        - ${entry}\n`);
    expect(read.ok ? [] : read.problems.map(({ message }) => message).join('; ')).toMatch(message);
  });
});
