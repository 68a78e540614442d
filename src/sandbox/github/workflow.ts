/** The deploy workflow: one description, from which the YAML file, the checks of a dispatch and the name of a run all follow. */
export interface WorkflowInput {
  readonly name: string;
  readonly description: string;
  readonly required: boolean;
  /** Makes it a `choice`. */
  readonly options?: readonly string[];
}
export interface WorkflowFile {
  readonly id: number;
  readonly name: string;
  readonly path: string;
  /** May be started by hand and by API. */
  readonly dispatchable: boolean;
  readonly inputs: readonly WorkflowInput[];
  readonly yaml: string;
}

// GitHub's own limits for a dispatch (OpenAPI of POST …/dispatches: maxProperties 25).
const MOST_INPUTS = 25;
const LONGEST_INPUTS_CHARS = 65_535;

export const DEPLOY_INPUTS: readonly WorkflowInput[] = [
  { name: 'tag', description: 'Release tag to deploy', required: true },
  { name: 'reason', description: 'Why, for the log', required: false },
  { name: 'tagback_id', description: 'Names the run so that Tagback finds it again', required: false },
];

/** What starts the workflow besides a release and a dispatch. */
export interface Triggers {
  /** Types of `repository_dispatch`; `any`: all of them. */
  readonly events: 'any' | readonly string[];
  /** `heads/main`, `tags/stable`. */
  readonly pushes: readonly string[];
}

export function deployWorkflow(inputs: readonly WorkflowInput[] = DEPLOY_INPUTS, triggers: Triggers = { events: 'any', pushes: [] }): WorkflowFile {
  const yaml = deployYaml(inputs, triggers);
  return { id: 161_335_071, name: 'Deploy', path: '.github/workflows/deploy.yml', dispatchable: true, inputs, yaml };
}

export const ciWorkflow: WorkflowFile = {
  id: 161_335_042,
  name: 'CI',
  path: '.github/workflows/ci.yml',
  dispatchable: false,
  inputs: [],
  yaml: [
    'name: CI',
    'on: [push, pull_request]',
    'jobs:',
    '  test:',
    '    runs-on: ubuntu-24.04',
    '    steps:',
    '      - uses: actions/checkout@v6',
    '      - run: npm cit',
    '',
  ].join('\n'),
};

/** What GitHub answers (422) to inputs the workflow does not take; undefined: it takes them. */
export function refuseInputs(workflow: WorkflowFile, inputs: Readonly<Record<string, unknown>>): string | undefined {
  const names = Object.keys(inputs);
  if (names.length > MOST_INPUTS) return `Invalid request.\n\nNo more than ${MOST_INPUTS} properties are allowed; ${names.length} were supplied.`;
  if (JSON.stringify(inputs).length > LONGEST_INPUTS_CHARS) return 'inputs are too large.';
  const unexpected = names.filter((name) => !workflow.inputs.some((input) => input.name === name));
  if (unexpected.length > 0) return `Unexpected inputs provided: ${JSON.stringify(unexpected)}`;
  for (const input of workflow.inputs) {
    const value = inputs[input.name];
    if (input.required && (value === undefined || value === '')) return `Required input '${input.name}' not provided`;
    if (value === undefined) continue;
    if (typeof value !== 'string') return `Invalid request.\n\nFor 'properties/inputs/${input.name}', ${JSON.stringify(value)} is not a string.`;
    if (input.options && !input.options.includes(value)) return `Provided value '${value}' for input '${input.name}' not in the list of allowed values`;
  }
  return undefined;
}

/** The `run-name:` rule of the file below, evaluated. */
export function runName(tag: string, key: string | undefined): string {
  return `Deploy ${tag}${key ? ` (${key})` : ''}`;
}

// Which release, and by which key it is found again, whatever started the run.
const TAG = 'inputs.tag || github.event.client_payload.tag || github.event.release.tag_name || github.ref_name';
const KEY = 'inputs.tagback_id || github.event.client_payload.tagback_id';
const expression = (text: string): string => `\${{ ${text} }}`;

function deployYaml(inputs: readonly WorkflowInput[], triggers: Triggers): string {
  const name = `Deploy ${expression(TAG)}${expression(`(${KEY}) && format(' ({0})', ${KEY}) || ''`)}`;
  const tag = expression(TAG);
  return [
    'name: Deploy',
    `run-name: "${name}"`,
    'on:',
    '  release:',
    '    types: [published]',
    '  workflow_dispatch:',
    '    inputs:',
    ...inputs.flatMap(inputYaml),
    ...triggersYaml(triggers),
    'permissions:',
    '  contents: read',
    '  deployments: write',
    'env:',
    '  # through the environment, never into the shell text: a tag may be named anything',
    `  TAG: ${tag}`,
    'jobs:',
    '  build:',
    '    runs-on: ubuntu-24.04',
    '    steps:',
    '      - uses: actions/checkout@v6',
    '        with:',
    `          ref: ${tag}`,
    '      - run: npm ci && npm run build',
    '  deploy:',
    '    needs: build',
    '    runs-on: ubuntu-24.04',
    '    steps:',
    '      - run: ./scripts/record-deployment production "$TAG"',
    '      - run: ./scripts/deploy production "$TAG"',
    '',
  ].join('\n');
}

function triggersYaml({ events, pushes }: Triggers): readonly string[] {
  const names = (kind: string) => pushes.filter((ref) => ref.startsWith(`${kind}/`)).map((ref) => JSON.stringify(ref.slice(kind.length + 1)));
  const list = (key: string, of: readonly string[]) => (of.length === 0 ? [] : [`    ${key}: [${of.join(', ')}]`]);
  const push = [...list('branches', names('heads')), ...list('tags', names('tags'))];
  const isDeaf = events !== 'any' && events.length === 0;
  return [
    ...(isDeaf
      ? []
      : [
          '  repository_dispatch:',
          ...(events === 'any'
            ? []
            : list(
                'types',
                events.map((one) => JSON.stringify(one)),
              )),
        ]),
    ...(push.length === 0 ? [] : ['  push:', ...push]),
  ];
}

function inputYaml(input: WorkflowInput): readonly string[] {
  const kind =
    input.options === undefined
      ? ['        type: string']
      : ['        type: choice', `        options: [${input.options.map((one) => JSON.stringify(one)).join(', ')}]`];
  return [`      ${input.name}:`, `        description: ${input.description}`, `        required: ${input.required}`, ...kind];
}
