import { describe, expect, it } from 'vitest';
import { binomialAtMost, chanceOfSoFew, chanceOfSoMany, exactly, spread } from '../../src/core/statistics.ts';

/** Added up term by term, as it stands in the book. */
function summed(k: number, n: number, p: number): number {
  let [term, sum] = [(1 - p) ** n, 0];
  for (let i = 0; i <= k; i++) {
    sum += term;
    term *= ((n - i) / (i + 1)) * (p / (1 - p));
  }
  return sum;
}

describe('chance', () => {
  it.each([1, 2, 7, 40, 300])('a binomial of %i tries is the sum of its terms', (n) => {
    for (const p of [0.001, 0.1, 0.5, 0.87]) for (let k = 0; k < n; k += Math.ceil(n / 9)) expect(binomialAtMost(k, n, p)).toBeCloseTo(summed(k, n, p), 9);
  });

  it('grows with the count, between whole counts too, and ends at one', () => {
    let before = 0;
    for (let k = 0; k < 20; k += 0.25) {
      const chance = binomialAtMost(k, 20, 0.4);
      expect(chance).toBeGreaterThanOrEqual(before);
      before = chance;
    }
    expect([binomialAtMost(-1, 20, 0.4), binomialAtMost(20, 20, 0.4), binomialAtMost(5, 5, 0.4)]).toEqual([0, 1, 1]);
  });

  it('against a rate that is known exactly it is Poisson', () => {
    const poisson = Math.exp(-10) * (1 + 10 + 50);
    expect(chanceOfSoFew({ errors: 2, requests: 1_000 }, exactly(0.01))).toBeCloseTo(poisson, 6);
  });

  it('the same rate is no surprise, a half is one only with enough requests', () => {
    const held = { errors: 800, requests: 10_000 };
    expect(chanceOfSoFew({ errors: 80, requests: 1_000 }, held)).toBeGreaterThan(0.4);
    expect(chanceOfSoFew({ errors: 0.4, requests: 10 }, held)).toBeGreaterThan(0.4);
    expect(chanceOfSoFew({ errors: 40, requests: 1_000 }, held)).toBeLessThan(1e-4);
    expect(chanceOfSoMany({ errors: 160, requests: 1_000 }, held)).toBeLessThan(1e-9);
  });

  it('nothing counted is no evidence, and huge counts are no trouble', () => {
    expect(chanceOfSoFew({ errors: 0, requests: 0 }, { errors: 5, requests: 100 })).toBe(1);
    expect(chanceOfSoFew({ errors: 0, requests: 1e9 }, { errors: 1e8, requests: 1e9 })).toBe(0);
    expect(chanceOfSoFew({ errors: 1e8, requests: 1e9 }, { errors: 1e8, requests: 1e9 })).toBeCloseTo(0.5, 2);
  });

  it('neighbours of a moving average differ less than the whole', () => {
    const raw = Array.from({ length: 400 }, (_, n) => Math.sin(n * n));
    const smooth = raw.map((_, n) => raw.slice(Math.max(0, n - 3), n + 1).reduce((sum, value) => sum + value, 0) / Math.min(n + 1, 4));
    const ratio = (values: readonly number[]): number => (spread(values)?.variance ?? 0) / (spread(values)?.ofNeighbours ?? 1);
    expect(ratio(raw)).toBeCloseTo(1, 0);
    expect(ratio(smooth)).toBeGreaterThan(2.5);
    expect(spread([1, 2])).toBeUndefined();
  });
});
