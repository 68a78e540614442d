/** Goes back by running once more what deployed the older tag: the same workflow file, commit and inputs as then. */
import * as z from 'zod';
import type { Release, RollbackAction } from '../core/rollback.ts';
import type { DeployRun, RollbackFacts } from '../core/rollback-facts.ts';
import { WorkflowFile } from './fill.ts';
import { defineStrategy } from './strategy.ts';
import { notApplicable, wayOf } from './way.ts';

const DAY_MS = 86_400_000;
/** GitHub re-runs a run for so long after its first start (docs: re-running workflows and jobs). */
const RERUN_DAYS = 30;

export const rerunDeploy = defineStrategy({
  use: 'rerun-deploy',
  about: 'Re-runs the last successful deploy run of the older tag, as long as GitHub allows it.',
  options: z.strictObject({ workflow: WorkflowFile }),
  // The workflow itself is read as well: its runs that have not ended would queue ours behind them.
  reads: ({ workflow }) => ({ workflow, deployRunOf: workflow }),
  plan(facts, { workflow }) {
    const way = wayOf(facts);
    if ('kind' in way) return way;
    const run = facts.deployRuns[workflow];
    const why = whyNot(facts, run, { workflow, release: way.to });
    if (why !== undefined || !run) return notApplicable(why ?? `no run of ${workflow} is known`);
    const before = facts.deployRuns[previousRun(workflow, way.from.tag)];
    const canGoBack = before && whyNot(facts, before, { workflow, release: way.from }) === undefined;
    return {
      kind: 'applicable',
      actions: [rerun(run, { workflow, release: way.to })],
      undo: canGoBack ? [rerun(before, { workflow, release: way.from })] : [],
    };
  },
});

interface Of {
  readonly workflow: string;
  readonly release: Release;
}

/** Under this name the facts hold the newest successful run of the release that runs, if it was looked for. */
export const previousRun = (workflow: string, tag: string): string => `${workflow}@${tag}`;

function whyNot(facts: RollbackFacts, run: DeployRun | null | undefined, { workflow, release }: Of): string | undefined {
  if (run === undefined) return `the runs of ${workflow} could not be read`;
  if (run === null) return `no successful run of ${workflow} for ${release.tag} is known`;
  if (run.sha !== release.sha && !names(run.title, release.tag))
    return `run ${run.id} of ${workflow} cannot be told to be one of ${release.tag}: it ran at another commit, and its name does not hold the tag`;
  const days = (facts.readAt - run.createdAt) / DAY_MS;
  if (days > RERUN_DAYS) return `run ${run.id} of ${workflow} for ${release.tag} is ${Math.floor(days)} days old; GitHub re-runs for ${RERUN_DAYS} days only`;
  return undefined;
}

/** `v1.2` is a word of `Deploy v1.2.` and of `v1.2 (INC-4/rb1)`, not of `v1.2.1`, `v1.2-rc.1` or `shop/v1.2`. */
function names(title: string, tag: string): boolean {
  const parts = title.split(tag);
  return parts.some((after, index) => index > 0 && !/[\w./@+-]$/.test(parts[index - 1] ?? '') && !/^(?:[\w/@+-]|\.\w)/.test(after));
}

function rerun({ id, attempt, url }: DeployRun, { workflow, release }: Of): RollbackAction {
  return { kind: 'rerunRun', runId: id, attempt, workflow, tag: release.tag, url };
}
