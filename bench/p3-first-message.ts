/** P3 and P4: how long people wait for the first message, and for a channel that is complete. Beside it: two bare calls, the rest at once. */
import type { Change, Message } from '../src/sandbox/slack/world.ts';
import { type Child, freePort, node, PROGRAM, pause, start } from './child.ts';
import { type Delayed, serialCalls, sharedNow } from './delay.ts';
import { type Ask, allowed, type Line, ms, type Row, sayAllowed } from './row.ts';
import { median, notes, p99 } from './stats.ts';
import { alertBody, openWorld, SECRETS, sendAlert, serviceName, type World } from './world.ts';

/** Every call of Slack and GitHub takes this long. */
const D_MS = 100;
const WARM_UP = 4;
const INCIDENTS = 40;
const PEOPLE = 2;
const BOOKMARKS = 3;
/** Both sides go on a little after the last thing we wait for. */
const SETTLE_MS = 150;
const GIVE_UP_MS = 10_000;

/** One incident, in ms from the answer 202. */
interface Opened {
  readonly messageMs: number;
  readonly completeMs: number;
  /** Slack calls that had to wait for each other until the message was there. */
  readonly serial: number;
}
/** Starts one incident; resolves with the accepting answer. Its channel's name holds `tag`. */
interface Side {
  readonly tag: (number: number) => string;
  send(number: number): Promise<void>;
}

export const firstMessage: Row = {
  ids: ['P3', 'P4'],
  async run(ask) {
    const world = await openWorld({ services: WARM_UP + INCIDENTS + 2, repositories: WARM_UP + INCIDENTS + 2, delayMs: D_MS });
    const ours = start(PROGRAM, { env: world.env });
    const floorPort = await freePort();
    const floor = start(node('bench/floor/first-message.mjs', `${world.slackLine.url}/api/`, SECRETS.bot, String(floorPort)));
    try {
      await Promise.all([ours.said('tagback is up'), floor.said('listening')]);
      return await measure(ask, world, [oursSide(world), floorSide(floorPort)]);
    } finally {
      await Promise.all([ours.end(), floor.kill()] satisfies ReturnType<Child['end']>[]);
      await world.close();
    }
  },
};

const oursSide = ({ url }: World): Side => ({
  tag: (number) => `${serviceName(number)}`,
  send: (number) => sendAlert(url, alertBody({ service: serviceName(number) }, `bench${number}`)),
});

const floorSide = (port: number): Side => ({
  tag: (number) => `floor-${number}`,
  async send(number) {
    const bookmarks = Array.from({ length: BOOKMARKS }, (_, n) => `https://example.com/${n}`);
    const alert = { name: `floor-${number}`, text: `floor-${number}: sev1, called: ada, lin`, users: 'U0ADA,U0LIN', topic: 'sev1', bookmarks };
    await (await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: JSON.stringify(alert) })).text();
  },
});

async function measure({ long, tell }: Ask, world: World, [ours, floor]: readonly [Side, Side]): Promise<readonly Line[]> {
  const rounds: { ours: Opened; floor: Opened }[] = [];
  const both = async (number: number) => ({ ours: await open(world, ours, number), floor: await open(world, floor, number) });
  for (let number = 1; number <= WARM_UP + INCIDENTS; number++) {
    const round = await both(number);
    if (number > WARM_UP) rounds.push(round);
  }
  const idleMs = long ? 600_000 : 10_000;
  tell(`idle for ${idleMs / 1000} s`);
  await pause(idleMs);
  const before = world.slackLine.connections;
  const idle = await open(world, ours, WARM_UP + INCIDENTS + 1);
  const fresh = world.slackLine.connections - before;
  return [firstLine(rounds), afterIdle(idle, { idleMs, fresh, rounds }), completeLine(rounds)];
}

/** What the floors needed beyond 2 D where the goals were set: p50 and p99 until the message, p50 until all is there. */
const beside = (rounds: Rounds) => {
  const own = (value: number): number => value - 2 * D_MS;
  const message = pick(rounds, 'floor', 'messageMs');
  return {
    p50: { thenMs: 3.5, nowMs: own(median(message)) },
    p99: { thenMs: 11, nowMs: own(p99(message)) },
    complete: { thenMs: 4, nowMs: own(median(pick(rounds, 'floor', 'completeMs'))) },
  };
};

type Rounds = readonly { readonly ours: Opened; readonly floor: Opened }[];
const pick = (rounds: Rounds, side: 'ours' | 'floor', what: keyof Opened): number[] => rounds.map((round) => round[side][what]);
const pair = (values: readonly number[]): string => `p50 ${ms(median(values))}, p99 ${ms(p99(values))}`;

function firstLine(rounds: Rounds): Line {
  const [ours, floor] = [pick(rounds, 'ours', 'messageMs'), pick(rounds, 'floor', 'messageMs')];
  const serial = Math.max(...pick(rounds, 'ours', 'serial'));
  const { p50, p99: tail } = beside(rounds);
  return {
    id: 'P3',
    what: 'alert accepted → first message in the channel',
    ours: pair(ours),
    floor: pair(floor),
    ratio: median(ours) / median(floor),
    goal: `${sayAllowed('p50 ≤ 2 D +', 10, p50)}, ${sayAllowed('p99 ≤ 2 D +', 25, tail)}, 2 serial calls`,
    ok: median(ours) <= 2 * D_MS + allowed(10, p50) && p99(ours) <= 2 * D_MS + allowed(25, tail) && serial === 2,
    note: notes(`${serial} serial calls before it`, `${rounds.length} incidents, D = ${D_MS} ms`),
  };
}

function afterIdle(idle: Opened, { idleMs, fresh, rounds }: { idleMs: number; fresh: number; rounds: Rounds }): Line {
  const tail = beside(rounds).p99;
  return {
    id: 'P3',
    what: `the same after ${idleMs / 1000} idle seconds`,
    ours: ms(idle.messageMs),
    floor: `2 D = ${2 * D_MS} ms`,
    ratio: idle.messageMs / (2 * D_MS),
    goal: sayAllowed('≤ 2 D +', 25, tail),
    ok: idle.messageMs <= 2 * D_MS + allowed(25, tail),
    note: `one incident; a cold connection would cost ${D_MS} ms more; ${fresh} new connections in the whole incident`,
  };
}

function completeLine(rounds: Rounds): Line {
  const [ours, floor] = [pick(rounds, 'ours', 'completeMs'), pick(rounds, 'floor', 'completeMs')];
  const { complete } = beside(rounds);
  return {
    id: 'P4',
    what: 'card, people, topic and bookmarks all there',
    ours: pair(ours),
    floor: pair(floor),
    ratio: median(ours) / median(floor),
    goal: sayAllowed('p50 ≤ 2 D +', 20, complete),
    ok: median(ours) <= 2 * D_MS + allowed(20, complete),
    note: undefined,
  };
}

async function open(world: World, side: Side, number: number): Promise<Opened> {
  const watched = watch(world, side.tag(number));
  const calls = world.slackLine.passed.length;
  await side.send(number);
  const acceptedAt = sharedNow();
  const { messageAt, completeAt } = await watched;
  const serial = serialCalls(callsUntil(world.slackLine, calls, messageAt));
  await pause(SETTLE_MS);
  return { messageMs: messageAt - acceptedAt, completeMs: completeAt - acceptedAt, serial };
}

const callsUntil = (line: Delayed, from: number, end: number) =>
  line.passed
    .slice(from)
    .filter((call) => call.from <= end)
    .map((call) => ({ ...call, to: Math.min(call.to, end) }));

/** Resolves when everything is in the channel whose name ends with `tag`. */
function watch({ slack }: World, tag: string): Promise<{ messageAt: number; completeAt: number }> {
  return new Promise((resolve, reject) => {
    const missing = { message: 1, topic: 1, member: PEOPLE, bookmark: BOOKMARKS };
    let messageAt = 0;
    const timer = setTimeout(() => {
      stop();
      reject(new Error(`the channel of ${tag} was not complete after ${GIVE_UP_MS} ms; still missing: ${JSON.stringify(missing)}`));
    }, GIVE_UP_MS);
    const stop = slack.on((change) => {
      const kind = counted(change, tag);
      if (!kind || missing[kind] === 0) return;
      missing[kind] -= 1;
      const now = sharedNow();
      if (kind === 'message') messageAt = now;
      if (Object.values(missing).some((left) => left > 0)) return;
      clearTimeout(timer);
      stop();
      resolve({ messageAt, completeAt: now });
    });
  });
}

function counted(change: Change, tag: string): 'message' | 'topic' | 'member' | 'bookmark' | undefined {
  if (!('channel' in change) || !change.channel.name.endsWith(tag)) return undefined;
  switch (change.kind) {
    case 'message':
      return isUseful(change.message, tag) ? 'message' : undefined;
    case 'topic':
      return 'topic';
    case 'member':
      return change.what === 'joined' && change.inviter !== undefined ? 'member' : undefined;
    case 'bookmark':
      return 'bookmark';
    default:
      return undefined;
  }
}

/** Names the service and how bad it is. */
function isUseful(message: Message, tag: string): boolean {
  const text = JSON.stringify([message.text, message.blocks ?? []]).toLowerCase();
  return message.bot_id !== undefined && message.subtype === undefined && text.includes(tag) && /sev[123]/.test(text);
}
