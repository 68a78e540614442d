import { describe, expect, it } from 'vitest';
import { judgeMigrations } from '../../src/migrations/judge.ts';

type State = 'run' | 'not-run' | 'unknown';
const state = (file: string, entries: readonly string[], lists?: 'all' | 'newest'): State | undefined =>
  judgeMigrations([file], { entries, lists, source: 'the table' })[0]?.state;

const RAILS = 'db/migrate/20261117093000_add_total.rb';
const DJANGO = 'shop/orders/migrations/0007_add_total.py';
const ALEMBIC = 'alembic/versions/ae1027a6acf0_add_total.py';
const FLYWAY = 'src/main/resources/db/migration/V7__add_total.sql';
const LIQUIBASE = 'src/main/resources/db/changelog/2026-11-add-total.xml';
const PRISMA = 'prisma/migrations/20261117093000_add_total/migration.sql';
const KNEX = 'migrations/20261117093000_add_total.ts';
const GO_MIGRATE = 'migrations/000007_add_total.up.sql';
const TYPEORM = 'src/migrations/1668701234567-AddTotal.ts';
const LARAVEL = 'database/migrations/2026_11_17_093000_add_total.php';

describe('a migration was run when the list names it the way its tool does', () => {
  const cases: readonly (readonly [tool: string, file: string, entries: readonly string[]])[] = [
    ['Rails', RAILS, ['20261001000000', '20261117093000']],
    ['Django, app and name', DJANGO, ['orders.0006_old', 'orders.0007_add_total']],
    ['Django, name alone', DJANGO, ['0006_old', '0007_add_total']],
    ['Alembic', ALEMBIC, ['ae1027a6acf0']],
    ['Alembic with a date in front', 'migrations/versions/2026_11_17_0930-ae1027a6acf0_add_total.py', ['ae1027a6acf0']],
    ['Flyway, version', FLYWAY, ['6', '7']],
    ['Flyway, script', FLYWAY, ['V6__old.sql', 'V7__add_total.sql']],
    ['Flyway, script with its folder', FLYWAY, ['db/migration/V6__old.sql', 'db/migration/V7__add_total.sql']],
    ['Flyway, 1.10 written with underscores', 'db/migration/V1_10__x.sql', ['1.9', '1.10']],
    ['Flyway, 2 and 2.0', 'db/migration/V2__x.sql', ['1', '2.0']],
    ['Liquibase', LIQUIBASE, ['db/changelog/old.xml', 'db/changelog/2026-11-add-total.xml']],
    ['Liquibase with classpath:', LIQUIBASE, ['db/changelog/old.xml', 'classpath:db/changelog/2026-11-add-total.xml']],
    ['Prisma', PRISMA, ['20261001000000_old', '20261117093000_add_total']],
    ['Knex, compiled', KNEX, ['20261001000000_old.js', '20261117093000_add_total.js']],
    ['golang-migrate', GO_MIGRATE, ['7']],
    ['golang-migrate, further on', GO_MIGRATE, ['12']],
    ['TypeORM', TYPEORM, ['Old1668700000000', 'AddTotal1668701234567']],
    ['Laravel', LARAVEL, ['2026_10_01_000000_old', '2026_11_17_093000_add_total']],
  ];
  it.each(cases)('%s', (_, file, entries) => expect(state(file, entries)).toBe('run'));
});

describe('it was not run when a list of such names lacks it', () => {
  const cases: readonly (readonly [tool: string, file: string, entries: readonly string[]])[] = [
    ['Rails', RAILS, ['20261001000000', '20261002000000']],
    ['Django', DJANGO, ['orders.0006_old', 'billing.0007_add_total', 'orders.0005_older']],
    ['Flyway, version', FLYWAY, ['5', '6']],
    ['Flyway, script', FLYWAY, ['V5__older.sql', 'V6__old.sql']],
    ['Flyway, 1.10 is not 1.1', 'db/migration/V1.10__x.sql', ['1', '1.1']],
    ['Flyway, 2 is not the end of V1.2', 'db/migration/V2__x.sql', ['V1.1', 'V1.2']],
    ['Liquibase', LIQUIBASE, ['db/changelog/old.xml', 'db/changelog/older.xml']],
    ['Prisma', PRISMA, ['20261001000000_old', '20261002000000_other']],
    ['Knex', KNEX, ['20261001000000_old.js', '20261002000000_other.js']],
    ['golang-migrate', GO_MIGRATE, ['6']],
    ['TypeORM', TYPEORM, ['Old1668700000000', 'Older1668600000000']],
    ['Laravel', LARAVEL, ['2026_10_01_000000_old', '2026_11_17_093001_other']],
  ];
  it.each(cases)('%s', (_, file, entries) => expect(state(file, entries)).toBe('not-run'));
});

describe('what a list cannot tell is unknown, never "not run"', () => {
  const cases: readonly (readonly [why: string, file: string, entries: readonly string[]])[] = [
    ['an empty list may be the wrong table', RAILS, []],
    ['hashes, as Drizzle keeps them', 'drizzle/migrations/0007_odd_hulk.sql', ['9f86d081884c7d659a2feaa0c55ad015', '60303ae22b998861bce3b28f33eec1be']],
    ['the table of another tool', RAILS, ['1', '2', '3']],
    ['Alembic names only where it is', ALEMBIC, ['ffffffffffff']],
    ['two heads of Alembic are no whole list either', ALEMBIC, ['ffffffffffff', 'eeeeeeeeeeee']],
    ['ids of changes, where Liquibase lists files', LIQUIBASE, ['1', '2', 'add-total']],
    ['the number of another app of Django', DJANGO, ['1', '7']],
    ['an app of Django that was never run here', DJANGO, ['billing.0001_initial', 'billing.0002_more']],
    ['the same number under another name', FLYWAY, ['V6__old.sql', 'V7__add_sum.sql']],
    ['golang-migrate in the middle of one', GO_MIGRATE, ['dirty']],
    ['a repeatable script of Flyway', 'db/migration/R__views.sql', ['1', '2', 'R__views.sql']],
    ['one name that does not compare', RAILS, ['old']],
  ];
  it.each(cases)('%s', (_, file, entries) => expect(state(file, entries)).toBe('unknown'));

  it('unless services.yml says that the list is whole', () => {
    expect(state(ALEMBIC, ['ffffffffffff', 'eeeeeeeeeeee'], 'all')).toBe('not-run');
    expect(state(GO_MIGRATE, ['12'], 'all')).toBe('not-run');
  });
});

it('where only the newest is listed, everything up to it was run', () => {
  expect(state('migrations/0009_x.up.sql', ['10'], 'newest')).toBe('run');
  expect(state('migrations/0011_x.up.sql', ['10', '9'], 'newest')).toBe('not-run');
  // The same number under another name is not "not run" here, either.
  expect(state('migrations/0010_x.up.sql', ['0010_renamed'], 'newest')).toBe('run');
  expect(state('migrations/20261117093000_x.up.sql', ['10'], 'newest')).toBe('unknown');
  expect(state('orders/migrations/0007_x.py', ['orders.0008_y', 'billing.0003_z'], 'newest')).toBe('run');
  expect(state('billing/migrations/0007_x.py', ['orders.0008_y', 'billing.0003_z'], 'newest')).toBe('not-run');
  expect(state('ABSENT/migrations/0007_x.py', ['orders.0008_y'], 'newest')).toBe('unknown');
});

it('a dump of the schema, a lock file and a way back follow the migrations of their release', () => {
  const companions = ['db/schema.rb', 'prisma/schema.prisma', 'prisma/migrations/migration_lock.toml', 'migrations/000007_add_total.down.sql'];
  const of = (entries: readonly string[], migration: readonly string[] = [PRISMA]) =>
    judgeMigrations([...companions, ...migration], { entries, lists: undefined, source: 'the table' })
      .slice(0, companions.length)
      .map((run) => run.state);
  expect(of(['20261117093000_add_total', '20261001000000_old'])).toEqual(['run', 'run', 'run', 'run']);
  expect(of(['20261002000000_other', '20261001000000_old'])).toEqual(['not-run', 'not-run', 'not-run', 'not-run']);
  expect(of([])).toEqual(['unknown', 'unknown', 'unknown', 'unknown']);
  expect(of(['20261117093000_add_total'], [])).toEqual(['unknown', 'unknown', 'unknown', 'unknown']);
  // One that was run is enough for the dump to differ.
  expect(of(['20261117093000_add_total', '20261001000000_old'], [PRISMA, 'prisma/migrations/20261118000000_b/migration.sql'])[0]).toBe('run');
});

it('the reason names who says so and what was found, without anything hidden in it', () => {
  const because = (file: string, entries: readonly string[]) => judgeMigrations([file], { entries, lists: undefined, source: 'shop.example' })[0]?.because;
  expect(because(RAILS, ['1', '20261117093000'])).toBe('shop.example has 20261117093000');
  expect(because(RAILS, ['20260101000000', '20260102000000'])).toBe('shop.example lists 2 migrations and not 20261117093000_add_total');
  expect(because(RAILS, [])).toBe('shop.example lists no migration at all');
  expect(because(DJANGO, ['billing.0001_a', 'billing.0002_b'])).toBe('shop.example lists nothing of the app orders');
  expect(because(RAILS, ['1', '2'])).toBe('nothing that shop.example lists is named like 20261117093000_add_total');
  expect(because(GO_MIGRATE, ['6'])).toBe('shop.example is at 6, and this is 7');
  expect(because('db/migrate/20261117093000_\u202eevil.rb', ['20260101000000', '20260102000000'])).toBe(
    'shop.example lists 2 migrations and not 20261117093000_evil',
  );
});

it('300 files against 20,000 entries take less than a second', () => {
  const entries = Array.from({ length: 20_000 }, (_, index) => `orders.${String(index).padStart(4, '0')}_${'x'.repeat(300)}`);
  const files = Array.from({ length: 300 }, (_, index) => `other${index}/migrations/${30_000 + index}_y.py`);
  const before = process.threadCpuUsage();
  expect(new Set(judgeMigrations(files, { entries, lists: undefined, source: 'x' }).map((run) => run.state))).toEqual(new Set(['unknown']));
  const { user, system } = process.threadCpuUsage(before);
  expect((user + system) / 1_000).toBeLessThan(1_000);
});
