/** Which run deployed the target. Running the wrong one again would deploy something else, so what is not certain is left out. */
import type { DeployRun } from '../core/rollback-facts.ts';
import type { Desk } from './desk.ts';
import { type ReadRun, RunsShape } from './shapes.ts';

const RUNS_LOOKED_AT = 100;

export interface SuccessfulRuns {
  /** Newest first. */
  readonly runs: readonly ReadRun[];
  /** There are no older ones than these. */
  readonly complete: boolean;
}

export async function readSuccessfulRuns({ github, ...rest }: Desk, workflow: string): Promise<SuccessfulRuns> {
  const { workflow_runs: runs } = await github.read({
    ...rest,
    route: 'GET /repos/{owner}/{repo}/actions/workflows/{workflow_id}/runs',
    params: { workflow_id: workflow, status: 'success', per_page: RUNS_LOOKED_AT, exclude_pull_requests: true },
    to: `read the successful runs of ${workflow} in ${rest.repo}`,
    schema: RunsShape,
  });
  return { runs, complete: runs.length < RUNS_LOOKED_AT };
}

export interface Target {
  readonly tag: string;
  readonly sha: string;
  /** All releases of the repository, to see when a run names another one. */
  readonly tags: readonly string[];
}

/** null: there is none; undefined: the list was too short to tell. */
export function deployRunOf({ runs, complete }: SuccessfulRuns, target: Target): DeployRun | null | undefined {
  const [found] = runs.filter((run) => deploys(run, target)).toSorted((a, b) => b.createdAt - a.createdAt || b.id - a.id);
  if (found !== undefined) return { id: found.id, attempt: found.attempt, url: found.url, title: found.title, createdAt: found.createdAt, sha: found.sha };
  return complete ? null : undefined;
}

/**
 * A run whose name holds release tags is of the one it names, if it is only one: "v2 back to v1" says nothing certain. A run that
 * names none is of the ref it was started on, unless it was dispatched on a branch: then an input nobody shows us may have named the tag.
 */
function deploys({ title, branch, sha, event }: ReadRun, { tag, sha: wanted, tags }: Target): boolean {
  const named = tags.filter((one) => names(title, one));
  if (named.length > 0 || names(title, tag)) return named.every((one) => one === tag);
  if (branch === tag) return true;
  return sha === wanted && event !== 'workflow_dispatch' && event !== 'repository_dispatch';
}

/** `v1.2` is a word of `Deploy v1.2.` and of `v1.2 (INC-4/rb1)`, not of `v1.2.1`, `v1.2-rc.1` or `shop/v1.2`. */
export function names(title: string, tag: string): boolean {
  for (let at = title.indexOf(tag); at !== -1 && tag !== ''; at = title.indexOf(tag, at + 1)) {
    const isWhole = !/[\w./@+-]$/.test(title.slice(0, at)) && !/^(?:[\w/@+-]|\.\w)/.test(title.slice(at + tag.length));
    if (isWhole) return true;
  }
  return false;
}
