/** A split changes two incidents and says of an alert which of them has it. Whatever ends it half way, all of it stands or nothing of it. */
import { spawnSync } from 'node:child_process';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openSqlite } from '../../src/store/sqlite.ts';
import type { Store } from '../../src/store/store.ts';
import { ada } from '../core/given.ts';
import { furnish } from './reception.ts';

const ONCE = 'the split';
const split = (store: Store) => furnish(store).reception.rearrange('INC-1', { kind: 'split', what: 'alertmanager:b' }, { by: ada, once: ONCE });

let folder: string;
/** INC-1 with the alerts a and b; nobody has it open. */
let before: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tagback-split-'));
  before = join(folder, 'before.db');
  const store = await openSqlite({ path: before });
  await furnish(store).fire({ fingerprint: 'a' }, { fingerprint: 'b' });
  await store.close();
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function copied(name: string): Promise<string> {
  const path = join(folder, `${name}.db`);
  await copyFile(before, path);
  return path;
}

/** Opens what is there, as the next program would, and closes it again. */
async function look<T>(path: string, at: (store: Store) => Promise<T>): Promise<T> {
  const store = await openSqlite({ path });
  try {
    return await at(store);
  } finally {
    await store.close();
  }
}

/** Everything that says to which incident an alert belongs. */
async function told(store: Store) {
  const room = furnish(store);
  const ids = await room.ids();
  const alerts = await Promise.all(ids.map(async (id) => Object.keys((await room.incident(id)).alerts)));
  const homes = await Promise.all(['a', 'b'].map(async (name) => (await store.signal('alertmanager', name))?.incident));
  const lasts = await Promise.all(ids.map(async (id) => (await store.events(id)).at(-1)?.kind));
  const { events, versions } = await store.auditTotals();
  return { ids, alerts, homes, lasts, channelIsDue: (await store.tasks('INC-2')).length > 0, isInOrder: events === versions && !(await store.auditStray()) };
}
const NOTHING = {
  ids: ['INC-1'],
  alerts: [['alertmanager:a', 'alertmanager:b']],
  homes: ['INC-1', 'INC-1'],
  lasts: ['alerted'],
  channelIsDue: false,
  isInOrder: true,
};
const ALL = {
  ids: ['INC-1', 'INC-2'],
  alerts: [['alertmanager:a'], ['alertmanager:b']],
  homes: ['INC-1', 'INC-2'],
  lasts: ['alertsLeft', expect.any(String)],
  channelIsDue: true,
  isInOrder: true,
};

interface Life {
  readonly signal: NodeJS.Signals | null;
  /** The statements of the split, in order; only of a life that nothing ended. */
  readonly statements: readonly string[];
}
function live(path: string, tornAfter?: number): Life {
  const here = (file: string) => fileURLToPath(new URL(file, import.meta.url));
  const env = { ...process.env, TORN_WORD: ONCE, ...(tornAfter !== undefined && { TORN_AFTER: String(tornAfter) }) };
  const args = ['--import', here('./torn.ts'), here('./split-once.ts'), path, ONCE];
  const { signal, status, stdout, stderr } = spawnSync(process.execPath, args, { env, encoding: 'utf8', timeout: 50_000 });
  if (signal === null && status !== 0) throw new Error(`the program that splits ended with ${status}: ${stderr}`);
  return { signal, statements: stdout.split('\n').slice(0, -1) };
}

test('killed at any of its turns, it is done altogether or not at all, and asked for once more it is done once', async () => {
  const whole = await copied('whole');
  const { statements } = live(whole);
  expect(await look(whole, told)).toEqual(ALL);
  const at = (statement: string): number => {
    const found = statements.indexOf(statement);
    if (found < 0) throw new Error(`the split runs no “${statement}”; it runs ${statements.join(', ')}`);
    return found;
  };
  const [firstHalf, secondHalf, moved, committed] = [at('update incident set'), at('insert into incident'), at('update signal set'), at('commit')];

  for (const turn of [firstHalf, secondHalf - 1, secondHalf, moved - 1, moved, committed - 1, committed]) {
    const path = await copied(`torn-${turn}`);
    expect(live(path, turn).signal, `after statement ${turn}`).toBe('SIGKILL');
    const found = await look(path, told);
    expect(found, `killed after statement ${turn}, ${statements[turn]}`).toEqual(turn < committed ? NOTHING : ALL);
    expect(await look(path, split)).toMatchObject({ ok: turn < committed });
    expect(await look(path, told)).toEqual(ALL);
  }
});

test.each([
  ['the new incident cannot be written', 'insert on incident', `new.id = 'INC-2'`],
  ['its first event cannot be written', 'insert on event', `new.incident = 'INC-2'`],
  ['its channel cannot be ordered', 'insert on task', `new.incident = 'INC-2'`],
  ['the alert cannot be moved', 'update on signal', `new.incident = 'INC-2'`],
])('when %s, the other half is not written either, nobody in the program believes it was, and it can be asked for again', async (_, change, when) => {
  const path = await copied('broken');
  const outside = (statement: string): void => {
    const db = new DatabaseSync(path);
    db.exec(statement);
    db.close();
  };
  outside(`create trigger breaks before ${change} when ${when} begin select raise(abort, 'broken on purpose'); end`);
  await look(path, async (store) => {
    const room = furnish(store);
    await expect(room.reception.rearrange('INC-1', { kind: 'split', what: 'alertmanager:b' }, { by: ada, once: ONCE })).rejects.toMatchObject({
      message: expect.stringContaining('broken on purpose'),
    });
    expect(Object.keys((await room.incident('INC-1')).alerts)).toHaveLength(2);
    expect(await told(store)).toEqual(NOTHING);
    // The program goes on: what fires now is counted where it belongs.
    await room.fire({ fingerprint: 'b', state: 'resolved', at: room.now() + 1 });
    expect((await room.incident('INC-1')).alerts['alertmanager:b']?.state).toBe('resolved');
  });
  outside('drop trigger breaks');
  expect(await look(path, split)).toMatchObject({ ok: true });
  expect(await look(path, told)).toEqual(ALL);
});
