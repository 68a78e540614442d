/** What one line of a log says: when, how bad, what. Pure. */

export type Level = 'fatal' | 'error' | 'warn' | 'info' | 'debug';

export interface ReadLine {
  /** Milliseconds since 1970; undefined: the line has no time of its own. A time without a zone is read as UTC. */
  readonly at: number | undefined;
  readonly level: Level | undefined;
  /** The message, and the stack trace if the line is JSON that holds one. */
  readonly text: string;
  /** A line of JSON is a whole record; a plain one may go on below. */
  readonly isJson: boolean;
}

const LEVELS: Readonly<Record<string, Level>> = {
  fatal: 'fatal',
  panic: 'fatal',
  critical: 'fatal',
  crit: 'fatal',
  emerg: 'fatal',
  alert: 'fatal',
  error: 'error',
  err: 'error',
  severe: 'error',
  warning: 'warn',
  warn: 'warn',
  info: 'info',
  notice: 'info',
  debug: 'debug',
  trace: 'debug',
};
// Longer lines are cut: nobody reads them, and every look at them costs.
const LONGEST = 32 * 1024;

export function readLine(line: string): ReadLine {
  const cut = line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line;
  const trimmed = cut.trimStart();
  const record = trimmed.startsWith('{') && line.length <= LONGEST ? parseObject(trimmed) : undefined;
  if (record) return readJson(record, trimmed);
  return { at: plainTime(cut), level: plainLevel(cut), text: cut, isJson: false };
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function readJson(record: Readonly<Record<string, unknown>>, line: string): ReadLine {
  // pino: time, level (number), msg, err; winston and bunyan alike; logback: @timestamp, stack_trace; python-json-logger: exc_info; GCP: severity.
  const at = timeOf(first(record, ['time', 'timestamp', '@timestamp', 'ts', 'at', 'datetime', 'asctime']));
  const level = levelOf(first(record, ['level', 'severity', 'lvl', 'levelname', 'log.level']));
  const error = [record.err, record.error, record.exception].find(isRecord);
  const message = textOf(first(record, ['msg', 'message', 'event', 'text'])) ?? textOf(error?.message);
  const stack = textOf(error?.stack) ?? textOf(first(record, ['stack', 'stack_trace', 'stacktrace', 'exc_info', 'exception', 'traceback']));
  const reason = stack === undefined ? textOf(typeof record.error === 'string' ? record.error : error?.message) : undefined;
  const parts = [message, reason === message ? undefined : reason, stack].filter((part) => part !== undefined && part !== '');
  return { at, level, text: parts.length === 0 ? line : parts.join('\n'), isJson: true };
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value);
const first = (record: Readonly<Record<string, unknown>>, names: readonly string[]): unknown => {
  const name = names.find((one) => Object.hasOwn(record, one) && record[one] !== null);
  return name === undefined ? undefined : record[name];
};
const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

function levelOf(value: unknown): Level | undefined {
  if (typeof value === 'string') return LEVELS[value.toLowerCase()];
  if (typeof value !== 'number') return undefined;
  if (value >= 60) return 'fatal'; // pino and bunyan count 10 trace … 60 fatal
  return value >= 50 ? 'error' : value >= 40 ? 'warn' : value >= 30 ? 'info' : 'debug';
}

/** RFC 3339 text, or seconds, milliseconds, microseconds, nanoseconds since 1970. */
export function timeOf(value: unknown): number | undefined {
  if (typeof value === 'number' && Number.isFinite(value) && value > 0)
    return Math.round(value < 1e11 ? value * 1e3 : value < 1e14 ? value : value < 1e17 ? value / 1e3 : value / 1e6);
  if (typeof value !== 'string') return undefined;
  return timeAgain(value) ?? (/^\d{10,19}$/.test(value) ? timeOf(Number(value)) : isoTime(value));
}

const ISO = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:[.,](\d{1,9}))?\s?(Z|UTC|[+-]\d\d:?\d\d)?/;
function isoTime(text: string): number | undefined {
  const match = ISO.exec(text);
  if (!match) return undefined;
  const [, day = '', clock = '', fraction = '', zone = 'Z'] = match;
  const isUtc = zone === 'UTC' || zone === 'Z';
  const second = secondOf(`${day}T${clock}${isUtc ? 'Z' : `${zone.slice(0, 3)}:${zone.slice(-2)}`}`);
  if (Number.isNaN(second)) return undefined;
  if (isUtc) last = { written: text.slice(0, SECOND_CHARS), at: second };
  return second + Number(fraction.slice(0, 3).padEnd(3, '0'));
}

/** Lines of one second follow each other; reading its date once is enough. */
let parsed = { text: '', at: Number.NaN };
function secondOf(text: string): number {
  if (text !== parsed.text) parsed = { text, at: Date.parse(text) };
  return parsed.at;
}

/** The last one of them, as written (`2026-11-20T10:00:00`), in UTC. */
let last: { readonly written: string; readonly at: number } | undefined;
const SECOND_CHARS = 19;

/** The time of a text that begins with the same second, in UTC or without a zone; undefined: it has to be read. */
function timeAgain(text: string): number | undefined {
  if (!last || !text.startsWith(last.written)) return undefined;
  let at = SECOND_CHARS;
  let ms = 0;
  if (text[at] === '.' || text[at] === ',') {
    const start = at + 1;
    for (at = start; at - start < 9 && isDigit(text.charCodeAt(at)); at++) if (at - start < 3) ms += (text.charCodeAt(at) - 48) * (HUNDREDS[at - start] ?? 0);
    if (at === start) return undefined;
  }
  if (text[at] === 'Z') return last.at + ms;
  // Behind a blank, too, there may be a zone.
  const next = text[at] === ' ' ? text[at + 1] : text[at];
  return next === undefined || /[\sZU+-]/.test(next) ? undefined : last.at + ms;
}
const HUNDREDS = [100, 10, 1];
const isDigit = (code: number): boolean => code >= 48 && code <= 57;

/** What may stand before a time; something of it does. */
const FRONT = /^(?:[[("](?:time=|ts=)?"?|(?:time=|ts=)"?)/;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const ACCESS = /\[(\d\d)\/([A-Z][a-z]{2})\/(\d{4}):(\d\d:\d\d:\d\d) ([+-]\d{4})\]/;
const GO = /^(?:[A-Z]\d{4} )?(\d{4})\/(\d\d)\/(\d\d) (\d\d:\d\d:\d\d)/;

/** A time at the front of the line (`[2026-11-20 10:00:00,123]` too), or the access-log form anywhere in its first 200 characters. */
function plainTime(line: string): number | undefined {
  const again = timeAgain(line);
  if (again !== undefined) return again;
  const head = line.slice(0, 200);
  const iso = isDigit(line.charCodeAt(0)) ? isoTime(head) : FRONT.test(head) ? isoTime(head.replace(FRONT, '')) : undefined;
  if (iso !== undefined) return iso;
  const go = GO.exec(head);
  if (go) return isoTime(`${go[1]}-${go[2]}-${go[3]}T${go[4]}Z`);
  const access = ACCESS.exec(head);
  const month = access ? MONTHS.indexOf(access[2] ?? '') + 1 : 0;
  return access && month > 0 ? isoTime(`${access[3]}-${String(month).padStart(2, '0')}-${access[1]}T${access[4]}${access[5]}`) : undefined;
}

/** A level word near the front, in capitals, brackets or after `level=`; prose further on does not count. */
function plainLevel(line: string): Level | undefined {
  const head = line.slice(0, 120);
  const named = head.includes('=') ? /\b(?:level|severity|lvl)=["']?([a-z]+)/i.exec(head)?.[1] : undefined;
  if (named !== undefined) return LEVELS[named.toLowerCase()];
  const word =
    /(?:^|[\s[(|])(FATAL|PANIC|CRITICAL|CRIT|ERROR|SEVERE|WARNING|WARN|INFO|NOTICE|DEBUG|TRACE)(?=[\s\])|:,]|$)/.exec(head)?.[1] ??
    /\[(fatal|critical|crit|emerg|alert|error|err|warning|warn|info|notice|debug|trace)\]/i.exec(head)?.[1];
  return word === undefined ? undefined : LEVELS[word.toLowerCase()];
}
