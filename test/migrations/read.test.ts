import { describe, expect, it } from 'vitest';
import type { Service } from '../../src/core/service.ts';
import { MIGRATION_READERS } from '../../src/migrations/index.ts';
import { readMigrationRuns } from '../../src/migrations/read.ts';
import { REST_OF_POLICY, REST_OF_RULES } from '../rests.ts';

const rollback = (migrationsRun: Service['rollback']['migrationsRun']): Pick<Service, 'rollback'> => ({
  rollback: {
    ...REST_OF_RULES,
    strategies: [],
    approve: { require: 1, from: [], requesterMay: false, expiresMs: 600_000, ...REST_OF_POLICY },
    tagPrefix: '',
    migrations: [],
    migrationsRun,
  },
});
const parts = (secrets: (name: string) => string | undefined = () => undefined) => ({ secrets, signal: AbortSignal.timeout(5_000) });

describe('migrations of a release', () => {
  it('are nobody’s question where services.yml names no reader, or where there are none', async () => {
    expect(await readMigrationRuns(rollback(undefined), ['db/migrate/1_x.rb'], parts())).toEqual([]);
    expect(await readMigrationRuns(rollback({ use: 'http', options: { url: 'http://127.0.0.1:9/' } }), [], parts())).toEqual([]);
  });

  it('a reader that is not there, or options that are not its own, are said and never thrown', async () => {
    const [gone] = await readMigrationRuns(rollback({ use: 'smtp', options: {} }), ['a/migrations/1.sql'], parts());
    expect(gone).toEqual({
      file: 'a/migrations/1.sql',
      state: 'unknown',
      because: 'there is no reader of migrations called smtp; check services.yml → rollback.migrations_run',
    });
    const [wrong] = await readMigrationRuns(rollback({ use: 'http', options: { uri: 'x' } }), ['a/migrations/1.sql'], parts());
    expect(wrong?.because).toMatch(/^services.yml → rollback.migrations_run cannot be used: url: /);
  });

  it('words that are not ours are not repeated: they could hold a password', async () => {
    const secrets = (): never => {
      throw new Error('cannot connect to postgres://bob:hunter2@db/shop');
    };
    const [run] = await readMigrationRuns(rollback({ use: 'http', options: { url: 'http://127.0.0.1:9/', token_env: 'TOKEN' } }), ['m/1.sql'], parts(secrets));
    expect(run).toEqual({ file: 'm/1.sql', state: 'unknown', because: 'the reader of migrations broke down; nothing is known about what was run' });
  });

  it('readers are told apart by a name and a sentence', () => {
    expect(MIGRATION_READERS.map(({ use }) => use)).toEqual(['http', 'sql']);
    for (const { about } of MIGRATION_READERS) expect(about).toMatch(/^[A-Z][^\n]{10,200}\.$/);
  });
});
