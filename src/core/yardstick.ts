/** What the time after is held against: how it was before the bad release, and how it was while it was bad. */
import { type Reading, rateOf, requestsIn } from './readings.ts';
import { type Count, spread } from './statistics.ts';

export interface Limits {
  /** Fraction, 0…1. Above it users are hurt. */
  readonly threshold: number;
  /** How long it must stay good. */
  readonly quietMs: number;
  /** Then something must be said. */
  readonly patienceMs: number;
  /** Distance of samples. */
  readonly stepMs: number;
}

export interface Yardstick {
  /** Rate before the bad release; undefined: no readings. */
  readonly baseline: number | undefined;
  /** Rate while it was bad; undefined: no readings. */
  readonly during: number | undefined;
  /** Of its worse half: it may have been still rising. Only what is above this got worse. */
  readonly peak: number | undefined;
  /** As independent events; undefined: these numbers never showed that something was bad, or nobody knows how many requests they stand for. */
  readonly bad: Count | undefined;
  /** The rate was seen to be bad. */
  readonly isSeen: boolean;
  /** The longest time without a bad reading in the midst of it. */
  readonly lullMs: number;
  /** Requests per second that are usual; undefined: not measured. */
  readonly traffic: number | undefined;
  /** Requests of one reading that count as independent: a part of the measured ones, or an estimate where none are measured. */
  readonly weight: { readonly kind: 'part' | 'each'; readonly value: number } | undefined;
}

/**
 * Errors come in bursts: one cause fails many requests, one user tries again and again. So many times more than with independent requests
 * the count of errors varies at least, however even it looks, and at most; beyond that it is the rate itself that changes.
 */
const BURST = { least: 2, most: 6 };
/** Readings that a moving average may span: rate[5m] every 15 s. */
const WIDEST = 20;
/** Less variance of a share is only rounding. */
const STILL = 1e-20;
/** Of the errors of an incident. */
const EDGE = 0.05;

export function yardstick(before: readonly Reading[], during: readonly Reading[], limits: Limits): Yardstick {
  const baseline = rateOf(before);
  const span = badSpan(during, Math.min(usual(baseline, limits.threshold), limits.threshold));
  const rate = rateOf(span ?? during);
  const weight = span ? weightOf(span, before) : undefined;
  const flows = [before, during].map((readings) => perSecond(readings, limits.stepMs)).filter((flow) => flow !== undefined);
  return {
    baseline,
    during: rate,
    peak: rateOf(worseHalf(span ?? during)),
    isSeen: span !== undefined,
    bad: span && weigh(span, weight),
    lullMs: span ? longestLull(span, limits) : 0,
    traffic: flows.length > 0 ? Math.min(...flows) : undefined,
    weight,
  };
}

/** Twice the usual rate, and half a percent more than usual, are still usual; without a baseline only the alert's own threshold is left. */
export const usual = (baseline: number | undefined, threshold: number): number =>
  baseline === undefined ? threshold : Math.max(baseline * 2, baseline + 0.005);

/**
 * An incident may begin with good readings, and end with some while the rollback takes hold: those are cut off, what lies between is not.
 * Cut is where the first and the last few of its errors lie, because one of the good readings may look bad by chance.
 */
function badSpan(during: readonly Reading[], good: number): readonly Reading[] | undefined {
  const errors = ({ rate, requests = 1 }: Reading): number => (rate > good ? rate * requests : 0);
  const few = during.reduce((sum, reading) => sum + errors(reading), 0) * EDGE;
  if (few === 0) return undefined;
  const edge = (readings: readonly Reading[]): number => {
    let sum = 0;
    return readings.findIndex((reading) => {
      sum += errors(reading);
      return sum > few;
    });
  };
  return during.slice(edge(during), during.length - edge(during.toReversed()));
}

const worseHalf = (readings: readonly Reading[]): readonly Reading[] => readings.toSorted((a, b) => b.rate - a.rate).slice(0, Math.ceil(readings.length / 2));

function weightOf(span: readonly Reading[], before: readonly Reading[]): Yardstick['weight'] {
  const requests = requestsIn(span);
  if (requests === undefined) {
    const least = leastRequests([...before, ...span]);
    // Before, the rate itself wandered least: what neighbours had in common then came from the query's window.
    const windows = Math.min(overlap(before) ?? overlap(span) ?? 1, overlap(span) ?? 1);
    return least === undefined ? undefined : { kind: 'each', value: least / windows / BURST.most };
  }
  // The longer record knows better: an incident may have lasted for some seconds only.
  const found = [burstOf(span), burstOf(before)].filter((one) => one !== undefined);
  const burst = found.reduce((best, one) => (one.events > best.events ? one : best), { times: BURST.most, events: 0 });
  return { kind: 'part', value: 1 / Math.min(Math.max(burst.times, BURST.least), BURST.most) };
}

/**
 * So many times more than with independent requests (rate × (1 − rate) ÷ n) does the share vary. Seen in few windows or by few errors, that may be
 * more than it looks: two standard errors are added. undefined: it never moved.
 */
function burstOf(readings: readonly Reading[]): { readonly times: number; readonly events: number } | undefined {
  const [found, requests, rate] = [spread(readings.map((reading) => reading.rate)), requestsIn(readings), rateOf(readings)];
  if (!found || !requests || !rate || rate === 1 || found.variance < STILL) return undefined;
  const windows = readings.length / (overlap(readings) ?? 1);
  const events = Math.min(windows, rate * requests);
  return { times: ((found.variance * requests) / windows / (rate * (1 - rate))) * (1 + 2 * Math.sqrt(2 / events)), events };
}

/** A moving average rests on fewer windows than readings: by so many times. undefined: the rate never moved, or is hardly known. */
function overlap(readings: readonly Reading[]): number | undefined {
  const found = spread(readings.map(({ rate }) => rate));
  if (!found || found.variance < STILL) return undefined;
  return Math.min(Math.max(found.variance / Math.max(found.ofNeighbours, found.variance / WIDEST), 1), WIDEST);
}

/** A share of 0.4 % cannot come from fewer than 250 requests. Not the smallest share counts, because one may be an oddity. */
function leastRequests(readings: readonly Reading[]): number | undefined {
  const shares = readings.filter(({ rate }) => rate > 0).map(({ rate }) => rate);
  const small = shares.toSorted((a, b) => a - b)[Math.min(2, shares.length - 1)];
  return small === undefined ? undefined : 1 / small;
}

/** The independent events behind readings; undefined: nobody knows how many requests they stand for. */
export function weigh(readings: readonly Reading[], weight: Yardstick['weight']): Count | undefined {
  const rate = rateOf(readings);
  if (rate === undefined) return undefined;
  const measured = requestsIn(readings);
  const requests = weight?.kind === 'each' ? readings.length * weight.value : measured === undefined ? undefined : measured * (weight?.value ?? 1 / BURST.most);
  return requests === undefined ? undefined : { errors: rate * requests, requests };
}

function longestLull(span: readonly Reading[], { threshold, stepMs }: Limits): number {
  let [longest, run] = [0, 0];
  for (const { rate } of span) {
    run = rate > threshold ? 0 : run + 1;
    longest = Math.max(longest, run);
  }
  return longest * stepMs;
}

/** Requests per second. */
export function perSecond(readings: readonly Reading[], stepMs: number): number | undefined {
  const requests = requestsIn(readings);
  return requests === undefined ? undefined : requests / ((readings.length * stepMs) / 1000);
}
