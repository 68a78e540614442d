/** What the database of a stopped bot knows about the alerts that were sent to it. */
import { DatabaseSync } from 'node:sqlite';
import type { Ledger } from './load.ts';

export interface Stored {
  /** Sentences; empty is good. */
  readonly findings: readonly string[];
  readonly incidents: number;
}

/** Every acknowledged alert is in exactly one timeline, once, and counted at least as often as acknowledged and at most as often as sent. */
export function compareStored(databaseUrl: string, ledger: Ledger): Stored {
  const db = new DatabaseSync(databaseUrl.replace(/^sqlite:/, ''), { readOnly: true });
  try {
    const alerted = new Map<string, string[]>();
    for (const row of db.prepare(`select incident, body ->> '$.signal.fingerprint' as fingerprint from event where body ->> '$.kind' = 'alerted'`).all()) {
      const fingerprint = String(row.fingerprint);
      alerted.set(fingerprint, [...(alerted.get(fingerprint) ?? []), String(row.incident)]);
    }
    const counted = new Map(
      db
        .prepare('select fingerprint, count from signal')
        .all()
        .map((row) => [String(row.fingerprint), Number(row.count)]),
    );
    const findings = [...ledger.alerts].flatMap(([fingerprint, { service, sent, acknowledged }]) => {
      const where = alerted.get(fingerprint) ?? [];
      const count = counted.get(fingerprint) ?? 0;
      const name = `${service} ${fingerprint}`;
      return [
        ...(acknowledged > 0 && where.length === 0 ? [`${name}: acknowledged ${acknowledged} times and in no timeline`] : []),
        ...(where.length > 1 ? [`${name}: in the timeline ${where.length} times (${where.join(', ')})`] : []),
        ...(count < acknowledged || count > sent ? [`${name}: counted ${count} times; acknowledged ${acknowledged}, sent ${sent}`] : []),
      ];
    });
    const number = (sql: string): number => Number(db.prepare(sql).get()?.n);
    const unread = number('select count(*) as n from inbox');
    const aside = number('select count(*) as n from set_aside');
    const opened = db.prepare('select service, count(*) as n from incident group by service having n > 1').all();
    return {
      incidents: number('select count(*) as n from incident'),
      findings: [
        ...findings,
        ...(unread === 0 ? [] : [`${unread} deliveries are unread`]),
        ...(aside === 0 ? [] : [`${aside} deliveries were set aside`]),
        ...opened.map((row) => `${row.n} incidents of ${row.service} are open`),
      ],
    };
  } finally {
    db.close();
  }
}
