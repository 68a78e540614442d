/** Every change of the tables, in order; the position is the schema's version. A migration that was released is never edited. */
import { type Dialect, first } from './0001-first.ts';

export type { Dialect };
export const MIGRATIONS: readonly ((dialect: Dialect) => readonly string[])[] = [first];
