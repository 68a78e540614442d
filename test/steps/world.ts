/** A world for one run of a machine step: what it sees is handed in. */
import { factsOf } from '../../src/core/facts.ts';
import type { Json } from '../../src/core/model.ts';
import { evaluateCondition } from '../../src/playbook/condition.ts';
import { STEPS } from '../../src/steps/index.ts';
import type { StepKind, World } from '../../src/steps/step.ts';
import { type Story, service } from '../core/given.ts';

export function kind(use: string): StepKind & Required<Pick<StepKind, 'run'>> {
  const found = STEPS.find((step) => step.use === use);
  if (!found?.run) throw new Error(`${use} is no machine step`);
  return { ...found, run: found.run };
}

export function world(story: Story, more: Partial<World> = {}): World {
  const none = (): Promise<never> => Promise.reject(new Error('this step was not expected to ask for that'));
  const base: World = {
    now: story.now,
    incident: story.incident,
    service,
    facts: factsOf(story.incident, service),
    memo: null,
    signal: AbortSignal.timeout(5_000),
    evaluate: (expression: string, facts: Readonly<Record<string, Json>>) => evaluateCondition(expression, facts),
    metrics: { range: none },
    probe: none,
    searchLogs: none,
  };
  return { ...base, ...more };
}
