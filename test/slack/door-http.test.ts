import { createHmac } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { App } from '@slack/bolt';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Failure } from '../../src/lib/failure.ts';
import { boltLogger } from '../../src/lib/log.ts';
import { createHttpDoor } from '../../src/slack/door-http.ts';
import { storeFirst } from '../../src/slack/listen-watch.ts';
import { type HandClock, handClock, silent } from './stage.ts';

const SECRET = 'signing-secret-one';
const NEXT_SECRET = 'signing-secret-two';
const FORM = 'application/x-www-form-urlencoded';

let server: Server;
let url: string;
let clock: HandClock;
/** What reached the program behind the door. */
let handled: string[];
/** What the database says to the next posts of a watched channel; and what is on disk. */
let trouble: Failure[];
let stored: string[];

beforeEach(async () => {
  clock = handClock();
  [handled, trouble, stored] = [[], [], []];
  const door = createHttpDoor({ signingSecrets: [SECRET, NEXT_SECRET], clock, log: silent });
  const app = new App({
    receiver: door.receiver,
    authorize: async () => ({ botUserId: 'U0BOT', botId: 'B0BOT' }),
    deferInitialization: true,
    convoStore: false,
    logger: boltLogger(silent),
  });
  const entries = [{ channel: 'C0ALERTS', app: 'A0MONITOR', service: undefined, firing: undefined, resolved: undefined, identity: 'title' as const }];
  const accept = async ({ once }: { once: string }): Promise<boolean> => {
    const wrong = trouble.shift();
    if (wrong) throw wrong;
    return !stored.includes(once) && stored.push(once) > 0;
  };
  storeFirst(app, { entries: () => entries, accept }, clock);
  await app.init();
  app.command(/.*/, async ({ ack, command }) => {
    handled.push(`${command.command} ${command.text}`);
    await ack();
  });
  app.action('never-acks', () => new Promise(() => {}));
  app.action('approve', async ({ ack }) => {
    handled.push('approve');
    await ack();
  });
  app.event(/.*/, async ({ event }) => void handled.push(event.type));
  app.error(async () => {});
  server = createServer((request, response) => void door.handle(request, response));
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/slack/events`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
});

interface Request {
  readonly body: string;
  readonly type?: string;
  readonly offsetS?: number;
  readonly secret?: string;
  readonly signed?: boolean;
  readonly headers?: Record<string, string>;
}

async function send({ body, type = FORM, offsetS = 0, secret = SECRET, signed = true, headers = {} }: Request): Promise<{ status: number; body: string }> {
  const stamp = String(Math.round(clock.now() / 1000) + offsetS);
  const signature = `v0=${createHmac('sha256', secret).update(`v0:${stamp}:${body}`).digest('hex')}`;
  const proof: Record<string, string> = signed ? { 'x-slack-request-timestamp': stamp, 'x-slack-signature': signature } : {};
  const answer = await fetch(url, { method: 'POST', body, headers: { 'content-type': type, ...proof, ...headers }, signal: AbortSignal.timeout(5_000) });
  return { status: answer.status, body: await answer.text() };
}

const slash = (text: string): string =>
  new URLSearchParams({ command: '/rollback', text, team_id: 'T0', user_id: 'U1', channel_id: 'C1', trigger_id: 't1' }).toString();
const payload = (value: object): string => new URLSearchParams({ payload: JSON.stringify(value) }).toString();
const click = (id: string): object => ({
  type: 'block_actions',
  team: { id: 'T0' },
  user: { id: 'U1', team_id: 'T0' },
  channel: { id: 'C1' },
  actions: [{ type: 'button', action_id: id, block_id: 'b' }],
});
const event = (of: object, id = 'Ev1'): string =>
  JSON.stringify({ type: 'event_callback', team_id: 'T0', event_id: id, authorizations: [{ team_id: 'T0' }], event: of });

describe('the corpus of bad Slack requests', () => {
  test('S01: without signature headers, 401 and not a word', async () => {
    expect(await send({ body: slash('v1'), signed: false })).toEqual({ status: 401, body: '' });
    expect(handled).toEqual([]);
  });

  test.each([
    ['S02: five minutes and a second old', -301],
    ['S03: from tomorrow', 86_400],
  ])('%s, correctly signed, is refused', async (_, offsetS) => {
    expect(await send({ body: slash('v1'), offsetS })).toEqual({ status: 401, body: '' });
    expect(handled).toEqual([]);
  });

  test('S04: the same signed request twice is handled once, also ten minutes later and after many others', async () => {
    const first = await send({ body: slash('v1'), offsetS: 299 });
    expect(first.status).toBe(200);
    expect(await send({ body: slash('v1'), offsetS: 299 })).toEqual({ status: 200, body: 'already received' });
    for (let other = 0; other < 50; other += 1) await send({ body: slash(`other ${other}`) });
    clock.move(590_000);
    expect(await send({ body: slash('v1'), offsetS: 299 - 590 })).toEqual({ status: 200, body: 'already received' });
    expect(handled.filter((one) => one === '/rollback v1')).toHaveLength(1);
  });

  test('S05: an unsigned certificate check is answered, and what was smuggled in with it does nothing', async () => {
    expect(await send({ body: `ssl_check=1&${payload(click('approve'))}`, signed: false })).toEqual({ status: 200, body: '' });
    expect(handled).toEqual([]);
  });

  test.each(['ssl_check=0', 'ssl_check=', 'ssl_check=true', 'ssl_check=1x', 'SSL_CHECK=1', 'xssl_check=1', 'ssl_check[]=1', 'ssl_check=0&ssl_check=1'])(
    'S06: %s opens nothing',
    async (prefix) => {
      expect((await send({ body: `${prefix}&${slash('v1')}`, signed: false })).status).toBe(401);
      expect(handled).toEqual([]);
    },
  );

  test.each([
    ['null', 'application/json', 'null'],
    ['null in a payload', FORM, 'payload=null'],
    ['a list', 'application/json', '[]'],
    ['a number', 'application/json', '5'],
    ['broken JSON', 'application/json', '{"type":'],
    ['nothing', 'application/json', ''],
    ['an object without a type', 'application/json', '{}'],
    ['an event without an event', 'application/json', '{"type":"event_callback"}'],
    ['an action without a user', FORM, payload({ type: 'block_actions', actions: [] })],
    ['a view without a view', FORM, payload({ type: 'view_submission' })],
    ['another media type', 'text/plain', 'x'],
  ])('S07: a correctly signed body of %s is answered within a second, and the door stays open', async (_, type, body) => {
    const began = performance.now();
    const answer = await send({ body, type });
    expect([200, 400, 415]).toContain(answer.status);
    expect(answer.body).not.toMatch(/\bat .*:\d+|Error:/);
    expect(performance.now() - began).toBeLessThan(1_000);
    expect((await send({ body: slash('after') })).status).toBe(200);
    expect(handled).toContain('/rollback after');
  });

  test('S12: a mention of 40,000 characters is taken', async () => {
    expect(
      (await send({ body: event({ type: 'app_mention', user: 'U1', text: 'x'.repeat(40_000), channel: 'C1', ts: '1.0' }), type: 'application/json' })).status,
    ).toBe(200);
    expect(handled).toEqual(['app_mention']);
  });
});

describe('what a proper request may look like', () => {
  test('with a charset behind the media type, as proxies add it', async () => {
    expect((await send({ body: slash('v1'), type: `${FORM}; charset=utf-8` })).status).toBe(200);
    expect((await send({ body: event({ type: 'app_home_opened', user: 'U1' }), type: 'application/json;charset=UTF-8' })).status).toBe(200);
    expect(handled).toEqual(['/rollback v1', 'app_home_opened']);
  });

  test('signed with either of two secrets while they are being changed, and with no third', async () => {
    expect((await send({ body: slash('a'), secret: NEXT_SECRET })).status).toBe(200);
    expect((await send({ body: slash('b'), secret: 'a-third-one' })).status).toBe(401);
  });

  test('the address check is answered with its challenge, when it is signed', async () => {
    const body = JSON.stringify({ type: 'url_verification', challenge: 'abc' });
    expect(await send({ body, type: 'application/json' })).toEqual({ status: 200, body: '{"challenge":"abc"}' });
    expect((await send({ body, type: 'application/json', signed: false })).status).toBe(401);
  });

  test('a repetition by Slack carries a new signature and reaches the program, which knows it by its event id', async () => {
    const body = event({ type: 'reaction_added', user: 'U1' });
    await send({ body, type: 'application/json' });
    clock.move(60_000);
    await send({ body, type: 'application/json', headers: { 'x-slack-retry-num': '1', 'x-slack-retry-reason': 'http_timeout' } });
    expect(handled).toEqual(['reaction_added', 'reaction_added']);
  });

  test('an action nobody knows is taken', async () => {
    expect(await send({ body: payload(click('nobody')) })).toEqual({ status: 200, body: '' });
  });

  test('a body over a megabyte is refused before anything looks at it', async () => {
    expect((await send({ body: 'x'.repeat(1024 * 1024 + 1) })).status).toBe(413);
  });
});

describe('a post of a watched channel that the database refuses', () => {
  const post = { type: 'message', channel: 'C0ALERTS', app_id: 'A0MONITOR', bot_id: 'B0MONITOR', ts: '1732100000.000200', text: 'Disk of shop is full' };
  const request = (): Request => ({ body: event(post, 'Ev7'), type: 'application/json' });
  const full = () => new Failure('E_STORE', 'the disk is full', { hint: 'free some space' });

  test('is answered with 503 and no word more, reaches nobody, and is stored once when Slack sends it again', async () => {
    trouble = [full(), full()];
    for (let times = 0; times < 2; times += 1) {
      expect(await send(request())).toEqual({ status: 503, body: '' });
      clock.move(60_000);
    }
    expect([handled, stored]).toEqual([[], []]);
    for (let times = 0; times < 2; times += 1) {
      expect((await send(request())).status).toBe(200);
      clock.move(60_000);
    }
    expect([handled, stored]).toEqual([['message', 'message'], ['slack:Ev7']]);
  });

  test('is no repetition when it comes again within the same second, with the same signature', async () => {
    trouble = [full()];
    expect((await send(request())).status).toBe(503);
    expect(await send(request())).toEqual({ status: 200, body: '' });
    expect(stored).toEqual(['slack:Ev7']);
    expect(await send(request())).toEqual({ status: 200, body: 'already received' });
  });
});

test('who does not ack within the time Slack gives is answered for', async () => {
  const answer = send({ body: payload(click('never-acks')) });
  await expect.poll(() => new Promise<number>((count) => server.getConnections((_, connections) => count(connections)))).toBeGreaterThan(0);
  await new Promise((handled) => setImmediate(handled));
  await expect
    .poll(() => {
      clock.move(3_000);
      return Promise.race([answer, Promise.resolve(undefined)]);
    })
    .toMatchObject({ status: 503 });
});
