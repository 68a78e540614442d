/** Goes back by an event of the team's own name; the workflows and deployers that listen to it are given the older tag. */
import * as z from 'zod';
import type { RollbackAction } from '../core/rollback.ts';
import { fillAll, oddTag, Template, type Values, WorkflowFile } from './fill.ts';
import { defineStrategy } from './strategy.ts';
import { oddName, valuesBack, valuesThere, wayOf } from './way.ts';

const KEY = 'tagback_id';
/** GitHub takes ten (OpenAPI, maxProperties of client_payload); ours is one of them. */
const PAYLOAD_MAX = 9;

const Options = z.strictObject({
  event_type: z
    .string()
    .regex(/^[A-Za-z0-9][\w.:/-]{0,99}$/, 'expected a word such as rollback, at most 100 characters')
    .describe('Name of the event, as in on: repository_dispatch: types'),
  payload: z
    .record(z.string().regex(/^[A-Za-z_][\w-]{0,63}$/, 'expected a name such as version'), Template)
    .refine((payload) => Object.keys(payload).length <= PAYLOAD_MAX, `at most ${PAYLOAD_MAX}: GitHub takes ten, and ${KEY} is one of them`)
    .refine((payload) => !Object.hasOwn(payload, KEY), `${KEY} is added by itself`)
    .default({ tag: '{{ tag }}' })
    .describe(`client_payload; may hold {{ tag }}, {{ from }}, {{ reason }}, {{ key }}; ${KEY} is added by itself`),
  workflow: WorkflowFile.optional().describe('The workflow it starts, if its run-name holds client_payload.tagback_id; then its run is watched'),
});

export const repositoryDispatch = defineStrategy({
  use: 'repository-dispatch',
  about: 'Sends a repository_dispatch event with the tag to go back to.',
  options: Options,
  reads: ({ workflow }) => (workflow === undefined ? {} : { workflow }),
  plan(facts, options, context) {
    const way = wayOf(facts);
    if ('kind' in way) return way;
    const [there, back] = [valuesThere(way, context), valuesBack(way, context)];
    const templates = ['{{ tag }}', ...Object.values(options.payload)];
    const odd = oddTag(templates, there);
    if (odd !== undefined) return oddName(odd);
    const undo = oddTag(templates, back) === undefined ? [send(options, back, way.from.sha)] : [];
    return { kind: 'applicable', actions: [send(options, there, way.to.sha)], undo };
  },
});

function send({ event_type: eventType, payload, workflow }: z.output<typeof Options>, values: Values, sha: string): RollbackAction {
  return { kind: 'repositoryDispatch', eventType, payload: { ...fillAll(payload, values), [KEY]: values.key }, workflow, tag: values.tag, sha };
}
