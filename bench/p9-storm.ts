/** P9: 10,000 different alerts of 50 services within a minute, Slack at its real limits. Beside us the least that keeps a delivery, at the same pace. */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { textOf } from '../src/sandbox/demo/reader.ts';
import { type AlertLoaded, fingerprintOf, startSender, toOurs, unread } from './alerts.ts';
import { type Child, freePort, node, PROGRAM, pause, residentMb, start } from './child.ts';
import { sharedNow } from './delay.ts';
import { type Line, ms, type Row } from './row.ts';
import { notes } from './stats.ts';
import { openWorld, serviceName, serviceNames, type World } from './world.ts';

const ALERTS = 10_000;
const SERVICES = 50;
const STORM_MS = 60_000;
/** Every call of Slack takes this long. */
const D_MS = 100;
const CONNECTIONS = 16;
const PER_SECOND = ALERTS / (STORM_MS / 1000);
const WARM_UP = 1_000;
const WARM_UP_PER_SECOND = 500;
const FLOOR_REQUESTS = 1_000;
const READ_MAX_MS = 10_000;
/** The triage message follows at Slack's pace. */
const SETTLE_MS = 3_000;
const WRITTEN_SHOWN = 5;
const GOALS = { ackMs: 15, channels: 5, namedMs: D_MS + 1_000 };

export const storm: Row = {
  ids: ['P9'],
  async run(ask) {
    const world = await openWorld({ services: SERVICES, delayMs: D_MS, isStormy: true });
    const [program, sender, floorPort] = [start(PROGRAM, { env: world.env }), startSender(), await freePort()];
    const floor = start(node('bench/floor/inbox.mjs', join(world.dir, 'inbox'), String(floorPort)));
    try {
      await Promise.all([program.said('tagback is up'), floor.said('listening')]);
      const bare = { port: floorPort, path: '/', shape: 'webhook', services: serviceNames(SERVICES), connections: CONNECTIONS } as const;
      const ours = { ...bare, ...toOurs(world) };
      // What has cleared before anything was opened for it opens nothing.
      const warmUp = { requests: WARM_UP, perSecond: WARM_UP_PER_SECOND, state: 'resolved' } as const;
      for (const side of [bare, ours]) await sender.send({ ...side, ...warmUp });
      const least = await sender.send({ ...bare, requests: FLOOR_REQUESTS, perSecond: PER_SECOND });
      ask.tell(`${ALERTS.toLocaleString('en')} alerts in ${STORM_MS / 1000} s`);
      const watched = watch(world, program);
      const sent = await sender.send({ ...ours, requests: ALERTS, perSecond: PER_SECOND, isListed: true });
      await read(world);
      const seen = watched.end();
      await program.end();
      return report({ sent, least, seen, lost: lostOf(world, sent) });
    } finally {
      await Promise.all([program.kill(), floor.kill(), sender.close()]);
      await world.close();
    }
  },
};

interface Seen {
  /** When each channel was made, in ms of `sharedNow`. */
  readonly channels: readonly number[];
  /** When the one message of the storm first named a service. */
  readonly named: ReadonlyMap<string, number>;
  /** Services that have a channel of their own: they broke before it was a storm. */
  readonly own: ReadonlySet<string>;
  /** When that message was written, the first time and again. */
  readonly written: readonly number[];
  readonly mostMb: number;
}

function watch({ slack }: World, program: Child): { end(): Seen } {
  const channels: number[] = [];
  const named = new Map<string, number>();
  const own = new Set<string>();
  const written: number[] = [];
  let mostMb = 0;
  const look = setInterval(() => {
    mostMb = Math.max(mostMb, residentMb(program.pid) ?? 0);
  }, 500);
  let card: string | undefined;
  const stop = slack.on((change) => {
    if (!('channel' in change) || !change.channel.name.startsWith('inc-')) return;
    const isStorm = change.channel.name.includes('alert-storm');
    if (change.kind === 'channel' && change.what === 'created') {
      channels.push(sharedNow());
      if (!isStorm) for (const name of namesIn(change.channel.name)) own.add(name);
    }
    if (!isStorm || (change.kind !== 'message' && change.kind !== 'message_changed') || change.message.bot_id === undefined) return;
    card ??= change.message.ts;
    if (change.message.ts !== card) return;
    written.push(sharedNow());
    for (const name of namesIn(textOf(change.message))) if (!named.has(name)) named.set(name, sharedNow());
  });
  return {
    end() {
      clearInterval(look);
      stop();
      return { channels, named, own, written, mostMb };
    },
  };
}

const namesIn = (text: string): readonly string[] => text.match(/\bservice-\d+\b/g) ?? [];

async function read(world: World): Promise<void> {
  const until = performance.now() + READ_MAX_MS;
  while (performance.now() < until && (await unread(world)) > 0) await pause(100);
  await pause(SETTLE_MS);
}

/** Accepted, and in no incident. */
function lostOf({ dir }: World, { listed }: AlertLoaded): number {
  const database = new DatabaseSync(join(dir, 'tagback.db'), { readOnly: true });
  const rows = database.prepare('select fingerprint from signal where incident is not null').all() as { fingerprint: string }[]; // the column is text
  database.close();
  const kept = new Set(rows.map(({ fingerprint }) => fingerprint));
  return listed.filter(([serial]) => !kept.has(fingerprintOf(serial))).length;
}

function report({ sent, least, seen, lost }: { sent: AlertLoaded; least: AlertLoaded; seen: Seen; lost: number }): readonly Line[] {
  const wrong = Object.entries(sent.wrong).map(([what, count]) => `${what}: ${count}`);
  const aMinute = Math.max(0, ...seen.channels.map((from) => seen.channels.filter((at) => at >= from && at < from + 60_000).length));
  const waits = waitsOf(sent, seen);
  const unnamed = serviceNames(SERVICES).filter((name) => !seen.named.has(name) && !seen.own.has(name));
  const slowest = Math.max(...waits);
  const begun = Math.min(...sent.listed.map(([, at]) => at));
  const row = { id: 'P9', floor: '–', ratio: undefined, note: undefined };
  return [
    {
      ...row,
      what: 'storm: accepted alerts that are lost',
      ours: `${lost} of ${sent.taken}`,
      goal: '0',
      ok: lost === 0 && sent.taken > 0,
      note: notes(...wrong),
    },
    {
      ...{ id: 'P9', what: 'storm: p99 of an answer', ours: ms(sent.p99Ms), floor: `${ms(least.p99Ms)} (a bare inbox)`, ratio: sent.p99Ms / least.p99Ms },
      ...{
        goal: `≤ ${GOALS.ackMs} ms`,
        ok: sent.p99Ms <= GOALS.ackMs,
        note: `p50 ${ms(sent.p50Ms)}, floor ${ms(least.p50Ms)}; at most ${seen.mostMb.toFixed(0)} MB`,
      },
    },
    {
      ...row,
      what: 'storm: new channels in the fullest minute',
      ours: String(aMinute),
      goal: `≤ ${GOALS.channels}`,
      ok: aMinute > 0 && aMinute <= GOALS.channels,
    },
    {
      ...{ ...row, what: 'storm: first alert taken → the service is in the one message', ours: `slowest ${ms(slowest)}` },
      ...{ goal: `all, ≤ D + 1 s = ${GOALS.namedMs} ms`, ok: unnamed.length === 0 && waits.length > 0 && slowest <= GOALS.namedMs },
      note: notes(
        `${seen.named.size} services in it, ${seen.own.size} with a channel of their own, ${unnamed.length} nowhere`,
        `written ${seen.written.length} times, after ${seen.written
          .slice(0, WRITTEN_SHOWN)
          .map((at) => ms(at - begun))
          .join(', ')}`,
      ),
    },
  ];
}

/** From the first accepted alert of each service that the message names, to the moment at which it does. */
function waitsOf({ listed }: AlertLoaded, { named }: Seen): readonly number[] {
  const first = new Map<string, number>();
  for (const [serial, at] of listed) {
    const name = serviceName((serial % SERVICES) + 1);
    first.set(name, Math.min(first.get(name) ?? Number.POSITIVE_INFINITY, at));
  }
  return [...named].map(([name, at]) => at - (first.get(name) ?? Number.NaN));
}
