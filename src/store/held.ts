/** What correlation asks for beside incidents themselves: the outlines of what is open, alerts held back, and what people silenced. */
import type { ClosedIncident, OpenIncident, Outline } from '../core/correlate.ts';
import type { Snooze } from '../core/correlate-rules.ts';
import type { Held, HoldReason } from '../core/hold.ts';
import type { Signal } from '../core/model.ts';
import type { DeskRecord } from './operations.ts';
import type { Ask } from './port.ts';
import * as sql from './sql.ts';
import type { AlertId, Store } from './store.ts';
import { hit, rows, type Work } from './work.ts';

export interface HeldRecord extends Omit<Held, 'why' | 'signal' | 'times'> {
  readonly why: string;
  readonly signal: string;
  readonly times: string;
}
export interface PackedHeld extends HeldRecord, AlertId {
  readonly service: string | undefined;
}
export interface SnoozeRecord {
  readonly id: number;
  readonly body: string;
}

export function packHeld({ signal, times, ...rest }: Held): PackedHeld {
  const { source, fingerprint, service } = signal;
  return { ...rest, source, fingerprint, service, signal: JSON.stringify(signal), times: JSON.stringify(times) };
}

export function* putHeld(held: PackedHeld): Work<void> {
  const { source, fingerprint, service, why, because, until, since, signal, times } = held;
  yield* rows(sql.putHeld, source, fingerprint, service, why, because, until, since, signal, times);
}

export function* addSnooze({ until, body }: { until: number; body: string }, now: number): Work<number> {
  yield* rows(sql.forgetSnoozes, now);
  const [row] = yield* rows<{ id: number }>(sql.insertSnooze, until, body);
  return row?.id ?? 0;
}

export const dropSnooze = (id: number): Work<boolean> => hit(sql.deleteSnooze, id);

export function* hastenHeld(why: HoldReason, now: number): Work<void> {
  yield* rows(sql.hastenHeld, why, now);
}

const CLOSED_MOST = 1_000;
const SELDOM_MOST = 200;

export function holding(ask: Ask): Pick<Store, 'desk' | 'held' | 'seldom' | 'heldUntil' | 'nextHeld' | 'hastenHeld' | 'snoozes' | 'addSnooze' | 'dropSnooze'> {
  return {
    async desk(endedSince) {
      const [open, closed] = await Promise.all([ask('openDesk'), ask('closedDesk', endedSince, CLOSED_MOST)]);
      return { open: open.map(outlined), closed: closed.map((row): ClosedIncident => ({ ...outlined(row), resolvedAt: row.resolvedAt ?? 0 })) };
    },
    async held(source, fingerprint) {
      const row = await ask('held', source, fingerprint);
      return row && heldOf(row);
    },
    seldom: async (service) => (await ask('seldom', service, SELDOM_MOST)).map(heldOf),
    heldUntil: async (until, limit) => (await ask('heldUntil', until, limit)).map(heldOf),
    nextHeld: async () => (await ask('nextHeld'))?.until,
    hastenHeld: (why, now) => ask('hastenHeld', why, now),
    snoozes: async (now) => (await ask('snoozes', now)).map(({ id, body }) => ({ ...(JSON.parse(body) as Omit<Snooze, 'id'>), id })), // written by addSnooze
    addSnooze: (snooze) => ask('addSnooze', { until: snooze.until, body: JSON.stringify(snooze) }, snooze.at),
    dropSnooze: (id) => ask('dropSnooze', id),
  };
}

// All three texts were written above, from values of these types.
function heldOf({ why, signal, times, ...row }: HeldRecord): Held {
  return { ...row, why: why as HoldReason, signal: JSON.parse(signal) as Signal, times: JSON.parse(times) as number[] };
}

/** An incident of an older version has no outline yet; its next change gives it one. */
function outlined({ id, key, service, openedAt, outline }: DeskRecord): OpenIncident {
  const opened = key.startsWith('report:') ? 'person' : 'alert';
  const plain: Outline = { scope: 'service', services: [], opened, joinedAt: openedAt, alerts: 1, suspect: undefined, mergedInto: undefined };
  return { id, key, service, openedAt, ...plain, ...(outline === null ? {} : (JSON.parse(outline) as Outline)) };
}
