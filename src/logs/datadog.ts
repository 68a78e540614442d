/** Datadog logs, by `POST /api/v2/logs/events/search`: newest first, a page at a time. */
import { z } from 'zod';
import { configuredUrl, envName } from '../health/fetch-text.ts';
import { defineLogBackend, type LogAsk, type LogLine, type LogResult } from './backend.ts';
import { type Call, callLogs, countdown, readAnswer, secretOf } from './call.ts';
import { composeLine, keepNewest } from './newest.ts';
import { matching } from './thin.ts';

// Datadog refuses larger pages.
const PAGE_LINES = 1_000;
// Attributes come with each entry, asked for or not.
const BYTES_PER_LINE = 8 * 1024;

const options = z.strictObject({
  site: z
    .string()
    .regex(/^(?:[a-z0-9-]{2,10}\.)?(?:datadoghq\.(?:com|eu)|ddog-gov\.com)$/, 'expected a Datadog site such as datadoghq.eu or us5.datadoghq.com')
    .default('datadoghq.com')
    .describe('Your Datadog site'),
  url: configuredUrl.optional().describe('Instead of site: the address of a gateway in front of the API'),
  query: z.string().min(1).max(2_000).describe('Log search query, e.g. service:shop status:(error OR critical)'),
  indexes: z.array(z.string().min(1).max(100)).min(1).max(20).optional().describe('Names of indexes; absent: all'),
  api_key_env: envName.default('DD_API_KEY').describe('Environment variable with the API key'),
  app_key_env: envName.default('DD_APP_KEY').describe('Environment variable with an application key that may logs_read_data'),
});
type Options = z.output<typeof options>;

const shape = z.object({
  data: z
    .array(
      z.object({
        attributes: z.object({
          timestamp: z.string().optional(),
          status: z.string().optional(),
          message: z.string().optional(),
          attributes: z.looseObject({ error: z.looseObject({ stack: z.unknown() }).optional().catch(undefined) }).optional(),
        }),
      }),
    )
    .default([]),
  meta: z.object({ page: z.object({ after: z.string().optional() }).optional(), status: z.string().optional() }).optional(),
});

export const datadog = defineLogBackend({ use: 'datadog', about: 'Datadog log management', options, search });

async function search(where: Options, query: LogAsk, signal: AbortSignal): Promise<LogResult> {
  const left = countdown(query);
  const newestFirst: LogLine[] = [];
  let after: string | undefined;
  let isPart = false;
  do {
    const limit = Math.min(PAGE_LINES, query.maxLines - newestFirst.length);
    const page = await pageOf(where, query, { limit, after, timeoutMs: left(), signal });
    newestFirst.push(...page.lines);
    after = page.after;
    isPart ||= page.isPart;
  } while (after !== undefined && newestFirst.length < query.maxLines);
  const kept = keepNewest(await matching(newestFirst.reverse(), query, signal), query);
  return { lines: kept.lines, truncated: kept.truncated || isPart || after !== undefined };
}

interface Page {
  readonly limit: number;
  readonly after: string | undefined;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

async function pageOf(where: Options, query: LogAsk, page: Page): Promise<{ lines: readonly LogLine[]; after: string | undefined; isPart: boolean }> {
  const base = where.url?.replace(/\/+$/, '') ?? `https://api.${where.site}`;
  const [apiKey, appKey] = [secretOf(where.api_key_env, query.secrets), secretOf(where.app_key_env, query.secrets)];
  const filter = {
    query: where.query,
    from: String(Math.floor(query.from)),
    to: String(Math.ceil(query.to)),
    ...(where.indexes && { indexes: where.indexes }),
  };
  const call: Call = {
    who: `Datadog at ${new URL(base).host}`,
    url: `${base}/api/v2/logs/events/search`,
    headers: { 'dd-api-key': apiKey, 'dd-application-key': appKey },
    body: JSON.stringify({ filter, sort: '-timestamp', page: { limit: page.limit, ...(page.after !== undefined && { cursor: page.after }) } }),
    timeoutMs: page.timeoutMs,
    maxBytes: page.limit * BYTES_PER_LINE + query.maxBytes,
    hints: {
      refused: `check ${where.api_key_env} and ${where.app_key_env}, and that site in services.yml → logs is theirs; the application key needs logs_read_data`,
      missing: 'check site in services.yml → logs',
      wrong: 'try query of services.yml → logs in the Log Explorer first',
    },
    secret: [apiKey, appKey],
  };
  const { data, meta } = readAnswer(call.who, shape, await callLogs(call, page.signal));
  return {
    lines: data.flatMap(({ attributes }) => lineOf(attributes) ?? []),
    after: data.length === 0 ? undefined : meta?.page?.after,
    isPart: meta?.status === 'timeout',
  };
}

function lineOf({ timestamp, status, message, attributes }: z.output<typeof shape>['data'][number]['attributes']): LogLine | undefined {
  const stack = attributes?.error?.stack;
  const text = composeLine({ level: status, message, ...(typeof stack === 'string' && message?.includes(stack) !== true && { stack }) });
  const at = timestamp === undefined ? Number.NaN : Date.parse(timestamp);
  return text === '' ? undefined : { at: Number.isFinite(at) ? at : undefined, text };
}
