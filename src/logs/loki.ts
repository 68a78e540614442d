/** Grafana Loki, by its HTTP API (`/loki/api/v1/query_range`, Loki 2 and 3). The pattern is searched for by Loki itself. */
import { z } from 'zod';
import { fetchConfigured } from '../health/fetch.ts';
import { assertConfiguredUrl } from '../health/url.ts';
import { Failure } from '../lib/failure.ts';
import { defineLogBackend, type LogLine, type LogQuery, type LogResult } from './backend.ts';

const TIMEOUT_MS = 10_000;
// JSON around the lines: labels and nanoseconds; Loki's own default limit is 5,000 lines.
const OVERHEAD_BYTES = 512 * 1024;
const MOST_LINES = 5_000;

const options = z.strictObject({
  url: z
    .string()
    .superRefine((text, context) => {
      try {
        assertConfiguredUrl(text);
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        context.addIssue({ code: 'custom', message: error.message, params: { code: error.code } });
      }
    })
    .describe('Base address, e.g. http://loki:3100'),
  query: z
    .string()
    .min(2)
    .max(2_000)
    .regex(/^\s*\{.*\}/s, 'expected a LogQL selector such as {app="shop"}')
    .describe('LogQL selector, e.g. {app="shop"}; may go on with filters'),
  tenant: z
    .string()
    .regex(/^[\w.|!*'()-]{1,150}$/, 'expected a tenant id')
    .optional()
    .describe('Sent as X-Scope-OrgID'),
});

const answer = z.object({
  status: z.literal('success'),
  data: z.object({
    resultType: z.literal('streams'),
    result: z.array(z.object({ stream: z.record(z.string(), z.string()).optional(), values: z.array(z.tuple([z.string(), z.string()]).rest(z.unknown())) })),
  }),
});

export const loki = defineLogBackend({
  use: 'loki',
  about: 'Grafana Loki (without authentication of its own, or behind a proxy that adds it)',
  options,
  search,
});

async function search(where: z.output<typeof options>, query: LogQuery, signal: AbortSignal): Promise<LogResult> {
  const limit = Math.min(query.maxLines, MOST_LINES);
  const url = new URL(`${where.url.replace(/\/+$/, '')}/loki/api/v1/query_range`);
  url.search = new URLSearchParams({
    query: withPattern(where.query, query.pattern),
    // Nanoseconds do not fit into a number.
    start: `${BigInt(Math.floor(query.from)) * 1_000_000n}`,
    end: `${BigInt(Math.ceil(query.to)) * 1_000_000n}`,
    limit: String(limit),
    direction: 'backward',
  }).toString();
  const headers = { accept: 'application/json', ...(where.tenant !== undefined && { 'x-scope-orgid': where.tenant }) };
  const fetched = await ask({ url: url.href, headers, maxBytes: query.maxBytes * 2 + OVERHEAD_BYTES }, signal);
  return keepNewest(linesOf(fetched, where.url), { limit, maxBytes: query.maxBytes });
}

/** `{app="shop"} |~ "(?i)…"`, with the pattern as a quoted Go string. */
function withPattern(selector: string, pattern: string | undefined): string {
  return pattern === undefined ? selector : `${selector} |~ ${JSON.stringify(`(?i)${pattern}`)}`;
}

async function ask(what: { url: string; headers: Readonly<Record<string, string>>; maxBytes: number }, signal: AbortSignal): Promise<string> {
  const host = new URL(what.url).host;
  const fetched = await fetchConfigured({ ...what, timeoutMs: TIMEOUT_MS }, signal).catch((error: unknown) => {
    if (error instanceof Failure && error.code !== 'E_PROBE') throw error;
    throw new Failure('E_LOGS', `Loki at ${host} cannot be reached`, { hint: 'check services.yml → logs', cause: error });
  });
  const { status, body, isCut } = fetched;
  if (status === 401 || status === 403)
    throw new Failure('E_LOGS', `Loki at ${host} refuses us (HTTP ${status})`, {
      hint: 'set tenant:, or put a proxy that adds the credentials in front',
      permanent: true,
    });
  if (status !== 200)
    throw new Failure('E_LOGS', `Loki at ${host} answered HTTP ${status}: ${body.toString('utf8', 0, 200).replace(/\s+/g, ' ')}`, {
      hint: 'check the query in services.yml → logs',
    });
  if (isCut)
    throw new Failure('E_LOGS', `the answer of Loki at ${host} is larger than ${what.maxBytes} bytes`, { hint: 'use a shorter window or a narrower selector' });
  return body.toString('utf8');
}

function linesOf(body: string, url: string): readonly LogLine[] {
  const parsed = answer.safeParse(parseJson(body));
  if (!parsed.success) throw new Failure('E_LOGS', `${new URL(url).host} does not answer like Loki`, { hint: 'url: is the base address, without /loki/api' });
  const lines = parsed.data.data.result.flatMap(({ values }) => values.map(([nanoseconds, text]) => ({ at: Number(nanoseconds.slice(0, -6)), text })));
  return lines.filter(({ at }) => Number.isFinite(at)).sort((a, b) => a.at - b.at);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function keepNewest(lines: readonly LogLine[], { limit, maxBytes }: { limit: number; maxBytes: number }): LogResult {
  let bytes = 0;
  let start = lines.length;
  while (start > 0 && lines.length - start < limit) {
    bytes += Buffer.byteLength(lines[start - 1]?.text ?? '') + 1;
    if (bytes > maxBytes) break;
    start--;
  }
  return { lines: lines.slice(start), truncated: start > 0 || lines.length >= limit };
}
