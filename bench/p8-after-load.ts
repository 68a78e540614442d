/** P8, second half: what is held in memory after many alerts that are all different. Beside us Alertmanager, which has to keep them. */
import { API_PATH, hasAlertmanager, NO_ALERTMANAGER, openAlertmanager } from './alertmanager.ts';
import { type AlertSender, startSender, toOurs, unread } from './alerts.ts';
import { PROGRAM, pause, residentMb, start } from './child.ts';
import type { Ask, Line, Row } from './row.ts';
import { openWorld, serviceNames, type World } from './world.ts';

const ALERTS = 40_000;
const ALERTS_LONG = 400_000;
const A_REQUEST = 100;
const SERVICES = 50;
/** Until what only the start needed has been given back, as in the first half. */
const IDLE_MS = 7_000;
/** Until both collectors have had their turn: ours begins some eight seconds after the last work. */
const AFTER_MS = 20_000;
const LOOK_EVERY_MS = 200;
const READ_MAX_MS = 60_000;
const READ_MAX_LONG_MS = 900_000;
const GOAL = 0.15;

interface Held {
  readonly before: number;
  readonly most: number;
  readonly after: number;
}

export const memoryAfterLoad: Row = {
  ids: ['P8'],
  async run(ask) {
    if (!hasAlertmanager()) {
      ask.tell(NO_ALERTMANAGER);
      return [];
    }
    const world = await openWorld({ services: SERVICES, isStormy: true });
    const sender = startSender();
    try {
      const peer = await theirs(ask, sender);
      return [lineOf(ask, await mine(ask, world, sender), peer)];
    } finally {
      await sender.close();
      await world.close();
    }
  },
};

const count = ({ long }: Ask): number => (long ? ALERTS_LONG : ALERTS);
const flood = (ask: Ask) => ({ services: serviceNames(SERVICES), alerts: A_REQUEST, requests: count(ask) / A_REQUEST, forMs: Number.MAX_SAFE_INTEGER });

/** What a process holds before, at most while `work` goes on, and when it is quiet again; in MB. */
async function held(pid: number, work: () => Promise<unknown>): Promise<Held> {
  await pause(IDLE_MS);
  const now = (): number => residentMb(pid) ?? Number.NaN;
  const before = now();
  let most = before;
  const look = setInterval(() => {
    most = Math.max(most, now());
  }, LOOK_EVERY_MS);
  await work();
  clearInterval(look);
  await pause(AFTER_MS);
  return { before, most, after: now() };
}

async function theirs(ask: Ask, sender: AlertSender): Promise<Held> {
  const peer = await openAlertmanager();
  const manager = await peer.start();
  try {
    return await held(manager.pid, () => sender.send({ port: peer.port, path: API_PATH, shape: 'api', ...flood(ask) }));
  } finally {
    await manager.kill();
    peer.close();
  }
}

async function mine(ask: Ask, world: World, sender: AlertSender): Promise<Held> {
  const program = start(PROGRAM, { env: world.env });
  try {
    await program.said('tagback is up');
    return await held(program.pid, async () => {
      await sender.send({ ...toOurs(world), ...flood(ask) });
      const until = performance.now() + (ask.long ? READ_MAX_LONG_MS : READ_MAX_MS);
      while ((await unread(world)) > 0) {
        if (performance.now() > until) throw new Error(`${await unread(world)} deliveries were still unread`);
        await pause(LOOK_EVERY_MS);
      }
    });
  } finally {
    await program.kill();
  }
}

function lineOf(ask: Ask, ours: Held, peer: Held): Line {
  const mb = (value: number): string => `${value.toFixed(0)} MB`;
  const said = ({ before, most, after }: Held): string => `${mb(after)} (${mb(before)} before, at most ${mb(most)})`;
  const ratio = ours.after / peer.after;
  const many = ALERTS_LONG.toLocaleString('en');
  return {
    id: 'P8',
    what: `memory after ${count(ask).toLocaleString('en')} different alerts`,
    ours: said(ours),
    floor: `${said(peer)}, Alertmanager`,
    ratio,
    goal: ask.long ? `≤ ${GOAL} ×` : `≤ ${GOAL} × after ${many}, with --long; here it is only said`,
    // With fewer alerts, what both hold when idle outweighs what the alerts cost.
    ok: !ask.long || ratio <= GOAL,
    note: `what the alerts added: ${((ours.after - ours.before) / (peer.after - peer.before)).toFixed(2)} ×`,
  };
}
