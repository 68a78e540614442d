/** What the doors (Slack, HTTP, terminal) may ask of the engine. */
import type { Command, Evidence, Incident, IncidentId, Person, Reply, Severity, TimelineEvent } from '../core/model.ts';
import { type ChainEnd, type PostmortemInput, postmortem } from '../core/postmortem.ts';
import type { Catalog, Service } from '../core/service.ts';
import type { Store } from '../store/store.ts';
import type { Cabinet } from './cabinet.ts';
import type { Handle } from './handle.ts';
import type { Reception } from './receive.ts';

export interface PortParts {
  readonly store: Store;
  readonly cabinet: Cabinet;
  readonly handle: Handle;
  readonly reception: Reception;
  catalog(): Catalog;
  /** Tags one may go back to, best first. */
  running(service: Service): Promise<string | undefined>;
  targets(service: Service): Promise<readonly { readonly tag: string; readonly label: string }[]>;
}

export interface OpenAsk {
  readonly title: string;
  readonly service: string | undefined;
  readonly severity: Severity | undefined;
  readonly by: Person;
  readonly evidence: readonly Evidence[];
}

const LISTED = 20;

export function createPort(parts: PortParts) {
  const { store, cabinet, handle, reception } = parts;
  const incident = async (id: IncidentId): Promise<Incident | undefined> => (await cabinet.load(id))?.incident;
  const command = async (id: IncidentId, by: Person, asked: Command, once: string): Promise<Reply> => {
    const { outcome, reply } = await handle(id, { input: { kind: 'command', by, command: asked }, once });
    if (outcome === 'duplicate') return { ok: true, text: 'I have that already.' };
    return reply ?? { ok: true, text: 'Done.' };
  };
  const { rearrange, snooze, unsnooze, silence } = reception;
  return {
    ...{ command, incident, rearrange, snooze, unsnooze, silence },
    async openIncident(ask: OpenAsk, once: string): Promise<{ incident: Incident; reply: Reply }> {
      const { id, opened, because } = await reception.report(ask, once);
      if (!opened && ask.evidence.length > 0) await command(id, ask.by, { kind: 'addEvidence', items: ask.evidence }, `${once}:evidence`);
      if (!opened) await command(id, ask.by, { kind: 'report', text: ask.title }, `${once}:note`);
      const now = await incident(id);
      if (!now) throw new Error(`${id} was opened and cannot be loaded`);
      return { incident: now, reply: { ok: true, text: opened ? `${id} is open; its channel is on its way.` : `Added to ${id}: ${because}.` } };
    },
    async incidentByChannel(channel: string): Promise<Incident | undefined> {
      const row = await store.findByChannel(channel);
      return row && incident(row.id);
    },
    async openIncidents(): Promise<readonly Incident[]> {
      const rows = (await store.open()).slice(0, LISTED);
      const found = await Promise.all(rows.map(({ id }) => incident(id)));
      return found.filter((one) => one !== undefined);
    },
    timeline: (id: IncidentId): Promise<readonly TimelineEvent[]> => store.events(id),
    services: () =>
      parts.catalog().services.map(({ name, repo, rollback }) => ({
        name,
        repo,
        approvers: [...rollback.approve.from, ...rollback.approve.ask, ...rollback.approve.breakGlass],
      })),
    async rollbackTargets(name: string): Promise<readonly { readonly tag: string; readonly label: string }[]> {
      const service = parts.catalog().services.find((one) => one.name === name);
      return service?.repo === undefined ? [] : parts.targets(service);
    },
    async runningRelease(name: string): Promise<string | undefined> {
      const service = parts.catalog().services.find((one) => one.name === name);
      return service?.repo === undefined ? undefined : parts.running(service);
    },
    async postmortem(id: IncidentId): Promise<string> {
      const [now, events, record] = await Promise.all([incident(id), store.events(id), chainEnd(store, id)]);
      return now ? writePostmortem(now, events, { record }) : '';
    },
    chainEnd: (id: IncidentId): Promise<ChainEnd> => chainEnd(store, id),
  };
}

/** Where the record stands now, for whoever compares an export with what is written today. */
export async function chainEnd(store: Pick<Store, 'auditHead' | 'auditOf'>, id: IncidentId): Promise<ChainEnd> {
  const [{ seq, hash }, rows] = await Promise.all([store.auditHead(), store.auditOf(id)]);
  const own = rows.at(-1);
  return { head: { seq, hash }, own: own && { seq: own.seq, hash: own.hash } };
}

export type Port = ReturnType<typeof createPort>;

/** The one way a postmortem is written: for Slack, for the terminal, for the file. */
export function writePostmortem(incident: Incident, events: readonly TimelineEvent[], more: Partial<Pick<PostmortemInput, 'chart' | 'record'>>): string {
  return postmortem({ incident, events, chart: more.chart, record: more.record, iso: (at) => new Date(at).toISOString().slice(0, 19).replace('T', ' ') });
}
