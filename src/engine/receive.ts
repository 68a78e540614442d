/**
 * From the inbox into incidents: every stored delivery is read in order, each signal is correlated, decided and appended.
 * A delivery is used up in the same transaction as its last effect; a crash before that reads it again and changes nothing twice,
 * because a signal that is already known only counts.
 */
import { correlate, type LastHeard, type OpenIncident, problemKey, remember, UNKNOWN_SERVICE } from '../core/correlate.ts';
import { decide, type Opening, open } from '../core/decide.ts';
import type { Context } from '../core/draft.ts';
import { alertKey } from '../core/evolve.ts';
import type { Decision, Evidence, Incident, IncidentId, Person, Severity, Signal } from '../core/model.ts';
import { concerns, incidentsNamed, isOurs, type Seen } from '../core/seen.ts';
import type { Clock } from '../lib/clock.ts';
import { Failure } from '../lib/failure.ts';
import type { TakeTurn } from '../lib/turns.ts';
import type { Delivery, Loaded, SignalSeen } from '../store/store.ts';
import { apply, commitChange, type Keeping, rowOf } from './cabinet.ts';

export interface ReceiveParts extends Keeping {
  readonly clock: Clock;
  readonly turn: TakeTurn;
  context(of: Pick<Incident, 'service'>): Context;
  /** Pure: a stored body → signals, matched to services, and what it tells about repositories. Throws Failure when it cannot be read. */
  read(delivery: Delivery): Reading;
  log: { warn(fields: object, message: string): void; info(fields: object, message: string): void };
}

export interface Reading {
  readonly signals: readonly Signal[];
  readonly changes: readonly Seen[];
}

export interface Report {
  readonly title: string;
  readonly service: string | undefined;
  readonly severity: Severity | undefined;
  readonly by: Person;
  readonly evidence: readonly Evidence[];
}

export interface Reception {
  /** Uses up everything in the inbox. Returns how many deliveries it read. */
  drain(): Promise<number>;
  /** A person's report: joins the open incident of the service, or opens one. */
  report(report: Report, once: string): Promise<{ id: IncidentId; opened: boolean; because: string }>;
}

const BATCH = 100;
const TRIES = 8;
/** The desk's own turn: opening is decided by one at a time, so that two deliveries see each other's incidents. */
const DESK = 'desk';

export function createReception(parts: ReceiveParts): Reception {
  return {
    drain: () => parts.turn(DESK, () => drain(parts)),
    report: (report, once) => parts.turn(DESK, () => takeReport(parts, report, once)),
  };
}

async function drain(parts: ReceiveParts): Promise<number> {
  let read = 0;
  for (;;) {
    const batch = await parts.store.deliveries(BATCH);
    for (const delivery of batch) await takeDelivery(parts, delivery);
    read += batch.length;
    if (batch.length < BATCH) return read;
  }
}

async function takeDelivery(parts: ReceiveParts, delivery: Delivery): Promise<void> {
  let reading: Reading;
  try {
    reading = parts.read(delivery);
  } catch (cause) {
    const because = cause instanceof Failure ? `${cause.code}: ${cause.message}` : 'it could not be read';
    parts.log.warn({ delivery: delivery.id, source: delivery.source, because }, 'delivery set aside');
    await parts.store.setAside(delivery.id, because, parts.clock.now());
    return;
  }
  for (let attempt = 1; attempt <= TRIES; attempt++) {
    if (await tryDelivery(parts, delivery, reading)) return;
  }
  throw new Failure('E_BUSY', `delivery ${delivery.id} met ${TRIES} conflicts in a row; it stays in the inbox`);
}

/** What one delivery does to one incident, gathered before it is written. */
interface Batch {
  readonly start: Loaded | undefined;
  incident: Incident;
  readonly number: number;
  events: Decision['events'][number][];
  effects: Map<string, Decision['effects'][number]>;
  cancel: Set<string>;
  signals: SignalSeen[];
}

async function tryDelivery(parts: ReceiveParts, delivery: Delivery, { signals, changes }: Reading): Promise<boolean> {
  const now = parts.clock.now();
  // Asked for together, they cross to the database and back once; a delivery can hold a thousand alerts.
  const [desk, before] = await Promise.all([openDesk(parts), Promise.all(signals.map((signal) => parts.store.signal(signal.source, signal.fingerprint)))]);
  const strays: SignalSeen[] = [];
  for (const [index, signal] of signals.entries()) {
    const heard = desk.heard.get(alertKey(signal)) ?? before[index];
    const belongs = correlate(signal, desk.open(), heard, now);
    parts.log.info({ source: signal.source, service: signal.service, state: signal.state, decision: belongs.kind, because: belongs.because }, 'signal');
    const known = remember(heard, signal);
    desk.heard.set(alertKey(signal), known);
    if (belongs.kind === 'ignore') {
      strays.push({ ...seen(signal), ...known });
      continue;
    }
    const batch = belongs.kind === 'join' ? await desk.batch(belongs.incident) : await desk.begin(openingOf(signal, belongs, desk.nextNumber()));
    if (belongs.kind === 'join') gather(batch, decide(batch.incident, { kind: 'signal', signal, because: belongs.because }, parts.context(batch.incident)));
    batch.signals.push(seen(signal, batch.incident.id));
  }
  for (const seen of changes) await tellChange(parts, desk, seen);
  return commitAll(parts, [...desk.batches.values()], { delivery: delivery.id, strays, now });
}

/** To every open incident it concerns, unless one of our own rollbacks did it: then the rollback tells of it. */
async function tellChange(parts: ReceiveParts, desk: Desk, seen: Seen): Promise<void> {
  const concerned = desk.open().filter((incident) => {
    const { service } = parts.context(incident);
    return service !== undefined && concerns(seen, service);
  });
  const suspects = new Set([...concerned.map(({ id }) => id), ...incidentsNamed(seen)]);
  for (const id of suspects) {
    const loaded = await parts.cabinet.load(id);
    if (loaded && isOurs(seen, loaded.incident)) return;
  }
  for (const { id } of concerned) {
    const batch = await desk.batch(id);
    gather(batch, decide(batch.incident, { kind: 'changedOutside', change: seen.change }, parts.context(batch.incident)));
  }
}

const seen = (signal: Signal, incident?: IncidentId): SignalSeen => ({
  source: signal.source,
  fingerprint: signal.fingerprint,
  state: signal.state,
  incident,
  at: signal.at,
});

function openingOf(signal: Signal, found: { key: string; service: string; because: string }, number: number): Opening & { number: number } {
  return {
    id: `INC-${number}`,
    number,
    key: found.key,
    title: signal.summary,
    service: found.service,
    severity: signal.severity,
    by: { kind: 'source', name: signal.source },
    because: found.because,
    signal,
    evidence: [],
  };
}

type Desk = Awaited<ReturnType<typeof openDesk>>;

/** The open incidents and the batches under way, as one delivery sees them. */
async function openDesk(parts: ReceiveParts) {
  const [rows, lastNumber] = await Promise.all([parts.store.open(), parts.store.lastNumber()]);
  const batches = new Map<IncidentId, Batch>();
  const known = new Map<IncidentId, OpenIncident>();
  for (const row of rows) {
    const loaded = await parts.cabinet.load(row.id);
    if (loaded) known.set(row.id, outline(loaded.incident));
  }
  let number = lastNumber;
  const put = (batch: Batch): Batch => {
    batches.set(batch.incident.id, batch);
    return batch;
  };
  return {
    batches,
    heard: new Map<string, LastHeard>(),
    open: () => [...known.values()].map((incident) => (batches.has(incident.id) ? outline((batches.get(incident.id) as Batch).incident) : incident)), // has() was asked one word before
    nextNumber() {
      number += 1;
      return number;
    },
    async batch(id: IncidentId) {
      const at = batches.get(id);
      if (at) return at;
      const loaded = await parts.cabinet.load(id);
      if (!loaded) throw new Failure('E_INTERNAL', `${id} is listed as open but has no events`);
      return put({ start: loaded, incident: loaded.incident, number: loaded.row.number, events: [], effects: new Map(), cancel: new Set(), signals: [] });
    },
    async begin(opening: Opening & { number: number }) {
      const decision = open(opening, parts.context(opening));
      const incident = apply(undefined, decision);
      known.set(incident.id, outline(incident));
      const batch: Batch = { start: undefined, incident, number: opening.number, events: [], effects: new Map(), cancel: new Set(), signals: [] };
      record(batch, decision);
      return put(batch);
    },
  };
}

const outline = (incident: Incident): OpenIncident => ({
  id: incident.id,
  key: incident.key,
  service: incident.service,
  openedAt: incident.openedAt,
  alerts: Object.keys(incident.alerts),
});

function gather(batch: Batch, decision: Decision): void {
  if (decision.events.length > 0) batch.incident = apply(batch.incident, decision);
  record(batch, decision);
}

function record(batch: Batch, decision: Decision): void {
  batch.events.push(...decision.events);
  for (const key of decision.cancel) {
    batch.effects.delete(key);
    batch.cancel.add(key);
  }
  for (const effect of decision.effects) {
    batch.cancel.delete(effect.key);
    batch.effects.set(effect.key, effect);
  }
}

/** Each incident in its own transaction; the delivery is used up with the last of them. False: somebody was faster, start over. */
async function commitAll(
  parts: ReceiveParts,
  batches: readonly Batch[],
  used: { delivery: number; strays: readonly SignalSeen[]; now: number },
): Promise<boolean> {
  for (const batch of batches) {
    const last = batch === batches.at(-1);
    const row = rowOf(batch.incident, batch, used.now);
    const change = { events: batch.events, effects: [...batch.effects.values()], cancel: [...batch.cancel] };
    const outcome = await commitChange(
      parts,
      { incident: batch.incident, row },
      {
        ...change,
        at: used.now,
        expected: batch.start?.incident.version ?? 0,
        signals: last ? [...batch.signals, ...used.strays] : batch.signals,
        ...(last && { deliveries: [used.delivery] }),
      },
    );
    if (outcome.kind !== 'done') {
      for (const other of batches) parts.cabinet.forget(other.incident.id);
      return false;
    }
  }
  if (batches.length === 0) await parts.store.commit({ at: used.now, deliveries: [used.delivery], signals: used.strays });
  return true;
}

async function takeReport(parts: ReceiveParts, report: Report, once: string): Promise<{ id: IncidentId; opened: boolean; because: string }> {
  for (let attempt = 1; attempt <= TRIES; attempt++) {
    const now = parts.clock.now();
    const desk = await openDesk(parts);
    const sibling = report.service === undefined ? undefined : desk.open().find(({ service }) => service === report.service);
    if (sibling) return { id: sibling.id, opened: false, because: 'an incident of the same service is open' };
    const number = desk.nextNumber();
    const { title, service, severity, evidence, by } = report;
    const batch = await desk.begin({
      id: `INC-${number}`,
      number,
      key: service === undefined ? `report:${once}` : problemKey({ service, source: 'person', fingerprint: once }),
      title,
      service: service ?? UNKNOWN_SERVICE,
      severity: severity ?? parts.context({ service: service ?? UNKNOWN_SERVICE }).service?.severity ?? 'sev2',
      by: { kind: 'human', slackId: by.slackId, name: by.name },
      because: `${by.name} reported it`,
      signal: undefined,
      evidence,
    });
    const row = rowOf(batch.incident, batch, now);
    const change = { at: now, once: `report:${once}`, expected: 0, events: batch.events, effects: [...batch.effects.values()], cancel: [] };
    const outcome = await commitChange(parts, { incident: batch.incident, row }, change);
    if (outcome.kind === 'conflict') continue;
    if (outcome.kind === 'duplicate') return { id: (await parts.store.open())[0]?.id ?? row.id, opened: false, because: 'this report was taken already' };
    return { id: row.id, opened: true, because: 'a new problem' };
  }
  throw new Failure('E_BUSY', 'the report met too many others at the same moment; nothing was stored', { hint: 'Try again.' });
}
