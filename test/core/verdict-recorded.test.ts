import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Sample } from '../../src/core/verdict.ts';
import { SCENARIOS } from './verdict-scenarios.ts';
import { said, T0 } from './verdict-traces.ts';

const FOLDER = new URL('../fixtures/traces/', import.meta.url);

interface Recorded {
  readonly name: string;
  readonly about: string;
  readonly expect: string;
  readonly stepS: number;
  readonly threshold: number;
  readonly quietS: number;
  readonly patienceS: number;
  readonly brokeS: number;
  readonly errors: readonly [number, string][];
  readonly traffic: readonly [number, string][];
}
const recorded = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.json'))
  .map((name) => JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8')) as Recorded); // verdict-record.ts wrote them

/** As health/prometheus.ts reads them: what is not a finite number is left out. */
const samples = (values: Recorded['errors']): Sample[] =>
  values.map(([at, value]) => ({ at: T0 + at * 1000, value: Number(value) })).filter(({ value }) => Number.isFinite(value));

const saidOf = (trace: Recorded, isMeasured = true) => {
  const limits = { threshold: trace.threshold, quietMs: trace.quietS * 1000, patienceMs: trace.patienceS * 1000, stepMs: trace.stepS * 1000 };
  const broke = T0 + trace.brokeS * 1000;
  const spans = { baseline: { from: broke - 600_000, to: broke }, during: { from: broke, to: T0 } };
  return said({ judging: { since: T0, errors: samples(trace.errors), traffic: isMeasured ? samples(trace.traffic) : undefined, ...spans, limits } });
};

describe('traces recorded from a real Prometheus', () => {
  it('are those of the scenarios', () => {
    expect(recorded.map(({ name }) => name).toSorted()).toEqual(SCENARIOS.map(({ name }) => name).toSorted());
  });

  it.each(recorded)('$name: $about → $expect', (trace) => {
    const verdict = saidOf(trace);
    expect(verdict.kind, verdict.because).toBe(trace.expect);
  });

  it.each(recorded.filter((trace) => trace.expect !== 'recovered'))('$name is not recovered without a traffic query either', (trace) => {
    expect(saidOf(trace, false).kind).not.toBe('recovered');
  });

  it('recovered is said one quiet time after the query shows it', () => {
    const trace = recorded.find(({ name }) => name === 'recovered');
    if (!trace) throw new Error('not recorded');
    const good = trace.errors.find(([at, value]) => at >= 0 && Number(value) <= trace.threshold)?.[0] ?? Number.NaN;
    expect((saidOf(trace).at - T0) / 1000 - good).toBeLessThanOrEqual(trace.quietS + trace.stepS);
  });
});
