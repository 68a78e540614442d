/** What an error is called: the line that names it, its type, and what caused it. Pure. */

export interface Headline {
  /** The line a person should read first, without what the format put in front. */
  readonly title: string;
  /** `KeyError`, `java.lang.IllegalStateException`, `panic`; undefined: the line names none. */
  readonly type: string | undefined;
  /** The innermost "Caused by" of a chain. */
  readonly cause: string | undefined;
}

const TRACEBACK = 'Traceback (most recent call last)';
const CAUSE_CHARS = 200;

export function headlineOf(text: string): Headline {
  if (!text.includes('\n')) {
    const title = bare(text).trim();
    return { title, type: typeOf(title), cause: undefined };
  }
  const lines = text.split('\n');
  const title = titleOf(lines, text);
  return { title, type: typeOf(title), cause: causeOf(lines, title) };
}

/** Of a trace the exception, else the first line without what the format put in front. */
function titleOf(lines: readonly string[], text: string): string {
  if (lines.some((line) => line.trimStart().startsWith(TRACEBACK))) {
    const last = lines.findLast((line) => /^[A-Za-z_][\w.]*(?:: |$)/.test(line) && !line.startsWith('Traceback'));
    if (last !== undefined) return last.trim();
  }
  const panic = lines.find((line) => line.startsWith('panic: '));
  if (panic !== undefined) return panic.trim();
  const atFrame = lines.findIndex((line) => /^\s*at\s/.test(line));
  const named = atFrame > 0 ? lines.slice(0, atFrame).findLast((line) => /(?:Error|Exception|Throwable)\b/.test(line) && !/^\s*--->/.test(line)) : undefined;
  // `GatewayTimeout: no answer` right above the frames is one, too.
  const above = atFrame > 0 && /^[A-Z][\w.$]{2,80}: /.test(lines[atFrame - 1] ?? '') ? lines[atFrame - 1] : undefined;
  return bare(named ?? above ?? lines.find((line) => line.trim() !== '') ?? text).trim();
}

/** `2026-11-20 10:00:00,123 ERROR [worker-3] shop.cart: ` and its like; PHP's `PHP Fatal error:  Uncaught `; C#'s `Unhandled exception. `. */
export const bare = (line: string): string =>
  line
    .slice(0, 2_000)
    .replace(/^[[("]?\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?\s?(?:Z|UTC|[+-]\d\d:?\d\d)?[\])"]?[\s,:-]*/, '')
    .replace(/^(?:[\w-]{1,30}\.)?(?:[[(]?(?:FATAL|PANIC|CRITICAL|CRIT|ERROR|SEVERE|WARNING|WARN|INFO|NOTICE|DEBUG|TRACE)[\])]?(?![\w'.])[\s:|-]*)/i, '')
    .replace(/^\[[\w .:/-]{1,60}\]\s*/, '')
    .replace(/^(?:PHP )?(?:Fatal error|Parse error|Recoverable fatal error):\s+(?:Uncaught )?/, '')
    .replace(/^Unhandled exception[.:] /, '');

const NAMED =
  /(?:^|[\s(:])((?:[A-Za-z_][\w$]*(?:\.|\\|::))*[A-Z]\w*(?:Error|Exception|Throwable|Fault|Interrupt|Exit|Panic|Timeout|NotFound|Refused|Denied))\b/;
// Ruby puts the type behind: `undefined method 'x' for nil (NoMethodError)`.
const BEHIND = /\(((?:[A-Z]\w*::)*[A-Z]\w*)\)\s*$/;

export function typeOf(title: string): string | undefined {
  if (title.startsWith('panic: ')) return 'panic';
  return NAMED.exec(title.slice(0, 300))?.[1] ?? (/\.rb:\d+:in /.test(title) ? BEHIND.exec(title)?.[1] : undefined);
}

/** These say nothing: the words beside them tell two errors apart. */
export const isVague = (type: string): boolean =>
  /^(?:panic|(?:java\.lang\.|System\.)?(?:Error|Exception|RuntimeException|Throwable|RuntimeError|StandardError|ApplicationException))$/.test(type);

/** Java's last "Caused by", C#'s last "--->", what Python printed before "The above exception was the direct cause", Node's `[cause]:`. */
function causeOf(lines: readonly string[], title: string): string | undefined {
  const said = lines.findLast((line) => /^\s*(?:Caused by: |---> |\[cause\]: )/.test(line))?.replace(/^\s*(?:Caused by: |---> |\[cause\]: )/, '');
  const cause = said ?? pythonCause(lines);
  return cause === undefined || cause === title
    ? undefined
    : cause
        .replace(/ --->.*$/, '')
        .trim()
        .slice(0, CAUSE_CHARS);
}

function pythonCause(lines: readonly string[]): string | undefined {
  const joint = lines.findIndex((line) => /^(?:The above exception was the direct cause|During handling of the above exception)/.test(line));
  return joint < 0 ? undefined : lines.slice(0, joint).findLast((line) => /^[A-Za-z_][\w.]*(?:: |$)/.test(line));
}
