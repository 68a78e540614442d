/** The people, the clock and the apps the mini Slack's tests share. */
import { App, HTTPReceiver, type Logger, LogLevel, SocketModeReceiver } from '@slack/bolt';
import { WebClient } from '@slack/web-api';
import type { Clock } from '../../src/lib/clock.ts';
import { realClock } from '../../src/lib/clock.ts';
import type { MiniSlack, SlackOptions } from '../../src/sandbox/slack/mini-slack.ts';
import { startSlack } from '../../src/sandbox/slack/server.ts';
import type { Change, Person } from '../../src/sandbox/slack/world.ts';

export const PEOPLE: readonly Person[] = [
  { id: 'U1', name: 'ada', realName: 'Ada Lovelace', email: 'ada@example.com', locale: 'zh-CN', timeZone: 'Europe/London' },
  { id: 'U2', name: 'grace' },
  { id: 'U3', name: 'guest', kind: 'single-channel-guest' },
  { id: 'U4', name: 'gone', kind: 'deactivated' },
  { id: 'U5', name: 'other', kind: 'stranger' },
];
export const BOT_TOKEN = 'xoxb-sandbox';
export const APP_TOKEN = 'xapp-sandbox';
export const SECRET = 'sandbox-signing-secret';

const OPTIONS: SlackOptions = {
  clock: realClock,
  people: PEOPLE,
  groups: [{ id: 'S1', handle: 'on-call', members: ['U1', 'U4'] }],
  botToken: BOT_TOKEN,
  appToken: APP_TOKEN,
  signingSecret: SECRET,
  commands: ['/incident'],
  shortcuts: ['declare'],
  messageShortcuts: ['add_to_timeline'],
  limits: 'off',
  mode: 'socket',
};

export const stage = (options: Partial<SlackOptions> = {}): Promise<MiniSlack> => startSlack({ ...OPTIONS, ...options });

/** A clock that stands still until it is moved. */
export interface HandClock extends Clock {
  move(ms: number): void;
}

export function handClock(start = Date.UTC(2026, 0, 5)): HandClock {
  let now = start;
  const waiting = new Set<{ at: number; fn: () => void }>();
  return {
    now: () => now,
    at: (at, fn) => {
      const entry = { at, fn };
      waiting.add(entry);
      return () => waiting.delete(entry);
    },
    move: (ms) => {
      now += ms;
      for (const entry of [...waiting].sort((one, other) => one.at - other.at)) {
        if (entry.at <= now && waiting.delete(entry)) entry.fn();
      }
    },
  };
}

const QUIET: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  setLevel: () => {},
  getLevel: () => LogLevel.ERROR,
  setName: () => {},
};

/** A client that never repeats and never waits. */
export const client = (slack: MiniSlack, token = BOT_TOKEN): WebClient =>
  new WebClient(token, { slackApiUrl: slack.url, retryConfig: { retries: 0 }, rejectRateLimitedCalls: true, logger: QUIET });

/** `ok`, or the error Slack names. */
export async function outcome(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'ok';
  } catch (error) {
    const data: unknown = error instanceof Error && 'data' in error ? error.data : undefined;
    return typeof data === 'object' && data !== null && 'error' in data ? String(data.error) : String(error);
  }
}

const settings = (slack: MiniSlack) => ({
  token: BOT_TOKEN,
  clientOptions: { slackApiUrl: slack.url, retryConfig: { retries: 0 } },
  deferInitialization: true,
  convoStore: false as const,
  logger: QUIET,
});

/**
 * A Bolt app in Socket Mode; `listen` puts its listeners on before it starts. `pingMs`: it waits this long for a pong, and then reconnects;
 * short where a test wants to see it, too short for a busy machine.
 */
export async function socketApp(slack: MiniSlack, listen: (app: App) => void, pingMs = 200): Promise<App> {
  const receiver = new SocketModeReceiver({
    appToken: APP_TOKEN,
    logger: QUIET,
    clientPingTimeout: pingMs,
    installerOptions: { clientOptions: { slackApiUrl: slack.url, retryConfig: { retries: 0 } } },
  });
  const app = new App({ ...settings(slack), receiver });
  listen(app);
  await app.init();
  await app.start();
  return app;
}

/** A Bolt app in HTTP mode on a free port, with the mini Slack delivering to it. */
export async function httpApp(slack: MiniSlack, listen: (app: App) => void): Promise<App> {
  const receiver = new HTTPReceiver({ signingSecret: SECRET, logger: QUIET, port: 0 });
  const app = new App({ ...settings(slack), receiver });
  listen(app);
  await app.init();
  const server = await app.start({ port: 0, host: '127.0.0.1' });
  const address = 'address' in server ? server.address() : null;
  if (typeof address === 'object' && address) slack.sendTo(`http://127.0.0.1:${address.port}/slack/events`);
  return app;
}

export const plain = (text: string) => ({ type: 'plain_text' as const, text });
export const button = (action_id: string, text = 'Press') => ({ type: 'button' as const, action_id, text: plain(text), value: action_id });

/** The same field of each item of an untyped page. */
export function textsIn(page: object, list: string, field: string): unknown[] {
  const items: unknown = Object.entries(page).find(([name]) => name === list)?.[1];
  return Array.isArray(items) ? items.map((item) => item[field]) : [];
}

/** Waits for a change of this kind; the test's own time limit is the deadline. */
export function seen<K extends Change['kind']>(slack: MiniSlack, kind: K): Promise<Extract<Change, { kind: K }>> {
  return new Promise((resolve) => {
    const off = slack.on((change) => {
      if (change.kind !== kind) return;
      off();
      // The kind was compared: the union is narrowed to this member.
      resolve(change as Extract<Change, { kind: K }>);
    });
  });
}
