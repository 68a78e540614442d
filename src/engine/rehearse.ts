/** What would become of a wish for a rollback: decided by the same core, planned by the same deed, stored nowhere, sent nowhere. */
import { decide, open } from '../core/decide.ts';
import type { Context } from '../core/draft.ts';
import { liveRollback, rollbackOf } from '../core/evolve.ts';
import type { Command, Incident, Input, Person, Reply } from '../core/model.ts';
import type { Rollback } from '../core/rollback.ts';
import type { Clock } from '../lib/clock.ts';
import type { RollbackDeed } from '../steps/rollback-deed.ts';
import { apply } from './cabinet.ts';

export interface RehearseParts {
  readonly clock: Clock;
  context(of: Pick<Incident, 'service'>): Context;
  openIncidents(): Promise<readonly Incident[]>;
  /** Of the newest incident. */
  lastNumber(): Promise<number>;
  plan: RollbackDeed['plan'];
}
export interface Wished {
  readonly service: string;
  readonly tag: string;
  readonly reason: string;
  readonly by: Person;
}

export interface Rehearsal {
  /** What the person would be told; nothing is read from the outside. */
  ask(wish: Wished): Promise<Reply>;
  /** The incident as it would stand with the plan, or with the refusal, and the rollback in it. Throws what reading may throw. */
  plan(wish: Wished, signal: AbortSignal): Promise<{ readonly incident: Incident; readonly rollback: Rollback } | { readonly refused: Reply }>;
}

const SILENT: Reply = { ok: false, code: 'E_INTERNAL', text: 'The core gave no answer.' };

export function createRehearsal(parts: RehearseParts): Rehearsal {
  const ask = async (wish: Wished): Promise<{ reply: Reply; incident: Incident }> => {
    const command: Command = { kind: 'requestRollback', tag: wish.tag, reason: wish.reason, step: undefined };
    const before = (await parts.openIncidents()).find(({ service }) => service === wish.service) ?? (await opened(parts, wish));
    const { reply = SILENT, incident } = happen(parts, before, { kind: 'command', by: wish.by, command });
    return { reply, incident };
  };
  return {
    ask: async (wish) => (await ask(wish)).reply,
    async plan(wish, signal) {
      const { reply, incident } = await ask(wish);
      const id = reply.ok ? liveRollback(incident)?.id : undefined;
      if (id === undefined) return { refused: reply };
      const task = { unclearSince: undefined, memo: null, createdAt: parts.clock.now() };
      const end = await parts.plan({ incident, service: parts.context(incident).service, id, task, aid: { signal, begin: never, report: never } });
      const after = end.kind === 'input' ? happen(parts, incident, end.input).incident : incident;
      const rollback = rollbackOf(after, id);
      return rollback ? { incident: after, rollback } : { refused: SILENT };
    },
  };
}

function happen({ context }: RehearseParts, incident: Incident, input: Input): { reply: Reply | undefined; incident: Incident } {
  const decision = decide(incident, input, context(incident));
  return { reply: decision.reply, incident: decision.events.length > 0 ? apply(incident, decision) : incident };
}

/** As it would be opened: its number is in the keys of the requests. */
async function opened({ context, lastNumber }: RehearseParts, { service, by }: Wished): Promise<Incident> {
  const now = context({ service });
  const id = `INC-${(await lastNumber()) + 1}`;
  const actor = { kind: 'human', slackId: by.slackId, name: by.name } as const;
  const severity = now.service?.severity ?? 'sev2';
  return apply(undefined, open({ id, key: id, title: '', service, severity, by: actor, because: '', signal: undefined, evidence: [] }, now));
}

/** Reading needs neither; a plan that began to send would end here. */
const never = (): Promise<never> => Promise.reject(new Error('a rehearsal writes nothing'));
