/** Reception on a real database, by a clock the test moves. */
import type { Signal } from '../../src/core/alert.ts';
import { firingCount } from '../../src/core/alert.ts';
import { NOISE } from '../../src/core/correlate-rules.ts';
import type { Context } from '../../src/core/draft.ts';
import type { Incident, IncidentId, Input } from '../../src/core/model.ts';
import type { Service } from '../../src/core/service.ts';
import { openCabinet } from '../../src/engine/cabinet.ts';
import { createHandle } from '../../src/engine/handle.ts';
import { createReception } from '../../src/engine/receive.ts';
import { takeTurns } from '../../src/lib/turns.ts';
import type { Store } from '../../src/store/store.ts';
import { MINUTE, playbook, service, signal, T0 } from '../core/given.ts';

export interface Room {
  now(): number;
  readonly reception: ReturnType<typeof createReception>;
  /** These alerts arrive in one delivery each, and are taken. */
  fire(...alerts: readonly Partial<Signal>[]): Promise<void>;
  hears(id: IncidentId, input: Input): Promise<unknown>;
  /** Time passes; what is due meanwhile wakes up at its moment. */
  pass(ms: number): Promise<void>;
  incident(id: IncidentId): Promise<Incident>;
  /** Ids of all incidents, oldest first. */
  ids(): Promise<readonly IncidentId[]>;
  /** What every incident and the signals say of each alert; sentences about what does not agree. */
  disagreements(): Promise<readonly string[]>;
}

export interface RoomOptions {
  readonly services?: readonly Service[];
  readonly noise?: Partial<typeof NOISE>;
}

export function furnish(store: Store, { services = [service], noise = {} }: RoomOptions = {}): Room {
  let now = T0;
  const timers = new Map<() => void, number>();
  const context = ({ service: name }: { service: string }): Context => {
    const known = services.find((one) => one.name === name);
    return { now, service: known, playbook, noLeadMs: 0, announces: false };
  };
  const cabinet = openCabinet(store);
  const clock = {
    now: () => now,
    at: (at: number, fn: () => void) => {
      timers.set(fn, at);
      return () => void timers.delete(fn);
    },
  };
  const parts = { store, cabinet, clock, turn: takeTurns(), committing: () => undefined, context, log: { info: () => undefined, warn: () => undefined } };
  const read = ({ body }: { body: string }) => ({ signals: [JSON.parse(body) as Signal], changes: [] }); // written by `fire`
  const catalog = () => ({ services, noise: { ...NOISE, ...noise } });
  const reception = createReception({ ...parts, read, catalog });
  const handle = createHandle(parts);
  const seen = new Map<string, Signal>();
  const ids = async (): Promise<readonly IncidentId[]> => (await store.list({ limit: 1000 })).map(({ id }) => id).toReversed();
  const incident = async (id: IncidentId): Promise<Incident> => {
    const loaded = await cabinet.load(id);
    if (!loaded) throw new Error(`there is no ${id}`);
    return loaded.incident;
  };
  return {
    ...{ now: () => now, reception, incident, ids },
    async fire(...alerts) {
      for (const more of alerts) {
        const one = signal({ at: now, ...more });
        seen.set(one.fingerprint, one);
        await store.accept({ source: 'alerts', body: JSON.stringify(one), receivedAt: now });
      }
      await reception.drain();
    },
    hears: (id, input) => handle(id, { input }),
    async pass(ms) {
      const end = now + ms;
      for (;;) {
        const [next] = [...timers].filter(([, at]) => at <= end).sort(([, a], [, b]) => a - b);
        if (!next) break;
        timers.delete(next[0]);
        now = Math.max(now, next[1]);
        next[0]();
        // Whatever it began has its turn before this.
        await reception.silence();
        await reception.drain();
      }
      now = end;
    },
    async disagreements() {
      const all = await Promise.all((await ids()).map(incident));
      const rows = await Promise.all([...seen.values()].map(({ source, fingerprint }) => store.signal(source, fingerprint)));
      const wrong = all.flatMap((one) => {
        const firing = rows.filter((row) => row?.incident === one.id && row.state === 'firing').length;
        return firingCount(one) === firing ? [] : [`${one.id} says ${firingCount(one)} fire, the signals say ${firing}`];
      });
      const twice = all.flatMap(({ alerts }) => Object.keys(alerts)).filter((key, at, keys) => keys.indexOf(key) !== at);
      return [...wrong, ...twice.map((key) => `${key} is in two incidents`)];
    },
  };
}

export const named = (name: string, more: Partial<Service> = {}): Service => ({ ...service, name, repo: undefined, match: [{ service: name }], ...more });
export { MINUTE };
