import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type App, isValidSlackRequest } from '@slack/bolt';
import { afterEach, expect, test } from 'vitest';
import { realClock } from '../../src/lib/clock.ts';
import type { MiniSlack } from '../../src/sandbox/slack/mini-slack.ts';
import { button, client, handClock, httpApp, plain, SECRET, stage } from './slack-stage.ts';

const HTTP = { mode: { http: '' } } as const;

let slack: MiniSlack;
let app: App | undefined;
let server: Server | undefined;

afterEach(async () => {
  await app?.stop();
  server?.closeAllConnections();
  server?.close();
  app = undefined;
  server = undefined;
  await slack.close();
});

interface Got {
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** A bare receiver that answers with these statuses in turn, 200 after the last; `hang` does not answer. */
async function receiver(...answers: readonly (number | 'hang' | 'no more')[]): Promise<{ got: Got[] }> {
  const got: Got[] = [];
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    got.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
    const answer = answers[got.length - 1] ?? 200;
    if (answer === 'hang') return;
    response.writeHead(answer === 'no more' ? 500 : answer, answer === 'no more' ? { 'x-slack-no-retry': '1' } : {}).end();
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  slack.sendTo(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/slack/events`);
  return { got };
}

test('Bolt over HTTP takes commands, clicks, forms and events with their signatures', async () => {
  slack = await stage(HTTP);
  const heard: string[] = [];
  app = await httpApp(slack, (bolt) => {
    bolt.command('/incident', ({ ack }) => ack('a plain text'));
    bolt.action('press', async ({ ack, client, body }) => {
      await ack();
      if (body.type === 'block_actions') {
        await client.views.open({
          trigger_id: body.trigger_id,
          view: { type: 'modal', callback_id: 'form', title: plain('Form'), submit: plain('Go'), blocks: [] },
        });
      }
    });
    bolt.view('form', ({ ack }) => ack({ response_action: 'clear' }));
    bolt.message(async ({ message }) => void heard.push('text' in message ? (message.text ?? '') : ''));
  });
  expect(await slack.as('U1').slash('general', '/incident')).toEqual({ kind: 'acked', body: 'a plain text' });
  expect(slack.world.ephemerals[0]?.message.text).toBe('a plain text');
  const posted = await app.client.chat.postMessage({
    channel: slack.channelId('general'),
    text: 'card',
    blocks: [{ type: 'actions', elements: [button('press')] }],
  });
  await slack.as('U1').click('general', posted.ts ?? '', 'press');
  await expect.poll(() => slack.world.stacks.get('U1')?.length).toBe(1);
  expect((await slack.as('U1').submit(slack.world.stacks.get('U1')?.[0] ?? '')).ack.kind).toBe('acked');
  expect(slack.world.stacks.get('U1')).toEqual([]);
  await slack.as('U1').say('general', 'hello');
  await expect.poll(() => heard).toEqual(['hello']);
});

test('a request signed with another secret is refused by Bolt and told to the person', async () => {
  slack = await stage({ ...HTTP, signingSecret: 'another' });
  app = await httpApp(slack, () => {});
  expect(await slack.as('U1').slash('general', '/incident')).toEqual({ kind: 'failed', why: 'HTTP 401' });
  expect(slack.world.ephemerals[0]?.message.text).toContain('dispatch_failed');
});

test('every delivery is signed over its exact body, and forms have exactly the type Bolt insists on', async () => {
  slack = await stage(HTTP);
  const { got } = await receiver();
  await slack.as('U1').say('general', 'ümläut & co');
  await slack.as('U1').slash('general', '/incident', 'ümläut & co');
  await slack.as('U1').shortcut('declare');
  expect(got.map(({ headers }) => headers['content-type'])).toEqual([
    'application/json',
    'application/x-www-form-urlencoded',
    'application/x-www-form-urlencoded',
  ]);
  for (const { headers, body } of got) {
    const signed = { 'x-slack-signature': String(headers['x-slack-signature']), 'x-slack-request-timestamp': Number(headers['x-slack-request-timestamp']) };
    expect(isValidSlackRequest({ signingSecret: SECRET, body, headers: signed })).toBe(true);
    expect(isValidSlackRequest({ signingSecret: SECRET, body: `${body} `, headers: signed })).toBe(false);
  }
  expect(JSON.parse(got[0]?.body ?? '')).toMatchObject({ type: 'event_callback', event: { type: 'message', text: 'ümläut & co', channel_type: 'channel' } });
  expect(new URLSearchParams(got[1]?.body).get('text')).toBe('ümläut & co');
  expect(JSON.parse(new URLSearchParams(got[2]?.body).get('payload') ?? '')).toMatchObject({ type: 'shortcut', callback_id: 'declare' });
});

test('an event that fails is repeated at once, after one minute and after five more, and then no more', async () => {
  const clock = handClock();
  slack = await stage({ ...HTTP, clock });
  const { got } = await receiver(500, 500, 500, 500, 200);
  const { ack } = await slack.as('U1').say('general', 'hello');
  expect(ack).toEqual({ kind: 'failed', why: 'HTTP 500' });
  const retries = () => got.map(({ headers }) => [headers['x-slack-retry-num'], headers['x-slack-retry-reason']]);
  expect(retries()).toEqual([
    [undefined, undefined],
    ['1', 'http_error'],
  ]);
  clock.move(59_999);
  expect(got.length).toBe(2);
  clock.move(1);
  await slack.settled();
  expect(retries().at(-1)).toEqual(['2', 'http_error']);
  clock.move(300_000);
  await slack.settled();
  expect(retries().at(-1)).toEqual(['3', 'http_error']);
  clock.move(3_600_000);
  await slack.settled();
  expect(got.length).toBe(4);
  const ids = got.map(({ body }) => JSON.parse(body).event_id);
  expect(new Set(ids).size).toBe(1);
});

test('x-slack-no-retry ends the retries', async () => {
  slack = await stage(HTTP);
  const { got } = await receiver('no more');
  await slack.as('U1').say('general', 'hello');
  expect(got.length).toBe(1);
});

test('an event without an answer in 3 s is repeated as http_timeout', async () => {
  const clock = handClock();
  slack = await stage({ ...HTTP, clock });
  const { got } = await receiver('hang');
  const said = slack.as('U1').say('general', 'hello');
  await expect.poll(() => got.length).toBe(1);
  clock.move(3000);
  expect((await said).ack.kind).toBe('acked');
  expect(got[1]?.headers['x-slack-retry-reason']).toBe('http_timeout');
});

test('when the app listens nowhere, a command fails and an event waits for its retries', async () => {
  const clock = handClock();
  slack = await stage({ clock, mode: { http: 'http://127.0.0.1:9/', signedAt: realClock } });
  expect((await slack.as('U1').slash('general', '/incident')).kind).toBe('failed');
  expect((await slack.as('U1').say('general', 'hello')).ack.kind).toBe('failed');
  const { got } = await receiver();
  clock.move(60_000);
  await slack.settled();
  expect(got.map(({ headers }) => headers['x-slack-retry-reason'])).toEqual(['connection_failed']);
  const stamped = Number(got[0]?.headers['x-slack-request-timestamp']) * 1000;
  expect(Math.abs(stamped - Date.now())).toBeLessThan(60_000);
});

test('the bot hears its own words as a message, but never as a mention of itself', async () => {
  slack = await stage(HTTP);
  const { got } = await receiver();
  const text = `I am <@${slack.world.bot.userId}>`;
  await client(slack).chat.postMessage({ channel: slack.channelId('general'), text });
  await slack.as('U1').say('general', text);
  await slack.settled();
  const heard = got.map(({ body }) => JSON.parse(body).event).map((event) => [event.type, event.bot_id ?? event.user]);
  expect(heard).toEqual([
    ['message', slack.world.bot.botId],
    ['message', 'U1'],
    ['app_mention', 'U1'],
  ]);
});
