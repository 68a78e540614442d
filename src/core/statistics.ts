/** Counting statistics for error rates: how likely is it that a difference between two counts is only chance? */

/** Failed requests among requests. Fractions are allowed: what a sample stands for is seldom a whole number. */
export interface Count {
  readonly errors: number;
  readonly requests: number;
}

/** So many that nothing is left to chance: turns a rate that is simply given into a count. */
const CERTAIN = 1e9;
export const exactly = (rate: number): Count => ({ errors: rate * CERTAIN, requests: CERTAIN });

/**
 * The chance of so few errors in `some` if its true rate were `ratio` times that of `others`. Both counts are uncertain, so the errors of
 * both together are dealt out by requests: a binomial (Przyborowski and Wilenski 1940, the conditional test of two Poisson rates).
 */
export function chanceOfSoFew(some: Count, others: Count, ratio = 1): number {
  if (some.requests <= 0 || others.requests <= 0) return 1;
  const share = (ratio * some.requests) / (ratio * some.requests + others.requests);
  return binomialAtMost(some.errors, some.errors + others.errors, share);
}

/** The chance of so many errors in `some` if its true rate were `ratio` times that of `others`. */
export const chanceOfSoMany = (some: Count, others: Count, ratio = 1): number => chanceOfSoFew(others, some, 1 / ratio);

/** P(X ≤ k), X binomial of n tries with chance p; k and n need not be whole. */
export function binomialAtMost(k: number, n: number, p: number): number {
  if (k >= n) return 1;
  if (k < 0) return 0;
  const variance = n * p * (1 - p);
  return variance > NORMAL ? normalAtMost((k + 0.5 - n * p) / Math.sqrt(variance)) : incompleteBeta(1 - p, n - k, k + 1);
}

/** From this variance on a binomial is a normal distribution for all we can tell. */
const NORMAL = 1e5;

/** Abramowitz and Stegun 26.2.17, better than 1e-7. */
function normalAtMost(z: number): number {
  if (z > 0) return 1 - normalAtMost(-z);
  const t = 1 / (1 - 0.2316419 * z);
  const series = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * series;
}

const DEEPEST = 500;
const EXACT = 1e-12;
const TINY = 1e-300;

/** Regularised incomplete beta function by its continued fraction (modified Lentz; DLMF 8.17.22). */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  // The fraction converges fast on this side only; the other side is its mirror.
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x)) / a;
  const clear = (value: number): number => (Math.abs(value) < TINY ? TINY : value);
  let c = 1;
  let d = 1 / clear(1 - ((a + b) * x) / (a + 1));
  let sum = d;
  for (let m = 1; m <= DEEPEST; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / clear(1 + even * d);
    c = clear(1 + even / c);
    sum *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / clear(1 + odd * d);
    c = clear(1 + odd / c);
    sum *= d * c;
    if (Math.abs(d * c - 1) < EXACT) break;
  }
  return Math.min(1, front * sum);
}

/** Stirling's series, after lifting small arguments above 8: better than 1e-12 there. */
function logGamma(x: number): number {
  let lift = 0;
  for (; x < 8; x += 1) lift -= Math.log(x);
  const inverse = 1 / (x * x);
  const series = (1 / 12 - inverse * (1 / 360 - inverse * (1 / 1260 - inverse / 1680))) / x;
  return lift + (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + series;
}

/** How much values differ, and how much of that neighbours do. */
export interface Spread {
  readonly variance: number;
  /** Of neighbours; without memory it is the same as `variance`, in a moving average of w values it is one w-th. */
  readonly ofNeighbours: number;
}

/** undefined: fewer than three values. */
export function spread(values: readonly number[]): Spread | undefined {
  if (values.length < 3) return undefined;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  let [all, steps] = [0, 0];
  values.forEach((value, i) => {
    all += (value - mean) ** 2;
    steps += i === 0 ? 0 : (value - (values[i - 1] ?? 0)) ** 2;
  });
  return { variance: all / (values.length - 1), ofNeighbours: steps / (2 * (values.length - 1)) };
}
