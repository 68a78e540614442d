/**
 * What we ask of a database. Asynchronous from the first day: SQLite's writer lives in a worker thread, PostgreSQL is remote.
 * Two engines must pass the same contract (test/store/contract.ts).
 */
import type { Desk, Outline } from '../core/correlate.ts';
import type { Snooze } from '../core/correlate-rules.ts';
import type { Held, HoldReason } from '../core/hold.ts';
import type { Effect, Incident, IncidentId, Instant, Json, Phase, Severity, Slot, TimelineEvent } from '../core/model.ts';
import type { AuditEntry, AuditRow, Link } from './chain.ts';
import type { ClaimAsk, Lease } from './tasks.ts';

/** One request body as it came in, on disk before we answered. */
export interface Delivery {
  readonly id: number;
  readonly source: string;
  readonly body: string;
  readonly receivedAt: Instant;
}

/** The columns lists and look-ups filter on; the truth is the events. */
export interface IncidentRow {
  readonly id: IncidentId;
  readonly number: number;
  /** Unique among incidents that are not resolved. */
  readonly key: string;
  readonly service: string;
  readonly title: string;
  readonly phase: Phase;
  readonly severity: Severity;
  readonly channel: string | undefined;
  readonly version: number;
  readonly openedAt: Instant;
  readonly updatedAt: Instant;
}

/** What one change does to one incident. */
export interface IncidentChange {
  readonly row: IncidentRow;
  /** Number of events before this change; 0 creates the incident. */
  readonly expected: number;
  readonly events: readonly TimelineEvent[];
  readonly effects: readonly Effect[];
  /** Keys of waiting tasks to remove; a task being performed is left alone. */
  readonly cancel: readonly string[];
  /** What correlation shall know of it; undefined: as before. */
  readonly outline?: Outline;
}

/** A change of incidents, or of none (only deliveries and counters). All of it or nothing. */
export interface Change {
  readonly incident?: IncidentChange;
  /** Others that change in the same moment: one delivery may reach many, and an alert that moves belongs to one at every moment. */
  readonly also?: readonly IncidentChange[];
  /** The task whose result this is; ends in the same transaction. A lost lease refuses the whole change. */
  readonly finishes?: Lease;
  /** The task that calls the outside as soon as this stands; as `begin`, in the same transaction. A lost lease refuses the whole change. */
  readonly begins?: Lease;
  /** Deliveries this change has used up. */
  readonly deliveries?: readonly number[];
  /** Counters of repeated signals, by source and fingerprint. */
  readonly signals?: readonly SignalSeen[];
  /** Alerts that belong to another incident from now on; after `signals`. */
  readonly moves?: readonly Move[];
  /** Alerts that are held, or held on; and those that are not any more. */
  readonly holds?: readonly Held[];
  readonly unheld?: readonly AlertId[];
  /** Says once: a second change with the same word is a `duplicate`. Kept 72 h. */
  readonly once?: string;
  /** Exclusive rights, e.g. `deploy:acme/shop:production`; held by `incident` until released; taken again by the same holder is fine. */
  readonly locks?: { readonly take?: readonly string[]; readonly release?: readonly string[] };
  /** When this was written. */
  readonly at: Instant;
}

export interface AlertId {
  readonly source: string;
  readonly fingerprint: string;
}
/** One alert, those of one service, or all of the incident. */
export interface Move {
  readonly from: IncidentId;
  readonly to: IncidentId;
  readonly what: AlertId | { readonly service: string } | 'all';
}

export interface SignalSeen {
  readonly source: string;
  readonly fingerprint: string;
  readonly state: 'firing' | 'resolved';
  readonly incident: IncidentId | undefined;
  readonly at: Instant;
  /** Of services.yml, when one matched. */
  readonly service?: string | undefined;
  /** False: only where it belongs has changed; it did not come once more. */
  readonly counts?: boolean;
}
export interface SignalRow extends SignalSeen {
  readonly count: number;
  readonly firstAt: Instant;
}

export type CommitOutcome =
  | { readonly kind: 'done' }
  /** Somebody appended first, or the incident's key is open already: load again and decide again. */
  | { readonly kind: 'conflict' }
  | { readonly kind: 'duplicate' }
  /** The lease of `finishes` or `begins` is not ours any more: the result belongs to somebody else. */
  | { readonly kind: 'lost' }
  | { readonly kind: 'locked'; readonly lock: string; readonly holder: string };

/** An effect on its way. */
export interface Task {
  readonly id: number;
  readonly incident: IncidentId;
  readonly effect: Effect;
  /** Proof that we hold it; every write about the task carries it. */
  readonly token: string;
  /** Counts from 1. */
  readonly attempt: number;
  /** When an earlier attempt may have reached the outside and no result was recorded: look before repeating. */
  readonly unclearSince: Instant | undefined;
  /** What the last attempt wrote down with `wait`. */
  readonly memo: Json;
  readonly createdAt: Instant;
}

export interface MessageRow {
  readonly slot: Slot;
  readonly channel: string;
  readonly ts: string;
  /** Anything the renderer needs next time, e.g. the file id of a chart. */
  readonly memo: Json;
}

export interface Store {
  /** On disk when it resolves; all calls that arrive while a commit is being written share the next. Rejects with E_STORE. */
  accept(delivery: Omit<Delivery, 'id'>): Promise<number>;
  /** The same, unless a delivery came with this word in the last 72 h; false then, and nothing is stored. */
  acceptOnce(delivery: Omit<Delivery, 'id'>, word: string): Promise<boolean>;
  /** Oldest first, not yet used up. */
  deliveries(limit: number): Promise<readonly Delivery[]>;
  /** Moves a delivery that cannot be read aside, with the reason; it is kept and counted, never retried. */
  setAside(id: number, because: string, at: Instant): Promise<void>;

  commit(change: Change): Promise<CommitOutcome>;

  /** All events from `from` (0-based) on, in order. */
  events(incident: IncidentId, from?: number): Promise<readonly TimelineEvent[]>;
  find(incident: IncidentId): Promise<IncidentRow | undefined>;
  findByChannel(channel: string): Promise<IncidentRow | undefined>;
  /** Not resolved, newest first. */
  open(): Promise<readonly IncidentRow[]>;
  /** Newest first; `before` is an incident number (keyset paging, no OFFSET). */
  list(page: { before?: number; limit: number; service?: string }): Promise<readonly IncidentRow[]>;
  lastNumber(): Promise<number>;
  signal(source: string, fingerprint: string): Promise<SignalRow | undefined>;

  /** All that is open, and at most 1,000 of those that ended since then. */
  desk(endedSince: Instant): Promise<Desk>;
  held(source: string, fingerprint: string): Promise<Held | undefined>;
  /** Of this service, held because they were seen too seldom; at most 200. */
  seldom(service: string): Promise<readonly Held[]>;
  /** Whose time is up at `until`, the next first. */
  heldUntil(until: Instant, limit: number): Promise<readonly Held[]>;
  /** When the next one's time is up; undefined: none is held. */
  nextHeld(): Promise<Instant | undefined>;
  /** The time of all that is held for this reason is up now. */
  hastenHeld(why: HoldReason, now: Instant): Promise<void>;
  /** Those that hold now. */
  snoozes(now: Instant): Promise<readonly Snooze[]>;
  addSnooze(snooze: Omit<Snooze, 'id'>): Promise<number>;
  /** False: it was gone. */
  dropSnooze(id: number): Promise<boolean>;

  /** The last row of the record of all events; `GENESIS` while there is none. */
  auditHead(): Promise<Link>;
  /** The rows of one incident's events, in order; `previous` is what each was chained to. */
  auditOf(incident: IncidentId): Promise<readonly (AuditEntry & { readonly previous: string })[]>;
  /** At most `limit` rows after number `after`, each with its event as it stands now. */
  auditPage(after: number, limit: number): Promise<readonly AuditRow[]>;
  /** All of one moment. */
  auditTotals(): Promise<AuditTotals>;
  /** An event that the record does not know. */
  auditStray(): Promise<Pick<AuditEntry, 'incident' | 'number'> | undefined>;

  /** Takes due tasks, oldest first, and leases them. Tasks whose lease ran out are taken again, marked unclear if they had begun. */
  claim(ask: ClaimAsk): Promise<readonly Task[]>;
  /** Writes down, on disk, that the outside is about to be called. Returns false when the lease is lost. */
  begin(task: Task, at: Instant): Promise<boolean>;
  /** Longer lease; false when lost. */
  beat(task: Task, until: Instant): Promise<boolean>;
  /** Done without a result for the incident. */
  finish(task: Task, at: Instant): Promise<boolean>;
  /**
   * Not done: due again at `due`. `unclear` keeps the mark that the outside may have acted; otherwise it surely did not.
   * A `memo` is handed to the next attempt; `counts` false does not raise the attempt number (waiting is not failing).
   */
  postpone(task: Task, next: { due: Instant; unclear: boolean; memo: Json; counts: boolean; because: string }): Promise<boolean>;
  /** When the next task is due; undefined: nothing waits. */
  nextDue(): Promise<Instant | undefined>;
  tasks(incident: IncidentId): Promise<readonly { key: string; state: 'waiting' | 'running'; due: Instant; attempt: number; because: string | undefined }[]>;

  message(incident: IncidentId, slot: Slot): Promise<MessageRow | undefined>;
  messages(incident: IncidentId): Promise<readonly MessageRow[]>;
  putMessage(incident: IncidentId, row: MessageRow): Promise<void>;

  /** Small durable values: `storeVersion`, poll states, heads of chains. */
  get(key: string): Promise<Json | undefined>;
  put(key: string, value: Json): Promise<void>;

  /** Throws E_STORE with the cause when a write does not reach the disk. */
  check(): Promise<void>;
  counts(): Promise<{ inbox: number; setAside: number; tasks: number; open: number }>;
  close(): Promise<void>;
}

export interface AuditTotals {
  readonly head: Link;
  readonly events: number;
  /** How many events the incidents say they have. */
  readonly versions: number;
}

/** Also the shape in which an incident is loaded: its fold and its row. */
export interface Loaded {
  readonly incident: Incident;
  readonly row: IncidentRow;
}
