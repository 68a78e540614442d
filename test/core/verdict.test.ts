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
const BUSY = samples([70, 100.1, 40]);
const GAPPED = samples([70, 80, 40], [95, 100.1, 40]);
const OVER = { limits: { ...limits, patienceMs: 4 * MINUTE } };
const every = (nth: number, all: readonly Sample[]): readonly Sample[] => all.filter((_, index) => index % nth === 0);
const shuffled = (all: readonly Sample[]): readonly Sample[] => [...every(2, all.toReversed()), ...every(2, all.slice(1)), ...all];
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
    ['a lull that ends is not quiet', ask(samples(...BAD, [95, 99, 0], [99, 100.1, 0.012]), { traffic: BUSY }), 'wait'],
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
    [
      'back to a baseline above the threshold: users are hurt as before, so never recovered',
      ask(samples([70, 80, 0.03], [80, 95, 0.3], [95, 100.1, 0.03])),
      'wait',
    ],
    ['… but better', ask(samples([70, 80, 0.03], [80, 95, 0.3], [95, 100.1, 0.03]), OVER), 'better'],
    ['a baseline as bad as the incident excuses nothing', ask(samples([70, 95, 0.08], [95, 100.1, 0.08]), OVER), 'no-effect'],
    ['… and from there the threshold has to do', ask(samples([70, 95, 0.08], [95, 100.1, 0.01]), { traffic: BUSY }), 'recovered'],
    ['without a baseline the threshold has to do', ask(samples([80, 95, 0.08], [95, 100.1, 0.015]), { traffic: samples([80, 100.1, 40]) }), 'recovered'],
    ['… and proves nothing when nobody knows of how many requests', ask(samples([80, 95, 0.08], [95, 100.1, 0.015]), OVER), 'blind'],
    [
      'no samples from the incident: as good as before is good, of so many requests',
      ask(samples([70, 80, 0.004], [95, 100.1, 0.004]), { traffic: GAPPED }),
      'recovered',
    ],
    ['no samples from the incident, and bad now: no effect', ask(samples([70, 80, 0.004], [95, 100.1, 0.08]), { ...OVER, traffic: GAPPED }), 'no-effect'],
    ['a rate that never showed the problem proves nothing', ask(samples([70, 100.1, 0.004]), { ...OVER, traffic: BUSY }), 'blind'],
    [
      'it was still rising when the rollback came: as bad as in the end is not worse',
      ask(samples([70, 80, 0.004], [80, 86, 0.04], [86, 90, 0.08], [90, 95, 0.12], [95, 100.1, 0.125]), { ...OVER, traffic: BUSY }),
      'no-effect',
    ],
    ['worse is said after a quiet time, without waiting for the patience', ask(samples(...BAD, [95, 100.1, 0.3]), { traffic: BUSY }), 'worse'],
    ['… but not before, because every deploy shakes a little', ask(samples(...BAD, [95, 100.1, 0.3]), { since: 99 * MINUTE, traffic: BUSY }), 'wait'],
    [
      'next to nobody reaches it any more: never recovered',
      ask(samples(...BAD, [95, 100.1, 0]), { ...OVER, traffic: samples([70, 95, 40], [95, 100.1, 3]) }),
      'blind',
    ],
    ['half of the usual traffic is traffic', ask(samples(...BAD, [95, 100.1, 0.004]), { traffic: samples([70, 95, 40], [95, 100.1, 20]) }), 'recovered'],
    [
      'as quiet as in the midst of the incident is not quiet',
      ask(samples([70, 80, 0.004], [80, 85, 0.08], [85, 90, 0.004], [90, 95, 0.08], [95, 100.1, 0.004]), { traffic: BUSY }),
      'wait',
    ],
    [
      '… twice as long is',
      ask(samples([60, 70, 0.004], [70, 75, 0.08], [75, 79, 0.004], [79, 90, 0.08], [90, 100.1, 0.004]), {
        since: 90 * MINUTE,
        baseline: { from: 60 * MINUTE, to: 70 * MINUTE },
        during: { from: 70 * MINUTE, to: 90 * MINUTE },
        traffic: samples([60, 100.1, 40]),
      }),
      'recovered',
    ],
    ['a hole in the quiet time breaks it', ask(samples(...BAD, [95, 98.5, 0.004], [99.75, 100.1, 0.004]), { traffic: BUSY }), 'wait'],
    ['half of the samples are not enough', ask(every(2, samples(...BAD, [95, 100.1, 0.004])), { ...OVER, traffic: every(2, BUSY) }), 'blind'],
    [
      'a missed scrape is forgiven',
      ask(samples(...BAD, [95, 99, 0.004], [99.25, 100.1, 0.004]), { traffic: BUSY.filter(({ at }) => at !== 99 * MINUTE) }),
      'recovered',
    ],
    [
      'a percentage is no share',
      ask(
        samples([70, 80, 0.4], [80, 95, 8], [95, 100.1, 0.4]).map(({ at, value }) => ({ at, value: value * 10 })),
        OVER,
      ),
      'blind',
    ],
    ['minus one is no error rate', ask(samples(...BAD, [95, 100.1, -1]), OVER), 'blind'],
    ['a rounding error below zero is zero', ask(samples(...BAD, [95, 100.1, -1e-12]), { traffic: BUSY }), 'recovered'],
    [
      'one mad value among good ones is a missed scrape',
      ask([...samples(...BAD, [95, 99, 0.004], [99.25, 100.1, 0.004]), { at: 99 * MINUTE, value: 70 }], { traffic: BUSY }),
      'recovered',
    ],
    ['samples from the future are not seen', ask(samples(...BAD, [100.25, 110, 0.004]), { ...OVER, traffic: BUSY }), 'blind'],
    [
      'samples in disorder and twice are put in order; of two the worse counts',
      ask(shuffled([...samples(...BAD, [95, 100.1, 0.004]), { at: 99 * MINUTE, value: 0.2 }]), { traffic: BUSY }),
      'wait',
    ],
    ['an effect that lies ahead of our clock is waited for', ask(samples(...BAD), { since: 101 * MINUTE, traffic: BUSY }), 'wait'],
    ['no error series at all, and usually hardly an error: nothing failed', ask(samples([70, 80, 0.00001], [80, 95, 0.08]), { traffic: BUSY }), 'recovered'],
    ['no error series where errors are usual: it is lost', ask(samples(...BAD), { ...OVER, traffic: BUSY }), 'blind'],
    ['no error series without a traffic query: no data', ask(samples([70, 80, 0.00001], [80, 95, 0.08]), OVER), 'blind'],
    ['an error query that never gave anything is broken, not good', ask([], { ...OVER, traffic: BUSY }), 'blind'],
    ['errors of no requests are no samples', ask(samples(...BAD, [95, 100.1, 0]), { ...OVER, traffic: samples([70, 95, 40]) }), 'blind'],
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

  const words: [Judging, string][] = [
    [ask(samples(...BAD, [95, 100.1, 0.004])), '0.4 % for 300 s (before the release: 0.4 %)'],
    [ask(samples(...BAD, [95, 100.1, 0.004]), { traffic: BUSY }), '0.4 % for 300 s in 11,400 requests (before the release: 0.4 %)'],
    [
      ask(samples([70, 80, 0.00001], [80, 95, 0.08]), { traffic: BUSY }),
      '0.0 % for 300 s in 11,400 requests, without an error series (before the release: 0.00 %)',
    ],
    [
      ask(samples(...BAD, [95, 100.1, 0.079]), { ...OVER, traffic: BUSY }),
      '7.9 % after 240 s in 4,200 requests, 8.0 % before that (before the release: 0.4 %)',
    ],
    [ask(samples(...BAD, [95, 100.1, 0.3]), { traffic: BUSY }), '30.0 % for 120 s in 4,200 requests, 8.0 % before that'],
    [ask(samples(...BAD, [95, 100.1, 0]), { ...OVER, traffic: samples([70, 100.1, 0.04]) }), '0.0 % for 300 s, but 11 requests are too few to be sure'],
    [
      ask(samples(...BAD, [95, 100.1, 0]), { ...OVER, traffic: samples([70, 95, 40], [95, 100.1, 3]) }),
      '3.0 requests per second get through and 40 did before: perhaps nobody reaches it any more',
    ],
    [ask(samples(...BAD, [95, 97, 0.004]), OVER), 'the newest sample is 195 s old'],
    [ask(samples(...BAD, [95, 100.1, 8]), OVER), '8 is no error rate; the query must give failed ÷ all requests, 0…1'],
    [ask(samples(...BAD, [100.25, 110, 0]), OVER), 'all samples since then lie in the future: the clocks of the metrics server and ours differ'],
    [
      ask(samples([70, 80, 0.03], [80, 95, 0.3], [95, 100.1, 0.03]), OVER),
      '3.0 % after 240 s, 30.0 % before that (before the release: 3.0 %), and that was above 2.0 % already',
    ],
  ];
  it.each(words)('says its arithmetic (%#): $1', (judging, expected) => {
    const judged = judge(judging);
    expect(judged.kind === 'verdict' && judged.verdict.because).toBe(expected);
  });

  const waits: [string, Judging, string][] = [
    ['it is bad', ask(samples(...BAD, [95, 100.1, 0.079]), { traffic: BUSY }), '7.9 % in the newest sample; well again is at most 0.9 %, 120 s on end'],
    [
      'it has been good for a while',
      ask(samples(...BAD, [95, 99, 0.08], [99, 100.1, 0.004]), { traffic: BUSY }),
      '0.4 % for 75 s so far; well again is at most 0.9 %, 120 s on end',
    ],
  ];
  it.each(waits)('while it waits and %s it says what it sees and what it waits for', (_, judging, expected) => {
    expect(judge(judging)).toEqual({ kind: 'wait', because: expected });
  });

  it('shows rates as people write them', () => {
    expect([0.0824, 0, 0.0004, 1, undefined].map(percent)).toEqual(['8.2 %', '0.0 %', '0.04 %', '100.0 %', 'unknown']);
  });
});
