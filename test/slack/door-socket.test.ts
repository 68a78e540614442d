import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { App, type Receiver } from '@slack/bolt';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Clock, realClock } from '../../src/lib/clock.ts';
import { boltLogger, createLog } from '../../src/lib/log.ts';
import type { MiniSlack } from '../../src/sandbox/slack/mini-slack.ts';
import { startSlack } from '../../src/sandbox/slack/server.ts';
import { acceptSocket } from '../../src/sandbox/slack/websocket.ts';
import { createSocketDoor } from '../../src/slack/door-socket.ts';
import { silent } from './stage.ts';

const APP_TOKEN = 'xapp-1-sandbox';
let slack: MiniSlack;
let door: Receiver | undefined;
let states: [state: string, cause: string | undefined][];
let stray: unknown[];
const onStray = (reason: unknown): void => void stray.push(reason);

beforeEach(async () => {
  stray = [];
  states = [];
  process.on('unhandledRejection', onStray);
  const people = [{ id: 'U1', name: 'ada' }];
  slack = await startSlack({ clock: realClock, people, botToken: 'xoxb-1', appToken: APP_TOKEN, commands: ['/incident'], limits: 'off', mode: 'socket' });
});
afterEach(async () => {
  await door?.stop();
  door = undefined;
  await slack.close();
  process.off('unhandledRejection', onStray);
  expect(stray).toEqual([]);
});

/** Pauses are a hundredth as long, so that a hundred reconnects fit into a test. */
const hasty: Clock = { now: () => realClock.now(), at: (at, fn) => realClock.at(realClock.now() + Math.max(0, at - realClock.now()) / 100, fn) };

const portOf = (server: Server): number => (server.address() as AddressInfo).port; // it listens on TCP

async function listen(appToken = APP_TOKEN, clock: Clock = hasty, { url = slack.url, log = silent } = {}): Promise<string[]> {
  const heard: string[] = [];
  door = createSocketDoor({ appToken, url, clock, log, onState: (state, cause) => void states.push([state, cause]), random: () => 0.5 });
  const app = new App({ receiver: door, authorize: async () => ({}), deferInitialization: true, convoStore: false, logger: boltLogger(silent) });
  app.command(/.*/, async ({ ack, command }) => {
    heard.push(command.text);
    await ack(`heard ${command.text}`);
  });
  await app.init();
  await app.start();
  return heard;
}
const connected = (): Promise<void> => expect.poll(() => slack.sockets, { timeout: 10_000 }).toBeGreaterThan(0);
const last = () => states.at(-1);

test('start returns at once, and says when the line is there', async () => {
  const heard = await listen();
  expect(last()).toEqual(['unknown', 'connecting to Slack']);
  await expect.poll(last).toEqual(['ok', undefined]);
  expect(await slack.as('U1').slash('general', '/incident', 'hello')).toMatchObject({ kind: 'acked', body: { text: 'heard hello' } });
  expect(heard).toEqual(['hello']);
});

test('a wrong token is named, asked about once a minute, and ends nothing', async () => {
  await listen('xapp-wrong', realClock);
  await expect.poll(last).toEqual(['down', expect.stringMatching(/^E_SLACK_AUTH: Slack does not accept SLACK_APP_TOKEN \(invalid_auth\).*connections:write/)]);
  expect(slack.requests).toHaveLength(1);
});

test('a Slack that is away at start is waited for, and found when it is back', async () => {
  slack.faults.down(true);
  await listen();
  await expect.poll(last).toEqual(['down', expect.stringContaining('E_SLACK')]);
  slack.faults.down(false);
  await expect.poll(last, { timeout: 10_000 }).toEqual(['ok', undefined]);
});

test('an outage is told once, then once a minute with the number of tries, and once when it is over', async () => {
  let ahead = 0;
  let pauses = 0;
  const byHand: Clock = {
    now: () => realClock.now() + ahead,
    at(at, fn) {
      const ms = Math.max(0, at - realClock.now() - ahead);
      // Longer is the time a connection may take.
      if (ms < 10_000) pauses += 1;
      return realClock.at(realClock.now() + ms / 100, fn);
    },
  };
  const lines: { msg: string; tries?: number }[] = [];
  const log = createLog({ level: 'info', destination: { write: (line: string) => void lines.push(JSON.parse(line)) } });
  const told = () => lines.filter(({ msg }) => /socket to slack/.test(msg)).map(({ msg }) => msg);
  slack.faults.down(true);
  await listen(APP_TOKEN, byHand, { log });
  await expect.poll(() => pauses, { timeout: 10_000 }).toBeGreaterThan(5);
  expect(told()).toEqual(['no socket to slack']);
  ahead += 60_000;
  await expect.poll(told, { timeout: 10_000 }).toHaveLength(2);
  const tries = lines.at(-1)?.tries;
  expect(tries).toBeGreaterThan(5);
  slack.faults.down(false);
  await expect.poll(last, { timeout: 10_000 }).toEqual(['ok', undefined]);
  expect(told()).toEqual(['no socket to slack', 'no socket to slack', 'the socket to slack is back']);
  expect(lines.at(-1)?.tries).toBeGreaterThanOrEqual(tries ?? 0);
});

test('a hundred lost lines of every kind: it always comes back, hears again, and nothing is left unhandled', async () => {
  const heard = await listen();
  const kinds = ['goodbye', 'cut', 'cut while opening', 'refused', 'limited', 'ill'];
  for (let round = 0; round < 100; round += 1) {
    await connected();
    const kind = kinds[round % kinds.length];
    if (kind === 'refused') slack.faults.next('apps.connections.open', '500');
    if (kind === 'ill') slack.faults.next('apps.connections.open', 'html');
    if (kind === 'limited') slack.faults.next('apps.connections.open', '429:1');
    if (kind === 'cut while opening') slack.faults.next('apps.connections.open', 'reset-after');
    if (kind === 'goodbye') slack.dropSockets();
    else {
      slack.faults.down(true);
      slack.faults.down(false);
    }
  }
  await connected();
  await expect.poll(last, { timeout: 10_000 }).toEqual(['ok', undefined]);
  await expect.poll(async () => (await slack.as('U1').slash('general', '/incident', 'still here')).kind, { timeout: 10_000 }).toBe('acked');
  expect(heard).toContain('still here');
}, 60_000);

test('messages that are no messages are let pass, and the next one is heard', async () => {
  const acks: string[] = [];
  const server = createServer((_, response) => response.end(JSON.stringify({ ok: true, url: `ws://127.0.0.1:${portOf(server)}/link` })));
  server.on('upgrade', (request, line) => {
    const socket = acceptSocket(request, line, { onText: (text) => void acks.push(text), onClose: () => {} });
    const bad = [
      'null',
      '5',
      '[]',
      '{',
      '',
      '{"type":"events_api"}',
      '{"type":"events_api","payload":null}',
      '{"type":"slash_commands","payload":null}',
      '{"type":"interactive","payload":{}}',
    ];
    const good = { type: 'slash_commands', envelope_id: 'e1', payload: { command: '/incident', text: 'after', team_id: 'T', user_id: 'U', channel_id: 'C' } };
    for (const text of ['{"type":"hello"}', ...bad, JSON.stringify(good)]) socket?.send(text);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const heard = await listen(APP_TOKEN, realClock, { url: `http://127.0.0.1:${portOf(server)}/api/` });
  await expect.poll(() => heard).toEqual(['after']);
  await expect.poll(() => acks.some((ack) => ack.includes('e1'))).toBe(true);
  await door?.stop();
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
});

test('stop ends the line, and no new one is opened', async () => {
  await listen();
  await connected();
  await door?.stop();
  await expect.poll(() => slack.sockets).toBe(0);
  const opened = slack.requests.length;
  await new Promise((waited) => setTimeout(waited, 100));
  expect(slack.requests).toHaveLength(opened);
});
