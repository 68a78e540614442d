/** Every strategy with options that it takes, and plans made of them. */
import { expect } from 'vitest';
import type { Json } from '../../src/core/model.ts';
import type { RollbackPlan } from '../../src/core/rollback.ts';
import type { RollbackFacts } from '../../src/core/rollback-facts.ts';
import { STRATEGIES } from '../../src/rollbacks/index.ts';
import { makePlan, type PlanAsk } from '../../src/rollbacks/plan.ts';
import type { Proposal, RollbackStrategy } from '../../src/rollbacks/strategy.ts';
import { REST_OF_POLICY } from '../rests.ts';
import { FACTS } from './facts.ts';

export const OPTIONS: Readonly<Record<string, Json>> = {
  'dispatch-workflow': { workflow: 'deploy.yml' },
  'create-deployment': {},
  'rerun-deploy': { workflow: 'deploy.yml' },
  'repository-dispatch': { event_type: 'rollback' },
  'move-ref': { ref: 'heads/stable' },
  'make-latest': {},
  'revert-pr': {},
  redeploy: { with: { use: 'dispatch-workflow', options: { workflow: 'deploy.yml' } } },
};
export const CONTEXT = { key: 'INC-1/rb1', reason: 'checkout fails' };
export const APPROVE = { require: 1, from: ['U1'], requesterMay: false, expiresMs: 600_000, ...REST_OF_POLICY };

export function strategyOf(use: string): RollbackStrategy {
  const found = STRATEGIES.find((one) => one.use === use);
  if (found === undefined) throw new Error(`no strategy ${use}`);
  return found;
}

export type Applicable = Extract<Proposal, { kind: 'applicable' }>;
export function applicable(proposal: Proposal): Applicable {
  expect(proposal).toMatchObject({ kind: 'applicable' });
  return proposal as Applicable; // just looked at
}

/** A strategy of the service, with the options above unless others are given. */
export const listed = (use: string, options: Json = OPTIONS[use] ?? {}): PlanAsk['configured'][number] => ({ use, options });

export const planOf = (facts: Partial<RollbackFacts> = {}, more: Partial<PlanAsk> = {}) =>
  makePlan({
    facts: { ...FACTS, ...facts },
    strategies: STRATEGIES,
    configured: [listed('dispatch-workflow')],
    approve: APPROVE,
    key: CONTEXT.key,
    reason: 'errors',
    ...more,
  });

export function madePlan(facts?: Partial<RollbackFacts>, more?: Partial<PlanAsk>): RollbackPlan {
  const planned = planOf(facts, more);
  if (planned.kind !== 'plan') throw new Error(`${planned.code}: ${planned.because}`);
  return planned.plan;
}
