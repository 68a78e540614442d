/** Log lines → groups of the same error: same type, same place in the code; without a place, the same words once ids and numbers are out. Pure. */
import { createHash } from 'node:crypto';
import type { LogLine } from './backend.ts';
import { type Frame, framesOf, isForeign } from './frames.ts';
import { headlineOf, isVague, typeOf } from './headline.ts';
import type { Level } from './read-line.ts';
import { createJoiner, type LogRecord } from './records.ts';

export interface LogGroup {
  /** 12 hex digits; the same error has the same tomorrow and on another machine. */
  readonly fingerprint: string;
  /** The first line a person should read, at most 200 characters. */
  readonly title: string;
  /** What it says was behind it: the innermost "Caused by". */
  readonly cause: string | undefined;
  readonly level: Level;
  readonly count: number;
  readonly firstAt: number | undefined;
  readonly lastAt: number | undefined;
  /** The newest occurrence, at most 4,000 characters. */
  readonly sample: string;
  /** Innermost first, libraries' among them; at most 10. */
  readonly frames: readonly Frame[];
}

const TITLE_CHARS = 200;
const SAMPLE_CHARS = 4_000;
const SHOWN_FRAMES = 10;
// As many frames as tell two errors apart without splitting one error by its callers.
const COMPARED_FRAMES = 5;
// About a millisecond of work.
const SLICE_CHARS = 16 * 1024;
/** Distinct errors that are kept; more are noise that no fingerprint fits. */
const MOST_GROUPS = 2_000;

const TROUBLE =
  /\b(?:error|exception|fail(?:ed|ure|ing)?|fatal|panic|critical|traceback|timed? ?out|refused|unreachable|denied|aborted|crash(?:ed)?|segfault|oom|killed)\b|(?:Error|Exception)\b/i;
// The words of a path are not the server's.
const ACCESS = /\bHTTP\/\d(?:\.\d)?"? (\d{3})\b/;

/**
 * Groups of what looks like an error, most frequent first (then newest first). Lines that are plainly no error are left out. Other work
 * gets its turn in between. Rejects with the signal's reason.
 */
export async function groupErrors(lines: readonly LogLine[], signal: AbortSignal): Promise<readonly LogGroup[]> {
  const joiner = createJoiner();
  const groups: Groups = new Map();
  const rest = restful(signal);
  for (const line of lines) {
    joiner.add(line);
    if (!rest.due(line.text.length)) continue;
    for (const record of joiner.take()) addRecord(groups, record);
    await rest.take();
  }
  for (const record of joiner.records()) addRecord(groups, record);
  return sorted(groups);
}

function restful(signal: AbortSignal): { due(chars: number): boolean; take(): Promise<void> } {
  let left = SLICE_CHARS;
  return {
    due(chars) {
      // A short line costs as much as its characters, and something for being one.
      left -= chars + 50;
      return left <= 0;
    },
    async take() {
      left = SLICE_CHARS;
      await new Promise((resolve) => setImmediate(resolve));
      signal.throwIfAborted();
    },
  };
}

interface Counted {
  readonly first: Described;
  count: number;
  firstAt: number | undefined;
  lastAt: number | undefined;
  newest: Described;
}
/** By what makes two occurrences the same error. */
type Groups = Map<string, Counted>;

function addRecord(groups: Groups, record: LogRecord): void {
  const described = describe(record);
  if (!described) return;
  const known = groups.get(described.identity);
  if (known) {
    known.count++;
    if (earlier(record.at, known.firstAt)) known.firstAt = record.at;
    if (!earlier(record.at, known.lastAt)) [known.lastAt, known.newest] = [record.at ?? known.lastAt, described];
  } else if (groups.size < MOST_GROUPS) {
    groups.set(described.identity, { first: described, count: 1, firstAt: record.at, lastAt: record.at, newest: described });
  }
}

const earlier = (a: number | undefined, b: number | undefined): boolean => a !== undefined && b !== undefined && a < b;

const sorted = (groups: Groups): readonly LogGroup[] =>
  [...groups.values()].map(toGroup).sort((a, b) => b.count - a.count || (b.lastAt ?? 0) - (a.lastAt ?? 0) || (a.fingerprint < b.fingerprint ? -1 : 1));

function toGroup({ first, count, firstAt, lastAt, newest }: Counted): LogGroup {
  return {
    fingerprint: createHash('sha256').update(first.identity).digest('hex').slice(0, 12),
    title: newest.title,
    cause: newest.cause,
    level: first.level,
    count,
    firstAt,
    lastAt,
    sample: newest.text.length > SAMPLE_CHARS ? `${newest.text.slice(0, SAMPLE_CHARS)}…` : newest.text,
    frames: newest.frames.slice(0, SHOWN_FRAMES),
  };
}

interface Described {
  readonly identity: string;
  readonly title: string;
  readonly cause: string | undefined;
  readonly level: Level;
  readonly text: string;
  readonly frames: readonly Frame[];
}

function describe({ level, text }: LogRecord): Described | undefined {
  // What says itself that it is harmless, and holds no trace, is looked at no further.
  const bad = level === 'error' || level === 'fatal';
  if (!bad && level !== undefined && !text.includes('\n')) return undefined;
  const frames = framesOf(text);
  if (!bad && frames.length === 0 && (level !== undefined || !isTrouble(text.slice(0, 2_000)))) return undefined;
  const { title, type, cause } = headlineOf(text);
  return {
    identity: identityOf({ title, type, cause, frames }),
    title: title.slice(0, TITLE_CHARS),
    cause,
    level: level === 'fatal' ? 'fatal' : bad || frames.length > 0 ? (level ?? 'error') : 'error',
    text,
    frames,
  };
}

interface Identity {
  readonly title: string;
  readonly type: string | undefined;
  readonly cause: string | undefined;
  readonly frames: readonly Frame[];
}

/** Type and place say enough; where one of them is missing or vague, the words do. */
function identityOf({ title, type, cause, frames }: Identity): string {
  const own = frames.filter((frame) => !isForeign(frame));
  const compared = (own.length > 0 ? own : frames).slice(0, COMPARED_FRAMES).map((frame) => `${frame.function}@${plainPath(frame.file)}`);
  const words = type === undefined || isVague(type) || own.length === 0 ? normalise(title) : '';
  const behind = cause === undefined ? '' : (typeOf(cause) ?? normalise(cause));
  return JSON.stringify([type ?? '', words, behind, ...compared]);
}

function isTrouble(text: string): boolean {
  const status = ACCESS.exec(text)?.[1];
  return status === undefined ? TROUBLE.test(text) : status.startsWith('5');
}

/** Takes out what differs between two occurrences of the same error. */
export function normalise(text: string): string {
  return text
    .slice(0, 1_000)
    .replace(/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, '<id>')
    .replace(/\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?/g, '<time>')
    .replace(/[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64})+/g, '<mail>')
    .replace(/\b\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?\b/g, '<address>')
    .replace(/"[^"]{0,300}"|(?<!\w)'[^']{0,300}'(?!\w)|`[^`']{0,300}[`']/g, '<text>')
    .replace(/\b0x[0-9a-f]+\b/gi, '<hex>')
    .replace(/\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{6,}\b/gi, '<hex>')
    .replace(/\d+/g, '<n>')
    .replace(/\s+/g, ' ')
    .trim();
}

/** Where a release is unpacked differs from release to release: `/srv/app/releases/20261120/cart.js` and `/srv/app/releases/20261119/cart.js` are the same. */
const plainPath = (file: string): string => file.replace(/^.*[\\/](?=(?:[^\\/]+[\\/])?[^\\/]+$)/, '').replace(/\d+/g, '<n>');
