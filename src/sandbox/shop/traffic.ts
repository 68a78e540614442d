/** Requests and errors of the shop as a pure function of time: same seed and same changes, same counters, whoever asks and whenever. */
import { createHash } from 'node:crypto';

/** How a release behaves once it runs. */
export interface Behaviour {
  /** Share of requests its bug ends in a 500, 0…1. */
  readonly errorRatio: number;
  /** From the deploy (or `breakNow`) until that share is reached. */
  readonly rampMs: number;
  /** The bug sleeps until `breakNow`. */
  readonly isDormant?: boolean;
  /** What the log says; default: the cart total reads through an undefined price. */
  readonly stack?: string;
}

/** A share that moves in a straight line from `from` to `to`, beginning at `at`. */
interface Ramp {
  readonly at: number;
  readonly from: number;
  readonly to: number;
  readonly ms: number;
}
/** What holds from one change of the shop to the next. */
export interface Phase {
  readonly at: number;
  readonly release: string;
  readonly bug: Ramp;
  readonly dependency: Ramp;
  readonly isUp: boolean;
}
export type Status = '200' | '404' | '500' | '503';
export type Counts = Readonly<Record<Status, number>>;
export interface TrafficOptions {
  /** First moment anything is known of; milliseconds since 1970-01-01 UTC. */
  readonly origin: number;
  readonly seed: number;
  readonly requestsPerSecond: number;
  /** Share of requests that fail on a good day (503), 0…1. */
  readonly baseRatio: number;
}
export interface Traffic {
  readonly origin: number;
  /** The phase in force. */
  phaseAt(at: number): Phase;
  /** Takes effect with the next whole second. */
  change(phase: Phase): void;
  /** Requests answered from the origin until `at`, whole numbers that never fall. */
  countsAt(at: number): Counts;
  /** Requests of the second that begins at `second` (ms, whole seconds). */
  countsOf(second: number): Counts;
  /** Shares right now: the release's own bug, and what it depends on. */
  sharesAt(at: number): { readonly bug: number; readonly dependency: number };
  /** A request that really came. */
  count(at: number, status: Status): void;
  /** 0…1, always the same for the same key. */
  chance(key: string): number;
}

export const STATUSES: readonly Status[] = ['200', '404', '500', '503'];
const SECOND_MS = 1_000;
const NOT_FOUND_RATIO = 0.006;
const NONE: Counts = { '200': 0, '404': 0, '500': 0, '503': 0 };

export const steady = (at: number, share = 0): Ramp => ({ at, from: share, to: share, ms: 0 });

export const shareAt = (ramp: Ramp, at: number): number =>
  ramp.ms === 0 || at >= ramp.at + ramp.ms ? ramp.to : ramp.from + ((ramp.to - ramp.from) * Math.max(0, at - ramp.at)) / ramp.ms;

export function createTraffic(options: TrafficOptions, first: readonly Phase[]): Traffic {
  const origin = Math.floor(options.origin / SECOND_MS) * SECOND_MS;
  const phases = [...first];
  const sums: Counts[] = [NONE]; // sums[i]: everything before origin + i seconds
  const real = new Map<Status, number[]>(STATUSES.map((status) => [status, []]));
  const chance = (key: string) => createHash('md5').update(`${options.seed} ${key}`).digest().readUInt32LE(0) / 2 ** 32;
  const phaseAt = (at: number) =>
    phases.findLast((phase) => phase.at <= at) ?? phases[0] ?? { at: origin, release: '', bug: steady(origin), dependency: steady(origin), isUp: true };
  const countsOf = (second: number): Counts => (second < origin ? NONE : countSecond(options, { second, phase: phaseAt(second), chance }));
  const sumBefore = (second: number): Counts => {
    const index = (second - origin) / SECOND_MS;
    for (let i = sums.length; i <= index; i++) sums.push(plus(sums[i - 1] ?? NONE, countsOf(origin + (i - 1) * SECOND_MS), 1));
    return sums[index] ?? NONE;
  };
  return {
    origin,
    phaseAt,
    countsOf,
    chance,
    change: (phase) => void phases.push(phase),
    countsAt(at) {
      if (at < origin) return NONE;
      const second = Math.floor(at / SECOND_MS) * SECOND_MS;
      // Scrapes fall on whole seconds, and a range query asks for thousands of them: nothing is drawn anew for those.
      const modelled = at === second ? sumBefore(second) : plus(sumBefore(second), countsOf(second), (at - second) / SECOND_MS);
      return mapCounts((status) => Math.floor(modelled[status]) + countUntil(real.get(status) ?? [], at));
    },
    sharesAt: (at) => ({ bug: shareAt(phaseAt(at).bug, at), dependency: shareAt(phaseAt(at).dependency, at) }),
    count: (at, status) => void real.get(status)?.push(at),
  };
}

function countSecond(options: TrafficOptions, one: { readonly second: number; readonly phase: Phase; readonly chance: (key: string) => number }): Counts {
  const { second, phase, chance } = one;
  if (!phase.isUp) return NONE;
  const wave = 1 + 0.06 * Math.sin((2 * Math.PI * second) / 420_000);
  const requests = Math.round(options.requestsPerSecond * wave * (0.93 + 0.14 * chance(`requests ${second}`)));
  // the part behind the decimal point becomes a whole request as often as it says
  const whole = (share: number, key: string) => Math.floor(requests * share) + (chance(`${key} ${second}`) < (requests * share) % 1 ? 1 : 0);
  const bug = Math.min(requests, whole(shareAt(phase.bug, second), 'bug'));
  const base = Math.min(requests - bug, whole(options.baseRatio + shareAt(phase.dependency, second), 'base'));
  const lost = Math.min(requests - bug - base, whole(NOT_FOUND_RATIO, 'lost'));
  return { '200': requests - bug - base - lost, '404': lost, '500': bug, '503': base };
}

const mapCounts = (of: (status: Status) => number): Counts => ({ '200': of('200'), '404': of('404'), '500': of('500'), '503': of('503') });
const plus = (a: Counts, b: Counts, share: number): Counts => mapCounts((status) => a[status] + b[status] * share);

/** How many of `times` (ascending) are not after `at`. */
function countUntil(times: readonly number[], at: number): number {
  let low = 0;
  for (let high = times.length; low < high; ) {
    const middle = (low + high) >>> 1;
    if ((times[middle] ?? 0) <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}
