import { z } from 'zod';
import { defineStep } from './step.ts';

export const ask = defineStep({
  use: 'ask',
  by: 'human',
  about: 'A person chooses; `on_<choice>` says where each choice leads.',
  params: z.strictObject({
    question: z.string().min(1).max(3000).describe('What is asked.'),
    choices: z
      .array(z.strictObject({ id: z.string().regex(/^[a-z][a-z0-9-]{0,40}$/), label: z.string().min(1).max(75) }))
      .min(2)
      .max(25)
      .describe('The buttons, at most 25.'),
  }),
  outcomes: [],
  facts: { choice: 'string' },
});
