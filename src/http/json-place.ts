/**
 * Where a text stops being JSON. V8 names no position when the text is short, and quotes the text when it does; so the place is found
 * here, on the error path only. Recursion is bounded: the depth of the body was measured first.
 */

interface Cursor {
  readonly text: string;
  at: number;
}

const SPACE = /[ \t\n\r]*/y;
const TEXT = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORDS: Readonly<Record<string, string>> = { t: 'true', f: 'false', n: 'null' };

/** Offset of the first character that does not fit; the length of the text when it only ends too early. */
export function firstBadCharacter(text: string): number {
  const cursor = { text, at: 0 };
  if (takeValue(cursor)) take(cursor, SPACE);
  return cursor.at;
}

function takeValue(cursor: Cursor): boolean {
  take(cursor, SPACE);
  const first = cursor.text[cursor.at] ?? '';
  if (first === '{') return takeMembers(cursor, '}', () => takeString(cursor) && takeSign(cursor, ':') && takeValue(cursor));
  if (first === '[') return takeMembers(cursor, ']', () => takeValue(cursor));
  if (first === '"') return takeString(cursor);
  const word = WORDS[first];
  return word === undefined ? take(cursor, NUMBER) : takeWord(cursor, word);
}

function takeMembers(cursor: Cursor, close: string, takeOne: () => boolean): boolean {
  cursor.at += 1;
  if (takeSign(cursor, close)) return true;
  do {
    if (!takeOne()) return false;
  } while (takeSign(cursor, ','));
  return takeSign(cursor, close);
}

function takeString(cursor: Cursor): boolean {
  take(cursor, SPACE);
  return take(cursor, TEXT) && takeSign(cursor, '"', false);
}

function takeSign(cursor: Cursor, sign: string, mayStandOff = true): boolean {
  if (mayStandOff) take(cursor, SPACE);
  if (cursor.text[cursor.at] !== sign) return false;
  cursor.at += 1;
  return true;
}

function takeWord(cursor: Cursor, word: string): boolean {
  for (const letter of word) if (!takeSign(cursor, letter, false)) return false;
  return true;
}

/** True when something was taken. */
function take(cursor: Cursor, pattern: RegExp): boolean {
  pattern.lastIndex = cursor.at;
  const length = pattern.exec(cursor.text)?.[0].length ?? 0;
  cursor.at += length;
  return length > 0;
}
