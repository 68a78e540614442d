/** A worker that always comes late: each alert is stored right before it looks what is due. On a real database, by a clock the test moves. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WORKER_LIMITS } from '../../src/engine/worker.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import type { Store, Task } from '../../src/store/store.ts';
import { furnish, named, type Room } from './reception.ts';

const TICK_MS = 500;
/** Numbers are shown at the moments of a clock that strikes every 15 s. */
const LATEST_MS = 15_000;
const STORM = 'INC-5';
let store: Store;
let room: Room;
let alerts = 0;

/** Another alert, of a service the card names already unless told. */
const fires = (service = 's4', state: 'firing' | 'resolved' = 'firing', fingerprint = `n${++alerts}`): Promise<void> =>
  room.fire({ service, state, fingerprint });

/** The card's tasks that are due and that nobody else has. */
async function claims(): Promise<readonly Task[]> {
  const { leaseMs, settleMs } = WORKER_LIMITS;
  const tasks = await store.claim({ now: room.now(), limit: 100, leaseMs, settleMs });
  const mine = tasks.filter(({ effect, incident }) => incident === STORM && effect.key === 'show:card');
  for (const task of tasks) if (!mine.includes(task)) await store.finish(task, room.now());
  return mine;
}
/** Whether the card is edited now. */
async function edits(): Promise<boolean> {
  const cards = await claims();
  for (const task of cards) await store.finish(task, room.now());
  return cards.length > 0;
}
const tick = (): Promise<void> => room.pass(TICK_MS);

beforeEach(async () => {
  store = await openSqlite({ path: ':memory:' });
  room = furnish(store, { services: Array.from({ length: 20 }, (_, at) => named(`s${at}`)) });
  // Off the stroke of the clock, so that each of its moments passes unseen between two looks.
  await room.pass(7);
  for (let at = 0; at < 5; at += 1) await fires(`s${at}`);
  for (let at = 0; at < 5; at += 1) await fires();
  await room.hears(STORM, { kind: 'channelOpened', channel: { id: 'C5', name: 'inc-5-storm' } });
  await edits();
});
afterEach(() => store.close());

describe('while alerts come without end and only the numbers change, the card of a storm', () => {
  test('is edited at the latest 15 s after something changed, and not much oftener', async () => {
    let [unshownSince, count]: [number | undefined, number] = [undefined, 0];
    for (let at = 0; at < 240; at += 1) {
      await tick();
      if (at % 3 === 0) await fires('s4', 'resolved', `n${alerts}`);
      else await fires();
      unshownSince ??= room.now();
      if (await edits()) [unshownSince, count] = [undefined, count + 1];
      else expect(room.now() - unshownSince, `${count} edits, then none`).toBeLessThan(LATEST_MS + TICK_MS);
    }
    expect(count).toBeLessThanOrEqual((240 * TICK_MS) / LATEST_MS + 1);
  });

  test('is edited at once when a service joins, whatever else comes in the same moment', async () => {
    await tick();
    await fires();
    expect(await edits()).toBe(false);
    await tick();
    await fires('s9');
    await fires();
    expect(await edits()).toBe(true);
    await tick();
    await room.fire({ service: 's10', fingerprint: 'x1' }, { service: 's4', fingerprint: 'x2' }, { service: 's4', fingerprint: 'x3' });
    expect(await edits()).toBe(true);
  });

  test('is edited once more at once when a service joins while it is being edited', async () => {
    await tick();
    await fires('s9');
    const [edit] = await claims();
    expect(edit).toBeDefined();
    for (const service of ['s4', 's10', 's4']) await fires(service);
    expect(await edits()).toBe(false);
    if (edit) await store.finish(edit, room.now());
    expect(await edits()).toBe(true);
    expect(await edits()).toBe(false);
  });
});
