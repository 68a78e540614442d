/** Bodies by the thousand through the rooms of a source: what the door does with them, without a socket, and what the inbox does afterwards. */
import { isDeepStrictEqual } from 'node:util';
import type { Catalog } from '../../src/core/service.ts';
import { BODY_MAX_BYTES } from '../../src/http/guard.ts';
import { parseJson } from '../../src/http/json.ts';
import { CODES, Failure } from '../../src/lib/failure.ts';
import { countAlerts, readChanges, readPayload, readSignals } from '../../src/sources/read.ts';
import type { RawSignal, Source } from '../../src/sources/source.ts';
import { type Random, seeded } from '../chaos/random.ts';
import { goodFixtures } from './fixtures.ts';
import { bodyFrom } from './mutate.ts';
import { slowness, stopwatch } from './pace.ts';

/** So long one room may hold everything else up, on a quiet machine. */
const SLOWEST_MS = 50;
/** What is slow is slow each time; once may be the machine, which has other things to do. */
const TRIES = 6;
const MOST_ALERTS = 1_000;
const DAY_MS = 24 * 3_600_000;
const MOST_PROBLEMS = 5;

export interface FuzzWorld {
  readonly now: number;
  readonly catalog: Catalog;
}

export interface FuzzReport {
  readonly source: string;
  readonly accepted: number;
  readonly refused: number;
  readonly slowestMs: number;
  /** The first of them, each with the number of the body and the body itself. */
  readonly problems: readonly string[];
}

/** Body number n of a seed is the same whatever was asked before it, so one can be looked at alone. */
export const bodyOf = (source: string, seed: number, n: number): Buffer => bodyFrom(goodsOf(source), numbers(source, seed + n));

const numbers = (source: string, seed: number): Random => seeded([...source].reduce((sum, letter) => Math.imul(sum, 31) + letter.charCodeAt(0), seed * 7_919));

const goods = new Map<string, readonly string[]>();
function goodsOf(source: string): readonly string[] {
  const known = goods.get(source) ?? goodFixtures(source).map(([, body]) => body);
  if (known.length === 0) throw new Error(`test/fixtures/sources/${source} holds no payload to begin with`);
  goods.set(source, known);
  return known;
}

export function fuzz(source: Source, { seed, runs, world }: { seed: number; runs: number; world: FuzzWorld }): FuzzReport {
  const problems: string[] = [];
  const seen = { accepted: 0, refused: 0, slowestMs: 0 };
  for (let n = 0; n < runs && problems.length < MOST_PROBLEMS; n++) {
    const body = bodyOf(source.name, seed, n);
    const { kind, wrong, tookMs } = judge(source, body, world);
    seen[kind] += 1;
    const ms = tookMs > SLOWEST_MS ? fastest(source, body, world) : tookMs;
    seen.slowestMs = Math.max(seen.slowestMs, ms);
    const all = ms > SLOWEST_MS ? [...wrong, `took ${ms.toFixed(0)} ms`] : wrong;
    if (all.length > 0) problems.push(`${source.name}, body ${n} of seed ${seed}: ${all.join('; ')}\n  ${body.toString('utf8').slice(0, 2_000)}`);
  }
  return { source: source.name, ...seen, problems };
}

/** As it would be on a quiet machine. */
function fastest(source: Source, body: Buffer, world: FuzzWorld): number {
  let ms = Number.POSITIVE_INFINITY;
  for (let tried = 0; tried < TRIES && ms > SLOWEST_MS; tried++) ms = Math.min(ms, judge(source, body, world).tookMs / slowness());
  return ms;
}

interface Judged {
  readonly kind: 'accepted' | 'refused';
  readonly wrong: readonly string[];
  readonly tookMs: number;
}

/** The door and the inbox: two rooms, each with a turn of its own. */
function judge(source: Source, body: Buffer, world: FuzzWorld): Judged {
  const spent = stopwatch();
  try {
    if (body.length > BODY_MAX_BYTES) throw tooLarge();
    const { text, value } = parseJson(body);
    const count = countAlerts(source, readPayload(source, value, world), world);
    const doorMs = spent();
    const signals = readSignals(source, text, world);
    readChanges(source, text, world);
    const tookMs = Math.max(doorMs, spent() - doorMs);
    return {
      kind: 'accepted',
      tookMs,
      wrong: [...wrongWith(signals, world.now), ...wrongCount(count, signals), ...wrongLater(source, text, { signals, world })],
    };
  } catch (error) {
    return { kind: 'refused', tookMs: spent(), wrong: wrongRefusal(error) };
  }
}

/** As the door does before any of it is parsed. */
const tooLarge = (): Failure => new Failure('E_TOO_LARGE', 'too large', { path: '(root)', hint: `limit=${BODY_MAX_BYTES}` });

function wrongRefusal(error: unknown): readonly string[] {
  if (!(error instanceof Failure)) return [`not a refusal but a crash: ${error instanceof Error ? error.stack : String(error)}`];
  const status = CODES[error.code];
  return [
    ...(status >= 400 && status < 500 ? [] : [`${error.code} is ${status}`]),
    ...(error.path ? [] : [`${error.code} says no path`]),
    ...(error.hint ? [] : [`${error.code} says no hint`]),
    ...(error.message.length > 600 ? ['its message is an essay'] : []),
  ];
}

/** A list is counted whole, and kept up to a thousand; of one alert two things may be known. Nothing is never counted as something. */
function wrongCount(count: number, { length }: readonly RawSignal[]): readonly string[] {
  const isRight = length >= Math.min(count, MOST_ALERTS) && length <= MOST_ALERTS && (count === 0) === (length === 0);
  return isRight ? [] : [`answered ${count} alerts, and kept ${length}`];
}

/** Read again, by whoever takes over after a crash, and written down and read back, it is the same. */
function wrongLater(source: Source, text: string, { signals, world }: { signals: readonly RawSignal[]; world: FuzzWorld }): readonly string[] {
  const again = readSignals(source, JSON.stringify(JSON.parse(text)), world);
  const known = signals.map(({ severity, ...rest }) => (severity === undefined ? rest : { ...rest, severity }));
  return [
    ...(isDeepStrictEqual(again, signals) ? [] : ['read again it says something else']),
    ...(isDeepStrictEqual(JSON.parse(JSON.stringify(known)), known) ? [] : ['it does not survive being stored']),
  ];
}

function wrongWith(signals: readonly RawSignal[], now: number): readonly string[] {
  const wrong = new Set<string>();
  const holds = (isTrue: boolean, what: string): void => void (isTrue || wrong.add(what));
  for (const { fingerprint, state, at, severity, summary, labels, links } of signals) {
    holds(fingerprint.length > 0 && fingerprint.length <= 256 && fingerprint.isWellFormed(), 'its fingerprint');
    holds(state === 'firing' || state === 'resolved', 'its state');
    holds(Number.isSafeInteger(at) && at > 0 && at <= now + DAY_MS, `its time ${at}`);
    holds(severity === undefined || ['sev1', 'sev2', 'sev3'].includes(severity), 'its severity');
    holds(summary.length > 0 && [...summary].length <= 300 && summary.isWellFormed() && !/[\u0000-\u001f\u200b\u202e]/.test(summary), 'its summary');
    for (const [name, value] of Object.entries(labels))
      holds(value.isWellFormed() && Buffer.byteLength(value) <= 4_200 && name !== '__proto__', `its label ${name}`);
    for (const { url, title } of links) holds(/^https?:\/\//.test(url) && url.length <= 6_000 && title !== '' && !url.includes('hunter2'), 'its links');
  }
  return [...wrong].map((what) => `${what} cannot be`);
}
