/** Bodies that are nearly right: a good one with one to five changes, and now and then plain noise. Seeded: the same numbers, the same bodies. */
import type { Random } from '../chaos/random.ts';

const STRANGE: readonly (() => unknown)[] = [
  ...[null, '', ' ', 0, -0, -1, 1, 1e308, 5e-324, 2 ** 53, true, false, '0', '-1', '1e5', 'NaN', 'null', '[]'].map((value) => () => value),
  ...['__proto__', 'constructor', 'toString', '$ALERT_ID', '*monitorID*', '{{ .Name }}', '<!channel>', "' or 1=1 --", '../../etc/passwd'].map(
    (text) => () => text,
  ),
  // Characters that are invisible, half of a pair, turn the line around, or are many for the eye and one for the reader.
  ...['\u0000', '\ud800', '\udfff\ud800', '\u202e', '\u200b', '\ufeff', 'e\u0301'.repeat(300), '👩‍👩‍👧‍👦'.repeat(100), 'ﷺ'.repeat(500), 'İ', 'ß'].map(
    (text) => () => text,
  ),
  ...['9999-12-31T23:59:59Z', '0001-01-01T00:00:00Z', '-271821-04-20T00:00:00Z', '2026-02-30T00:00:00Z', '2026-11-20', 'yesterday', '1795156800000000000'].map(
    (time) => () => time,
  ),
  ...['javascript:alert(1)', 'http://[::1', 'https://user:hunter2@x.example/', `https://x.example/${'a'.repeat(4_000)}`].map((url) => () => url),
  () => [],
  () => ({}),
  () => [[]],
  () => ({ '': {} }),
  () => 'x'.repeat(5_000),
  () => Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`key${n}`, n])),
];
/** What takes a while to make and to read, and so comes seldom. */
const HUGE: readonly (() => unknown)[] = [
  () => 'y'.repeat(300_000),
  () => '\u202e'.repeat(100_000),
  () => `${'a '.repeat(50_000)}token=`,
  () => Array.from({ length: 5_000 }, (_, n) => n),
  () => Object.fromEntries(Array.from({ length: 2_000 }, (_, n) => [`${'k'.repeat(100)}${n}`, 'v'])),
];
const HUGE_SHARE = 0.004;
const MANY_SHARE = 0.01;
const NOISE_SHARE = 0.1;
const DEEPEST = 60;

export function bodyFrom(goods: readonly string[], random: Random): Buffer {
  const good = one(goods, random);
  return random.next() < NOISE_SHARE ? noise(good, random) : Buffer.from(mutated(good, random));
}

const one = <T>(of: readonly T[], random: Random): T => of[random.whole(0, of.length)] as T; // asked of lists that are not empty

function mutated(good: string, random: Random): string {
  const whole: { root: unknown } = { root: JSON.parse(good) };
  for (let count = random.whole(1, 6); count > 0; count--) {
    const places = placesIn(whole);
    const { parent, key } = one(places, random);
    change(parent, key, { random, other: one(places, random) });
  }
  // A lone half of a pair must come as an escape, or it would never leave this process.
  return JSON.stringify(whole.root) ?? 'null';
}

interface Place {
  readonly parent: object;
  readonly key: string;
}

/** Every member of it, at whatever depth. */
function placesIn(value: object, found: Place[] = []): readonly Place[] {
  for (const [key, inner] of Object.entries(value)) {
    if (found.length > 2_000) break;
    found.push({ parent: value, key });
    if (typeof inner === 'object' && inner !== null) placesIn(inner, found);
  }
  return found;
}

/** Dropped, retyped, renamed, doubled, moved, nested, cut, or a stranger put beside it. */
function change(parent: object, key: string, { random, other }: { random: Random; other: Place }): void {
  const value: unknown = Reflect.get(parent, key);
  const put = (next: unknown): void => void Object.defineProperty(parent, key, { value: next, writable: true, enumerable: true, configurable: true });
  const kinds: readonly (() => void)[] = [
    () => void (key !== 'root' && Reflect.deleteProperty(parent, key)),
    () => put(strange(random)),
    () => put(retyped(value)),
    () => put(many(value, random)),
    () => put(copy(Reflect.get(other.parent, other.key))),
    () => put(nested(value, random.whole(1, random.next() < 0.1 ? DEEPEST : 4))),
    () => put(typeof value === 'string' ? cut(value, random) : strange(random)),
    () => void Object.assign(parent, { [one(['added', 'alerts', 'toString', '__proto__', key.toUpperCase(), `${key} `], random)]: strange(random) }),
  ];
  one(kinds, random)();
}

const strange = (random: Random): unknown => one(random.next() < HUGE_SHARE ? HUGE : STRANGE, random)();
const copy = (value: unknown): unknown => (value === undefined ? null : structuredClone(value));

function retyped(value: unknown): unknown {
  if (typeof value === 'string') return Number.isNaN(Number(value)) ? [value] : Number(value);
  if (typeof value === 'number') return String(value);
  if (Array.isArray(value)) return Object.fromEntries(value.entries());
  return typeof value === 'object' && value !== null ? Object.values(value) : JSON.stringify(value ?? null);
}

/** The thousand-and-first alert is one too many for every source. */
function many(value: unknown, random: Random): unknown {
  const list = Array.isArray(value) ? value : [value];
  const length = random.next() < MANY_SHARE ? 1_200 : 3;
  return Array.from({ length }, (_, n) => copy(list[n % Math.max(list.length, 1)]));
}

function nested(value: unknown, deep: number): unknown {
  let inner = copy(value);
  for (let level = 0; level < deep; level++) inner = level % 2 === 0 ? [inner] : { inner };
  return inner;
}

function cut(text: string, random: Random): string {
  const at = random.whole(0, text.length + 1);
  return `${text.slice(0, at)}${String(one(['', ' ', '\n', '\u0000', '🔥', '"', '\\', '%', '=', ':', ','], random))}${text.slice(at + random.whole(0, 3))}`;
}

/** No JSON any more, or only just: cut off, with other bytes in it, or nothing but bytes. */
function noise(good: string, random: Random): Buffer {
  const bytes = Buffer.from(good);
  const at = random.whole(0, bytes.length);
  const junk = Buffer.from(Array.from({ length: random.whole(0, 20) }, () => random.whole(0, 256)));
  const kinds: readonly (() => Buffer)[] = [
    () => bytes.subarray(0, at),
    () => Buffer.concat([bytes.subarray(0, at), junk, bytes.subarray(at)]),
    () => Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)]),
    () => Buffer.concat([bytes, bytes]),
    () => junk,
    () => Buffer.from(`\ufeff${good}`, random.next() < 0.5 ? 'utf8' : 'utf16le'),
  ];
  return one(kinds, random)();
}
