/**
 * Tasks: effects on their way.
 *
 *   token null        it waits; `ready_at` = `due`
 *   token set         somebody holds it; `ready_at` is the end of the lease, so one index finds both what is due and what was lost
 *   begun_at          first call to the outside of this attempt; `called_at` the last
 *   unclear_since     an earlier attempt may have reached the outside: it is looked up before it is repeated
 *   next_effect       the same key was added meanwhile; it runs once more after this run is finished, because the outside may already
 *                     have been given the old effect. For the same reason an unclear task that waits counts as being performed here.
 *
 * Of two wishes under one key the newer is kept, with its due. Where the earlier wins, a stream of later wishes never puts it off.
 */
import { randomUUID } from 'node:crypto';
import type { Effect, IncidentId, Instant } from '../core/model.ts';
import * as sql from './sql.ts';
import { hit, rows, type Work } from './work.ts';

export interface Lease {
  readonly id: number;
  readonly token: string;
}
/** Of anything that has one; a whole task would cross to the writer otherwise. */
export const leaseOf = ({ id, token }: Lease): Lease => ({ id, token });
/** What only shows says how it is at the moment it runs, so the earlier of two moments serves both wishes; a timer runs from the last word. */
export const earlierWins = ({ kind }: Pick<Effect, 'kind'>): boolean => kind === 'show';
export interface TaskRow {
  readonly id: number;
  readonly incident: IncidentId;
  readonly effect: string;
  readonly token: string;
  readonly attempt: number;
  readonly unclearSince: Instant | null;
  readonly memo: string;
  readonly createdAt: Instant;
  readonly due: Instant;
}
export interface ClaimAsk {
  readonly now: Instant;
  readonly limit: number;
  readonly leaseMs: number;
  readonly settleMs: number;
  /** Keys of tasks that call the outside first of all: claimed, they have begun, which saves one way to the disk. */
  readonly begins?: readonly string[];
}
export interface Postponement {
  readonly due: Instant;
  readonly earlierWins: boolean;
  readonly unclear: boolean;
  readonly memo: string;
  readonly counts: boolean;
  readonly because: string;
}

export function* claim(ask: ClaimAsk, lock: '' | 'for update skip locked' = ''): Work<readonly TaskRow[]> {
  yield* rows(sql.holdUnclear, ask.now, ask.settleMs);
  const begins = ask.begins ?? [];
  const taken = yield* rows<TaskRow>(sql.claimTasks(lock, begins.length), ask.now, ask.limit, randomUUID(), ask.now + ask.leaseMs, ...begins);
  return taken.toSorted((a, b) => a.due - b.due || a.id - b.id);
}

export const begin = (lease: Lease, at: Instant): Work<boolean> => hit(sql.beginTask, lease.id, lease.token, at);
export const beat = (lease: Lease, until: Instant): Work<boolean> => hit(sql.beatTask, lease.id, lease.token, until);

export function* finishTask(lease: Lease, at: Instant): Work<boolean> {
  return (yield* hit(sql.runTaskOnceMore, lease.id, lease.token, at)) || (yield* hit(sql.deleteTask, lease.id, lease.token));
}

export function postpone(lease: Lease, next: Postponement): Work<boolean> {
  const told = [lease.id, lease.token, next.due, next.memo, next.because, next.counts ? 0 : 1] as const;
  return next.unclear ? hit(sql.postponeUnclearTask, ...told) : hit(sql.postponeTask, ...told, next.earlierWins ? 1 : 0);
}

export function* nextDue(): Work<Instant | undefined> {
  const [row] = yield* rows<{ due: Instant }>(sql.selectNextDue);
  return row?.due;
}

export function tasks(incident: IncidentId): Work<readonly { key: string; token: string | null; due: Instant; attempt: number; because: string | null }[]> {
  return rows(sql.selectTasks, incident);
}
