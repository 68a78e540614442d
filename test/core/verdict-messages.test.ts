import { describe, expect, test } from 'vitest';
import { fold } from '../../src/core/evolve.ts';
import type { TimelineEvent } from '../../src/core/model.ts';
import type { Verdict } from '../../src/core/verdict.ts';
import { ada, grace, MINUTE, plan, Story } from './given.ts';

const verdict = (kind: Verdict['kind'], at: number): Verdict => ({ kind, at, because: kind, baseline: 0.004, during: 0.08, after: 0.08, runs: undefined });
const looked = (story: Story, kind: Verdict['kind'], run: number): Story =>
  story.when(
    { kind: 'stepEnded', step: 'verify', run, ending: { kind: 'done', outcome: kind, say: kind, data: {}, verdict: verdict(kind, story.now + MINUTE) } },
    MINUTE,
  );
/** … until the rollback is through and verified. */
function helpless(): Story {
  const story = new Story().withChannel().does(ada, { kind: 'requestRollback', tag: undefined, reason: 'it is the release', step: undefined });
  story
    .when({ kind: 'rollbackPlanned', id: 'rb1', plan: { ...plan, undo: plan.actions } })
    .does(grace, { kind: 'approveRollback', rollback: 'rb1' })
    .sent();
  story.when({ kind: 'rollbackEnded', id: 'rb1', outcome: 'done', code: undefined, because: 'ok' });
  expect(story.keys()).toContain('show:verdict:verify:1');
  return looked(story, 'no-effect', 1);
}
function forward(): Story {
  const story = helpless().does(ada, { kind: 'undoRollback', rollback: 'rb1', reason: 'no help' });
  story.when({ kind: 'rollbackPlanned', id: 'rb2', plan: { ...plan, direction: 'forward', from: plan.to, to: plan.from } });
  story.does(grace, { kind: 'approveRollback', rollback: 'rb2' }).sent('rb2');
  return story.when({ kind: 'rollbackEnded', id: 'rb2', outcome: 'done', code: undefined, because: 'ok' });
}
const verdictsShown = (story: Story): string[] => story.keys().filter((key) => key.startsWith('show:verdict'));

describe('every verdict has a message of its own', () => {
  test('after going forward the first verdict stays, and is shown once more without its buttons', () => {
    expect(verdictsShown(helpless())).toEqual(['show:verdict:verify:1']);
    const story = forward();
    expect(verdictsShown(story)).toEqual(['show:verdict:verify:1', 'show:verdict:verify:2']);
    looked(story, 'recovered', 2);
    expect(verdictsShown(story)).toEqual(['show:verdict:verify:2']);
    expect(Object.entries(story.incident.verdicts).map(([slot, { kind }]) => [slot, kind])).toEqual([
      ['verdict:verify:1', 'no-effect'],
      ['verdict:verify:2', 'recovered'],
    ]);
  });

  test('a check that ends without a verdict says so in its own message', () => {
    const skipped = forward().does(ada, { kind: 'skipStep', step: 'verify', run: 2, reason: 'seen by eye' });
    expect(verdictsShown(skipped)).toEqual(['show:verdict:verify:2']);
    const failed = forward().when({ kind: 'stepEnded', step: 'verify', run: 2, ending: { kind: 'failed', code: 'E_METRICS', say: 'away' } });
    expect(verdictsShown(failed)).toEqual(['show:verdict:verify:2']);
  });

  test('at the end of the incident the newest verdict loses its buttons, and a check under way ends', () => {
    expect(verdictsShown(helpless().does(ada, { kind: 'resolve', summary: '' }))).toEqual(['show:verdict:verify:1']);
    expect(verdictsShown(forward().does(ada, { kind: 'resolve', summary: '' }))).toEqual(['show:verdict:verify:2', 'show:verdict:verify:1']);
  });

  test('reopening forgets the judgement, not what was said', () => {
    const story = helpless().does(ada, { kind: 'resolve', summary: '' }).does(ada, { kind: 'reopen', reason: '' });
    expect(story.incident.verdict).toBeUndefined();
    expect(Object.keys(story.incident.verdicts)).toEqual(['verdict:verify:1']);
  });
});

test('an incident of an older version keeps its one message: its events name no run', () => {
  const story = helpless();
  const old = story.events.map((event): TimelineEvent => {
    if (event.kind !== 'verdictReached') return event;
    const { run, ...rest } = event;
    expect(run).toBe(1);
    return rest;
  });
  const incident = fold(old);
  expect(Object.keys(incident?.verdicts ?? {})).toEqual(['verdict']);
  const later = Object.assign(new Story(), { events: old, incident, now: story.now });
  later.does(ada, { kind: 'resolve', summary: '' });
  expect(verdictsShown(later)).toEqual(['show:verdict']);
});
