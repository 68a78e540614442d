/** P12: from the click that completes the approvals until GitHub has accepted the request, beyond reading the facts again. Beside it: a bare octokit. */
import { SANDBOX_TOKEN } from '../src/sandbox/github/server.ts';
import { isFields } from '../src/sandbox/slack/shape.ts';
import type { Channel, Message } from '../src/sandbox/slack/world.ts';
import { type Child, node, PROGRAM, pause, start } from './child.ts';
import { type Passed, sharedNow } from './delay.ts';
import { allowed, type Beside, type Line, ms, type Row, sayAllowed } from './row.ts';
import { median, notes, p99 } from './stats.ts';
import { openWorld, serviceName, type World } from './world.ts';

/** Every call of Slack and GitHub takes this long. */
const D_MS = 100;
const WARM_UP = 3;
const CLICKS = 24;
const AT_ONCE = 10;
const ROUNDS_AT_ONCE = 3;
const SERVICES = WARM_UP + CLICKS + AT_ONCE * ROUNDS_AT_ONCE;
const GIVE_UP_MS = 20_000;
const LOOK_MS = 10;
/** Until Slack's edits of the plan's message are over. */
const SETTLE_MS = 300;
/** What a bare octokit needed beyond D where the goals were held: 2 cores, of which it had one to itself. */
const FLOOR_THEN_MS = 3;
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
/** Both sides of a round meet the same machine. */
interface Round {
  readonly ours: readonly Clicked[];
  /** Until the last of as many bare dispatches was answered, in ms. */
  readonly floorMs: number;
}

export const click: Row = {
  ids: ['P12'],
  async run(ask) {
    const world = await openWorld({ services: SERVICES, repositories: SERVICES + AT_ONCE, delayMs: D_MS });
    world.slack.sendTo(`${world.url}/slack/events`);
    const ours = start(PROGRAM, { env: world.env });
    const [floor, peer] = [bareOctokit(world, 'off'), bareOctokit(world, 'default')];
    try {
      await Promise.all([ours.said('tagback is up'), floor.said('listening'), peer.said('listening')]);
      const numbers = Array.from({ length: SERVICES }, (_, n) => n + 1);
      const single: Round[] = [];
      for (let each = 0; each < WARM_UP + CLICKS; each++) single.push(await round(world, floor, numbers.splice(0, 1)));
      ask.tell(`${AT_ONCE} services at the same moment`);
      const many: Round[] = [];
      while (numbers.length > 0) many.push(await round(world, floor, numbers.splice(0, AT_ONCE)));
      const beside = { thenMs: FLOOR_THEN_MS, nowMs: median(floors(single.slice(WARM_UP))) - D_MS };
      return [singleLine(single.slice(WARM_UP), beside), tenLine(many, { beside, peerMs: await dispatched(peer, AT_ONCE) })];
    } finally {
      await Promise.all([ours.end(), floor.kill(), peer.kill()]);
      await world.close();
    }
  },
};

const bareOctokit = ({ githubUrl }: World, how: 'off' | 'default'): Child =>
  start(node('bench/floor/octokit-dispatch.mjs', githubUrl, SANDBOX_TOKEN, how), { talks: true });

async function dispatched(bare: Child, count: number): Promise<number> {
  const heard = bare.heard();
  bare.send({ first: SERVICES + 1, count }); // in repositories of its own: what it deploys is nobody's release
  return (await heard) as number; // what octokit-dispatch.mjs sends
}

async function round(world: World, floor: Child, numbers: readonly number[]): Promise<Round> {
  return { floorMs: await dispatched(floor, numbers.length), ours: await approveAll(world, numbers) };
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

const own = (all: readonly Clicked[]): number[] => all.map(({ ownMs }) => ownMs);
const floors = (rounds: readonly Round[]): number[] => rounds.map(({ floorMs }) => floorMs);

function singleLine(rounds: readonly Round[], beside: Beside): Line {
  const clicks = rounds.flatMap(({ ours }) => ours);
  const [ours, floor] = [own(clicks), floors(rounds)];
  const part = (what: keyof Clicked): string => ms(median(clicks.map((one) => one[what])));
  return {
    id: 'P12',
    what: 'click → GitHub accepted it, beyond reading the facts',
    ours: `p50 ${ms(median(ours))}, p99 ${ms(p99(ours))}`,
    floor: `p50 ${ms(median(floor))}, p99 ${ms(p99(floor))}`,
    ratio: median(ours) / median(floor),
    goal: sayAllowed('p50 ≤ D +', 15, beside),
    ok: median(ours) <= D_MS + allowed(15, beside),
    note: `${clicks.length} clicks; the whole ${part('wholeMs')}, of it ${part('whoMs')} for who clicked and ${part('factsMs')} for the facts`,
  };
}

function tenLine(rounds: readonly Round[], { beside, peerMs }: { beside: Beside; peerMs: number }): Line {
  const worst = rounds.map(({ ours }) => Math.max(...own(ours)));
  const whole = rounds.map(({ ours }) => Math.max(...ours.map(({ wholeMs }) => wholeMs)));
  const floor = median(floors(rounds));
  return {
    id: 'P12',
    what: `${AT_ONCE} services approved at the same moment: the last of them`,
    ours: ms(median(worst)),
    floor: ms(floor),
    ratio: median(worst) / floor,
    goal: sayAllowed('≤ D +', 50, beside),
    ok: median(worst) <= D_MS + allowed(50, beside),
    note: notes(`${rounds.length} rounds: ${worst.map(ms).join(', ')}; the whole ${ms(median(whole))}`, `octokit's default: ${ms(peerMs)}`),
  };
}
