/** An approval is for what was shown: when the last look at the facts finds more, it is void, and people are told what is new. */
import { describe, expect, it } from 'vitest';
import { RENEWED } from '../../src/core/new-concerns.ts';
import type { Check, RollbackPlan } from '../../src/core/rollback.ts';
import { ada, grace, MINUTE, plan, Story } from './given.ts';

const known: Check = { name: 'Migrations', verdict: 'warn', because: '0007 not run', watch: 'x' };
const fresh: Check = { name: 'Artifacts', verdict: 'warn', because: 'whether image shop still exists could not be found out', watch: 'y' };
const amber: RollbackPlan = { ...plan, light: 'amber', checks: [known] };
const worse: RollbackPlan = { ...plan, light: 'amber', checks: [known, fresh] };
const approved = (): Story =>
  new Story()
    .withChannel()
    .does(ada, { kind: 'requestRollback', tag: undefined, reason: 'errors', step: undefined })
    .when({ kind: 'rollbackPlanned', id: 'rb1', plan: amber })
    .does(grace, { kind: 'approveRollback', rollback: 'rb1' }, 5 * MINUTE);
const found = (story: Story): Story => story.when({ kind: 'rollbackPlanned', id: 'rb1', plan: worse });
const rb1 = ({ incident }: Story) => incident.rollbacks.rb1 ?? expect.fail('a rollback is asked for');

describe('an approved plan that turns out to be worse', () => {
  it('waits for approval again, with no approval, the whole time, and what is new in the first line', () => {
    const story = found(approved());
    expect(rb1(story)).toMatchObject({ stage: 'asking', approvals: [], expiresAt: story.now + 10 * MINUTE });
    expect(rb1(story).plan?.checks.map(({ name }) => name)).toEqual([RENEWED, 'Migrations', 'Artifacts']);
    expect(rb1(story).plan?.checks[0]?.because).toBe('Artifacts: Grace approved a plan that did not show this; nothing was sent');
    expect(story.keys()).toEqual(expect.arrayContaining(['show:rollback:rb1', 'wake:approvalExpires:rb1', 'dress:invite']));
    expect(story.keys()).not.toContain('rollback:rb1:apply');
  });

  it('is told in the channel: what is new, that nothing was sent, and what to do', () => {
    const noted = found(approved()).last.events.find((event) => event.kind === 'noted');
    expect(noted).toMatchObject({
      because: 'new since it was approved: Artifacts',
      text: 'Nothing was sent: Grace approved rb1 before this was known. Artifacts: whether image shop still exists could not be found out. Look at its plan, and approve it again or decline it.',
    });
  });

  it('is sent after a new approval, by the same person too; an old button does not count', () => {
    const story = approved();
    const shown = rb1(story).expiresAt;
    found(story);
    expect(story.does(grace, { kind: 'approveRollback', rollback: 'rb1', plan: shown }).last.reply).toMatchObject({ ok: false, code: 'E_NOT_NOW' });
    story.does(grace, { kind: 'approveRollback', rollback: 'rb1', plan: rb1(story).expiresAt });
    expect(story.keys()).toContain('rollback:rb1:apply');
    expect(rb1(story)).toMatchObject({ stage: 'applying', approvals: [{ name: 'Grace' }] });
  });

  it('does not expire by the timer of the plan before, but by its own', () => {
    const story = found(approved());
    const timer = { kind: 'timer', timer: { name: 'approvalExpires', rollback: 'rb1' } } as const;
    expect(story.when(timer, 5 * MINUTE).kinds()).toEqual([]);
    expect(rb1(story.when(timer, 5 * MINUTE)).stage).toBe('expired');
  });

  it('is asked for again also when we had just stopped before the request left', () => {
    expect(rb1(found(approved().when({ kind: 'rollbackSending', id: 'rb1' })))).toMatchObject({ stage: 'asking', approvals: [] });
  });
});

it('a plan that comes late changes nothing: it was cancelled, or sent, or is over', () => {
  const cancelled = approved().does(ada, { kind: 'cancelRollback', rollback: 'rb1' });
  const sent = approved().sent();
  const over = approved().sent().when({ kind: 'rollbackEnded', id: 'rb1', outcome: 'done', code: undefined, because: 'x' });
  for (const story of [cancelled, sent, over, new Story().asking()]) expect(found(story).kinds()).toEqual([]);
});
