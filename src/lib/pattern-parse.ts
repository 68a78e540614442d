/**
 * Reads a regular expression into a small tree, for pattern.ts to judge. Only what every log backend can run in linear time
 * or that a backtracking engine runs predictably: no look-around, no back references.
 */

/** Closed ranges of UTF-16 code units, in any order. */
export type Ranges = readonly (readonly [from: number, to: number])[];
export type Node =
  | { readonly kind: 'set'; readonly ranges: Ranges }
  | { readonly kind: 'empty' }
  | { readonly kind: 'sequence' | 'choice'; readonly parts: readonly Node[] }
  | { readonly kind: 'repeat'; readonly body: Node; readonly min: number /** Infinity: no upper bound. */; readonly max: number };

/** Thrown for constructs we do not take; `message` says which. */
export class NotTaken extends Error {}

const LAST = 0xffff;
const DIGIT: Ranges = [[48, 57]];
const WORD: Ranges = [
  [48, 57],
  [65, 90],
  [95, 95],
  [97, 122],
];
const SPACE: Ranges = [
  [9, 13],
  [32, 32],
  [160, 160],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x2028, 0x2029],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
  [0xfeff, 0xfeff],
];
const DOT = invert([
  [10, 10],
  [13, 13],
  [0x2028, 0x2029],
]);

export function invert(ranges: Ranges): Ranges {
  const out: [number, number][] = [];
  let next = 0;
  for (const [from, to] of [...ranges].sort((a, b) => a[0] - b[0])) {
    if (from > next) out.push([next, from - 1]);
    next = Math.max(next, to + 1);
  }
  if (next <= LAST) out.push([next, LAST]);
  return out;
}

interface Reader {
  readonly text: string;
  at: number;
  depth: number;
}
// Deeper groups are not read by people either, and the reader is recursive.
const DEEPEST = 50;

/** `text` must already be accepted by `new RegExp(text)`; throws NotTaken otherwise or for what we do not take. */
export function parsePattern(text: string): Node {
  const reader: Reader = { text, at: 0, depth: 0 };
  const node = readChoice(reader);
  if (reader.at < text.length) throw new NotTaken(`unexpected '${text[reader.at]}'`);
  return node;
}

function readChoice(r: Reader): Node {
  if (++r.depth > DEEPEST) throw new NotTaken(`groups nested deeper than ${DEEPEST}`);
  const parts = [readSequence(r)];
  while (r.text[r.at] === '|') {
    r.at++;
    parts.push(readSequence(r));
  }
  r.depth--;
  return parts.length === 1 && parts[0] ? parts[0] : { kind: 'choice', parts };
}

function readSequence(r: Reader): Node {
  const parts: Node[] = [];
  while (r.at < r.text.length && r.text[r.at] !== '|' && r.text[r.at] !== ')') parts.push(readRepeat(r, readAtom(r)));
  return { kind: 'sequence', parts };
}

function readRepeat(r: Reader, body: Node): Node {
  const match = /^(?:([*+?])|\{(\d+)(,?)(\d*)\})\??/.exec(r.text.slice(r.at, r.at + 24));
  if (!match) return body;
  r.at += match[0].length;
  const [, sign, low, comma, high] = match;
  if (sign === '*') return { kind: 'repeat', body, min: 0, max: Number.POSITIVE_INFINITY };
  if (sign === '+') return { kind: 'repeat', body, min: 1, max: Number.POSITIVE_INFINITY };
  if (sign === '?') return { kind: 'repeat', body, min: 0, max: 1 };
  const min = Number(low);
  return { kind: 'repeat', body, min, max: comma === '' ? min : high === '' ? Number.POSITIVE_INFINITY : Number(high) };
}

function readAtom(r: Reader): Node {
  const character = r.text[r.at] ?? '';
  if (character === '(') return readGroup(r);
  if (character === '[') return readClass(r);
  r.at++;
  if (character === '.') return { kind: 'set', ranges: DOT };
  if (character === '^' || character === '$') return { kind: 'empty' };
  if (character !== '\\') return one(character.charCodeAt(0));
  return readEscape(r);
}

function readGroup(r: Reader): Node {
  const opening = /^\((?:\?:|\?<[\p{L}_$][\p{L}\p{N}_$]*>)?(?!\?)/u.exec(r.text.slice(r.at, r.at + 80));
  if (!opening) {
    const [start = ''] = /^\(\?<?[^\w)]?/.exec(r.text.slice(r.at)) ?? [];
    throw new NotTaken(`'${start}' (look-around and inline flags are not supported; matching already ignores case)`);
  }
  r.at += opening[0].length;
  const body = readChoice(r);
  if (r.text[r.at] !== ')') throw new NotTaken('a group is not closed');
  r.at++;
  return body;
}

function readEscape(r: Reader): Node {
  const letter = r.text[r.at] ?? '';
  if (/[1-9k]/.test(letter)) throw new NotTaken(`'\\${letter}' (back references are not supported)`);
  if (letter === 'b' || letter === 'B') {
    r.at++;
    return { kind: 'empty' };
  }
  return { kind: 'set', ranges: readEscaped(r) };
}

/** What stands after a backslash, in or outside a class. */
function readEscaped(r: Reader): Ranges {
  const letter = r.text[r.at] ?? '';
  r.at++;
  const named: Record<string, Ranges> = { d: DIGIT, w: WORD, s: SPACE, D: invert(DIGIT), W: invert(WORD), S: invert(SPACE) };
  const set = named[letter];
  if (set) return set;
  const control = 'tnvfr'.indexOf(letter);
  if (control >= 0) return single(9 + control);
  if (letter === '0') return single(0);
  const digits = letter === 'x' ? 2 : letter === 'u' ? 4 : 0;
  const hex = r.text.slice(r.at, r.at + digits);
  if (digits > 0 && hex.length === digits && /^[0-9a-fA-F]+$/.test(hex)) {
    r.at += digits;
    return single(Number.parseInt(hex, 16));
  }
  if (letter === 'p' || letter === 'P' || letter === 'c') throw new NotTaken(`'\\${letter}' is not supported`);
  return single(letter.charCodeAt(0));
}

function readClass(r: Reader): Node {
  r.at++;
  const negated = r.text[r.at] === '^';
  if (negated) r.at++;
  const ranges: [number, number][] = [];
  while (r.at < r.text.length && r.text[r.at] !== ']') {
    const from = readClassMember(r);
    const only = from.length === 1 ? from[0] : undefined;
    if (only && only[0] === only[1] && r.text[r.at] === '-' && r.text[r.at + 1] !== ']' && r.at + 1 < r.text.length) {
      r.at++;
      const to = readClassMember(r)[0];
      ranges.push([only[0], to?.[1] ?? only[1]]);
    } else ranges.push(...from.map(([a, b]): [number, number] => [a, b]));
  }
  if (r.text[r.at] !== ']') throw new NotTaken("'[' is not closed");
  r.at++;
  return { kind: 'set', ranges: negated ? invert(ranges) : ranges };
}

function readClassMember(r: Reader): Ranges {
  const character = r.text[r.at] ?? '';
  r.at++;
  if (character !== '\\') return single(character.charCodeAt(0));
  if (r.text[r.at] === 'b') {
    r.at++;
    return single(8); // inside a class \b is the backspace character
  }
  return readEscaped(r);
}

const single = (code: number): Ranges => [[code, code]];
const one = (code: number): Node => ({ kind: 'set', ranges: single(code) });
