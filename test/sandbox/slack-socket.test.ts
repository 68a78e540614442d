import type { App } from '@slack/bolt';
import { afterEach, expect, test } from 'vitest';
import type { MiniSlack } from '../../src/sandbox/slack/mini-slack.ts';
import { button, handClock, plain, seen, socketApp, stage } from './slack-stage.ts';

let slack: MiniSlack;
let app: App | undefined;

afterEach(async () => {
  await app?.stop();
  await slack.close();
});

async function start(listen: (app: App) => void, options = {}): Promise<void> {
  slack = await stage(options);
  app = await socketApp(slack, listen);
}

test('what the app acks to a slash command is shown to the person who typed it, and to nobody else', async () => {
  await start((bolt) => bolt.command('/incident', ({ ack, command }) => ack(`heard: ${command.text} from ${command.user_name} in ${command.channel_name}`)));
  const ack = await slack.as('U1').slash('general', '/incident', 'status');
  expect(ack).toEqual({ kind: 'acked', body: { text: 'heard: status from ada in general' } });
  expect(slack.world.ephemerals.map(({ user, message }) => [user, message.text])).toEqual([['U1', 'heard: status from ada in general']]);
  expect(slack.world.channels.get(slack.channelId('general'))?.messages).toEqual([]);
});

test('an ack with response_type in_channel is a message for everybody', async () => {
  await start((bolt) => bolt.command('/incident', ({ ack }) => ack({ response_type: 'in_channel', text: 'all of you' })));
  await slack.as('U1').slash('general', '/incident');
  expect(slack.world.channels.get(slack.channelId('general'))?.messages.map(({ text, bot_id }) => [text, bot_id])).toEqual([
    ['all of you', slack.world.bot.botId],
  ]);
});

test('a command the app does not have fails at once, and nothing is sent', async () => {
  await start(() => {});
  expect(await slack.as('U1').slash('general', '/nope')).toEqual({ kind: 'unsent', why: '/nope is no command of this app' });
  expect(slack.world.ephemerals[0]?.message.text).toContain('unknown_command');
});

test('without an answer in 3 s of the clock the person sees operation_timeout, and a late ack changes nothing', async () => {
  const clock = handClock();
  let late: (() => Promise<void>) | undefined;
  const hesitate = (bolt: App) =>
    bolt.command('/incident', async ({ ack }) => {
      late = () => ack('too late');
    });
  await start(hesitate, { clock });
  const asked = slack.as('U1').slash('general', '/incident', 'slow');
  await expect.poll(() => late).toBeDefined();
  clock.move(3000);
  expect(await asked).toEqual({ kind: 'timeout' });
  await late?.();
  expect(slack.world.ephemerals.map(({ message }) => message.text)).toEqual(['/incident failed with the error "operation_timeout"']);
  expect(slack.world.mishaps[0]).toMatchObject({ what: 'operation_timeout' });
});

test('a button in a message leads to chat.update, and the app does not lose the block ids', async () => {
  await start((bolt) =>
    bolt.action('take_lead', async ({ ack, body, client, action }) => {
      await ack();
      if (body.type !== 'block_actions' || !body.channel || !body.message) throw new Error('not a click in a message');
      const value = action.type === 'button' ? action.value : '';
      await client.chat.update({ channel: body.channel.id, ts: body.message.ts, text: `lead: ${body.user.id} (${value})`, blocks: [] });
    }),
  );
  const general = slack.channelId('general');
  const posted = await app?.client.chat.postMessage({ channel: general, text: 'card', blocks: [{ type: 'actions', elements: [button('take_lead')] }] });
  const changed = seen(slack, 'message_changed');
  expect(await slack.as('U2').click('general', posted?.ts ?? '', 'take_lead')).toEqual({ kind: 'acked', body: undefined });
  const { message, previous } = await changed;
  expect(message).toMatchObject({ text: 'lead: U2 (take_lead)', blocks: [], ts: posted?.ts });
  expect(previous.blocks?.[0]?.block_id).toBeTypeOf('string');
});

test('a menu and an overflow send the option that was chosen', async () => {
  const heard: unknown[] = [];
  const option = (value: string) => ({ text: plain(value.toUpperCase()), value });
  await start((bolt) =>
    bolt.action(/.*/, async ({ ack, action }) => {
      await ack();
      heard.push('selected_option' in action ? action.selected_option : action);
    }),
  );
  const elements = [
    { type: 'static_select' as const, action_id: 'severity', placeholder: plain('Severity'), options: [option('sev1'), option('sev2')] },
    { type: 'overflow' as const, action_id: 'more', options: [option('page'), option('snooze')] },
  ];
  const posted = await app?.client.chat.postMessage({ channel: slack.channelId('general'), text: 'card', blocks: [{ type: 'actions', elements }] });
  await slack.as('U1').click('general', posted?.ts ?? '', 'severity', 'sev2');
  await slack.as('U1').click('general', posted?.ts ?? '', 'more', 'snooze');
  expect(heard).toEqual([option('sev2'), option('snooze')]);
});

test('the app hears messages, mentions, reactions, joins and opened homes of channels its bot is in', async () => {
  const heard: string[] = [];
  await start(
    (bolt) => {
      bolt.event('message', async ({ event }) => void heard.push(`message ${'text' in event ? event.text : ''} ${event.channel_type}`));
      bolt.event('app_mention', async ({ event }) => void heard.push(`mention ${event.text}`));
      bolt.event('reaction_added', async ({ event }) => void heard.push(`reaction ${event.reaction} on ${'ts' in event.item ? event.item.ts : ''}`));
      bolt.event('member_joined_channel', async ({ event }) => void heard.push(`joined ${event.user}`));
      bolt.event('app_home_opened', async ({ event, client }) => {
        await client.views.publish({ user_id: event.user, view: { type: 'home', blocks: [{ type: 'divider' }] } });
        heard.push('home');
      });
    },
    { channels: ['general', 'quiet'], botIn: ['general'] },
  );
  const ada = slack.as('U1');
  const { ts, ack } = await ada.say('general', `hello <@${slack.world.bot.userId}>`);
  expect(ack).toEqual({ kind: 'acked', body: undefined });
  expect((await ada.say('quiet', 'unheard')).ack.kind).toBe('unsent');
  await ada.react('general', ts, ':pushpin:');
  expect((await ada.react('general', ts, 'pushpin')).kind).toBe('unsent');
  await ada.openHome();
  await expect
    .poll(() => heard.toSorted())
    .toEqual([`home`, `mention hello <@${slack.world.bot.userId}>`, `message hello <@${slack.world.bot.userId}> channel`, `reaction pushpin on ${ts}`]);
  expect(slack.world.homes.get('U1')?.blocks[0]?.type).toBe('divider');
});

test('a message of another app reaches the bot as bot_message, and its own edits come back as message_changed', async () => {
  const heard: unknown[] = [];
  await start((bolt) =>
    bolt.event('message', async ({ event }) => {
      heard.push([event.subtype, 'bot_id' in event ? event.bot_id : 'message' in event && 'bot_id' in event.message ? event.message.bot_id : '']);
    }),
  );
  await slack.postAs({ name: 'Alertmanager', appId: 'A77' }, 'general', { attachments: [{ fallback: '5xx' }] });
  const posted = await app?.client.chat.postMessage({ channel: slack.channelId('general'), text: 'mine' });
  await app?.client.chat.update({ channel: slack.channelId('general'), ts: posted?.ts ?? '', text: 'mine, changed' });
  await slack.settled();
  await expect
    .poll(() => heard)
    .toEqual([
      ['bot_message', 'B77'],
      ['message_changed', slack.world.bot.botId],
    ]);
});

test('after dropSockets the app comes back by itself and hears again; an event from between is repeated after a minute', async () => {
  const clock = handClock();
  const heard: string[] = [];
  await start((bolt) => bolt.message(async ({ message, context }) => void heard.push(`${'text' in message ? message.text : ''} ${context.retryNum ?? 0}`)), {
    clock,
  });
  expect(slack.sockets).toBe(1);
  expect(slack.dropSockets()).toBe(1);
  const between = await slack.as('U1').say('general', 'between');
  expect(between.ack).toEqual({ kind: 'failed', why: 'no socket is connected' });
  await expect.poll(() => slack.sockets, { timeout: 10_000 }).toBe(1);
  await slack.as('U1').say('general', 'after');
  clock.move(60_000);
  await slack.settled();
  await expect.poll(() => heard).toEqual(['after 0', 'between 2']);
});

test('with two connections each event goes to exactly one', async () => {
  const heard: string[] = [];
  await start((bolt) => bolt.message(async ({ message }) => void heard.push(`one ${'text' in message ? message.text : ''}`)));
  const second = await socketApp(slack, (bolt) => bolt.message(async ({ message }) => void heard.push(`two ${'text' in message ? message.text : ''}`)));
  for (let count = 0; count < 6; count += 1) await slack.as('U1').say('general', String(count));
  await expect.poll(() => heard.length).toBe(6);
  expect(new Set(heard.map((each) => each.split(' ')[1])).size).toBe(6);
  expect(heard.filter((each) => each.startsWith('one')).length).toBe(3);
  await second.stop();
});

test('respond() replaces an ephemeral message, five times in half an hour and no more', async () => {
  const clock = handClock();
  const results: string[] = [];
  await start(
    (bolt) => {
      bolt.command('/incident', ({ ack }) => ack({ text: 'choose', blocks: [{ type: 'actions', elements: [button('pick')] }] }));
      bolt.action('pick', async ({ ack, respond }) => {
        await ack();
        for (let count = 1; count <= 6; count += 1)
          results.push(
            await respond({ replace_original: true, text: `answer ${count}` }).then(
              () => 'ok',
              (error) => String(error.statusCode),
            ),
          );
      });
    },
    { clock },
  );
  await slack.as('U1').slash('general', '/incident');
  const [shown] = slack.world.ephemerals;
  await slack.as('U1').click('general', shown?.message.ts ?? '', 'pick');
  await expect.poll(() => results).toEqual(['ok', 'ok', 'ok', 'ok', 'ok', '404']);
  expect(slack.world.ephemerals.map(({ message }) => [message.text, message.blocks])).toEqual([['answer 5', undefined]]);
});

test('a response_url is worth nothing after half an hour', async () => {
  const clock = handClock();
  let answer: (() => Promise<string>) | undefined;
  await start(
    (bolt) =>
      bolt.command('/incident', async ({ ack, respond }) => {
        await ack();
        answer = () =>
          respond('late').then(
            () => 'ok',
            async (error) => String(error.statusCode),
          );
      }),
    { clock },
  );
  await slack.as('U1').slash('general', '/incident');
  await expect.poll(() => answer).toBeDefined();
  clock.move(30 * 60_000 + 1);
  expect(await answer?.()).toBe('404');
});

test('a message shortcut carries the message', async () => {
  let carried: unknown;
  await start((bolt) =>
    bolt.shortcut({ type: 'message_action', callback_id: 'add_to_timeline' }, async ({ ack, shortcut }) => {
      await ack();
      carried = [shortcut.message.text, shortcut.message_ts, shortcut.channel.name];
    }),
  );
  const { ts } = await slack.as('U1').say('general', 'it began at nine');
  await slack.as('U2').messageShortcut('add_to_timeline', 'general', ts);
  expect(carried).toEqual(['it began at nine', ts, 'general']);
});
