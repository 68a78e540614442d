/** A Prometheus that scrapes the shop once a second without ever doing it: what it "stored" follows from the shop's traffic model. */
import type { IncomingMessage } from 'node:http';
import type { Clock } from '../../lib/clock.ts';
import { Failure } from '../../lib/failure.ts';
import { evaluate, type Memory } from './evaluate.ts';
import { type Loopback, listen, readBody, sendJson, sendText } from './loopback.ts';
import { type Expression, parsePromql } from './promql.ts';
import { parseDurationMs } from './scanner.ts';
import type { Labels } from './series.ts';
import type { Shop } from './shop.ts';

export interface PrometheusOptions {
  readonly clock: Clock;
  readonly shop: Pick<Shop, 'series' | 'isUpAt' | 'url' | 'service'>;
  /** Distance of samples. Default one second. */
  readonly scrapeMs?: number;
  /** How far back samples are kept. Default 65 minutes before the start. */
  readonly historyMs?: number;
  readonly port?: number;
}
export interface MiniPrometheus {
  readonly url: string;
  /** Cuts every connection until it is turned off. */
  down(on: boolean): void;
  /** No samples are taken while it is on; later questions about that time find nothing. */
  blind(on: boolean): void;
  close(): Promise<void>;
}

// Prometheus: "exceeded maximum resolution of 11,000 points per timeseries".
const MOST_POINTS = 11_000;

export async function startPrometheus(options: PrometheusOptions): Promise<MiniPrometheus> {
  const { clock, shop } = options;
  const scrapeMs = options.scrapeMs ?? 1_000;
  const since = clock.now() - (options.historyMs ?? 65 * 60_000);
  const gaps: { readonly from: number; to: number }[] = [];
  const isSeen = (at: number) => shop.isUpAt(at) && !gaps.some((gap) => at >= gap.from && at < gap.to);
  const target = { job: shop.service, instance: new URL(shop.url).host };
  const memory: Memory = {
    series: shop.series.map((one) => ({ ...one, labels: { ...one.labels, ...target } })),
    scrapes(from, to) {
      const moments: number[] = [];
      const end = Math.min(to, clock.now());
      for (let at = Math.ceil(Math.max(from, since) / scrapeMs) * scrapeMs; at <= end; at += scrapeMs) if (isSeen(at)) moments.push(at);
      return moments;
    },
  };
  const server: Loopback = await listen(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://prometheus');
    if (url.pathname === '/-/healthy' || url.pathname === '/-/ready') return void sendText(response, 200, 'Prometheus Server is Healthy.\n');
    const answer = answerApi(await paramsOf(request, url), { path: url.pathname, memory, now: clock.now() });
    sendJson(response, answer.status, answer.body);
  }, options.port);
  return {
    url: server.url,
    down: server.down,
    blind(on) {
      const open = gaps.find((gap) => gap.to === Number.POSITIVE_INFINITY);
      if (on && !open) gaps.push({ from: clock.now(), to: Number.POSITIVE_INFINITY });
      if (!on && open) open.to = clock.now();
    },
    close: server.close,
  };
}

async function paramsOf(request: IncomingMessage, url: URL): Promise<URLSearchParams> {
  if (request.method !== 'POST') return url.searchParams;
  return new URLSearchParams([...url.searchParams, ...new URLSearchParams(await readBody(request))]);
}

interface Question {
  readonly path: string;
  readonly memory: Memory;
  readonly now: number;
}
interface ApiAnswer {
  readonly status: number;
  readonly body: unknown;
}

function answerApi(params: URLSearchParams, question: Question): ApiAnswer {
  try {
    if (question.path === '/api/v1/query') return success(instant(params, question));
    if (question.path === '/api/v1/query_range') return success(range(params, question));
    return { status: 404, body: { status: 'error', errorType: 'not_found', error: `no route ${question.path}` } };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    if (error.code === 'E_SCHEMA') return { status: 400, body: { status: 'error', errorType: 'bad_data', error: error.message } };
    return { status: 422, body: { status: 'error', errorType: 'execution', error: error.message } };
  }
}

const success = (data: unknown): ApiAnswer => ({ status: 200, body: { status: 'success', data } });

function instant(params: URLSearchParams, { memory, now }: Question): unknown {
  const at = timeOf(params, 'time', now);
  const value = evaluate(queryOf(params), memory, at);
  if (value.kind === 'scalar') return { resultType: 'scalar', result: [at / 1000, numberText(value.value)] };
  return { resultType: 'vector', result: value.samples.map((one) => ({ metric: one.labels, value: [at / 1000, numberText(one.value)] })) };
}

function range(params: URLSearchParams, { memory }: Question): unknown {
  const [start, end] = [timeOf(params, 'start'), timeOf(params, 'end')];
  const stepMs = stepOf(params);
  if (end < start) throw invalid('end', 'end timestamp must not be before start time');
  if ((end - start) / stepMs > MOST_POINTS) {
    throw new Failure('E_SCHEMA', 'exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)');
  }
  const expression = queryOf(params);
  const series = new Map<string, { metric: Labels; values: [number, string][] }>();
  for (let at = start; at <= end; at += stepMs) {
    const value = evaluate(expression, memory, at);
    const samples = value.kind === 'scalar' ? [{ labels: {}, value: value.value }] : value.samples;
    for (const one of samples) {
      const key = JSON.stringify(one.labels);
      const line = series.get(key) ?? { metric: one.labels, values: [] };
      line.values.push([at / 1000, numberText(one.value)]);
      series.set(key, line);
    }
  }
  return { resultType: 'matrix', result: [...series.values()] };
}

const invalid = (name: string, why: string) => new Failure('E_SCHEMA', `invalid parameter ${JSON.stringify(name)}: ${why}`);

function queryOf(params: URLSearchParams): Expression {
  try {
    return parsePromql(params.get('query') ?? '');
  } catch (error) {
    throw error instanceof Failure ? invalid('query', error.message) : error;
  }
}

/** Seconds since 1970, or RFC 3339; without a fallback it must be there. */
function timeOf(params: URLSearchParams, name: string, fallback?: number): number {
  const text = params.get(name);
  if (text === null && fallback !== undefined) return fallback;
  const at = /^-?\d+(\.\d+)?$/.test(text ?? '') ? Math.round(Number(text) * 1000) : Date.parse(text ?? '');
  if (Number.isNaN(at)) throw invalid(name, `cannot parse ${JSON.stringify(text ?? '')} to a valid timestamp`);
  return at;
}

function stepOf(params: URLSearchParams): number {
  const text = params.get('step') ?? '';
  const stepMs = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : parseDurationMs(text);
  if (stepMs === undefined) throw invalid('step', `cannot parse ${JSON.stringify(text)} to a valid duration`);
  if (stepMs <= 0) throw invalid('step', 'zero or negative query resolution step widths are not accepted. Try a positive integer');
  return stepMs;
}

/** Prometheus writes numbers in full, never with an exponent. */
export function numberText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  const text = String(value);
  const [digits = '', exponent] = text.split('e');
  if (exponent === undefined) return text;
  const [whole = '', fraction = ''] = digits.replace('-', '').split('.');
  const place = whole.length + Number(exponent);
  const all = whole + fraction;
  const plain = place <= 0 ? `0.${'0'.repeat(-place)}${all}` : all.padEnd(place, '0');
  return value < 0 ? `-${plain}` : plain;
}
