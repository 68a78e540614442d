import type { WebClient } from '@slack/web-api';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { MiniSlack, SlackOptions } from '../../src/sandbox/slack/mini-slack.ts';
import { client, handClock, outcome, stage, textsIn } from './slack-stage.ts';

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

describe('messages', () => {
  test.each([
    ['C404', 'channel_not_found'],
    ['#general', 'ok'],
    ['U1', 'ok'],
  ])('a message to %j gives %s', async (channel, expected) => {
    expect(await outcome(web.chat.postMessage({ channel, text: 'x' }))).toBe(expected);
  });

  test('without chat:write.public the bot has to be in the channel', async () => {
    const options = { channels: ['general', 'quiet'], botIn: ['general'] };
    await open({ ...options, scopes: ['chat:write'] });
    expect(await outcome(web.chat.postMessage({ channel: slack.channelId('quiet'), text: 'x' }))).toBe('not_in_channel');
    await open(options);
    expect(await outcome(web.chat.postMessage({ channel: slack.channelId('quiet'), text: 'x' }))).toBe('ok');
  });

  test('a text may be 40,000 characters, in an update 4,000, and must not be empty', async () => {
    const { ts } = await web.chat.postMessage({ channel: general, text: 'x'.repeat(40_000) });
    expect(await outcome(web.chat.postMessage({ channel: general, text: 'x'.repeat(40_001) }))).toBe('msg_too_long');
    expect(await outcome(web.chat.postMessage({ channel: general, text: '' }))).toBe('no_text');
    expect(await outcome(web.chat.update({ channel: general, ts: ts ?? '', text: 'x'.repeat(4001) }))).toBe('msg_too_long');
    expect(await outcome(web.chat.update({ channel: general, ts: ts ?? '', text: 'x'.repeat(4000) }))).toBe('ok');
  });

  test('only the own messages can be changed or deleted', async () => {
    const { ts } = await slack.as('U1').say('general', 'hers');
    expect(await outcome(web.chat.update({ channel: general, ts, text: 'x' }))).toBe('cant_update_message');
    expect(await outcome(web.chat.delete({ channel: general, ts }))).toBe('cant_delete_message');
    expect(await outcome(web.chat.update({ channel: general, ts: '1.0', text: 'x' }))).toBe('message_not_found');
    const mine = await web.chat.postMessage({ channel: general, text: 'mine' });
    expect(await outcome(web.chat.delete({ channel: general, ts: mine.ts ?? '' }))).toBe('ok');
  });

  test('metadata is kept by an update, read back on request only, and cleared by {}', async () => {
    const metadata = { event_type: 'incident_card', event_payload: { key: 'INC-1', seen: [{ at: 1 }] } };
    const posted = await web.chat.postMessage({ channel: general, text: 'card', metadata });
    const ts = posted.ts ?? '';
    const read = async (all: boolean) => (await web.conversations.history({ channel: general, include_all_metadata: all })).messages?.[0]?.metadata;
    await web.chat.update({ channel: general, ts, text: 'changed' });
    expect(await read(true)).toEqual(metadata);
    expect(await read(false)).toBeUndefined();
    await web.apiCall('chat.update', { channel: general, ts, text: 'changed', metadata: {} });
    expect(await read(true)).toBeUndefined();
  });

  test.each([
    [{ event_type: 'has space', event_payload: {} }, 'invalid_metadata_schema'],
    [{ event_type: 'ok' }, 'invalid_metadata_schema'],
    [{ event_type: 'ok', event_payload: { deep: { deeper: {} } } }, 'invalid_metadata_schema'],
    [{ event_type: 'ok', event_payload: { plain: [1, 2] } }, 'invalid_metadata_schema'],
    [{ event_type: 'ok', event_payload: { big: 'x'.repeat(9000) } }, 'metadata_too_large'],
    [{ event_type: 'ok', event_payload: { flat: { a: 1 }, list: [{ b: true }] } }, 'ok'],
  ])('metadata %j gives %s', async (metadata, expected) => {
    expect(await outcome(web.apiCall('chat.postMessage', { channel: general, text: 'x', metadata }))).toBe(expected);
  });

  test('history is newest first, in pages, within a window, without replies; replies are oldest first', async () => {
    const clock = handClock();
    await open({ clock });
    const stamps: string[] = [];
    for (let index = 0; index < 5; index += 1) {
      clock.move(1000);
      stamps.push((await web.chat.postMessage({ channel: general, text: String(index) })).ts ?? '');
    }
    const thread = stamps[1] ?? '';
    await web.chat.postMessage({ channel: general, text: 'reply', thread_ts: thread });
    await slack.as('U1').say('general', 'her reply', { thread });
    const texts = (messages?: { text?: string }[]) => messages?.map(({ text }) => text);
    const pages: unknown[] = [];
    for await (const page of web.paginate('conversations.history', { channel: general, limit: 2 })) {
      pages.push(textsIn(page, 'messages', 'text'));
    }
    expect(pages).toEqual([['4', '3'], ['2', '1'], ['0']]);
    expect(texts((await web.conversations.history({ channel: general, oldest: stamps[2], latest: stamps[4] })).messages)).toEqual(['3']);
    expect(texts((await web.conversations.history({ channel: general, oldest: stamps[2], latest: stamps[4], inclusive: true })).messages)).toEqual([
      '4',
      '3',
      '2',
    ]);
    const replies = await web.conversations.replies({ channel: general, ts: thread });
    expect(texts(replies.messages)).toEqual(['1', 'reply', 'her reply']);
    expect(replies.messages?.[0]).toMatchObject({ reply_count: 2, reply_users_count: 2 });
    expect(await outcome(web.conversations.replies({ channel: general, ts: '1.0' }))).toBe('thread_not_found');
    expect(await outcome(web.chat.postMessage({ channel: general, text: 'x', thread_ts: '1.0' }))).toBe('thread_not_found');
  });

  test('an ephemeral message reaches one person in the channel and can be found nowhere', async () => {
    const { channel } = await web.conversations.create({ name: 'inc-1' });
    expect(await outcome(web.chat.postEphemeral({ channel: channel?.id ?? '', user: 'U1', text: 'x' }))).toBe('user_not_in_channel');
    await web.chat.postEphemeral({ channel: general, user: 'U1', text: 'only you' });
    expect(slack.world.ephemerals.map(({ user, message }) => [user, message.text])).toEqual([['U1', 'only you']]);
    expect((await web.conversations.history({ channel: general })).messages).toEqual([]);
  });

  test('pins, bookmarks and reactions are put once', async () => {
    const { ts = '' } = await web.chat.postMessage({ channel: general, text: 'card' });
    await web.pins.add({ channel: general, timestamp: ts });
    expect(await outcome(web.pins.add({ channel: general, timestamp: ts }))).toBe('already_pinned');
    expect((await web.pins.list({ channel: general })).items).toMatchObject([{ type: 'message', message: { ts } }]);
    await web.reactions.add({ channel: general, timestamp: ts, name: 'eyes' });
    expect(await outcome(web.reactions.add({ channel: general, timestamp: ts, name: 'eyes' }))).toBe('already_reacted');
    expect(await outcome(web.bookmarks.add({ channel_id: general, title: 'x', type: 'link', link: 'not a link' }))).toBe('invalid_link');
    const { bookmark } = await web.bookmarks.add({ channel_id: general, title: 'Runbook', type: 'link', link: 'https://example.com/' });
    await web.bookmarks.edit({ channel_id: general, bookmark_id: bookmark?.id ?? '', title: 'New' });
    expect((await web.bookmarks.list({ channel_id: general })).bookmarks).toMatchObject([{ title: 'New', link: 'https://example.com/' }]);
    expect((await web.chat.getPermalink({ channel: general, message_ts: ts })).permalink).toContain(`/archives/${general}/p${ts.replace('.', '')}`);
  });
});

describe('files', () => {
  test('filesUploadV2 puts the file into the thread, and its bytes come back to the bearer only', async () => {
    const { ts = '' } = await web.chat.postMessage({ channel: general, text: 'card' });
    const bytes = Buffer.from([0, 1, 2, 255]);
    await web.filesUploadV2({ channel_id: general, thread_ts: ts, filename: 'chart.png', title: 'Chart', initial_comment: 'look', file: bytes });
    const message = slack.world.channels.get(general)?.messages.at(-1);
    expect(message).toMatchObject({
      subtype: 'file_share',
      text: 'look',
      thread_ts: ts,
      files: [{ name: 'chart.png', title: 'Chart', mimetype: 'image/png', size: 4 }],
    });
    const { file } = await web.files.info({ file: message?.files?.[0]?.id ?? '' });
    expect(file?.shares?.public?.[general]).toEqual([{ ts: message?.ts }]);
    const download = (authorization: string) => fetch(file?.url_private_download ?? '', { headers: { authorization } });
    const allowed = await download('Bearer xoxb-sandbox');
    expect([allowed.headers.get('content-type'), Buffer.from(await allowed.arrayBuffer())]).toEqual(['image/png', bytes]);
    const refused = await download('Bearer xoxb-wrong');
    expect([refused.status, refused.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
  });

  test('an upload that was not finished, or not of the announced length, is no file', async () => {
    const { upload_url = '', file_id = '' } = await web.files.getUploadURLExternal({ filename: 'a.txt', length: 3 });
    expect(await outcome(web.files.completeUploadExternal({ files: [{ id: file_id }] }))).toBe('file_not_found');
    expect((await fetch(upload_url, { method: 'POST', body: 'four' })).status).toBe(400);
    expect(await (await fetch(upload_url, { method: 'POST', body: 'abc' })).text()).toBe('OK - 3');
    expect(await outcome(web.files.completeUploadExternal({ files: [{ id: file_id }] }))).toBe('ok');
    expect(await outcome(web.files.completeUploadExternal({ files: [{ id: file_id }] }))).toBe('file_not_found');
    expect((await web.files.info({ file: file_id })).file?.channels).toEqual([]);
  });
});
