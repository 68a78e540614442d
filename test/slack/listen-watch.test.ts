/** Alerts of other apps through the real door, a socket and a mini Slack: on disk before Slack hears that we have them. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { WatchedChannel } from '../../src/core/watched.ts';
import { realClock } from '../../src/lib/clock.ts';
import { Failure } from '../../src/lib/failure.ts';
import type { MiniSlack } from '../../src/sandbox/slack/mini-slack.ts';
import { startSlack } from '../../src/sandbox/slack/server.ts';
import { createSocketDoor } from '../../src/slack/door-socket.ts';
import { createListener, type Listener } from '../../src/slack/listen.ts';
import type { Watch } from '../../src/slack/listen-watch.ts';
import { createTalk, type Talk } from '../../src/slack/talk.ts';
import { memoryEngine } from './memory-engine.ts';
import { silent } from './stage.ts';

const MONITOR = { name: 'Monitor', appId: 'A0MONITOR' };
type Stored = Parameters<Watch['accept']>[0];

let slack: MiniSlack;
let talk: Talk;
let listener: Listener;
let stored: Stored[];
/** What the database says to the next deliveries. */
let trouble: Failure[];

beforeEach(async () => {
  [stored, trouble] = [[], []];
  const people = [{ id: 'U0ADA', name: 'ada' }];
  const channels = ['general', 'alerts'];
  slack = await startSlack({ clock: realClock, people, channels, botToken: 'xoxb-1', appToken: 'xapp-1', commands: [], limits: 'off', mode: 'socket' });
  talk = createTalk({ url: slack.url, token: 'xoxb-1', clock: realClock, log: silent, deadlineMs: 5_000 });
  const entries: readonly WatchedChannel[] = [
    { channel: slack.channelId('alerts'), app: 'A0MONITOR', service: undefined, firing: undefined, resolved: undefined, identity: 'title' },
    { channel: slack.channelId('alerts'), app: slack.world.bot.appId, service: undefined, firing: undefined, resolved: undefined, identity: 'title' },
  ];
  const accept: Watch['accept'] = async (delivery) => {
    const wrong = trouble.shift();
    if (wrong) throw wrong;
    if (stored.some(({ once }) => once === delivery.once)) return false;
    stored.push(delivery);
    return true;
  };
  await new Promise<void>((connected) => {
    const receiver = createSocketDoor({ appToken: 'xapp-1', url: slack.url, clock: realClock, log: silent, onState: (state) => state === 'ok' && connected() });
    listener = createListener({ receiver, engine: memoryEngine(), talk, log: silent, clock: realClock, watch: { entries: () => entries, accept } });
    void listener.start();
  });
});
afterEach(async () => {
  await listener.stop();
  await talk.close();
  await slack.close();
});
const said = (): readonly string[] => stored.map(({ body }) => JSON.parse(body).post.headline);

test('what a watched app posts is stored before it is acknowledged, an edit of it too', async () => {
  const { ts, ack } = await slack.postAs(MONITOR, 'alerts', { attachments: [{ title: 'Disk of shop is full' }] });
  expect([ack.kind, said()]).toEqual(['acked', ['Disk of shop is full']]);
  expect((await slack.edit('alerts', ts, { attachments: [{ title: 'Resolved: disk of shop' }] })).kind).toBe('acked');
  expect(stored.map(({ source, body }) => [source, JSON.parse(body).kind])).toEqual([
    ['slack', 'post'],
    ['slack', 'edit'],
  ]);
});

test('what cannot be stored is not acknowledged, so Slack sends it again, and it is stored once', async () => {
  trouble = [new Failure('E_STORE', 'the disk is full', { hint: 'free some space' })];
  await slack.postAs(MONITOR, 'alerts', { text: 'Disk of shop is full' });
  await slack.settled();
  expect([trouble, said()]).toEqual([[], ['Disk of shop is full']]);
});

test('neither people, nor other apps, nor other channels, nor ourselves, even where services.yml names us', async () => {
  await slack.as('U0ADA').say('alerts', 'is shop down?');
  await slack.postAs({ name: 'Other', appId: 'A0OTHER' }, 'alerts', { text: 'shop is down' });
  await slack.postAs(MONITOR, 'general', { text: 'shop is down' });
  await talk.post({ channel: slack.channelId('alerts'), text: 'shop is down' as never, blocks: [], key: 'k' });
  await slack.settled();
  expect(stored).toEqual([]);
});
