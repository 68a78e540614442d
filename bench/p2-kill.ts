/** P2: alerts that were answered 2xx and are still known after kill -9 and a restart. Beside us Alertmanager, which keeps them in memory. */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { API_PATH, hasAlertmanager, NO_ALERTMANAGER, openAlertmanager } from './alertmanager.ts';
import { PROGRAM, pause, start } from './child.ts';
import type { Row } from './row.ts';
import { alertBody, openWorld, sendAlert, type World } from './world.ts';

const ROUNDS = 3;
const SENDERS = 8;
/** Each sender waits so long between two alerts: about 400 a second together, never more. */
const PAUSE_MS = 15;
/** Killed at a random moment within this. */
const LOAD_MS = { least: 600, most: 1_400 };
const CATCH_UP_MS = 20_000;

export const killed: Row = {
  ids: ['P2'],
  async run({ tell }) {
    const world = await openWorld();
    const acknowledged = new Set<string>();
    try {
      for (let round = 1; round <= ROUNDS; round++) await killUnderLoad(world, round, acknowledged);
      const kept = await keptBy(world, acknowledged);
      const them = hasAlertmanager() ? await alertmanager() : undefined;
      if (!them) tell(NO_ALERTMANAGER);
      const share = (part: { kept: number; of: number }): string => `${Math.floor((part.kept / part.of) * 100)} % of ${part.of}`;
      return [
        {
          id: 'P2',
          what: 'acknowledged alerts left after kill -9',
          ours: share({ kept, of: acknowledged.size }),
          floor: them ? `${share(them)} (Alertmanager)` : '–',
          ratio: undefined,
          goal: '100 %',
          ok: kept === acknowledged.size && acknowledged.size > 0,
          note: `${ROUNDS} kills under load, ${acknowledged.size - kept} lost`,
        },
      ];
    } finally {
      await world.close();
    }
  },
};

async function killUnderLoad(world: World, round: number, acknowledged: Set<string>): Promise<void> {
  const program = start(PROGRAM, { env: world.env });
  await program.said('tagback is up');
  const loadMs = LOAD_MS.least + Math.random() * (LOAD_MS.most - LOAD_MS.least);
  let dead = false;
  const sender = async (lane: number): Promise<void> => {
    for (let n = 0; !dead; n++) {
      const fingerprint = `r${round}s${lane}n${n}`;
      const taken = await sendAlert(world.url, alertBody({ service: 'service-1', n: fingerprint }, fingerprint)).then(
        () => true,
        () => false, // the kill cut the line: nobody promised anything
      );
      if (taken) acknowledged.add(fingerprint);
      await pause(PAUSE_MS);
    }
  };
  const senders = Array.from({ length: SENDERS }, (_, lane) => sender(lane));
  await pause(loadMs);
  await program.kill();
  dead = true;
  await Promise.all(senders);
}

/** Starts once more, lets it work through what it finds on its disk, stops it, and counts what it knows. */
async function keptBy({ env, dir, url }: World, acknowledged: ReadonlySet<string>): Promise<number> {
  const program = start(PROGRAM, { env });
  await program.said('tagback is up');
  const until = performance.now() + CATCH_UP_MS;
  while (performance.now() < until && !/^tagback_inbox_deliveries 0$/m.test(await (await fetch(`${url}/metrics`)).text())) await pause(50);
  await program.end();
  const database = new DatabaseSync(join(dir, 'tagback.db'), { readOnly: true });
  const rows = database.prepare('select fingerprint from signal').all() as { fingerprint: string }[]; // the column is text
  database.close();
  return rows.filter(({ fingerprint }) => acknowledged.has(fingerprint)).length;
}

async function alertmanager(): Promise<{ kept: number; of: number }> {
  const peer = await openAlertmanager();
  const api = `http://127.0.0.1:${peer.port}${API_PATH}`;
  try {
    const first = await peer.start();
    const of = 500;
    for (let n = 0; n < of; n += 10) {
      const alerts = Array.from({ length: 10 }, (_, k) => ({ labels: { alertname: 'Bench', n: String(n + k) } }));
      const answer = await fetch(api, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(alerts) });
      if (answer.status !== 200) throw new Error(`Alertmanager answered ${answer.status}`);
    }
    await first.kill();
    const second = await peer.start();
    const left: unknown = await (await fetch(api)).json();
    await second.kill();
    return { kept: Array.isArray(left) ? left.length : 0, of };
  } finally {
    peer.close();
  }
}
