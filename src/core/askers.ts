/**
 * Who asked for a rollback that a playbook led to. Whoever answered a question on the way asked for it, however many machine steps or
 * rounds of a loop lie between the answer and the rollback: so they are not also the ones who approve it.
 *
 * A step that a person decided remembers who it was, and the step that leads to the rollback remembers everybody behind it. Both stand in
 * the step's data, which lasts until the step runs again.
 */
import { liveRollback } from './evolve.ts';
import type { Actor, Incident, Json, StepState } from './model.ts';
import type { Step } from './playbook.ts';
import type { Asker, Rollback, RollbackId } from './rollback.ts';

type Data = StepState['data'];

/** The next rollback of an incident gets this one. */
export const nextRollbackId = ({ rollbacks }: Pick<Incident, 'rollbacks'>): RollbackId => `rb${Object.keys(rollbacks).length + 1}`;

export interface Decided {
  readonly step: Step | undefined;
  readonly state: 'done' | 'failed' | 'skipped';
  readonly by: Actor;
  /** The step it leads to. */
  readonly next: Step | undefined;
}

/** What an ending adds to its step's data. */
export function tracesOf(incident: Incident, { step, state, by, next }: Decided): Data {
  const me: readonly Asker[] = by.kind === 'human' ? [{ slackId: by.slackId, name: by.name }] : [];
  const answer = isChoice(step, state) ? me[0] : undefined;
  const answered = answer && { answered_by: { ...answer } };
  // While one is under way, no other is asked for.
  if (next?.use !== 'rollback' || liveRollback(incident)) return { ...answered };
  const people = unique([...onTheWay(incident, answer !== undefined), ...me]).map((asker) => ({ ...asker }));
  return { ...answered, leads_to: nextRollbackId(incident), asked_by: people };
}

/** Evidence that is brought and a step that is passed over choose nothing where only one way leads on. */
function isChoice(step: Step | undefined, state: Decided['state']): boolean {
  if (step?.use === 'ask') return true;
  const ways = Object.entries(step?.next ?? {}).filter(([outcome]) => outcome !== 'fail');
  return state === 'skipped' && new Set(ways.map(([, id]) => id)).size > 1;
}

/** Everybody who chose since the last rollback ended. Where nobody did, the same people ask for the same thing again. */
function onTheWay({ steps, rollbacks }: Incident, choosesNow: boolean): readonly Asker[] {
  const answers = Object.values(steps)
    .flatMap(({ data, endedAt = 0 }) => (isAsker(data.answered_by) ? [{ who: data.answered_by, at: endedAt }] : []))
    .toSorted((a, b) => a.at - b.at);
  const before = Object.values(rollbacks).at(-1);
  const fresh = answers.filter(({ at }) => at >= (before?.endedAt ?? 0)).map(({ who }) => who);
  if (fresh.length > 0 || choosesNow || before === undefined) return fresh;
  return [...(before.automatic ? [] : askersOf(before)), ...answers.map(({ who }) => who)];
}

const unique = (people: readonly Asker[]): readonly Asker[] =>
  people.filter(({ slackId }, n) => people.findLastIndex((other) => other.slackId === slackId) === n);

const isAsker = (value: Json | undefined): value is Json & Asker =>
  typeof value === 'object' && value !== null && 'slackId' in value && typeof value.slackId === 'string' && 'name' in value && typeof value.name === 'string';

/** The people whose answers led the playbook to this rollback, the last of them last; undefined: somebody, or an alert, asked for it outright. */
export function ledBy({ steps }: Pick<Incident, 'steps'>, id: RollbackId): readonly Asker[] | undefined {
  const led = Object.values(steps).find(({ data }) => data.leads_to === id)?.data.asked_by;
  return Array.isArray(led) ? led.filter(isAsker) : undefined;
}

/** Everybody who counts as asking for it; empty: nobody did. */
export function askersOf({ by, plan }: Pick<Rollback, 'by' | 'plan'>): readonly Asker[] {
  return plan?.askers ?? (by.kind === 'human' ? [{ slackId: by.slackId, name: by.name }] : []);
}

/** `Ada, through the playbook`. */
export function sayAskers({ by, plan, automatic }: Pick<Rollback, 'by' | 'plan' | 'automatic'>, name = (asker: Asker): string => asker.name): string {
  const people = askersOf({ by, plan }).map(name);
  if (people.length > 0) return `${people.join(' and ')}${plan?.askers === undefined ? '' : ', through the playbook'}`;
  if (by.kind === 'source') return by.name;
  return automatic ? 'nobody: services.yml lets it begin by itself' : 'the playbook';
}

/** The person a rollback step is started for: who acted just now, else whoever answered last on the way to it. */
export function askerOf(by: Actor, people: readonly Asker[] | undefined): Actor {
  const last = people?.at(-1);
  return by.kind !== 'human' && last ? { kind: 'human', ...last } : by;
}
