/** A long past, written straight into the file: resolved incidents, each with a few events, and a handful that are still open. */
import { DatabaseSync } from 'node:sqlite';
import { openSqlite } from '../src/store/sqlite.ts';

const EVENTS_EACH = 3;
const STILL_OPEN = 20;

export async function grow(path: string, incidents: number): Promise<void> {
  await (await openSqlite({ path })).close(); // the tables are made by the program itself
  const database = new DatabaseSync(path);
  database.exec('pragma synchronous = off');
  database.exec('begin');
  database
    .prepare(
      `with recursive past (n) as (select 1 union all select n + 1 from past where n < ?1)
       insert into incident (number, id, key, service, title, phase, severity, channel, version, opened_at, updated_at)
       select n, 'INC-' || n, 'service:s' || n, 's' || (n % 200), 'errors are at 24 %', iif(n > ?1 - ?2, 'open', 'resolved'), 'sev2', 'C' || n, ?3,
         1700000000000 + n * 1000, 1700000000000 + n * 1000 from past`,
    )
    .run(incidents, STILL_OPEN, EVENTS_EACH);
  database
    .prepare(
      `with recursive seq (n) as (select 0 union all select n + 1 from seq where n < ?1 - 1)
       insert into event (incident, seq, body)
       select incident.id, seq.n, '{"kind":"noted","at":1700000000000,"text":"' || hex(zeroblob(100)) || '"}' from incident, seq`,
    )
    .run(EVENTS_EACH);
  database.exec('commit');
  database.close();
}
