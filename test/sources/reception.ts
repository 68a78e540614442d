/** From stored deliveries to incidents, on a real database: the same rooms as in wire.ts. */
import type { Context } from '../../src/core/draft.ts';
import type { Incident, Input } from '../../src/core/model.ts';
import type { Catalog, Service } from '../../src/core/service.ts';
import { openCabinet } from '../../src/engine/cabinet.ts';
import { createHandle } from '../../src/engine/handle.ts';
import { createReception } from '../../src/engine/receive.ts';
import { takeTurns } from '../../src/lib/turns.ts';
import { SOURCES } from '../../src/sources/index.ts';
import { matchService } from '../../src/sources/match.ts';
import { readChanges, readSignals } from '../../src/sources/read.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import { toSignal } from '../../src/wire-parts.ts';
import { playbook } from '../core/given.ts';

export type Reception = Awaited<ReturnType<typeof openReception>>;

export async function openReception(services: readonly Service[], begin: number) {
  const store = await openSqlite({ path: ':memory:' });
  let now = begin;
  const catalog: Catalog = { services, operators: [], announce: undefined, channelPrefix: 'inc', defaultPlaybook: undefined, generic: null };
  const context = ({ service: name }: { service: string }): Context => ({
    now,
    service: services.find((one) => one.name === name),
    playbook,
    noLeadMs: 0,
    announces: false,
  });
  const parts = {
    store,
    cabinet: openCabinet(store),
    clock: { now: () => now, at: () => () => undefined },
    turn: takeTurns(),
    committing: () => undefined,
    context,
    log: { info: () => undefined, warn: () => undefined },
  };
  const sourceOf = (name: string) => SOURCES.find((one) => one.name === name) ?? missing(name);
  const reception = createReception({
    ...parts,
    catalog: () => catalog,
    read: ({ source: name, body, receivedAt }) => {
      const at = { now: receivedAt, catalog };
      const signals = readSignals(sourceOf(name), body, at).map((raw) => toSignal(name, raw, matchService(raw, catalog)));
      return { signals, changes: readChanges(sourceOf(name), body, at) };
    },
  });
  const handle = createHandle(parts);
  const incidents = async (): Promise<readonly Incident[]> => {
    const loaded = await Promise.all((await store.open()).map(({ id }) => parts.cabinet.load(id)));
    return loaded.flatMap((one) => (one ? [one.incident] : []));
  };
  return {
    catalog,
    /** Stored and read, a second after what came before; nothing may be set aside. The incidents that are open then. */
    async take(source: string, body: string): Promise<readonly Incident[]> {
      now += 1_000;
      await store.accept({ source, body, receivedAt: now });
      await reception.drain();
      const { inbox, setAside } = await store.counts();
      if (inbox + setAside > 0) throw new Error(`${inbox} deliveries of ${source} were not read, ${setAside} could not be`);
      return incidents();
    },
    hears: (id: string, input: Input) => handle(id, { input }),
    told: async (id: string) => (await store.events(id)).flatMap((event) => (event.kind === 'changedOutside' ? [event.change] : [])),
    now: () => now,
    close: () => store.close(),
  };
}

function missing(name: string): never {
  throw new Error(`no source is called ${name}`);
}
