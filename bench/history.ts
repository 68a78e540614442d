/** A long past, written straight into the file: resolved incidents, each with a few events, and a handful that are still open. */
import { DatabaseSync } from 'node:sqlite';
import { openSqlite } from '../src/store/sqlite.ts';

const EVENTS_EACH = 3;
export const STILL_OPEN = 20;
/** Memory for the pages while it is written; SQLite's own word, in KiB. */
const CACHE_KIB = 400_000;
/** Spreads what is numbered in a row over all fingerprints (Knuth, The Art of Computer Programming 3, 6.4). */
const SPREAD = 2_654_435_761;
const [HALF, HEX] = [2 ** 32, 16];

/** The one alert of that incident. */
export const fingerprintOf = (incident: number): string => [(incident * SPREAD) % HALF, incident].map((part) => part.toString(HEX).padStart(8, '0')).join('');

export interface Past {
  readonly eventsEach?: number;
  /** Also what each event and each alert leaves behind elsewhere: its place in the record, its counter, the word said once. */
  readonly isWhole?: boolean;
}

export async function grow(path: string, incidents: number, { eventsEach = EVENTS_EACH, isWhole = false }: Past = {}): Promise<void> {
  await (await openSqlite({ path })).close(); // the tables are made by the program itself
  const database = new DatabaseSync(path, { enableForeignKeyConstraints: false });
  database.exec(`pragma synchronous = off; pragma cache_size = -${CACHE_KIB}`);
  database.exec('begin');
  database
    .prepare(
      `with recursive past (n) as (select 1 union all select n + 1 from past where n < ?1)
       insert into incident (number, id, key, service, title, phase, severity, channel, version, opened_at, updated_at, resolved_at)
       select n, 'INC-' || n, 'service:s' || n, 's' || (n % 200), 'errors are at 24 %', iif(n > ?1 - ?2, 'open', 'resolved'), 'sev2', 'C' || n, ?3,
         1700000000000 + n * 1000, 1700000000000 + n * 1000, iif(n > ?1 - ?2, null, 1700000000000 + n * 1000) from past`,
    )
    .run(incidents, STILL_OPEN, eventsEach);
  database
    .prepare(
      `with recursive seq (n) as (select 0 union all select n + 1 from seq where n < ?1 - 1)
       insert into event (incident, seq, body)
       select incident.id, seq.n, '{"kind":"noted","at":1700000000000,"text":"' || hex(zeroblob(100)) || '"}' from incident, seq`,
    )
    .run(eventsEach);
  if (isWhole) growTheRest(database, eventsEach);
  database.exec('commit');
  database.close();
}

function growTheRest(database: DatabaseSync, eventsEach: number): void {
  database
    .prepare(
      `insert into audit (seq, incident, number, at, hash)
       select (incident.number - 1) * ?1 + event.seq + 1, event.incident, event.seq, 1700000000000, lower(hex(randomblob(32)))
       from incident join event on event.incident = incident.id order by incident.number, event.seq`,
    )
    .run(eventsEach);
  database
    .prepare(
      `insert into signal (source, fingerprint, state, incident, count, first_at, at, service)
       select 'alertmanager', printf('%08x%08x', number * ?1 % ?2, number), iif(phase = 'open', 'firing', 'resolved'), id, 3, opened_at, updated_at, service
       from incident order by 2`,
    )
    .run(SPREAD, HALF);
  // Words are kept for three days: one in ten incidents is that young.
  database.exec(`insert into once (word, at) select 'alertmanager:' || hex(randomblob(16)), ${FAR} from incident where number % 10 = 0`);
}

/** Ms since 1970; so late that nothing of it is forgotten while we measure. */
const FAR = 4_000_000_000_000;
