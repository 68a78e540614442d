/** Incidents at hand: their fold and their row, as of the last commit we know of. A conflict on commit says when that is no longer true. */
import { evolve, fold } from '../core/evolve.ts';
import type { Decision, Incident, IncidentId, Instant } from '../core/model.ts';
import type { IncidentRow, Loaded, Store } from '../store/store.ts';

export interface Cabinet {
  /** Undefined: there is no such incident. */
  load(id: IncidentId): Promise<Loaded | undefined>;
  keep(loaded: Loaded): void;
  forget(id: IncidentId): void;
}

/** Enough for any number of incidents people really work on at once; the rest is read again when needed. */
const KEPT = 200;

export function openCabinet(store: Store): Cabinet {
  const kept = new Map<IncidentId, Loaded>();
  const keep = (loaded: Loaded): void => {
    kept.delete(loaded.row.id);
    kept.set(loaded.row.id, loaded);
    const oldest = kept.size > KEPT ? kept.keys().next().value : undefined;
    if (oldest !== undefined) kept.delete(oldest);
  };
  return {
    keep,
    forget: (id) => void kept.delete(id),
    async load(id) {
      const known = kept.get(id);
      if (known) return known;
      const [row, events] = await Promise.all([store.find(id), store.events(id)]);
      const incident = fold(events);
      if (!row || !incident) return undefined;
      const loaded = { incident, row: rowOf(incident, row, row.updatedAt) };
      keep(loaded);
      return loaded;
    },
  };
}

/** The state after a decision. */
export function apply(incident: Incident | undefined, decision: Decision): Incident {
  const after = decision.events.reduce<Incident | undefined>(evolve, incident);
  if (!after) throw new Error('a decision that opens nothing was applied to nothing');
  return after;
}

/** The columns lists and look-ups filter on, from the state. */
export function rowOf(incident: Incident, before: { number: number }, at: Instant): IncidentRow {
  const { id, key, service, title, phase, severity, channel, version, openedAt } = incident;
  return { id, number: before.number, key, service, title, phase, severity, channel: channel?.id, version, openedAt, updatedAt: at };
}
