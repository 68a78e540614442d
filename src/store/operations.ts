/** Everything an engine can be asked, by name. JSON is text here; `port.ts` packs and unpacks it. */
import type { IncidentId, Instant, Slot } from '../core/model.ts';
import { Failure } from '../lib/failure.ts';
import type { AuditEntry, Link } from './chain.ts';
import { commit, sayOnce } from './commit.ts';
import * as held from './held.ts';
import * as sql from './sql.ts';
import type { Delivery, IncidentRow, SignalRow } from './store.ts';
import * as task from './tasks.ts';
import { rows, type Work } from './work.ts';

export interface IncidentRecord extends Omit<IncidentRow, 'channel'> {
  readonly channel: string | null;
}
export interface SignalRecord extends Omit<SignalRow, 'incident' | 'service'> {
  readonly incident: string | null;
  readonly service: string | null;
}
export interface DeskRecord extends Pick<IncidentRow, 'id' | 'key' | 'service' | 'openedAt'> {
  readonly outline: string | null;
  readonly resolvedAt: Instant | null;
}
export interface AuditRecord extends AuditEntry {
  readonly body: string | null;
}
export interface MessageRecord {
  readonly slot: Slot;
  readonly channel: string;
  readonly ts: string;
  readonly memo: string;
}

// Larger than any incident number; the biggest `integer` PostgreSQL takes.
const AFTER_THE_LAST = 2 ** 31 - 1;

function* accept(delivery: Omit<Delivery, 'id'>): Work<number> {
  const [row] = yield* rows<{ id: number }>(sql.insertDelivery, delivery.source, delivery.body, delivery.receivedAt);
  if (!row) throw new Failure('E_INTERNAL', 'the database stored a delivery without giving it a number; the delivery was not accepted');
  return row.id;
}

function* acceptOnce(delivery: Omit<Delivery, 'id'>, word: string): Work<boolean> {
  if (!(yield* sayOnce(word, delivery.receivedAt))) return false;
  yield* accept(delivery);
  return true;
}

function* setAside(id: number, because: string, at: Instant): Work<void> {
  yield* rows(sql.copyDeliveryAside, id, because, at);
  yield* rows(sql.deleteDelivery, id);
}

function* putMessage(incident: IncidentId, row: MessageRecord): Work<void> {
  yield* rows(sql.putMessage, incident, row.slot, row.channel, row.ts, row.memo);
}

function* put(key: string, json: string): Work<void> {
  yield* rows(sql.putValue, key, json);
}

function* check(): Work<void> {
  yield* rows(sql.writeProbe);
}

function* first<R>(work: Work<readonly R[]>): Work<R | undefined> {
  return (yield* work)[0];
}

export const writes = {
  accept,
  acceptOnce,
  setAside,
  commit,
  claim: task.claim,
  begin: task.begin,
  beat: task.beat,
  finish: task.finishTask,
  postpone: task.postpone,
  putMessage,
  put,
  hastenHeld: held.hastenHeld,
  addSnooze: held.addSnooze,
  dropSnooze: held.dropSnooze,
  check,
};

export const reads = {
  deliveries: (limit: number) => rows<Delivery>(sql.selectDeliveries, limit),
  events: (incident: IncidentId, from: number) => rows<{ body: string }>(sql.selectEvents, incident, from),
  find: (incident: IncidentId) => first(rows<IncidentRecord>(sql.selectIncident, incident)),
  findByChannel: (channel: string) => first(rows<IncidentRecord>(sql.selectIncidentByChannel, channel)),
  open: () => rows<IncidentRecord>(sql.selectOpenIncidents),
  list: (page: { before?: number; limit: number; service?: string }) => {
    const before = page.before ?? AFTER_THE_LAST;
    return page.service === undefined
      ? rows<IncidentRecord>(sql.selectIncidentPage, before, page.limit)
      : rows<IncidentRecord>(sql.selectIncidentPageOfService, before, page.limit, page.service);
  },
  auditHead: () => first(rows<Link>(sql.selectAuditHead)),
  auditOf: (incident: IncidentId) => rows<AuditEntry & { previous: string | null }>(sql.selectAuditOf, incident),
  auditPage: (after: number, limit: number) => rows<AuditRecord>(sql.selectAuditPage, after, limit),
  auditTotals: () => first(rows<{ seq: number; hash: string | null; events: number; versions: number }>(sql.selectAuditTotals)),
  auditStray: () => first(rows<Pick<AuditEntry, 'incident' | 'number'>>(sql.selectAuditStray)),
  lastNumber: () => first(rows<{ number: number }>(sql.selectLastNumber)),
  signal: (source: string, fingerprint: string) => first(rows<SignalRecord>(sql.selectSignal, source, fingerprint)),
  openDesk: () => rows<DeskRecord>(sql.selectOpenDesk),
  closedDesk: (since: Instant, limit: number) => rows<DeskRecord>(sql.selectClosedDesk, since, limit),
  held: (source: string, fingerprint: string) => first(rows<held.HeldRecord>(sql.selectHeld, source, fingerprint)),
  seldom: (service: string, limit: number) => rows<held.HeldRecord>(sql.selectSeldom, service, limit),
  heldUntil: (until: Instant, limit: number) => rows<held.HeldRecord>(sql.selectHeldUntil, until, limit),
  nextHeld: () => first(rows<{ until: Instant }>(sql.selectNextHeld)),
  snoozes: (now: Instant) => rows<held.SnoozeRecord>(sql.selectSnoozes, now),
  nextDue: task.nextDue,
  tasks: task.tasks,
  message: (incident: IncidentId, slot: Slot) => first(rows<MessageRecord>(sql.selectMessage, incident, slot)),
  messages: (incident: IncidentId) => rows<MessageRecord>(sql.selectMessages, incident),
  get: (key: string) => first(rows<{ json: string }>(sql.selectValue, key)),
};

export const operations = { ...writes, ...reads };
export type Operations = typeof operations;
export type Name = keyof Operations;
export type Answer<N extends Name> = ReturnType<Operations[N]> extends Work<infer T> ? T : never;

export const isWrite = (name: Name): boolean => Object.hasOwn(writes, name);

/** A commit that was refused leaves nothing behind; every other answer stands. */
export function stands(name: Name, answer: unknown): boolean {
  return name !== 'commit' || (answer as Answer<'commit'>).kind === 'done'; // `name` says which answer it is; the compiler cannot tie the two
}
