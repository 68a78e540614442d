import { describe, expect, test } from 'vitest';
import { factsOf, fill, wordsOf } from '../../src/core/facts.ts';
import type { Incident, OutsideChange } from '../../src/core/model.ts';
import { runningNow, sayRunning } from '../../src/core/running.ts';
import type { Verdict } from '../../src/core/verdict.ts';
import { grace, MINUTE, Story, service, T0 } from './given.ts';

function rolledBack(): Incident {
  const story = new Story().when({ kind: 'releaseSeen', release: { current: 'v2.14.0', previous: 'v2.13.2', deployedAt: T0 - 4 * MINUTE } }).asking();
  story.does(grace, { kind: 'approveRollback', rollback: 'rb1' }).sent();
  return story.when({ kind: 'rollbackEnded', id: 'rb1', outcome: 'done', code: undefined, because: 'the run succeeded' }).incident;
}
const END = rolledBack().rollbacks.rb1?.endedAt ?? 0;
const judged = (more: Partial<Verdict>): Incident => ({
  ...rolledBack(),
  verdict: { kind: 'no-effect', at: END + MINUTE, because: 'x', baseline: 0.004, during: 0.08, after: 0.08, runs: undefined, ...more },
});
const change = (more: Partial<OutsideChange>): OutsideChange => ({
  what: 'deployment',
  tag: 'v2.15.0',
  environment: 'production',
  state: 'success',
  by: 'eve',
  url: 'https://github.com/acme/shop/actions/runs/99',
  at: END + MINUTE,
  ...more,
});

describe('what runs, in words', () => {
  test.each<[string, Incident, string | undefined]>([
    ['nothing known', new Story().incident, undefined],
    ['before anything was tried', { ...rolledBack(), rollbacks: {} }, 'v2.14.0'],
    ['nobody has looked yet', rolledBack(), 'v2.13.2 (deployed, not verified yet)'],
    ['every replica answers it', judged({ runs: 'v2.13.2' }), 'v2.13.2'],
    ['some replicas contradict', judged({ still: { tag: 'v2.14.0', count: 2, asked: 3 } }), 'v2.13.2 (deployed, but v2.14.0 still answers on 2 of 3)'],
    [
      'all replicas contradict',
      judged({ runs: 'v2.14.0', still: { tag: 'v2.14.0', count: 3, asked: 3 } }),
      'v2.13.2 (deployed, but v2.14.0 still answers on 3 of 3)',
    ],
    ['nobody could be asked', judged({}), 'v2.13.2 (deployed, not proven by its own answer)'],
    ['a verdict from before the deploy', judged({ at: END - 1, runs: 'v2.14.0' }), 'v2.13.2 (deployed, not verified yet)'],
    ['somebody else deployed', { ...rolledBack(), outside: [change({})] }, 'v2.15.0 (deployed, not verified yet)'],
    ['and nobody knows what', { ...rolledBack(), outside: [change({ tag: 'main' })] }, 'something that names no release (deployed, not verified yet)'],
  ])('%s', (_, incident, words) => expect(sayRunning(incident)).toBe(words));

  test('a text tells the doubt, a condition compares the tag', () => {
    const incident = judged({ still: { tag: 'v2.14.0', count: 2, asked: 3 } });
    const text = 'Running release: {{ release.current }}, before it {{ release.previous }}.';
    expect(fill(text, wordsOf(incident, service))).toBe('Running release: v2.13.2 (deployed, but v2.14.0 still answers on 2 of 3), before it v2.14.0.');
    expect(factsOf(incident, service)).toMatchObject({ release: { current: 'v2.13.2' } });
    expect(fill(text, wordsOf(new Story().incident, service))).toBe('Running release: (unknown), before it (unknown).');
  });
});

describe('what ran', () => {
  test('at a moment, by what had been deployed until then', () => {
    const incident = { ...rolledBack(), outside: [change({})] };
    expect(runningNow(incident, END - 1)).toMatchObject({ tag: 'v2.14.0', by: 'before' });
    expect(runningNow(incident, END)).toMatchObject({ tag: 'v2.13.2', by: 'rollback', rollback: { id: 'rb1' } });
    expect(runningNow(incident, END + MINUTE)).toMatchObject({ tag: 'v2.15.0', by: 'outside' });
  });

  test('the run that made a deployment ends after it, and does not make us forget which release it was', () => {
    const run = change({ what: 'run', tag: 'main', environment: undefined, at: END + 2 * MINUTE });
    expect(runningNow({ ...rolledBack(), outside: [change({}), run] })?.tag).toBe('v2.15.0');
    expect(runningNow({ ...rolledBack(), outside: [run] })).toMatchObject({ tag: undefined, by: 'outside' });
  });
});
