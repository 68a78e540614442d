/** Lines from several places as one list within the caller's limits. Pure. */
import type { LogLine, LogResult } from './backend.ts';
import { joinRecords } from './records.ts';

/** The newest lines that fit, in their order. */
export function keepNewest(lines: readonly LogLine[], { maxLines, maxBytes }: { readonly maxLines: number; readonly maxBytes: number }): LogResult {
  let bytes = 0;
  let start = lines.length;
  while (start > 0 && lines.length - start < maxLines) {
    bytes += Buffer.byteLength(lines[start - 1]?.text ?? '') + 1;
    if (bytes > maxBytes) break;
    start--;
  }
  return { lines: lines.slice(start), truncated: start > 0 };
}

/** Streams that were written at the same time, each oldest first, by time: a stack trace of one is not torn apart by lines of another. */
export function interleave(streams: readonly (readonly LogLine[])[]): readonly LogLine[] {
  const [only] = streams;
  if (streams.length === 1 && only) return only;
  const records = streams.flatMap((stream) => joinRecords(stream).map(({ lines }) => ({ at: lines[0]?.at ?? 0, lines })));
  return records.sort((a, b) => a.at - b.at).flatMap(({ lines }) => lines);
}

/** A line of JSON as readLine() reads it, from a backend that keeps the parts of an entry apart; the bare message where there is nothing else. */
export function composeLine({ level, message, stack }: { readonly level?: unknown; readonly message?: unknown; readonly stack?: unknown }): string {
  const text = textOf(message);
  if (textOf(level) === '' && textOf(stack) === '') return text;
  return JSON.stringify({ ...(textOf(level) !== '' && { level: textOf(level) }), message: text, ...(textOf(stack) !== '' && { stack_trace: textOf(stack) }) });
}
const textOf = (value: unknown): string => (typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '');
