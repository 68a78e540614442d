import { z } from 'zod';
import { defineStep } from './step.ts';

export const decide = defineStep({
  use: 'decide',
  by: 'machine',
  about: 'A CEL condition over what is known chooses the way: `on_yes` or `on_no`. What is not known makes the step fail, so that people are asked.',
  params: z.strictObject({
    when: z.string().min(1).max(2000).describe('CEL over alert, service, release and the steps before, e.g. `check_logs.new_errors > 0`.'),
  }),
  outcomes: ['yes', 'no'],
  facts: {},
  conditions: ({ when }) => [{ path: 'when', expression: when }],
  run: ({ when }, world) => {
    const value = world.evaluate(when, world.facts);
    if (typeof value !== 'boolean')
      return Promise.resolve({ kind: 'failed', code: 'E_PLAYBOOK_CONDITION', say: `“${when}” gave ${JSON.stringify(value)}, not yes or no` });
    return Promise.resolve({ kind: 'done', outcome: value ? 'yes' : 'no', say: value ? 'yes' : 'no', data: {} });
  },
});
