import { describe, expect, it } from 'vitest';
import { mayApprove, mayAsk, mayBreakGlass, needed, quietNow } from '../../src/core/approval.ts';
import type { Command, Person } from '../../src/core/model.ts';
import type { Approve, QuietHours, Rollback, RollbackPlan } from '../../src/core/rollback.ts';
import { ada, grace, guest, MINUTE, plan, playbook, Story, service, step, T0 } from './given.ts';

const lin: Person = { slackId: 'U0LIN', name: 'Lin', rank: 'member', groups: ['S0APPROVE'] };
const boss: Person = { slackId: 'U0BOSS', name: 'Bo', rank: 'member', groups: ['S0GLASS'] };
const asking = (more: Partial<RollbackPlan> = {}, approve: Partial<Approve> = {}): Story =>
  new Story()
    .withChannel()
    .does(ada, { kind: 'requestRollback', tag: undefined, reason: 'errors', step: undefined })
    .when({ kind: 'rollbackPlanned', id: 'rb1', plan: { ...plan, ...more, approve: { ...plan.approve, ...approve } } });
const yes = (reason?: string): Command => ({ kind: 'approveRollback', rollback: 'rb1', ...(reason !== undefined && { reason }) });
const glass = (reason: string): Command => ({ kind: 'breakGlass', rollback: 'rb1', reason });
const sends = (story: Story): boolean => story.keys().includes('rollback:rb1:apply');

describe('over a red pre-flight', () => {
  it('two people must agree, each with a reason of their own, even where services.yml asks for one', () => {
    const story = asking({ light: 'red' });
    expect(story.does(grace, yes()).last).toMatchObject({ events: [], reply: { ok: false, code: 'E_ARGS' } });
    expect(story.does(grace, yes('   because  ')).last.reply?.code).toBe('E_ARGS');
    expect(sends(story.does(grace, yes('the old code was tested with it')))).toBe(false);
    expect(sends(story.does(grace, yes('the same person once more')))).toBe(false);
    expect(sends(story.does(lin, yes('checked the schema by hand')))).toBe(true);
    expect(story.incident.rollbacks.rb1?.approvals.map(({ reason }) => reason)).toEqual(['the old code was tested with it', 'checked the schema by hand']);
  });

  it('who asked for it is never one of the two', () => {
    const story = asking({ light: 'red' }, { from: [] });
    expect(story.does(ada, yes('I am quite sure of it')).last.reply?.code).toBe('E_NOT_ALLOWED');
  });

  it('amber and green need no reason, and keep one that is given', () => {
    expect(sends(asking({ light: 'amber' }).does(grace, yes()))).toBe(true);
    const story = asking().does(grace, yes('looks good to me'));
    expect(story.incident.rollbacks.rb1?.approvals[0]?.reason).toBe('looks good to me');
  });
});

describe('breaking the glass', () => {
  const open = { breakGlass: ['S0GLASS', 'U0ADA'] };

  it('lets one named person go alone, the asker too, with a reason, and tells everybody', () => {
    const story = asking({ light: 'red' }, { ...open, require: 3 }).does(ada, glass('nobody else is awake'));
    expect(sends(story)).toBe(true);
    expect(story.keys()).toContain('show:glass:rb1');
    expect(story.incident.rollbacks.rb1?.approvals).toEqual([expect.objectContaining({ glass: true, reason: 'nobody else is awake' })]);
    expect(sends(asking({}, open).does(boss, glass('nobody else is awake')))).toBe(true);
  });

  it.each([
    ['without a reason', boss, '', 'E_ARGS'],
    ['by somebody who is not named', grace, 'nobody else is awake', 'E_NOT_ALLOWED'],
    ['by a guest', { ...guest, slackId: 'U0ADA' }, 'nobody else is awake', 'E_NOT_ALLOWED'],
    ['by somebody of another workspace', { ...boss, rank: 'foreign' }, 'nobody else is awake', 'E_NOT_ALLOWED'],
  ] as const)('is refused %s', (_, by, reason, code) => {
    const story = asking({}, open).does(by, glass(reason));
    expect(story.last).toMatchObject({ events: [], effects: [], reply: { ok: false, code } });
  });

  it('is refused to everybody where services.yml names nobody, and after the plan expired', () => {
    expect(asking().does(boss, glass('nobody else is awake')).last.reply?.code).toBe('E_NOT_ALLOWED');
    expect(asking({}, open).does(boss, glass('nobody else is awake'), 10 * MINUTE).last.reply?.code).toBe('E_EXPIRED');
  });
});

describe('who may ask', () => {
  const strict = { service: { ...service, rollback: { ...service.rollback, approve: { ...service.rollback.approve, ask: ['S0APPROVE'] } } } };
  const wish: Command = { kind: 'requestRollback', tag: undefined, reason: 'errors', step: undefined };

  it.each([
    ['a member of a named group', grace, true],
    ['somebody else', ada, false],
    ['a guest of a named group', { ...guest, groups: ['S0APPROVE'] }, false],
    ['a bot of a named group', { ...grace, rank: 'bot' }, false],
    ['somebody deactivated', { ...grace, rank: 'deactivated' }, false],
  ] as const)('%s: %s', (_, by, may) => {
    expect(new Story(strict).withChannel().does(by, wish).kinds().includes('rollbackRequested')).toBe(may);
  });
});

describe('the policy by itself, whatever else stands before it', () => {
  const open: Approve = { ...plan.approve, from: [], breakGlass: ['U0GUEST'] };
  const rollback = asking().incident.rollbacks.rb1 as Rollback; // just asked for

  it.each(['guest', 'bot', 'foreign', 'deactivated'] as const)('lets a %s neither ask nor approve nor go alone', (rank) => {
    const by: Person = { ...guest, rank };
    expect([mayAsk(by, open), mayApprove(rollback, by, open), mayBreakGlass(by, open)]).toEqual(Array(3).fill(expect.stringMatching(/^Only full members/)));
  });

  it('lets a full member whom it names do all three', () => {
    const by: Person = { ...guest, rank: 'member' };
    expect([mayAsk(by, open), mayApprove(rollback, by, open), mayBreakGlass(by, open)]).toEqual([undefined, undefined, undefined]);
  });
});

describe('quiet hours', () => {
  const hours = (more: Partial<QuietHours>): QuietHours => ({ days: [], from: 22 * 60, to: 6 * 60, zone: 'Europe/Berlin', require: 2, ...more });
  /** Friday 2026-11-20, 04:00 in Berlin. */
  const night = T0;

  it.each([
    ['at night', night, {}, true],
    ['in the morning', night + 3 * 60 * MINUTE, {}, false],
    ['the last minute of it', night + 119 * MINUTE, {}, true],
    ['its end is not in it', night + 120 * MINUTE, {}, false],
    ['of Thursday, which end on Friday', night, { days: [4] }, true],
    ['of Friday, which have not begun', night, { days: [5] }, false],
    ['in another zone', night, { zone: 'Asia/Tokyo' }, false],
    ['without a midnight in between', night, { from: 3 * 60, to: 5 * 60, days: [5] }, true],
  ] as const)('%s: %s', (_, at, more, holds) => {
    expect(quietNow([hours(more)], at) !== undefined).toBe(holds);
  });

  it('the strictest of several decides, and never below the policy itself', () => {
    const approve = { ...plan.approve, require: 1, quiet: [hours({}), hours({ require: 3 })] };
    expect(needed({ approve, light: 'green' }, night)).toBe(3);
    expect(needed({ approve: { ...approve, require: 4 }, light: 'red' }, night)).toBe(4);
    expect(needed({ approve, light: 'green' }, night + 6 * 60 * MINUTE)).toBe(1);
  });
});

it('who may not ask cannot do so by answering the step before it either', () => {
  const strict = { service: { ...service, rollback: { ...service.rollback, approve: { ...service.rollback.approve, ask: ['S0APPROVE'] } } } };
  const choices = [
    { id: 'yes', label: 'Roll back' },
    { id: 'no', label: 'Wait' },
  ];
  const steps = [step('what', 'ask', { params: { choices }, next: { yes: 'back', no: 'wait' } }), step('back', 'rollback'), step('wait', 'collect')];
  const asked = (): Story => new Story({ ...strict, playbook: { ...playbook, steps } }).withChannel();
  const answer = (choice: string): Command => ({ kind: 'answerStep', step: 'what', run: 1, choice, items: [] });
  expect(asked().does(ada, answer('yes')).last).toMatchObject({ events: [], reply: { ok: false, code: 'E_NOT_ALLOWED' } });
  expect(asked().does(ada, answer('no')).incident.current).toBe('wait');
  expect(asked().does(grace, answer('yes')).incident.rollbacks.rb1?.by).toMatchObject({ name: 'Grace' });
});
