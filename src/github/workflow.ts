/** What the deploy workflow takes and whether it is running, read from GitHub and from the file itself. */

import { parse } from 'yaml';
import * as z from 'zod';
import type { RollbackFacts, WorkflowFacts } from '../core/rollback-facts.ts';
import type { Desk } from './desk.ts';
import { FileShape, RunsShape, WorkflowShape } from './shapes.ts';

const FILE_MAX_BYTES = 256 * 1024;
const ALIASES_MAX = 50;
const RUNS_LOOKED_AT = 50;

export interface WorkflowName {
  /** `rollback.yml`, or GitHub's number. */
  readonly file: string;
  /** Branch or tag the file is taken from; undefined: the default branch. */
  readonly ref: string | undefined;
}
type Inputs = NonNullable<WorkflowFacts['inputs']>;
export type WorkflowFile =
  | { readonly kind: 'read'; readonly dispatchable: boolean; readonly inputs: Inputs }
  | { readonly kind: 'missing' }
  | { readonly kind: 'unreadable'; readonly because: string };

/** `deploy.yml@main`, as GitHub writes it; the path before the file name is always the same and may be left out. */
export function workflowName(text: string): WorkflowName {
  const at = text.indexOf('@');
  const path = at === -1 ? text : text.slice(0, at);
  return { file: path.slice(path.lastIndexOf('/') + 1), ref: at === -1 ? undefined : text.slice(at + 1) };
}

/** undefined: GitHub knows no such workflow. */
export async function readWorkflow(desk: Desk, name: WorkflowName): Promise<z.output<typeof WorkflowShape> | undefined> {
  const { github, ...rest } = desk;
  return await github.find({
    ...rest,
    route: 'GET /repos/{owner}/{repo}/actions/workflows/{workflow_id}',
    params: { workflow_id: name.file },
    to: `read the workflow ${name.file} of ${desk.repo}`,
    schema: WorkflowShape,
  });
}

export async function readWorkflowFile(desk: Desk, name: WorkflowName): Promise<WorkflowFile> {
  const { github, ...rest } = desk;
  const file = await github.find({
    ...rest,
    route: 'GET /repos/{owner}/{repo}/contents/{path}',
    params: { path: `.github/workflows/${name.file}`, ...(name.ref !== undefined && { ref: name.ref }) },
    to: `read .github/workflows/${name.file}${name.ref === undefined ? '' : ` at ${name.ref}`} of ${desk.repo}`,
    schema: FileShape,
  });
  if (file === undefined) return { kind: 'missing' };
  try {
    return { kind: 'read', ...triggerOf(Buffer.from(file.content, 'base64')) };
  } catch (error) {
    // A parser's first line says what and where; the rest quotes the file.
    const [line = ''] = error instanceof z.ZodError ? ['its triggers are not what GitHub documents'] : String(error).split('\n');
    return { kind: 'unreadable', because: `workflow: ${name.file} cannot be understood: ${line.slice(0, 200)}` };
  }
}

const Scalar = z.union([z.string(), z.number(), z.boolean()]);
const Input = z
  .object({ required: z.boolean().default(false), default: z.unknown().optional(), type: z.string().optional(), options: z.array(Scalar).optional() })
  .nullish()
  .transform((it) => it ?? { required: false, default: undefined, type: undefined, options: undefined });
const Dispatch = z.object({ inputs: z.record(z.string(), Input).nullish() }).nullish();
const Triggers = z.union([z.string(), z.array(z.string()), z.record(z.string(), z.unknown())]);

/** Throws an Error with a sentence when the file cannot be understood. */
export function triggerOf(bytes: Uint8Array): { readonly dispatchable: boolean; readonly inputs: Inputs } {
  if (bytes.byteLength > FILE_MAX_BYTES) throw new Error('the workflow file is larger than 256 KiB');
  // 'error': warnings are not printed; 'silent' would not even throw for broken YAML.
  const file: unknown = parse(Buffer.from(bytes).toString('utf8'), { maxAliasCount: ALIASES_MAX, logLevel: 'error' });
  const on = Triggers.parse(z.object({ on: z.unknown() }).parse(file).on);
  if (typeof on === 'string' || Array.isArray(on)) return { dispatchable: [on].flat().includes('workflow_dispatch'), inputs: [] };
  if (!Object.hasOwn(on, 'workflow_dispatch')) return { dispatchable: false, inputs: [] };
  const inputs = Object.entries(Dispatch.parse(on.workflow_dispatch)?.inputs ?? {});
  return {
    dispatchable: true,
    inputs: inputs.map(([name, input]) => ({
      name,
      // GitHub fills in a default, so only an input without one must be sent.
      required: input.required && input.default === undefined,
      options: input.type === 'boolean' ? ['true', 'false'] : input.type === 'choice' ? input.options?.map(String) : undefined,
    })),
  };
}

/** Runs of the workflow that have not ended, whoever started them. */
export async function readRunning(desk: Desk, name: WorkflowName): Promise<NonNullable<RollbackFacts['running']>> {
  const { github, ...rest } = desk;
  const { workflow_runs: runs } = await github.read({
    ...rest,
    route: 'GET /repos/{owner}/{repo}/actions/workflows/{workflow_id}/runs',
    params: { workflow_id: name.file, per_page: RUNS_LOOKED_AT, exclude_pull_requests: true },
    to: `read the runs of ${name.file} in ${desk.repo}`,
    schema: RunsShape,
  });
  return runs.filter(({ status }) => status !== 'completed').map(({ id, url, title }) => ({ id, url, title }));
}
