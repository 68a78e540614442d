/**
 * Slack in Socket Mode: no public address needed. Slack's client reconnects by itself, but a reconnect that races a disconnect ends in an
 * unhandled rejection, and some errors end its loop for good (socket-mode 3.1.0, node-slack-sdk #2656). So every connection here is a fresh
 * client that may fail as it likes, and this loop brings up the next one, for ever.
 */
import { type App, type Receiver, SocketModeReceiver } from '@slack/bolt';
import type { Clock } from '../lib/clock.ts';
import type { Failure } from '../lib/failure.ts';
import { boltLogger, type Log } from '../lib/log.ts';
import { toFailure } from './talk-failure.ts';

export interface SocketDoorParts {
  /** `xapp-…` with connections:write. */
  readonly appToken: string;
  /** `https://slack.com/api/`. */
  readonly url: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Called on every change, for readiness; `cause` says what is wrong in words. */
  onState(state: 'unknown' | 'ok' | 'down', cause: string | undefined): void;
  /** 0…1, spreads reconnects of many bots after an outage. */
  readonly random?: () => number;
}

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 8_000;
/** A token that is not accepted is asked about once a minute. */
const DEAD_TOKEN_PAUSE_MS = 60_000;
/** While there is no socket, one line in so long says so, however often it was tried. */
const SAY_EVERY_MS = 60_000;
/** From the address to Slack's hello. */
const CONNECT_MAX_MS = 15_000;
const GOODBYE_MS = 1_000;
/** A line that held this long was a good one: the next pause is short again. */
const STEADY_MS = 10_000;

export function createSocketDoor(parts: SocketDoorParts): Receiver {
  const loop: Loop = { app: undefined, stopped: true, line: undefined, wake: () => {} };
  const show = changes(parts.onState);
  return {
    init(bolt) {
      loop.app = bolt;
    },
    /** Returns at once; whether Slack is there shows in `onState`. */
    start() {
      if (loop.stopped) {
        loop.stopped = false;
        run(parts, loop, show).catch((error: unknown) => parts.log.error({ err: error }, 'the socket loop ended')); // nothing in it throws
      }
      return Promise.resolve();
    },
    async stop() {
      loop.stopped = true;
      loop.wake();
      await loop.line?.close();
    },
  };
}

/** What start, stop and the loop share. */
interface Loop {
  app: App | undefined;
  stopped: boolean;
  line: Line | undefined;
  /** Ends the pause under way. */
  wake: () => void;
}

/** Passes on changes only. */
function changes(onState: SocketDoorParts['onState']): SocketDoorParts['onState'] {
  let shown: string | undefined;
  return (state, cause) => {
    if (shown === `${state} ${cause}`) return;
    shown = `${state} ${cause}`;
    onState(state, cause);
  };
}

async function run(parts: SocketDoorParts, loop: Loop, show: SocketDoorParts['onState']): Promise<void> {
  const { clock } = parts;
  const random = parts.random ?? Math.random;
  const outage = outageLog(parts);
  let failures = 0;
  show('unknown', 'connecting to Slack');
  while (!loop.stopped) {
    loop.line = openLine(parts, loop.app);
    const openedAt = clock.now();
    const failed = await loop.line.up;
    if (failed) {
      failures += 1;
      show('down', `${failed.code}: ${failed.message}${failed.hint ? `; ${failed.hint}` : ''}`);
      outage.failed(failed);
      await pause(clock, loop, pauseAfter(failed, failures, { now: clock.now(), random }));
    } else {
      show('ok', undefined);
      outage.over();
      // A planned move is no reason to look unready; a lost line is, until the next one is up.
      if ((await loop.line.gone) === 'lost' && !loop.stopped) show('unknown', 'the line to Slack was lost; connecting again');
      failures = clock.now() - openedAt >= STEADY_MS ? 0 : failures + 1;
      if (failures > 0) await pause(clock, loop, wait(failures, random));
    }
  }
}

/** The first failure at once, then at most one line a minute with the count, and one when it is over. */
function outageLog({ clock, log }: SocketDoorParts): { failed(failure: Failure): void; over(): void } {
  let [tries, since, saidAt] = [0, 0, 0];
  return {
    failed({ code, path }) {
      tries += 1;
      if (tries === 1) since = clock.now();
      else if (clock.now() - saidAt < SAY_EVERY_MS) return;
      saidAt = clock.now();
      log.warn({ code, slack: path, tries }, 'no socket to slack');
    },
    over() {
      if (tries > 0) log.info({ tries, ms: clock.now() - since }, 'the socket to slack is back');
      tries = 0;
    },
  };
}

function pause(clock: Clock, loop: Loop, ms: number): Promise<void> {
  if (loop.stopped) return Promise.resolve();
  return new Promise((resolve) => {
    const forget = clock.at(clock.now() + ms, resolve);
    loop.wake = () => {
      forget();
      resolve();
    };
  });
}

function pauseAfter(failure: Failure, failures: number, at: { now: number; random: () => number }): number {
  if (failure.code === 'E_SLACK_AUTH' || failure.code === 'E_SLACK_SCOPE') return DEAD_TOKEN_PAUSE_MS;
  if (failure.retryAt !== undefined) return Math.max(0, failure.retryAt - at.now);
  return wait(failures, at.random);
}

const wait = (failures: number, random: () => number): number => Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (failures - 1)) * (0.5 + random() / 2);

/** One connection, from the request for an address to its end. Neither promise rejects. */
interface Line {
  readonly up: Promise<Failure | undefined>;
  readonly gone: Promise<'moved' | 'lost'>;
  close(): Promise<void>;
}

function openLine(parts: SocketDoorParts, app: App | undefined): Line {
  const { clock, log } = parts;
  const words = boltLogger(log);
  const receiver = new SocketModeReceiver({
    appToken: parts.appToken,
    autoReconnectEnabled: false,
    // A lost line is no reason to wake anybody: the state says it, and the loop goes on.
    logger: { ...words, error: words.warn },
    installerOptions: {
      clientOptions: { slackApiUrl: parts.url, retryConfig: { retries: 0 }, rejectRateLimitedCalls: true, timeout: CONNECT_MAX_MS, allowAbsoluteUrls: false },
    },
    processEventErrorHandler: ({ error, event }) => {
      log.error({ err: error, type: event.body?.type }, 'a slack delivery could not be handled');
      return Promise.resolve(false);
    },
  });
  if (app) receiver.init(app);
  const { client } = receiver;
  const gone = new Promise<'moved' | 'lost'>((resolve) => {
    client.on('disconnected', () => resolve('lost'));
    guardMessages(client, log, () => resolve('moved'));
  });
  const up = connect(parts, receiver).catch((error: unknown) => tokenFailure(error, clock.now()));
  void up.then((failed) => failed && client.disconnect().catch(() => {})); // whatever is half open shall not speak up later
  return {
    up,
    gone,
    async close() {
      client.disconnect().catch(() => {}); // the next line says whether it is gone
      await Promise.race([gone, new Promise((resolve) => setTimeout(resolve, GOODBYE_MS).unref())]);
    },
  };
}

/** Slack's client hands messages to an async function and drops its promise: a message it cannot read would end the process. */
function guardMessages(client: SocketModeReceiver['client'], log: Log, onGoodbye: () => void): void {
  const readers = client.listeners('ws_message');
  client.removeAllListeners('ws_message');
  client.on('ws_message', (data: unknown, isBinary: unknown) => {
    for (const reader of readers) {
      Promise.resolve()
        .then(() => reader(data, isBinary))
        .catch((error: unknown) => log.warn({ err: error }, 'a message on the slack socket could not be read'));
    }
    // Slack moves connections every few hours and says so: the next one comes up while this one closes.
    if (typeof data === 'string' && data.length < 500 && /"type"\s*:\s*"disconnect"/.test(data)) onGoodbye();
  });
}

function connect({ clock }: SocketDoorParts, receiver: SocketModeReceiver): Promise<undefined> {
  return new Promise((resolve, reject) => {
    const forget = clock.at(clock.now() + CONNECT_MAX_MS, () => reject(new DOMException('no hello in time', 'TimeoutError')));
    receiver.start().then(
      () => {
        forget();
        resolve(undefined);
      },
      (error: unknown) => {
        forget();
        // The client rejects with `undefined` when the line breaks before the hello.
        reject(error ?? new Error('closed before hello'));
      },
    );
  });
}

function tokenFailure(error: unknown, now: number): Failure {
  return toFailure(error, { method: 'apps.connections.open', channel: undefined, write: false, now, tokenName: 'SLACK_APP_TOKEN' });
}
