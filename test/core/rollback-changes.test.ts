/** A plan that changes, is taken back, or goes forward again; and the point after which it is too late. */
import { describe, expect, it } from 'vitest';
import type { Approve, RollbackPlan } from '../../src/core/rollback.ts';
import { ada, grace, MINUTE, plan, Story } from './given.ts';

const approve = { kind: 'approveRollback', rollback: 'rb1' } as const;
const question: RollbackPlan['checks'] = [{ name: 'Migrations', verdict: 'warn', because: 'was it run?', asks: 'migrations' }];
const undoable: RollbackPlan = { ...plan, undo: plan.actions };
const two: Approve = { ...plan.approve, require: 2 };
const asking = (more: Partial<RollbackPlan> = {}): Story =>
  new Story()
    .withChannel()
    .does(ada, { kind: 'requestRollback', tag: undefined, reason: 'errors', step: undefined })
    .when({ kind: 'rollbackPlanned', id: 'rb1', plan: { ...plan, ...more } });

describe('cancelling', () => {
  it('is certain while nothing was sent, even after the approval: the one who sends finds the door closed', () => {
    const story = asking().does(grace, approve).does(ada, { kind: 'cancelRollback', rollback: 'rb1' });
    expect(story.last.reply).toMatchObject({ ok: true, text: 'Cancelled. Nothing was sent.' });
    story.when({ kind: 'rollbackSending', id: 'rb1' });
    expect(story.incident.rollbacks.rb1?.stage).toBe('cancelled');
    expect(story.kinds()).toEqual([]);
  });

  it('says that it is too late as soon as sending has begun', () => {
    const story = asking().does(grace, approve).when({ kind: 'rollbackSending', id: 'rb1' });
    expect(story.does(ada, { kind: 'cancelRollback', rollback: 'rb1' }).last).toMatchObject({ events: [], reply: { ok: false, code: 'E_NOT_NOW' } });
  });
});

describe('another plan', () => {
  it('is made when the question about the migrations is answered, and old approvals do not count for it', () => {
    const story = asking({ approve: two, checks: question }).does(grace, approve);
    story.does(ada, { kind: 'answerMigrations', rollback: 'rb1', run: false });
    expect(story.incident.rollbacks.rb1).toMatchObject({
      stage: 'planning',
      plan: undefined,
      approvals: [],
      answers: { migrations: { run: false, by: 'Ada' } },
    });
    expect(story.keys()).toContain('rollback:rb1:plan');
    expect(story.last.cancel).toContain('wake:approvalExpires:rb1');
    expect(story.does(grace, approve).last.reply?.code).toBe('E_NOT_NOW');
  });

  it('is made with another strategy only if that one applies', () => {
    const others = [
      { strategy: 'make-latest', applicable: true, because: 'comes later' },
      { strategy: 'move-ref', applicable: false, because: 'no such ref' },
    ];
    const choose = (strategy: string) => asking({ others }).does(ada, { kind: 'chooseStrategy', rollback: 'rb1', strategy });
    expect(choose('make-latest').incident.rollbacks.rb1).toMatchObject({ stage: 'planning', strategy: 'make-latest' });
    for (const wrong of ['move-ref', 'nonsense', plan.strategy]) expect(choose(wrong).last).toMatchObject({ events: [], reply: { code: 'E_NOT_NOW' } });
  });

  it('is not made for an answer to a question that no check asks; an answer that was wrong may be taken back', () => {
    const answer = (run: boolean) => ({ kind: 'answerMigrations', rollback: 'rb1', run }) as const;
    const unasked = asking({ approve: two }).does(grace, approve).does(ada, answer(true));
    expect(unasked.last).toMatchObject({ events: [], effects: [], reply: { ok: false, code: 'E_NOT_NOW' } });
    expect(unasked.incident.rollbacks.rb1).toMatchObject({ stage: 'asking', approvals: [{ name: 'Grace' }] });
    const answered = asking({ checks: question }).does(ada, answer(false)).when({ kind: 'rollbackPlanned', id: 'rb1', plan });
    expect(answered.does(ada, answer(false)).last.events).toEqual([]);
    expect(answered.does(ada, answer(true)).incident.rollbacks.rb1).toMatchObject({ stage: 'planning', answers: { migrations: { run: true } } });
  });

  it('is not agreed to by somebody who saw the one before', () => {
    const story = asking({ checks: question });
    const seen = story.incident.rollbacks.rb1?.expiresAt;
    story.does(ada, { kind: 'answerMigrations', rollback: 'rb1', run: false }).when({ kind: 'rollbackPlanned', id: 'rb1', plan });
    expect(story.does(grace, { ...approve, plan: seen }).last).toMatchObject({ events: [], effects: [], reply: { ok: false, code: 'E_NOT_NOW' } });
    expect(story.does(grace, { ...approve, plan: story.incident.rollbacks.rb1?.expiresAt }).keys()).toContain('rollback:rb1:apply');
  });

  it('cannot be wished for once it is approved', () => {
    const story = asking().does(grace, approve).does(ada, { kind: 'answerMigrations', rollback: 'rb1', run: true });
    expect(story.last).toMatchObject({ events: [], reply: { code: 'E_NOT_NOW' } });
  });
});

describe('going forward again', () => {
  const done = (more: Partial<RollbackPlan> = undoable): Story =>
    asking(more).does(grace, approve).sent().when({ kind: 'rollbackEnded', id: 'rb1', outcome: 'done', code: undefined, because: 'run ok' });
  const undo = { kind: 'undoRollback', rollback: 'rb1', reason: 'it did not help' } as const;

  it('opens a resolved incident again, but not for nothing', () => {
    const done = asking(undoable)
      .does(grace, approve)
      .when({ kind: 'rollbackSending', id: 'rb1' })
      .when({ kind: 'rollbackEnded', id: 'rb1', outcome: 'done', code: undefined, because: 'the run succeeded' })
      .does(ada, { kind: 'resolve', summary: 'over' });
    const refused = done.does(ada, { ...undo, rollback: 'rb9' });
    expect(refused.last).toMatchObject({ events: [], reply: { ok: false, code: 'E_NOT_NOW' } });
    const taken = done.does(ada, undo);
    expect(taken.last.reply?.text).toMatch(/^INC-\d+ is open again\. I am reading/);
    expect(taken.incident).toMatchObject({ phase: 'open', rollbacks: { rb2: { undoes: 'rb1', stage: 'planning' } } });
  });

  it('is a rollback of its own, to the tag that was left, and needs its own approvals', () => {
    const story = done().does(ada, undo);
    expect(story.incident.rollbacks.rb2).toMatchObject({ stage: 'planning', undoes: 'rb1', tag: 'v2.14.0', reason: 'it did not help' });
    story.when({ kind: 'rollbackPlanned', id: 'rb2', plan: { ...plan, direction: 'forward', from: plan.to, to: plan.from } });
    expect(story.keys()).not.toContain('rollback:rb2:apply');
    expect(story.does(ada, { kind: 'approveRollback', rollback: 'rb2' }).last.reply?.code).toBe('E_NOT_ALLOWED');
    expect(story.does(grace, { kind: 'approveRollback', rollback: 'rb2' }).keys()).toContain('rollback:rb2:apply');
  });

  it.each([
    ['nothing was sent', asking(undoable), 'E_NOT_NOW'],
    ['no way back is stored', done({}), 'E_NOT_NOW'],
    [
      'it went forward itself',
      done().does(ada, undo).when({ kind: 'rollbackEnded', id: 'rb2', outcome: 'refused', code: undefined, because: 'x' }),
      'E_NOT_NOW',
    ],
  ] as const)('is refused when %s', (_, story, code) => {
    const rollback = story.incident.rollbacks.rb2 ? 'rb2' : 'rb1';
    expect(story.does(ada, { ...undo, rollback }).last).toMatchObject({ events: [], reply: { ok: false, code } });
  });
});

it('a plan expires by the clock of its own card, and a new plan gets its own time', () => {
  const story = asking({ checks: question })
    .does(ada, { kind: 'answerMigrations', rollback: 'rb1', run: false }, 9 * MINUTE)
    .when({ kind: 'rollbackPlanned', id: 'rb1', plan });
  story.when({ kind: 'timer', timer: { name: 'approvalExpires', rollback: 'rb1' } }, 10 * MINUTE);
  expect(story.incident.rollbacks.rb1?.stage).toBe('expired');
});
