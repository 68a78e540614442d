/** Workflow runs: how one goes, and which one is ours. */
import type { RunReference } from '../core/rollback.ts';
import { Failure } from '../lib/failure.ts';
import type { Desk } from './desk.ts';
import { JobsShape, type ReadRun, RunShape, RunsShape } from './shapes.ts';

export interface RunState {
  /** queued, in_progress, completed, waiting, requested, pending, or a word GitHub has not invented yet. */
  readonly status: string;
  /** success, failure, cancelled, timed_out, …; undefined while it runs. Only `success` is good. */
  readonly conclusion: string | undefined;
  readonly url: string;
  /** `deploy › Run ./scripts/deploy`: the job and step that failed, or that run now. */
  readonly job: string | undefined;
  /** The job of `job`; its log is asked for by this number. */
  readonly jobId: number | undefined;
  readonly title: string;
  /** Counts from 1; a re-run gets the next. */
  readonly attempt: number;
}

/** undefined: GitHub shows no such run, or not yet. Jobs that cannot be read leave `job` undefined. */
export async function seeRun({ github, ...rest }: Desk, runId: number): Promise<RunState | undefined> {
  const route = 'GET /repos/{owner}/{repo}/actions/runs/{run_id}';
  const [run, place] = await Promise.all([
    github.find({ ...rest, route, params: { run_id: runId }, to: `read run ${runId} of ${rest.repo}`, schema: RunShape }),
    readPlace({ github, ...rest }, runId),
  ]);
  return run && stateOf(run, place);
}

function stateOf({ status, conclusion, url, title, attempt }: ReadRun, at: Place | undefined): RunState {
  const place = conclusion === 'success' ? undefined : at;
  return { status, conclusion, url, title, attempt, job: place?.job, jobId: place?.id };
}

export async function readOneRun({ github, ...rest }: Desk, runId: number): Promise<ReadRun> {
  return await github.read({
    ...rest,
    route: 'GET /repos/{owner}/{repo}/actions/runs/{run_id}',
    params: { run_id: runId },
    to: `read run ${runId} of ${rest.repo}`,
    schema: RunShape,
  });
}

interface Place {
  readonly id: number;
  readonly job: string;
}

async function readPlace({ github, ...rest }: Desk, runId: number): Promise<Place | undefined> {
  try {
    const { jobs } = await github.read({
      ...rest,
      route: 'GET /repos/{owner}/{repo}/actions/runs/{run_id}/jobs',
      params: { run_id: runId, filter: 'latest', per_page: 100 },
      to: `read the jobs of run ${runId} of ${rest.repo}`,
      schema: JobsShape,
    });
    return whereItIs(jobs);
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}

interface Timed {
  readonly name: string;
  readonly status: string;
  readonly conclusion?: string | null | undefined;
}

/** The first job that went wrong, else the first that runs; with its step of the same kind. */
function whereItIs(jobs: readonly (Timed & { readonly id: number; readonly steps: readonly Timed[] })[]): Place | undefined {
  const wrong = ({ conclusion }: Timed): boolean => ['failure', 'timed_out', 'cancelled', 'startup_failure', 'action_required'].includes(conclusion ?? '');
  const running = ({ status }: Timed): boolean => status === 'in_progress' || status === 'waiting';
  for (const is of [wrong, running]) {
    const job = jobs.find(is);
    if (job === undefined) continue;
    const step = job.steps.find(is);
    return { id: job.id, job: step === undefined ? job.name : `${job.name} › ${step.name}` };
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
/** Lists are a few seconds behind at GitHub: "absent" means something only after a while. `unknown`: a run without a key could be ours. */
export async function findRun(
  { github, ...rest }: Desk,
  ask: RunSearch & { readonly workflow: string; readonly event: 'workflow_dispatch' | 'repository_dispatch' },
): Promise<RunReference | 'absent' | 'unknown'> {
  const from = new Date(ask.since - SKEW_OF_MINE_MS).toISOString().replace(/\.\d+Z$/, 'Z');
  const { workflow_runs: runs } = await github.read({
    ...rest,
    route: 'GET /repos/{owner}/{repo}/actions/workflows/{workflow_id}/runs',
    params: { workflow_id: ask.workflow, event: ask.event, created: `>=${from}`, per_page: 100, exclude_pull_requests: true },
    to: `look for our run of ${ask.workflow} in ${rest.repo}`,
    schema: RunsShape,
  });
  const { key } = ask;
  const mine = key === undefined ? undefined : runs.findLast(({ title }) => carries(title, key));
  if (mine !== undefined) return { kind: 'run', id: mine.id, url: mine.url };
  const couldBeOurs = runs.some((run) => run.createdAt >= ask.since - SKEW_OF_OTHERS_MS && !ANY_KEY.test(run.title));
  return couldBeOurs ? 'unknown' : 'absent';
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
