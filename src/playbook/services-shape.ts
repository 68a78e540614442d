/** The words of services.yml. The loader checks with these schemas, and schema.ts makes the published JSON Schema from them. */
import { z } from 'zod';
import { assertConfiguredUrl } from '../health/url.ts';
import { durationText } from '../lib/duration.ts';
import { Failure } from '../lib/failure.ts';
import { nameText } from './grammar.ts';
import { apisShape } from './services-apis.ts';
import { evidenceShape } from './services-evidence.ts';
import { joiningShape, noiseShape } from './services-noise-shape.ts';
import { labelSet, rollbackShape, slackIds } from './services-rollback-shape.ts';
import { watchShape } from './services-watch.ts';

const DAY_MS = 86_400_000;

/** Hosts of one's own network are what these are for; what is refused are other schemes, credentials and link-local addresses. */
const url = z.string().superRefine((text, context) => {
  try {
    assertConfiguredUrl(text);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    // The hint for blocked addresses is meant for people who type one, not for this file.
    const hint = error.code === 'E_URL_BLOCKED' || error.hint === undefined ? '' : `; ${error.hint}`;
    context.addIssue({ code: 'custom', message: `${error.message}${hint}`, params: { code: error.code } });
  }
});

/** `2%` or 0.02. */
const fraction = z
  .union([z.number(), z.string().regex(/^\d{1,3}(?:\.\d{1,6})?\s?%$/, 'expected e.g. 2% or 0.02')])
  .refine((value) => readFraction(value) > 0 && readFraction(value) < 1, 'expected more than 0% and less than 100%, e.g. 2% or 0.02');
export const readFraction = (value: number | string): number => (typeof value === 'number' ? value : Number(value.replace(/\s?%$/, '')) / 100);

/** `off` or an interval. */
const interval = z.union([z.literal('off'), durationText({ minMs: 5_000 })]);

export const errorRate = z.strictObject({
  url: url.describe('Prometheus-compatible API, e.g. http://prometheus:9090'),
  query: z.string().min(1).max(4_000).describe('PromQL that gives one series: failed requests ÷ all requests, 0…1'),
  traffic: z.string().min(1).max(4_000).optional().describe('PromQL: requests per second; makes "too little traffic to tell" possible'),
  threshold: fraction.describe('Above it users are hurt: 2% or 0.02'),
  for: durationText().default('2m').describe('Above the threshold for so long before an incident opens'),
  poll: interval.default('off').describe("Look every … and open incidents; 'off': alerts come by webhook"),
  window: durationText({ minMs: 60_000 }).default('10m').describe('Length of the baseline before, and of what is looked at after a rollback'),
  quiet: durationText().default('3m').describe('Good for so long before "recovered" is said'),
  patience: durationText().default('10m').describe('No effect after this long: say so'),
  step: durationText().default('15s').describe('Distance of samples'),
});

const probeShape = {
  url,
  status: z.int().min(100).max(599).default(200).describe('Expected HTTP status'),
  max_ms: z.int().min(1).max(60_000).default(5_000).describe('Slower than this is wrong'),
  contains: z.string().min(1).max(1_000).optional().describe('Text that must be in the first 64 KiB of the answer'),
  poll: interval.default('off').describe("Probe every … and open incidents; 'off': only when an incident is open"),
  for: durationText({ minMs: 0 }).default('1m').describe('Wrong for so long before an incident opens'),
};
export const urlProbe = z.union([url, z.strictObject(probeShape)]);
export const readProbe = (value: z.output<typeof urlProbe>): z.output<typeof wholeProbe> =>
  typeof value === 'string' ? wholeProbe.parse({ url: value }) : value;
const wholeProbe = z.strictObject(probeShape);

const versionAsk = z
  .strictObject({
    url: url.optional(),
    urls: z.array(url).min(1).max(20).optional().describe('One for each replica, or for each of several fronts'),
    field: z
      .string()
      .regex(/^[\w$-]+(?:\.[\w$-]+){0,9}$/, 'expected a path like build.version')
      .optional()
      .describe('Where in the JSON answer (the whole body)'),
    times: z.int().min(1).max(10).default(1).describe('Ask each address so many times, because a balancer hides replicas'),
  })
  .refine((ask) => (ask.url === undefined) !== (ask.urls === undefined), 'expected one of url, urls');

const health = z.strictObject({
  error_rate: errorRate.optional(),
  url: urlProbe.optional().describe('One key URL, for short'),
  urls: z.array(urlProbe).max(50).default([]).describe('Key URLs, probed by GET'),
  version: z.union([url, versionAsk]).optional().describe('Says which release runs'),
  apis: apisShape,
});

/** How one entry of `strategies:`, `logs:` or `migrations_run:` looks; the loader reads any, the JSON Schema lists what there is. */
export interface Plugs {
  readonly strategy: z.ZodType;
  readonly log: z.ZodType;
  readonly migrations?: z.ZodType;
}
const anyPlug = z.looseObject({ use: z.string() });
export const ANY_PLUGS: Plugs = { strategy: anyPlug, log: anyPlug };

const operator = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z0-9][\w.-]{0,39}$/, 'expected a short name of letters, digits, dots and dashes')
    .describe('How the person is called in the timeline'),
  slack: z
    .string()
    .regex(/^[UW][A-Z0-9]{2,}$/, 'expected a Slack user id (U…, W…)')
    .describe('The same person in Slack'),
  groups: z
    .array(z.string().regex(/^S[A-Z0-9]{2,}$/, 'expected a Slack user-group id (S…)'))
    .max(50)
    .default([])
    .describe('User groups (S…) the person is in; Slack is not asked'),
  token_sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'expected 64 hex digits as `tagback operator-token` prints them, never the token itself')
    .describe('SHA-256 of the personal token, printed by: tagback operator-token NAME'),
});
export type OperatorEntry = z.output<typeof operator>;

const severity = z.enum(['sev1', 'sev2', 'sev3']);

export const serviceShape = (plugs: Plugs) =>
  z.strictObject({
    repository: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,38}\/[\w.-]{1,100}$/, 'expected owner/name')
      .optional()
      .describe('On GitHub; without it incidents yes, rollbacks no'),
    environment: z.string().min(1).max(255).default('production').describe('Name of the GitHub environment'),
    playbook: z.string().optional().describe('Name of a playbook; default: the one at the top of this file'),
    severity: severity.default('sev2').describe('When the alert says none'),
    call: slackIds.default([]).describe('Users (U…) and user groups (S…) invited when an incident opens'),
    alerts: z
      .strictObject({
        match: z.array(labelSet).max(50).default([]).describe("Label sets; an alert is ours when all labels of one set are equal ('*': any value)"),
      })
      .prefault({}),
    links: z.record(z.string().min(1).max(75), url).default({}).describe('Title → address; buttons on the card'),
    health: health.prefault({}),
    evidence: evidenceShape.optional().describe('What is opened and looked at when something is reported (only hosts of health.urls are opened)'),
    logs: z.array(plugs.log).max(5).default([]).describe('The first backend that answers is used'),
    rollback: rollbackShape({ migrations: anyPlug, ...plugs }).prefault({}),
    resolve_after: durationText({ minMs: 10_000, maxMs: 7 * DAY_MS })
      .default('30m')
      .describe('All alerts gone and nobody ever acted: resolve after this long'),
    ...joiningShape,
  });
export type ServiceEntry = z.output<ReturnType<typeof serviceShape>>;

export const catalogShape = (plugs: Plugs) =>
  z.strictObject({
    announce: z
      .string()
      .regex(/^[CG][A-Z0-9]{2,}$/, 'expected a Slack channel id (C…)')
      .optional()
      .describe('Channel with one living message per incident'),
    channel_prefix: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]{0,19}$/, 'expected small letters, digits and dashes')
      .default('inc')
      .describe('Incident channels are called <prefix>-42-…'),
    playbook: z.string().optional().describe('For services that name none, and for alerts of no known service'),
    operators: z.array(operator).max(100).default([]).describe('Who may act from a terminal when Slack is down'),
    generic: z.record(z.string(), z.json()).default({}).describe('Where POST /webhooks/generic finds id, state and title; see docs'),
    ...noiseShape,
    ...watchShape,
    services: z.record(nameText('service name'), serviceShape(plugs)).default({}),
  });
export type CatalogFile = z.output<ReturnType<typeof catalogShape>>;
