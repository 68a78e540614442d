/** Kinds of steps as the tests of the loader need them: one of each sort. The real ones are tested in shipped-playbooks.test.ts. */
import { z } from 'zod';
import { durationText } from '../../src/lib/duration.ts';
import { patternText } from '../../src/lib/pattern.ts';
import { defineStep, type StepKind } from '../../src/steps/step.ts';

const approve = z.strictObject({ require: z.int().min(1).max(5), from: z.array(z.string().regex(/^[UWS][A-Z0-9]{2,}$/)) });
const choices = z
  .array(z.strictObject({ id: z.string().regex(/^[a-z][a-z0-9-]{0,40}$/), label: z.string().min(1).max(75) }))
  .min(2)
  .max(25);

export const KINDS: readonly StepKind[] = [
  defineStep({
    use: 'collect',
    by: 'human',
    about: 'evidence',
    params: z.strictObject({ urls: z.int().min(0).max(20).default(1), screenshots: z.int().min(0).default(0) }),
    outcomes: [],
    facts: { urls: 'int', screenshots: 'int' },
  }),
  defineStep({
    use: 'check-logs',
    by: 'machine',
    about: 'logs',
    params: z.strictObject({ window: durationText().default('10m'), log_pattern: patternText().optional(), max_lines: z.int().min(1).default(2000) }),
    outcomes: [],
    facts: { total: 'int', groups: 'int', new_errors: 'int', top: 'string' },
    run: () => Promise.resolve({ kind: 'done', outcome: 'done', say: '', data: {} }),
  }),
  defineStep({
    use: 'ask',
    by: 'human',
    about: 'a choice',
    params: z.strictObject({ question: z.string().min(1), choices }),
    outcomes: [],
    facts: { choice: 'string' },
  }),
  defineStep({
    use: 'decide',
    by: 'machine',
    about: 'a condition',
    params: z.strictObject({ when: z.string() }),
    outcomes: ['yes', 'no'],
    facts: {},
    conditions: ({ when }) => [{ path: 'when', expression: when }],
  }),
  defineStep({
    use: 'rollback',
    by: 'human',
    about: 'roll back',
    params: z.strictObject({ approve: approve.optional() }),
    outcomes: ['done', 'declined', 'refused', 'failed'],
    facts: { tag: 'string' },
  }),
  defineStep({
    use: 'verify',
    by: 'machine',
    about: 'verdict',
    params: z.strictObject({}),
    outcomes: ['recovered', 'better', 'no-effect', 'worse', 'blind'],
    facts: { verdict: 'string' },
  }),
  defineStep({
    use: 'notify',
    by: 'machine',
    about: 'tell',
    params: z.strictObject({ to: z.array(z.string()).min(1), message: z.string().min(1) }),
    outcomes: [],
    facts: {},
  }),
];
