import { z } from 'zod';
import { defineStep } from './step.ts';

export const rollback = defineStep({
  use: 'rollback',
  by: 'human',
  about: 'Plans the rollback of the service to a release tag, waits for approval, applies it once and watches its run.',
  params: z.strictObject({
    approve: z
      .strictObject({
        require: z.int().min(1).max(5),
        from: z.array(z.string().regex(/^[UWS][A-Z0-9]{2,}$/, 'expected a Slack user or user-group id (U…, W…, S…)')),
      })
      .optional()
      .describe('Can only tighten the policy of services.yml.'),
  }),
  outcomes: ['done', 'declined', 'refused', 'failed'],
  facts: { tag: 'string' },
});
