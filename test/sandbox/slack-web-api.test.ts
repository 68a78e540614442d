import { LogLevel, WebClient } from '@slack/web-api';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { MiniSlack, SlackOptions } from '../../src/sandbox/slack/mini-slack.ts';
import { APP_TOKEN, client, handClock, outcome, stage } from './slack-stage.ts';

let slack: MiniSlack;
let web: WebClient;
let general: string;

async function open(options: Partial<SlackOptions> = {}): Promise<void> {
  await slack?.close();
  slack = await stage(options);
  web = client(slack);
  general = slack.channelId('general');
}

beforeEach(() => open());
afterEach(() => slack.close());

describe('tokens and scopes', () => {
  test('auth.test names the workspace and the bot, with the scopes in a header', async () => {
    const answer = await web.auth.test();
    expect(answer).toMatchObject({ ok: true, team_id: 'T0SANDBOX0', user_id: slack.world.bot.userId, bot_id: slack.world.bot.botId });
    expect(answer.response_metadata?.scopes).toContain('chat:write');
  });

  test.each([
    ['xoxb-wrong', 'invalid_auth'],
    ['', 'not_authed'],
    [APP_TOKEN, 'not_allowed_token_type'],
  ])('the token %j is refused with %s', async (token, error) => {
    expect(await outcome(client(slack, token).auth.test())).toBe(error);
  });

  test('the wrong way round, the bot token opens no socket', async () => {
    expect(await outcome(web.apps.connections.open())).toBe('not_allowed_token_type');
    expect(await client(slack, APP_TOKEN).apps.connections.open()).toMatchObject({ ok: true, url: expect.stringMatching(/^ws:\/\/127\.0\.0\.1:\d+\/link/) });
  });

  test('a revoked token opens nothing until it is valid again', async () => {
    slack.faults.token('revoked');
    expect(await outcome(web.auth.test())).toBe('token_revoked');
    slack.faults.token('valid');
    expect(await outcome(web.auth.test())).toBe('ok');
  });

  test('a missing scope is named, with those there are', async () => {
    await open({ scopes: ['chat:write'] });
    const refused = await web.conversations.create({ name: 'inc-1' }).catch((error) => error.data);
    expect(refused).toMatchObject({ error: 'missing_scope', needed: 'channels:manage', provided: 'chat:write' });
    expect(await outcome(web.users.info({ user: 'U1' }))).toBe('missing_scope');
    expect(await outcome(web.conversations.create({ name: 'inc-1', is_private: true }))).toBe('missing_scope');
  });

  test('an unknown method is refused, and every call is recorded with its header', async () => {
    expect(await outcome(web.apiCall('made.up'))).toBe('unknown_method');
    await web.apiCall('chat.postMessage', { channel: general, text: 'x', blocks: [{ type: 'divider' }] });
    expect(slack.requests.map(({ method, ok, error, auth }) => [method, ok, error, auth])).toEqual([
      ['made.up', false, 'unknown_method', 'Bearer xoxb-sandbox'],
      ['chat.postMessage', true, undefined, 'Bearer xoxb-sandbox'],
    ]);
    expect(slack.requests[1]?.args.blocks).toEqual([{ type: 'divider' }]);
  });

  test('arguments may come as JSON as well', async () => {
    const headers = { authorization: 'Bearer xoxb-sandbox', 'content-type': 'application/json' };
    const post = (body: string) => fetch(`${slack.url}chat.postMessage`, { method: 'POST', headers, body }).then((answer) => answer.json());
    expect(await post(JSON.stringify({ channel: general, text: 'as JSON' }))).toMatchObject({ ok: true, message: { text: 'as JSON' } });
    expect(await post('{')).toEqual({ ok: false, error: 'invalid_json' });
    expect(await post('[]')).toEqual({ ok: false, error: 'json_not_object' });
  });
});

describe('rate limits, by the clock', () => {
  const clock = handClock();
  beforeEach(() => open({ clock, limits: 'real' }));

  test('twenty channels a minute, then 429 with the seconds to wait', async () => {
    for (let index = 0; index < 20; index += 1) await web.conversations.create({ name: `inc-${index}` });
    const refused = await web.conversations.create({ name: 'inc-20' }).catch((error) => error);
    expect([refused.code, refused.retryAfter]).toEqual(['slack_webapi_rate_limited_error', 60]);
    expect(slack.requests.at(-1)).toMatchObject({ status: 429, error: 'ratelimited' });
    clock.move(60_000);
    expect(await outcome(web.conversations.create({ name: 'inc-20' }))).toBe('ok');
  });

  test('a burst of five messages in one channel, then one a second; another channel is free', async () => {
    const post = (channel: string) =>
      web.chat.postMessage({ channel, text: 'x' }).then(
        () => 'ok',
        (error) => error.retryAfter,
      );
    const { channel } = await web.conversations.create({ name: 'inc-1' });
    const results: unknown[] = [];
    for (let index = 0; index < 7; index += 1) results.push(await post(general));
    expect(results).toEqual(['ok', 'ok', 'ok', 'ok', 'ok', 1, 1]);
    expect(await post(channel?.id ?? '')).toBe('ok');
    clock.move(1000);
    expect([await post(general), await post(general)]).toEqual(['ok', 1]);
  });

  test('own figures can be set', async () => {
    await open({ clock, limits: { perMinute: { 'users.info': 1 } } });
    expect(await outcome(web.users.info({ user: 'U1' }))).toBe('ok');
    expect(await outcome(web.users.info({ user: 'U1' }))).toContain('WebAPIRateLimitedError');
  });
});

describe('faults to order', () => {
  const posted = () => slack.world.channels.get(general)?.messages.length;

  test.each([
    ['500', 0, 500],
    ['502-after', 1, 502],
    ['reset-before', 0, 0],
    ['reset-after', 1, 0],
    ['html', 0, 200],
    ['429:7', 0, 429],
  ] as const)('%s leaves %i message behind', async (fault, messages, status) => {
    slack.faults.next('chat.postMessage', fault);
    expect(await outcome(web.chat.postMessage({ channel: general, text: 'x' }))).not.toBe('ok');
    expect(posted()).toBe(messages);
    expect(slack.requests.at(-1)?.status).toBe(status);
    expect(slack.faults.fired).toEqual({ [fault]: 1 });
    expect(await outcome(web.chat.postMessage({ channel: general, text: 'x' }))).toBe('ok');
  });

  test('a hanging call ends by the caller’s own deadline', async () => {
    slack.faults.next('*', 'hang');
    const hurried = new WebClient('xoxb-sandbox', { slackApiUrl: slack.url, timeout: 50, logLevel: LogLevel.ERROR, retryConfig: { retries: 0 } });
    expect(await outcome(hurried.auth.test())).toContain('timeout');
  });

  test('while Slack is down every connection is reset, and afterwards all is as before', async () => {
    slack.faults.down(true);
    expect(await outcome(web.auth.test())).not.toBe('ok');
    slack.faults.down(false);
    expect(await outcome(web.auth.test())).toBe('ok');
  });
});
