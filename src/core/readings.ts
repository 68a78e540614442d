/** Samples as they came → readings a verdict may rest on. What cannot be a share of requests, or lies in the future, is no sample. */
import type { Instant } from './model.ts';

export interface Sample {
  readonly at: Instant;
  readonly value: number;
}
export interface Span {
  readonly from: Instant;
  readonly to: Instant;
}

/** What was seen at one moment. */
export interface Reading {
  readonly at: Instant;
  /** Failed ÷ all requests, 0…1. */
  readonly rate: number;
  /** That this reading stands for; undefined: traffic is not measured. */
  readonly requests: number | undefined;
  /** There was no error series, and traffic was measured: nothing failed, or the error series is lost. */
  readonly isSilent: boolean;
}

export interface Series {
  readonly errors: readonly Sample[];
  /** Requests per second; undefined: not measured. */
  readonly traffic: readonly Sample[] | undefined;
  readonly now: Instant;
  readonly stepMs: number;
}

/** A ratio of two rates may leave 0…1 by what a computer rounds. */
const ROUNDING = 1e-9;

/**
 * Oldest first, one per moment; of two samples of one moment the worse counts. A reading without requests is left out: no request, no proof.
 *
 * A query like `sum(rate(requests{code=~"5.."})) / …` gives no series at all until the first error after a start. So where the traffic query
 * shows requests and the error query nothing, nothing failed (`isSilent`), provided the error query gives samples at other times.
 */
export function readingsOf({ errors, traffic, now, stepMs }: Series): readonly Reading[] {
  const rates = cleaned(errors, now, 1);
  if (!traffic) return rates.map(({ at, value }) => ({ at, rate: value, requests: undefined, isSilent: false }));
  const flow = cleaned(traffic, now, Number.MAX_VALUE);
  const readings: Reading[] = [];
  const never = { at: Number.POSITIVE_INFINITY, value: 0 };
  for (let i = 0, j = 0; i < rates.length || j < flow.length; ) {
    const rate = rates[i] ?? never;
    const volume = flow[j] ?? never;
    const apart = rate.at - volume.at;
    // Both are asked for at the same moments; half a step allows for servers that round them.
    const isPair = Math.abs(apart) <= stepMs / 2;
    if (volume.value > 0 && (isPair || (apart > 0 && rates.length > 0))) {
      readings.push({ at: isPair ? rate.at : volume.at, rate: isPair ? rate.value : 0, requests: (volume.value * stepMs) / 1000, isSilent: !isPair });
    }
    if (isPair || apart < 0) i++;
    if (isPair || apart > 0) j++;
  }
  return readings;
}

function cleaned(samples: readonly Sample[], now: Instant, most: number): readonly Sample[] {
  const kept: Sample[] = [];
  let isSorted = true;
  let latest = Number.NEGATIVE_INFINITY;
  for (const sample of samples) {
    const { at, value } = sample;
    if (!(at <= now && value >= -ROUNDING && value <= most + ROUNDING)) continue; // NaN fails every comparison
    isSorted &&= at > latest;
    latest = at;
    kept.push(value >= 0 && value <= most ? sample : { at, value: value < 0 ? 0 : most });
  }
  if (isSorted) return kept;
  return kept.sort((a, b) => a.at - b.at || a.value - b.value).filter(({ at }, index, all) => at !== all[index + 1]?.at);
}

/** A value that makes no sense as an error rate, for the words; undefined: there is none. */
export const senseless = (errors: readonly Sample[]): number | undefined => errors.find(({ value }) => value < -ROUNDING || value > 1 + ROUNDING)?.value;

/** `from` belongs to it, `to` does not. */
export function within(readings: readonly Reading[], { from, to }: Span): readonly Reading[] {
  return readings.filter(({ at }) => at >= from && at < to);
}

/** undefined: no readings, or traffic is not measured. */
export function requestsIn(readings: readonly Reading[]): number | undefined {
  let sum = 0;
  for (const { requests } of readings) {
    if (requests === undefined) return undefined;
    sum += requests;
  }
  return readings.length === 0 ? undefined : sum;
}

/** Share of failed requests over all of them; where traffic is not measured every reading counts alike. */
export function rateOf(readings: readonly Reading[]): number | undefined {
  let [errors, requests] = [0, 0];
  for (const reading of readings) {
    errors += reading.rate * (reading.requests ?? 1);
    requests += reading.requests ?? 1;
  }
  return requests > 0 ? errors / requests : undefined;
}
