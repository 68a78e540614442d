/** Reads a query from left to right; PromQL and LogQL share their words, strings and durations. */
export interface Scanner {
  /** Takes the first of `tokens` that comes next, longest first being the caller's business. */
  take(tokens: readonly string[]): string | undefined;
  expect(token: string): void;
  identifier(): string | undefined;
  number(): number | undefined;
  /** A quoted string without its quotes; fails when there is none. */
  string(): string;
  /** `5s`, `1h30m` in milliseconds; fails when there is none. */
  durationMs(): number;
  regex(source: string, isAnchored: boolean): RegExp;
  isAtEnd(): boolean;
  rest(): string;
  /** The error for the place reached. */
  fail(what: string): Error;
}

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000, y: 31_536_000_000 };
const LONGEST_REGEX_CHARS = 500;

export function createScanner(text: string, error: (column: number, what: string) => Error): Scanner {
  let place = 0;
  const rest = () => text.slice(place);
  const read = (pattern: RegExp): string | undefined => {
    place += /^\s*/.exec(rest())?.[0].length ?? 0;
    const found = pattern.exec(rest())?.[0];
    place += found?.length ?? 0;
    return found;
  };
  const fail = (what: string) => error(place + 1, what);
  const must = <T>(value: T | undefined, what: string): T => {
    if (value !== undefined) return value;
    throw fail(`unexpected ${place >= text.length ? 'end of input' : JSON.stringify(rest().slice(0, 12))}, expected ${what}`);
  };
  const take = (tokens: readonly string[]) => {
    const token = tokens.find((one) => tokenPattern(one).test(rest()));
    if (token !== undefined) read(tokenPattern(token));
    return token;
  };
  return {
    take,
    fail,
    rest,
    expect: (token) => void must(take([token]), JSON.stringify(token)),
    identifier: () => read(/^[a-zA-Z_:][a-zA-Z0-9_:]*/),
    number: () => readNumber(read(/^(?:\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?|inf\b|nan\b)/i)),
    string: () => unquote(must(read(/^(?:"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`]*`)/), 'string')),
    durationMs: () => must(parseDurationMs(read(/^(?:\d+(?:ms|[smhdwy]))+/) ?? ''), 'duration'),
    regex(source, isAnchored) {
      const compiled = compileRegex(source, isAnchored);
      if (typeof compiled === 'string') throw fail(compiled);
      return compiled;
    },
    isAtEnd: () => rest().trim() === '',
  };
}

/** A word must end where it ends: `or` is not the beginning of `orders`. */
function tokenPattern(token: string): RegExp {
  const escaped = token.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^\\s*${escaped}${/\w$/.test(token) ? '(?!\\w)' : ''}`);
}

/** The expression, or why there is none. Go writes flags in front, `(?i)error`; JavaScript wants them outside. */
function compileRegex(source: string, isAnchored: boolean): RegExp | string {
  if (source.length > LONGEST_REGEX_CHARS) return `regular expression is longer than ${LONGEST_REGEX_CHARS} characters`;
  const [prefix = '', flags = ''] = /^\(\?([ims]+)\)/.exec(source) ?? [];
  const pattern = source.slice(prefix.length);
  try {
    return new RegExp(isAnchored ? `^(?:${pattern})$` : pattern, [...new Set(`${flags}s`)].join(''));
  } catch {
    return `error parsing regexp: ${JSON.stringify(source)}`;
  }
}

function readNumber(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  return /^inf/i.test(text) ? Number.POSITIVE_INFINITY : Number(text);
}

/** undefined: not a duration. */
export function parseDurationMs(text: string): number | undefined {
  if (!/^(?:\d+(?:ms|[smhdwy]))+$/.test(text)) return undefined;
  return [...text.matchAll(/(\d+)(ms|[smhdwy])/g)].reduce((sum, [, count, unit]) => sum + Number(count) * (UNITS_MS[unit ?? ''] ?? 0), 0);
}

/** Back quotes keep everything as it is; the others know backslashes. */
function unquote(quoted: string): string {
  const inner = quoted.slice(1, -1);
  return quoted.startsWith('`') ? inner : inner.replace(/\\(.)/g, (_, char: string) => ({ n: '\n', t: '\t', r: '\r' })[char] ?? char);
}
