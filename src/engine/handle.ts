/** Everything that reaches an existing incident: load, decide, append; on a conflict load again and decide again. */
import { decide } from '../core/decide.ts';
import type { Context } from '../core/draft.ts';
import { deployLocks } from '../core/lock.ts';
import type { Incident, IncidentId, Input, Reply } from '../core/model.ts';
import type { Clock } from '../lib/clock.ts';
import { Failure } from '../lib/failure.ts';
import type { TakeTurn } from '../lib/turns.ts';
import type { CommitOutcome, Loaded, Task } from '../store/store.ts';
import { apply, commitChange, type Keeping, rowOf } from './cabinet.ts';

export interface HandleParts extends Keeping {
  readonly clock: Clock;
  readonly turn: TakeTurn;
  context(of: Pick<Incident, 'service'>): Context;
}

export interface Arrival {
  readonly input: Input;
  /** A second arrival with the same word changes nothing. */
  readonly once?: string;
  /** The task whose result this is; it ends in the same transaction. */
  readonly finishes?: Task;
  /** The task that goes out as soon as this stands; that it does is written in the same transaction. */
  readonly begins?: Task;
}

export type Handle = (id: IncidentId, arrival: Arrival) => Promise<Handled>;
export interface Handled {
  readonly outcome: 'done' | 'duplicate' | 'lost' | 'locked' | 'conflict' | 'unknown-incident';
  readonly reply: Reply | undefined;
}

/** Two people and three alerts at the same instant need fewer than this; more means something is wrong. */
const TRIES = 8;

export function createHandle(parts: HandleParts): Handle {
  return (id, arrival) => parts.turn(id, () => handle(parts, id, arrival));
}

async function handle(parts: HandleParts, id: IncidentId, arrival: Arrival): Promise<Handled> {
  for (let attempt = 1; attempt <= TRIES; attempt++) {
    const loaded = await parts.cabinet.load(id);
    if (!loaded) return { outcome: 'unknown-incident', reply: { ok: false, code: 'E_UNKNOWN_INCIDENT', text: `I do not know ${id}.` } };
    const { outcome, reply } = await tryOnce(parts, loaded, arrival);
    switch (outcome.kind) {
      case 'done':
      case 'duplicate':
      case 'lost':
        return { outcome: outcome.kind, reply };
      case 'locked':
        return {
          outcome: 'locked',
          reply: { ok: false, code: 'E_BUSY', text: `Nothing was sent: ${outcome.holder} is rolling the same service back right now.` },
        };
      case 'conflict':
        parts.cabinet.forget(id);
    }
  }
  if (arrival.input.kind === 'command' && arrival.input.command.kind === 'reopen') {
    const text = `${id} cannot be opened again: another incident of the same problem is open. Go on there.`;
    return { outcome: 'conflict', reply: { ok: false, code: 'E_NOT_NOW', text } };
  }
  throw new Failure('E_BUSY', `${id} changed ${TRIES} times while one input was decided; nothing of it was stored`, { hint: 'Try again.' });
}

async function tryOnce(parts: HandleParts, loaded: Loaded, arrival: Arrival): Promise<{ outcome: CommitOutcome; reply: Reply | undefined }> {
  const { input, once, finishes, begins } = arrival;
  const decision = decide(loaded.incident, input, parts.context(loaded.incident));
  const { events, effects, cancel, reply } = decision;
  if (events.length === 0 && effects.length === 0 && cancel.length === 0 && !finishes && !begins) return { outcome: { kind: 'done' }, reply };
  const at = parts.clock.now();
  const incident = apply(loaded.incident, decision);
  const row = rowOf(incident, loaded.row, at);
  const change = {
    at,
    expected: loaded.incident.version,
    events,
    effects,
    cancel,
    locks: deployLocks(incident, events, parts.context(incident).service),
    ...(once !== undefined && { once }),
    ...(finishes && { finishes }),
    ...(begins && { begins }),
  };
  return { outcome: await commitChange(parts, { incident, row }, change), reply };
}
