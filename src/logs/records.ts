/** Lines → records: a stack trace belongs to the line above it. Pure. */
import type { LogLine } from './backend.ts';
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
// Frames of JavaScript, Java, Python, Go, Ruby; and the lines that join two traces.
const GOES_ON =
  /^(?:\s+\S|\s*$|at\s|Caused by:|Suppressed:|\.\.\. \d+ more|Traceback \(most recent call last\)|During handling of|The above exception|goroutine \d+ |created by |exit status \d)/;
// A frame of Go stands at the margin: `main.load(0xc000, 0x1)`.
const GO_FRAME = /^[\w./*()-]{1,200}\(.{0,200}\)$/;
// The last line of a Python traceback stands at the margin: `KeyError: 'x'`.
const EXCEPTION = /^[A-Za-z_][\w.$]*(?:Error|Exception|Warning|Interrupt|Exit|Fault)\b/;

interface Open {
  readonly at: number | undefined;
  readonly level: Level | undefined;
  readonly texts: string[];
  readonly lines: LogLine[];
  readonly isJson: boolean;
  inTrace: boolean;
}

export interface Joiner {
  add(line: LogLine): void;
  /** All records so far. */
  records(): readonly LogRecord[];
}

/** For many lines: add some, let others work, add some more. */
export function createJoiner(): Joiner {
  const joined: Open[] = [];
  return {
    add(whole) {
      for (const line of split(whole)) {
        const { at, level, text, isJson } = readLine(line.text);
        const open = joined.at(-1);
        if (open && !open.isJson && !isJson && at === undefined && open.lines.length < MOST_LINES && continues(line.text, open)) {
          open.texts.push(text);
          open.lines.push(line);
          open.inTrace = (open.inTrace || isTrace(line.text)) && !EXCEPTION.test(line.text);
        } else joined.push({ at: at ?? line.at, level, texts: [text], lines: [line], isJson, inTrace: isTrace(line.text) });
      }
    },
    records: () => joined.map(({ at, level, texts, lines }) => ({ at, level, text: texts.join('\n').trimEnd(), lines })),
  };
}

export function joinRecords(lines: readonly LogLine[]): readonly LogRecord[] {
  const joiner = createJoiner();
  for (const line of lines) joiner.add(line);
  return joiner.records();
}

/** The exception follows the line that reports it (Java, Node), or ends the trace (Python). */
const continues = (text: string, open: Open): boolean =>
  GOES_ON.test(text) ||
  (open.inTrace && GO_FRAME.test(text)) ||
  (EXCEPTION.test(text) && (open.inTrace || (open.texts.length === 1 && open.at !== undefined && open.level !== undefined)));
const isTrace = (text: string): boolean => /^\s*(?:Traceback \(most recent|File "|at\s|goroutine )|^panic: /.test(text);

/** Some shippers send a whole trace as one entry. */
const split = (line: LogLine): readonly LogLine[] => (line.text.includes('\n') ? line.text.split(/\r?\n/).map((text) => ({ at: line.at, text })) : [line]);
