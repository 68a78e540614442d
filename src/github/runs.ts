/** Workflow runs: how one goes, and which one is ours. */
import type { RunReference } from '../core/rollback.ts';
import { Failure } from '../lib/failure.ts';
import type { GitHub } from './client.ts';
import { JobsShape, RunShape, RunsShape } from './shapes.ts';

export interface RunState {
  /** queued, in_progress, completed, waiting, requested, pending, or a word GitHub has not invented yet. */
  readonly status: string;
  /** success, failure, cancelled, timed_out, …; undefined while it runs. Only `success` is good. */
  readonly conclusion: string | undefined;
  readonly url: string;
  /** `deploy › Run ./scripts/deploy`: the job and step that failed, or that run now. */
  readonly job: string | undefined;
  readonly title: string;
}

/** Throws `Failure`; jobs that cannot be read leave `job` undefined. */
export async function readRun(github: GitHub, repo: string, ask: { readonly runId: number; readonly signal: AbortSignal }): Promise<RunState> {
  const { runId: id, signal } = ask;
  const shared = { repo, params: { run_id: id }, signal, priority: 'rollback' } as const;
  const [read, job] = await Promise.all([
    github.read({ ...shared, route: 'GET /repos/{owner}/{repo}/actions/runs/{run_id}', to: `read run ${id} of ${repo}`, schema: RunShape }),
    github
      .read({
        ...shared,
        params: { ...shared.params, filter: 'latest', per_page: 100 },
        route: 'GET /repos/{owner}/{repo}/actions/runs/{run_id}/jobs',
        to: `read the jobs of run ${id} of ${repo}`,
        schema: JobsShape,
      })
      .then(({ jobs }) => whereItIs(jobs))
      .catch((error: unknown) => {
        if (error instanceof Failure) return undefined;
        throw error;
      }),
  ]);
  return { status: read.status, conclusion: read.conclusion, url: read.url, title: read.title, job: read.conclusion === 'success' ? undefined : job };
}

interface Timed {
  readonly name: string;
  readonly status: string;
  readonly conclusion?: string | null | undefined;
}

/** The first job that went wrong, else the first that runs; with its step of the same kind. */
function whereItIs(jobs: readonly (Timed & { readonly steps: readonly Timed[] })[]): string | undefined {
  const wrong = ({ conclusion }: Timed): boolean => ['failure', 'timed_out', 'cancelled', 'startup_failure', 'action_required'].includes(conclusion ?? '');
  const running = ({ status }: Timed): boolean => status === 'in_progress' || status === 'waiting';
  for (const is of [wrong, running]) {
    const job = jobs.find(is);
    if (job === undefined) continue;
    const step = job.steps.find(is);
    return step === undefined ? job.name : `${job.name} › ${step.name}`;
  }
  return undefined;
}

/** Clocks differ: a run of ours may seem older than our request. By key we cannot mistake one; by time alone we could. */
const SKEW_OF_MINE_MS = 10 * 60_000;
const SKEW_OF_OTHERS_MS = 2 * 60_000;

export interface RunSearch {
  /** When the dispatch was sent. */
  readonly since: number;
  /** What the run's name carries; undefined: runs cannot be told apart. */
  readonly key: string | undefined;
}
export interface FoundRuns {
  readonly mine: RunReference | undefined;
  /** Dispatched runs since then that carry no Tagback key: ours may be among them. */
  readonly others: number;
}

/** Lists are a few seconds behind at GitHub: "not there" means something only after a while. */
export async function findRuns(github: GitHub, repo: string, ask: RunSearch & { readonly workflow: string; readonly signal: AbortSignal }): Promise<FoundRuns> {
  const from = new Date(ask.since - SKEW_OF_MINE_MS).toISOString().replace(/\.\d+Z$/, 'Z');
  const { workflow_runs: runs } = await github.read({
    repo,
    route: 'GET /repos/{owner}/{repo}/actions/workflows/{workflow_id}/runs',
    params: { workflow_id: ask.workflow, event: 'workflow_dispatch', created: `>=${from}`, per_page: 100, exclude_pull_requests: true },
    to: `look for our run of ${ask.workflow} in ${repo}`,
    schema: RunsShape,
    signal: ask.signal,
    priority: 'rollback',
  });
  const mine = ask.key === undefined ? undefined : runs.findLast(({ title }) => carries(title, ask.key ?? ''));
  const others = runs.filter((run) => run !== mine && run.createdAt >= ask.since - SKEW_OF_OTHERS_MS && !ANY_KEY.test(run.title));
  return { mine: mine && { kind: 'run', id: mine.id, url: mine.url }, others: others.length };
}

/** Keys look like `INC-42/rb1`; a run that carries another one belongs to another rollback. */
const ANY_KEY = /(?<![\w-])[A-Z]+-\d+\/rb\d+(?!\d)/;

/** `INC-4/rb1` is not in `INC-4/rb12`, nor in `XINC-4/rb1`. */
export function carries(title: string, key: string): boolean {
  for (let at = title.indexOf(key); at !== -1; at = title.indexOf(key, at + 1)) {
    const [before = ' ', after = ' '] = [title[at - 1], title[at + key.length]];
    if (!/[\w-]/.test(before) && !/[\w-]/.test(after)) return true;
  }
  return false;
}
