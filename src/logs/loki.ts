/** Grafana Loki, by its HTTP API (`/loki/api/v1/query_range`, Loki 2 and 3). The pattern is searched for by Loki itself. */
import { z } from 'zod';
import { configuredUrl, fetchText, parseJson, tokenEnv } from '../health/fetch-text.ts';
import { Failure } from '../lib/failure.ts';
import { redactText } from '../lib/redact.ts';
import { defineLogBackend, type LogAsk, type LogLine, type LogResult, SEARCH_MS } from './backend.ts';
import { interleave, keepNewest } from './newest.ts';

// JSON around the lines: labels and nanoseconds; Loki's own default limit is 5,000 lines.
const OVERHEAD_BYTES = 512 * 1024;
const MOST_LINES = 5_000;

const options = z.strictObject({
  url: configuredUrl.describe('Base address, e.g. http://loki:3100'),
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
  token_env: tokenEnv,
});
const HINTS = {
  refused: 'set token_env or tenant in services.yml → logs',
  wrong: 'check url and query in services.yml → logs',
  large: 'use a shorter window or a narrower selector',
};
const QUOTED_CHARS = 200;

const answer = z.object({
  status: z.literal('success'),
  data: z.object({
    resultType: z.literal('streams'),
    result: z.array(z.object({ stream: z.record(z.string(), z.string()).optional(), values: z.array(z.tuple([z.string(), z.string()]).rest(z.unknown())) })),
  }),
});

export const loki = defineLogBackend({
  use: 'loki',
  about: 'Grafana Loki, open or behind a bearer token',
  options,
  search,
});

async function search(where: z.output<typeof options>, query: LogAsk, signal: AbortSignal): Promise<LogResult> {
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
  const limits = { timeoutMs: query.timeoutMs ?? SEARCH_MS, maxBytes: query.maxBytes * 2 + OVERHEAD_BYTES };
  const secrets = query.secrets ?? (() => undefined);
  const who = `Loki at ${url.host}`;
  const text = await fetchText({ url: url.href, headers, tokenEnv: where.token_env, secrets, ...limits, who, code: 'E_LOGS', hints: HINTS, quote }, signal);
  const lines = linesOf(text, url.host);
  const kept = keepNewest(lines, { maxLines: limit, maxBytes: query.maxBytes });
  return { lines: kept.lines, truncated: kept.truncated || lines.length >= limit };
}

/** Loki says in one line what is wrong with a query; a page of a proxy says nothing. What repeats our token is cleaned of it. */
function quote(body: string, token: string): string {
  if (/^\s*</.test(body)) return '';
  return redactText(body, token === '' ? [] : [token])
    .replace(/[\p{C}\s]+/gu, ' ')
    .trim()
    .slice(0, QUOTED_CHARS);
}

/** `{app="shop"} |~ "(?i)…"`, with the pattern as a quoted Go string. */
function withPattern(selector: string, pattern: string | undefined): string {
  return pattern === undefined ? selector : `${selector} |~ ${JSON.stringify(`(?i)${pattern}`)}`;
}

function linesOf(body: string, host: string): readonly LogLine[] {
  const parsed = answer.safeParse(parseJson(body));
  if (!parsed.success)
    throw new Failure('E_LOGS', `${host} does not answer like Loki`, { hint: 'url: is the base address, without /loki/api', permanent: true });
  // Newest first is how they were asked for; each stream is a place where lines were written one after the other.
  const streams = parsed.data.data.result.map(({ values }) => values.map(([nanoseconds, text]) => ({ at: Number(nanoseconds.slice(0, -6)), text })).reverse());
  return interleave(streams.map((lines) => lines.filter(({ at }) => Number.isFinite(at)).sort((a, b) => a.at - b.at)));
}
