import type { App, Receiver } from '@slack/bolt';
import { beforeEach, describe, expect, test } from 'vitest';
import { createListener, type Listener } from '../../src/slack/listen.ts';
import { type MemoryEngine, memoryEngine } from './memory-engine.ts';
import { type HandClock, type Say, type Sent, scripted, silent } from './stage.ts';
import { ada } from './stories.ts';

let app: App;
let engine: MemoryEngine;
let listener: Listener;
let sent: Sent[];
let clock: HandClock;
let answer: (one: Sent) => Say | undefined;

const RECEIVER: Receiver = {
  init(bolt) {
    app = bolt;
  },
  start: async () => undefined,
  stop: async () => undefined,
};
const MEMBER_NOT = { ok: true, user: { id: 'U0ADA', team_id: 'T9', name: 'ada', profile: {} } };
const MEMBER = { ok: true, user: { id: 'U0ADA', team_id: 'T0', name: 'ada', profile: {} } };

beforeEach(async () => {
  answer = ({ method }) => (method === 'users.info' ? { body: MEMBER } : undefined);
  const slack = scripted((one) => answer(one));
  ({ sent, clock } = slack);
  engine = memoryEngine();

  listener = createListener({ receiver: RECEIVER, engine, talk: slack.talk, log: silent, clock });
  await listener.start();
  await engine.openIncident({ title: 'checkout fails', service: 'checkout-api', severity: 'sev2', by: ada, evidence: [] }, 'start');
  engine.feed('INC-1', { kind: 'channelOpened', channel: { id: 'C0INC', name: 'inc-1' } });
});

/** Delivers as a receiver would; returns what was acked. */
async function deliver(body: object): Promise<unknown[]> {
  const acks: unknown[] = [];
  await app.processEvent({ body, ack: async (response?: unknown) => void acks.push(response) });
  await listener.idle();
  return acks;
}
const told = (): string =>
  JSON.stringify(sent.filter(({ method }) => method.startsWith('/commands') || method === 'chat.postEphemeral').map(({ args }) => args));
const calls = (): string[] => sent.map(({ method }) => method);

const from = (team: string, more: object = {}) => ({
  team: { id: team },
  user: { id: 'U0ADA', team_id: team },
  channel: { id: 'C0INC' },
  response_url: `https://hooks.slack.com/commands/${team}`,
  trigger_id: 't1',
  ...more,
});
const click = (team = 'T0', value: unknown = '{"incident":"INC-1"}', more: object = {}) => ({
  type: 'block_actions',
  ...from(team),
  actions: [{ type: 'button', action_id: 'acknowledge', block_id: 'card', action_ts: '1.5', value }],
  ...more,
});
const event = (of: object, id = 'Ev1', team = 'T0') => ({
  type: 'event_callback',
  team_id: team,
  event_id: id,
  authorizations: [{ team_id: team }],
  event: of,
});

describe('S08: another workspace', () => {
  test.each([
    ['a click', click('T666')],
    [
      'a command',
      {
        command: '/incident',
        text: 'severity sev1',
        team_id: 'T666',
        user_id: 'U1',
        channel_id: 'C0INC',
        response_url: 'https://hooks.slack.com/commands/x',
        trigger_id: 't',
      },
    ],
    [
      'a form',
      {
        type: 'view_submission',
        ...from('T666'),
        view: { id: 'V1', hash: 'h', callback_id: 'resolve', private_metadata: '{"incident":"INC-1"}', state: { values: { text: { value: { value: 'x' } } } } },
      },
    ],
    ['an organisation that is not ours', click('', '{"incident":"INC-1"}', { team: null, user: { id: 'U1' }, enterprise: { id: 'E666' } })],
  ])('%s does nothing', async (_, body) => {
    expect(await deliver(body)).toHaveLength(1);
    expect(engine.asked).toEqual([]);
    expect(told()).toContain('This workspace is not configured');
  });

  test('an event of another workspace does nothing and is answered to nobody', async () => {
    await deliver(event({ type: 'app_home_opened', user: 'U1', tab: 'home' }, 'Ev2', 'T666'));
    expect(calls()).toEqual(['auth.test']);
  });
});

describe('S11: our own doings', () => {
  test.each([
    ['a post of ours', { type: 'message', bot_id: 'B0BOT', channel: 'C0INC', ts: '1.0' }],
    [
      'an edit of ours, which has no user at the top',
      { type: 'message', subtype: 'message_changed', channel: 'C0INC', message: { bot_id: 'B0BOT', user: 'U0BOT' }, previous_message: {} },
    ],
    ['our own pin', { type: 'reaction_added', user: 'U0BOT', reaction: 'pushpin', item: { type: 'message', channel: 'C0INC', ts: '1.0' } }],
    ['our own coming', { type: 'member_joined_channel', user: 'U0BOT', channel: 'C0INC' }],
    ['a message of a person', { type: 'message', user: 'U0ADA', channel: 'C0INC', text: 'hi', ts: '1.0' }],
    [
      'a picture nobody asked for',
      { type: 'message', subtype: 'file_share', user: 'U0ADA', channel: 'C0INC', files: [{ id: 'F1', url_private: 'https://evil.example/x.png' }], ts: '1.0' },
    ],
  ])('%s leads to nothing', async (_, of) => {
    await deliver(event(of));
    expect(calls().filter((method) => method !== 'auth.test')).toEqual([]);
    expect(engine.asked).toEqual([]);
  });
});

test('Slack’s repetition of a click, a form or a command is done once', async () => {
  const form = {
    type: 'view_submission',
    ...from('T0'),
    view: { id: 'V1', hash: 'h1', callback_id: 'note', private_metadata: '{"incident":"INC-1"}', state: { values: { text: { value: { value: 'x' } } } } },
  };
  const slash = {
    command: '/inc',
    text: 'severity sev1',
    team_id: 'T0',
    user_id: 'U0ADA',
    channel_id: 'C0INC',
    trigger_id: 't9',
    response_url: 'https://hooks.slack.com/commands/y',
  };
  for (const body of [click(), click(), form, form, slash, slash]) await deliver(body);
  expect(engine.asked.map(({ command }) => command.kind)).toEqual(['acknowledge', 'note', 'setSeverity']);
});

describe('bodies that are not what they should be', () => {
  test('S10: a form with 3,000 braces as metadata is answered under its field', async () => {
    const view = { id: 'V1', hash: 'h', callback_id: 'resolve', private_metadata: '{'.repeat(3000), state: { values: { text: { value: { value: 'x' } } } } };
    expect(await deliver({ type: 'view_submission', ...from('T0'), view })).toEqual([
      { response_action: 'errors', errors: { text: expect.stringContaining('out of date') } },
    ]);
  });

  test.each<[string, unknown]>([
    ['text that is no JSON', '{{{'],
    ['nothing', undefined],
    ['a number', 5],
    ['an incident of the wrong kind', '{"incident":{"id":"INC-1"}}'],
    ['an endless one', `{"incident":"${'x'.repeat(5000)}"}`],
  ])('a button value of %s does nothing to any incident but the channel’s own', async (_, value) => {
    expect(await deliver(click('T0', value))).toEqual([undefined]);
    expect(engine.asked.every(({ incident }) => incident === 'INC-1')).toBe(true);
  });

  test.each([
    ['an action nobody knows', { ...click(), actions: [{ type: 'button', action_id: 'launchMissiles', action_ts: '1', value: '{"incident":"INC-1"}' }] }],
    ['no action at all', { ...click(), actions: [] }],
    ['a form nobody knows', { type: 'view_submission', ...from('T0'), view: { id: 'V', callback_id: 'zzz', private_metadata: '{}', state: { values: {} } } }],
    ['a shortcut nobody knows', { type: 'shortcut', ...from('T0'), callback_id: 'zzz' }],
    ['a list of options', { type: 'block_suggestion', ...from('T0'), action_id: 'x', block_id: 'b', value: '' }],
    ['a closed form', { type: 'view_closed', ...from('T0'), view: { id: 'V', callback_id: 'resolve' } }],
  ])('%s is acked, or taken by the door, and does nothing', async (_, body) => {
    expect((await deliver(body)).length).toBeLessThanOrEqual(1);
    expect(engine.asked).toEqual([]);
  });
});

describe('who joins a running incident', () => {
  const joined = event({ type: 'member_joined_channel', user: 'U0ADA', channel: 'C0INC' });

  test('late gets a summary only they see', async () => {
    clock.move(10 * 60_000);
    await deliver(joined);
    expect(calls()).toContain('chat.postEphemeral');
    expect(told()).toContain('checkout fails');
  });

  test('in the first minutes, or after the end, does not', async () => {
    await deliver(joined);
    clock.move(10 * 60_000);
    engine.feed('INC-1', { kind: 'command', by: ada, command: { kind: 'resolve', summary: '' } });
    await deliver(joined);
    expect(calls()).not.toContain('chat.postEphemeral');
  });
});

describe('the last way to a reader', () => {
  const REFUSED = { body: MEMBER_NOT };
  const refusing =
    (...methods: readonly string[]) =>
    (one: Sent): Say | undefined => {
      if (one.method.startsWith('/commands')) return { status: 404, body: 'expired_url' };
      if (methods.includes(one.method))
        return { body: { ok: false, error: one.method === 'chat.postEphemeral' ? 'user_not_in_channel' : 'messages_tab_disabled' } };
      return one.method === 'users.info' ? REFUSED : undefined;
    };

  test('is a direct message, when the response_url is used up and they are not in the channel', async () => {
    answer = refusing('chat.postEphemeral');
    await deliver(click());
    const direct = sent.filter(({ method }) => method === 'chat.postMessage').map(({ args }) => args);
    expect(direct).toMatchObject([{ channel: 'U0ADA', text: expect.stringContaining('(E_NOT_ALLOWED)') }]);
    expect(calls().filter((method) => method !== 'auth.test')).toEqual(['users.info', '/commands/T0', 'chat.postEphemeral', 'chat.postMessage']);
  });

  test('and where the app may send none, the log has it; nothing breaks', async () => {
    answer = refusing('chat.postEphemeral', 'chat.postMessage');
    expect(await deliver(click())).toEqual([undefined]);
    expect(engine.get('INC-1').roles.lead).toBeUndefined();
    answer = ({ method }) => (method === 'users.info' ? { body: MEMBER } : undefined);
    clock.move(10_000); // who somebody is is asked again
    await deliver(
      click('T0', '{"incident":"INC-1"}', { actions: [{ type: 'button', action_id: 'acknowledge', action_ts: '2.5', value: '{"incident":"INC-1"}' }] }),
    );
    expect(engine.get('INC-1').roles.lead?.slackId).toBe('U0ADA');
  });

  test('is not taken for what nobody asked for', async () => {
    answer = (one) => (one.method === 'chat.postEphemeral' ? { body: { ok: false, error: 'user_not_in_channel' } } : refusing()(one));
    clock.move(10 * 60_000);
    await deliver(event({ type: 'app_home_opened', user: 'U0ADA', tab: 'home' }, 'Ev9', 'T666'));
    expect(calls()).not.toContain('chat.postMessage');
  });
});

describe('while Slack itself is in trouble', () => {
  test('nobody is believed to be a member whom Slack does not vouch for', async () => {
    answer = ({ method }) => (method === 'users.info' ? { status: 500 } : undefined);
    await deliver(click());
    expect(engine.asked).toEqual([]);
    expect(told()).toContain('E_SLACK');
  });

  test('a workspace that cannot be checked is not served, and served again when it can', async () => {
    answer = ({ method }) => (method === 'auth.test' ? { breaks: 'ECONNRESET' } : undefined);
    const slack = scripted((one) => answer(one), clock);

    listener = createListener({ receiver: RECEIVER, engine, talk: slack.talk, log: silent, clock });
    await listener.start();
    await deliver(click());
    expect(engine.asked).toEqual([]);
    answer = ({ method }) => (method === 'users.info' ? { body: MEMBER } : undefined);
    await deliver(click());
    expect(engine.asked).toHaveLength(1);
  });
});
