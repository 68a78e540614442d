/** The real core behind the Slack door, kept in memory: decisions are real, nothing is performed. */
import { decide, open } from '../../src/core/decide.ts';
import { fold } from '../../src/core/evolve.ts';
import type { SnoozeAsk } from '../../src/core/hold.ts';
import type { Command, Incident, Input, Person, Reply, TimelineEvent } from '../../src/core/model.ts';
import type { Rearrangement } from '../../src/core/rearrange.ts';
import type { EnginePort, OpenAsk } from '../../src/slack/listen.ts';
import { contextOf, NOW } from './stories.ts';

export interface MemoryEngine extends EnginePort {
  /** What was asked, once per word. */
  readonly asked: { incident: string; by: Person; command: Command }[];
  readonly opened: OpenAsk[];
  feed(id: string, input: Input): void;
  get(id: string): Incident;
  readonly moved: { incident: string; ask: Rearrangement; by: Person }[];
  readonly silenced: (SnoozeAsk | { what: string; by: Person })[];
  /** Whom services.yml names for a service. */
  policy(service: string, approvers: readonly string[]): void;
}

export function memoryEngine(): MemoryEngine {
  const logs = new Map<string, TimelineEvent[]>();
  const seen = new Set<string>();
  const asked: MemoryEngine['asked'] = [];
  const opened: OpenAsk[] = [];
  const approvers: Record<string, readonly string[]> = { 'checkout-api': ['S0SRE'], payment: [] };
  const state = (id: string): Incident | undefined => fold(logs.get(id) ?? []);
  const get = (id: string): Incident => {
    const found = state(id);
    if (!found) throw new Error(`no ${id}`);
    return found;
  };
  const feed = (id: string, input: Input): Reply | undefined => {
    const { events, reply } = decide(get(id), input, contextOf('words', NOW));
    logs.set(id, [...(logs.get(id) ?? []), ...events]);
    return reply;
  };
  const moved: MemoryEngine['moved'] = [];
  const silenced: MemoryEngine['silenced'] = [];
  return {
    ...{ asked, opened, moved, silenced },
    async rearrange(incident, ask, { by }) {
      moved.push({ incident, ask, by });
      return { ok: true, text: 'Moved.' };
    },
    async snooze(ask) {
      silenced.push(ask);
      return { ok: true, text: 'Snoozed.' };
    },
    async unsnooze(what, by) {
      silenced.push({ what, by });
      return { ok: true, text: 'No longer snoozed.' };
    },
    silence: async () => ({ snoozes: [], maintenance: [], held: [] }),
    get,
    feed: (id, input) => void feed(id, input),
    async command(id, by, command, once) {
      if (seen.has(once)) return { ok: true, text: 'I have that already.' };
      seen.add(once);
      asked.push({ incident: id, by, command });
      return feed(id, { kind: 'command', by, command }) ?? { ok: true, text: 'Done.' };
    },
    async openIncident(ask, once) {
      if (!seen.has(once)) {
        seen.add(once);
        opened.push(ask);
        const id = `INC-${logs.size + 1}`;
        const by = { kind: 'human', slackId: ask.by.slackId, name: ask.by.name } as const;
        const service = ask.service ?? 'unknown';
        const opening = {
          id,
          key: service,
          title: ask.title,
          service,
          severity: ask.severity ?? 'sev2',
          by,
          because: 'reported',
          signal: undefined,
          evidence: ask.evidence,
        };
        logs.set(id, [...open(opening, contextOf('words', NOW)).events]);
      }
      const incident = get(`INC-${logs.size}`);
      return { incident, reply: { ok: true, text: `${incident.id} is open.` } };
    },
    incidentByChannel: async (channel) => [...logs.keys()].map(get).find((incident) => incident.channel?.id === channel),
    incident: async (id) => state(id),
    openIncidents: async () => [...logs.keys()].map(get).filter(({ phase }) => phase !== 'resolved'),
    timeline: async (id) => logs.get(id) ?? [],
    policy: (service, named) => void Object.assign(approvers, { [service]: named }),
    services: () => [
      { name: 'checkout-api', repo: 'acme/checkout', approvers: approvers['checkout-api'] ?? [] },
      { name: 'payment', repo: 'acme/payment', approvers: approvers.payment ?? [] },
    ],
    runningRelease: async () => undefined,
    rollbackTargets: async (service) =>
      service === 'checkout-api'
        ? [
            { tag: 'v2.13.2', label: 'v2.13.2, 6 days' },
            { tag: 'v2.13.1', label: 'v2.13.1' },
            { tag: 'v2.12.0', label: 'v2.12.0' },
            { tag: 'v1.0.0', label: 'v1.0.0' },
          ]
        : [],
    postmortem: async (id) => `# ${id}`,
  };
}
