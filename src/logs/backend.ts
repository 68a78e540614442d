/** What a log backend is. A backend is one file here and one line in index.ts. */
import type { z } from 'zod';
import type { Json } from '../core/model.ts';
import type { Secrets } from '../health/fetch-text.ts';

export interface LogLine {
  readonly at: number | undefined;
  readonly text: string;
}
export interface LogQuery {
  readonly from: number;
  readonly to: number;
  readonly pattern: string | undefined;
  readonly maxLines: number;
  readonly maxBytes: number;
  /** For the whole search; absent: SEARCH_MS. */
  readonly timeoutMs?: number;
}
/** What a search may take when nobody says; a person waits for it. */
export const SEARCH_MS = 10_000;
/** A query as a backend gets it. */
export interface LogAsk extends LogQuery {
  /** The variables that options name; without it none can be had. */
  readonly secrets?: Secrets;
}
export interface LogResult {
  readonly lines: readonly LogLine[];
  readonly truncated: boolean;
}
export interface LogBackend {
  readonly use: string;
  readonly about: string;
  readonly options: z.ZodType;
  /** Throws Failure E_LOGS or E_TIMEOUT; `permanent` when it is set up wrongly. Never returns more than the query's limits. */
  search(options: Json, query: LogAsk, signal: AbortSignal): Promise<LogResult>;
}

export function defineLogBackend<S extends z.ZodType>(backend: {
  use: string;
  about: string;
  options: S;
  search: (options: z.output<S>, query: LogAsk, signal: AbortSignal) => Promise<LogResult>;
}): LogBackend {
  return { ...backend, search: (options, query, signal) => backend.search(backend.options.parse(options) as z.output<S>, query, signal) }; // parse of S gives output<S>
}
