/** P7 and P8: from the start of the process to listening, and what it holds when nothing happens. Beside it: a bare Bolt app. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Child, freePort, node, PROGRAM, pause, residentMb, start } from './child.ts';
import { grow } from './history.ts';
import { type Ask, type Line, ms, type Row } from './row.ts';
import { median, notes, wideSpread } from './stats.ts';
import { openWorld, SECRETS, type World } from './world.ts';

const ROUNDS = 9;
const HISTORY_ROUNDS = 7;
const INCIDENTS = 1_000_000;
/** Until the first looks at Slack and GitHub are over and the collector had its turn. */
const IDLE_MS = 7_000;

interface Starting {
  readonly child: Child;
  /** What it says when it listens. */
  readonly up: string;
}

export const coldStart: Row = {
  ids: ['P7'],
  async run(ask) {
    const world = await openWorld();
    try {
      await warmUp(world);
      const bare = await once(() => startBare(world));
      const rounds: Round[] = [];
      for (let round = 0; round < ROUNDS; round++) rounds.push({ floor: await once(startFloor), ours: await freshly(world, () => startOurs(world)) });
      return [startLine(rounds, bare), await withHistory(ask, world)];
    } finally {
      await world.close();
    }
  },
};

export const memory: Row = {
  ids: ['P8'],
  async run() {
    const world = await openWorld();
    try {
      const [ours, floor] = await Promise.all([startOurs(world), startFloor()]);
      await Promise.all([ours.child.said(UP), floor.child.said('listening')]);
      await pause(IDLE_MS);
      const [mine, bare] = [residentMb(ours.child.pid) ?? Number.NaN, residentMb(floor.child.pid) ?? Number.NaN];
      await Promise.all([ours.child.end(), floor.child.kill()]);
      const mb = (value: number): string => `${value.toFixed(0)} MB`;
      return [
        { id: 'P8', what: 'memory when idle', ours: mb(mine), floor: mb(bare), ratio: mine / bare, goal: '≤ 1.4 ×', ok: mine / bare <= 1.4, note: undefined },
      ];
    } finally {
      await world.close();
    }
  },
};

const UP = 'tagback is up';

/** Compiles whatever was changed since the last start, and keeps it: that is written when the program ends in order. */
async function warmUp(world: World): Promise<void> {
  const { child, up } = await startOurs(world);
  await child.said(up);
  await child.end();
}

async function startOurs({ env }: World): Promise<Starting> {
  return { child: start(PROGRAM, { env }), up: UP };
}

/** Without the compiled code that bin/tagback.cjs keeps: the very first start, and every start where its folder cannot be written. */
async function startBare({ env }: World): Promise<Starting> {
  return { child: start(node('src/main.ts'), { env }), up: UP };
}

async function startFloor(): Promise<Starting> {
  return { child: start(node('bench/floor/bolt.mjs', SECRETS.signing, String(await freePort()))), up: 'listening' };
}

/** How long it took, in ms. */
async function once(begin: () => Promise<Starting>): Promise<number> {
  const { child, up } = await begin();
  const upMs = await child.said(up);
  await child.kill();
  return upMs;
}

/** With an empty database, as on the first day. */
function freshly(world: World, begin: () => Promise<Starting>): Promise<number> {
  for (const end of ['', '-wal', '-shm']) rmSync(join(world.dir, `tagback.db${end}`), { force: true });
  return once(begin);
}

interface Round {
  readonly ours: number;
  readonly floor: number;
}

function startLine(rounds: readonly Round[], bareMs: number): Line {
  const ratios = rounds.map(({ ours, floor }) => ours / floor);
  return {
    id: 'P7',
    what: 'cold start until listening',
    ours: ms(median(rounds.map(({ ours }) => ours))),
    floor: ms(median(rounds.map(({ floor }) => floor))),
    ratio: median(ratios),
    goal: '≤ 1.5 ×',
    ok: median(ratios) <= 1.5,
    note: notes(`the very first start ${ms(bareMs)}`, wideSpread(ratios)),
  };
}

async function withHistory({ tell }: Ask, world: World): Promise<Line> {
  tell(`writing a history of ${INCIDENTS.toLocaleString('en')} incidents`);
  const past = await openWorld();
  try {
    await grow(join(past.dir, 'tagback.db'), INCIDENTS);
    const rounds: { empty: number; full: number }[] = [];
    for (let round = 0; round < HISTORY_ROUNDS; round++) {
      const empty = await freshly(world, () => startOurs(world));
      rounds.push({ empty, full: await once(() => startOurs(past)) });
    }
    const [empty, full] = [median(rounds.map((round) => round.empty)), median(rounds.map((round) => round.full))];
    const more = median(rounds.map((round) => round.full - round.empty));
    const what = `the same with ${INCIDENTS.toLocaleString('en')} incidents in the database`;
    const note = `${more < 0 ? '−' : '+'} ${ms(Math.abs(more))}`;
    return { id: 'P7', what, ours: ms(full), floor: `${ms(empty)} (empty)`, ratio: full / empty, goal: '+ ≤ 50 ms', ok: more <= 50, note };
  } finally {
    await past.close();
  }
}
