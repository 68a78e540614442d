/**
 * The table in which a tool notes what it ran, in an SQLite file. The query runs in a process of its own: SQLite works until it is done, and
 * only a process can be ended for sure.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { errorCode } from '../health/fetch.ts';
import { envName, type Secrets } from '../health/fetch-text.ts';
import { Failure } from '../lib/failure.ts';
import { defineMigrationReader, type MigrationAsk } from './adapter.ts';
import { entriesOfList, lists, MOST_ENTRIES } from './entries.ts';
import { judgeMigrations } from './judge.ts';

/** Of the query, and of the start of the process that runs it. */
const TIMEOUT_MS = 5_000;
const ANSWER_MAX_BYTES = 16 * 1024 * 1024;

const options = z
  .strictObject({
    file: z
      .string()
      .max(1_000)
      .regex(/^\/[^\0]+$/, 'expected the whole path of an SQLite file, e.g. /var/lib/shop/shop.db')
      .optional(),
    url_env: envName.optional().describe('Environment variable with the path, or with sqlite:///path'),
    query: z
      .string()
      .max(2_000)
      .regex(/^\s*(?:select|with)\b[^;]*;?\s*$/i, 'expected one statement that begins with select')
      .describe('Gives one row per migration: select version from schema_migrations. Several columns are joined with a dot: app, name'),
    lists,
  })
  .refine(({ file, url_env: env }) => (file === undefined) !== (env === undefined), 'expected one of file, url_env');

export const sql = defineMigrationReader({
  use: 'sql',
  about: 'A select from the table of applied migrations in an SQLite file, opened for reading only.',
  options,
  read,
});

async function read(where: z.output<typeof options>, { files, secrets, signal }: MigrationAsk) {
  const path = where.file ?? pathFrom(where.url_env ?? '', secrets);
  const rows = await rowsOf({ path, query: where.query, mostRows: MOST_ENTRIES + 1 }, signal);
  const found = entriesOfList(rows, {});
  if (!found.ok) throw refused(`the query ${found.because}`);
  return judgeMigrations(files, { entries: found.entries, lists: where.lists, source: 'the table of migrations' });
}

/** The value may hold a password: only its form is ever said. */
function pathFrom(name: string, secrets: Secrets): string {
  const value = secrets(name)?.trim();
  if (!value) throw new Failure('E_PROBE', `the environment variable ${name} is not set`, { hint: 'set it for the bot; nothing was asked', permanent: true });
  const path = /^(?:(?:sqlite3?|file):(?:\/\/)?)?(\/[^?#\0]+)$/.exec(value)?.[1];
  if (path !== undefined) return path;
  const scheme = /^([a-z][a-z0-9+]{1,20}):/i.exec(value)?.[1];
  throw new Failure('E_PROBE', `${name} names no SQLite file${scheme === undefined ? '' : ` but something of ${scheme}:`}`, {
    hint: 'for other databases use: http, with an address that lists the applied migrations',
    permanent: true,
  });
}

const answer = z.union([z.strictObject({ rows: z.array(z.unknown()) }), z.strictObject({ error: z.string() })]);

interface Query {
  readonly path: string;
  readonly query: string;
  readonly mostRows: number;
}

async function rowsOf(ask: Query, signal: AbortSignal): Promise<readonly unknown[]> {
  signal.throwIfAborted();
  const read = answer.safeParse(JSON.parse(await run(ask, signal)));
  if (!read.success) throw refused('the query broke down');
  if ('error' in read.data) throw refused(read.data.error);
  return read.data.rows;
}

function run(ask: Query, signal: AbortSignal): Promise<string> {
  const script = fileURLToPath(new URL('./sqlite-process.ts', import.meta.url));
  // Nothing of our environment is needed there, and it holds secrets.
  const limits = { timeout: TIMEOUT_MS, killSignal: 'SIGKILL', maxBuffer: ANSWER_MAX_BYTES, env: {}, signal } as const;
  return new Promise((resolve, reject) => {
    const child = execFile(process.execPath, ['--disable-warning=ExperimentalWarning', script], limits, (error, stdout) => {
      if (!error) resolve(stdout);
      else if (signal.aborted) reject(new Failure('E_TIMEOUT', 'the query was cancelled', { hint: 'ask again', cause: error }));
      else if (error.killed) reject(late(error));
      else reject(refused(`the query broke down (${errorCode(error)})`));
    });
    child.stdin?.on('error', () => undefined); // it ended before it read: the callback above says why
    child.stdin?.end(JSON.stringify(ask));
  });
}

const late = (cause: unknown): Failure =>
  new Failure('E_TIMEOUT', `the query took longer than ${TIMEOUT_MS} ms and was ended`, { hint: 'select from the table of migrations alone', cause });
const refused = (what: string): Failure => new Failure('E_PROBE', what, { hint: 'check services.yml → rollback.migrations_run' });
