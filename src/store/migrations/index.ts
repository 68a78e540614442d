/** Every change of the tables, in order; the position is the schema's version. A migration that was released is never edited. */
import { rows, type Work } from '../work.ts';
import { first } from './0001-first.ts';
import { audit } from './0002-audit.ts';
import { joining } from './0003-joining.ts';
import type { Dialect } from './dialect.ts';

export type { Dialect };
export type Migration = (dialect: Dialect) => Work<void>;
export const MIGRATIONS: readonly Migration[] = [statements(first), audit, statements(joining)];

function statements(of: (dialect: Dialect) => readonly string[]): Migration {
  return function* (dialect) {
    for (const statement of of(dialect)) yield* rows(statement);
  };
}
