/**
 * One call to Slack: its place in the queue, its rate limit, the state of the token. A limit on one method or channel never delays another
 * (web-api's own answer to a 429 pauses every call of the client).
 */
import type { WebClient } from '@slack/web-api';
import type { Instant } from '../core/model.ts';
import type { Clock } from '../lib/clock.ts';
import { Failure } from '../lib/failure.ts';
import type { Log } from '../lib/log.ts';
import { takeTurns } from '../lib/turns.ts';
import type { TalkState } from './talk.ts';
import { toFailure } from './talk-failure.ts';

export type Args = Readonly<Record<string, unknown>>;
export type Answer = Readonly<Record<string, unknown>>;

export interface Lanes {
  /** Sends once. Throws `Failure`; E_SLACK_LIMITED without sending while the limit of this method or channel lasts. */
  call(method: string, args: Args, how: { write: boolean; channel?: string }): Promise<Answer>;
  state(): TalkState;
  /** Resolves when no call is on its way. */
  idle(): Promise<void>;
}

/** Messages of one channel keep their order; Slack also limits posts by channel (about 1 per second), everything else by method. */
const IN_ORDER: ReadonlySet<string> = new Set(['chat.postMessage', 'chat.update']);
const LIMITED_BY_CHANNEL: ReadonlySet<string> = new Set(['chat.postMessage']);
/** One probe a minute while the token is dead (reliability SL4). */
const DEAD_PAUSE_MS = 60_000;

export function createLanes(parts: { client: Pick<WebClient, 'apiCall'>; clock: Clock; log: Log }): Lanes {
  const { client, clock, log } = parts;
  const turn = takeTurns();
  const notBefore = new Map<string, Instant>();
  const underWay = new Set<Promise<unknown>>();
  let dead: { until: Instant; failure: Failure } | undefined;
  let state: TalkState = { kind: 'unknown' };

  const seen = (failure: Failure | undefined): void => {
    const down = failure && (failure.code === 'E_SLACK_AUTH' || (failure.code === 'E_SLACK' && failure.path === undefined));
    if (!down && state.kind !== 'ok') state = { kind: 'ok', since: clock.now() };
    if (down && (state.kind !== 'down' || state.code !== failure.code))
      state = { kind: 'down', since: clock.now(), code: failure.code, because: failure.message };
  };

  /** Throws when sending now would break a limit; claims the probe when the token is dead. */
  const gate = (limit: string, method: string): void => {
    const now = clock.now();
    const at = notBefore.get(limit);
    if (at !== undefined && now < at) throw new Failure('E_SLACK_LIMITED', `Slack limits ${limit}; not sent`, { retryAt: at });
    if (at !== undefined) notBefore.delete(limit);
    if (!dead) return;
    if (now < dead.until)
      throw new Failure('E_SLACK_AUTH', `${dead.failure.message}; ${method} was not sent`, {
        retryAt: dead.until,
        ...(dead.failure.hint && { hint: dead.failure.hint }),
      });
    dead = { ...dead, until: now + DEAD_PAUSE_MS };
  };

  const send = async (method: string, args: Args, how: { write: boolean; channel?: string }): Promise<Answer> => {
    const limit = LIMITED_BY_CHANNEL.has(method) && how.channel ? `${method} in ${how.channel}` : method;
    gate(limit, method);
    try {
      const answer = await client.apiCall(method, { ...args });
      dead = undefined;
      seen(undefined);
      return { ...answer };
    } catch (error) {
      const failure = toFailure(error, { method, channel: how.channel, write: how.write, now: clock.now() });
      if (failure.code === 'E_SLACK_AUTH') dead = { until: clock.now() + DEAD_PAUSE_MS, failure };
      else if (failure.path !== undefined || failure.code !== 'E_SLACK') dead = undefined; // Slack knew us well enough to refuse or limit us
      if (failure.code === 'E_SLACK_LIMITED' && failure.retryAt !== undefined) notBefore.set(limit, failure.retryAt);
      seen(failure);
      log.debug({ method, code: failure.code, slack: failure.path, unclear: failure.unclear }, 'slack call failed');
      throw failure;
    }
  };

  return {
    call(method, args, how) {
      const work = (): Promise<Answer> => send(method, args, how);
      const call = IN_ORDER.has(method) && how.channel ? turn(`${method}:${how.channel}`, work) : work();
      underWay.add(call);
      const done = (): void => void underWay.delete(call);
      call.then(done, done);
      return call;
    },
    state: () => state,
    async idle() {
      await Promise.allSettled(underWay);
    },
  };
}
