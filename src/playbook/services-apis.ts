/** `health.apis` of services.yml: the HTTP APIs a service depends on. */
import { z } from 'zod';
import type { ApiAsk } from '../core/quota.ts';
import { configuredUrl, envName } from '../health/fetch-text.ts';

/** These would change where a request ends, not who sends it. */
const NOT_OURS = /^(?:host|connection|content-.*|transfer-encoding|upgrade|te|trailer|expect|cookie)$/i;

const api = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z0-9][\w .-]{0,39}$/, 'expected a short name of letters, digits, blanks, dots and dashes')
    .describe('How it is called in messages'),
  url: configuredUrl.describe('Asked by GET. For GitHub /rate_limit, which costs nothing; or an address of the service that passes its answer on'),
  kind: z.enum(['github', 'generic']).default('generic').describe('github: also knows that a limit of 60 an hour means callers without a name'),
  token_env: envName.optional().describe('Environment variable with the token the service uses; without it the API is asked without one'),
  header: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9-]{0,59}$/, 'expected the name of a header')
    .refine((name) => !NOT_OURS.test(name), 'this header is not for credentials')
    .default('Authorization')
    .describe('The header the service sends its token in, spelt as in its settings: a mistake there shows here'),
  scheme: z
    .string()
    .regex(/^[A-Za-z]{0,20}$/, 'expected one word such as Bearer or token, or nothing')
    .default('Bearer')
    .describe("The word before the token; '' for none"),
});

export const apisShape = z
  .array(api)
  .max(20)
  .refine((apis) => new Set(apis.map(({ name }) => name)).size === apis.length, 'expected each name once')
  .default([])
  .describe('HTTP APIs the service depends on; the step check-quota asks them for their limits');

export const readApis = (entries: z.output<typeof apisShape>): readonly ApiAsk[] =>
  entries.map(({ name, url, kind, token_env: tokenEnv, header, scheme }) => ({ name, url, kind, tokenEnv, header, scheme }));
