import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MigrationRun } from '../../src/core/rollback-facts.ts';
import { readMigrationRuns } from '../../src/migrations/read.ts';
import { sql } from '../../src/migrations/sql.ts';
import { REST_OF_POLICY, REST_OF_RULES } from '../rests.ts';

const folder = mkdtempSync(join(tmpdir(), 'tagback-sql-'));
const file = join(folder, 'shop.db');
beforeAll(() => {
  const database = new DatabaseSync(file);
  database.exec(`
    pragma journal_mode = wal;
    create table schema_migrations (version text primary key);
    insert into schema_migrations values ('20261001000000'), ('20261117093000');
    create table django_migrations (id integer primary key, app text, name text, applied text);
    insert into django_migrations (app, name) values ('orders', '0006_old'), ('orders', '0007_add_total'), ('billing', '0008_sum');
    create table go_migrations (version integer, dirty boolean);
    insert into go_migrations values (7, 0);
    create table users (name text, password text);
    insert into users values ('ada', 'hunter2');
  `);
  database.close();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function ask(
  files: readonly string[],
  options: object,
  more: { secrets?: Readonly<Record<string, string>>; signal?: AbortSignal } = {},
): Promise<readonly MigrationRun[]> {
  const rollback = {
    ...REST_OF_RULES,
    strategies: [],
    approve: { require: 1, from: [], requesterMay: false, expiresMs: 600_000, ...REST_OF_POLICY },
    tagPrefix: '',
    migrations: [],
    migrationsRun: { use: 'sql', options: { ...options } },
  };
  const { secrets = {}, signal = AbortSignal.timeout(15_000) } = more;
  return readMigrationRuns({ rollback }, files, { secrets: (name) => secrets[name], signal });
}
const RAILS = ['db/migrate/20261117093000_add_total.rb', 'db/migrate/20261118093000_add_tax.rb'];
const states = (runs: readonly MigrationRun[]): readonly string[] => runs.map(({ state }) => state);
const because = async (options: object, more?: Parameters<typeof ask>[2]): Promise<string> => {
  const [run] = await ask(RAILS, options, more);
  expect(run?.state).toBe('unknown');
  return run?.because ?? '';
};

describe('the table of migrations in an SQLite file', () => {
  it('of Rails, of Django (app and name), and of golang-migrate', async () => {
    expect(await ask(RAILS, { file, query: 'select version from schema_migrations' })).toEqual([
      { file: RAILS[0], state: 'run', because: 'the table of migrations has 20261117093000' },
      { file: RAILS[1], state: 'not-run', because: 'the table of migrations lists 2 migrations and not 20261118093000_add_tax' },
    ]);
    const django = ['orders/migrations/0007_add_total.py', 'orders/migrations/0008_sum.py', 'billing/migrations/0008_sum.py'];
    expect(states(await ask(django, { file, query: 'select app, name from django_migrations' }))).toEqual(['run', 'not-run', 'run']);
    const steps = ['migrations/0007_a.up.sql', 'migrations/0008_b.up.sql'];
    expect(states(await ask(steps, { file, query: "select case when dirty then 'dirty' else version end from go_migrations;" }))).toEqual(['run', 'not-run']);
  });

  it('is found by an environment variable', async () => {
    for (const value of [file, `sqlite://${file}`, `sqlite3:${file}`, `file:${file}`])
      expect(states(await ask(RAILS, { url_env: 'SHOP_DB', query: 'select version from schema_migrations' }, { secrets: { SHOP_DB: value } })), value).toEqual([
        'run',
        'not-run',
      ]);
  });

  it('can be read while somebody writes to it', async () => {
    const writer = new DatabaseSync(file);
    writer.exec("begin immediate; insert into schema_migrations values ('20261118093000')");
    expect(states(await ask(RAILS, { file, query: 'select version from schema_migrations' }))).toEqual(['run', 'not-run']);
    writer.exec('rollback');
    writer.close();
  });
});

describe('what goes wrong is said, and makes every migration unknown', () => {
  it('another database, without its password', async () => {
    const said = await because({ url_env: 'SHOP_DB', query: 'select 1' }, { secrets: { SHOP_DB: 'postgres://bob:hunter2@db/shop' } });
    expect(said).toBe(
      'SHOP_DB names no SQLite file but something of postgres:; for other databases use: http, with an address that lists the applied migrations',
    );
    expect(await because({ url_env: 'SHOP_DB', query: 'select 1' })).toContain('SHOP_DB is not set');
    expect(await because({ url_env: 'SHOP_DB', query: 'select 1' }, { secrets: { SHOP_DB: 'hunter2' } })).not.toContain('hunter2');
  });

  it('no file, no database, no table', async () => {
    expect(await because({ file: join(folder, 'none.db'), query: 'select 1' })).toContain('the SQLite file is not there');
    expect(existsSync(join(folder, 'none.db'))).toBe(false);
    writeFileSync(join(folder, 'text.db'), 'this is a text, and long enough to be looked at as the head of a database file. '.repeat(3));
    expect(await because({ file: join(folder, 'text.db'), query: 'select name from sqlite_schema' })).toContain('not a database');
    expect(await because({ file, query: 'select version from schema_migratoins' })).toBe(
      'SQLite says: no such table: schema_migratoins; check services.yml → rollback.migrations_run',
    );
    expect(await because({ file, query: 'select version from schema_migrations where version > 9' })).toContain('lists no migration at all');
  });

  it('rows that name no migration', async () => {
    expect(await because({ file, query: 'select null' })).toContain('no name of a migration');
    expect(await because({ file, query: "select '<html>'" })).toContain('no name of a migration');
  });

  it('a query that never ends is ended', { timeout: 30_000 }, async () => {
    const query = 'with recursive n(x) as (select 1 union all select x + 1 from n) select count(*) from n';
    const startedAt = performance.now();
    expect(await because({ file, query })).toBe('the query took longer than 5000 ms and was ended; select from the table of migrations alone');
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    expect(await because({ file, query }, { signal: AbortSignal.timeout(300) })).toBe('the question was cancelled before it was answered');
  });
});

describe('nothing is written, whatever the query says', () => {
  it('statements that are no select are refused when services.yml is read', () => {
    for (const query of [
      'delete from schema_migrations',
      "attach 'x' as y",
      'pragma user_version = 3',
      "vacuum into 'x'",
      'select 1; delete from schema_migrations',
    ])
      expect(sql.options.safeParse({ file, query }).success, query).toBe(false);
    expect(sql.options.safeParse({ query: 'select 1' }).success).toBe(false);
    expect(sql.options.safeParse({ file, url_env: 'SHOP_DB', query: 'select 1' }).success).toBe(false);
    expect(sql.options.safeParse({ file: 'relative.db', query: 'select 1' }).success).toBe(false);
  });

  it('those that look like one are refused by the database', async () => {
    const before = readFileSync(file);
    for (const query of [
      "with x as (select '9') insert into schema_migrations select * from x",
      'with x as (select 1) delete from schema_migrations',
      "with x as (select 1) update schema_migrations set version = '0'",
    ])
      expect(await because({ file, query }), query).toMatch(/^SQLite says: (?:not authorized|attempt to write a readonly database)/);
    expect(await because({ file, query: "select * from pragma_journal_mode('delete')" })).toMatch(/^SQLite says/);
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  it('and by the process that runs them, had they come so far', () => {
    const script = join(import.meta.dirname, '../../src/migrations/sqlite-process.ts');
    const ask = (query: string): string =>
      execFileSync(process.execPath, ['--disable-warning=ExperimentalWarning', script], {
        input: JSON.stringify({ path: file, query, mostRows: 10 }),
        encoding: 'utf8',
      });
    const stolen = join(folder, 'stolen.db');
    // Some write a file, although the database is opened for reading only.
    for (const query of [`vacuum into '${stolen}'`, `attach '${stolen}' as stolen`, 'pragma wal_checkpoint'])
      expect(JSON.parse(ask(query))).toEqual({ error: expect.stringMatching(/^SQLite says: (?:not authorized|authorization denied)/) });
    expect(existsSync(stolen)).toBe(false);
    expect(JSON.parse(ask('select version from schema_migrations'))).toEqual({ rows: ['20261001000000', '20261117093000'] });
  });

  it('a database that may only be read is enough', async () => {
    const copy = join(folder, 'readonly.db');
    const database = new DatabaseSync(copy);
    database.exec("create table m (version text); insert into m values ('20261117093000'), ('20261001000000')");
    database.close();
    chmodSync(copy, 0o400);
    expect(states(await ask(RAILS, { file: copy, query: 'select version from m' }))).toEqual(['run', 'not-run']);
  });
});
