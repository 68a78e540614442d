/**
 * Metric traces as a Prometheus would have given them: requests arrive by Poisson, errors in bursts, the rate is a moving average, scrapes
 * are missed, traffic follows the day, and a deploy shakes everything for a while. Same shape, same trace.
 */
import fc from 'fast-check';
import { type Judged, type Judging, judge, type Sample, type Verdict } from '../../src/core/verdict.ts';

/** What a trace is made of. Lengths are counted in steps. */
export interface Shape {
  readonly noise: number;
  readonly stepMs: number;
  /** Steps of the moving average: rate[1m] at a step of 15 s is 4. */
  readonly smooth: number;
  readonly quiet: number;
  readonly patience: number;
  readonly badFor: number;
  /** Requests per second. */
  readonly traffic: number;
  readonly isMeasured: boolean;
  readonly threshold: number;
  /** True error rates. */
  readonly before: number;
  readonly during: number;
  readonly after: number;
  /** Mean number of errors that come together. */
  readonly burst: number;
  /** How much the error rate wanders by itself, relative. */
  readonly wander: number;
  /** How much the traffic changes over an hour, relative. */
  readonly tide: number;
  /** The first steps after the deploy: so much of the traffic and of the errors. */
  readonly dip: { readonly steps: number; readonly traffic: number; readonly errors: number };
  /** Missed scrapes: where (0…1 of the whole trace) and how many. */
  readonly gaps: readonly { readonly at: number; readonly steps: number }[];
  /** The error query gives no series while its window holds no error. */
  readonly isAbsentWhenZero: boolean;
}

export const T0 = Date.UTC(2026, 10, 20, 3);
const BEFORE = 40;
/** A rate that wanders off by more than a factor of 1.6 (e^0.45) has changed: that is no trace without a recovery. */
const FARTHEST = 0.45;

export interface Trace {
  readonly since: number;
  readonly errors: readonly Sample[];
  readonly traffic: readonly Sample[] | undefined;
  readonly judging: Omit<Judging, 'now'>;
}

export function traceOf(shape: Shape): Trace {
  const { stepMs, badFor, patience, smooth } = shape;
  const random = generator(shape.noise);
  const total = BEFORE + badFor + patience + 2;
  const bins = countBins(shape, { total, random });
  const [errors, traffic]: [Sample[], Sample[]] = [[], []];
  const missed = (bin: number): boolean => shape.gaps.some(({ at, steps }) => bin >= Math.floor(at * total) && bin < Math.floor(at * total) + steps);
  for (let bin = 0; bin < total; bin++) {
    if (missed(bin)) continue;
    let [failed, requests] = [0, 0];
    for (let i = Math.max(0, bin - smooth + 1); i <= bin; i++) {
      failed += bins.failed[i] ?? 0;
      requests += bins.requests[i] ?? 0;
    }
    const at = T0 + bin * stepMs;
    traffic.push({ at, value: requests / ((Math.min(bin + 1, smooth) * stepMs) / 1000) });
    if (requests > 0 && !(shape.isAbsentWhenZero && failed === 0)) errors.push({ at, value: failed / requests });
  }
  const since = T0 + (BEFORE + badFor) * stepMs;
  const broke = T0 + BEFORE * stepMs;
  const limits = { threshold: shape.threshold, quietMs: shape.quiet * stepMs, patienceMs: patience * stepMs, stepMs };
  const measured = shape.isMeasured ? traffic : undefined;
  const spans = { baseline: { from: T0, to: broke }, during: { from: broke, to: since } };
  return { since, errors, traffic: measured, judging: { since, errors, traffic: measured, ...spans, limits } };
}

function countBins(shape: Shape, { total, random }: { total: number; random: () => number }): { requests: number[]; failed: number[] } {
  const [requests, failed]: [number[], number[]] = [[], []];
  const phase = random() * 2 * Math.PI;
  // The error rate wanders as an autoregressive process with a memory of some eight steps.
  let drift = 0;
  for (let bin = 0; bin < total; bin++) {
    drift = 0.88 * drift + 0.47 * shape.wander * normal(random);
    const sinceDeploy = bin - BEFORE - shape.badFor;
    const dip = sinceDeploy >= 0 && sinceDeploy < shape.dip.steps ? shape.dip : { traffic: 1, errors: 1 };
    const tide = 1 + shape.tide * Math.sin(phase + (2 * Math.PI * bin * shape.stepMs) / 3_600_000);
    const truth = bin < BEFORE ? shape.before : sinceDeploy < 0 ? shape.during : shape.after;
    const arrived = poisson(shape.traffic * (shape.stepMs / 1000) * tide * dip.traffic, random);
    const rate = Math.min(0.95, truth * dip.errors * Math.exp(Math.min(Math.max(drift, -FARTHEST), FARTHEST)));
    requests.push(arrived);
    failed.push(Math.min(arrived, inBursts(arrived * rate, shape.burst, random)));
  }
  return { requests, failed };
}

/** So many errors in the mean, in bursts of geometric length. */
export function inBursts(mean: number, burst: number, random: () => number): number {
  // By then it is a normal distribution for all we can tell; a geometric length of mean b has variance b² − b.
  if (mean > 300) return Math.max(0, Math.round(mean + Math.sqrt(mean * (2 * burst - 1)) * normal(random)));
  let errors = 0;
  for (let left = poisson(mean / burst, random); left > 0; left--) errors += burst <= 1 ? 1 : 1 + Math.floor(Math.log(1 - random()) / Math.log(1 - 1 / burst));
  return errors;
}

export function poisson(mean: number, random: () => number): number {
  if (mean > 60) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal(random)));
  const limit = Math.exp(-mean);
  let count = 0;
  for (let product = random(); product > limit; product *= random()) count++;
  return count;
}

const normal = (random: () => number): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

/** mulberry32: small, fast, good enough for noise. */
export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Looks again with every step, as the step `verify` does, until something is said. Samples that lie ahead are not seen. */
export function said({ judging }: Pick<Trace, 'judging'>): Omit<Verdict, 'runs'> & { readonly looks: number } {
  const { since, limits } = judging;
  // What a look may see: since the samples lie in order, so many of the first ones.
  const upTo = (samples: readonly Sample[], now: number): readonly Sample[] => samples.slice(0, samples.findLastIndex(({ at }) => at <= now) + 1);
  for (let looks = 1, now = since; ; looks++, now += limits.stepMs) {
    const traffic = judging.traffic && upTo(judging.traffic, now);
    const judged: Judged = judge({ ...judging, errors: upTo(judging.errors, now), traffic, now });
    if (judged.kind === 'verdict') return { ...judged.verdict, looks };
    if (now > since + limits.patienceMs + limits.stepMs) throw new Error('patience is over and nothing was said');
  }
}

/** Evenly, not by bits as `fc.double` would. */
const between = (min: number, max: number): fc.Arbitrary<number> =>
  fc.noBias(fc.integer({ min: 0, max: 1_000_000 })).map((share) => min + ((max - min) * share) / 1_000_000);
/** Every order of magnitude alike. */
const anyOrder = (min: number, max: number): fc.Arbitrary<number> => between(Math.log(min), Math.log(max)).map(Math.exp);

const common = {
  noise: fc.noBias(fc.integer({ min: 0, max: 2 ** 32 - 1 })),
  pace: fc.constantFrom(
    { stepMs: 15_000, quiet: 12, patience: 40 },
    { stepMs: 15_000, quiet: 12, patience: 40 },
    { stepMs: 15_000, quiet: 8, patience: 40 },
    { stepMs: 30_000, quiet: 6, patience: 30 },
    { stepMs: 60_000, quiet: 5, patience: 20 },
    { stepMs: 10_000, quiet: 18, patience: 60 },
  ),
  smooth: fc.constantFrom(1, 2, 4, 4, 8),
  badFor: fc.noBias(fc.integer({ min: 12, max: 80 })),
  isMeasured: fc.constantFrom(true, true, true, false),
  threshold: anyOrder(0.005, 0.05),
  burst: between(1, 3),
  wander: between(0, 0.35),
  tide: between(0, 0.3),
  dip: fc.record({ length: between(0, 0.34), traffic: between(0.3, 1), errors: fc.oneof(fc.constant(0), between(0, 4)) }),
  gaps: fc.array(fc.record({ at: between(0, 1), steps: fc.integer({ min: 1, max: 8 }) }), { maxLength: 4 }),
  isAbsentWhenZero: fc.boolean(),
};

export interface Truth {
  readonly traffic: fc.Arbitrary<number>;
  /** × threshold */
  readonly before: fc.Arbitrary<number>;
  /** × threshold */
  readonly during: fc.Arbitrary<number>;
  /** From the true rates before and during. */
  readonly after: (draw: number, rates: { before: number; during: number }) => number;
}

export function shapes(truth: Truth, over: Partial<Shape> = {}): fc.Arbitrary<Shape> {
  const { traffic, before, during } = truth;
  return fc.record({ ...common, traffic, before, during, draw: between(0, 1) }).map(({ pace, draw, dip, ...rest }) => {
    const rates = { before: rest.before * rest.threshold, during: Math.min(0.6, rest.during * rest.threshold) };
    // Without a traffic query nobody can tell a lost error series from no errors: the documentation says to let the query give 0.
    const isAbsentWhenZero = rest.isAbsentWhenZero && rest.isMeasured;
    return {
      ...rest,
      ...pace,
      ...rates,
      isAbsentWhenZero,
      dip: { ...dip, steps: Math.round(dip.length * pace.quiet) },
      after: truth.after(draw, rates),
      ...over,
    };
  });
}

/** At least one request per second. */
export const ORDINARY = anyOrder(1, 1_000);

/** Enough to tell within the patience. */
export const PLENTY = anyOrder(10, 1_000);
export const LOW = anyOrder(0.1, 1);

export const NO_RECOVERY: Truth = {
  traffic: ORDINARY,
  before: between(0, 0.5),
  during: anyOrder(1.5, 20),
  // The same, somewhat worse, or slightly better.
  after: (draw, { during }) => during * (0.8 + 0.35 * draw),
};

export const TRUE_RECOVERY: Truth = {
  traffic: ORDINARY,
  before: between(0, 0.4),
  during: anyOrder(3, 20),
  after: (draw, { before }) => before * (0.8 + 0.4 * draw),
};
