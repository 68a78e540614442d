/**
 * Alerts that people move between incidents. Both incidents, and to which of them each alert belongs, change in one transaction: at every
 * moment, a crash in between included, an alert belongs to one of them.
 */
import { alertKey, seenCount } from '../core/alert.ts';
import { open } from '../core/decide.ts';
import { human } from '../core/decide-rollback.ts';
import type { Actor, Decision, Incident, IncidentId, Person, Reply } from '../core/model.ts';
import {
  arrive,
  depart,
  goneElsewhere,
  type Leaving,
  leavesNothing,
  mayMerge,
  mayRearrange,
  merge,
  pick,
  type Rearrangement,
  type Side,
  splitOpening,
} from '../core/rearrange.ts';
import { Failure } from '../lib/failure.ts';
import type { Loaded, Move } from '../store/store.ts';
import { apply, type Changed, commitTogether, rowOf } from './cabinet.ts';
import type { ReceiveParts } from './receive.ts';
import { DESK } from './round.ts';

export interface Rearranging {
  /** Splits, links or merges; the reply is for whoever asked. `once`: a second call with the same word changes nothing. */
  rearrange(id: IncidentId, ask: Rearrangement, asked: { readonly by: Person; readonly once: string }): Promise<Reply>;
}

const TRIES = 8;

export function createRearranging(parts: ReceiveParts): Rearranging {
  return { rearrange: (id, ask, asked) => parts.turn(DESK, () => rearrange(parts, { id, ask, ...asked })) };
}

interface Asked {
  readonly id: IncidentId;
  readonly ask: Rearrangement;
  readonly by: Person;
  readonly once: string;
}
/** What would be written; or why nothing is. */
type Outcome = { readonly changed: readonly Changed[]; readonly moves: readonly Move[]; readonly say: string } | Reply;

async function rearrange(parts: ReceiveParts, asked: Asked): Promise<Reply> {
  for (let attempt = 1; attempt <= TRIES; attempt++) {
    const now = parts.clock.now();
    const outcome = await decideOn(parts, asked, now);
    if ('ok' in outcome) return outcome;
    const { changed, moves, say } = outcome;
    const { kind } = await commitTogether(parts, changed, { at: now, once: asked.once, moves });
    if (kind === 'done') return { ok: true, text: say };
    if (kind === 'duplicate') return { ok: true, text: 'I have that already.' };
    for (const { after } of changed) parts.cabinet.forget(after.incident.id);
  }
  throw new Failure('E_BUSY', `${asked.id} changed ${TRIES} times while its alerts were moved; nothing was moved`, { hint: 'Try again.' });
}

async function decideOn(parts: ReceiveParts, { id, ask, by }: Asked, now: number): Promise<Outcome> {
  const from = await parts.cabinet.load(id);
  if (!from) return unknown(id);
  const refusal = mayRearrange(from.incident, by);
  if (refusal) return refusal;
  const work: Work = { parts, from, by: human(by), now };
  if (ask.kind === 'split') return split(work, ask.what);
  const into = await parts.cabinet.load(ask.to);
  if (!into) return unknown(ask.to);
  const clash = mayMerge(from.incident, into.incident);
  if (clash) return clash;
  return ask.kind === 'link' ? link(work, into, ask.what) : mergeInto(work, into, ask.reason);
}

const unknown = (id: IncidentId): Reply => ({ ok: false, code: 'E_UNKNOWN_INCIDENT', text: `I do not know ${id}; nothing was moved.` });

interface Work {
  readonly parts: ReceiveParts;
  readonly from: Loaded;
  readonly by: Actor;
  readonly now: number;
}

async function split(work: Work, what: string): Promise<Outcome> {
  const { parts, from, by } = work;
  const leaving = pick(from.incident, what);
  if ('ok' in leaving) return whereItWent(parts, from, { what, otherwise: leaving });
  if (leavesNothing(from.incident, leaving)) {
    const text = `That is all ${from.incident.id} has, so there is nothing to split; nothing was moved. /incident merge INC-… puts it into another one.`;
    return { ok: false, code: 'E_NOT_NOW', text };
  }
  const [{ open: others }, lastNumber] = await Promise.all([parts.store.desk(work.now), parts.store.lastNumber()]);
  const number = lastNumber + 1;
  const to = `INC-${number}`;
  const opening = { ...splitOpening(from.incident, leaving, { by, isTaken: (key) => others.some((one) => one.key === key) }), id: to };
  const decision = open(opening, parts.context(opening));
  const opened: Changed = { ...written(decision), after: loaded(apply(undefined, decision), number, work.now), expected: 0 };
  const out = changedBy(work, from, depart(sideOf(parts, from.incident), leaving, { to, by }));
  return { changed: [out, opened], moves: movesOf(leaving, from.incident.id, to), say: `${to} is open with ${sayWhat(leaving)}; its channel is on its way.` };
}

/** A button is pressed again, or by somebody who looked away for a moment: read only then, and only this incident's own story. */
async function whereItWent(parts: ReceiveParts, { incident }: Loaded, { what, otherwise }: { what: string; otherwise: Reply }): Promise<Reply> {
  return goneElsewhere(incident.id, what, await parts.store.events(incident.id)) ?? otherwise;
}

async function link(work: Work, into: Loaded, what: string): Promise<Outcome> {
  const { parts, from, by } = work;
  const leaving = pick(from.incident, what);
  if ('ok' in leaving) return whereItWent(parts, from, { what, otherwise: leaving });
  const [source, to] = [from.incident.id, into.incident.id];
  const changed = [
    changedBy(work, from, depart(sideOf(parts, from.incident), leaving, { to, by })),
    changedBy(work, into, arrive(sideOf(parts, into.incident), leaving, { from: source, by })),
  ];
  return { changed, moves: movesOf(leaving, source, to), say: `${to} has ${sayWhat(leaving)} now.` };
}

function mergeInto(work: Work, into: Loaded, reason: string): Outcome {
  const { parts, from, by } = work;
  const both = merge(sideOf(parts, from.incident), sideOf(parts, into.incident), { by, reason });
  const [source, to] = [from.incident.id, into.incident.id];
  return {
    changed: [changedBy(work, from, both.from), changedBy(work, into, both.into)],
    moves: [{ from: source, to, what: 'all' }],
    say: `${source} is merged into ${to}: go on there.`,
  };
}

const sideOf = (parts: ReceiveParts, incident: Incident): Side => ({ incident, context: parts.context(incident) });

const written = ({ events, effects, cancel }: Decision): Pick<Changed, 'events' | 'effects' | 'cancel'> => ({ events, effects, cancel });
const loaded = (incident: Incident, number: number, now: number): Loaded => ({ incident, row: rowOf(incident, { number }, now) });

function changedBy({ now }: Work, { incident, row }: Loaded, decision: Decision): Changed {
  return { ...written(decision), after: loaded(apply(incident, decision), row.number, now), expected: incident.version };
}

/** Those kept one by one by name; of the counted ones only the service is known. */
function movesOf({ alerts, services }: Leaving, from: IncidentId, to: IncidentId): readonly Move[] {
  const single = alerts.map(({ source, fingerprint }): Move => ({ from, to, what: { source, fingerprint } }));
  return [...single, ...(services === 'all' ? [] : services.map((service): Move => ({ from, to, what: { service } })))];
}

function sayWhat({ alerts, tallies }: Leaving): string {
  const count = seenCount({ alerts: Object.fromEntries(alerts.map((alert) => [alertKey(alert), alert])), tallies });
  return `${count} alert${count === 1 ? '' : 's'}`;
}
