/** P12: from the click that completes the approvals until GitHub has accepted the request, beyond reading the facts again. Beside it: a bare octokit. */
import { SANDBOX_TOKEN } from '../src/sandbox/github/server.ts';
import { isFields } from '../src/sandbox/slack/shape.ts';
import type { Channel, Message } from '../src/sandbox/slack/world.ts';
import { node, PROGRAM, pause, start } from './child.ts';
import { type Passed, sharedNow } from './delay.ts';
import { type Ask, type Line, ms, type Row } from './row.ts';
import { median, notes, p99 } from './stats.ts';
import { openWorld, serviceName, type World } from './world.ts';

/** Every call of Slack and GitHub takes this long. */
const D_MS = 100;
const WARM_UP = 3;
const CLICKS = 24;
const AT_ONCE = 10;
const ROUNDS_AT_ONCE = 3;
const SERVICES = WARM_UP + CLICKS + AT_ONCE * ROUNDS_AT_ONCE;
/** octokit's default lets one write a second pass. */
const PEER_CLICKS = 3;
const GIVE_UP_MS = 20_000;
const LOOK_MS = 10;
/** Until Slack's edits of the plan's message are over. */
const SETTLE_MS = 300;
const TAG = 'v2.13.2';
const DISPATCH = /^POST \/repos\/acme\/(shop-\d+)\/actions\/workflows\/deploy\.yml\/dispatches$/;
/** Who clicked is asked at the click: facts as well, and Slack's. */
const WHO = /^(users\.info|usergroups\.users\.list|auth\.test)$/;

/** One click, in ms. */
interface Clicked {
  /** From the click's request until GitHub had accepted the dispatch, without the two readings. */
  readonly ownMs: number;
  readonly wholeMs: number;
  readonly whoMs: number;
  readonly factsMs: number;
}
interface Floor {
  readonly single: readonly number[];
  /** Until the last of ten was answered. */
  readonly ten: number;
}

export const click: Row = {
  ids: ['P12'],
  async run(ask) {
    const world = await openWorld({ services: SERVICES, repositories: SERVICES, delayMs: D_MS });
    world.slack.sendTo(`${world.url}/slack/events`);
    const ours = start(PROGRAM, { env: world.env });
    try {
      await ours.said('tagback is up');
      const measured = await measure(ask, world);
      const [off, peer] = [await floor(world, 'off', CLICKS), await floor(world, 'default', PEER_CLICKS)];
      return [singleLine(measured.single, { off, peer }), tenLine(measured.rounds, { off, peer })];
    } finally {
      await ours.end();
      await world.close();
    }
  },
};

async function measure({ tell }: Ask, world: World): Promise<{ single: readonly Clicked[]; rounds: readonly (readonly Clicked[])[] }> {
  const single: Clicked[] = [];
  let next = 1;
  for (let number = 0; number < WARM_UP + CLICKS; number++) {
    const [clicked] = await approveAll(world, [next++]);
    if (clicked && number >= WARM_UP) single.push(clicked);
  }
  tell(`${AT_ONCE} services at the same moment`);
  const rounds: (readonly Clicked[])[] = [];
  for (let round = 0; round < ROUNDS_AT_ONCE; round++) {
    rounds.push(
      await approveAll(
        world,
        Array.from({ length: AT_ONCE }, () => next++),
      ),
    );
  }
  return { single, rounds };
}

/** Plans for these services, then all clicks at once, and what they took. */
async function approveAll(world: World, numbers: readonly number[]): Promise<readonly Clicked[]> {
  const plans = await Promise.all(numbers.map((number) => planned(world, number)));
  await pause(SETTLE_MS);
  await world.githubBooks();
  const whoFrom = world.slackLine.passed.length;
  const clicks = plans.map(async ({ channel, message, blockId }) => {
    const clickedAt = sharedNow();
    const acked = await world.slack.as('U0GRACE').click(channel.id, message.ts, { blockId, actionId: 'approveRollback' });
    if (acked.kind !== 'acked') throw new Error(`the click in #${channel.name} was not acknowledged: ${JSON.stringify(acked)}`);
    return clickedAt;
  });
  const clickedAt = await Promise.all(clicks);
  const books = await booksUntil(world, numbers.length);
  const who = world.slackLine.passed.slice(whoFrom).filter(({ name }) => WHO.test(name));
  return numbers.map((number, index) => clickedOf({ number, at: clickedAt[index] ?? Number.NaN, books, who }));
}

/** What GitHub was asked until it had accepted so many dispatches. */
async function booksUntil(world: World, count: number): Promise<readonly Passed[]> {
  const books: Passed[] = [];
  for (const until = performance.now() + GIVE_UP_MS; performance.now() < until; await pause(LOOK_MS)) {
    books.push(...(await world.githubBooks()));
    if (books.filter(({ call }) => DISPATCH.test(call)).length >= count) return books;
  }
  throw new Error(`GitHub did not accept ${count} dispatches within ${GIVE_UP_MS} ms`);
}

interface Seen {
  readonly number: number;
  readonly at: number;
  readonly books: readonly Passed[];
  readonly who: readonly Passed[];
}

function clickedOf({ number, at, books, who }: Seen): Clicked {
  const own = books.filter(({ call }) => call.includes(`/acme/shop-${number}/`));
  const dispatch = own.find(({ call }) => DISPATCH.test(call));
  if (!dispatch) throw new Error(`no dispatch of ${serviceName(number)}`);
  const facts = own.filter(({ to }) => to <= dispatch.from);
  const factsFrom = Math.min(...facts.map(({ from }) => from));
  const factsMs = Math.max(...facts.map(({ to }) => to)) - factsFrom;
  const asked = who.filter(({ from, to }) => from >= at && to <= factsFrom);
  const whoMs = asked.length === 0 ? 0 : Math.max(...asked.map(({ to }) => to)) - Math.min(...asked.map(({ from }) => from));
  const wholeMs = dispatch.to - at;
  return { wholeMs, whoMs, factsMs, ownMs: wholeMs - whoMs - factsMs };
}

/** The message with the plan, as soon as it can be approved. */
async function planned({ slack }: World, number: number): Promise<{ channel: Channel; message: Message; blockId: string }> {
  await slack.as('U0ADA').slash('general', '/rollback', `${serviceName(number)} ${TAG} --reason the errors began with it`);
  for (const until = performance.now() + GIVE_UP_MS; performance.now() < until; await pause(LOOK_MS)) {
    const channel = [...slack.world.channels.values()].find(({ name }) => name.endsWith(`-${serviceName(number)}`));
    for (const message of channel?.messages ?? []) {
      const blockId = approvable(message);
      if (channel && blockId !== undefined) return { channel, message, blockId };
    }
  }
  throw new Error(`no plan of ${serviceName(number)} could be approved within ${GIVE_UP_MS} ms`);
}

function approvable({ blocks = [] }: Message): string | undefined {
  const block = blocks.find(({ elements }) => Array.isArray(elements) && elements.some((one) => isFields(one) && one.action_id === 'approveRollback'));
  return block === undefined ? undefined : String(block.block_id);
}

async function floor({ githubUrl }: World, how: 'off' | 'default', clicks: number): Promise<Floor> {
  const bare = start(node('bench/floor/octokit-dispatch.mjs', githubUrl, SANDBOX_TOKEN, how, String(clicks)));
  try {
    const [, said = '{}'] = await bare.found(/measured (.*) \./);
    return JSON.parse(said) as Floor; // printed by it
  } finally {
    await bare.kill();
  }
}

interface Floors {
  readonly off: Floor;
  readonly peer: Floor;
}
const own = (all: readonly Clicked[]): number[] => all.map(({ ownMs }) => ownMs);

function singleLine(clicks: readonly Clicked[], { off, peer }: Floors): Line {
  const ours = own(clicks);
  const part = (what: keyof Clicked): string => ms(median(clicks.map((one) => one[what])));
  return {
    id: 'P12',
    what: 'click → GitHub accepted it, beyond reading the facts',
    ours: `p50 ${ms(median(ours))}, p99 ${ms(p99(ours))}`,
    floor: `p50 ${ms(median(off.single))}, p99 ${ms(p99(off.single))}`,
    ratio: median(ours) / median(off.single),
    goal: `p50 ≤ D + 15 = ${D_MS + 15} ms`,
    ok: median(ours) <= D_MS + 15,
    note: notes(
      `${clicks.length} clicks; the whole ${part('wholeMs')}, of it ${part('whoMs')} for who clicked and ${part('factsMs')} for the facts`,
      `octokit's default: ${ms(median(peer.single))}`,
    ),
  };
}

function tenLine(rounds: readonly (readonly Clicked[])[], { off, peer }: Floors): Line {
  const worst = rounds.map((round) => Math.max(...own(round)));
  const whole = rounds.map((round) => Math.max(...round.map(({ wholeMs }) => wholeMs)));
  return {
    id: 'P12',
    what: `${AT_ONCE} services approved at the same moment: the last of them`,
    ours: ms(median(worst)),
    floor: ms(off.ten),
    ratio: median(worst) / off.ten,
    goal: `≤ D + 50 = ${D_MS + 50} ms`,
    ok: median(worst) <= D_MS + 50,
    note: notes(`${rounds.length} rounds: ${worst.map(ms).join(', ')}`, `the whole ${ms(median(whole))}`, `octokit's default: ${ms(peer.ten)}`),
  };
}
