/** P10: one method or channel is limited (429): by how much are the others delayed? Beside it: the same calls with no limit, and web-api's own way. */
import { WebClient } from '@slack/web-api';
import { realClock } from '../src/lib/clock.ts';
import { createLog } from '../src/lib/log.ts';
import { escapeText } from '../src/slack/escape.ts';
import { createTalk, type Talk } from '../src/slack/talk.ts';
import type { Row } from './row.ts';
import { ms } from './row.ts';
import { median, notes, p99 } from './stats.ts';
import { openWorld, SECRETS, type World } from './world.ts';

const ROUNDS = 60;
const WARM_UP = 10;
/** Slack's Retry-After in the limited rounds. */
const RETRY_AFTER_S = 5;
const PEER_RETRY_AFTER_S = 1;

export const limits: Row = {
  ids: ['P10'],
  async run() {
    const world = await openWorld();
    const talk = createTalk({
      url: world.slack.url,
      token: SECRETS.bot,
      clock: realClock,
      log: createLog({ level: 'silent', secrets: [] }),
      deadlineMs: 5_000,
    });
    try {
      const rounds: { limited: number; free: number }[] = [];
      for (let round = 0; round < WARM_UP + ROUNDS; round++) {
        const free = await others(world, talk, { round: `${round}-free`, limited: false });
        const limited = await others(world, talk, { round: `${round}-limited`, limited: true });
        if (round >= WARM_UP) rounds.push({ limited, free });
      }
      const delays = rounds.map(({ limited, free }) => limited - free);
      const [limited, free] = [rounds.map((round) => round.limited), rounds.map((round) => round.free)];
      const delay = p99(limited) - p99(free);
      return [
        {
          id: 'P10',
          what: `a 429 of ${RETRY_AFTER_S} s on one channel: all other calls`,
          ours: `p50 ${ms(median(limited))}, p99 ${ms(p99(limited))}`,
          floor: `p50 ${ms(median(free))}, p99 ${ms(p99(free))} (no 429)`,
          ratio: undefined,
          goal: 'delayed ≤ 20 ms',
          ok: delay <= 20 && median(delays) <= 20,
          note: notes(`delay p50 ${ms(median(delays))}, p99 ${ms(delay)}`, await peer(world)),
        },
      ];
    } finally {
      await talk.close();
      await world.close();
    }
  },
};

/** Other channels, other methods, and the same channel by another method; resolves with the slowest of them, in ms. */
async function others({ slack }: World, talk: Talk, { round, limited }: { round: string; limited: boolean }): Promise<number> {
  const [busy, other] = await Promise.all([
    talk.createChannel({ name: `busy-${round}`, isPrivate: false }),
    talk.createChannel({ name: `other-${round}`, isPrivate: false }),
  ]);
  const text = escapeText('errors are at 24 %');
  const post = (channel: string, key: string): Promise<string> => talk.post({ channel, text, blocks: [], key });
  const ts = await post(busy.id, 'first');
  if (limited) slack.faults.next('chat.postMessage', `429:${RETRY_AFTER_S}`);
  const refused = post(busy.id, 'limited').catch(() => undefined); // refused at once, with the time to come back: that is the promise of talk
  await waitForCall(slack, limited);
  const startedAt = performance.now();
  await Promise.all([
    post(other.id, 'other'),
    talk.update({ channel: busy.id, ts, text, blocks: [] }),
    talk.setTopic(busy.id, 'sev2'),
    talk.invite(other.id, ['U0ADA']),
    talk.pin(busy.id, ts),
  ]);
  const tookMs = performance.now() - startedAt;
  await refused;
  return tookMs;
}

/** The fault is for the next post whatever its channel: it must have been met before the others leave. */
async function waitForCall(slack: World['slack'], limited: boolean): Promise<void> {
  const calls = slack.requests.length;
  const until = performance.now() + 2_000;
  while (slack.requests.length === calls && performance.now() < until) await new Promise(setImmediate);
  if (limited && slack.requests.at(-1)?.method !== 'chat.postMessage') throw new Error('the limited call did not go out');
}

/** Slack's client as it comes: it pauses everything. */
async function peer({ slack }: World): Promise<string> {
  const client = new WebClient(SECRETS.bot, { slackApiUrl: slack.url, logger: quiet });
  await client.apiCall('api.test');
  slack.faults.next('chat.postMessage', `429:${PEER_RETRY_AFTER_S}`);
  const limited = client.chat.postMessage({ channel: slack.channelId('general'), text: 'x' });
  await waitForCall(slack, true);
  await new Promise((resolve) => setTimeout(resolve, 20));
  const startedAt = performance.now();
  await client.apiCall('api.test');
  const tookMs = performance.now() - startedAt;
  await limited;
  return `web-api's default: ${ms(tookMs)} at Retry-After ${PEER_RETRY_AFTER_S} s`;
}

const say = (): void => {};
const quiet = { debug: say, info: say, warn: say, error: say, setLevel: say, setName: say, getLevel: () => 'error' as never }; // the level is only ever handed back
