/** The one way logs are asked: bounded, and scrubbed of secrets before anybody sees a line. */
import type { Json } from '../core/model.ts';
import type { Secrets } from '../health/fetch-text.ts';
import { Failure } from '../lib/failure.ts';
import type { LogQuery, LogResult } from './backend.ts';
import { cleanLines } from './clean.ts';
import { LOG_BACKENDS } from './index.ts';

const MOST_LINES = 20_000;
const MOST_BYTES = 4 * 1024 * 1024;

export type LogSearch = (backend: { use: string; options: Json }, query: LogQuery, signal: AbortSignal) => Promise<LogResult>;

/** The search throws E_LOGS, E_TIMEOUT, E_REGEX_SYNTAX or E_REGEX_UNSAFE. `secrets`: what backends are given by the name of a variable. */
export function createLogSearch(secrets: Secrets): LogSearch {
  return async (backend, query, signal) => {
    const found = LOG_BACKENDS.find(({ use }) => use === backend.use);
    if (!found)
      throw new Failure('E_LOGS', `there is no log backend '${backend.use.slice(0, 40)}'`, {
        hint: `known: ${LOG_BACKENDS.map(({ use }) => use).join(', ')}`,
        permanent: true,
      });
    const limits = { maxLines: Math.min(query.maxLines, MOST_LINES), maxBytes: Math.min(query.maxBytes, MOST_BYTES) };
    const { lines, truncated } = await found.search(backend.options, { ...query, ...limits, secrets }, signal);
    return { lines: await cleanLines(lines), truncated };
  };
}
