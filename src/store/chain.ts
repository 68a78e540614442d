/**
 * The chain over all events: hash(n) = SHA-256(hash(n−1) ‖ canonical JSON of row n), so that nobody can change, remove, reorder or insert
 * what happened without every later hash telling. Pure; what reads the rows is audit.ts.
 */
import { hash } from 'node:crypto';
import type { IncidentId, Instant } from '../core/model.ts';

/** One event's place in the record. `at` is when it was written, not when it happened. */
export interface AuditEntry {
  /** Counts from 1 over all incidents, without gaps. */
  readonly seq: number;
  readonly incident: IncidentId;
  /** 0-based place among the events of its incident. */
  readonly number: number;
  readonly at: Instant;
  readonly hash: string;
}
/** With the event as it stands in the database now; undefined: it is gone. */
export interface AuditRow extends AuditEntry {
  readonly body: string | undefined;
}
export type Link = Pick<AuditEntry, 'seq' | 'hash'>;

/** What the first row is chained to. */
export const GENESIS: Link = { seq: 0, hash: '0'.repeat(64) };

/** Keys sorted, no spaces, the event as the very text that is stored: everybody who has the rows can compute it again. */
export function hashOf(previous: string, { at, body, incident, number, seq }: Omit<AuditRow, 'hash'> & { readonly body: string }): string {
  return hash('sha256', previous + JSON.stringify({ at, body, incident, number, seq }), 'hex');
}

/** The first place at which the record is not what was written. */
export interface Broken {
  readonly kind: 'changed' | 'removed' | 'reordered' | 'inserted';
  readonly seq: number;
  readonly incident: IncidentId | undefined;
  readonly number: number | undefined;
  readonly because: string;
}

/** Is this the row that was written after `previous`? `as`: had it that number in the record. */
function follows(row: AuditRow | undefined, previous: Link, as = previous.seq + 1): row is AuditRow {
  return row?.body !== undefined && hashOf(previous.hash, { ...row, body: row.body, seq: as }) === row.hash;
}

/** How many of `rows`, in the order of their numbers, are what was written after `previous`. */
export function soundRows(previous: Link, rows: readonly AuditRow[]): number {
  let last = previous;
  for (const [index, row] of rows.entries()) {
    if (row.seq !== last.seq + 1 || !follows(row, last)) return index;
    last = row;
  }
  return rows.length;
}

/** Names what happened where the record breaks: `rows` begins with the first that does not follow `previous`; the more follow it, the surer. */
export function nameBreak(previous: Link, rows: readonly AuditRow[]): Broken {
  const seq = previous.seq + 1;
  const [row] = rows;
  const at = (kind: Broken['kind'], because: string, of: AuditRow | undefined = row): Broken => ({
    kind,
    seq,
    incident: of?.incident,
    number: of?.number,
    because,
  });
  if (row === undefined) return at('removed', `row ${seq} and all after it are gone`);
  const home = rows.find((other) => other !== row && follows(other, previous, seq));
  if (home) {
    return cameLater(row, rows, { home, seq })
      ? at('reordered', `what was row ${seq} stands at row ${home.seq}`, home)
      : at('inserted', `row ${seq} was never written; what was row ${seq} stands at row ${home.seq}`);
  }
  if (row.seq > seq) return at('removed', row.seq === seq + 1 ? `row ${seq} is gone` : `rows ${seq} to ${row.seq - 1} are gone`, undefined);
  if (row.seq < seq) return at('inserted', `row ${row.seq} was never written`);
  if (row.body === undefined) return at('removed', `event ${row.number} of ${row.incident} is gone`);
  const swapped = rows.find(({ body }) => body !== undefined && body !== row.body && hashOf(previous.hash, { ...row, body }) === row.hash);
  if (swapped) return at('reordered', `event ${row.number} of ${row.incident} stands as event ${swapped.number} of ${swapped.incident}`);
  const gone = goneBefore(rows);
  if (gone !== undefined) return at('removed', `${gone === 1 ? 'a row is' : `${gone} rows are`} gone before what is numbered ${seq} now`);
  return at('changed', `row ${seq}, event ${row.number} of ${row.incident}, is not what was written`);
}

/** Is the row that stands too early one of ours from further on, or none of ours at all? */
function cameLater(row: AuditRow, rows: readonly AuditRow[], { home, seq }: { home: AuditRow; seq: number }): boolean {
  if (follows(row, home, seq + 1)) return true;
  const at = rows.indexOf(home);
  // Exchanged with a distant one: what lies between stands where it stood.
  if (at > 1 && follows(rows[1], home, seq + 1)) return true;
  // Moved forward: those it passed moved back by one.
  return rows.some((other, index) => index > 0 && follows(row, other, seq + index));
}

/** Rows were taken out and the rest numbered anew: then the next rows still fit each other by their old numbers. */
function goneBefore([row, next]: readonly AuditRow[]): number | undefined {
  if (row === undefined || next === undefined) return undefined;
  for (let gone = 1; gone <= MOST_GONE; gone++) if (follows(next, row, next.seq + gone)) return gone;
  return undefined;
}
/** How many missing rows are looked for when the rest was numbered anew. */
const MOST_GONE = 1_000;
