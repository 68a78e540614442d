/** What the database of a stopped bot knows about a flood: every accepted alert belongs to one incident, and the incidents' own counts agree. */
import { DatabaseSync } from 'node:sqlite';
import { firingCount, servicesOf } from '../../src/core/alert.ts';
import { fold } from '../../src/core/evolve.ts';
import type { TimelineEvent } from '../../src/core/model.ts';
import type { Sent } from './flood.ts';

export interface FloodFindings {
  /** Accepted, and in no incident or counted too seldom. */
  readonly lost: number;
  readonly incidents: number;
  /** Sentences; empty is good. */
  readonly findings: readonly string[];
  readonly stormServices: readonly string[];
}

export function floodFindings(databaseUrl: string, sent: readonly Sent[]): FloodFindings {
  const db = new DatabaseSync(databaseUrl.replace(/^sqlite:/, ''), { readOnly: true });
  try {
    const known = new Map(
      db
        .prepare('select fingerprint, incident, count from signal')
        .all()
        .map((row) => [String(row.fingerprint), { incident: row.incident, count: Number(row.count) }]),
    );
    const lost = sent.filter(({ fingerprint, accepted }) => {
      const row = known.get(fingerprint);
      return accepted > 0 && (row?.incident == null || row.count < accepted);
    });
    const number = (sql: string): number => Number(db.prepare(sql).get()?.n);
    const [unread, aside] = [number('select count(*) as n from inbox'), number('select count(*) as n from set_aside')];
    const incidents = db
      .prepare('select id from incident order by number')
      .all()
      .map(({ id }) => String(id));
    const folded = incidents.flatMap((id) => {
      const events = db.prepare('select body from event where incident = ? order by seq').all(id);
      return fold(events.map(({ body }) => JSON.parse(String(body)) as TimelineEvent)) ?? []; // written by the store from events
    });
    const firing = new Map(
      db
        .prepare(`select incident, count(*) as n from signal where state = 'firing' group by incident`)
        .all()
        .map((row) => [String(row.incident), Number(row.n)]),
    );
    const miscounted = folded.filter((incident) => firingCount(incident) !== (firing.get(incident.id) ?? 0));
    return {
      lost: lost.length,
      incidents: incidents.length,
      stormServices: folded.filter(({ scope }) => scope === 'storm').flatMap(servicesOf),
      findings: [
        ...lost.slice(0, 3).map(({ service, fingerprint }) => `${service} ${fingerprint} was accepted and is in no incident`),
        ...(unread + aside > 0 ? [`${unread} deliveries are unread, ${aside} were set aside`] : []),
        ...miscounted.map((one) => `${one.id} says ${firingCount(one)} alerts fire, the signals say ${firing.get(one.id) ?? 0}`),
      ],
    };
  } finally {
    db.close();
  }
}
