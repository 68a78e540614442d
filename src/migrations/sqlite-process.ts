/** Runs one select and prints its rows: a program of its own, started by sql.ts and ended by it when it takes too long. */
import { existsSync, readFileSync } from 'node:fs';
import { constants, DatabaseSync } from 'node:sqlite';

/** How long to wait for whoever is writing. */
const BUSY_MS = 2_000;
/** Attaching, pragmas and `vacuum into` write files even from a database that is opened for reading. */
const ALLOWED: ReadonlySet<number> = new Set([constants.SQLITE_SELECT, constants.SQLITE_READ, constants.SQLITE_FUNCTION, constants.SQLITE_RECURSIVE]);

const { path, query, mostRows } = JSON.parse(readFileSync(0, 'utf8')) as { path: string; query: string; mostRows: number }; // sql.ts wrote it

process.stdout.write(JSON.stringify(answer()));

function answer(): { rows: readonly unknown[] } | { error: string } {
  if (!existsSync(path)) return { error: 'the SQLite file is not there, or may not be read' };
  try {
    return { rows: select() };
  } catch (error) {
    // SQLite's own words name tables and columns, never values.
    return { error: `SQLite says: ${(error instanceof Error ? error.message : 'unknown').replace(/\s+/g, ' ').slice(0, 200)}` };
  }
}

function select(): readonly unknown[] {
  const database = new DatabaseSync(path, { readOnly: true, timeout: BUSY_MS, allowExtension: false });
  try {
    database.setAuthorizer((action) => (ALLOWED.has(action) ? constants.SQLITE_OK : constants.SQLITE_DENY));
    const statement = database.prepare(query);
    statement.setReadBigInts(true);
    const rows: unknown[] = [];
    for (const row of statement.iterate()) {
      if (rows.push(joined(Object.values(row))) >= mostRows) break;
    }
    return rows;
  } finally {
    database.close();
  }
}

/** One column as it is; several as `app.name`. Empty ones say nothing: they make the row one that cannot be read. */
function joined(values: readonly unknown[]): string | null {
  const texts = values.map((value) => (typeof value === 'bigint' ? value.toString() : value));
  return texts.every((text) => typeof text === 'string') ? texts.join('.') : null;
}
