/** AWS CloudWatch Logs by an Insights query: StartQuery, GetQueryResults until it is complete. A query that is given up is stopped: AWS bills what it scans. */
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { configuredUrl, envName, parseJson } from '../health/fetch-text.ts';
import { realClock } from '../lib/clock.ts';
import { Failure } from '../lib/failure.ts';
import { defineLogBackend, type LogAsk, type LogLine, type LogResult } from './backend.ts';
import { answerOf, type Call, countdown, quoted, readAnswer, refusal, secretOf } from './call.ts';
import { keepNewest } from './newest.ts';
import { signed } from './sigv4.ts';

// Insights returns no more for one query.
const MOST_LINES = 10_000;
const OVERHEAD_BYTES = 2 * 1024 * 1024;
const FIRST_LOOK_MS = 250;
const LONGEST_PAUSE_MS = 2_000;
const STOP_MS = 2_000;

const options = z.strictObject({
  region: z
    .string()
    .regex(/^[a-z]{2}(?:-[a-z]+)+-\d$/, 'expected a region, e.g. eu-central-1')
    .describe('AWS region of the log groups'),
  groups: z
    .array(z.string().regex(/^[\w./#-]{1,512}$/, 'expected the name of a log group, e.g. /ecs/shop'))
    .min(1)
    .max(50)
    .describe('Names of log groups'),
  filter: z.string().min(1).max(1_000).optional().describe('Only entries this Insights expression is true for, e.g. level = "error"'),
  url: configuredUrl.optional().describe('Another address of the API, e.g. of a VPC endpoint'),
  access_key_id_env: envName.default('AWS_ACCESS_KEY_ID').describe('Environment variable with the access key id'),
  secret_access_key_env: envName.default('AWS_SECRET_ACCESS_KEY').describe('Environment variable with the secret access key'),
  session_token_env: envName.optional().describe('Environment variable with the session token of temporary credentials'),
});
type Options = z.output<typeof options>;

const results = z.object({
  status: z.string(),
  results: z.array(z.array(z.object({ field: z.string().optional(), value: z.string().optional() }))).default([]),
});

export const cloudwatch = defineLogBackend({ use: 'cloudwatch', about: 'AWS CloudWatch Logs (Insights)', options, search });

async function search(where: Options, query: LogAsk, signal: AbortSignal): Promise<LogResult> {
  const limit = Math.min(query.maxLines, MOST_LINES);
  const left = countdown(query);
  const ask: Asking = { where, query, timeoutMs: left };
  const start = {
    logGroupNames: where.groups,
    // Seconds, both ends included.
    startTime: Math.floor(query.from / 1_000),
    endTime: Math.ceil(query.to / 1_000),
    queryString: insightsQuery(where, query, limit),
    limit,
  };
  const { queryId } = await action(ask, { name: 'StartQuery', body: start, shape: z.object({ queryId: z.string() }) }, signal);
  try {
    const found = await untilComplete(ask, queryId, signal);
    const lines = found.flatMap((row) => lineOf(row) ?? []).sort((a, b) => (a.at ?? 0) - (b.at ?? 0));
    const kept = keepNewest(
      lines.filter(({ at }) => at === undefined || (at >= query.from && at <= query.to)),
      query,
    );
    return { lines: kept.lines, truncated: kept.truncated || found.length >= limit };
  } catch (error) {
    await stop(ask, queryId);
    throw error;
  }
}

function insightsQuery({ filter }: Options, { pattern }: LogAsk, limit: number): string {
  return [
    'fields @timestamp, @message',
    ...(filter === undefined ? [] : [`filter ${filter}`]),
    // The regular expression stands between slashes.
    ...(pattern === undefined ? [] : [`filter @message like /(?i)${pattern.replace(/(?<!\\)((?:\\\\)*)\//g, '$1\\/')}/`]),
    'sort @timestamp desc',
    `limit ${limit}`,
  ].join(' | ');
}

type Row = z.output<typeof results>['results'][number];

async function untilComplete(ask: Asking, queryId: string, signal: AbortSignal): Promise<readonly Row[]> {
  for (let pauseMs = FIRST_LOOK_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    if (ask.timeoutMs() <= pauseMs)
      throw new Failure('E_TIMEOUT', `CloudWatch Logs in ${ask.where.region} did not end the query in time; it was stopped`, {
        hint: 'use a shorter window, fewer groups, or a larger max_seconds',
      });
    await pause(pauseMs, undefined, { signal });
    const { status, results: rows } = await action(ask, { name: 'GetQueryResults', body: { queryId }, shape: results }, signal);
    if (status === 'Complete') return rows;
    if (status !== 'Scheduled' && status !== 'Running' && status !== 'Unknown')
      throw new Failure('E_LOGS', `the query in CloudWatch Logs ended as ${status.slice(0, 40)}`, {
        hint: 'try groups and filter of services.yml → logs in Logs Insights',
      });
  }
}

/** By best effort, and not for long: that it goes on costs money, not truth. */
async function stop({ where, query }: Asking, queryId: string): Promise<void> {
  const ask = { where, query, timeoutMs: () => STOP_MS };
  await action(ask, { name: 'StopQuery', body: { queryId }, shape: z.unknown() }, AbortSignal.timeout(STOP_MS)).catch(() => undefined);
}

interface Asking {
  readonly where: Options;
  readonly query: LogAsk;
  timeoutMs(): number;
}
interface Action<S extends z.ZodType> {
  readonly name: 'StartQuery' | 'GetQueryResults' | 'StopQuery';
  readonly body: object;
  readonly shape: S;
}

async function action<S extends z.ZodType>({ where, query, timeoutMs }: Asking, { name, body, shape }: Action<S>, signal: AbortSignal): Promise<z.output<S>> {
  const url = new URL(where.url ?? `https://logs.${where.region}.amazonaws.com${where.region.startsWith('cn-') ? '.cn' : ''}/`);
  const sessionEnv = where.session_token_env;
  const credential = {
    accessKeyId: secretOf(where.access_key_id_env, query.secrets),
    secretAccessKey: secretOf(where.secret_access_key_env, query.secrets),
    sessionToken: sessionEnv === undefined ? undefined : secretOf(sessionEnv, query.secrets),
  };
  const text = JSON.stringify(body);
  const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `Logs_20140328.${name}` };
  const call: Call = {
    who: `CloudWatch Logs in ${where.region}`,
    url: url.href,
    headers: signed({ url, region: where.region, service: 'logs', headers, body: text, at: realClock.now() }, credential),
    body: text,
    timeoutMs: timeoutMs(),
    maxBytes: query.maxBytes * 2 + OVERHEAD_BYTES,
    hints: {
      refused: `check ${where.access_key_id_env}, its secret and the clock; it needs logs:StartQuery, logs:GetQueryResults and logs:StopQuery`,
      missing: 'check region and groups in services.yml → logs',
      wrong: 'check groups, filter and log_pattern',
    },
    secret: [credential.accessKeyId, credential.secretAccessKey, credential.sessionToken ?? ''],
  };
  const answer = await answerOf(call, signal);
  if (answer.status === 200) return readAnswer(call.who, shape, answer.text);
  throw awsRefusal(call, answer);
}

// AWS says what is wrong by name; the status is 400 for nearly everything.
const STATUS_OF: readonly (readonly [name: RegExp, status: number])[] = [
  [
    /AccessDenied|UnrecognizedClient|InvalidSignature|IncompleteSignature|MissingAuthentication|ExpiredToken|InvalidClientTokenId|SignatureDoesNotMatch|OptInRequired/,
    403,
  ],
  [/ResourceNotFound/, 404],
  [/Throttling|LimitExceeded|TooManyRequests/, 429],
  [/ServiceUnavailable|InternalFailure|InternalServer/, 503],
];

function awsRefusal(call: Call, { status, text }: { status: number; text: string }): Failure {
  const body = z.object({ __type: z.string().optional(), message: z.string().optional(), Message: z.string().optional() }).safeParse(parseJson(text)).data;
  const name = body?.__type?.split('#').at(-1) ?? '';
  const as = STATUS_OF.find(([pattern]) => pattern.test(name))?.[1] ?? status;
  const said = quoted(call, body ? [name, body.message ?? body.Message ?? ''].filter((part) => part !== '').join(', ') : text);
  return refusal(call, as, said);
}

/** `2026-11-20 10:00:00.123`, in UTC. */
function lineOf(row: Row): LogLine | undefined {
  const value = (name: string): string | undefined => row.find(({ field }) => field === name)?.value;
  const [time, text] = [value('@timestamp'), value('@message')];
  if (text === undefined) return undefined;
  const at = time === undefined ? Number.NaN : Date.parse(`${time.replace(' ', 'T')}Z`);
  return { at: Number.isFinite(at) ? at : undefined, text: text.replace(/\r?\n$/, '') };
}
