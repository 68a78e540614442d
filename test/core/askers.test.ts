/** Whoever chose "roll back" has asked for it, and is not the one who approves it, whatever lies between the answer and the rollback. */
import { describe, expect, it } from 'vitest';
import { askersOf, sayAskers } from '../../src/core/askers.ts';
import type { Command, Ending, Person } from '../../src/core/model.ts';
import type { Step } from '../../src/core/playbook.ts';
import type { Approve, Rollback } from '../../src/core/rollback.ts';
import { rollbackRecords } from '../../src/http/rollback-records.ts';
import { ada, grace, MINUTE, plan, playbook, Story, service, signal, step, T0 } from './given.ts';

const lin: Person = { slackId: 'U0LIN', name: 'Lin', rank: 'member', groups: [] };
const CHOICES = [
  { id: 'yes', label: 'Roll back' },
  { id: 'no', label: 'Wait' },
];
const ask = (id: string, next: Step['next']): Step => step(id, 'ask', { params: { question: '?', choices: CHOICES }, next });
const machine = (id: string, done: string): Step => step(id, 'check-logs', { next: { done } });
const back = (next: Step['next'] = {}): Step => step('back', 'rollback', { next });

/** A story of a playbook of these steps; anybody may approve, but not who asked. */
function playing(steps: readonly Step[], approve: Partial<Approve> = {}) {
  const policy = { ...plan.approve, from: [], ...approve };
  const story = new Story({ service: { ...service, rollback: { ...service.rollback, approve: policy } }, playbook: { ...playbook, steps } }).withChannel();
  const run = (id: string): number => story.incident.steps[id]?.run ?? 0;
  const ran = (outcome: string): Extract<Ending, { kind: 'done' }> => ({ kind: 'done', outcome, say: 'ok', data: {} });
  return {
    story,
    answers: (by: Person, id: string, choice = 'yes') => story.does(by, { kind: 'answerStep', step: id, run: run(id), choice, items: [] }),
    skips: (by: Person, id: string) => story.does(by, { kind: 'skipStep', step: id, run: run(id), reason: 'no time' }),
    runs: (id: string, outcome = 'done') => story.when({ kind: 'stepEnded', step: id, run: run(id), ending: ran(outcome) }),
    planned: (id = 'rb1', checks = plan.checks) => story.when({ kind: 'rollbackPlanned', id, plan: { ...plan, checks, approve: policy } }),
    approves: (by: Person, id = 'rb1') => story.does(by, { kind: 'approveRollback', rollback: id }).last.reply,
    asks: (by: Person) => story.does(by, { kind: 'requestRollback', tag: undefined, reason: 'errors', step: undefined } satisfies Command),
    of: (id = 'rb1'): Rollback => story.incident.rollbacks[id] ?? expect.fail(`there is no ${id}`),
  };
}
const no = { ok: false, code: 'E_NOT_ALLOWED', text: 'You asked for this rollback, by your answer in the playbook; somebody else has to approve it.' };
const yes = { ok: true };

describe('who chose the rollback in a playbook', () => {
  it('does not approve it, with a machine step in between', () => {
    const { answers, runs, planned, approves, of } = playing([ask('choose', { yes: 'logs' }), machine('logs', 'back'), back()]);
    answers(ada, 'choose');
    runs('logs');
    planned();
    expect(of().by).toEqual({ kind: 'human', slackId: 'U0ADA', name: 'Ada' });
    expect(approves(ada)).toMatchObject(no);
    expect(approves(grace)).toMatchObject(yes);
  });

  it('does not approve it when somebody else answered another question after it', () => {
    const { answers, runs, planned, approves, of } = playing([
      ask('choose', { yes: 'logs' }),
      machine('logs', 'told'),
      ask('told', { yes: 'back', no: 'back' }),
      back(),
    ]);
    answers(ada, 'choose');
    runs('logs');
    answers(grace, 'told');
    planned();
    expect(askersOf(of()).map(({ name }) => name)).toEqual(['Ada', 'Grace']);
    expect(of().by).toMatchObject({ name: 'Grace' });
    expect([approves(ada), approves(grace), approves(lin)]).toMatchObject([no, no, yes]);
  });

  it('does not approve it after a loop without a question, however the rollback before it ended', () => {
    const steps = [ask('choose', { yes: 'back' }), back({ declined: 'logs', done: 'logs', failed: 'logs' }), machine('logs', 'back')];
    const ends = [
      ({ story }: ReturnType<typeof playing>) => story.when({ kind: 'timer', timer: { name: 'approvalExpires', rollback: 'rb1' } }, 10 * MINUTE),
      ({ story }: ReturnType<typeof playing>) => story.does(ada, { kind: 'cancelRollback', rollback: 'rb1' }),
      ({ story }: ReturnType<typeof playing>) => story.when({ kind: 'rollbackEnded', id: 'rb1', outcome: 'failed', code: undefined, because: 'x' }),
    ];
    for (const end of ends) {
      const scene = playing(steps);
      scene.answers(ada, 'choose');
      scene.planned();
      end(scene);
      scene.runs('logs');
      scene.planned('rb2');
      expect(scene.approves(ada, 'rb2')).toMatchObject(no);
      expect(scene.approves(grace, 'rb2')).toMatchObject(yes);
    }
  });

  it('does not approve it by passing over a question that has a way of its own for that', () => {
    const { skips, runs, planned, approves } = playing([ask('choose', { done: 'logs' }), machine('logs', 'back'), back()]);
    skips(ada, 'choose');
    runs('logs');
    planned();
    expect(approves(ada)).toMatchObject(no);
  });

  it('does not approve it by passing over a machine step that leads two ways: which one is their choice then', () => {
    const tell = step('tell', 'notify');
    const { skips, runs, planned, approves } = playing([
      step('which', 'decide', { next: { yes: 'tell', done: 'logs' } }),
      machine('logs', 'back'),
      back(),
      tell,
    ]);
    skips(ada, 'which');
    runs('logs');
    planned();
    expect(approves(ada)).toMatchObject(no);
  });

  it('may do so where services.yml lets the requester, and may break the glass as before', () => {
    const steps = [ask('choose', { yes: 'logs' }), machine('logs', 'back'), back()];
    const chosen = (approve: Partial<Approve>) => {
      const scene = playing(steps, approve);
      scene.answers(ada, 'choose');
      scene.runs('logs');
      scene.planned();
      return scene;
    };
    expect(chosen({ requesterMay: true }).approves(ada)).toMatchObject(yes);
    const { story } = chosen({ breakGlass: ['U0ADA'] });
    expect(story.does(ada, { kind: 'breakGlass', rollback: 'rb1', reason: 'nobody else is awake' }).last.reply).toMatchObject(yes);
  });

  it('is still known when the plan is made again', () => {
    const { story, answers, runs, planned, approves } = playing([ask('choose', { yes: 'logs' }), machine('logs', 'back'), back()]);
    answers(ada, 'choose');
    runs('logs');
    planned('rb1', [{ name: 'Migrations', verdict: 'warn', because: 'was it run?', asks: 'migrations' }]);
    story.does(grace, { kind: 'answerMigrations', rollback: 'rb1', run: false });
    planned();
    expect(approves(ada)).toMatchObject(no);
  });
});

describe('who has nothing to do with it', () => {
  it('approves: whoever brought evidence, passed over a step with one way on, or answered before the last rollback ended', () => {
    const steps = [
      step('collect', 'collect', { params: { urls: 1, screenshots: 0 }, next: { done: 'tell' } }),
      step('tell', 'notify', { next: { done: 'choose' } }),
      ask('choose', { yes: 'back' }),
      back({ declined: 'choose' }),
    ];
    const { story, answers, skips, planned, approves } = playing(steps);
    story.does(lin, { kind: 'answerStep', step: 'collect', run: 1, choice: undefined, items: [{ kind: 'url', url: 'https://a.test', by: 'Lin', at: T0 }] });
    skips(lin, 'tell');
    answers(ada, 'choose');
    planned();
    story.does(lin, { kind: 'declineRollback', rollback: 'rb1', reason: 'not yet' });
    answers(grace, 'choose');
    planned('rb2');
    expect([approves(grace, 'rb2'), approves(ada, 'rb2')]).toMatchObject([no, yes]);
    const other = playing(steps);
    other.skips(lin, 'collect');
    other.skips(lin, 'tell');
    other.answers(ada, 'choose');
    other.planned();
    expect(other.approves(lin)).toMatchObject(yes);
  });

  it('approves what somebody else asked for outright, whatever they had answered before', () => {
    const { answers, asks, planned, approves, of } = playing([ask('choose', { yes: 'back', no: 'logs' }), machine('logs', 'back'), back()]);
    answers(ada, 'choose', 'no');
    asks(grace);
    planned();
    expect(of().plan?.askers).toBeUndefined();
    expect(approves(grace)).toMatchObject({ ...no, text: 'You asked for this rollback; somebody else has to approve it.' });
    expect(approves(ada)).toMatchObject(yes);
  });

  it('approves an automatic rollback that turned amber, although they had answered a question: nobody asked for it', () => {
    const rule = { alerts: [{ alertname: '*' }], withinMs: 30 * MINUTE, countdownMs: MINUTE };
    const steps = [ask('choose', { yes: 'logs', no: 'logs' }), machine('logs', 'back'), back()];
    const policy = { ...plan.approve, from: [] };
    const context = { service: { ...service, rollback: { ...service.rollback, approve: policy, automatic: rule } }, playbook: { ...playbook, steps } };
    const story = new Story(context, signal()).withChannel();
    story.does(ada, { kind: 'answerStep', step: 'choose', run: 1, choice: 'yes', items: [] });
    story.when({ kind: 'releaseSeen', release: { current: 'v2.14.0', previous: 'v2.13.2', deployedAt: T0 - MINUTE } });
    story.when({ kind: 'rollbackPlanned', id: 'rb1', plan: { ...plan, light: 'amber', approve: policy } });
    expect(story.incident.rollbacks.rb1).toMatchObject({ automatic: true, by: { kind: 'bot' }, stage: 'asking' });
    expect(story.does(ada, { kind: 'approveRollback', rollback: 'rb1' }).last.reply).toMatchObject(yes);
  });

  it('nobody is named where only machines led to it', () => {
    const { runs, planned, approves, of } = playing([machine('logs', 'back'), back()]);
    runs('logs');
    planned();
    expect(of()).toMatchObject({ by: { kind: 'bot' }, plan: { askers: [] } });
    expect(sayAskers(of())).toBe('the playbook');
    expect(approves(ada)).toMatchObject(yes);
  });
});

it('is said as it was: by whom, and through the playbook', () => {
  const { story, answers, runs, planned, asks, of } = playing([ask('choose', { yes: 'logs' }), machine('logs', 'told'), ask('told', { yes: 'back' }), back()]);
  answers(ada, 'choose');
  runs('logs');
  answers(grace, 'told');
  expect(story.events.findLast(({ kind }) => kind === 'rollbackRequested')).toMatchObject({ by: { name: 'Grace' }, because: 'through the playbook' });
  planned();
  expect(sayAskers(of())).toBe('Ada and Grace, through the playbook');
  expect(rollbackRecords(story.incident)[0]?.askedBy).toBe('Ada (U0ADA) and Grace (U0GRACE), through the playbook');
  story.does(lin, { kind: 'declineRollback', rollback: 'rb1', reason: '' });
  asks(lin);
  planned('rb2');
  expect(sayAskers(of('rb2'))).toBe('Lin');
});

describe('who may not ask for rollbacks', () => {
  const only = { ask: [grace.slackId] };
  const refused = { ok: false, code: 'E_NOT_ALLOWED', text: expect.stringContaining('not among the people who may ask') };
  const ways: readonly [string, readonly Step[]][] = [
    ['at once', [ask('choose', { yes: 'back', no: 'end' }), back()]],
    ['by machine steps alone', [ask('choose', { yes: 'logs', no: 'end' }), machine('logs', 'more'), machine('more', 'back'), back()]],
    ['by a loop of machine steps', [ask('choose', { yes: 'logs', no: 'end' }), step('logs', 'decide', { next: { yes: 'back', no: 'logs' } }), back()]],
  ];

  it.each(ways)('chooses no way that leads to one %s, nor passes over the question that does', (_, steps) => {
    const { story, answers } = playing(steps, only);
    expect(answers(ada, 'choose').last.reply).toMatchObject(refused);
    expect(story.incident.current).toBe('choose');
    expect(answers(grace, 'choose').last.reply).toMatchObject({ ok: true });
    const other = playing([ask('choose', { done: 'logs' }), ...steps.slice(1)], only);
    if (steps.length > 2) expect(other.skips(ada, 'choose').last.reply).toMatchObject(refused);
  });

  it('answers a question that leads to another question', () => {
    const { answers } = playing([ask('choose', { yes: 'sure' }), ask('sure', { yes: 'back' }), back()], only);
    expect(answers(ada, 'choose').last.reply).toMatchObject({ ok: true });
    expect(answers(ada, 'sure').last.reply).toMatchObject(refused);
  });
});
