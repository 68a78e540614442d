/** Elasticsearch and OpenSearch, by `_search`: the newest entries of an index, or of several by a pattern. */
import { z } from 'zod';
import { configuredUrl, envName, tokenEnv } from '../health/fetch-text.ts';
import { Failure } from '../lib/failure.ts';
import { defineLogBackend, type LogAsk, type LogLine, type LogResult } from './backend.ts';
import { type Call, callLogs, countdown, readAnswer, secretOf } from './call.ts';
import { composeLine, keepNewest } from './newest.ts';
import { matching } from './thin.ts';

// index.max_result_window of both.
const MOST_HITS = 10_000;
// JSON around the lines.
const OVERHEAD_BYTES = 1024 * 1024;

const field = z.string().regex(/^[\w@.-]{1,100}$/, 'expected the name of a field, e.g. log.level');
const options = z.strictObject({
  url: configuredUrl.describe('Base address, e.g. https://elastic.internal:9200'),
  index: z
    .string()
    .regex(/^(?!\.\.)[a-z0-9.<{][\w.*,<>{}/:-]{0,250}$/, 'expected an index, an alias or a pattern such as shop-*')
    .describe('Index, alias, data stream or pattern, e.g. logs-shop-*'),
  query: z.string().min(1).max(2_000).optional().describe('Only entries this Lucene query finds, e.g. service.name:shop AND log.level:(error OR fatal)'),
  time: field.default('@timestamp').describe('Field with the time'),
  message: field.default('message').describe('Field with the text'),
  level: field.default('log.level').describe('Field with the level'),
  stack: field.default('error.stack_trace').describe('Field with the stack trace'),
  api_key_env: envName.optional().describe('Environment variable with an API key, sent as Authorization: ApiKey'),
  token_env: tokenEnv,
  user: z.string().min(1).max(100).optional().describe('User name, with password_env'),
  password_env: envName.optional().describe('Environment variable with the password of user'),
});
type Options = z.output<typeof options>;

const shape = z.object({
  timed_out: z.boolean().optional(),
  _shards: z.object({ total: z.number(), failed: z.number() }).optional(),
  hits: z.object({ hits: z.array(z.object({ _source: z.record(z.string(), z.unknown()).optional(), sort: z.array(z.unknown()).optional() })) }),
});

export const elasticsearch = defineLogBackend({ use: 'elasticsearch', about: 'Elasticsearch or OpenSearch', options, search });

async function search(where: Options, query: LogAsk, signal: AbortSignal): Promise<LogResult> {
  const size = Math.min(query.maxLines, MOST_HITS);
  const left = countdown(query);
  const { headers, secret } = credential(where, query);
  const who = `Elasticsearch at ${new URL(where.url).host}`;
  const call: Call = {
    who,
    url: `${where.url.replace(/\/+$/, '')}/${encodeURIComponent(where.index)}/_search`,
    headers,
    body: JSON.stringify(bodyOf(where, query, { size, timeoutMs: left() })),
    timeoutMs: left(),
    maxBytes: query.maxBytes * 2 + OVERHEAD_BYTES,
    hints: {
      refused: 'set api_key_env, token_env, or user and password_env in services.yml → logs; the account needs "read" on the index',
      missing: 'check index in services.yml → logs',
      wrong: 'check query and the names of fields in services.yml → logs',
    },
    secret,
  };
  const answer = readAnswer(who, shape, await callLogs(call, signal));
  const { _shards: shards, hits } = answer;
  // A pattern that fits no index finds nothing, and that is not "no errors".
  if (shards?.total === 0)
    throw new Failure('E_LOGS', `${who} has no index that ${where.index} fits`, { hint: 'check index in services.yml → logs', permanent: true });
  if (shards && shards.failed === shards.total)
    throw new Failure('E_LOGS', `all shards of ${where.index} failed at ${who}`, { hint: 'look at the cluster first' });
  const lines = hits.hits.flatMap((hit) => lineOf(where, hit) ?? []).reverse();
  const kept = keepNewest(await matching(lines, query, signal), query);
  const isPart = hits.hits.length >= size || answer.timed_out === true || (shards?.failed ?? 0) > 0;
  return { lines: kept.lines, truncated: kept.truncated || isPart };
}

function bodyOf({ time, message, level, stack, query: lucene }: Options, query: LogAsk, { size, timeoutMs }: { size: number; timeoutMs: number }): object {
  const range = { range: { [time]: { gte: Math.floor(query.from), lte: Math.ceil(query.to), format: 'epoch_millis' } } };
  return {
    size,
    track_total_hits: false,
    // It answers with what it has by then; we would get nothing.
    timeout: `${Math.max(1, Math.floor(timeoutMs * 0.8))}ms`,
    sort: [{ [time]: { order: 'desc', unmapped_type: 'date' } }],
    query: { bool: { filter: [range, ...(lucene === undefined ? [] : [{ query_string: { query: lucene, default_field: message } }])] } },
    _source: [...new Set([time, message, level, stack])],
  };
}

function credential(where: Options, { secrets }: LogAsk): { headers: Readonly<Record<string, string>>; secret: readonly string[] } {
  const { api_key_env: apiKeyEnv, token_env: bearerEnv, user, password_env: passwordEnv } = where;
  if (apiKeyEnv !== undefined) return sent(`ApiKey ${secretOf(apiKeyEnv, secrets)}`);
  if (bearerEnv !== undefined) return sent(`Bearer ${secretOf(bearerEnv, secrets)}`);
  if (user === undefined || passwordEnv === undefined) return { headers: {}, secret: [] };
  const password = secretOf(passwordEnv, secrets);
  const pair = Buffer.from(`${user}:${password}`).toString('base64');
  return { headers: { authorization: `Basic ${pair}` }, secret: [password, pair] };
}

const sent = (authorization: string): { headers: Readonly<Record<string, string>>; secret: readonly string[] } => ({
  headers: { authorization },
  secret: [authorization.slice(authorization.indexOf(' ') + 1)],
});

function lineOf(
  where: Options,
  { _source: source = {}, sort }: { _source?: Readonly<Record<string, unknown>> | undefined; sort?: readonly unknown[] | undefined },
): LogLine | undefined {
  const text = composeLine({ level: valueAt(source, where.level), message: valueAt(source, where.message), stack: valueAt(source, where.stack) });
  if (text === '') return undefined;
  const [sorted] = sort ?? [];
  const written = valueAt(source, where.time);
  const at = typeof sorted === 'number' ? sorted : typeof written === 'string' ? Date.parse(written) : typeof written === 'number' ? written : Number.NaN;
  return { at: Number.isFinite(at) ? at : undefined, text };
}

/** A field is written as `log.level` or as `{ log: { level } }`. */
function valueAt(source: unknown, path: string): unknown {
  if (typeof source !== 'object' || source === null) return undefined;
  if (Object.hasOwn(source, path)) return (source as Record<string, unknown>)[path]; // own field just looked up
  const dot = path.indexOf('.');
  const head = dot < 0 ? path : path.slice(0, dot);
  if (dot < 0 || !Object.hasOwn(source, head)) return undefined;
  return valueAt((source as Record<string, unknown>)[head], path.slice(dot + 1)); // own field just looked up
}
