/** Between a rollback and the way forward again services.yml may come to mean another place: the stored way is not taken there. */
import { expect, it } from 'vitest';
import { FACTS } from './facts.ts';
import { listed, madePlan, planOf } from './known.ts';

const { current: v3, target: v2, compare } = FACTS;
if (v3 === undefined || v2 === undefined || compare === undefined) throw new Error('the facts hold both releases');
const after = { current: v2, target: { ...v3, releaseId: 3, immutable: false }, compare: { ...compare, status: 'behind' as const } };
const configured = [listed('dispatch-workflow')];
const undo = { plan: madePlan({}, { configured }), key: 'INC-1/rb2', oldKey: 'INC-1/rb1' };
const forward = (facts: Partial<typeof FACTS>) => planOf({ ...after, ...facts }, { configured, key: 'INC-1/rb2', reason: 'no effect', tag: 'v3', undo });

it.each([
  [
    'another repository',
    { repo: 'acme/shop-next' },
    /^the way back was stored for production of acme\/shop, and services\.yml names production of acme\/shop-next now/,
  ],
  [
    'another environment',
    { environment: 'staging' },
    /^the way back was stored for production of acme\/shop, and services\.yml names staging of acme\/shop now/,
  ],
])('forward again is refused when services.yml names %s by then', (_, facts, because) => {
  expect(forward(facts)).toMatchObject({ kind: 'refused', code: 'E_PREFLIGHT', because: expect.stringMatching(because) });
});

it('and is possible where it still names the same', () => {
  expect(forward({})).toMatchObject({ kind: 'plan', plan: { direction: 'forward', repo: 'acme/shop', environment: 'production' } });
});
