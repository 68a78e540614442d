/** One change: all of it or nothing. */
import type { Instant } from '../core/model.ts';
import { Failure } from '../lib/failure.ts';
import { GENESIS, hashOf, type Link } from './chain.ts';
import { type PackedHeld, packHeld, putHeld } from './held.ts';
import * as sql from './sql.ts';
import type { AlertId, Change, CommitOutcome, IncidentChange, IncidentRow, Move, SignalSeen } from './store.ts';
import { begin, earlierWins, finishTask, type Lease, leaseOf } from './tasks.ts';
import { hit, rows, type Work } from './work.ts';

/** A `Change` as it is stored; JSON is text already, so that it crosses to the writer thread cheaply. */
export interface PackedChange {
  /** The first holds the locks. */
  readonly incidents: readonly PackedIncident[];
  readonly finishes: Lease | undefined;
  readonly begins: Lease | undefined;
  readonly deliveries: readonly number[];
  readonly signals: readonly SignalSeen[];
  readonly moves: readonly Move[];
  readonly holds: readonly PackedHeld[];
  readonly unheld: readonly AlertId[];
  readonly once: string | undefined;
  readonly take: readonly string[];
  readonly release: readonly string[];
  readonly at: Instant;
}
interface PackedIncident {
  readonly row: IncidentRow;
  readonly expected: number;
  readonly events: readonly string[];
  readonly effects: readonly { readonly key: string; readonly due: Instant; readonly json: string; readonly earlierWins: boolean }[];
  readonly cancel: readonly string[];
  readonly outline: string | undefined;
}

const KEEP_ONCE_MS = 72 * 3_600_000;

export function packChange(change: Change): PackedChange {
  const { incident, also = [] } = change;
  return {
    incidents: [...(incident ? [incident] : []), ...also].map(packIncident),
    finishes: change.finishes && leaseOf(change.finishes),
    begins: change.begins && leaseOf(change.begins),
    deliveries: change.deliveries ?? [],
    signals: change.signals ?? [],
    moves: change.moves ?? [],
    holds: (change.holds ?? []).map(packHeld),
    unheld: (change.unheld ?? []).map(({ source, fingerprint }) => ({ source, fingerprint })),
    once: change.once,
    take: change.locks?.take ?? [],
    release: change.locks?.release ?? [],
    at: change.at,
  };
}

function packIncident({ row, expected, events, effects, cancel, outline }: IncidentChange): PackedIncident {
  return {
    row,
    expected,
    events: events.map((event) => JSON.stringify(event)),
    effects: effects.map((effect) => ({ key: effect.key, due: effect.due, json: JSON.stringify(effect), earlierWins: earlierWins(effect) })),
    cancel,
    outline: outline && JSON.stringify(outline),
  };
}

/** Any outcome but `done` must be rolled back by whoever runs this: part of the change may be written already. */
export function* commit(change: PackedChange): Work<CommitOutcome> {
  if (change.once !== undefined && !(yield* sayOnce(change.once, change.at))) return { kind: 'duplicate' };
  if (change.finishes && !(yield* finishTask(change.finishes, change.at))) return { kind: 'lost' };
  if (change.begins && !(yield* begin(change.begins, change.at))) return { kind: 'lost' };
  const refused = yield* moveLocks(change);
  if (refused) return refused;
  for (const incident of change.incidents) if (!(yield* append(incident, change.at))) return { kind: 'conflict' };
  for (const id of change.deliveries) yield* rows(sql.deleteDelivery, id);
  for (const seen of change.signals) yield* count(seen);
  for (const move of change.moves) yield* moveAlerts(move);
  for (const { source, fingerprint } of change.unheld) yield* rows(sql.deleteHeld, source, fingerprint);
  for (const held of change.holds) yield* putHeld(held);
  return { kind: 'done' };
}

function* count({ source, fingerprint, state, incident, at, service, counts = true }: SignalSeen): Work<void> {
  const seen = [source, fingerprint, state, incident, at, service, counts ? 1 : 0] as const;
  if (!(yield* hit(sql.countSignalAgain, ...seen))) yield* rows(sql.countSignal, ...seen);
}

function* moveAlerts({ from, to, what }: Move): Work<void> {
  if (what === 'all') yield* rows(sql.moveSignals, from, to, null, null, null);
  else if ('service' in what) yield* rows(sql.moveSignals, from, to, null, null, what.service);
  else yield* rows(sql.moveSignals, from, to, what.source, what.fingerprint, null);
}

/** False: the word was said less than 72 h ago. */
export function* sayOnce(word: string, at: Instant): Work<boolean> {
  yield* rows(sql.forgetOnce, at - KEEP_ONCE_MS);
  return yield* hit(sql.sayOnce, word, at, at - KEEP_ONCE_MS);
}

function* moveLocks(change: PackedChange): Work<CommitOutcome | undefined> {
  if (change.take.length === 0 && change.release.length === 0) return undefined;
  const holder = change.incidents[0]?.row.id;
  if (holder === undefined) throw new Failure('E_INTERNAL', 'a change without an incident cannot hold a lock; nothing was written', { permanent: true });
  for (const lock of change.release) yield* rows(sql.releaseLock, lock, holder);
  // In one order everywhere, so that two replicas never wait for each other.
  for (const lock of change.take.toSorted()) {
    if (yield* hit(sql.takeLock, lock, holder, change.at)) continue;
    const [held] = yield* rows<{ holder: string }>(sql.selectLock, lock);
    return { kind: 'locked', lock, holder: held?.holder ?? 'somebody who just let go' };
  }
  return undefined;
}

/** False: somebody was faster, or the key is open already. The version is always the number of events, so their numbers have no gaps. */
function* append(incident: PackedIncident, at: Instant): Work<boolean> {
  const { row, expected, events, effects, cancel, outline } = incident;
  const version = expected + events.length;
  const shown = [row.key, row.service, row.title, row.phase, row.severity, row.channel, version] as const;
  const written =
    expected === 0
      ? yield* hit(sql.insertIncident, row.id, row.number, ...shown, row.openedAt, row.updatedAt, outline)
      : yield* hit(sql.updateIncident, row.id, ...shown, row.updatedAt, expected, outline);
  if (!written) return false;
  yield* record(row.id, { expected, events, at });
  for (const key of cancel) {
    yield* rows(sql.cancelTask, row.id, key);
    yield* rows(sql.cancelNextRun, row.id, key);
  }
  for (const effect of effects) yield* rows(sql.addTask, row.id, effect.key, effect.json, effect.due, at, effect.earlierWins ? 1 : 0);
  return true;
}

/** Events and their places in the chain, in the same transaction. Two writers at once would take the same number, and one of them is refused. */
function* record(incident: string, { expected, events, at }: { expected: number; events: readonly string[]; at: Instant }): Work<void> {
  if (events.length === 0) return;
  let [last = GENESIS] = yield* rows<Link>(sql.selectAuditHead);
  for (const [index, body] of events.entries()) {
    const number = expected + index;
    const seq = last.seq + 1;
    last = { seq, hash: hashOf(last.hash, { seq, incident, number, at, body }) };
    yield* rows(sql.insertEvent, incident, number, body);
    yield* rows(sql.insertAudit, seq, incident, number, at, last.hash);
  }
}
