/** Stack traces of seven languages: the functions, files and lines in them, innermost first. Pure. */

export interface Frame {
  readonly function: string;
  /** As the trace names it: absolute, inside a container, or a bare file name (Java). Empty where the trace names none. */
  readonly file: string;
  readonly line: number | undefined;
}

const MOST_FRAMES = 50;
const MOST_LINES = 400;
const LONGEST_LINE = 1_000;

/** The first language that finds frames wins: their forms do not overlap but for PHP's and Ruby's, which are asked last. */
export function framesOf(text: string): readonly Frame[] {
  if (!text.includes('\n') && !ALONE.test(text.slice(0, LONGEST_LINE))) return [];
  const lines = text.split('\n', MOST_LINES).map((line) => (line.length > LONGEST_LINE ? '' : line));
  for (const read of READERS) {
    const frames = read(lines);
    if (frames.length > 0) return frames.slice(0, MOST_FRAMES);
  }
  return [];
}

// A trace of one line: Ruby and PHP name the place beside the message.
const ALONE = /\.rb:\d+:in |\.php(?::\d+| on line \d+)/;

type Reader = (lines: readonly string[]) => readonly Frame[];
const READERS: readonly Reader[] = [python, atFrames, goFrames, phpFrames, rubyFrames, gecko];

const frame = (name: string | undefined, file: string | undefined, line: string | undefined): Frame => ({
  function: name ?? '',
  file: file ?? '',
  line: line === undefined ? undefined : Number(line),
});

/** Python prints the innermost frame last; of chained exceptions the last printed is the one that got out. */
function python(lines: readonly string[]): readonly Frame[] {
  const found = lines.flatMap((line) => {
    const at = /^\s*(?:\|\s*)?File "([^"]{1,300})", line (\d{1,7})(?:, in (\S{1,200}))?/.exec(line);
    return at ? [frame(at[3], at[1], at[2])] : [];
  });
  return found.reverse();
}

const JAVA = /^\s*at (?:[\w.@-]{0,80}\/){0,2}([\w$.<>-]{3,300})\(([\w$-]{1,200}\.(?:java|kt|scala|groovy|clj)|Native Method|Unknown Source)(?::(\d{1,7}))?\)/;
const CSHARP = /^\s*at ([\w.<>`+[\],|&-]{3,300})\([^()]{0,400}\)(?: in (.{1,300}):line (\d{1,7}))?\s*$/;
const JS_NAMED = /^\s*at (?:async )?([^\s(][^(]{0,200}?) \(((?:[\w-]+:\/\/)?[^()]{1,300}?):(\d{1,7}):\d{1,7}\)/;
const JS_BARE = /^\s*at (?:async )?((?:[\w-]+:\/\/)?[^()\s]{1,300}):(\d{1,7}):\d{1,7}$/;

/** Java, JavaScript and C# begin their frames with the same word. */
function atFrames(lines: readonly string[]): readonly Frame[] {
  return lines.flatMap((line) => {
    if (!/^\s*at\s/.test(line)) return [];
    const java = JAVA.exec(line);
    if (java) return [frame(java[1]?.replace(/\$\$?Lambda.*|\$\d+/, '$'), java[2], java[3])];
    const named = JS_NAMED.exec(line);
    if (named) return [frame(named[1], named[2], named[3])];
    const bare = JS_BARE.exec(line);
    if (bare) return [frame('', bare[1], bare[2])];
    const csharp = CSHARP.exec(line);
    return csharp ? [frame(csharp[1], csharp[2], csharp[3])] : [];
  });
}

/** A panic (`main.load(0xc000, 0x1)`) or `%+v` (`main.load`), and below it `\t/app/main.go:12 +0x1d`. */
function goFrames(lines: readonly string[]): readonly Frame[] {
  return lines.flatMap((line, index) => {
    const place = GO_PLACE.exec(line);
    const name = place && /^(?:created by )?([\w./*()[\]…-]{1,200}?)(?:\([^()]*\)| in goroutine \d+)?$/.exec(lines[index - 1]?.trim() ?? '');
    return place && name ? [frame(name[1], place[1], place[2])] : [];
  });
}
export const GO_PLACE = /^\s+(\S{1,300}\.go):(\d{1,7})(?: \+0x[0-9a-f]+)?\s*$/;

/** PHP names the called function beside the caller's place, and the innermost place beside the message. */
function phpFrames(lines: readonly string[]): readonly Frame[] {
  const calls = lines.flatMap((line) => {
    const call = /^\s*#\d{1,3} (?:(\S{1,300}\.php)\((\d{1,7})\)|\[internal function\]): ([\w\\:>{}-]{1,300}?)(?:\(|$)/.exec(line);
    return call ? [{ file: call[1], line: call[2], name: call[3] }] : [];
  });
  const thrown = lines.flatMap((line) => /(?: in | at )(\/[^\s:]{1,300}\.php)(?::| on line )(\d{1,7})/.exec(line) ?? []);
  const places = [...(thrown.length > 0 ? [{ file: thrown[1], line: thrown[2] }] : []), ...calls];
  const shift = thrown.length > 0 ? 0 : 1;
  return places.flatMap(({ file, line }, index) => (file === undefined ? [] : [frame(calls[index + shift]?.name, file, line)]));
}

/** Ruby up to 3.3 quotes names as `total', later as 'Cart#total'. */
function rubyFrames(lines: readonly string[]): readonly Frame[] {
  return lines.flatMap((line) => {
    const at = /^\s*(?:from |#\d+ |\[\d+\] )?(?:\S+ERROR\S* )?([^\s:][^:]{0,300}\.(?:rb|erb|rake|ru)):(\d{1,7}):in [`']([^']{1,200})'/.exec(line);
    return at ? [frame(at[3], at[1], at[2])] : [];
  });
}

/** Browsers other than Chrome: `total@https://shop.example.com/app.js:41:18`. */
function gecko(lines: readonly string[]): readonly Frame[] {
  return lines.flatMap((line) => {
    const at = /^\s*([^\s@]{0,200})@((?:https?|file|webpack):\/\/[^\s]{1,300}?):(\d{1,7}):\d{1,7}$/.exec(line);
    return at ? [frame(at[1], at[2], at[3])] : [];
  });
}

const FOREIGN_FILE =
  /[\\/]node_modules[\\/]|^node:|site-packages|dist-packages|[\\/]lib[\\/]python\d|<frozen|^<string>|[\\/]go[\\/](?:src|pkg[\\/]mod)[\\/]|[\\/]vendor[\\/]|[\\/]gems[\\/]|[\\/](?:lib[\\/])?ruby[\\/]\d|^webpack[\\/]|webpack\/(?:bootstrap|runtime)|Native Method|Unknown Source/;
const FOREIGN_NAME =
  /^(?:java|javax|jakarta|jdk|sun|kotlin|kotlinx|scala|groovy|clojure|reactor|org\.(?:springframework|apache|hibernate|postgresql|junit|eclipse\.jetty)|io\.(?:netty|undertow|vertx|grpc)|com\.(?:zaxxer|fasterxml|mysql|sun)|runtime|System|Microsoft)[./]|^panic$|^testing\.|^net\/http\./;

/** Frames of libraries and of the language itself say little about where our fault is. */
export const isForeign = ({ file, function: name }: Frame): boolean => FOREIGN_FILE.test(file) || FOREIGN_NAME.test(name);
