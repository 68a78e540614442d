/**
 * Globs over paths of a repository: `**` any folders, `*` and `?` within a name (dots at the beginning too), `{a,b}`; `!` in front
 * takes away; a glob without a slash means the file name in whatever folder, as in .gitignore. Linear steps back only, because paths
 * come from outside.
 */

type Matcher = (path: string) => boolean;

/** The globs of a service are the same list for as long as services.yml stands, and the plan is made again in the moment before it is sent. */
const known = new WeakMap<readonly string[], Matcher>();

/** Whether a path is meant by any of the globs and taken away by none. A list that was seen before must not have changed. */
export function globMatcher(globs: readonly string[]): Matcher {
  const matcher = known.get(globs) ?? compile(globs);
  known.set(globs, matcher);
  return matcher;
}

function compile(globs: readonly string[]): Matcher {
  const compiled = globs.map((glob) => ({ takesAway: glob.startsWith('!'), patterns: expand(glob.replace(/^!/, '')).map(patternOf) }));
  return (path) => {
    const parts = path.split('/');
    const hits = (takesAway: boolean): boolean =>
      compiled.some(
        (glob) => glob.takesAway === takesAway && glob.patterns.some(({ needle, segments }) => path.includes(needle) && greedy(segments, parts, SEGMENTS)),
      );
    return hits(false) && !hits(true);
  };
}

const BRACES_MAX = 256;

/** `a.{yml,yaml}` → `a.yml`, `a.yaml`. */
function expand(glob: string): readonly string[] {
  let open = [glob];
  for (;;) {
    const next = open.flatMap((one) => {
      const braces = /\{([^{}]*)\}/.exec(one);
      if (braces === null) return [one];
      const choices = (braces[1] ?? '').split(',');
      return choices.map((choice) => one.slice(0, braces.index) + choice + one.slice(braces.index + braces[0].length));
    });
    if (next.length === open.length && next.every((one, index) => one === open[index])) return open;
    if (next.length > BRACES_MAX) return open;
    open = next;
  }
}

interface Segment {
  readonly text: string;
  /** Of a name with wildcards. */
  readonly letters: readonly string[] | undefined;
}

interface Pattern {
  readonly segments: readonly Segment[];
  /** The longest text without a wildcard: a path that lacks it need not be looked at further. */
  readonly needle: string;
}

function patternOf(glob: string): Pattern {
  const anchored = glob.includes('/') ? glob : `**/${glob}`;
  const texts = anchored.replace(/^\.?\//, '').split('/');
  const [needle = ''] = texts.flatMap((text) => text.split(/[*?]+/)).toSorted((a, b) => b.length - a.length);
  return { needle, segments: texts.map((text) => ({ text, letters: text !== '**' && /[*?]/.test(text) ? [...text] : undefined })) };
}

interface Level<Part, Item> {
  /** Stands for any number of items. */
  isStar(part: Part): boolean;
  fits(part: Part, item: Item): boolean;
  /** A star at the end must stand for one item at least: `a/**` is not `a`. */
  readonly lastNeedsOne: boolean;
}
const LETTERS: Level<string, string> = {
  isStar: (pattern) => pattern === '*',
  fits: (pattern, item) => pattern === '?' || pattern === item,
  lastNeedsOne: false,
};
const SEGMENTS: Level<Segment, string> = {
  isStar: ({ text }) => text === '**',
  fits: ({ text, letters }, item) => (letters === undefined ? text === item : greedy(letters, [...item], LETTERS)),
  lastNeedsOne: true,
};

/** The classic two-pointer match: going back to the last star only is enough, whatever came before it matched already. */
function greedy<Part, Item>(pattern: readonly Part[], items: readonly Item[], { isStar, fits, lastNeedsOne }: Level<Part, Item>): boolean {
  let at = 0;
  let back: { readonly at: number; index: number } | undefined;
  for (let index = 0; index < items.length; ) {
    const part = pattern[at];
    const item = items[index];
    if (part !== undefined && isStar(part)) {
      if (lastNeedsOne && at === pattern.length - 1) return true;
      back = { at, index };
      at += 1;
    } else if (part !== undefined && item !== undefined && fits(part, item)) {
      at += 1;
      index += 1;
    } else if (back !== undefined) {
      back.index += 1;
      index = back.index;
      at = back.at + 1;
    } else return false;
  }
  const rest = pattern.slice(at);
  return rest.every(isStar) && !(lastNeedsOne && rest.length > 0);
}
