/** What somebody with a shell on the machine can do to the file, and what the record says about it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { proveAudit } from '../../src/store/audit.ts';
import { first } from '../../src/store/migrations/0001-first.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import { changeOf, noted, rowOf, T0 } from './example.ts';

const REFUSALS = ['event_refuses_update', 'event_refuses_delete', 'audit_refuses_update', 'audit_refuses_delete'];

describe('the record in a SQLite file', () => {
  let folder = '';
  let path = '';
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tagback-audit-'));
    path = join(folder, 'tagback.db');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** Rows 1–4 are the events of INC-1, rows 5–8 those of INC-2. */
  async function made(): Promise<void> {
    const store = await openSqlite({ path });
    for (const number of [1, 2]) await store.commit(changeOf(rowOf(number), 0, { events: ['a', 'b', 'c', 'd'].map((text) => noted(`${number}${text}`)) }));
    await store.close();
  }
  function edit(...statements: readonly string[]): void {
    const db = new DatabaseSync(path);
    try {
      for (const statement of statements) db.exec(statement);
    } finally {
      db.close();
    }
  }
  async function proof() {
    const store = await openSqlite({ path });
    try {
      return await proveAudit(store);
    } finally {
      await store.close();
    }
  }

  test.each([
    "update event set body = '{}' where incident = 'INC-1' and seq = 1",
    "delete from event where incident = 'INC-1'",
    "update audit set hash = 'x' where seq = 2",
    'delete from audit where seq > 3',
  ])('%s is refused', async (statement) => {
    await made();
    expect(() => edit(statement)).toThrow('append-only');
    expect(await proof()).toMatchObject({ rows: 8, broken: undefined });
  });

  test.each([
    ["update event set body = replace(body, '1b', 'nothing') where incident = 'INC-1' and seq = 1", { kind: 'changed', seq: 2, incident: 'INC-1', number: 1 }],
    ["delete from event where incident = 'INC-1' and seq = 2", { kind: 'removed', seq: 3, incident: 'INC-1', number: 2 }],
    ['delete from audit where seq = 4', { kind: 'removed', seq: 4 }],
    ['delete from audit where seq in (1, 2)', { kind: 'removed', seq: 1, because: 'rows 1 to 2 are gone' }],
    ['delete from audit where seq = 8', { kind: 'removed', seq: 8, incident: 'INC-2', number: 3 }],
    ["delete from audit where seq = 8; delete from event where incident = 'INC-2' and seq = 3", { kind: 'removed', seq: 8 }],
    ['delete from audit; delete from event', { kind: 'removed', seq: 1 }],
    ["insert into event values ('INC-1', 4, '{}')", { kind: 'inserted', seq: 9, incident: 'INC-1', number: 4 }],
    ["insert into event values ('INC-1', 4, '{}'); insert into audit values (9, 'INC-1', 4, 0, 'beef')", { kind: 'changed', seq: 9, number: 4 }],
    ['update audit set at = at + 1 where seq = 6', { kind: 'changed', seq: 6 }],
    ['update audit set seq = seq + 1000 where seq = 3', { kind: 'reordered', seq: 3 }],
    ['update audit set seq = -seq where seq in (2, 3); update audit set seq = 5 + seq where seq < 0', { kind: 'reordered', seq: 2 }],
    ["update event set seq = -seq where incident = 'INC-1' and seq in (1, 2); update event set seq = 3 + seq where seq < 0", { kind: 'reordered', seq: 2 }],
    ["update incident set version = 3 where id = 'INC-2'", { kind: 'inserted', seq: 9, because: 'the incidents know of 7 events, the record holds 8' }],
  ])('%s is found when it was not refused', async (statement, broken) => {
    await made();
    edit(...REFUSALS.map((name) => `drop trigger ${name}`), statement);
    expect((await proof()).broken).toMatchObject(broken);
  });

  test('events of a database made before there was a record are chained in the order in which they were written', async () => {
    const events = [
      ['INC-1', 0],
      ['INC-1', 1],
      ['INC-2', 0],
      ['INC-1', 2],
    ] as const;
    edit(
      ...first({ identity: 'integer primary key autoincrement', clustered: ' without rowid' }),
      'create table schema_version (only_row integer primary key check (only_row = 1), version integer not null)',
      'insert into schema_version values (1, 1)',
      ...[1, 2].map((n) => `insert into incident values (${n}, 'INC-${n}', 'k${n}', 's', 't', 'open', 'sev2', null, ${n === 1 ? 3 : 1}, ${T0}, ${T0})`),
      ...events.map(([id, seq], index) => `insert into event values ('${id}', ${seq}, '${JSON.stringify({ ...noted('old'), at: T0 + index })}')`),
    );
    const store = await openSqlite({ path });
    expect((await store.auditPage(0, 9)).map(({ seq, incident, number, at }) => [seq, incident, number, at - T0])).toEqual([
      [1, 'INC-1', 0, 0],
      [2, 'INC-1', 1, 1],
      [3, 'INC-2', 0, 2],
      [4, 'INC-1', 2, 3],
    ]);
    expect(await store.commit(changeOf(rowOf(2), 1))).toEqual({ kind: 'done' });
    expect(await proveAudit(store)).toMatchObject({ rows: 5, broken: undefined });
    await store.close();
    expect(() => edit('delete from event')).toThrow('append-only');
  });

  test('thousands of old events are chained, too', async () => {
    const store = await openSqlite({ path });
    await store.commit(changeOf(rowOf(1), 0, { events: Array.from({ length: 2_500 }, (_, n) => noted(`${n}`)) }));
    const { hash } = await store.auditHead();
    await store.close();
    const later = [
      'drop table held',
      'drop table snooze',
      'drop index signal_incident',
      'alter table signal drop column service',
      'drop index incident_resolved',
    ];
    const columns = ['resolved_at', 'outline'].map((name) => `alter table incident drop column ${name}`);
    edit(...REFUSALS.map((name) => `drop trigger ${name}`), 'drop table audit', ...later, ...columns, 'update schema_version set version = 1');
    const again = await openSqlite({ path });
    expect(await again.auditHead()).toEqual({ seq: 2_500, hash }); // all were written at the time at which they happened
    expect(await proveAudit(again)).toMatchObject({ rows: 2_500, broken: undefined });
    await again.close();
  });
});
