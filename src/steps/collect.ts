import { z } from 'zod';
import { defineStep } from './step.ts';

export const collect = defineStep({
  use: 'collect',
  by: 'human',
  about: 'A person brings in failing URLs and screenshots; the step cannot be ticked before the required evidence is there.',
  params: z.strictObject({
    urls: z.int().min(0).max(20).default(1).describe('How many URLs must be there.'),
    screenshots: z.int().min(0).max(10).default(0).describe('How many screenshots must be there.'),
  }),
  outcomes: [],
  facts: { urls: 'int', screenshots: 'int' },
});
