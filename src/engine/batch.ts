/** What arrives at the incidents of one round, in order, and what they decide about it; written in one transaction. */
import type { Arrival } from '../core/alert.ts';
import { decide, type Opening, open } from '../core/decide.ts';
import { instead } from '../core/draft.ts';
import type { Decision, Incident, IncidentId, Input } from '../core/model.ts';
import { Failure } from '../lib/failure.ts';
import type { Loaded } from '../store/store.ts';
import { apply, type Changed, rowOf } from './cabinet.ts';
import type { ReceiveParts } from './receive.ts';

interface Batch {
  /** undefined: it is opened here. */
  readonly start: Loaded | undefined;
  readonly number: number;
  incident: Incident;
  readonly inputs: Input[];
  readonly events: Decision['events'][number][];
  readonly effects: Map<string, Decision['effects'][number]>;
  readonly cancel: Set<string>;
}

export interface Batches {
  begin(opening: Opening, number: number): Incident;
  /** Alerts that follow each other are decided together. `reopens`: why a resolved incident is opened again for it. */
  arrive(id: IncidentId, arrival: Arrival, reopens?: string): void;
  hear(id: IncidentId, input: Input): void;
  /** Loads and decides. `stale`: an incident is not as it stood in the list, so this was decided on old news. */
  decide(isOpen: (id: IncidentId) => boolean, now: number): Promise<readonly Changed[] | 'stale'>;
  forget(): void;
}

const blank = (start: Loaded | undefined, incident: Incident, number: number): Batch => ({
  ...{ start, incident, number },
  ...{ inputs: [], events: [], effects: new Map(), cancel: new Set() },
});

export function createBatches(parts: Pick<ReceiveParts, 'cabinet' | 'context'>): Batches {
  const opened = new Map<IncidentId, Batch>();
  const inputs = new Map<IncidentId, Input[]>();
  const of = (id: IncidentId): Input[] => {
    const known = inputs.get(id) ?? opened.get(id)?.inputs ?? [];
    inputs.set(id, known);
    return known;
  };
  return {
    begin(opening, number) {
      const decision = open(opening, parts.context(opening));
      const batch = blank(undefined, apply(undefined, decision), number);
      record(batch, decision);
      opened.set(opening.id, batch);
      return batch.incident;
    },
    arrive(id, arrival, reopens) {
      const before = of(id).at(-1);
      if (before?.kind === 'signals' && reopens === undefined)
        (before.arrivals as Arrival[]).push(arrival); // made in the next line, by nobody else
      else of(id).push({ kind: 'signals', arrivals: [arrival], reopens });
    },
    hear: (id, input) => void of(id).push(input),
    async decide(isOpen, now) {
      const changed: Changed[] = [];
      for (const id of new Set([...opened.keys(), ...inputs.keys()])) {
        const batch = opened.get(id) ?? (await load(parts, id));
        const reopens = of(id).some((input) => input.kind === 'signals' && input.reopens !== undefined);
        if (batch.start && (batch.incident.phase !== 'resolved') !== (isOpen(id) && !reopens)) return 'stale';
        for (const input of of(id)) gather(batch, decide(batch.incident, input, parts.context(batch.incident)));
        const { start, incident, events, effects, cancel } = batch;
        if (events.length === 0 && effects.size === 0 && cancel.size === 0) continue;
        const after = { incident, row: rowOf(incident, batch, now) };
        changed.push({ after, expected: start?.incident.version ?? 0, events, effects: [...effects.values()], cancel: [...cancel] });
      }
      return changed;
    },
    forget() {
      for (const id of [...opened.keys(), ...inputs.keys()]) parts.cabinet.forget(id);
    },
  };
}

async function load(parts: Pick<ReceiveParts, 'cabinet'>, id: IncidentId): Promise<Batch> {
  const loaded = await parts.cabinet.load(id);
  if (!loaded) throw new Failure('E_INTERNAL', `${id} is listed but has no events`);
  return blank(loaded, loaded.incident, loaded.row.number);
}

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
    batch.effects.set(effect.key, instead(batch.effects.get(effect.key), effect));
  }
}
