import { describe, expect, it } from 'vitest';
import { type Judging, judge, percent, type Sample } from '../../src/core/verdict.ts';

const MINUTE = 60_000;
const STEP = 15_000;
const NOW = 100 * MINUTE;
const limits = { threshold: 0.02, quietMs: 2 * MINUTE, patienceMs: 10 * MINUTE, stepMs: STEP, windowMs: 10 * MINUTE };

/** Rates by stretch: [from minute, to minute, value]. */
const samples = (...stretches: readonly [number, number, number][]): Sample[] =>
  stretches.flatMap(([from, to, value]) =>
    Array.from({ length: Math.floor(((to - from) * MINUTE) / STEP) }, (_, n) => ({ at: from * MINUTE + n * STEP, value })),
  );

const ask = (errors: readonly Sample[], more: Partial<Judging> = {}): Judging => ({
  now: NOW,
  since: 95 * MINUTE,
  errors,
  traffic: undefined,
  baseline: { from: 70 * MINUTE, to: 80 * MINUTE },
  during: { from: 80 * MINUTE, to: 95 * MINUTE },
  limits,
  ...more,
});
const BAD: readonly [number, number, number][] = [
  [70, 80, 0.004],
  [80, 95, 0.08],
];
const kindOf = (judging: Judging): string => {
  const judged = judge(judging);
  return judged.kind === 'wait' ? 'wait' : judged.verdict.kind;
};

describe('the verdict', () => {
  it('recovered: as good as before the release for the whole quiet time', () => {
    const judged = judge(ask(samples(...BAD, [95, 100.1, 0.004])));
    expect(judged).toMatchObject({
      kind: 'verdict',
      verdict: { kind: 'recovered', baseline: expect.closeTo(0.004), during: expect.closeTo(0.08), after: expect.closeTo(0.004) },
    });
  });

  const table: [string, Judging, string][] = [
    ['waits until the quiet time is over', ask(samples(...BAD, [95, 100.1, 0.004]), { since: 99 * MINUTE }), 'wait'],
    ['one bad sample in the quiet time is not quiet', ask(samples(...BAD, [95, 99, 0.004], [99, 99.5, 0.05], [99.5, 100.1, 0.004])), 'wait'],
    ['no samples at all: waits, then blind', ask(samples(...BAD)), 'wait'],
    ['no samples at all after the patience: blind', ask(samples(...BAD), { since: 89 * MINUTE, during: { from: 80 * MINUTE, to: 89 * MINUTE } }), 'blind'],
    ['stale samples are no samples', ask(samples(...BAD, [95, 97, 0.004]), { limits: { ...limits, patienceMs: MINUTE } }), 'blind'],
    ['not a number is no sample', ask(samples(...BAD, [95, 100.1, Number.NaN]), { limits: { ...limits, patienceMs: MINUTE } }), 'blind'],
    ['half of it is better, not recovered', ask(samples(...BAD, [95, 100.1, 0.04]), { limits: { ...limits, patienceMs: 4 * MINUTE } }), 'better'],
    ['the same rate is no effect', ask(samples(...BAD, [95, 100.1, 0.079]), { limits: { ...limits, patienceMs: 4 * MINUTE } }), 'no-effect'],
    ['a higher rate is worse', ask(samples(...BAD, [95, 100.1, 0.2]), { limits: { ...limits, patienceMs: 4 * MINUTE } }), 'worse'],
    ['below the threshold and twice the baseline is not recovered yet', ask(samples(...BAD, [95, 100.1, 0.015])), 'wait'],
    ['a baseline above the threshold is still a baseline', ask(samples([70, 80, 0.03], [80, 95, 0.3], [95, 100.1, 0.03])), 'recovered'],
    ['without a baseline the threshold has to do', ask(samples([80, 95, 0.08], [95, 100.1, 0.015])), 'recovered'],
    ['no errors in five requests prove nothing', ask(samples(...BAD, [95, 100.1, 0]), { traffic: samples([70, 100.1, 0.04]) }), 'wait'],
    [
      '… and after the patience that is blind, not healthy',
      ask(samples(...BAD, [95, 100.1, 0]), { traffic: samples([70, 100.1, 0.04]), limits: { ...limits, patienceMs: MINUTE } }),
      'blind',
    ],
    [
      'no traffic at all is not recovery',
      ask(samples(...BAD, [95, 100.1, 0]), { traffic: samples([70, 95, 40], [95, 100.1, 0]), limits: { ...limits, patienceMs: MINUTE } }),
      'blind',
    ],
    [
      'a noisy sample below the threshold is noise when all together are good',
      ask(samples(...BAD, [95, 99, 0.002], [99, 99.25, 0.015], [99.25, 100.1, 0.002]), { traffic: samples([70, 100.1, 40]) }),
      'recovered',
    ],
    ['no errors in five thousand requests do', ask(samples(...BAD, [95, 100.1, 0]), { traffic: samples([70, 100.1, 40]) }), 'recovered'],
  ];
  it.each(table)('%s', (_, judging, expected) => {
    expect(kindOf(judging)).toBe(expected);
  });

  it('says its arithmetic', () => {
    const judged = judge(ask(samples(...BAD, [95, 100.1, 0.004])));
    expect(judged.kind === 'verdict' && judged.verdict.because).toBe('0.4 % for 120 s (before the release: 0.4 %)');
  });

  it('shows rates as people write them', () => {
    expect([0.0824, 0, 0.0004, 1, undefined].map(percent)).toEqual(['8.2 %', '0.0 %', '0.04 %', '100.0 %', 'unknown']);
  });
});
