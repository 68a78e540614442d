/**
 * One call to Slack: its place in the queue, and whether it may go now. A limit on one method or channel never delays another
 * (web-api's own answer to a 429 pauses every call of the client).
 */
import type { WebClient } from '@slack/web-api';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import { takeTurns } from '../lib/turns.ts';
import type { TalkState } from './talk.ts';
import { toFailure } from './talk-failure.ts';
import { createGate } from './talk-gate.ts';

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
export function createLanes(parts: { client: Pick<WebClient, 'apiCall'>; clock: Clock; log: Log }): Lanes {
  const { client, clock, log } = parts;
  const turn = takeTurns();
  const gate = createGate(clock);
  const underWay = new Set<Promise<unknown>>();

  const send = async (method: string, args: Args, how: { write: boolean; channel?: string }): Promise<Answer> => {
    const limit = LIMITED_BY_CHANNEL.has(method) && how.channel ? `${method} in ${how.channel}` : method;
    gate.admit(limit, method);
    try {
      const answer = await client.apiCall(method, { ...args });
      gate.succeeded();
      return { ...answer };
    } catch (error) {
      const failure = toFailure(error, { method, channel: how.channel, write: how.write, now: clock.now() });
      gate.failed(limit, failure);
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
    state: gate.state,
    async idle() {
      await Promise.allSettled(underWay);
    },
  };
}
