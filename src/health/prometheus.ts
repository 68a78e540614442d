/** Range queries to anything that speaks Prometheus' HTTP API (Prometheus, Mimir, Thanos, VictoriaMetrics). */
import { z } from 'zod';
import type { Instant } from '../core/model.ts';
import type { Sample } from '../core/verdict.ts';
import { Failure } from '../lib/failure.ts';
import { scrub } from '../lib/scrub.ts';
import { type Fetched, fetchConfigured } from './fetch.ts';

const TIMEOUT_MS = 10_000;
/** 11,000 points of some 40 bytes are 440 kB; several series would be refused anyway. */
const ANSWER_MAX_BYTES = 4 * 1024 * 1024;
/** Prometheus refuses more per series. */
const MOST_POINTS = 11_000;

/** Numbers are strings in this API, and may be "NaN" and "+Inf". */
const answer = z.union([
  z.object({
    status: z.literal('success'),
    data: z.object({ resultType: z.literal('matrix'), result: z.array(z.object({ values: z.array(z.tuple([z.number(), z.string()])) })) }),
  }),
  z.object({ status: z.literal('error'), errorType: z.string(), error: z.string() }),
]);

export interface RangeAsk {
  /** `http://prometheus:9090`, with or without a path before `/api/v1`. */
  readonly url: string;
  readonly query: string;
  readonly from: Instant;
  readonly to: Instant;
  readonly stepMs: number;
}

/**
 * Samples of the one series the query gives, oldest first; what is not a finite number is left out, so no data is an empty list.
 * Throws E_METRICS (refused, several series, unreadable) and E_TIMEOUT.
 */
export async function queryRange(ask: RangeAsk, signal: AbortSignal): Promise<readonly Sample[]> {
  const stepMs = Math.max(ask.stepMs, Math.ceil((ask.to - ask.from) / (MOST_POINTS - 1)), 1);
  const form = new URLSearchParams({ query: ask.query, start: seconds(ask.from), end: seconds(ask.to), step: seconds(stepMs) });
  const fetched = await post(ask.url, form, signal);
  const read = answer.safeParse(parse(fetched));
  if (!read.success)
    throw failure(ask.url, `answered ${fetched.status} and not in the form of a range query`, 'check that the address is the API itself and not a login page');
  if (read.data.status === 'error')
    throw failure(ask.url, `${read.data.errorType}: ${scrub(read.data.error).slice(0, 200)}`, 'try the query in Prometheus first');
  const series = read.data.data.result;
  if (series.length > 1) throw failure(ask.url, `the query gave ${series.length} series; one is needed`, 'wrap it in sum(…), or select one with labels');
  return (series[0]?.values ?? []).map(([at, value]) => ({ at: Math.round(at * 1000), value: number(value) })).filter(({ value }) => Number.isFinite(value));
}

/** POST, because queries can be longer than a URL may be. */
async function post(base: string, form: URLSearchParams, signal: AbortSignal): Promise<Fetched> {
  const url = `${base.replace(/\/+$/, '')}/api/v1/query_range`;
  try {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    return await fetchConfigured({ url, method: 'POST', headers, body: form.toString(), timeoutMs: TIMEOUT_MS, maxBytes: ANSWER_MAX_BYTES }, signal);
  } catch (error) {
    if (error instanceof Failure && error.code === 'E_PROBE') throw new Failure('E_METRICS', error.message, { hint: error.hint ?? '', cause: error });
    throw error;
  }
}

function parse({ body, isCut }: Fetched): unknown {
  try {
    return isCut ? undefined : JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

function failure(url: string, message: string, hint: string): Failure {
  return new Failure('E_METRICS', `${URL.canParse(url) ? new URL(url).host : 'the metrics server'}: ${message}`, { hint });
}

/** `Number('')` would be 0, and nothing is never zero errors. */
function number(text: string): number {
  return text.trim() === '' ? Number.NaN : Number(text);
}

function seconds(ms: number): string {
  return String(ms / 1000);
}
