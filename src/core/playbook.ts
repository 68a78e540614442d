/** A playbook after loading: checked, defaults filled in, references resolved. Written by people as YAML (see playbook/load.ts). */
import type { Json, Role } from './model.ts';

export type StepId = string;

export interface Playbook {
  readonly name: string;
  readonly title: string;
  /** First 12 hex digits of the SHA-256 of the file, so that the timeline says which text was used. */
  readonly hash: string;
  readonly steps: readonly Step[];
}

export interface Step {
  readonly id: StepId;
  /** Which kind of step: a name from steps/index.ts. */
  readonly use: string;
  /** Who moves it on: a person by an answer, or the machine by running it. */
  readonly by: 'human' | 'machine';
  readonly title: string;
  /** One or two sentences for the person who reads it at 3 a.m.; may hold `{{ service }}` and the like. */
  readonly text: string | undefined;
  /** Already checked by the kind's own schema. */
  readonly params: Readonly<Record<string, Json>>;
  readonly owner: Role | undefined;
  readonly timeoutMs: number | undefined;
  /** outcome → next step or `end`; `done` is what follows an outcome without a line of its own, `fail` what follows a failure; absent: the playbook ends. */
  readonly next: Readonly<Record<string, StepId>>;
}

/** Parameters of the human steps, which `decide` itself reads. */
export interface CollectParams {
  /** How many of each must be there before the step can be ticked. */
  readonly urls: number;
  readonly screenshots: number;
  /** Playbooks of incidents from before these could be asked for do not hold them. */
  readonly request_ids?: number;
  readonly users?: number;
}
export interface AskParams {
  readonly question: string;
  readonly choices: readonly { readonly id: string; readonly label: string }[];
}
export interface NotifyParams {
  /** Slack users (U…), user groups (S…), channels (C…), and `on-call` for the people of the service. */
  readonly to: readonly string[];
  readonly message: string;
}
export interface RollbackParams {
  /** Can only tighten what services.yml says. */
  readonly approve: { readonly require: number; readonly from: readonly string[] } | undefined;
}

export function stepOf(playbook: Playbook | undefined, id: StepId | undefined): Step | undefined {
  return playbook?.steps.find((step) => step.id === id);
}

/** Whether a rollback may begin from here before a person is asked anything else. */
export function leadsToRollback(playbook: Playbook | undefined, from: StepId | undefined): boolean {
  const seen = new Set<StepId | undefined>();
  const ahead = [from];
  while (ahead.length > 0) {
    const id = ahead.pop();
    const step = seen.has(id) ? undefined : stepOf(playbook, id);
    seen.add(id);
    if (step?.use === 'rollback') return true;
    if (step?.by === 'machine') ahead.push(...Object.values(step.next));
  }
  return false;
}

/**
 * The steps a reader wants on a checklist: those that ran, in the order of the file, the current one, and the way it would go on
 * if all goes well. Side roads nobody took are left out.
 */
export function roadOf(playbook: Playbook, ran: readonly StepId[], current: StepId | undefined): readonly Step[] {
  const ahead = new Set<StepId>();
  // Nothing runs between two steps, or the playbook is through: nothing lies ahead.
  let at = stepOf(playbook, current);
  while (at && !ahead.has(at.id)) {
    ahead.add(at.id);
    at = stepOf(playbook, at.next[happyOutcome(at)] ?? at.next.done);
    if (at && ran.includes(at.id) && at.id !== current) break;
  }
  return playbook.steps.filter(({ id }) => ran.includes(id) || ahead.has(id));
}

/** The outcome that leads on when all goes well; of a question, the first choice. */
function happyOutcome(step: Step): string {
  if (step.use === 'decide') return 'yes';
  if (step.use === 'verify') return 'recovered';
  if (step.use === 'ask') return (step.params as unknown as AskParams).choices[0]?.id ?? 'done'; // checked by the kind's schema when the playbook was loaded
  return 'done';
}
