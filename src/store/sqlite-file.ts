/** One open SQLite file: settings that make a commit durable and ours alone, tables up to date, counters ready. */
import { accessSync, closeSync, constants, existsSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { Failure } from '../lib/failure.ts';
import { migrate } from './migrate.ts';
import type { Dialect } from './migrations/index.ts';
import * as sql from './sql.ts';
import type { Store } from './store.ts';
import { rows, type Work } from './work.ts';

export type Counts = Awaited<ReturnType<Store['counts']>>;
export interface SqliteFile {
  /** True between `begin` and `commit`; false again when SQLite itself rolled back. */
  readonly inTransaction: () => boolean;
  readonly exec: (statement: string) => void;
  readonly perform: <T>(work: Work<T>) => T;
  readonly counts: () => Counts;
  readonly close: () => void;
  /** What opening did. */
  readonly opened: { readonly schema: { readonly from: number; readonly to: number }; readonly interruptedTasks: number };
}

const DIALECT: Dialect = {
  identity: 'integer primary key autoincrement',
  clustered: ' without rowid',
  appendOnly: (table) =>
    ['update', 'delete'].map(
      (change) => `create trigger ${table}_refuses_${change} before ${change} on ${table} begin select raise(abort, '${table} is append-only'); end`,
    ),
  eventsAsWritten: 'select rowid as place, incident, seq as number, body from event where rowid > $1 order by rowid limit $2',
};
// 16 MiB of pages kept in memory at most (negative: KiB); SQLite's own 2 MiB make a history of a million incidents read the disk.
const CACHE_KIB = 16_384;

// After a storm the log shrinks to this again.
const LOG_MAX_BYTES = 16 * 1024 * 1024;

// Exclusive: a second process cannot open the file, and the index of the log lives in our memory. The lock dies with the process.
const SETTINGS = [
  'pragma locking_mode = exclusive',
  'pragma journal_mode = wal',
  'pragma synchronous = full',
  'pragma foreign_keys = on',
  // Alerts stand in the inbox as they came, before secrets are taken out of them: what was read shall not linger in free pages.
  'pragma secure_delete = on',
  'pragma temp_store = memory',
  `pragma journal_size_limit = ${LOG_MAX_BYTES}`,
  `pragma cache_size = -${CACHE_KIB}`,
];

// Counting rows on every scrape would read whole tables. These counters live in memory, move with every row and roll back with every savepoint.
const COUNTERS = [
  'create temp table counter (name text primary key, n integer not null) without rowid',
  `insert into counter select 'inbox', count(*) from inbox union all select 'setAside', count(*) from set_aside union all select 'tasks', count(*) from task
   union all select 'open', count(*) from incident where phase <> 'resolved'`,
  `create temp trigger inbox_grows after insert on inbox begin update counter set n = n + 1 where name = 'inbox'; end`,
  `create temp trigger inbox_shrinks after delete on inbox begin update counter set n = n - 1 where name = 'inbox'; end`,
  `create temp trigger set_aside_grows after insert on set_aside begin update counter set n = n + 1 where name = 'setAside'; end`,
  `create temp trigger task_comes after insert on task begin update counter set n = n + 1 where name = 'tasks'; end`,
  `create temp trigger task_goes after delete on task begin update counter set n = n - 1 where name = 'tasks'; end`,
  `create temp trigger incident_opens after insert on incident when new.phase <> 'resolved'
   begin update counter set n = n + 1 where name = 'open'; end`,
  `create temp trigger incident_moves after update of phase on incident when (new.phase = 'resolved') <> (old.phase = 'resolved')
   begin update counter set n = n + (case when new.phase = 'resolved' then -1 else 1 end) where name = 'open'; end`,
];
const SELECT_COUNTERS = 'select name, n from counter';

/** Throws SQLite's own error or a `Failure`; the caller words it. `busyMs`: how long to wait for a predecessor that is still closing. */
export function openFile(path: string, busyMs: number): SqliteFile {
  if (path !== ':memory:') ensureWritable(path);
  const db = new DatabaseSync(path, { timeout: busyMs });
  try {
    return prepare(db, path);
  } catch (error) {
    db.close();
    throw error;
  }
}

function prepare(db: DatabaseSync, path: string): SqliteFile {
  for (const setting of SETTINGS) db.exec(setting);
  const mode = db.prepare('pragma journal_mode').get()?.journal_mode;
  if (mode !== 'wal' && path !== ':memory:') {
    const hint = 'put the data folder on a local disk; network file systems are not supported';
    throw new Failure('E_STORE', `${path} cannot use a write-ahead log here (journal mode stayed ${String(mode)}); nothing was stored`, { hint });
  }
  const perform = performer(db);
  db.exec('begin immediate');
  const schema = perform(migrate(DIALECT, path));
  // The exclusive lock proves that whoever held these leases is dead.
  const interruptedTasks = perform(rows(sql.voidLeases)).length;
  db.exec('commit');
  for (const statement of COUNTERS) db.exec(statement);
  return {
    inTransaction: () => db.isTransaction,
    exec: (statement) => db.exec(statement),
    perform,
    counts: () => countsFrom(perform(rows<{ name: keyof Counts; n: number }>(SELECT_COUNTERS))),
    close: () => db.close(),
    opened: { schema, interruptedTasks },
  };
}

function performer(db: DatabaseSync): SqliteFile['perform'] {
  const prepared = new Map<string, StatementSync>();
  const statement = (text: string): StatementSync => {
    const known = prepared.get(text);
    if (known) return known;
    const made = db.prepare(text.replaceAll(/\$(\d+)/g, '?$1'));
    prepared.set(text, made);
    return made;
  };
  return (work) => {
    let step = work.next();
    while (!step.done) step = work.next(statement(step.value.sql).all(...step.value.params));
    return step.value;
  };
}

const FOR_GOOD: readonly string[] = ['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EISDIR'];

/**
 * Alerts and timelines are nobody else's business on that machine; the log file gets the same rights from SQLite. An existing file is
 * never opened here: closing it would drop the lock that another thread of this process may hold (fcntl(2): POSIX locks go with any close).
 */
function ensureWritable(path: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    if (!existsSync(path)) closeSync(openSync(path, 'ax', 0o600));
    accessSync(dirname(path), constants.W_OK);
    accessSync(path, constants.R_OK | constants.W_OK);
  } catch (error) {
    throw new Failure('E_STORE', `${path} cannot be opened for writing (${error instanceof Error ? error.message : String(error)}); nothing was stored`, {
      hint: 'the folder must exist and both folder and file must be writable for the user that runs Tagback',
      // A full disk may be mended by waiting; rights are not.
      permanent: FOR_GOOD.includes((error as NodeJS.ErrnoException).code ?? ''), // of node:fs
      cause: error,
    });
  }
}

function countsFrom(counters: readonly { name: keyof Counts; n: number }[]): Counts {
  const counts = { inbox: 0, setAside: 0, tasks: 0, open: 0 };
  for (const { name, n } of counters) counts[name] = n;
  return counts;
}
