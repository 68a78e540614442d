import { z } from 'zod';
import { defineStep } from './step.ts';

export const notify = defineStep({
  use: 'notify',
  by: 'machine',
  about: 'Tells people, user groups or another channel.',
  params: z.strictObject({
    to: z
      .array(z.string().regex(/^(?:on-call|[UWSC][A-Z0-9]{2,})$/, 'expected on-call, or Slack ids: a user (U…, W…), a user group (S…), a channel (C…)'))
      .min(1)
      .max(10)
      .describe('`on-call`: the people services.yml names under `call`; or Slack ids'),
    message: z.string().min(1).max(2000).describe('May hold {{ service }}, {{ incident.id }} and the like.'),
  }),
  outcomes: [],
  facts: {},
  // The messages themselves are slots of the incident, shown by the engine: they are posted once, whatever happens here.
  run: ({ to }) => Promise.resolve({ kind: 'done', outcome: 'done', say: to.length === 1 ? 'called' : `${to.length} called`, data: {} }),
});
