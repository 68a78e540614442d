/** The words of a playbook file. The loader checks with these schemas, and schema.ts makes the published JSON Schema from them. */
import { z } from 'zod';
import { durationText } from '../lib/duration.ts';
import type { StepKind } from '../steps/step.ts';

/** Names of playbooks, steps, choices and services: they become names in conditions, in Slack ids and in file names. */
export const NAME = /^[a-z][a-z0-9-]{0,39}$/;
export const nameText = (what: string): z.ZodString => z.string().regex(NAME, `a ${what} is 1 to 40 small letters, digits and dashes, beginning with a letter`);

// Limits of Block Kit (docs.slack.dev, block-kit reference): header text 150, section text 3000, button text 75, 25 buttons a block.
export const SLACK = { title: 150, text: 3_000, label: 75, choices: 25 } as const;

const title = z.string().min(1).describe('One line that names it, at most 150 characters');
const reference = z.string().describe("Id of a step, or 'end'");

export const fileShape = {
  name: nameText('playbook name').optional().describe('Default: the name of the file'),
  title: title.optional(),
};

export const stepShape = {
  id: nameText('step id').describe('Unique in the file; conditions read it with _ for -'),
  title: title.optional().describe('Default: the id'),
  text: z.string().min(1).optional().describe('One or two sentences for the person who reads it at 3 a.m.; may hold {{ service.name }} and the like'),
  owner: z.enum(['lead', 'comms', 'scribe']).optional().describe('Who is asked first'),
  timeout: durationText().optional().describe('People are reminded when the step has not ended by then'),
  next: reference.optional().describe("Where every outcome leads that has no on_… line; default: the step below; the last leads to 'end'"),
};

export interface Outcomes {
  readonly named: readonly string[];
  /** Whether it can also end simply `done`. */
  readonly done: boolean;
}

/** Outcomes of one step; a kind with `choices` among its params takes them from there. */
export function outcomesOf(kind: StepKind, params: Readonly<Record<string, unknown>>): Outcomes {
  if (!hasChoices(kind))
    return { named: kind.outcomes.filter((outcome) => outcome !== 'done'), done: kind.outcomes.length === 0 || kind.outcomes.includes('done') };
  const { choices } = params;
  const ids = Array.isArray(choices)
    ? choices.map((choice: unknown) => (typeof choice === 'object' && choice !== null && 'id' in choice ? choice.id : undefined))
    : [];
  return { named: ids.filter((id) => typeof id === 'string'), done: false };
}
export const hasChoices = (kind: StepKind): boolean => 'choices' in kind.params.shape;

/** `no-effect` → `on_no_effect`. */
export const lineFor = (outcome: string): string => `on_${outcome.replaceAll('-', '_')}`;

/** The `on_…` lines a step may have, each with its outcome. */
export function linesOf(outcomes: Outcomes): ReadonlyMap<string, string> {
  const all = [...outcomes.named, ...(outcomes.done ? ['done'] : []), 'fail'];
  return new Map(all.map((outcome) => [lineFor(outcome), outcome]));
}

/** Schema of one step of a kind as a whole, for the JSON Schema. */
export function stepSchema(kind: StepKind): z.ZodObject {
  const lines = Object.fromEntries([...linesOf(outcomesOf(kind, {})).keys()].map((line) => [line, reference.optional()]));
  return z.strictObject({ use: z.literal(kind.use).describe(kind.about), ...kind.params.shape, ...stepShape, ...lines });
}

/** `check-logs` → `Check logs`. */
export const spelled = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1).replaceAll('-', ' ');
