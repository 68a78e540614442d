import { describe, expect, it } from 'vitest';
import { preflight } from '../../src/core/preflight.ts';
import { type Check, lightOf } from '../../src/core/rollback.ts';
import { FILES } from '../fixtures/preflight/files.ts';
import { CODE_MIGRATIONS } from '../fixtures/preflight/migrations-code.ts';
import { SQL_MIGRATIONS } from '../fixtures/preflight/migrations-sql.ts';
import type { Pair } from '../fixtures/preflight/pair.ts';
import { RELEASES } from '../fixtures/preflight/releases.ts';

const PAIRS: readonly Pair[] = [...SQL_MIGRATIONS, ...CODE_MIGRATIONS, ...FILES, ...RELEASES];
const checksOf = ({ facts, draft }: Pair): readonly Check[] => preflight(facts, draft);
const worries = (checks: readonly Check[]) => checks.filter(({ verdict }) => verdict !== 'ok');

describe('two releases of a real layout', () => {
  it.each(PAIRS.map((pair) => [pair.name, pair.light, pair] as const))('%s → %s', (_, light, pair) => {
    const checks = checksOf(pair);
    const found = Object.fromEntries(worries(checks).map(({ name, verdict, because }) => [`${name} ${verdict}`, because]));
    expect(found).toEqual(Object.fromEntries(Object.entries(pair.not).map(([which, says]) => [which, expect.stringMatching(says)])));
    expect(lightOf(checks)).toBe(light);
  });

  it('is judged by at least forty pairs, each with its own name', () => {
    expect(new Set(PAIRS.map(({ name }) => name)).size).toBe(PAIRS.length);
    expect(PAIRS.length).toBeGreaterThanOrEqual(40);
    console.info(PAIRS.map((pair) => `${lightOf(checksOf(pair)).padEnd(5)} ${pair.name}`).join('\n'));
  });
});

describe('both errors', () => {
  it('a safe one is never amber or red', () => {
    const alarms = PAIRS.filter((pair) => pair.truth === 'safe' && lightOf(checksOf(pair)) !== 'green');
    expect(alarms.map(({ name }) => name)).toEqual([]);
    expect(PAIRS.filter(({ truth }) => truth === 'safe').length).toBeGreaterThanOrEqual(10);
  });

  it('a dangerous one is never green, and not even amber', () => {
    const missed = PAIRS.filter((pair) => pair.truth === 'dangerous' && lightOf(checksOf(pair)) !== 'red');
    expect(missed.map(({ name }) => name)).toEqual([]);
    expect(PAIRS.filter(({ truth }) => truth === 'dangerous').length).toBeGreaterThanOrEqual(10);
  });
});

describe('every check', () => {
  it('is short enough to be read, and says what to watch when it warns', () => {
    for (const pair of PAIRS) {
      for (const { name, verdict, because, watch, url, files } of checksOf(pair)) {
        const where = `${pair.name} / ${name}`;
        expect(because.length, where).toBeLessThanOrEqual(200);
        expect(because.length, where).toBeGreaterThan(10);
        if (verdict === 'warn') expect(watch, where).toBeDefined();
        if (files !== undefined) expect(url, where).toMatch(/^https:\/\/github\.com\/acme\/shop\/(?:compare|blob)\//);
      }
    }
  });

  it('stands after those that are worse', () => {
    const order = ['block', 'danger', 'warn', 'ok'];
    for (const pair of PAIRS) {
      const ranks = checksOf(pair).map(({ verdict }) => order.indexOf(verdict));
      expect(ranks, pair.name).toEqual(ranks.toSorted((a, b) => a - b));
    }
  });
});
