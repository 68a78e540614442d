/** Goes back by running the team's own deploy workflow with the older tag. */
import * as z from 'zod';
import type { RollbackAction } from '../core/rollback.ts';
import { fillAll, oddTag, Template, type Values, WorkflowFile } from './fill.ts';
import { defineStrategy } from './strategy.ts';
import { oddName, valuesBack, valuesThere, wayOf } from './way.ts';

/** The input that carries our key unless the options name another one. */
const KEY_INPUT = 'tagback_id';
/** GitHub's limit for the inputs of one dispatch (OpenAPI, maxProperties). */
const INPUTS_MAX = 25;

const Options = z
  .strictObject({
    workflow: WorkflowFile,
    ref: z.string().min(1).default('main').describe('Branch the workflow file is taken from; the tag to deploy travels as an input'),
    inputs: z
      .record(z.string(), Template)
      .refine((inputs) => Object.keys(inputs).length <= INPUTS_MAX, `GitHub takes at most ${INPUTS_MAX} inputs`)
      .default({ tag: '{{ tag }}', [KEY_INPUT]: '{{ key }}' })
      .describe('What the workflow is given; may hold {{ tag }}, {{ from }}, {{ reason }}, {{ key }}'),
    key_input: z.string().optional().describe(`The input that carries {{ key }} into the name of the run; default ${KEY_INPUT}, if there is one`),
  })
  .refine(({ inputs, key_input: name }) => name === undefined || Object.hasOwn(inputs, name), {
    message: 'key_input must be one of inputs',
    path: ['key_input'],
  });

export const dispatchWorkflow = defineStrategy({
  use: 'dispatch-workflow',
  about: 'Runs a GitHub Actions workflow that is given the tag to go back to.',
  options: Options,
  reads: ({ workflow, ref }) => ({ workflow: `${workflow}@${ref}` }),
  plan(facts, options, context) {
    const way = wayOf(facts);
    if ('kind' in way) return way;
    const [there, back] = [valuesThere(way, context), valuesBack(way, context)];
    const templates = Object.values(options.inputs);
    const odd = oddTag(templates, there);
    if (odd !== undefined) return oddName(odd);
    return { kind: 'applicable', actions: [dispatch(options, there)], undo: oddTag(templates, back) === undefined ? [dispatch(options, back)] : [] };
  },
});

function dispatch(options: z.output<typeof Options>, values: Values): RollbackAction {
  const { workflow, ref, inputs, key_input: keyInput = Object.hasOwn(inputs, KEY_INPUT) ? KEY_INPUT : undefined } = options;
  return { kind: 'dispatchWorkflow', workflow, ref, inputs: fillAll(inputs, values), keyInput };
}
