import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ErrorRate, UrlProbe } from '../../src/core/service.ts';
import type { Sample } from '../../src/core/verdict.ts';
import { POLL_START, type PollState, pollDecision, probeDecision, type Reading } from '../../src/sources/poll.ts';

const T0 = Date.parse('2026-11-20T07:00:00Z');
const MINUTE = 60_000;
const STEP = 15_000;
const rate: ErrorRate = {
  url: 'http://p',
  query: 'q',
  traffic: undefined,
  threshold: 0.05,
  forMs: 2 * MINUTE,
  pollMs: STEP,
  windowMs: 0,
  quietMs: 0,
  patienceMs: 0,
  stepMs: STEP,
};

/** Polls every 15 s; each poll sees the last `window` samples of the curve so far. `undefined` is a gap, `failed` a failed query. */
function play(curve: readonly (number | undefined | 'failed')[], window = 4) {
  let state: PollState = POLL_START;
  const said: string[] = [];
  const signals: string[] = [];
  const samples: Sample[] = [];
  curve.forEach((value, index) => {
    const now = T0 + index * STEP;
    if (typeof value === 'number') samples.push({ at: now, value });
    const reading: Reading =
      value === 'failed' ? { kind: 'failed', because: 'E_TIMEOUT' } : { kind: 'samples', samples: samples.filter(({ at }) => at > now - window * STEP) };
    const decision = pollDecision(state, reading, { service: 'shop', rate, now });
    state = JSON.parse(JSON.stringify(decision.state)) as PollState; // it is stored as JSON between polls
    said.push(decision.say);
    for (const signal of decision.signals) signals.push(`${index} ${signal.fingerprint} ${signal.state} ${(signal.at - T0) / STEP}`);
  });
  return { said, signals, state };
}
const times = <T>(count: number, value: T): T[] => new Array<T>(count).fill(value);

describe('an error rate against its threshold', () => {
  test('fires once when it has been above for two minutes, with the moment it began', () => {
    expect(play([...times(3, 0.01), ...times(20, 0.2)]).signals).toEqual(['11 error-rate:shop firing 3']);
  });
  test('does not fire when it dips in between', () => {
    expect(play([...times(7, 0.2), 0.01, ...times(7, 0.2), 0.01]).signals).toEqual([]);
  });
  test('a dip between two polls counts as well', () => {
    const state = { ...POLL_START, badSince: T0 };
    const samples = [0.2, 0.2, 0.01, 0.2].map((value, n) => ({ at: T0 + 2 * MINUTE + n * STEP, value }));
    const decision = pollDecision(state, { kind: 'samples', samples }, { service: 'shop', rate, now: T0 + 2 * MINUTE + 3 * STEP });
    expect([decision.signals, decision.state.badSince]).toEqual([[], T0 + 2 * MINUTE + 3 * STEP]);
  });
  test('resolves once when it has been below for as long', () => {
    expect(play([...times(10, 0.2), ...times(20, 0.01)]).signals).toEqual(['8 error-rate:shop firing 0', '18 error-rate:shop resolved 10']);
  });
  test('exactly at the threshold is fine', () => expect(play(times(20, 0.05))).toMatchObject({ signals: [], said: times(20, 'ok') }));
});

describe('no data', () => {
  test('is blind, and after five polls blindness is told; the error-rate alert stays as it is', () => {
    const { signals, said } = play([...times(10, 0.2), ...times(20, undefined)]);
    expect(said.slice(0, 10)).toEqual(times(10, 'above'));
    expect(said.slice(-15)).toEqual(times(15, 'blind'));
    expect(signals).toEqual(['8 error-rate:shop firing 0', expect.stringMatching(/^\d+ blind:error-rate:shop firing/)]);
  });
  test('a failed query counts the same; when data is back, blindness resolves and the rate is judged anew', () => {
    expect(play([...times(10, 0.2), ...times(6, 'failed' as const), ...times(3, 0.01)]).signals).toEqual([
      '8 error-rate:shop firing 0',
      '14 blind:error-rate:shop firing 14',
      '16 blind:error-rate:shop resolved 16',
    ]);
  });
  test('time in the dark counts neither as above nor as fine', () => {
    expect(play([...times(4, 0.2), ...times(4, 'failed' as const), ...times(3, 0.2)], 2).signals).toEqual([]);
    expect(play([...times(9, 0.2), 0.01, ...times(4, 'failed' as const), ...times(7, 0.01)], 2).signals).toEqual(['8 error-rate:shop firing 0']);
  });
  test('samples that are no numbers, or from the future, are none', () => {
    const samples = [
      { at: T0, value: Number.NaN },
      { at: T0 + 1, value: 0.5 },
    ];
    expect(pollDecision(POLL_START, { kind: 'samples', samples }, { service: 'shop', rate, now: T0 }).say).toBe('blind');
  });
  const seed = Date.now() % 2 ** 31;
  test(`whatever comes, nothing resolves on a blind poll and states alternate (seed ${seed})`, () => {
    const value = fc.oneof(fc.constantFrom(0, 0.01, 0.2, 1), fc.constant(undefined), fc.constant('failed' as const));
    fc.assert(
      fc.property(fc.array(value, { maxLength: 80 }), (curve) => {
        const { signals, said } = play(curve);
        for (const fingerprint of ['error-rate:shop', 'blind:error-rate:shop']) {
          const own = signals.map((line) => line.split(' ')).filter(([, of]) => of === fingerprint);
          own.forEach(([at, , state], n) => {
            expect(state).toBe(n % 2 === 0 ? 'firing' : 'resolved');
            if (fingerprint === 'error-rate:shop') expect(said[Number(at)]).toBe(state === 'firing' ? 'above' : 'ok');
          });
        }
      }),
      { numRuns: 2_000, seed },
    );
  });
});

describe('a key URL', () => {
  const check: UrlProbe = { url: 'https://shop.example/', expectStatus: 200, maxMs: 1_000, contains: 'Cart', pollMs: STEP, forMs: 30_000 };
  const fine = { status: 200, ms: 20, body: '<h1>Cart</h1>', error: undefined };
  const probe = (seen: object, state: PollState = POLL_START, now = T0) => probeDecision(state, { ...fine, ...seen }, { service: 'shop', check, now });

  test.each([
    [{}, 'ok'],
    [{ status: 503 }, 'above'],
    [{ ms: 1_001 }, 'above'],
    [{ body: 'maintenance' }, 'above'],
    [{ status: undefined, error: 'E_PROBE: shop.example gave no answer (ECONNREFUSED)' }, 'above'],
    [{ status: undefined, error: 'E_TIMEOUT: …' }, 'above'],
    [{ status: undefined, error: 'E_PROBE: shop.example gave no answer (EAI_AGAIN)' }, 'blind'],
  ])('%j is %s', (seen, say) => expect(probe(seen).say).toBe(say));

  test('fires when it has been bad for its duration, naming what is wrong, and resolves the same way', () => {
    let state = POLL_START;
    const lines: string[] = [];
    [503, 503, 503, 503, 200, 200, 200, 200].forEach((status, n) => {
      const decision = probe({ status }, state, T0 + n * STEP);
      state = decision.state;
      for (const signal of decision.signals) lines.push(`${n} ${signal.state} ${signal.summary}`);
    });
    expect(lines).toEqual(['2 firing https://shop.example/: answers 503, expected 200', '6 resolved https://shop.example/: answers as expected']);
  });
});
