import { GENESIS, hashOf } from '../chain.ts';
import * as sql from '../sql.ts';
import { rows, type Work } from '../work.ts';
import type { Dialect } from './dialect.ts';

const PAGE = 1_000;

/** The record of everything that happened: events can be added and nothing else; what stands there already is chained in the order it was written. */
export function* audit(dialect: Dialect): Work<void> {
  yield* rows('create table audit (seq integer primary key, incident text not null, number integer not null, at bigint not null, hash text not null)');
  yield* rows('create unique index audit_event on audit (incident, number)');
  yield* chainOldEvents(dialect.eventsAsWritten);
  for (const table of ['event', 'audit']) for (const statement of dialect.appendOnly(table)) yield* rows(statement);
}

interface Old {
  readonly place: number;
  readonly incident: string;
  readonly number: number;
  readonly body: string;
}

function* chainOldEvents(eventsAsWritten: string): Work<void> {
  let last = GENESIS;
  let place = 0;
  for (;;) {
    const page: readonly Old[] = yield* rows<Old>(eventsAsWritten, place, PAGE);
    for (const { incident, number, body } of page) {
      const seq = last.seq + 1;
      const { at } = JSON.parse(body) as { at: number }; // every event has the time at which it happened; nothing better is known of the old ones
      last = { seq, hash: hashOf(last.hash, { seq, incident, number, at, body }) };
      yield* rows(sql.insertAudit, seq, incident, number, at, last.hash);
    }
    place = page.at(-1)?.place ?? place;
    if (page.length < PAGE) return;
  }
}
