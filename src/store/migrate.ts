import { Failure } from '../lib/failure.ts';
import { type Dialect, MIGRATIONS } from './migrations/index.ts';
import * as sql from './sql.ts';
import { rows, type Work } from './work.ts';

/** Brings the tables up to date; to be run in one transaction. Refuses tables written by a newer Tagback: it cannot know what they mean. */
export function* migrate(dialect: Dialect, name: string): Work<{ from: number; to: number }> {
  yield* rows(sql.createSchemaVersion);
  const [row] = yield* rows<{ version: number }>(sql.selectSchemaVersion);
  const from = row?.version ?? 0;
  const to = MIGRATIONS.length;
  if (from > to) {
    throw new Failure('E_STORE', `${name} has schema ${from}, this Tagback knows schemas up to ${to}; nothing was changed`, {
      hint: 'start the newer Tagback again, or restore the backup made before the update',
      permanent: true,
    });
  }
  for (const migration of MIGRATIONS.slice(from)) yield* migration(dialect);
  if (from < to) yield* rows(sql.upsertSchemaVersion, to);
  return { from, to };
}
