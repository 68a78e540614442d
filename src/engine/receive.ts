/**
 * From the inbox into incidents: stored deliveries are read in order, some at a time; each signal is correlated, each incident decides, and
 * all of it is written in one transaction that also uses the deliveries up. A crash before that reads them again, and nothing happened twice.
 */
import { setImmediate as breathe } from 'node:timers/promises';
import { problemKey, UNKNOWN_SERVICE } from '../core/correlate.ts';
import type { Context } from '../core/draft.ts';
import type { Evidence, Incident, IncidentId, Person, Severity, Signal } from '../core/model.ts';
import { concerns, incidentsNamed, isOurs, type Seen } from '../core/seen.ts';
import type { Catalog } from '../core/service.ts';
import type { Clock } from '../lib/clock.ts';
import { Failure } from '../lib/failure.ts';
import type { TakeTurn } from '../lib/turns.ts';
import type { CommitOutcome, Delivery } from '../store/store.ts';
import type { Keeping } from './cabinet.ts';
import { createRearranging, type Rearranging } from './rearrange.ts';
import { begin, commitRound, DESK, openRound, place, type Round, release } from './round.ts';
import { createSilencing, type Silencing } from './silence.ts';

export interface ReceiveParts extends Keeping {
  readonly clock: Clock;
  readonly turn: TakeTurn;
  context(of: Pick<Incident, 'service'>): Context;
  /** Pure: a stored body → signals, matched to services, and what it tells about repositories. Throws Failure when it cannot be read. */
  read(delivery: Delivery): Reading;
  /** What services.yml says about how alerts become incidents; without it, what it would say if it said nothing. */
  catalog(): Pick<Catalog, 'services' | 'noise'>;
  /** Called between two batches with the time the last one took; without it they follow each other. */
  giveWay?(tookMs: number): Promise<void>;
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

export interface Reception extends Rearranging, Silencing {
  /** Uses up everything in the inbox, and looks at what was held until now. Returns how many deliveries it read. */
  drain(): Promise<number>;
  /** A person's report: joins the open incident of the service, or opens one. */
  report(report: Report, once: string): Promise<{ id: IncidentId; opened: boolean; because: string }>;
}

const BATCH = 100;
/** One transaction; a delivery that holds more is one by itself. */
const SIGNALS_A_ROUND = 200;
/** Between two of these, whoever else waits for the loop has a turn. */
const SIGNALS_A_BREATH = 50;
const SAID_ONE_BY_ONE = 10;
const TRIES = 8;
/** After so many conflicts in a row, deliveries go one by one: a smaller round meets fewer people. */
const TRIES_TOGETHER = 3;

export function createReception(parts: ReceiveParts): Reception {
  let cancel = (): void => undefined;
  // What is held wakes us itself; a restart finds it by its first drain.
  const awaitHeld = async (): Promise<void> => {
    cancel();
    const next = await parts.store.nextHeld().catch(() => undefined); // an unreadable database is told by its own probe
    if (next === undefined) return;
    cancel = parts.clock.at(Math.max(next, parts.clock.now() + 1), () => {
      drainNow().catch((error: unknown) => parts.log.warn({ err: error }, 'held alerts could not be looked at; the next delivery tries again'));
    });
  };
  const drainNow = async (): Promise<number> => {
    try {
      return await parts.turn(DESK, () => drain(parts));
    } finally {
      await awaitHeld();
    }
  };
  return {
    drain: drainNow,
    report: (report, once) => parts.turn(DESK, () => takeReport(parts, report, once)),
    ...createRearranging(parts),
    ...createSilencing(parts, drainNow),
  };
}

async function drain(parts: ReceiveParts): Promise<number> {
  let read = 0;
  for (;;) {
    const begun = performance.now();
    const batch = await parts.store.deliveries(BATCH);
    for (const round of rounds(await readAll(parts, batch))) await take(parts, round);
    read += batch.length;
    if (batch.length < BATCH) break;
    await parts.giveWay?.(performance.now() - begun);
  }
  await releaseHeld(parts);
  return read;
}

interface Read {
  readonly id: number;
  readonly reading: Reading;
}

async function readAll(parts: ReceiveParts, deliveries: readonly Delivery[]): Promise<readonly Read[]> {
  const found: Read[] = [];
  for (const delivery of deliveries) {
    try {
      found.push({ id: delivery.id, reading: parts.read(delivery) });
    } catch (cause) {
      const because = cause instanceof Failure ? `${cause.code}: ${cause.message}` : 'it could not be read';
      parts.log.warn({ delivery: delivery.id, source: delivery.source, because }, 'delivery set aside');
      await parts.store.setAside(delivery.id, because, parts.clock.now());
    }
  }
  return found;
}

function* rounds(all: readonly Read[]): Generator<readonly Read[]> {
  let round: Read[] = [];
  let signals = 0;
  for (const one of all) {
    if (round.length > 0 && signals + one.reading.signals.length > SIGNALS_A_ROUND) {
      yield round;
      [round, signals] = [[], 0];
    }
    round.push(one);
    signals += one.reading.signals.length;
  }
  if (round.length > 0) yield round;
}

async function take(parts: ReceiveParts, deliveries: readonly Read[]): Promise<void> {
  const isOne = deliveries.length === 1;
  for (let attempt = 1; attempt <= (isOne ? TRIES : TRIES_TOGETHER); attempt++) {
    if ((await tryRound(parts, deliveries)).kind === 'done') return;
  }
  if (isOne) throw new Failure('E_BUSY', `delivery ${deliveries[0]?.id} met ${TRIES} conflicts in a row; it stays in the inbox`);
  for (const one of deliveries) await take(parts, [one]);
}

async function tryRound(parts: ReceiveParts, deliveries: readonly Read[]): Promise<CommitOutcome> {
  const round = await openRound(
    parts,
    deliveries.flatMap(({ reading }) => reading.signals),
  );
  const said: Said[] = [];
  for (const { reading } of deliveries) {
    // First what changed, then what fires: a run that failed is no change made by others in the incident it opens, and none of ours opens one.
    let isOwn = false;
    for (const seen of reading.changes) isOwn = (await tellChange(round, seen)) || isOwn;
    for (const signal of reading.signals) {
      if (isOwn && signal.state === 'firing') continue;
      const { kind, because } = await place(round, signal);
      said.push({ source: signal.source, service: signal.service, state: signal.state, decision: kind, because });
      if (said.length % SIGNALS_A_BREATH === 0) await breathe();
    }
  }
  tell(parts.log, said);
  return commitRound(round, { deliveries: deliveries.map(({ id }) => id) });
}

interface Said extends Pick<Signal, 'source' | 'service' | 'state'> {
  readonly decision: string;
  readonly because: string;
}

/** Every one on a line of its own, unless they come in a flood: then how many there were of each decision, and one of each in full. */
function tell(log: ReceiveParts['log'], said: readonly Said[]): void {
  if (said.length <= SAID_ONE_BY_ONE) for (const one of said) log.info(one, 'signal');
  else for (const [decision, alike] of Map.groupBy(said, (one) => one.decision)) log.info({ ...alike[0], decision, count: alike.length }, 'signals');
}

/** What was held and whose time is up. A conflict leaves it for the next time. */
async function releaseHeld(parts: ReceiveParts): Promise<void> {
  for (let attempt = 1; attempt <= TRIES; ) {
    const due = await parts.store.heldUntil(parts.clock.now(), SIGNALS_A_ROUND);
    if (due.length === 0) return;
    const round = await openRound(
      parts,
      due.map(({ signal }) => signal),
    );
    for (const held of due) {
      const found = await release(round, held);
      const { source, service } = held.signal;
      parts.log.info({ source, service, held: held.because, decision: found?.kind ?? 'forgotten', because: found?.because }, 'held signal');
    }
    if ((await commitRound(round, {})).kind !== 'done') attempt += 1;
  }
}

/** To every open incident it concerns, unless one of our own rollbacks did it (true): then the rollback tells of it. */
async function tellChange({ parts, desk, batches }: Round, seen: Seen): Promise<boolean> {
  const concerned = desk.open.filter((incident) => {
    const { service } = parts.context(incident);
    return service !== undefined && concerns(seen, service);
  });
  const suspects = new Set([...concerned.map(({ id }) => id), ...incidentsNamed(seen)]);
  for (const id of suspects) {
    const loaded = await parts.cabinet.load(id);
    if (loaded && isOurs(seen, loaded.incident)) return true;
  }
  for (const { id } of concerned) batches.hear(id, { kind: 'changedOutside', change: seen.change });
  return false;
}

async function takeReport(parts: ReceiveParts, report: Report, once: string): Promise<{ id: IncidentId; opened: boolean; because: string }> {
  for (let attempt = 1; attempt <= TRIES; attempt++) {
    const round = await openRound(parts, []);
    const { title, service, severity, evidence, by } = report;
    const sibling = round.desk.open.find((one) => one.service === service);
    if (sibling) return { id: sibling.id, opened: false, because: 'an incident of the same service is open' };
    const id = begin(round, {
      key: service === undefined ? `report:${once}` : problemKey({ service, source: 'person', fingerprint: once }),
      title,
      service: service ?? UNKNOWN_SERVICE,
      severity: severity ?? parts.context({ service: service ?? UNKNOWN_SERVICE }).service?.severity ?? 'sev2',
      by: { kind: 'human', slackId: by.slackId, name: by.name },
      because: `${by.name} reported it`,
      signal: undefined,
      evidence,
    });
    const outcome = await commitRound(round, { once: `report:${once}` });
    if (outcome.kind === 'conflict') continue;
    if (outcome.kind === 'duplicate') return { id: (await parts.store.open())[0]?.id ?? id, opened: false, because: 'this report was taken already' };
    return { id, opened: true, because: 'a new problem' };
  }
  throw new Failure('E_BUSY', 'the report met too many others at the same moment; nothing was stored', { hint: 'Try again.' });
}
