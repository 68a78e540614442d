/** Did it help? Judged on samples, never on hope. */
import type { Instant } from './model.ts';

export interface Sample {
  readonly at: Instant;
  readonly value: number;
}

/** No data is never healthy: that is `blind`. */
export interface Verdict {
  readonly kind: 'recovered' | 'better' | 'no-effect' | 'worse' | 'blind';
  readonly at: Instant;
  readonly because: string;
  /** Error fractions 0…1; undefined where there was no data. */
  readonly baseline: number | undefined;
  readonly during: number | undefined;
  readonly after: number | undefined;
  /** Tag that was seen to run, by its own answer; undefined: not proven. */
  readonly runs: string | undefined;
}

export interface Judging {
  readonly now: Instant;
  /** When the deed took effect. */
  readonly since: Instant;
  /** Error fractions 0…1. */
  readonly errors: readonly Sample[];
  /** Requests per second; undefined: not measured. */
  readonly traffic: readonly Sample[] | undefined;
  /** Before the bad release. */
  readonly baseline: { readonly from: Instant; readonly to: Instant };
  /** While it was bad. */
  readonly during: { readonly from: Instant; readonly to: Instant };
  readonly limits: { readonly threshold: number; readonly quietMs: number; readonly patienceMs: number; readonly stepMs: number; readonly windowMs: number };
}

export type Judged = { readonly kind: 'wait'; readonly because: string } | { readonly kind: 'verdict'; readonly verdict: Omit<Verdict, 'runs'> };

/** Newer than this many steps, or the data is stale and we see nothing. */
const FRESH_STEPS = 4;
/** How sure we want to be that few errors are not just few requests. */
const CHANCE = 0.05;
/** Below this ratio of the rate during the incident it is better, above its inverse worse. */
const CLEARLY = 0.7;

/**
 * recovered: for the whole quiet time every sample was as good as before the bad release, with enough requests to know.
 * After the patience: better, no-effect or worse by what the rate did; blind when there was too little to see.
 */
export function judge(ask: Judging): Judged {
  const { now, since, limits } = ask;
  const after = within(ask.errors, { from: since, to: now + 1 });
  const baseline = mean(within(ask.errors, ask.baseline));
  const during = worstHalf(within(ask.errors, ask.during));
  const over = now - since >= limits.patienceMs;
  const newest = after.at(-1);
  const say = (kind: Verdict['kind'], because: string, rate: number | undefined): Judged => ({
    kind: 'verdict',
    verdict: { kind, at: now, because, baseline, during, after: rate },
  });
  if (!newest || now - newest.at > FRESH_STEPS * limits.stepMs) {
    const because = newest ? `the newest sample is ${seconds(now - newest.at)} s old` : 'there are no samples since then';
    return over ? say('blind', because, undefined) : { kind: 'wait', because };
  }
  const quiet = within(after, { from: now - limits.quietMs, to: now + 1 });
  const rate = mean(quiet);
  const requests = requestsIn(ask.traffic, { from: Math.max(since, now - limits.quietMs), to: now + 1 }, limits.stepMs);
  const good = goodEnough(baseline, limits.threshold, requests);
  // One sample counts few requests, so each must only stay below the alert's own threshold; together they must be as good as before.
  const worst = Math.max(good, limits.threshold);
  const calm = now - since >= limits.quietMs && rate !== undefined && rate <= good && quiet.every(({ value }) => value <= worst);
  if (calm && enough(requests, during, rate)) return say('recovered', `${percent(rate)} for ${seconds(limits.quietMs)} s${compared(baseline)}`, rate);
  if (!over)
    return {
      kind: 'wait',
      because: calm ? 'too few requests to be sure yet' : `${percent(newest.value)} now, ${percent(good)} is wanted for ${seconds(limits.quietMs)} s`,
    };
  if (calm) return say('blind', `only ${Math.round(requests ?? 0)} requests in ${seconds(limits.quietMs)} s: too few to tell`, rate);
  return say(direction(during, rate), `${percent(rate)} after ${seconds(limits.patienceMs)} s, ${percent(during)} before${compared(baseline)}`, rate);
}

/** As good as before the release, with room for the noise of so many requests; without a baseline the alert's own threshold has to do. */
function goodEnough(baseline: number | undefined, threshold: number, requests: number | undefined): number {
  if (baseline === undefined) return threshold;
  // Two standard deviations of a count of rare events.
  const noise = requests ? 2 * Math.sqrt(Math.max(baseline, 1 / requests) / requests) : 0;
  const usual = Math.max(baseline * 2, baseline + 0.005, baseline + noise);
  return baseline >= threshold ? usual : Math.min(threshold, usual);
}

/** Would the old failure rate have shown itself in this many requests? Unknown traffic cannot be used against a verdict. */
function enough(requests: number | undefined, during: number | undefined, rate: number | undefined): boolean {
  if (requests === undefined || during === undefined || during <= 0) return requests === undefined || requests > 0;
  const seen = (rate ?? 0) * requests;
  const expected = during * requests;
  // e^-expected is 0 for a computer beyond some 700; for so many a normal distribution is as good (one-sided 5 %).
  if (expected > 500) return (seen - expected) / Math.sqrt(expected) < -1.645;
  // Poisson: chance of seeing at most `seen` errors if nothing had changed.
  let term = Math.exp(-expected);
  let chance = term;
  for (let k = 1; k <= seen; k++) {
    term *= expected / k;
    chance += term;
  }
  return chance < CHANCE;
}

function direction(during: number | undefined, rate: number | undefined): Verdict['kind'] {
  if (during === undefined || rate === undefined) return 'blind';
  if (rate <= during * CLEARLY) return 'better';
  return rate >= during / CLEARLY ? 'worse' : 'no-effect';
}

const within = (samples: readonly Sample[], span: { from: Instant; to: Instant }): readonly Sample[] =>
  samples.filter(({ at, value }) => at >= span.from && at < span.to && Number.isFinite(value));

function mean(samples: readonly Sample[]): number | undefined {
  return samples.length === 0 ? undefined : samples.reduce((sum, { value }) => sum + value, 0) / samples.length;
}

/** An incident begins with good samples and may end with some; its rate is that of its worse half. */
function worstHalf(samples: readonly Sample[]): number | undefined {
  const sorted = [...samples].sort((a, b) => b.value - a.value);
  return mean(sorted.slice(0, Math.ceil(sorted.length / 2)));
}

/** Requests per second → requests. */
function requestsIn(traffic: readonly Sample[] | undefined, span: { from: Instant; to: Instant }, stepMs: number): number | undefined {
  return traffic === undefined ? undefined : within(traffic, span).reduce((sum, { value }) => sum + (value * stepMs) / 1000, 0);
}

const seconds = (ms: number): number => Math.round(ms / 1000);
const compared = (baseline: number | undefined): string =>
  baseline === undefined ? '; no samples from before the release to compare with' : ` (before the release: ${percent(baseline)})`;

/** 0.0824 → `8.2 %`. */
export function percent(fraction: number | undefined): string {
  if (fraction === undefined) return 'unknown';
  const value = fraction * 100;
  return `${value.toFixed(value < 0.095 && value > 0 ? 2 : 1)} %`;
}
