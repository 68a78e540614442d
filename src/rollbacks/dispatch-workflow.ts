/** Goes back by running the team's own deploy workflow with the older tag. */
import * as z from 'zod';
import type { RollbackAction } from '../core/rollback.ts';
import { defineStrategy } from './strategy.ts';

const PLACEHOLDERS = ['tag', 'from', 'reason', 'key'] as const;
type Values = Readonly<Record<(typeof PLACEHOLDERS)[number], string>>;
const PLACEHOLDER = /\{\{\s*([^{}]*?)\s*\}\}/g;
/** The input that carries our key unless the options name another one. */
const KEY_INPUT = 'tagback_id';
/** GitHub's limit for the inputs of one dispatch (OpenAPI, maxProperties). */
const INPUTS_MAX = 25;
const REASON_MAX = 200;

const isPlaceholder = (name: string | undefined): name is keyof Values => PLACEHOLDERS.some((known) => known === name);
const Template = z.string().refine((text) => [...text.matchAll(PLACEHOLDER)].every(([, name]) => isPlaceholder(name)), {
  message: `unknown variable; allowed are ${PLACEHOLDERS.map((name) => `{{ ${name} }}`).join(', ')}`,
});
const Options = z
  .strictObject({
    workflow: z
      .string()
      .regex(/^[\w.-]+\.ya?ml$/, 'expected a file name such as deploy.yml')
      .describe('File name in .github/workflows'),
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
  plan({ current, target }, options, { key, reason }) {
    if (target === undefined || current === undefined) return { kind: 'not-applicable', because: 'it is not known from which release to which' };
    const there = dispatch(options, { tag: target.tag, from: current.tag, reason, key });
    const back = dispatch(options, { tag: current.tag, from: target.tag, reason: `undo: ${reason}`, key: `${key}-undo` });
    return { kind: 'applicable', actions: [there], undo: [back] };
  },
});

function dispatch(options: z.output<typeof Options>, values: Values): RollbackAction {
  const { workflow, ref, inputs, key_input: keyInput = Object.hasOwn(inputs, KEY_INPUT) ? KEY_INPUT : undefined } = options;
  const filled = Object.entries(inputs).map(([name, template]) => [name, fill(template, { ...values, reason: oneLine(values.reason) })] as const);
  return { kind: 'dispatchWorkflow', workflow, ref, inputs: Object.fromEntries(filled), keyInput };
}

/** Each placeholder once: a reason that itself looks like one stays text. */
function fill(template: string, values: Values): string {
  return template.replace(PLACEHOLDER, (whole, name: string) => (isPlaceholder(name) ? values[name] : whole));
}

/** What a person typed becomes one plain line of a workflow's input. */
function oneLine(reason: string): string {
  return reason
    .replace(/[\p{C}\s]+/gu, ' ')
    .trim()
    .slice(0, REASON_MAX);
}
