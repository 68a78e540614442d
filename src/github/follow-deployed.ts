/** Following what somebody else carries out: a deployment, a pull request that is merged and then deployed, an event. */
import type { Instant } from '../core/model.ts';
import { contains } from './compare.ts';
import { deploymentsSince, type ListedDeployment, listDeployments, readDeployment, readStatuses, stateOf } from './deployments.ts';
import type { Desk } from './desk.ts';
import type { Progress } from './follow.ts';
import { readPull } from './pulls.ts';

const going = (status: string): Progress => ({ kind: 'going', status, job: undefined });
const done = (because: string): Progress => ({ kind: 'done', because });
const failed = (because: string): Progress => ({ kind: 'failed', because, job: undefined });
const short = (sha: string): string => sha.slice(0, 7);
/** GitHub tells times in whole seconds, in its lists and in its Date header. */
const CLOCK_STEP_MS = 2_000;
/** Other people's words, cut. */
const DESCRIPTION_MAX = 200;

/** `sha`: what was approved; undefined: any. */
export async function followDeployment(desk: Desk, id: number, sha: string | undefined): Promise<Progress> {
  const progress = await stateNow(desk, id);
  if (progress.kind !== 'done' || sha === undefined) return progress;
  const deployed = await readDeployment(desk, id);
  if (deployed.sha === sha) return progress;
  return failed(`deployment ${id} succeeded, but it is of ${short(deployed.sha)}, not of ${short(sha)}: the tag was moved`);
}

async function stateNow(desk: Desk, id: number): Promise<Progress> {
  const statuses = await readStatuses(desk, id);
  const [newest] = statuses;
  if (newest === undefined) return going('waiting for whoever deploys to take it');
  const state = stateOf(statuses);
  const says = newest.description ? `: ${newest.description.slice(0, DESCRIPTION_MAX)}` : '';
  if (state === 'success')
    return done(newest.state === 'inactive' ? `deployment ${id} succeeded; another one took its place since` : `deployment ${id} succeeded`);
  if (state === 'failure' || state === 'error') return failed(`deployment ${id} ended with “${state}”${says}`);
  if (state === 'inactive') return failed(`deployment ${id} was replaced by another one before it succeeded`);
  return going(state);
}

export async function followPull(desk: Desk, number: number, environment: string): Promise<Progress> {
  const pull = await readPull(desk, number);
  if (pull.merged_at == null) {
    return pull.state === 'open' ? going('waiting to be merged') : failed(`pull request #${number} was closed without being merged`);
  }
  const listed = await listDeployments(desk, environment);
  if (listed.length === 0) return done(`pull request #${number} was merged; GitHub knows of no deployments to ${environment}`);
  const merged = pull.merge_commit_sha;
  const since = pull.merged_at;
  if (!merged) return going('merged; waiting for GitHub to name the commit');
  return await firstThatTells(
    desk,
    listed.filter(({ created_at: at }) => at >= since),
    { merged, environment },
  );
}

/** Ours is the deployment of the merge commit, or of a later one that holds it. */
async function firstThatTells(
  desk: Desk,
  listed: readonly ListedDeployment[],
  { merged, environment }: { readonly merged: string; readonly environment: string },
): Promise<Progress> {
  for (const { id, sha } of listed) {
    const progress = await stateNow(desk, id);
    if (sha === merged && progress.kind !== 'going') return progress;
    if (progress.kind === 'done' && (await contains(desk, { older: merged, newer: sha }))) return progress;
  }
  return going(`merged; waiting for its deployment to ${environment}`);
}

/** All that an event leaves behind is the deployment it leads to. */
export async function followEvent(
  desk: Desk,
  { sha, environment, since }: { readonly sha: string | undefined; readonly environment: string; readonly since: Instant | undefined },
): Promise<Progress> {
  const waiting = going(`waiting for a deployment to ${environment}`);
  if (sha === undefined || since === undefined) return waiting;
  const { listed } = await deploymentsSince(desk, { environment, since });
  // By GitHub's clock: the release before this one may have been deployed minutes ago, and that is not what we wait for.
  const from = since + (desk.github.budget().skewMs ?? 0) - CLOCK_STEP_MS;
  const [ours] = listed.filter((one) => one.sha === sha && one.created_at >= from).toSorted((a, b) => b.created_at - a.created_at || b.id - a.id);
  return ours === undefined ? waiting : await stateNow(desk, ours.id);
}
