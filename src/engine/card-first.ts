/**
 * People wait for the card, and what only completes it or its channel must not stand before it: neither in the lines to Slack nor on the
 * processor.
 * Who asks here goes on when the card has left, or at once if it was posted before.
 */
import type { IncidentId } from '../core/model.ts';
import type { Store } from '../store/store.ts';

export interface CardFirst {
  /** The card of this incident is on its way to Slack. */
  leaves(id: IncidentId): void;
  /** Never rejects. */
  after(id: IncidentId): Promise<void>;
}

/** From being handed to Slack's client to being written to the line. */
const WAY_MS = 5;
/** A card that did not leave by then has trouble of its own. */
const LONGEST_MS = 250;

export function createCardFirst(store: Pick<Store, 'message'>): CardFirst {
  const waiting = new Map<IncidentId, Set<() => void>>();
  return {
    leaves(id) {
      const released = waiting.get(id);
      waiting.delete(id);
      if (released) setTimeout(() => [...released].map((release) => release()), WAY_MS);
    },
    async after(id) {
      const posted = store.message(id, 'card').catch(() => undefined); // whoever needs the database will hear of it
      const left = new Promise<void>((resolve) => {
        const all = waiting.get(id) ?? new Set();
        waiting.set(id, all.add(resolve));
        setTimeout(() => {
          all.delete(resolve);
          if (all.size === 0 && waiting.get(id) === all) waiting.delete(id);
          resolve();
        }, LONGEST_MS).unref();
      });
      if ((await posted) === undefined) await left;
    },
  };
}
