/** Log files on this machine, read from their end. JSON lines or plain lines; a stack trace stays with the line above it. */
import { constants, type FileHandle, open, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { z } from 'zod';
import { Failure } from '../lib/failure.ts';
import { defineLogBackend, type LogLine, type LogQuery, type LogResult } from './backend.ts';
import { matchTexts } from './match.ts';
import { readLine } from './read-line.ts';
import { createJoiner, type LogRecord } from './records.ts';

const CHUNK_BYTES = 256 * 1024;
/** What is read at most, from the end, before a pattern thins it out. */
const SCAN_MAX_BYTES = 8 * 1024 * 1024;
// About 10 ms of work.
const SLICE_LINES = 1_000;
const PATTERN_DEADLINE_MS = 2_000;

const options = z.strictObject({
  folder: z.string().min(1).max(500).describe('Folder the logs are in; nothing outside of it is ever read'),
  file: z
    .string()
    .min(1)
    .max(255)
    .regex(/^(?![/\\])(?!.*(?:^|[/\\])\.\.(?:[/\\]|$))[^\0]+$/, 'expected a path within the folder, without ..')
    .describe('File within the folder, e.g. shop/app.log'),
});

export const file = defineLogBackend({
  use: 'file',
  about: 'A log file on this machine (JSON lines or plain)',
  options,
  search,
});

async function search(where: z.output<typeof options>, query: LogQuery, signal: AbortSignal): Promise<LogResult> {
  const handle = await openInside(where);
  try {
    const { text, truncated } = await readTail(handle, query, signal);
    const inTime = (await readRecords(text, signal)).filter(({ at }) => at === undefined || (at >= query.from && at <= query.to));
    const found = query.pattern === undefined ? inTime : await matching(inTime, query.pattern, signal);
    return newest(found, query, truncated);
  } finally {
    await handle.close();
  }
}

/** Follows links first, so that none of them leads out of the folder; devices and pipes are no logs. */
async function openInside({ folder, file: name }: z.output<typeof options>): Promise<FileHandle> {
  try {
    const [root, path] = await Promise.all([realpath(folder), realpath(join(folder, name))]);
    if (!path.startsWith(root.endsWith(sep) ? root : root + sep))
      throw new Failure('E_LOGS', `${name} leads out of ${folder}`, { hint: 'check services.yml → logs', permanent: true });
    const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
    if ((await handle.stat()).isFile()) return handle;
    await handle.close();
    throw new Failure('E_LOGS', `${name} in ${folder} is no file`, { hint: 'check services.yml → logs', permanent: true });
  } catch (error) {
    if (error instanceof Failure) throw error;
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason';
    throw new Failure('E_LOGS', `the log ${name} in ${folder} cannot be read (${reason})`, { hint: 'check services.yml → logs', cause: error });
  }
}

/** From the end back to the first line before `from`, or to the limit. */
async function readTail(handle: FileHandle, { from, maxBytes }: LogQuery, signal: AbortSignal): Promise<{ text: string; truncated: boolean }> {
  const { size } = await handle.stat();
  const most = Math.max(maxBytes, SCAN_MAX_BYTES);
  const chunks: Buffer[] = [];
  let start = size;
  while (start > 0 && size - start < most) {
    signal.throwIfAborted();
    const length = Math.min(CHUNK_BYTES, start);
    start -= length;
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, start);
    chunks.unshift(buffer.subarray(0, bytesRead));
    if (isBefore(buffer, from)) break;
  }
  const bytes = Buffer.concat(chunks);
  // The first line is cut in half unless the file begins there.
  const begin = start === 0 ? 0 : bytes.indexOf(10) + 1;
  return { text: bytes.toString('utf8', begin), truncated: start > 0 && size - start >= most };
}

/** Whether the chunk's first line with a time is older than asked for; logs are written in order. */
function isBefore(chunk: Buffer, from: number): boolean {
  const lines = chunk
    .toString('utf8', 0, Math.min(chunk.length, 32 * 1024))
    .split('\n')
    .slice(1);
  const at = lines.map((line) => readLine(line).at).find((time) => time !== undefined);
  return at !== undefined && at < from;
}

/** A line without a time happened when the one above it did. Other work gets its turn in between. */
async function readRecords(text: string, signal: AbortSignal): Promise<readonly LogRecord[]> {
  const joiner = createJoiner();
  for (const [index, line] of text.split('\n').entries()) {
    if (index % SLICE_LINES === SLICE_LINES - 1) await new Promise((resolve) => setImmediate(resolve));
    signal.throwIfAborted();
    const bare = line.endsWith('\r') ? line.slice(0, -1) : line;
    if (bare !== '') joiner.add({ at: undefined, text: bare });
  }
  let last: number | undefined;
  return joiner.records().map((record) => {
    last = record.at ?? last;
    return { ...record, at: last };
  });
}

async function matching(records: readonly LogRecord[], pattern: string, signal: AbortSignal): Promise<readonly LogRecord[]> {
  const found = await matchTexts(
    records.map(({ lines }) => lines.map(({ text }) => text).join('\n')),
    pattern,
    { deadlineMs: PATTERN_DEADLINE_MS, signal },
  );
  return records.filter((_, index) => found[index]);
}

/** The newest records that fit, oldest first. */
function newest(records: readonly LogRecord[], { maxLines, maxBytes }: LogQuery, cutBefore: boolean): LogResult {
  const kept: LogLine[][] = [];
  let lines = 0;
  let bytes = 0;
  for (const record of records.toReversed()) {
    const size = record.lines.reduce((sum, { text }) => sum + Buffer.byteLength(text) + 1, 0);
    if (lines + record.lines.length > maxLines || bytes + size > maxBytes) return { lines: kept.reverse().flat(), truncated: true };
    lines += record.lines.length;
    bytes += size;
    kept.push(record.lines.map(({ text }) => ({ at: record.at, text })));
  }
  return { lines: kept.reverse().flat(), truncated: cutBefore };
}
