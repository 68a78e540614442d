/** Small true values of every kind the store keeps. */
import type { Effect, TimelineEvent } from '../../src/core/model.ts';
import type { Change, IncidentRow, Store, Task } from '../../src/store/store.ts';

/** 2026-11-20 09:00 UTC. */
export const T0 = 1_795_165_200_000;
export const LEASE_MS = 30_000;
export const SETTLE_MS = 10_000;

export function rowOf(number: number, more: Partial<IncidentRow> = {}): IncidentRow {
  return {
    id: `INC-${number}`,
    number,
    key: `shop-${number}`,
    service: 'shop',
    title: 'shop answers with errors',
    phase: 'open',
    severity: 'sev2',
    channel: undefined,
    version: 1,
    openedAt: T0,
    updatedAt: T0,
    ...more,
  };
}

export function noted(text: string): TimelineEvent {
  return { kind: 'noted', text, permalink: undefined, at: T0, by: { kind: 'bot' }, because: 'said so' };
}

export function show(slot: string, due = T0): Effect {
  return { kind: 'show', slot, key: `show:${slot}`, due };
}

export type ChangeOf = Partial<NonNullable<Change['incident']>> & Omit<Partial<Change>, 'incident'>;

/** A change of one incident with one event, unless told otherwise. */
export function changeOf(row: IncidentRow, expected: number, more: ChangeOf = {}): Change {
  const { events = [noted(`event ${expected}`)], effects = [], cancel = [], outline, at = T0, ...rest } = more;
  return { at, ...rest, incident: { row: { ...row, version: expected + events.length }, expected, events, effects, cancel, ...(outline && { outline }) } };
}

/** Opens incident `number` with these effects waiting. */
export async function openWith(store: Store, number: number, effects: readonly Effect[]): Promise<IncidentRow> {
  const row = rowOf(number);
  const outcome = await store.commit(changeOf(row, 0, { effects }));
  if (outcome.kind !== 'done') throw new Error(`INC-${number} did not open: ${outcome.kind}`);
  return row;
}

export function claimAt(store: Store, now: number, limit = 10): Promise<readonly Task[]> {
  return store.claim({ now, limit, leaseMs: LEASE_MS, settleMs: SETTLE_MS });
}

/** Claims exactly one task, or says how many there were. */
export async function claimOne(store: Store, now: number): Promise<Task> {
  const tasks = await claimAt(store, now);
  const [task] = tasks;
  if (tasks.length !== 1 || !task) throw new Error(`expected one task at +${now - T0} ms, got ${tasks.length}`);
  return task;
}
