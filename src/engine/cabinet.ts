/** Incidents at hand: their fold and their row, as of the last commit we know of. A conflict on commit says when that is no longer true. */
import { outlineOf } from '../core/correlate.ts';
import { evolve, fold } from '../core/evolve.ts';
import type { Decision, Incident, IncidentId, Instant } from '../core/model.ts';
import type { Change, CommitOutcome, IncidentChange, IncidentRow, Loaded, Store } from '../store/store.ts';

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

export interface Keeping {
  readonly store: Store;
  readonly cabinet: Cabinet;
  /** Called as soon as a change was handed to the database, with its end: what becomes due by it can be claimed in the same breath. */
  committing(end: Promise<unknown>): void;
}

/** What happens to one incident; `after` is what the cabinet knows when it stands. */
export interface Changed extends Omit<IncidentChange, 'row' | 'outline'> {
  readonly after: Loaded;
}

/** Stores one change, of one incident or of several at once. */
export function commitTogether(
  { store, cabinet, committing }: Keeping,
  changed: readonly Changed[],
  rest: Omit<Change, 'incident' | 'also'>,
): Promise<CommitOutcome> {
  const [incident, ...also] = changed.map(({ after, ...change }): IncidentChange => ({ ...change, row: after.row, outline: outlineOf(after.incident) }));
  const end = store.commit({ ...rest, ...(incident && { incident, also }) }).then((outcome) => {
    if (outcome.kind === 'done') for (const { after } of changed) cabinet.keep(after);
    return outcome;
  });
  if (incident) committing(end);
  return end;
}

/** The same for one. */
export function commitChange(keeping: Keeping, after: Loaded, change: Omit<Change, 'incident'> & Omit<Changed, 'after'>): Promise<CommitOutcome> {
  const { expected, events, effects, cancel, ...rest } = change;
  return commitTogether(keeping, [{ after, expected, events, effects, cancel }], rest);
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
