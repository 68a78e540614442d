/** Goes back by asking for a deployment of the older tag; whoever listens to this repository's deployments carries it out. */
import * as z from 'zod';
import type { RollbackAction } from '../core/rollback.ts';
import type { RollbackFacts } from '../core/rollback-facts.ts';
import { fillLine, oddTag, Template, type Values } from './fill.ts';
import { defineStrategy } from './strategy.ts';
import { oddName, valuesBack, valuesThere, type Way, wayOf } from './way.ts';

/** GitHub takes no more (OpenAPI, create-deployment). */
const DESCRIPTION_MAX = 140;

const Options = z.strictObject({
  task: z
    .string()
    .regex(/^[A-Za-z0-9][\w.:/-]{0,127}$/, 'expected a word such as deploy')
    .default('deploy')
    .describe('What the deployer is told to do'),
  required_contexts: z
    .array(z.string().min(1).max(255))
    .max(50)
    .default([])
    .describe('Commit statuses of the tag that must be good; none unless they are named, because old statuses are often gone'),
  description: Template.default('{{ key }}: {{ from }} to {{ tag }}').describe(
    `At most ${DESCRIPTION_MAX} characters; may hold {{ tag }}, {{ from }}, {{ reason }}, {{ key }}`,
  ),
});

export const createDeployment = defineStrategy({
  use: 'create-deployment',
  about: 'Creates a GitHub deployment of the older tag, for a deployer that listens to deployments.',
  options: Options,
  reads: () => ({}),
  plan(facts, options, context) {
    const way = wayOf(facts);
    if ('kind' in way) return way;
    const [there, back] = [valuesThere(way, context), valuesBack(way, context)];
    const templates = ['{{ tag }}', options.description];
    const odd = oddTag(templates, there);
    if (odd !== undefined) return oddName(odd);
    const undo = oddTag(templates, back) === undefined ? [deploy(facts, options, { values: back, sha: way.from.sha })] : [];
    return { kind: 'applicable', actions: [deploy(facts, options, { values: there, sha: way.to.sha })], undo };
  },
});

function deploy(facts: RollbackFacts, options: z.output<typeof Options>, of: { readonly values: Values; readonly sha: Way['to']['sha'] }): RollbackAction {
  const { tag, from, key } = of.values;
  return {
    kind: 'createDeployment',
    ref: tag,
    sha: of.sha,
    environment: facts.environment,
    task: options.task,
    description: fillLine(options.description, of.values, DESCRIPTION_MAX),
    // `from` only where it may be sent: a deployer's script may put any of these into a command line.
    payload: { tagback_id: key, tag, ...(oddTag(['{{ from }}'], of.values) === undefined && { from }) },
    requiredContexts: options.required_contexts,
  };
}
