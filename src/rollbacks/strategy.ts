/** What a rollback strategy is: a pure maker of plans. One file here and one line in index.ts. Never touches the network. */
import type { z } from 'zod';
import type { Json } from '../core/model.ts';
import type { RollbackAction } from '../core/rollback.ts';
import type { Reads, RollbackFacts } from '../core/rollback-facts.ts';

export interface PlanContext {
  /** Incident id and rollback id, `INC-42/rb1`: the key a run is recognised by. */
  readonly key: string;
  readonly reason: string;
}
export type Proposal =
  | { readonly kind: 'applicable'; readonly actions: readonly RollbackAction[]; readonly undo: readonly RollbackAction[] }
  | { readonly kind: 'not-applicable'; readonly because: string };

export interface RollbackStrategy {
  readonly use: string;
  readonly about: string;
  readonly options: z.ZodType;
  /** What must be read to plan with it. */
  reads(options: Json): Reads;
  plan(facts: RollbackFacts, options: Json, context: PlanContext): Proposal;
}

export function defineStrategy<S extends z.ZodType>(strategy: {
  use: string;
  about: string;
  options: S;
  reads: (options: z.output<S>) => Reads;
  plan: (facts: RollbackFacts, options: z.output<S>, context: PlanContext) => Proposal;
}): RollbackStrategy {
  const read = (options: Json): z.output<S> => strategy.options.parse(options) as z.output<S>; // parse of S gives output<S>
  return {
    ...strategy,
    reads: (options) => strategy.reads(read(options)),
    plan: (facts, options, context) => strategy.plan(facts, read(options), context),
  };
}
