import { describe, expect, it } from 'vitest';
import { type Reporter, withReportersOf } from '../../src/core/evidence.ts';
import { evolve } from '../../src/core/evolve.ts';
import type { Decision, Incident, Person } from '../../src/core/model.ts';
import { merge } from '../../src/core/rearrange.ts';
import { tell } from '../../src/core/story.ts';
import type { Verdict } from '../../src/core/verdict.ts';
import { ada, grace, guest, playbook, Story, step, T0 } from './given.ts';

const by = { kind: 'human', slackId: ada.slackId, name: ada.name } as const;
const report = (who: Person) => [who, { kind: 'report', text: 'broken' }] as const;
const verdict: Verdict = { kind: 'recovered', at: T0, because: 'x', baseline: 0, during: 0.1, after: 0, runs: undefined };
/** With a playbook that only looks whether it helped. */
const incident = (): Story => new Story({ playbook: { ...playbook, steps: [step('verify', 'verify')] } }).withChannel();
const judged = (story: Story): Story =>
  story.when({ kind: 'stepEnded', step: 'verify', run: 1, ending: { kind: 'done', outcome: 'recovered', say: '', data: {}, verdict } });

/** The second story is merged into the first. */
function merged(into: Story, from: Story): { into: Incident; decision: Decision; from: Decision } {
  const both = merge(
    { incident: { ...from.incident, id: 'INC-2' }, context: from.context() },
    { incident: into.incident, context: into.context() },
    { by, reason: '' },
  );
  return { into: both.into.events.reduce<Incident | undefined>(evolve, into.incident) ?? into.incident, decision: both.into, from: both.from };
}
const asked = ({ effects }: Decision): readonly string[] => effects.flatMap((effect) => (effect.kind === 'ask' ? [effect.who] : []));

describe('those who reported an incident that is merged into another one', () => {
  const from = () =>
    incident()
      .does(...report(guest))
      .does(...report(grace))
      .does(grace, { kind: 'sayFixed', fixed: false });

  it('are reporters of that one from now on, with what they said, and both timelines agree', () => {
    const { into, decision } = merged(incident(), from());
    expect(into.reporters).toMatchObject([
      { slackId: 'U0GUEST', name: 'Gus', said: undefined, from: 'INC-2' },
      { slackId: 'U0GRACE', said: { fixed: false }, from: 'INC-2' },
    ]);
    const came = decision.events.find(({ kind }) => kind === 'reportersCame');
    expect(came && tell(came, into)).toBe('Reporters came from INC-2: Gus, Grace');
    expect(into.people).not.toContain('U0GUEST');
  });

  it('are asked there when its verdict is reached, or at once where it was reached already, unless they have answered', () => {
    expect(asked(merged(incident(), from()).decision)).toEqual([]);
    expect(asked(merged(judged(incident()), from()).decision)).toEqual(['U0GUEST']);
  });

  it('are no longer asked where they came from', () => {
    expect(merged(incident(), judged(from())).from.cancel).toEqual(expect.arrayContaining(['ask:U0GUEST', 'ask:U0GRACE']));
  });

  it('and nothing is said where nobody had reported it', () => {
    expect(merged(incident(), incident()).decision.events.map(({ kind }) => kind)).not.toContain('reportersCame');
  });

  const said = (fixed: boolean | undefined, at: number): Reporter['said'] => (fixed === undefined ? undefined : { fixed, at });
  it.each([
    [true, true, true],
    [true, undefined, undefined],
    [undefined, true, undefined],
    [true, false, false],
    [false, true, false],
    [false, undefined, false],
    [undefined, undefined, undefined],
  ])('who reported both, and said %s here and %s there, says %s', (here, there, together) => {
    const gus = { slackId: 'U0GUEST', name: 'Gus', at: T0 };
    const all = withReportersOf([{ ...gus, said: said(here, 1) }], { from: 'INC-2', reporters: [{ ...gus, said: said(there, 2) }] });
    expect(all.map((one) => one.said?.fixed)).toEqual([together]);
  });
});
