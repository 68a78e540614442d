import { z } from 'zod';
import { defineStep } from './step.ts';

export const collect = defineStep({
  use: 'collect',
  by: 'human',
  about: 'People bring in failing URLs, screenshots, request ids and affected users; the step cannot be ticked before the required evidence is there.',
  params: z.strictObject({
    urls: z.int().min(0).max(20).default(1).describe('How many URLs must be there.'),
    screenshots: z.int().min(0).max(10).default(0).describe('How many screenshots must be there.'),
    request_ids: z.int().min(1).max(20).optional().describe('How many ids of failing requests must be there (none).'),
    users: z.int().min(1).max(20).optional().describe('How many affected users must be named (none).'),
  }),
  outcomes: [],
  facts: { urls: 'int', screenshots: 'int', request_ids: 'int', users: 'int' },
});
