import { createServer } from 'node:http';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { realClock } from '../../src/lib/clock.ts';
import type { MiniSlack } from '../../src/sandbox/slack/mini-slack.ts';
import { startSlack } from '../../src/sandbox/slack/server.ts';
import { escapeText } from '../../src/slack/escape.ts';
import { createTalk, type Talk } from '../../src/slack/talk.ts';
import { section } from '../../src/slack/view-parts.ts';
import { scripted, silent } from './stage.ts';

const text = escapeText('hello');
const message = (channel: string, key: string) => ({ channel, text, blocks: [section(text)], key });
let slack: MiniSlack;
let talk: Talk;

beforeEach(async () => {
  slack = await startSlack({
    clock: realClock,
    people: [
      { id: 'U1', name: 'ada', realName: 'Ada Lovelace' },
      { id: 'U2', name: 'grace' },
      { id: 'U3', name: 'guest', kind: 'single-channel-guest' },
      { id: 'U4', name: 'gone', kind: 'deactivated' },
      { id: 'U5', name: 'other', kind: 'stranger' },
      { id: 'U6', name: 'robot', kind: 'bot' },
    ],
    groups: [{ id: 'S1', handle: 'on-call', members: ['U1', 'U4'] }],
    channels: ['general', 'taken'],
    botToken: 'xoxb-sandbox',
    commands: [],
    limits: 'off',
    mode: 'socket',
  });
  talk = createTalk({ url: slack.url, token: 'xoxb-sandbox', clock: realClock, log: silent, deadlineMs: 5_000 });
});
afterEach(async () => {
  await talk.close();
  await slack.close();
});

const newChannel = (): Promise<{ id: string; name: string }> => talk.createChannel({ name: 'inc-1-checkout', isPrivate: false });
const calls = (method: string): number => slack.requests.filter((request) => request.method === method).length;

test('says who we are, with the scopes of the token', async () => {
  const us = await talk.known();
  expect(us).toMatchObject({ botUserId: slack.world.bot.userId, teamId: slack.world.team.id });
  expect(us.scopes).toContain('chat:write');
  await talk.known();
  expect(calls('auth.test')).toBe(1);
  expect(talk.state()).toMatchObject({ kind: 'ok' });
});

test('a channel whose name is ours already is adopted; one of somebody else leads to the next name', async () => {
  const first = await newChannel();
  expect(await newChannel()).toEqual(first);
  expect(await talk.createChannel({ name: 'taken', isPrivate: false })).toMatchObject({ name: 'taken-2' });
  const long = 'x'.repeat(80);
  await talk.createChannel({ name: long, isPrivate: true });
  expect(await talk.createChannel({ name: long, isPrivate: true, notBefore: Date.now() + 3_600_000 })).toMatchObject({ name: `${'x'.repeat(77)}-2` });
});

test('invites users and groups; those already there are fine, those who cannot come are reported and keep nobody out', async () => {
  const { id } = await newChannel();
  const result = await talk.invite(id, ['U2', 'S1', 'API', 'web', 'U404', 'U2']);
  expect(result.invited).toEqual(expect.arrayContaining(['U1', 'U2']));
  expect(result.skipped.map((one) => one.id)).toEqual(['U404']);
  expect([...(slack.world.channels.get(id)?.members ?? [])]).toEqual(expect.arrayContaining(['U1', 'U2']));
  expect(await talk.invite(id, ['U1'])).toEqual({ invited: ['U1'], skipped: [] });
  expect(await talk.invite(id, ['S404'])).toMatchObject({ invited: [], skipped: [{ id: 'S404' }] });
});

test('topic and bookmarks are the same after being set twice', async () => {
  const { id } = await newChannel();
  await talk.setTopic(id, 'y'.repeat(400));
  for (const url of ['https://a.example/1', 'https://a.example/1', 'https://a.example/2']) {
    await talk.setBookmarks(id, [
      { title: 'dashboard', url },
      { title: 'console', url: 'https://c.example/' },
    ]);
  }
  const channel = slack.world.channels.get(id);
  expect(channel?.topic.value).toHaveLength(250);
  expect(channel?.bookmarks.map(({ title, link }) => [title, link])).toEqual([
    ['dashboard', 'https://a.example/2'],
    ['console', 'https://c.example/'],
  ]);
});

test('groups read ahead are not asked for again by the invitation, and one that is unknown is still reported', async () => {
  const { id } = await newChannel();
  await talk.expect(['U2', 'S1', 'S404']);
  expect(calls('usergroups.users.list')).toBe(2);
  expect(await talk.invite(id, ['U2', 'S1', 'S404'])).toMatchObject({ skipped: [{ id: 'S404' }] });
  expect(calls('usergroups.users.list')).toBe(3); // S1 is remembered, a failure is not
  expect([...(slack.world.channels.get(id)?.members ?? [])]).toEqual(expect.arrayContaining(['U1', 'U2']));
});

test('the bookmarks of a new channel are set without a look at those that cannot be there', async () => {
  const { id } = await newChannel();
  const bookmarks = [
    { title: 'dashboard', url: 'https://a.example/1' },
    { title: 'console', url: 'https://c.example/' },
  ];
  await talk.setBookmarks(id, bookmarks, { isNew: true });
  expect(calls('bookmarks.list')).toBe(0);
  await talk.setBookmarks(id, bookmarks);
  expect(slack.world.channels.get(id)?.bookmarks).toHaveLength(2);
});

test('connections are kept warm as long as the bot runs, and not after it', async () => {
  const { talk: warmed, sent, clock } = scripted(() => undefined);
  await warmed.warm();
  const once = sent.length;
  expect(once).toBeGreaterThan(4);
  clock.move(60_000);
  await warmed.close();
  expect(sent).toHaveLength(2 * once);
  clock.move(60_000);
  await warmed.close();
  expect(sent).toHaveLength(2 * once);
});

test('a post is found again by its key, edited and pinned; pinning twice is fine', async () => {
  const { id } = await newChannel();
  const before = Date.now();
  const ts = await talk.post(message(id, 'INC-1/card'));
  await talk.post(message(id, 'INC-1/other'));
  expect(await talk.findPosted(id, 'INC-1/card', before)).toBe(ts);
  expect(await talk.findPosted(id, 'INC-1/none', before)).toBeUndefined();
  await talk.update({ channel: id, ts, text: escapeText('changed'), blocks: [] });
  await talk.pin(id, ts);
  await talk.pin(id, ts);
  expect(await talk.message(id, ts)).toMatchObject({ text: 'changed', user: slack.world.bot.userId });
  expect(await talk.message(id, '1.000001')).toBeUndefined();
  expect(await talk.permalink(id, ts)).toContain(id);
  const reply = await talk.post({ ...message(id, 'INC-1/reply'), thread: ts });
  expect(await talk.findPosted(id, 'INC-1/reply', before, ts)).toBe(reply);
});

test('a post whose answer was lost is unclear, was sent once, and is there to be found', async () => {
  const { id } = await newChannel();
  slack.faults.next('chat.postMessage', 'reset-after');
  await expect(talk.post(message(id, 'INC-1/lost'))).rejects.toMatchObject({ code: 'E_SLACK', unclear: true });
  expect(calls('chat.postMessage')).toBe(1);
  expect(await talk.findPosted(id, 'INC-1/lost', 0)).toMatch(/^\d+\.\d+$/);
});

test('a post that met HTTP 500 is sent exactly once', async () => {
  const { id } = await newChannel();
  slack.faults.next('chat.postMessage', '500');
  await expect(talk.post(message(id, 'k'))).rejects.toMatchObject({ code: 'E_SLACK', unclear: true });
  expect(calls('chat.postMessage')).toBe(1);
});

test('a hanging Slack ends at the deadline', async () => {
  const hasty = createTalk({ url: slack.url, token: 'xoxb-sandbox', clock: realClock, log: silent, deadlineMs: 150 });
  slack.faults.next('pins.add', 'hang');
  const began = performance.now();
  await expect(hasty.pin('C1', '1.0')).rejects.toMatchObject({ code: 'E_SLACK', unclear: true });
  expect(performance.now() - began).toBeLessThan(2_000);
  await hasty.close();
});

test('pictures go up without a channel, files into one', async () => {
  const { id } = await newChannel();
  const picture = await talk.uploadImage({ name: 'chart.png', png: new Uint8Array([137, 80, 78, 71]), altText: 'error rate, peak 8 %' });
  expect(slack.world.files.get(picture)).toMatchObject({ name: 'chart.png', channels: [] });
  const file = await talk.uploadFile({ channel: id, name: 'postmortem.md', content: '# Was?', comment: escapeText('the draft') });
  expect(slack.world.files.get(file)?.channels).toEqual([id]);
});

test.each([
  ['U1', 'member'],
  ['U3', 'guest'],
  ['U4', 'deactivated'],
  ['U5', 'foreign'],
  ['U6', 'bot'],
] as const)('%s is a %s', async (id, rank) => {
  expect(await talk.person(id, [])).toMatchObject({ slackId: id, rank, groups: [] });
});

test('groups are those of the policy the person is in, read live', async () => {
  expect(await talk.person('U1', ['S1'])).toMatchObject({ name: expect.stringMatching(/ada/i), groups: ['S1'] });
  expect(await talk.person('U2', ['S1'])).toMatchObject({ groups: [] });
  await expect(talk.person('U1', ['S404'])).rejects.toMatchObject({ code: 'E_SLACK' });
});

test('connections are kept, not opened per call', async () => {
  let connections = 0;
  const server = createServer((request, response) => void request.resume().on('end', () => response.end('{"ok":true,"user_id":"U","team_id":"T"}')));
  server.on('connection', () => {
    connections += 1;
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const kept = createTalk({ url: `http://127.0.0.1:${port}/api/`, token: 'xoxb-sandbox', clock: realClock, log: silent, deadlineMs: 5_000 });
  await kept.warm();
  const warmed = connections;
  expect(warmed).toBeGreaterThan(4);
  for (let call = 0; call < 20; call += 1) await kept.identity();
  // As many at once as an incident needs at its start.
  await Promise.all(Array.from({ length: warmed }, () => kept.identity()));
  // The pool may open one more while another is still putting an answer away.
  expect(connections).toBeLessThanOrEqual(warmed + 1);
  await kept.close();
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
});

test('warm never throws', async () => {
  slack.faults.down(true);
  await expect(talk.warm()).resolves.toBeUndefined();
});
