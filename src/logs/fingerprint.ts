/** Log lines → groups of the same error: same kind, same words once ids and numbers are taken out, same place in the code. Pure. */
import { createHash } from 'node:crypto';
import type { LogLine } from './backend.ts';
import { type Frame, framesOf, isForeign } from './frames.ts';
import type { Level } from './read-line.ts';
import { joinRecords, type LogRecord } from './records.ts';

export interface LogGroup {
  /** 12 hex digits; the same error has the same tomorrow and on another machine. */
  readonly fingerprint: string;
  /** The first line a person should read, at most 200 characters. */
  readonly title: string;
  readonly level: Level;
  readonly count: number;
  readonly firstAt: number | undefined;
  readonly lastAt: number | undefined;
  /** The newest occurrence, at most 4,000 characters. */
  readonly sample: string;
  /** Innermost first, own code before libraries' is not reordered; at most 10. */
  readonly frames: readonly Frame[];
}

const TITLE_CHARS = 200;
const SAMPLE_CHARS = 4_000;
const SHOWN_FRAMES = 10;
// As many frames as tell two errors apart without splitting one error by its callers.
const COMPARED_FRAMES = 5;

const TROUBLE =
  /\b(?:error|exception|fail(?:ed|ure|ing)?|fatal|panic|critical|traceback|timed? ?out|refused|unreachable|denied|aborted|crash(?:ed)?|segfault|oom|killed)\b|(?:Error|Exception)\b/i;
// The words of a path are not the server's.
const ACCESS = /\bHTTP\/\d(?:\.\d)?"? (\d{3})\b/;

/** Groups of what looks like an error, most frequent first (then newest first). Lines that are plainly no error are left out. */
export function groupErrors(lines: readonly LogLine[]): readonly LogGroup[] {
  const groups = new Map<string, { first: Described; records: number; firstAt: number | undefined; lastAt: number | undefined; newest: Described }>();
  for (const record of joinRecords(lines)) {
    const described = describe(record);
    if (!described) continue;
    const known = groups.get(described.fingerprint);
    if (!known) groups.set(described.fingerprint, { first: described, records: 1, firstAt: record.at, lastAt: record.at, newest: described });
    else {
      known.records++;
      if (earlier(record.at, known.firstAt)) known.firstAt = record.at;
      if (!earlier(record.at, known.lastAt)) [known.lastAt, known.newest] = [record.at ?? known.lastAt, described];
    }
  }
  return [...groups.values()].map(toGroup).sort((a, b) => b.count - a.count || (b.lastAt ?? 0) - (a.lastAt ?? 0) || (a.fingerprint < b.fingerprint ? -1 : 1));
}

const earlier = (a: number | undefined, b: number | undefined): boolean => a !== undefined && b !== undefined && a < b;

function toGroup({
  first,
  records,
  firstAt,
  lastAt,
  newest,
}: {
  first: Described;
  records: number;
  firstAt: number | undefined;
  lastAt: number | undefined;
  newest: Described;
}): LogGroup {
  const { fingerprint, level, frames } = first;
  return {
    fingerprint,
    title: newest.title,
    level,
    count: records,
    firstAt,
    lastAt,
    sample: newest.text.length > SAMPLE_CHARS ? `${newest.text.slice(0, SAMPLE_CHARS)}…` : newest.text,
    frames: frames.slice(0, SHOWN_FRAMES),
  };
}

interface Described {
  readonly fingerprint: string;
  readonly title: string;
  readonly level: Level;
  readonly text: string;
  readonly frames: readonly Frame[];
}

function describe({ level, text }: LogRecord): Described | undefined {
  const frames = framesOf(text);
  const bad = level === 'error' || level === 'fatal';
  if (!bad && frames.length === 0 && (level !== undefined || !isTrouble(text.slice(0, 2_000)))) return undefined;
  const headline = headlineOf(text);
  const own = frames.filter((frame) => !isForeign(frame));
  const compared = (own.length > 0 ? own : frames).slice(0, COMPARED_FRAMES).map((frame) => `${frame.function}@${plainPath(frame.file)}`);
  const fingerprint = createHash('sha256')
    .update(JSON.stringify([normalise(headline), ...compared]))
    .digest('hex')
    .slice(0, 12);
  return {
    fingerprint,
    title: headline.slice(0, TITLE_CHARS),
    level: level === 'fatal' ? 'fatal' : bad || frames.length > 0 ? (level ?? 'error') : 'error',
    text,
    frames,
  };
}

function isTrouble(text: string): boolean {
  const status = ACCESS.exec(text)?.[1];
  return status === undefined ? TROUBLE.test(text) : status.startsWith('5');
}

/** The line that names the error: of a trace the exception, else the first line without what the format put in front. */
function headlineOf(text: string): string {
  const lines = text.split('\n');
  if (lines.some((line) => line.trimStart().startsWith('Traceback (most recent call last)'))) {
    const last = lines.findLast((line) => /^[A-Za-z_][\w.]*(?:: |$)/.test(line) && !line.startsWith('Traceback'));
    if (last !== undefined) return last.trim();
  }
  const panic = lines.find((line) => line.startsWith('panic: '));
  if (panic !== undefined) return panic.trim();
  const atFrame = lines.findIndex((line) => /^\s*at\s/.test(line));
  const named = atFrame > 0 ? lines.slice(0, atFrame).findLast((line) => /(?:Error|Exception|Throwable)\b/.test(line)) : undefined;
  return withoutFront(named ?? lines.find((line) => line.trim() !== '') ?? text).trim();
}

/** `2026-11-20 10:00:00,123 ERROR [worker-3] shop.cart: ` and its like. */
const withoutFront = (line: string): string =>
  line
    .replace(/^[[("]?\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?\s?(?:Z|UTC|[+-]\d\d:?\d\d)?[\])"]?[\s,:-]*/, '')
    .replace(/^(?:[[(]?(?:FATAL|PANIC|CRITICAL|CRIT|ERROR|SEVERE|WARNING|WARN|INFO|NOTICE|DEBUG|TRACE)[\])]?[\s:|-]*)/i, '')
    .replace(/^\[[\w .:/-]{1,60}\]\s*/, '');

/** Takes out what differs between two occurrences of the same error. */
export function normalise(text: string): string {
  return text
    .slice(0, 1_000)
    .replace(/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, '<id>')
    .replace(/\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?/g, '<time>')
    .replace(/[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64})+/g, '<mail>')
    .replace(/\b\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?\b/g, '<address>')
    .replace(/"[^"]{0,300}"|'[^']{0,300}'|`[^`]{0,300}`/g, '<text>')
    .replace(/\b0x[0-9a-f]+\b/gi, '<hex>')
    .replace(/\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{6,}\b/gi, '<hex>')
    .replace(/\d+/g, '<n>')
    .replace(/\s+/g, ' ')
    .trim();
}

/** Where a release is unpacked differs from release to release: `/srv/app/releases/20261120/cart.js` and `/srv/app/releases/20261119/cart.js` are the same. */
const plainPath = (file: string): string => file.replace(/^.*[\\/](?=(?:[^\\/]+[\\/])?[^\\/]+$)/, '').replace(/\d+/g, '<n>');
