/** Lines → records: a stack trace belongs to the line above it. Pure. */
import type { LogLine } from './backend.ts';
import { GO_PLACE } from './frames.ts';
import { type Level, readLine } from './read-line.ts';

export interface LogRecord {
  readonly at: number | undefined;
  readonly level: Level | undefined;
  /** The message, with its stack trace, without what the format put in front. */
  readonly text: string;
  /** The lines as they were. */
  readonly lines: readonly LogLine[];
}

// A "record" of more lines is a dump; the rest of it stands for itself.
const MOST_LINES = 200;
// Frames of JavaScript, Java, C#, Python, Go, Ruby, PHP; and the lines that join two traces.
const GOES_ON =
  /^(?:\s+\S|\s*$|at\s|Caused by:|Suppressed:|\.\.\. \d+ more|Traceback \(most recent call last\)|During handling of|The above exception|goroutine \d+ |created by |exit status \d|Stack trace:$|\[stacktrace\]|#\d{1,3} |"\}\s*$)/;
// A frame of Go stands at the margin: `main.load(0xc000, 0x1)`; so does one of Rails: `app/models/cart.rb:12:in 'total'`.
const GO_FRAME = /^[\w./*()-]{1,200}\(.{0,200}\)$/;
const RUBY_FRAME = /^[^\s:]{1,300}\.(?:rb|erb|rake|ru):\d{1,7}:in [`'][^']{1,200}'$/;
// Printed with %+v, a frame of Go is two lines, and only the second says that the first is one: `main.load`, `\t/app/main.go:12`.
const GO_NAME = /^[\w.-]{1,80}(?:\/[\w.-]{1,80}){0,8}\.[\w.()*[\]…]{1,120}$/;
// The last line of a Python traceback stands at the margin: `KeyError: 'x'`.
const EXCEPTION = /^[A-Za-z_][\w.$]*(?:Error|Exception|Warning|Interrupt|Exit|Fault)\b/;

const TRACEBACK = 'Traceback (most recent call last)';

interface Open {
  readonly at: number | undefined;
  readonly level: Level | undefined;
  readonly texts: string[];
  readonly lines: LogLine[];
  readonly isJson: boolean;
  /** It says itself when it happened. */
  readonly isDated: boolean;
  inTrace: boolean;
  /** Within a traceback of Python: its exception is still to come. Over: it came, and another traceback is another error, unless the two are joined by words. */
  python: 'none' | 'within' | 'over';
}

export interface Joiner {
  add(line: LogLine): void;
  /** All records so far, but for those taken. */
  records(): readonly LogRecord[];
  /** The records that no further line can change; they are taken out. */
  take(): readonly LogRecord[];
}

/** For many lines: add some, let others work, add some more. */
export function createJoiner(): Joiner {
  const joined: Open[] = [];
  return {
    add(whole) {
      if (!whole.text.includes('\n')) return place(joined, whole);
      // Some shippers send a whole trace as one entry.
      for (const [index, text] of whole.text.split(/\r?\n/).entries()) place(joined, { at: whole.at, text }, index === 0);
    },
    records: () => joined.map(closed),
    // The name of a Go frame may still turn out to belong to the record before.
    take: () => joined.splice(0, joined.length - 2).map(closed),
  };
}

const closed = ({ at, level, texts, lines }: Open): LogRecord => ({
  at,
  level,
  text: (texts.length === 1 ? (texts[0] ?? '') : texts.join('\n')).trimEnd(),
  lines,
});

function place(joined: Open[], line: LogLine, begins = false): void {
  const { at, level, text, isJson } = readLine(line.text);
  const open = joined.at(-1);
  if (!begins && open && !open.isJson && !isJson && at === undefined && open.lines.length < MOST_LINES && continues(line.text, open)) {
    const home = GO_PLACE.test(line.text) ? nameOfPlace(joined, open) : open;
    home.texts.push(text);
    home.lines.push(line);
    home.inTrace = (home.inTrace || isTrace(line.text)) && !EXCEPTION.test(line.text);
    home.python = pythonAfter(home.python, line.text);
  } else
    joined.push({
      at: at ?? line.at,
      level,
      texts: [text],
      lines: [line],
      isJson,
      isDated: at !== undefined,
      inTrace: isTrace(line.text),
      python: pythonAfter('none', line.text),
    });
}

/** The line above turns out to be the name of a Go frame: it, and what follows, belongs to the record before. */
function nameOfPlace(joined: Open[], open: Open): Open {
  const before = joined.at(-2);
  if (!before || before.isJson || open.isDated || open.lines.length !== 1 || !GO_NAME.test(open.texts[0] ?? '') || before.lines.length >= MOST_LINES)
    return open;
  joined.pop();
  before.texts.push(...open.texts);
  before.lines.push(...open.lines);
  before.inTrace = true;
  return before;
}

export function joinRecords(lines: readonly LogLine[]): readonly LogRecord[] {
  const joiner = createJoiner();
  for (const line of lines) joiner.add(line);
  return joiner.records();
}

/** The exception follows the line that reports it (Java, Node), or ends the trace (Python). */
function continues(text: string, open: Open): boolean {
  if (EXCEPTION.test(text)) return open.python === 'within' || (open.texts.length === 1 && open.at !== undefined && open.level !== undefined);
  if (open.python === 'over' && text.startsWith(TRACEBACK)) return false;
  return GOES_ON.test(text) || (open.inTrace && GO_FRAME.test(text)) || RUBY_FRAME.test(text);
}

function pythonAfter(before: Open['python'], text: string): Open['python'] {
  if (DATED.test(text)) return before;
  if (text.trimStart().startsWith(TRACEBACK) || /^\s*File "/.test(text)) return 'within';
  if (/^(?:The above exception|During handling of)/.test(text)) return 'none';
  return before === 'within' && /^[A-Za-z_][\w.]*(?:: |$)/.test(text) ? 'over' : before;
}
const isTrace = (text: string): boolean =>
  !DATED.test(text) && (/^\s*(?:Traceback \(most recent|File "|at\s|goroutine )|^panic: /.test(text) || GO_PLACE.test(text));
// Most lines begin with a time or are JSON, and these never are part of a trace.
const DATED = /^[\d{[]/;
