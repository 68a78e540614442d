/** Bytes from outside → JSON value. Every refusal says where; none echoes more than one character of the body. */
import { isUtf8 } from 'node:buffer';
import { Failure } from '../lib/failure.ts';
import { firstBadCharacter } from './json-place.ts';

/** Nothing we read is deeper than 8; V8's own stringify and structuredClone overflow the stack near 10,000. */
const DEEPEST = 32;

export interface JsonBody {
  readonly text: string;
  readonly value: unknown;
  /** How many `__proto__` keys were left out. */
  readonly dropped: number;
}

/** Throws E_UTF8, E_JSON_DEPTH or E_JSON_SYNTAX. The depth is measured before anything is built. */
export function parseJson(bytes: Buffer): JsonBody {
  refuseOtherEncodings(bytes);
  refuseDepth(bytes);
  const hasBom = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  const text = bytes.toString('utf8', hasBom ? 3 : 0);
  if (text.trim() === '') throw new Failure('E_JSON_SYNTAX', 'the body is empty', { path: '(root)', hint: 'send one JSON document' });
  try {
    const value: unknown = JSON.parse(text);
    return { text, value, dropped: mayHoldProto(text) ? dropProto(value) : 0 };
  } catch {
    throw syntaxFailure(text);
  }
}

/** The key can also be written with escapes; both spellings must be looked for, and both are rare. */
function mayHoldProto(text: string): boolean {
  return text.includes('__proto__') || text.includes('\\u005f') || text.includes('\\u005F');
}

/** Takes them out where they are, and counts them. A walk: a reviver would be called for every value, at seven times the price of parsing. */
function dropProto(value: unknown): number {
  let dropped = 0;
  const open: unknown[] = [value];
  while (open.length > 0) {
    const inner = open.pop();
    if (typeof inner !== 'object' || inner === null) continue;
    if (Object.hasOwn(inner, '__proto__') && Reflect.deleteProperty(inner, '__proto__')) dropped += 1;
    for (const part of Object.values(inner)) open.push(part);
  }
  return dropped;
}

function refuseOtherEncodings(bytes: Buffer): void {
  const [a, b] = bytes;
  const isUtf16 = (a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff) || (bytes.length > 1 && (a === 0) !== (b === 0));
  if (isUtf16) throw new Failure('E_UTF8', 'the body looks like UTF-16', { path: 'byte 0', hint: 'send UTF-8' });
  if (isUtf8(bytes)) return;
  throw new Failure('E_UTF8', `the body is not UTF-8 at byte ${firstBadByte(bytes)}`, { path: `byte ${firstBadByte(bytes)}`, hint: 'send UTF-8' });
}

/** Offset of the first byte that cannot begin or continue a character: the longest valid prefix, by halving. */
function firstBadByte(bytes: Buffer): number {
  let good = 0;
  let bad = bytes.length;
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    // A prefix may end inside a character that goes on correctly: allow up to three bytes more.
    if ([0, 1, 2, 3].some((more) => isUtf8(bytes.subarray(0, Math.min(bytes.length, middle + more))) && middle + more <= bytes.length)) good = middle;
    else bad = middle;
  }
  return good;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

function refuseDepth(bytes: Buffer): void {
  let depth = 0;
  let isInText = false;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (isInText) {
      if (byte === BACKSLASH) at += 1;
      else if (byte === QUOTE) isInText = false;
    } else if (byte === QUOTE) isInText = true;
    else if (byte === 0x5b || byte === 0x7b) {
      depth += 1;
      if (depth > DEEPEST)
        throw new Failure('E_JSON_DEPTH', `the body is nested deeper than ${DEEPEST}`, { path: `byte ${at}`, hint: 'send a flatter document' });
    } else if (byte === 0x5d || byte === 0x7d) depth -= 1;
  }
}

function syntaxFailure(text: string): Failure {
  const at = firstBadCharacter(text);
  const before = text.slice(0, at).split('\n');
  const place = `line ${before.length}, column ${(before.at(-1) ?? '').length + 1}`;
  const found = at >= text.length ? 'the body ends too early' : `unexpected ${show(text.codePointAt(at) ?? 0)}`;
  return new Failure('E_JSON_SYNTAX', `not JSON: ${found} at character ${at} (${place})`, { path: place, hint: 'send one complete JSON document' });
}

function show(code: number): string {
  return code > 0x20 && code < 0x7f ? `'${String.fromCodePoint(code)}'` : `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
}
