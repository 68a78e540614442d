/** JSON Schema (draft 7, what editors read) of playbooks and services.yml, made from the schemas the loader checks with. */
import { z } from 'zod';
import type { StepKind } from '../steps/step.ts';
import { fileShape, hasChoices, stepSchema } from './grammar.ts';
import type { Plug } from './services-plugs.ts';
import { catalogShape } from './services-shape.ts';

type Schema = Readonly<Record<string, unknown>>;
const DRAFT_7 = { target: 'draft-7', io: 'input', unrepresentable: 'any' } as const;

export function playbookSchema(kinds: readonly StepKind[]): Schema {
  const file = z.toJSONSchema(z.strictObject({ ...fileShape, steps: z.array(z.unknown()).min(1) }), DRAFT_7);
  const steps = { type: 'array', minItems: 1, items: { anyOf: kinds.map(stepJsonSchema) } };
  return { ...file, title: 'Tagback playbook', properties: { ...file.properties, steps } };
}

/** Names of choices are only known in the file, so that any `on_…` line may stand beside them. */
function stepJsonSchema(kind: StepKind): Schema {
  const { $schema: _, ...schema } = z.toJSONSchema(stepSchema(kind), DRAFT_7);
  return hasChoices(kind) ? { ...schema, patternProperties: { '^on_[a-z][a-z0-9_]*$': { type: 'string' } } } : schema;
}

export function catalogSchema(plugs: { strategies: readonly Plug[]; logBackends: readonly Plug[]; migrationReaders: readonly Plug[] }): Schema {
  const shape = catalogShape({ strategy: anyOf(plugs.strategies), log: anyOf(plugs.logBackends), migrations: anyOf(plugs.migrationReaders) });
  return { ...z.toJSONSchema(shape, DRAFT_7), title: 'Tagback services' };
}

function anyOf(plugs: readonly Plug[]): z.ZodType {
  const entries = plugs.map(({ use, about, options }) => {
    const kind = z.literal(use).describe(about);
    return options instanceof z.ZodObject ? z.strictObject({ use: kind, ...options.shape }) : z.looseObject({ use: kind });
  });
  return z.union(entries);
}
