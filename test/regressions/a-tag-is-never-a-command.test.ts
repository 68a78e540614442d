/** Git takes `v1$(id)` for a tag. Typed tags were checked; the one we chose ourselves went to the deploy workflow as it stood. */
import { expect, it } from 'vitest';
import type { RollbackFacts } from '../../src/core/rollback-facts.ts';
import { STRATEGIES } from '../../src/rollbacks/index.ts';
import { makePlan } from '../../src/rollbacks/plan.ts';
import { REST_OF_POLICY } from '../rests.ts';
import { FACTS } from '../rollbacks/facts.ts';

const ODD = ['v1$(id)', 'v1`id`', 'v1;rm', '--force', '<!channel>', 'v1|x', 'v1\u202e'];
const renamed = (facts: RollbackFacts, from: string, to: string): RollbackFacts =>
  JSON.parse(JSON.stringify(facts).replaceAll(JSON.stringify(from), JSON.stringify(to)));
const plan = (facts: RollbackFacts, inputs: Record<string, string> = { tag: '{{ tag }}' }) =>
  makePlan({
    facts,
    strategies: STRATEGIES,
    configured: [{ use: 'dispatch-workflow', options: { workflow: 'deploy.yml', inputs } }],
    approve: { require: 1, from: [], requesterMay: false, expiresMs: 600_000, ...REST_OF_POLICY },
    key: 'INC-1/rb1',
    reason: 'errors',
  });

it.each(ODD)('a release named %j is never what we go back to', (name) => {
  expect(plan(FACTS).kind).toBe('plan');
  expect(plan(renamed(FACTS, 'v2', name))).toMatchObject({ kind: 'refused', code: 'E_TAG_SYNTAX' });
});

it('nor is such a name sent as the release that runs now; where it is not sent, one may go back from it', () => {
  const facts = renamed({ ...FACTS, workflows: {} }, 'v3', 'v3$(id)');
  expect(plan(facts, { tag: '{{ tag }}', from: '{{ from }}' })).toMatchObject({ kind: 'refused', code: 'E_TAG_SYNTAX' });
  expect(plan(facts).kind).toBe('plan');
});
