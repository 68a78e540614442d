/** One JSON line per event on stdout. Static message + fields; ids, not bodies; ERROR means "wake someone". */
import { type DestinationStream, type Logger, pino } from 'pino';
import { REDACTED_PATHS, redact, redactText } from './redact.ts';

export type Log = Logger;
export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface LogOptions {
  readonly level: LogLevel;
  /** stdout when absent. */
  readonly destination?: DestinationStream;
  /** The configured secrets themselves: taken out of every line wherever they stand. Shorter ones than 8 characters are words, not secrets. */
  readonly secrets?: readonly string[];
}

/** Path redaction misses most of the ways a secret gets into a line (message text, error causes, arrays), so the finished line is read again. */
export function createLog(options: LogOptions): Log {
  const known = (options.secrets ?? []).filter((secret) => secret.length >= 8);
  const settings = {
    level: options.level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: REDACTED_PATHS, censor: '[REDACTED]' },
    hooks: { streamWrite: (line: string) => clean(line, known) },
  };
  return options.destination ? pino(settings, options.destination) : pino(settings);
}

/** Read as JSON and written again: a pattern can then never eat a quote, and escaped text (`\n` in a key) is seen as it is. */
function clean(line: string, known: readonly string[]): string {
  try {
    return `${JSON.stringify(redact(JSON.parse(line), known))}\n`;
  } catch {
    return redactText(line, known);
  }
}

const BOLT_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
type BoltLevel = (typeof BOLT_LEVELS)[number];

/** The interface Bolt and web-api ask of a logger. Level and name belong to our configuration, so setting them changes only what is answered. */
export interface BoltLogger {
  debug(...words: unknown[]): void;
  info(...words: unknown[]): void;
  warn(...words: unknown[]): void;
  error(...words: unknown[]): void;
  setLevel(level: never): void;
  getLevel(): never;
  setName(name: string): void;
}

/** Bolt's own "info" tells of every reconnect, so it goes one level down. */
export function boltLogger(log: Log): BoltLogger {
  let inner = log.child({ part: 'slack' });
  const level: BoltLevel = BOLT_LEVELS.find((name) => log.isLevelEnabled(name)) ?? 'error';
  return {
    debug: (...words) => inner.trace(...line(words)),
    info: (...words) => inner.debug(...line(words)),
    // What matters of these is said by talk and the doors in their own words, once per change and not once per attempt.
    warn: (...words) => inner.debug(...line(words)),
    error: (...words) => inner.debug(...line(words)),
    setLevel: () => undefined,
    getLevel: () => level as never, // Slack's LogLevel is an enum whose values are these words; lib must not import Slack
    setName(name) {
      inner = log.child({ part: name });
    },
  };
}

/** `log.info('text', object)` would drop the object: errors go to `err`, the rest is joined. */
function line(words: readonly unknown[]): [{ err?: unknown }, string] {
  const err = words.find((word) => word instanceof Error);
  const text = words.map((word) => (word instanceof Error ? word.message : typeof word === 'string' ? word : JSON.stringify(word))).join(' ');
  return [err === undefined ? {} : { err }, text];
}
