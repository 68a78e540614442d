/** The one way logs are asked: bounded, and scrubbed of secrets before anybody sees a line. */
import type { Json } from '../core/model.ts';
import { Failure } from '../lib/failure.ts';
import { lineScrubber } from '../lib/scrub.ts';
import type { LogLine, LogQuery, LogResult } from './backend.ts';
import { LOG_BACKENDS } from './index.ts';

const MOST_LINES = 20_000;
const MOST_BYTES = 4 * 1024 * 1024;
// Scrubbing costs about 0.2 ms per KiB in the worst case; other work gets its turn in between.
const SLICE_CHARS = 64 * 1024;
const LINE_CHARS = 16 * 1024;

/** Throws E_LOGS, E_TIMEOUT, E_REGEX_SYNTAX or E_REGEX_UNSAFE. */
export async function searchLogs(backend: { use: string; options: Json }, query: LogQuery, signal: AbortSignal): Promise<LogResult> {
  const found = LOG_BACKENDS.find(({ use }) => use === backend.use);
  if (!found)
    throw new Failure('E_LOGS', `there is no log backend '${backend.use.slice(0, 40)}'`, {
      hint: `known: ${LOG_BACKENDS.map(({ use }) => use).join(', ')}`,
      permanent: true,
    });
  const limits = { maxLines: Math.min(query.maxLines, MOST_LINES), maxBytes: Math.min(query.maxBytes, MOST_BYTES) };
  const { lines, truncated } = await found.search(backend.options, { ...query, ...limits }, signal);
  const clean = lineScrubber();
  const out: LogLine[] = [];
  let chars = 0;
  for (const { at, text } of lines) {
    const cut = text.length > LINE_CHARS ? `${text.slice(0, LINE_CHARS)}…` : text;
    out.push({ at, text: clean(cut) });
    chars += cut.length;
    if (chars < SLICE_CHARS) continue;
    chars = 0;
    await new Promise((resolve) => setImmediate(resolve));
  }
  return { lines: out, truncated };
}
