import { describe, expect, it } from 'vitest';
import { type Answered, afterRound, judgeProbing, PROBING_START, type Probing, type Round, roundOf } from '../../src/core/probing.ts';
import type { UrlProbe } from '../../src/core/service.ts';

const LIMITS = { quietMs: 60_000, patienceMs: 600_000 };
const EVERY_MS = 30_000;
const KINDS: Readonly<Record<string, Round['kind']>> = { g: 'good', b: 'bad', u: 'unclear' };

/** One round every half minute, `g`ood, `b`ad or `u`nclear, judged after each; the last one goes on until something is said. */
function history(letters: string): { said: string; because: string; rounds: number } {
  let probing: Probing = PROBING_START;
  for (let index = 0, now = 0; ; index++, now += EVERY_MS) {
    const kind = KINDS[letters[Math.min(index, letters.length - 1)] ?? ''] ?? 'unclear';
    probing = afterRound(probing, { kind, because: kind }, now);
    const says = judgeProbing(probing, { now, since: 0 }, LIMITS);
    if (says.kind !== 'wait') return { said: says.kind, because: says.because, rounds: index + 1 };
  }
}
const bad = (n: number): string => 'b'.repeat(n);

describe('probe histories', () => {
  const table: [string, string, number][] = [
    ['g', 'recovered', 3],
    ['bg', 'recovered', 4],
    ['ug', 'recovered', 4],
    ['gbg', 'recovered', 5],
    ['gug', 'recovered', 5],
    ['ggbg', 'recovered', 6],
    ['ggug', 'recovered', 6],
    ['bbbbbg', 'recovered', 8],
    ['uuuuug', 'recovered', 8],
    ['gbgbgbg', 'recovered', 9],
    ['ggbggbggug', 'recovered', 12],
    [`${bad(18)}g`, 'recovered', 21],
    [`${bad(17)}uggg`, 'recovered', 21],
    ['b', 'no-effect', 21],
    ['gb', 'no-effect', 21],
    ['ggb', 'no-effect', 21],
    ['ub', 'no-effect', 21],
    ['ubbb', 'no-effect', 21],
    [`${bad(19)}g`, 'no-effect', 21],
    [`${bad(18)}gbg`, 'no-effect', 21],
    [`${bad(18)}ubg`, 'no-effect', 21],
    [`${bad(18)}bub`, 'no-effect', 21],
    ['gbgbgbgbgbgbgbgbgbgbg', 'no-effect', 21],
    ['u', 'blind', 21],
    ['gu', 'blind', 21],
    ['ggu', 'blind', 21],
    ['bu', 'blind', 21],
    [`${bad(18)}uub`, 'blind', 21],
    [`${bad(18)}buu`, 'blind', 21],
    ['ugugugugugugugugugugu', 'blind', 21],
    [`${bad(18)}ugg`, 'blind', 21],
    [`${'u'.repeat(19)}g`, 'blind', 21],
  ];
  it.each(table)('%s → %s after %i rounds', (letters, said, rounds) => {
    expect(history(letters)).toMatchObject({ said, rounds });
  });

  it('says its count', () => {
    expect(history('g').because).toBe('3 of 3 probes good for 60 s');
    expect(history('b').because).toBe('3 of the last 3 probes failed after 600 s: bad');
    expect(history('u').because).toBe('3 of the last 3 probes could not be made: unclear');
  });

  it('three good ones in no time are not a quiet time', () => {
    let probing: Probing = PROBING_START;
    for (const now of [0, 1, 2]) probing = afterRound(probing, { kind: 'good', because: '' }, now);
    expect(judgeProbing(probing, { now: 2, since: 0 }, LIMITS)).toEqual({ kind: 'wait' });
  });

  it('remembers no more after a thousand rounds than after three', () => {
    let probing: Probing = PROBING_START;
    for (let now = 0; now < 1_000; now++) probing = afterRound(probing, { kind: now % 2 ? 'bad' : 'unclear', because: 'x'.repeat(10_000) }, now);
    expect(JSON.stringify(probing).length).toBeLessThan(400);
  });
});

describe('one round', () => {
  const check: UrlProbe = { url: 'http://shop/checkout', expectStatus: 200, maxMs: 500, contains: 'Checkout', pollMs: 0, forMs: 0 };
  const well: Answered = { status: 200, ms: 20, body: 'Checkout', error: undefined };
  const none = (error: string): Answered => ({ status: undefined, ms: 5, body: '', error });
  const table: [string, Answered, Round['kind']][] = [
    ['as expected', well, 'good'],
    ['status 500', { ...well, status: 500 }, 'bad'],
    ['status 503', { ...well, status: 503 }, 'bad'],
    ['a redirect where 200 is expected', { ...well, status: 302 }, 'bad'],
    ['too slow', { ...well, ms: 501 }, 'bad'],
    ['another page', { ...well, body: 'Sorry' }, 'bad'],
    ['refused connection', none('E_PROBE: shop gave no answer (ECONNREFUSED)'), 'bad'],
    ['our own deadline', none('E_TIMEOUT: shop did not answer within 5000 ms'), 'unclear'],
    ['no such name', none('E_PROBE: shop gave no answer (ENOTFOUND)'), 'unclear'],
    ['resolver away', none('E_PROBE: shop gave no answer (EAI_AGAIN)'), 'unclear'],
    ['no route', none('E_PROBE: shop gave no answer (EHOSTUNREACH)'), 'unclear'],
    ['blocked by ourselves', none('E_URL_BLOCKED: link-local address'), 'unclear'],
    ['no reason at all', { ...well, status: undefined }, 'unclear'],
  ];
  it.each(table)('%s', (_, answer, kind) => {
    expect(roundOf([{ check, answer }]).kind).toBe(kind);
  });

  it('one bad address makes the round bad; one that could not be looked at keeps it from being good', () => {
    const seen = (...answers: Answered[]) => roundOf(answers.map((answer) => ({ check, answer })));
    expect(seen(well, none('EAI_AGAIN'), { ...well, status: 500 })).toEqual({ kind: 'bad', because: 'http://shop/checkout answered 500, not 200' });
    expect(seen(well, none('EAI_AGAIN')).kind).toBe('unclear');
    expect(seen(well, well).kind).toBe('good');
  });
});
