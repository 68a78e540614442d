import { describe, expect, it } from 'vitest';
import { samePlan } from '../../src/core/rollback.ts';
import type { RollbackFacts } from '../../src/core/rollback-facts.ts';
import { STRATEGIES } from '../../src/rollbacks/index.ts';
import { makePlan, type PlanAsk } from '../../src/rollbacks/plan.ts';
import { REST_OF_POLICY } from '../rests.ts';
import { FACTS, WORKFLOW } from './facts.ts';

const approve = { require: 1, from: ['U1'], requesterMay: false, expiresMs: 600_000, ...REST_OF_POLICY };
const deploy = { use: 'dispatch-workflow', options: { workflow: 'deploy.yml' } };
const latest = { use: 'make-latest', options: {} };
const plan = (facts: Partial<RollbackFacts> = {}, more: Partial<PlanAsk> = {}) =>
  makePlan({ facts: { ...FACTS, ...facts }, strategies: STRATEGIES, configured: [deploy], approve, key: 'INC-1/rb1', reason: 'errors', ...more });

describe('a plan', () => {
  it('says from where to where, how, how back, what was checked and who may approve', () => {
    const planned = plan(FACTS.compare && { compare: { ...FACTS.compare, pulls: [12, 11] } });
    expect(planned).toMatchObject({
      kind: 'plan',
      plan: {
        strategy: 'dispatch-workflow',
        repo: 'acme/shop',
        environment: 'production',
        from: { tag: 'v3', sha: 'c'.repeat(40) },
        to: { tag: 'v2', sha: 'b'.repeat(40) },
        actions: [{ kind: 'dispatchWorkflow', inputs: { tag: 'v2', tagback_id: 'INC-1/rb1' } }],
        undo: [{ kind: 'dispatchWorkflow', inputs: { tag: 'v3' } }],
        compareUrl: 'https://github.test/compare',
        commits: 4,
        authors: ['mira-k', 'jonas-w'],
        direction: 'back',
        light: 'green',
        pulls: [12, 11],
        others: [],
        approve,
      },
    });
    expect(planned.kind === 'plan' && planned.plan.checks.every(({ verdict }) => verdict === 'ok')).toBe(true);
    expect(JSON.parse(JSON.stringify(planned))).toMatchObject({ kind: 'plan' });
  });

  it('is the same when nothing moved, and another when the tag, the commit or what runs moved', () => {
    const planOf = (facts: Partial<RollbackFacts> = {}) => {
      const planned = plan(facts);
      if (planned.kind !== 'plan') throw new Error(planned.because);
      return planned.plan;
    };
    const { target, current } = FACTS;
    if (target === undefined || current === undefined) throw new Error('the facts name both');
    expect(samePlan(planOf(), planOf({ readAt: FACTS.readAt + 60_000, running: [] }))).toBe(true);
    expect(samePlan(planOf(), planOf({ target: { ...target, sha: 'd'.repeat(40) } }))).toBe(false);
    expect(samePlan(planOf(), planOf({ current: { ...current, tag: 'v3.1', sha: 'd'.repeat(40) } }))).toBe(false);
  });

  it('is made by the first strategy that applies', () => {
    expect(plan({}, { configured: [latest, deploy] })).toMatchObject({ plan: { strategy: 'make-latest' } });
    const prereleases = FACTS.releases.map((one) => ({ ...one, prerelease: one.tag === 'v2' }));
    expect(plan({ releases: prereleases }, { configured: [latest, deploy] })).toMatchObject({ plan: { strategy: 'dispatch-workflow' } });
  });

  it('is made in spite of warnings: people decide', () => {
    const planned = plan({ compare: undefined, deployments: undefined, running: undefined });
    expect(planned.kind === 'plan' && planned.plan.checks.filter(({ verdict }) => verdict === 'warn').length).toBeGreaterThan(2);
    expect(planned.kind === 'plan' && planned.plan.light).not.toBe('green');
    expect(planned).toMatchObject({ plan: { compareUrl: undefined, commits: undefined, authors: [], pulls: [] } });
  });
});

describe('a refusal', () => {
  const { current, compare } = FACTS;
  it.each([
    ['an unknown tag', { target: undefined }, { tag: 'v9' }, 'E_TAG_UNKNOWN', /no release v9 in acme\/shop; nearest: v3, v2, v1/],
    ['no tag to go back to', { target: undefined, gaps: ['target: no release before v3 ran'] }, {}, 'E_TAG_UNKNOWN', /no release before v3 ran/],
    [
      'a tag whose commit cannot be read',
      { target: undefined, gaps: ['target: could not read which commit v2 points at'] },
      { tag: 'v2' },
      'E_PREFLIGHT',
      /could not read which commit v2/,
    ],
    [
      'what runs already',
      { target: current && { ...current, releaseId: 3, immutable: false } },
      {},
      'E_NOOP',
      /v3 is already live since 60 min ago; nothing to do/,
    ],
    ['a roll-forward', { compare: compare && { ...compare, status: 'behind' as const } }, {}, 'E_FORWARD', /this is a roll-forward; use the deploy flow/],
    ['a run under way', { running: [{ id: 1, url: 'u', title: 'Deploy v3' }] }, {}, 'E_BUSY', /Deploy v3/],
    ['a missing input', { workflows: { 'deploy.yml@main': { ...WORKFLOW, inputs: [] } } }, {}, 'E_PREFLIGHT', /has no input "tag"/],
    ['what runs is not known', { current: undefined }, {}, 'E_PREFLIGHT', /what runs in production could not be found out/],
    ['no strategy', {}, { configured: [] }, 'E_PREFLIGHT', /services.yml names no rollback strategy/],
    ['a strategy that does not exist', {}, { configured: [{ use: 'prayer', options: {} }] }, 'E_PREFLIGHT', /prayer: there is no such strategy/],
    [
      'no strategy that applies',
      { latestReleaseTag: 'v2', releases: FACTS.releases.map((one) => ({ ...one, prerelease: one.tag === 'v3' })) },
      { configured: [latest] },
      'E_PREFLIGHT',
      /make-latest: v2 is the latest release already/,
    ],
  ] as const)('for %s', (_, facts, more, code, because) => {
    expect(plan(facts, more)).toMatchObject({ kind: 'refused', code, because: expect.stringMatching(because) });
  });

  it('names every block, the first one decides the code, and the checks come along', () => {
    const refused = plan({ running: [{ id: 1, url: 'u', title: 'Deploy v3' }], compare: compare && { ...compare, status: 'behind' } });
    expect(refused).toMatchObject({ code: 'E_FORWARD', because: expect.stringMatching(/roll-forward.*; a run of the workflow has not ended/) });
    expect(refused.kind === 'refused' && refused.checks.filter(({ verdict }) => verdict === 'ok').length).toBeGreaterThan(3);
  });
});
