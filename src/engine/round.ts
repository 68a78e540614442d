/**
 * One round of reception: what some deliveries do, gathered before it is written. Correlation sees narrow rows that change as the round goes
 * on; an incident is loaded only when something reaches it, so that nothing here grows with what has ever been.
 */
import { alertKey, type Signal } from '../core/alert.ts';
import { type Correlation, correlate, type LastHeard, type OpenIncident, outlineOf, remember } from '../core/correlate.ts';
import { joiningOf, memoryMs, type Rules, rulesOf } from '../core/correlate-rules.ts';
import type { Opening } from '../core/decide.ts';
import { clearedWhileHeld, type Held, type HoldReason } from '../core/hold.ts';
import type { IncidentId, Instant } from '../core/model.ts';
import type { AlertId, CommitOutcome, SignalSeen } from '../store/store.ts';
import { type Batches, createBatches } from './batch.ts';
import { commitTogether } from './cabinet.ts';
import type { ReceiveParts } from './receive.ts';

/** The desk's own turn: opening is decided by one at a time, so that two deliveries see each other's incidents. */
export const DESK = 'desk';

export interface Round {
  readonly parts: ReceiveParts;
  readonly now: Instant;
  readonly rules: Rules;
  readonly desk: { open: OpenIncident[]; closed: (OpenIncident & { readonly resolvedAt: Instant })[] };
  readonly batches: Batches;
  /** Of the newest incident, those of this round included. */
  number: number;
  readonly heard: Map<string, LastHeard | undefined>;
  readonly held: Map<string, Held | undefined>;
  readonly signals: SignalSeen[];
  readonly holds: Map<string, Held>;
  readonly unheld: Map<string, AlertId>;
}

/** Everything is asked for together, so that it crosses to the database and back once; a delivery can hold a thousand alerts. */
export async function openRound(parts: ReceiveParts, signals: readonly Signal[]): Promise<Round> {
  const { store, clock } = parts;
  const now = clock.now();
  const catalog = parts.catalog();
  const named = [...new Map(signals.map((signal) => [alertKey(signal), signal])).values()];
  const [snoozes, { open, closed }, number, heard, held] = await Promise.all([
    store.snoozes(now),
    store.desk(now - memoryMs(rulesOf(catalog, []))), // a snooze changes nothing about how long we look back
    store.lastNumber(),
    Promise.all(named.map(({ source, fingerprint }) => store.signal(source, fingerprint))),
    Promise.all(named.map(({ source, fingerprint }) => store.held(source, fingerprint))),
  ]);
  return {
    ...{ parts, now, number, rules: rulesOf(catalog, snoozes), batches: createBatches(parts) },
    desk: { open: [...open], closed: [...closed] },
    heard: new Map(named.map((signal, index) => [alertKey(signal), heard[index]])),
    held: new Map(named.map((signal, index) => [alertKey(signal), held[index]])),
    ...{ signals: [], holds: new Map(), unheld: new Map() },
  };
}

/** Finds its incident and puts it there. `released`: it was held for this reason, its time is up, and it did not come once more. */
export async function place(round: Round, signal: Signal, released?: HoldReason): Promise<Correlation> {
  const key = alertKey(signal);
  const heard = round.heard.get(key);
  const seldom = await seldomOf(round, signal);
  const found = correlate(signal, { now: round.now, desk: round.desk, heard, seldom, released }, round.rules);
  const known = remember(heard, signal);
  const incident = settle(round, signal, found) ?? heard?.incident;
  const { source, fingerprint, service } = signal;
  round.signals.push({ source, fingerprint, service, state: known.state, at: known.at, incident, counts: released === undefined });
  round.heard.set(key, { ...known, incident });
  if (found.kind === 'open' || found.kind === 'reopen') hasten(round, seldom, key);
  return found;
}

/** Where it belongs now; undefined: nowhere, or where it did. */
function settle(round: Round, signal: Signal, found: Correlation): IncidentId | undefined {
  switch (found.kind) {
    case 'ignore':
      if (signal.state === 'resolved') clear(round, signal);
      return undefined;
    case 'hold': {
      const { why, because, until, times } = found;
      hold(round, { signal, why, because, until, times, since: heldNow(round, signal)?.since ?? round.now });
      return undefined;
    }
    case 'open': {
      letGo(round, signal);
      return begin(round, openingOf(signal, found));
    }
    case 'reopen':
    case 'join': {
      letGo(round, signal);
      const { incident, because } = found;
      const heard = round.heard.get(alertKey(signal));
      const before = heard?.incident === incident ? heard.state : undefined;
      round.batches.arrive(incident, { signal, because, before }, found.kind === 'reopen' ? because : undefined);
      sit(round, incident, { signal, isNew: before === undefined });
      return incident;
    }
  }
}

/** The next incident's id is its number's; the caller counts. */
export function begin(round: Round, opening: Omit<Opening, 'id'>): IncidentId {
  round.number += 1;
  const id = `INC-${round.number}`;
  const incident = round.batches.begin({ ...opening, id }, round.number);
  const { key, service, openedAt } = incident;
  round.desk.open.unshift({ id, key, service, openedAt, ...outlineOf(incident) });
  return id;
}

function openingOf(signal: Signal, found: Extract<Correlation, { kind: 'open' }>): Omit<Opening, 'id'> {
  const { key, service, scope, because } = found;
  const title = scope === 'storm' ? 'Alert storm' : signal.summary;
  const by = { kind: 'source', name: signal.source } as const;
  return { key, service, scope, because, title, by, signal, severity: signal.severity, evidence: [] };
}

/** The rows after an alert has come: open, with its service, joined now. */
function sit(round: Round, id: IncidentId, { signal, isNew }: { signal: Signal; isNew: boolean }): void {
  const { desk, now } = round;
  const ended = desk.closed.findIndex((one) => one.id === id);
  const [again] = ended < 0 ? [] : desk.closed.splice(ended, 1);
  if (again) desk.open.unshift(again);
  const at = desk.open.findIndex((one) => one.id === id);
  const before = desk.open[at];
  if (!before || !isNew) return;
  const services = signal.service === undefined || before.services.includes(signal.service) ? before.services : [...before.services, signal.service];
  desk.open[at] = { ...before, services, joinedAt: now, alerts: before.alerts + 1 };
}

// --- what is held

const heldNow = (round: Round, signal: Signal): Held | undefined => {
  const key = alertKey(signal);
  return round.unheld.has(key) ? undefined : (round.holds.get(key) ?? round.held.get(key));
};

function hold(round: Round, held: Held): void {
  const key = alertKey(held.signal);
  round.unheld.delete(key);
  round.holds.set(key, held);
}

function letGo(round: Round, signal: Signal): void {
  if (!heldNow(round, signal)) return;
  const key = alertKey(signal);
  round.holds.delete(key);
  if (round.held.get(key)) round.unheld.set(key, { source: signal.source, fingerprint: signal.fingerprint });
}

function clear(round: Round, signal: Signal): void {
  const held = heldNow(round, signal);
  const rest = held && clearedWhileHeld(held, round.rules, round.now);
  if (rest) hold(round, rest);
  else letGo(round, signal);
}

/** Its time is up: if it fires still it finds its incident now; if not it is forgotten, or its times are, as far as they are old. */
export async function release(round: Round, { signal, why }: Held): Promise<Correlation | undefined> {
  if (!heldNow(round, signal)) return undefined;
  if (round.heard.get(alertKey(signal))?.state !== 'firing') {
    clear(round, signal);
    return undefined;
  }
  const found = await place(round, signal, why);
  if (found.kind === 'ignore') letGo(round, signal);
  return found;
}

/** Only for services that ask for a number of times. */
async function seldomOf(round: Round, { service }: Signal): Promise<readonly Held[]> {
  if (service === undefined || joiningOf(round.rules, service).openAfter.length === 0) return [];
  const stored = await round.parts.store.seldom(service);
  const here = [...round.holds.values()].filter((held) => held.why === 'seldom' && held.signal.service === service);
  const known = new Set([...round.holds.keys(), ...round.unheld.keys()]);
  return [...stored.filter(({ signal }) => !known.has(alertKey(signal))), ...here];
}

/** An incident of their service is open now: those that waited for company are looked at at once. */
function hasten(round: Round, seldom: readonly Held[], except: string): void {
  for (const held of seldom) {
    if (alertKey(held.signal) === except) continue;
    hold(round, { ...held, until: round.now });
  }
}

// --- the end of a round

/** All of it or nothing. `conflict`: somebody was faster; nothing is written. */
export async function commitRound(round: Round, more: { deliveries?: readonly number[]; once?: string }): Promise<CommitOutcome> {
  const { parts, now, batches, desk, signals } = round;
  const openNow = new Set(desk.open.map(({ id }) => id));
  const changed = await batches.decide((id) => openNow.has(id), now);
  const holds = [...round.holds.values()];
  const rest = { at: now, signals, holds, unheld: [...round.unheld.values()], ...more };
  const outcome = changed === 'stale' ? ({ kind: 'conflict' } as const) : await commitTogether(parts, changed, rest);
  if (outcome.kind !== 'done') batches.forget();
  return outcome;
}
