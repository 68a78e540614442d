import { describe, expect, test } from 'vitest';
import type { Input } from '../../src/core/model.ts';
import { render } from '../../src/slack/view.ts';
import { forward, lit, OK, planned, question, REASON, verdict } from './rollback-stories.ts';
import { ada, said } from './stories.ts';
import { everyTestHasATown, fill } from './town.ts';

const town = everyTestHasATown();

const rollback = (id = 'rb1') => town.engine.get(town.incident).rollbacks[id];
const feed = (...inputs: readonly Input[]): void => {
  for (const input of inputs) town.engine.feed(town.incident, input);
};
const lastForm = () => town.views().at(-1);

const GLASS = { ...lit('red').approve, breakGlass: ['S0SRE'] };

/** Ada asks, the plan comes, its card is in the channel. */
async function shown(plan = lit('green')): Promise<string> {
  feed(said(ada, { kind: 'requestRollback', tag: 'v2.13.2', reason: '5xx rose', step: undefined }), planned(plan));
  return town.show('rollback:rb1');
}
async function press(user: string, ts: string, action: string, value?: string): Promise<void> {
  await town.slack.as(user).click(town.room, ts, action, value);
  await town.settled();
}
async function fillIn(user: string, text: string): Promise<unknown> {
  const answer = await town.slack.as(user).submit(lastForm()?.id ?? '', fill({ text: { value: text } }));
  await town.settled();
  return answer;
}
/** The menu's entry with this label, as it stands on the card. */
function entry(label: string): string {
  const blocks = render(town.engine.get(town.incident), 'rollback:rb1', { links: {} })?.blocks ?? [];
  const options = blocks.flatMap((block) => (block.type === 'actions' ? block.elements.flatMap((each) => (each.type === 'overflow' ? each.options : [])) : []));
  return options.find(({ text }) => text.text === label)?.value ?? `no ${label}`;
}

describe('approving over red', () => {
  test('asks for a reason in a form that shows what speaks against it, and keeps it with secrets taken out', async () => {
    await press('U0BOB', await shown(lit('red', 'the old code cannot read carts')), 'approveRollback');
    expect(town.engine.asked).toEqual([]);
    expect(JSON.stringify(lastForm())).toMatch(/Approve over red.*0007_drop_cart.*the old code cannot read carts/);
    expect(await fillIn('U0BOB', `${REASON}, password=hunter2secret`)).not.toHaveProperty('errors');
    expect(rollback()).toMatchObject({ stage: 'asking', approvals: [{ slackId: 'U0BOB' }] });
    expect(rollback()?.approvals[0]?.reason).toMatch(/^the new code eats carts, password=/);
    expect(JSON.stringify(rollback()?.approvals)).not.toContain('hunter2secret');
  });

  test.each(['no', 'too short', '          '])('refuses %j as a reason, under the field', async (text) => {
    await press('U0BOB', await shown(lit('red')), 'approveRollback');
    expect(await fillIn('U0BOB', text)).toMatchObject({ errors: { text: expect.stringContaining('Write at least 10 characters') } });
    expect(town.engine.asked).toEqual([]);
  });

  test('tells the one who asked that somebody else has to, after the form closed', async () => {
    await press('U0ADA', await shown(lit('red')), 'approveRollback');
    await fillIn('U0ADA', REASON);
    expect(town.privately('U0ADA')).toContain('You asked for this rollback; somebody else has to approve it. (E_NOT_ALLOWED)');
    expect(rollback()?.approvals).toEqual([]);
  });

  test('says so in the channel when Slack cannot tell who sent the form', async () => {
    await press('U0BOB', await shown(lit('red')), 'approveRollback');
    town.slack.faults.next('users.info', '500');
    await fillIn('U0BOB', REASON);
    expect(town.privately('U0BOB')).toContain('(E_SLACK)');
    expect(rollback()?.approvals).toEqual([]);
  });

  test('asks for the reason whatever the button looked like', async () => {
    await shown(lit('amber', 'x', { checks: [...OK, question('did it run?')] }));
    const blocks = render(town.engine.get(town.incident), 'rollback:rb1', { links: {} })?.blocks ?? [];
    feed(said(ada, { kind: 'answerMigrations', rollback: 'rb1', run: true }), planned(lit('red')));
    const without = JSON.parse(JSON.stringify(blocks).replaceAll(/,\\"plan\\":\d+/g, ''));
    await press('U0BOB', await town.talk.post({ channel: town.room, text: 'green' as never, blocks: without, key: 'green' }), 'approveRollback');
    expect(JSON.stringify(lastForm())).toContain('Approve over red');
    expect(town.engine.asked).toEqual([]);
  });

  test('of a rollback that is over there is nothing to approve', async () => {
    const ts = await shown(lit('red'));
    feed(said(ada, { kind: 'cancelRollback', rollback: 'rb1' }));
    expect(rollback()?.stage).toBe('cancelled');
    await press('U0BOB', ts, 'approveRollback');
    expect(town.privately('U0BOB')).toContain('This rollback is cancelled; there is nothing to approve. (E_NOT_NOW)');
    expect(town.views()).toEqual([]);
  });
});

describe('what was shown is what is answered', () => {
  /** The same rollback, planned again: the card in the channel is the old one. */
  const again = (plan = lit('red')): void =>
    feed({ kind: 'command', by: ada, command: { kind: 'answerMigrations', rollback: 'rb1', run: true } }, laterPlan(plan));
  // A plan made at the same instant would have the same time of expiry.
  const laterPlan = (plan: ReturnType<typeof lit>): Input => planned({ ...plan, approve: { ...plan.approve, expiresMs: plan.approve.expiresMs + 1_000 } });

  test.each(['approveRollback', 'declineRollback', 'answerMigrations:run'])('a button of an older plan does nothing: %s', async (action) => {
    const ts = await shown(lit('amber', 'x', { checks: [...OK, question('did it run?')] }));
    again();
    await press('U0BOB', ts, action);
    expect(town.privately('U0BOB')).toMatch(/plan was made again since you saw it, so nothing was done.*E_NOT_NOW/);
    expect(town.engine.asked).toEqual([]);
    expect(town.views()).toEqual([]);
  });

  test('a form about an older plan does nothing, and says so in the channel', async () => {
    await press('U0BOB', await shown(lit('red', 'x', { checks: [...OK, question('did it run?')] })), 'approveRollback');
    again(lit('red', 'another red plan'));
    await fillIn('U0BOB', REASON);
    expect(town.privately('U0BOB')).toMatch(/plan was made again.*E_NOT_NOW/);
    expect(town.engine.asked).toEqual([]);
  });

  test('cancelling is right for every plan', async () => {
    const ts = await shown();
    again();
    await press('U0BOB', ts, 'cancelRollback');
    expect(rollback()?.stage).toBe('cancelled');
  });
});

describe('breaking the glass', () => {
  test('is one person and a reason, and their groups are read at that moment', async () => {
    const ts = await shown(lit('red', 'x', { approve: GLASS }));
    await press('U0BOB', ts, 'more', entry('Break the glass…'));
    expect(JSON.stringify(lastForm())).toMatch(/Break the glass.*without a second person/);
    await fillIn('U0BOB', `${REASON}, token=ghp_${'a1B2'.repeat(9)}`);
    expect(town.engine.asked).toMatchObject([{ by: { groups: ['S0SRE'] }, command: { kind: 'breakGlass' } }]);
    expect(rollback()).toMatchObject({ stage: 'applying', approvals: [{ slackId: 'U0BOB', glass: true }] });
    expect(rollback()?.approvals[0]?.reason).toMatch(/^the new code eats carts, token=/);
    expect(JSON.stringify(rollback()?.approvals)).not.toContain('ghp_');
    expect(render(town.engine.get(town.incident), 'glass:rb1', { links: {} })?.text).toContain('bob broke the glass');
  });

  test('is refused to who is not named, and without a reason', async () => {
    const ts = await shown(lit('green', 'x', { approve: GLASS }));
    await press('U0ADA', ts, 'more', entry('Break the glass…'));
    expect(await fillIn('U0ADA', 'now')).toMatchObject({ errors: { text: expect.stringContaining('10 characters') } });
    await fillIn('U0ADA', REASON);
    expect(town.privately('U0ADA')).toContain('You are not among the people who may break the glass here. (E_NOT_ALLOWED)');
    expect(rollback()?.stage).toBe('asking');
  });
});

describe('a question and another way', () => {
  test.each([
    ['answerMigrations:run', true],
    ['answerMigrations:not-run', false],
  ])('%s makes the plan again', async (action, run) => {
    await press('U0BOB', await shown(lit('amber', 'x', { checks: [...OK, question('did it run?')] })), action);
    expect(town.engine.asked).toMatchObject([{ command: { kind: 'answerMigrations', rollback: 'rb1', run } }]);
    expect(rollback()).toMatchObject({ stage: 'planning', answers: { migrations: { run, by: 'bob' } } });
  });

  test('a second answer comes too late, and is told so', async () => {
    const ts = await shown(lit('amber', 'x', { checks: [...OK, question('did it run?')] }));
    await press('U0BOB', ts, 'answerMigrations:run');
    await press('U0ADA', ts, 'answerMigrations:not-run');
    expect(town.privately('U0ADA')).toContain('There is no open plan here that could change. (E_NOT_NOW)');
    expect(rollback()?.answers.migrations?.run).toBe(true);
  });

  test('another strategy is chosen from the menu', async () => {
    const others = [
      { strategy: 'rerun-deploy', applicable: true, because: 'comes later in services.yml' },
      { strategy: 'make-latest', applicable: false, because: 'the release is immutable' },
    ];
    const ts = await shown(lit('green', 'x', { others }));
    const chosen = entry('Use rerun-deploy instead');
    // A value that was tampered with is judged by the core.
    await press('U0BOB', ts, 'more', chosen);
    expect(rollback()).toMatchObject({ stage: 'planning', strategy: 'rerun-deploy' });
    feed(planned(lit('green', 'x', { others })));
    const forged = JSON.parse(
      JSON.stringify(render(town.engine.get(town.incident), 'rollback:rb1', { links: {} })?.blocks).replace('|rerun-deploy"', '|make-latest"'),
    );
    const old = await town.talk.post({ channel: town.room, text: 'forged' as never, blocks: forged, key: 'forged' });
    await press('U0BOB', old, 'more', chosen.replace('rerun-deploy', 'make-latest'));
    expect(town.privately('U0BOB')).toContain('make-latest cannot be used for this rollback. Choose one of: rerun-deploy. (E_NOT_NOW)');
  });

  test('a guest may look, but answers nothing', async () => {
    await press('U0GUEST', await shown(lit('amber', 'x', { checks: [...OK, question('did it run?')] })), 'answerMigrations:run');
    expect(town.privately('U0GUEST')).toContain('(E_NOT_ALLOWED)');
    expect(rollback()?.stage).toBe('asking');
  });
});

describe('forward again', () => {
  /** Rolled back, and it did not help. */
  async function helpless(kind: 'no-effect' | 'worse' = 'no-effect'): Promise<string> {
    await shown();
    const run = { kind: 'run', id: 7, url: 'https://github.com/acme/checkout/actions/runs/7' } as const;
    feed(
      { kind: 'command', by: { ...ada, slackId: 'U0BOB', groups: ['S0SRE'] }, command: { kind: 'approveRollback', rollback: 'rb1' } },
      { kind: 'rollbackSending', id: 'rb1' },
      { kind: 'rollbackSent', id: 'rb1', run, because: 'sent' },
      { kind: 'rollbackEnded', id: 'rb1', outcome: 'done', code: undefined, because: 'the run succeeded' },
      verdict(kind, '8.0 % after 600 s'),
    );
    expect(rollback()?.stage).toBe('done');
    return town.show('verdict:verify:1');
  }

  test.each(['no-effect', 'worse'] as const)('after “%s” a form asks why, and a plan of its own is made', async (kind) => {
    await press('U0BOB', await helpless(kind), 'undoRollback');
    expect(JSON.stringify(lastForm())).toContain('forward to `v2.14.0` again');
    expect(await fillIn('U0BOB', ' ')).toMatchObject({ errors: { text: 'Say in a few words why.' } });
    await fillIn('U0BOB', 'it was the cache, password=hunter2secret');
    expect(rollback('rb2')).toMatchObject({ stage: 'planning', undoes: 'rb1', reason: expect.stringMatching(/^it was the cache, password=(?!hunter2)/) });
    feed(planned(forward(lit('green')), 'rb2'));
    await press('U0ADA', await town.show('rollback:rb2'), 'approveRollback');
    expect(rollback('rb2')?.approvals).toMatchObject([]); // Ada is in no group that may
  });

  test('a second press comes too late', async () => {
    const ts = await helpless();
    feed(said(ada, { kind: 'undoRollback', rollback: 'rb1', reason: 'it was the cache' }));
    await press('U0BOB', ts, 'undoRollback');
    expect(town.privately('U0BOB')).toMatch(/rb1 cannot be taken back now; nothing was done.*E_NOT_NOW/);
    expect(town.views()).toEqual([]);
  });

  test('is typed as well: with a reason at once, without one by the form, from anywhere', async () => {
    await helpless();
    await town.slack.as('U0BOB').slash(town.room, '/rollback', 'undo');
    await town.settled();
    expect(JSON.stringify(lastForm())).toContain('Go forward again');
    await town.slack.as('U0BOB').slash('general', '/rollback', 'checkout-api undo --reason it was the cache');
    await town.settled();
    expect(rollback('rb2')).toMatchObject({ undoes: 'rb1', reason: 'it was the cache' });
  });

  test('typed where there is nothing to take back it says so', async () => {
    await town.slack.as('U0BOB').slash(town.room, '/rollback', 'undo --reason because');
    await town.slack.as('U0BOB').slash('general', '/rollback', 'undo');
    await town.slack.as('U0BOB').slash('general', '/rollback', 'payment undo');
    await town.settled();
    const told = town.privately('U0BOB');
    expect(told).toMatch(/no rollback of checkout-api that could be taken back now; nothing was started.*E_NOT_NOW/);
    expect(told).toMatch(/Which service\? Nothing was started.*E_CONTEXT/);
    expect(told).toMatch(/payment has no open incident.*E_CONTEXT/);
    expect(town.engine.asked).toEqual([]);
  });
});

describe('groups are read at the click', () => {
  test('those who may ask are among them', async () => {
    town.engine.policy('checkout-api', ['S0SRE']);
    await town.slack.as('U0BOB').slash(town.room, '/rollback', 'v2.13.2 --reason 5xx');
    await town.settled();
    expect(town.engine.asked).toMatchObject([{ by: { slackId: 'U0BOB', groups: ['S0SRE'] }, command: { kind: 'requestRollback' } }]);
  });

  test('those a plan names for asking and for the glass are among them too', async () => {
    town.engine.policy('checkout-api', []);
    const ask = { ...lit('green').approve, from: [], ask: ['S0SRE'] };
    await press('U0BOB', await shown(lit('green', 'x', { approve: ask })), 'declineRollback');
    await fillIn('U0BOB', 'not now');
    expect(town.engine.asked).toMatchObject([{ by: { groups: ['S0SRE'] } }]);
  });
});

test('a countdown is stopped by anybody with one click', async () => {
  feed(said(ada, { kind: 'requestRollback', tag: 'v2.13.2', reason: '5xx rose', step: undefined }), planned(lit('green')));
  const blocks = [
    {
      type: 'actions',
      block_id: 'rollback:rb1',
      elements: [
        {
          type: 'button',
          action_id: 'cancelRollback',
          text: { type: 'plain_text', text: '✋ Stop it' },
          value: JSON.stringify({ incident: town.incident, rollback: 'rb1' }),
        },
      ],
    },
  ];
  const ts = await town.talk.post({ channel: town.room, text: 'counting' as never, blocks: blocks as never, key: 'counting' });
  await press('U0BOB', ts, 'cancelRollback');
  expect(rollback()?.stage).toBe('cancelled');
});
