import { describe, expect, it } from 'vitest';
import { effectKey, instead } from '../../src/core/draft.ts';
import type { Effect, EffectBody } from '../../src/core/model.ts';
import { earlierWins } from '../../src/store/tasks.ts';
import { ada, MINUTE, Story, signal } from './given.ts';

const BODIES: readonly EffectBody[] = [
  { kind: 'openChannel' },
  { kind: 'look' },
  { kind: 'dress', what: 'topic' },
  { kind: 'show', slot: 'card' },
  { kind: 'runStep', step: 's', run: 1 },
  { kind: 'rollback', id: 'rb1', stage: 'track' },
  { kind: 'inspect', what: 'before' },
  { kind: 'ask', who: 'U0ADA' },
  { kind: 'wake', timer: { name: 'quiet' } },
];
const due = (body: EffectBody, at: number): Effect => ({ ...body, key: effectKey(body), due: at });

describe('two wishes under one key', () => {
  it.each(BODIES.map((body) => [effectKey(body), body] as const))('%s: within one decision and in the store the same of the two moments counts', (_, body) => {
    const kept = (first: number, second: number): number => instead(due(body, first), due(body, second)).due;
    expect([kept(1, 2), kept(2, 1)]).toEqual(earlierWins(body) ? [1, 1] : [2, 1]);
    expect(instead(undefined, due(body, 7)).due).toBe(7);
  });

  it('keep the newer of two wishes, whichever moment counts', () => {
    const wish = (run: number, at: number): Effect => ({ kind: 'show', slot: `${run}`, key: 'k', due: at });
    expect(instead(wish(1, 5), wish(2, 9))).toEqual(wish(2, 5));
  });
});

describe('the card of many alerts', () => {
  const fires = (story: Story, more: Parameters<typeof signal>[0]): number | undefined => {
    story.when({ kind: 'signal', signal: signal(more), because: 'same service' });
    return story.last.effects.find(({ key }) => key === 'show:card')?.due;
  };

  it('waits for the next stroke of a clock when only the numbers change, and for nothing else', () => {
    const story = new Story().withChannel();
    for (const fingerprint of ['a', 'b']) expect(fires(story, { fingerprint }), fingerprint).toBe(story.now);
    const waits = fires(story, { fingerprint: 'c' });
    expect([waits, Number(waits) % (MINUTE / 4)]).toEqual([expect.any(Number), 0]);
    expect(Number(waits)).toBeGreaterThan(story.now);
    expect(fires(story, { fingerprint: 'd', service: 'cart-api' })).toBe(story.now);
    story.does(ada, { kind: 'setSeverity', severity: 'sev1' });
    expect(story.last.effects.find(({ key }) => key === 'show:card')?.due).toBe(story.now);
  });
});
