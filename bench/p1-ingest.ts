/** P1: alerts taken a second, each on disk before its answer. Beside us Alertmanager, which keeps them in memory, and the least that keeps them on disk. */
import { join } from 'node:path';
import { API_PATH, hasAlertmanager, NO_ALERTMANAGER, openAlertmanager } from './alertmanager.ts';
import { type AlertLoad, type AlertLoaded, type AlertSender, startSender, toOurs, unread } from './alerts.ts';
import { canPin, freePort, node, PROGRAM, pause, processorMs, start } from './child.ts';
import { type Line, ms, type Row } from './row.ts';
import { median, notes, wideSpread } from './stats.ts';
import { openWorld, serviceNames, type World } from './world.ts';

const SERVICES = 50;
const SERVER_CORE = 0;
const LOAD_CORE = 1;
/** One alert each, whatever is measured then: it is the code that has to be warm. */
const WARM_UP = { alerts: 1, requests: 5_000, forMs: 6_000 };
const ROUND_MS = 1_200;
const ROUNDS = 3;
/** The inbox is watched so long at most, to say how fast it is read; the next size begins when it is empty, or then. */
const DRAIN_MAX_MS = 6_000;
/** Alerts in a request, and what is asked of the rate. */
const SIZES = [
  { alerts: 1, goal: 0.9 },
  { alerts: 10, goal: 1.5 },
  { alerts: 100, goal: 2.5 },
] as const;
const TAIL_GOAL = 0.75;

export const ingest: Row = {
  ids: ['P1'],
  async run(ask) {
    if (!hasAlertmanager()) {
      ask.tell(NO_ALERTMANAGER);
      return [];
    }
    if (!canPin()) ask.tell('no taskset here: servers and load share the cores as the system likes');
    const world = await openWorld({ services: SERVICES, isStormy: true });
    const [inboxPort, sender] = [await freePort(), startSender(LOAD_CORE)];
    const program = start(PROGRAM, { env: world.env, core: SERVER_CORE });
    const inbox = start(node('bench/floor/inbox.mjs', join(world.dir, 'inbox'), String(inboxPort)), { core: SERVER_CORE });
    try {
      await Promise.all([program.said('tagback is up'), inbox.said('listening')]);
      const stage = { world, sender, inboxPort, pids: { ours: program.pid, inbox: inbox.pid } };
      const lines: Line[] = [];
      for (const size of SIZES) lines.push(...(await besidePeer(stage, size)));
      return lines;
    } finally {
      await Promise.all([program.kill(), inbox.kill(), sender.close()]);
      await world.close();
    }
  },
};

type Size = (typeof SIZES)[number];
type Side = 'ours' | 'peer' | 'inbox';
/** With the processor time that the side took meanwhile, in ms. */
type Round = Readonly<Record<Side, AlertLoaded & { readonly cpuMs: number }>>;

interface Stage {
  readonly world: World;
  readonly sender: AlertSender;
  readonly inboxPort: number;
  readonly peerPort: number;
  readonly pids: Readonly<Record<Side, number>>;
}

/** Alertmanager is a fresh one for each size: it must not be slow because of what it keeps. */
async function besidePeer(stage: Omit<Stage, 'peerPort' | 'pids'> & { pids: Omit<Stage['pids'], 'peer'> }, size: Size): Promise<readonly Line[]> {
  const peer = await openAlertmanager();
  const manager = await peer.start({ core: SERVER_CORE });
  try {
    return await measure({ ...stage, peerPort: peer.port, pids: { ...stage.pids, peer: manager.pid } }, size);
  } finally {
    await manager.kill();
    peer.close();
  }
}

async function measure(stage: Stage, size: Size): Promise<readonly Line[]> {
  for (const side of ['peer', 'inbox', 'ours'] as const) await load(stage, side, WARM_UP);
  const rounds: Round[] = [];
  for (let round = 0; round < ROUNDS; round++) rounds.push(await one(stage, size));
  return [rateLine(size, rounds, await drained(stage, size)), tailLine(size, rounds)];
}

async function one(stage: Stage, { alerts }: Size): Promise<Round> {
  const side = async (name: Side) => {
    const before = processorMs(stage.pids[name]) ?? Number.NaN;
    const loaded = await load(stage, name, { alerts, forMs: ROUND_MS });
    return { ...loaded, cpuMs: (processorMs(stage.pids[name]) ?? Number.NaN) - before };
  };
  return { peer: await side('peer'), inbox: await side('inbox'), ours: await side('ours') };
}

/** Ours stands still while another is measured: it would read its inbox on their core. It goes on reading while it is measured itself. */
async function load({ world, peerPort, pids, sender, inboxPort }: Stage, side: Side, how: Partial<AlertLoad>): Promise<AlertLoaded> {
  const services = serviceNames(SERVICES);
  if (side === 'peer') return sender.send({ port: peerPort, path: API_PATH, shape: 'api', services, ...how });
  if (side === 'inbox') return sender.send({ port: inboxPort, path: '/', shape: 'webhook', services, ...how });
  process.kill(pids.ours, 'SIGCONT');
  const loaded = await sender.send({ ...toOurs(world), services, ...how });
  process.kill(pids.ours, 'SIGSTOP');
  return loaded;
}

async function drained({ world, pids }: Stage, { alerts }: Size): Promise<string> {
  process.kill(pids.ours, 'SIGCONT');
  const [before, startedAt] = [await unread(world), performance.now()];
  let after = before;
  for (; after > 0 && performance.now() - startedAt < DRAIN_MAX_MS; after = await unread(world)) await pause(100);
  const perSecond = ((before - after) * alerts) / ((performance.now() - startedAt) / 1000);
  if (before === 0) return 'the inbox was empty at the end';
  return `${before * alerts} alerts unread at the end, then read at ${rate(perSecond)}`;
}

const rate = (perSecond: number): string => `${(perSecond / 1000).toFixed(1)} k/s`;

function rateLine({ alerts, goal }: Size, rounds: readonly Round[], rest: string): Line {
  const ratios = rounds.map(({ ours, peer }) => ours.perSecond / peer.perSecond);
  const of = (side: Side): string => rate(median(rounds.map((round) => round[side].perSecond * alerts)));
  const cpu = (side: Side): string => `${median(rounds.map((round) => (round[side].cpuMs * 1000) / (round[side].taken * alerts))).toFixed(0)} µs`;
  const processor = `processor time an alert ${cpu('ours')} (what is read meanwhile included), ${cpu('peer')}, ${cpu('inbox')}`;
  const refused = rounds.flatMap(({ ours, peer }) => [ours, peer].flatMap(({ wrong }) => Object.entries(wrong).map(([what, count]) => `${what}: ${count}`)));
  return {
    id: 'P1',
    what: `${alerts} ${alerts === 1 ? 'alert' : 'alerts'} a request: alerts taken a second`,
    ours: of('ours'),
    floor: `${of('peer')} (Alertmanager)`,
    ratio: median(ratios),
    goal: `≥ ${goal} ×`,
    ok: median(ratios) >= goal,
    note: notes(`a bare inbox ${of('inbox')}`, processor, rest, wideSpread(ratios), refused.length > 0 ? `refused ${refused.join(', ')}` : undefined),
  };
}

function tailLine({ alerts }: Size, rounds: readonly Round[]): Line {
  const ratios = rounds.map(({ ours, peer }) => ours.p99Ms / peer.p99Ms);
  const of = (side: Side): string => ms(median(rounds.map((round) => round[side].p99Ms)));
  return {
    id: 'P1',
    what: `${alerts} ${alerts === 1 ? 'alert' : 'alerts'} a request: p99 of an answer`,
    ours: of('ours'),
    floor: `${of('peer')} (Alertmanager)`,
    ratio: median(ratios),
    goal: `≤ ${TAIL_GOAL} ×`,
    ok: median(ratios) <= TAIL_GOAL,
    note: notes(`a bare inbox ${of('inbox')}`, wideSpread(ratios)),
  };
}
