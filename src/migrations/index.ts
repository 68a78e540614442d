import type { MigrationReader } from './adapter.ts';
import { http } from './http.ts';
import { sql } from './sql.ts';

/** Every way to find out which migrations were run. */
export const MIGRATION_READERS: readonly MigrationReader[] = [http, sql];
