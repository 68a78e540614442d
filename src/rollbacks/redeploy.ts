/** Deploys once more what runs already: for a service that is dead although its release is good. */
import * as z from 'zod';
import type { Json } from '../core/model.ts';
import { defineStrategy, type RollbackStrategy } from './strategy.ts';
import { notApplicable, wayOf } from './way.ts';

/** The planner lets this one, and no other, deploy the tag that runs. */
export const REDEPLOY = 'redeploy';

/** `inner`: the strategies that deploy. One of them does the work, so that this plug need not know any other. */
export const redeploy = (inner: readonly RollbackStrategy[]): RollbackStrategy =>
  defineStrategy({
    use: REDEPLOY,
    about: 'Deploys the release that runs once more, with another strategy; for a dead service.',
    // `options as Json` below: what stands in a YAML file is JSON, and the inner strategy reads it with its own schema.
    options: z.strictObject({ with: innerOptions(inner) }),
    reads: ({ with: { use, options } }) => inner.find((one) => one.use === use)?.reads(options as Json) ?? {},
    plan(facts, { with: { use, options } }, context) {
      const way = wayOf(facts);
      if ('kind' in way) return way;
      const { from, to } = way;
      if (to.tag !== from.tag) return notApplicable(`it deploys what runs once more, and that is ${from.tag}; name this tag to use it`);
      const target = facts.target && { ...facts.target, ...from };
      const proposal = inner.find((one) => one.use === use)?.plan({ ...facts, target }, options as Json, context) ?? notApplicable('there is no such strategy');
      // The way back would deploy the same release a third time.
      return proposal.kind === 'applicable' ? { ...proposal, undo: [] } : notApplicable(`${use}: ${proposal.because}`);
    },
  });

function innerOptions(inner: readonly RollbackStrategy[]) {
  return z
    .strictObject({
      use: z.enum(inner.map(({ use }) => use)).describe('The strategy that deploys'),
      options: z.record(z.string(), z.unknown()).default({}).describe('Its options'),
    })
    .superRefine(({ use, options }, context) => {
      const read = inner.find((one) => one.use === use)?.options.safeParse(options);
      for (const { path, ...issue } of read?.error?.issues ?? []) context.addIssue({ ...issue, path: ['options', ...path] });
    })
    .meta({ anyOf: inner.map(({ use, options }) => ({ properties: { use: { const: use }, options: editorSchema(options) } })) })
    .describe('Which strategy deploys it');
}

/** For completion in editors; what it cannot express is checked at load all the same. */
function editorSchema(options: z.ZodType): Json {
  const { $schema: _, '~standard': __, ...schema } = z.toJSONSchema(options, { target: 'draft-7', io: 'input', unrepresentable: 'any' });
  return schema as Json; // a JSON Schema is JSON
}
