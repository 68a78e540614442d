/** `GET /loki/api/v1/query_range` over the shop's log: a stream selector and line filters. Everything else is refused as Loki refuses nonsense. */
import { Failure } from '../../lib/failure.ts';
import type { LogLine } from './logs.ts';
import { type Matcher, matches, readMatchers } from './matchers.ts';
import { createScanner } from './scanner.ts';
import type { Labels } from './series.ts';

export interface LogQuery {
  readonly matchers: readonly Matcher[];
  readonly filters: readonly ((text: string) => boolean)[];
}
export interface LogSource {
  /** Labels all streams share. */
  readonly labels: Labels;
  readonly now: number;
  lines(from: number, to: number): Iterable<LogLine>;
}

const HOUR_MS = 3_600_000;
// Loki's own: `limit` is 100 unless asked, and the server's ceiling 5000.
const DEFAULT_LIMIT = 100;
const MOST_LINES = 5_000;

/** Throws `E_SCHEMA` with Loki's words for a bad question. */
export function queryLogs(source: LogSource, params: URLSearchParams): unknown {
  const query = parseLogQuery(params.get('query') ?? '');
  const limit = wholeNumber(params.get('limit'), DEFAULT_LIMIT);
  if (limit > MOST_LINES) throw new Failure('E_SCHEMA', `max entries limit per query exceeded, limit > max_entries_limit (${limit} > ${MOST_LINES})`);
  const to = readTime(params.get('end'), source.now);
  const from = readTime(params.get('start'), to - HOUR_MS);
  if (to < from) throw new Failure('E_SCHEMA', 'end timestamp must not be before or equal to start time');
  const direction = params.get('direction')?.toLowerCase() ?? 'backward';
  if (direction !== 'forward' && direction !== 'backward') throw new Failure('E_SCHEMA', `invalid direction ${direction}`);
  const found: LogLine[] = [];
  for (const line of source.lines(from, Math.min(to, source.now))) {
    const labels = { ...source.labels, level: line.level };
    if (matches(query.matchers, labels) && query.filters.every((filter) => filter(line.text))) found.push(line);
  }
  const picked = direction === 'forward' ? found.slice(0, limit) : found.reverse().slice(0, limit);
  const result = streamsOf(picked, source.labels);
  return { status: 'success', data: { resultType: 'streams', result, stats: { summary: { totalEntriesReturned: picked.length } } } };
}

function streamsOf(lines: readonly LogLine[], shared: Labels): readonly { stream: Labels; values: [string, string][] }[] {
  const streams = new Map<string, { stream: Labels; values: [string, string][] }>();
  for (const line of lines) {
    const stream = streams.get(line.level) ?? { stream: { ...shared, level: line.level }, values: [] };
    stream.values.push([`${line.at}000000`, line.text]); // Loki counts nanoseconds, in a string because they do not fit a double
    streams.set(line.level, stream);
  }
  return [...streams.values()];
}

export function parseLogQuery(text: string): LogQuery {
  if (text.trim() === '') throw new Failure('E_SCHEMA', 'parse error : syntax error: unexpected $end');
  const scan = createScanner(text, (column, what) => new Failure('E_SCHEMA', `parse error at line 1, col ${column}: ${what}`));
  const matchers = readMatchers(scan);
  if (!matchers.some((one) => !one.fits(''))) {
    throw new Failure('E_SCHEMA', 'parse error : queries require at least one regexp or equality matcher that does not have an empty-compatible value');
  }
  const filters: ((line: string) => boolean)[] = [];
  while (!scan.isAtEnd()) filters.push(lineFilter(scan));
  return { matchers, filters };
}

function lineFilter(scan: ReturnType<typeof createScanner>): (line: string) => boolean {
  const operator = scan.take(['|=', '|~', '!=', '!~', '|']);
  if (operator === undefined) throw scan.fail('syntax error: this sandbox knows |= != |~ !~ and | json after the selector');
  if (operator === '|') {
    const stage = scan.identifier();
    if (stage !== 'json' && stage !== 'logfmt') throw scan.fail(`syntax error: unexpected ${stage ?? 'character'}, this sandbox knows | json and | logfmt`);
    return () => true; // labels taken out of the line are not filtered on here, so the stage changes nothing
  }
  const wanted = scan.string();
  if (operator === '|=' || operator === '!=') return (line) => line.includes(wanted) === (operator === '|=');
  const pattern = scan.regex(wanted, false);
  return (line) => pattern.test(line) === (operator === '|~');
}

/** Nanoseconds, seconds with a decimal point, or RFC 3339. */
function readTime(text: string | null, fallback: number): number {
  if (text === null) return fallback;
  if (/^\d{16,19}$/.test(text)) return Math.ceil(Number(BigInt(text) / 1000n) / 1000);
  const at = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text);
  if (Number.isNaN(at)) throw new Failure('E_SCHEMA', `could not parse ${JSON.stringify(text)} as a time`);
  return at;
}

function wholeNumber(text: string | null, fallback: number): number {
  if (text === null) return fallback;
  const value = Number(text);
  if (!Number.isInteger(value) || value <= 0) throw new Failure('E_SCHEMA', 'limit must be a positive value');
  return value;
}
