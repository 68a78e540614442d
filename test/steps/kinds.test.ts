import { describe, expect, it } from 'vitest';
import { decide } from '../../src/core/decide.ts';
import { STEPS } from '../../src/steps/index.ts';
import { Story } from '../core/given.ts';
import { kind, world } from './world.ts';

describe('kinds of steps', () => {
  it.each(STEPS.map((step) => [step.use, step] as const))(
    '%s: says what it is for, takes no stranger’s word, and runs exactly when it is the machine’s',
    (_, step) => {
      expect(step.about.length).toBeGreaterThan(20);
      expect(step.params.safeParse({ stranger: 1 }).success).toBe(false);
      expect(step.run !== undefined).toBe(step.by === 'machine');
    },
  );

  it('collect asks for one URL unless told otherwise', () => {
    expect(STEPS.find(({ use }) => use === 'collect')?.params.parse({})).toEqual({ urls: 1, screenshots: 0 });
  });

  it('ask wants two choices and takes 25', () => {
    const choices = (n: number) => Array.from({ length: n }, (_, at) => ({ id: `c${at}`, label: `Choice ${at}` }));
    const takes = (n: number) => STEPS.find(({ use }) => use === 'ask')?.params.safeParse({ question: 'q', choices: choices(n) }).success;
    expect([1, 2, 25, 26].map(takes)).toEqual([false, true, true, false]);
  });

  it('notify tells only Slack ids and the people on call', () => {
    const takes = (to: string) => STEPS.find(({ use }) => use === 'notify')?.params.safeParse({ to: [to], message: 'm' }).success;
    expect(['on-call', 'U0ADA', 'S0ONCALL', 'C0OPS', 'ada', '<!channel>', '@here'].map(takes)).toEqual([true, true, true, true, false, false, false]);
  });

  it('notify itself sends nothing: its messages are slots, shown once', async () => {
    expect(await kind('notify').run({ to: ['on-call'], message: 'm' }, world(new Story().withChannel()))).toMatchObject({ kind: 'done' });
  });

  it('rollback can only be ended by its own deed', () => {
    const story = new Story().asking();
    const decision = decide(
      story.incident,
      { kind: 'stepEnded', step: 'back', run: 9, ending: { kind: 'done', outcome: 'done', say: '', data: {} } },
      story.context(),
    );
    expect(decision.events).toEqual([]);
  });
});
