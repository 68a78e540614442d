/** Stack traces: the functions and files in them, innermost first, without line numbers and addresses. Pure. */

export interface Frame {
  readonly function: string;
  readonly file: string;
}

const MOST_FRAMES = 50;

export function framesOf(text: string): readonly Frame[] {
  const lines = text.split('\n').slice(0, 400);
  const python = lines.flatMap((line) =>
    match(/^\s*File "([^"]{1,300})", line \d+, in (\S{1,200})/, line, ([, file = '', name = '']) => ({ function: name, file })),
  );
  // Python prints the innermost frame last, the others first.
  if (python.length > 0) return python.reverse().slice(0, MOST_FRAMES);
  const go = goFrames(lines);
  const others = lines.flatMap((line) => javaFrame(line) ?? javascriptFrame(line) ?? []);
  return (others.length > 0 ? others : go).slice(0, MOST_FRAMES);
}

function javaFrame(line: string): readonly Frame[] | undefined {
  return found(
    match(
      /^\s*at ([\w$.<>/]{3,300})\(([\w$-]{1,200}\.(?:java|kt|scala|groovy|clj)|Native Method|Unknown Source)(?::\d+)?\)/,
      line,
      ([, name = '', file = '']) => ({ function: name.replace(/\$\$?Lambda.*|\$\d+/, '$'), file }),
    ),
  );
}

function javascriptFrame(line: string): readonly Frame[] | undefined {
  const named = match(/^\s*at (?:async )?([^\s(][^(]{0,200}?) \(((?:[\w-]+:\/\/)?[^()]{1,300}?):\d+:\d+\)/, line, ([, name = '', file = '']) => ({
    function: name,
    file,
  }));
  if (named.length > 0) return named;
  return found(match(/^\s*at (?:async )?((?:[\w-]+:\/\/)?[^()\s]{1,300}):\d+:\d+$/, line, ([, file = '']) => ({ function: '', file })));
}

/** `main.load(0xc000, 0x1)` and below it `\t/app/main.go:12 +0x1d`. */
function goFrames(lines: readonly string[]): readonly Frame[] {
  return lines.flatMap((line, index) => {
    const place = /^\s+(\S{1,300}\.go):\d+(?: \+0x[0-9a-f]+)?$/.exec(line);
    const name = /^(?:created by )?([\w./*()-]{1,200}?)(?:\([^()]*\)| in goroutine \d+)?$/.exec(lines[index - 1]?.trim() ?? '');
    return place && name ? [{ function: name[1] ?? '', file: place[1] ?? '' }] : [];
  });
}

const match = (pattern: RegExp, line: string, make: (groups: RegExpExecArray) => Frame): Frame[] => {
  const groups = line.length > 1_000 ? null : pattern.exec(line);
  return groups ? [make(groups)] : [];
};
const found = (frames: readonly Frame[]): readonly Frame[] | undefined => (frames.length > 0 ? frames : undefined);

/** Frames of libraries and of the language itself say little about where our fault is. */
export const isForeign = ({ file, function: name }: Frame): boolean =>
  /node_modules|^node:|internal\/|site-packages|dist-packages|\/lib\/python|<frozen|\/usr\/local\/go\/|\/go\/pkg\/mod\/|Native Method|Unknown Source/.test(
    file,
  ) || /^(?:java|javax|jdk|sun|org\.springframework|org\.apache|io\.netty|runtime)[./]/.test(name);
