/** Runs the deploy of the target again, as it was: same commit, same inputs, same workflow file. The run keeps its number; its attempt counts up. */
import type { RunReference } from '../../core/rollback.ts';
import { type Code, Failure } from '../../lib/failure.ts';
import type { Desk } from '../desk.ts';
import { readOneRun } from '../runs.ts';
import { RerunShape } from '../shapes.ts';
import { type ActionOf, answeredAs, type Deed } from './deed.ts';

type Action = ActionOf<'rerunRun'>;
const DAY_MS = 86_400_000;
/** docs.github.com, re-running workflows and jobs. */
const RERUN_WITHIN_DAYS = 30;

export const rerunRun: Deed<'rerunRun'> = {
  kind: 'rerunRun',
  apply,
  async find(desk, action) {
    const run = await readOneRun(desk, action.runId);
    return run.attempt > action.attempt ? referTo(action) : 'absent';
  },
};

async function apply(desk: Desk, action: Action): Promise<RunReference> {
  const { github, ...rest } = desk;
  const to = `re-run ${action.workflow} for ${action.tag} (run ${action.runId}) in ${rest.repo}`;
  await refuseIfChanged(desk, action, to);
  try {
    const { requestId } = await github.write({
      ...rest,
      route: 'POST /repos/{owner}/{repo}/actions/runs/{run_id}/rerun',
      params: { run_id: action.runId },
      to,
      schema: RerunShape,
    });
    return { ...referTo(action), ...answeredAs(requestId) };
  } catch (error) {
    throw error instanceof Failure ? inPlainWords(error, to) : error;
  }
}

async function refuseIfChanged(desk: Desk, action: Action, to: string): Promise<void> {
  const run = await readOneRun(desk, action.runId);
  if (run.status !== 'completed') throw refusal('E_BUSY', to, { because: 'it is running', hint: `watch it, or cancel it first: ${action.url}` });
  if (run.attempt !== action.attempt) {
    const because = `somebody re-ran it since the plan was made (attempt ${run.attempt}, planned after ${action.attempt})`;
    throw refusal('E_PLAN_MOVED', to, { because, hint: `look at how that went: ${action.url}; then ask for a new plan` });
  }
  if (desk.github.now() - run.createdAt > RERUN_WITHIN_DAYS * DAY_MS) throw refusal('E_GITHUB_REFUSED', to, TOO_OLD);
}

const TOO_OLD = { because: `GitHub re-runs nothing older than ${RERUN_WITHIN_DAYS} days`, hint: 'use another strategy of this service' };

/** GitHub says 403 where permission is not the matter. */
function inPlainWords(error: Failure, to: string): Failure {
  if (error.unclear) return error;
  if (/already running/i.test(error.message))
    return refusal('E_BUSY', to, { because: 'it is running', hint: 'somebody else started it a moment ago; watch it' });
  if (/over a month ago/i.test(error.message)) return refusal('E_GITHUB_REFUSED', to, TOO_OLD);
  if (!/cannot be (?:retried|rerun|re-run)/i.test(error.message)) return error;
  return new Failure('E_GITHUB_REFUSED', error.message, { hint: 'use another strategy of this service', permanent: true });
}

function refusal(code: Code, to: string, { because, hint }: { readonly because: string; readonly hint: string }): Failure {
  return new Failure(code, `could not ${to}: ${because}; nothing was sent`, { hint, permanent: true });
}

const referTo = ({ runId, url, attempt }: Action): RunReference => ({ kind: 'run', id: runId, url, attempt: attempt + 1 });
