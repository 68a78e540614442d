/** What the tests of the Slack side share: a clock moved by hand, a silent log, a Slack that answers what it is told. */
import type { Clock } from '../../src/lib/clock.ts';
import { createLog } from '../../src/lib/log.ts';
import { createTalk, type Talk } from '../../src/slack/talk.ts';
import type { Fetch, FetchAnswer } from '../../src/slack/talk-fetch.ts';

export const silent = createLog({ level: 'silent' });
export const TOKEN = 'xoxb-1-secret';

export interface HandClock extends Clock {
  move(ms: number): void;
}
export function handClock(start = Date.UTC(2026, 10, 20, 12)): HandClock {
  let now = start;
  const waiting = new Set<{ at: number; fn: () => void }>();
  return {
    now: () => now,
    at: (at, fn) => {
      const entry = { at, fn };
      waiting.add(entry);
      return () => void waiting.delete(entry);
    },
    move: (ms) => {
      now += ms;
      for (const entry of [...waiting].sort((one, other) => one.at - other.at)) if (entry.at <= now && waiting.delete(entry)) entry.fn();
    },
  };
}

/** One request as it left: the method's name and its arguments, JSON ones decoded. */
export interface Sent {
  readonly method: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly auth: string | undefined;
  readonly at: number;
}

export interface Say {
  readonly status?: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** The connection breaks with this error code; `timeout` aborts. */
  readonly breaks?: string;
}

export interface Scripted {
  readonly talk: Talk;
  readonly sent: Sent[];
  readonly clock: HandClock;
}

const AUTH = { ok: true, user_id: 'U0BOT', bot_id: 'B0BOT', team_id: 'T0', url: 'https://acme.slack.com/' };

/** A talk whose Slack is a function. `undefined` answers ok. */
export function scripted(answer: (sent: Sent) => Say | undefined | Promise<Say | undefined>, clock = handClock()): Scripted {
  const sent: Sent[] = [];
  const fetch: Fetch = async (url, { headers, body }) => {
    const args = typeof body === 'string' && headers['Content-Type'] ? decode(body) : { body };
    const one = { method: new URL(url).pathname.replace('/api/', ''), args, auth: headers.Authorization, at: clock.now() };
    sent.push(one);
    const say = (await answer(one)) ?? {
      body: one.method === 'auth.test' ? AUTH : { ok: true, ts: '1.0', channel: { id: 'C1', name: String(args.name ?? 'x') } },
    };
    if (say.breaks === 'timeout') throw new DOMException('The operation was aborted due to timeout', 'TimeoutError');
    if (say.breaks !== undefined)
      throw Object.assign(new TypeError('fetch failed'), { cause: Object.assign(new Error(`${TOKEN} in a library's words`), { code: say.breaks }) });
    return answerOf(url, say);
  };
  return { talk: createTalk({ url: 'https://slack.com/api/', token: TOKEN, clock, log: silent, deadlineMs: 5_000, fetch }), sent, clock };
}

function answerOf(url: string, { status = 200, body = { ok: true }, headers = {} }: Say): FetchAnswer {
  const response = new Response(typeof body === 'string' ? body : JSON.stringify(body), { status, headers });
  return {
    ok: response.ok,
    status,
    statusText: '',
    url,
    headers: { get: (name) => response.headers.get(name), entries: () => response.headers.entries() },
    text: () => response.text(),
    json: () => response.json(),
    arrayBuffer: () => response.arrayBuffer(),
  };
}

function decode(body: string): Record<string, unknown> {
  return Object.fromEntries(
    [...new URLSearchParams(body)].map(([key, value]) => {
      try {
        return [key, /^[[{]/.test(value) ? JSON.parse(value) : value];
      } catch {
        return [key, value];
      }
    }),
  );
}
