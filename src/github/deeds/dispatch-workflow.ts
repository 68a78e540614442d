/** Runs a workflow. GitHub answers with the run, or, on older Enterprise servers, with nothing; then its name tells which is ours. */
import type { RunReference } from '../../core/rollback.ts';
import { Failure } from '../../lib/failure.ts';
import type { Desk } from '../desk.ts';
import { findRun } from '../runs.ts';
import { DispatchedShape, DoneShape } from '../shapes.ts';
import { type ActionOf, answeredAs, type Deed, keyOf } from './deed.ts';

type Action = ActionOf<'dispatchWorkflow'>;

export const dispatchWorkflow: Deed<'dispatchWorkflow'> = {
  kind: 'dispatchWorkflow',
  apply,
  async find(desk, { workflow, inputs, keyInput }, { since, key }) {
    const ours = keyInput === undefined ? undefined : keyOf(inputs[keyInput], key);
    return await findRun(desk, { workflow, event: 'workflow_dispatch', since, key: ours });
  },
};

async function apply({ github, ...rest }: Desk, action: Action): Promise<RunReference | undefined> {
  const ask = {
    ...rest,
    route: 'POST /repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches',
    to: `dispatch ${action.workflow} at ${action.ref} in ${rest.repo}`,
  };
  const params = { workflow_id: action.workflow, ref: action.ref, inputs: action.inputs };
  try {
    const { value: run, requestId } = await github.write({ ...ask, params: { ...params, return_run_details: true }, schema: DispatchedShape });
    return run && { kind: 'run', id: run.workflow_run_id, url: run.html_url, ...answeredAs(requestId) };
  } catch (error) {
    if (!refusesTheQuestion(error)) throw error;
    // It was refused for a field old servers do not know, so nothing has happened yet: this is still the first dispatch.
    await github.write({ ...ask, params, schema: DoneShape });
    return undefined;
  }
}

function refusesTheQuestion(error: unknown): boolean {
  return error instanceof Failure && error.code === 'E_GITHUB_REFUSED' && !error.unclear && /answered (400|422) .*return_run_details/s.test(error.message);
}
