import type { WebClient } from '@slack/web-api';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { MiniSlack, SlackOptions } from '../../src/sandbox/slack/mini-slack.ts';
import { client, outcome, stage, textsIn } from './slack-stage.ts';

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

describe('channels', () => {
  test.each([
    ['inc-1_a', 'ok'],
    ['a'.repeat(80), 'ok'],
    ['a'.repeat(81), 'invalid_name_maxlength'],
    ['Inc', 'invalid_name_specials'],
    ['inc 1', 'invalid_name_specials'],
    ['-inc', 'invalid_name_specials'],
    ['事件', 'invalid_name_specials'],
    ['--', 'invalid_name_punctuation'],
    ['', 'invalid_name_required'],
    ['general', 'name_taken'],
    ['on-call', 'name_taken'],
  ])('the name %j gives %s', async (name, expected) => {
    expect(await outcome(web.conversations.create({ name }))).toBe(expected);
  });

  test('a name stays taken after the channel is archived', async () => {
    const { channel } = await web.conversations.create({ name: 'inc-1' });
    await web.conversations.archive({ channel: channel?.id ?? '' });
    expect(await outcome(web.conversations.create({ name: 'inc-1' }))).toBe('name_taken');
  });

  test('archiving puts the bot out for good', async () => {
    const { channel } = await web.conversations.create({ name: 'inc-1' });
    const id = channel?.id ?? '';
    await web.conversations.archive({ channel: id });
    expect((await web.conversations.members({ channel: id })).members).toEqual([]);
    expect(await outcome(web.conversations.archive({ channel: id }))).toBe('already_archived');
    expect(await outcome(web.chat.postMessage({ channel: id, text: 'x' }))).toBe('is_archived');
    expect(await outcome(web.conversations.unarchive({ channel: id }))).toBe('not_in_channel');
    expect(await outcome(web.conversations.archive({ channel: general }))).toBe('cant_archive_general');
  });

  test('invitations: one bad person stops all, unless force says otherwise', async () => {
    const { channel } = await web.conversations.create({ name: 'inc-1' });
    const invite = (users: string, force = false) => outcome(web.conversations.invite({ channel: channel?.id ?? '', users, force }));
    expect(await invite('U1,U99')).toBe('user_not_found');
    expect(slack.world.channels.get(channel?.id ?? '')?.members.has('U1')).toBe(false);
    expect(await invite('U1,U99', true)).toBe('ok');
    expect(await invite('U1')).toBe('already_in_channel');
    expect(await invite(slack.world.bot.userId)).toBe('cant_invite_self');
    expect(await invite('U4')).toBe('cant_invite');
    expect(await invite('U5')).toBe('user_team_not_in_channel');
    expect(await invite('U3')).toBe('ok');
    expect(await invite(Array.from({ length: 101 }, (_, index) => `U${index}`).join())).toBe('too_many_users');
    const second = await web.conversations.create({ name: 'inc-2' });
    expect(await outcome(web.conversations.invite({ channel: second.channel?.id ?? '', users: 'U3' }))).toBe('ura_max_channels');
  });

  test('topic and purpose take 250 characters and are said in the channel', async () => {
    expect(await outcome(web.conversations.setTopic({ channel: general, topic: 'x'.repeat(251) }))).toBe('too_long');
    await web.conversations.setTopic({ channel: general, topic: 'x'.repeat(250) });
    await web.conversations.setPurpose({ channel: general, purpose: 'why' });
    const { channel } = await web.conversations.info({ channel: general });
    expect([channel?.topic?.value?.length, channel?.purpose?.value]).toEqual([250, 'why']);
    expect(slack.world.channels.get(general)?.messages.map(({ subtype }) => subtype)).toEqual(['channel_topic', 'channel_purpose']);
  });

  test('a channel the bot is not in can be joined, a private one of others does not exist for it', async () => {
    await open({ channels: ['general', 'quiet'], botIn: ['general'] });
    const quiet = slack.channelId('quiet');
    expect(await outcome(web.conversations.setTopic({ channel: quiet, topic: 'x' }))).toBe('not_in_channel');
    expect(await outcome(web.conversations.history({ channel: quiet }))).toBe('not_in_channel');
    expect((await web.conversations.join({ channel: quiet })).ok).toBe(true);
    expect((await web.conversations.members({ channel: quiet })).members).toContain(slack.world.bot.userId);
    expect(await outcome(web.conversations.info({ channel: 'C404' }))).toBe('channel_not_found');
    expect(await outcome(web.conversations.rename({ channel: quiet, name: 'loud' }))).toBe('not_authorized');
  });

  test('lists come in pages and leave out what was archived', async () => {
    for (let index = 0; index < 5; index += 1) await web.conversations.create({ name: `inc-${index}`, is_private: index === 4 });
    await web.conversations.archive({ channel: slack.channelId('inc-0') });
    const names: unknown[] = [];
    for await (const page of web.paginate('conversations.list', { types: 'public_channel,private_channel', exclude_archived: true, limit: 2 })) {
      names.push(...textsIn(page, 'channels', 'name'));
    }
    expect(names).toEqual(['general', 'inc-1', 'inc-2', 'inc-3', 'inc-4']);
  });
});

describe('people', () => {
  test('users.info tells guests, bots, strangers and the deactivated apart', async () => {
    const info = async (user: string) => (await web.users.info({ user, include_locale: true })).user;
    expect(await info('U1')).toMatchObject({ name: 'ada', locale: 'zh-CN', tz: 'Europe/London', is_restricted: false, deleted: false, team_id: 'T0SANDBOX0' });
    expect(await info('U3')).toMatchObject({ is_restricted: true, is_ultra_restricted: true });
    expect(await info('U4')).toMatchObject({ deleted: true });
    expect(await info('U5')).toMatchObject({ is_stranger: true, team_id: 'T0ELSEWHER' });
    expect(await info(slack.world.bot.userId)).toMatchObject({ is_bot: true });
    expect(await outcome(web.users.info({ user: 'U404' }))).toBe('user_not_found');
    expect((await web.users.lookupByEmail({ email: 'ada@example.com' })).user?.id).toBe('U1');
  });

  test('a user group gives its people, the deactivated only on request', async () => {
    expect((await web.usergroups.list({ include_users: true })).usergroups).toMatchObject([{ id: 'S1', handle: 'on-call', users: ['U1', 'U4'] }]);
    expect((await web.usergroups.users.list({ usergroup: 'S1' })).users).toEqual(['U1']);
    expect(await outcome(web.usergroups.users.list({ usergroup: 'S404' }))).toBe('no_such_subteam');
  });
});
