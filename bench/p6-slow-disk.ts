/** P6: how fast a slash command is acknowledged while 500 alerts a second come in and the disk is slow. Beside it: the same program when nothing else happens. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { type AlertLoaded, type AlertSender, startSender, toOurs, unread } from './alerts.ts';
import { type Child, canPin, node, PROGRAM, pause, ROOT, start } from './child.ts';
import type { Load, Loaded } from './load.ts';
import { deliveries } from './p5-acks.ts';
import { type Line, ms, type Row } from './row.ts';
import { median, notes, wideSpread } from './stats.ts';
import { openWorld, SECRETS, serviceNames, type World } from './world.ts';

const SERVICES = 50;
const ALERTS_PER_SECOND = 500;
const SLOWER_MS = 20;
/** For the alerts: as many as wait for a slow disk at one time, and some more. */
const SENDERS = 64;
const CONNECTIONS = 16;
const WARM_UP_MS = 2_000;
const ROUND_MS = 900;
/** The alerts begin so much before the commands and end so much after them. */
const MARGIN_MS = 400;
const ROUNDS = 5;
const SERVER_CORE = 0;
const LOAD_CORE = 1;
/** Until the inbox is read and Slack has been told. */
const QUIET_MAX_MS = 5_000;
const QUIET_MS = 300;
const GOAL = 1.5;

export const slowDisk: Row = {
  ids: ['P6'],
  async run({ tell }) {
    const world = await openWorld({ services: SERVICES, isStormy: true });
    const library = buildLibrary(world.dir);
    if (library === undefined) {
      tell('no gcc here, or no Linux: the disk cannot be made slow; it is left out');
      await world.close();
      return [];
    }
    if (!canPin()) tell('no taskset here: server and load share the cores as the system likes');
    const program = start(PROGRAM, { env: { ...world.env, LD_PRELOAD: library, SLOW_FSYNC_MS: String(SLOWER_MS) }, core: SERVER_CORE });
    const stage: Stage = { world, load: start(node('bench/load.ts'), { core: LOAD_CORE, talks: true }), alerts: startSender(LOAD_CORE) };
    try {
      await program.said('tagback is up');
      return await measure(stage);
    } finally {
      await Promise.all([program.kill(), stage.load.kill(), stage.alerts.close()]);
      await world.close();
    }
  },
};

interface Stage {
  readonly world: World;
  readonly load: Child;
  readonly alerts: AlertSender;
}
interface Round {
  readonly idle: Loaded;
  readonly busy: Loaded;
  readonly alerts: AlertLoaded;
}

/** Undefined: it cannot be made here. */
function buildLibrary(dir: string): string | undefined {
  const made = join(dir, 'slow-fsync.so');
  try {
    execFileSync('gcc', ['-shared', '-fPIC', '-O1', '-o', made, join(ROOT, 'bench', 'slow-fsync.c'), '-ldl'], { stdio: 'ignore', timeout: 20_000 });
  } catch {
    return undefined;
  }
  return process.platform === 'linux' ? made : undefined;
}

async function measure(stage: Stage): Promise<readonly Line[]> {
  await both(stage, WARM_UP_MS);
  const rounds: Round[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const idle = await acks(stage, ROUND_MS);
    rounds.push({ idle, ...(await both(stage, ROUND_MS)) });
  }
  const ratios = rounds.map(({ idle, busy }) => busy.p99Ms / idle.p99Ms);
  const tail = (side: 'idle' | 'busy'): string => ms(median(rounds.map((round) => round[side].p99Ms)));
  const rates = rounds.map(({ idle, busy }) => busy.perSecond / idle.perSecond);
  const taken = median(rounds.map(({ alerts }) => alerts.perSecond));
  const waited = median(rounds.map(({ alerts }) => alerts.p50Ms));
  return [
    {
      ...{ id: 'P6', what: `p99 of an ack, with ${ALERTS_PER_SECOND} alerts/s and fsync + ${SLOWER_MS} ms` },
      ...{ ours: tail('busy'), floor: `${tail('idle')} (ours, idle)`, ratio: median(ratios), goal: `≤ ${GOAL} ×`, ok: median(ratios) <= GOAL },
      note: notes(
        `acks a second ${median(rates).toFixed(2)} ×`,
        `${taken.toFixed(0)} alerts/s taken, each after p50 ${ms(waited)}`,
        wideSpread(ratios),
        ...rounds.flatMap(({ alerts }) => Object.entries(alerts.wrong).map(([what, count]) => `alerts refused ${what}: ${count}`)),
      ),
    },
  ];
}

async function acks({ world, load }: Stage, forMs: number): Promise<Loaded> {
  const [command] = deliveries(world);
  if (!command) throw new Error('there is no slash command to send');
  const heard = load.heard();
  const { contentType, body } = command;
  load.send({ port: Number(new URL(world.url).port), secret: SECRETS.signing, connections: CONNECTIONS, forMs, contentType, body } satisfies Load);
  const loaded = (await heard) as Loaded; // what load.ts sends for a Load
  if (loaded.wrong.length > 0) throw new Error(`slash command: ${loaded.wrong.join(', ')}`);
  return loaded;
}

/** Commands in the midst of alerts; resolves when the program is quiet again. */
async function both(stage: Stage, forMs: number): Promise<Omit<Round, 'idle'>> {
  const { world, alerts } = stage;
  const how = { services: serviceNames(SERVICES), connections: SENDERS, perSecond: ALERTS_PER_SECOND, forMs: forMs + 2 * MARGIN_MS };
  const sending = alerts.send({ ...toOurs(world), ...how });
  await pause(MARGIN_MS);
  const busy = await acks(stage, forMs);
  const sent = await sending;
  const until = performance.now() + QUIET_MAX_MS;
  while (performance.now() < until && (await unread(world)) > 0) await pause(100);
  await pause(QUIET_MS);
  return { busy, alerts: sent };
}
