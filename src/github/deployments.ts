/** What was deployed where and when, read from GitHub; and the two rules that follow from it. */
import type { DeploymentEntry, ReleaseEntry } from '../core/rollback-facts.ts';
import type { Desk } from './desk.ts';
import { DeploymentShape, DeploymentsShape, StatusesShape } from './shapes.ts';

/** Each costs one more request for its statuses. */
const LOOK_BACK = 10;
const LOOK_BACK_OF_TAG = 3;
/** GitHub's largest page. */
const PAGE = 100;
/** Clocks differ: one of ours may seem older than our request. */
const SKEW_MS = 10 * 60_000;

export interface DeploymentStatus {
  readonly state: string;
  readonly created_at: number;
  readonly description?: string | null | undefined;
}
export interface ListedDeployment {
  readonly id: number;
  readonly ref: string;
  readonly sha: string;
  readonly created_at: number;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** Newest first. With `tag`, only those of that tag, which may be older than the newest ten of all. */
export async function listDeployments(desk: Desk, environment: string, tag?: string): Promise<readonly ListedDeployment[]> {
  const { github, ...rest } = desk;
  return await github.read({
    ...rest,
    route: 'GET /repos/{owner}/{repo}/deployments',
    params: { environment, ...(tag !== undefined && { ref: tag }), per_page: tag === undefined ? LOOK_BACK : LOOK_BACK_OF_TAG },
    to: `read the deployments to ${environment} of ${desk.repo}`,
    schema: DeploymentsShape,
  });
}

/** `complete`: no deployment to the environment since then is missing. */
export async function deploymentsSince(
  { github, ...rest }: Desk,
  of: { readonly environment: string; readonly ref?: string; readonly since: number },
): Promise<{ readonly listed: readonly ListedDeployment[]; readonly complete: boolean }> {
  const page = await github.read({
    ...rest,
    route: 'GET /repos/{owner}/{repo}/deployments',
    params: { environment: of.environment, ...(of.ref !== undefined && { ref: of.ref }), per_page: PAGE },
    to: `look for our deployment to ${of.environment} of ${rest.repo}`,
    schema: DeploymentsShape,
  });
  const listed = page.filter(({ created_at: at }) => at >= of.since - SKEW_MS);
  return { listed, complete: page.length < PAGE || listed.length < page.length };
}

export async function readDeployment({ github, ...rest }: Desk, id: number): Promise<ListedDeployment> {
  return await github.read({
    ...rest,
    route: 'GET /repos/{owner}/{repo}/deployments/{deployment_id}',
    params: { deployment_id: id },
    to: `read deployment ${id} of ${rest.repo}`,
    schema: DeploymentShape,
  });
}

export async function readStatuses({ github, ...rest }: Desk, id: number): Promise<readonly DeploymentStatus[]> {
  const statuses = await github.read({
    ...rest,
    route: 'GET /repos/{owner}/{repo}/deployments/{deployment_id}/statuses',
    params: { deployment_id: id, per_page: 30 },
    to: `read the state of deployment ${id} of ${rest.repo}`,
    schema: StatusesShape,
  });
  return statuses.toSorted((a, b) => b.created_at - a.created_at);
}

/** The state of one deployment; `unknown` and a word to `onGap` when it cannot be read. */
export async function readState(desk: Desk, listed: ListedDeployment, onGap: (error: unknown) => void): Promise<DeploymentEntry> {
  const entry = { id: listed.id, ref: listed.ref, sha: listed.sha, at: listed.created_at };
  try {
    const statuses = await readStatuses(desk, listed.id);
    return { ...entry, state: stateOf(statuses), at: statuses.find(({ state }) => state === 'success')?.created_at ?? listed.created_at };
  } catch (error) {
    onGap(error);
    return { ...entry, state: 'unknown' };
  }
}

/**
 * The newest state counts, with one exception: GitHub marks a deployment `inactive` when a later one takes its place, so
 * `inactive` after a `success` is a success that was superseded.
 */
export function stateOf(statuses: readonly { readonly state: string; readonly created_at: number }[]): string {
  const [newest] = statuses.toSorted((a, b) => b.created_at - a.created_at);
  if (newest === undefined) return 'pending';
  return newest.state === 'inactive' && statuses.some(({ state }) => state === 'success') ? 'success' : newest.state;
}

export function newestFirst(entries: readonly DeploymentEntry[]): readonly DeploymentEntry[] {
  return entries.toSorted((a, b) => b.at - a.at || b.id - a.id);
}

/** From what a service says of itself (`v1.2.3`, `1.2.3`, a commit) to the release it means; undefined: none. */
export function tagOfRunning(
  text: string,
  known: { readonly releases: readonly ReleaseEntry[]; readonly deployments: readonly DeploymentEntry[]; readonly prefix: string },
): string | undefined {
  const spellings = [text, `${known.prefix}${text}`, `v${text}`, `${known.prefix}v${text}`];
  const tags = known.releases.filter(({ draft }) => !draft).map(({ tag }) => tag);
  const spelt = spellings.find((one) => tags.includes(one));
  if (spelt !== undefined || !/^[0-9a-f]{7,40}$/.test(text)) return spelt;
  return known.deployments.find(({ sha, ref }) => sha.startsWith(text) && tags.includes(ref))?.ref;
}

export type Found = { readonly tag: string; readonly sha: string | undefined } | { readonly because: string };

/**
 * The release that runs: the newest deployment that succeeded, if it names a release tag. One that names a branch (a workflow
 * dispatched on `main` with the tag as an input) does not say which release it brought, and we do not guess from the commit.
 */
export function runningByDeployments(deployments: readonly DeploymentEntry[], isTag: (ref: string) => boolean, prefix: string): Found {
  const mine = deployments.filter(({ ref }) => prefix === '' || !isTag(ref) || ref.startsWith(prefix));
  const newest = mine.findIndex(({ state }) => state === 'success');
  const found = mine[newest];
  if (found === undefined) return { because: 'no successful deployment was found' };
  const doubtful = mine.slice(0, newest).find(({ state }) => state === 'unknown');
  if (doubtful !== undefined) return { because: `deployment ${doubtful.id} (${doubtful.ref}) is newer and its state could not be read` };
  if (!isTag(found.ref)) {
    return { because: `the newest successful deployment (${found.id}) names ${found.ref}, not a release tag; health.version in services.yml would tell` };
  }
  return { tag: found.ref, sha: found.sha };
}

/**
 * Where a rollback goes when nobody names a tag: the newest release published before the current one, neither draft nor
 * pre-release, that was deployed successfully to the environment and was not rolled back from. A release was rolled back from
 * when the next success after its last one belongs to an older release. Without any deployments to go by, the newest earlier
 * release; `because` then says so.
 */
export function defaultTarget(
  releases: readonly ReleaseEntry[],
  deployments: readonly DeploymentEntry[] | undefined,
  current: string,
): { readonly tag: string | undefined; readonly because: string | undefined } {
  const publishedAt = new Map(releases.map((release) => [release.tag, release.publishedAt ?? Number.POSITIVE_INFINITY]));
  const limit = publishedAt.get(current) ?? Number.POSITIVE_INFINITY;
  const earlier = releases
    .filter((release) => !release.draft && !release.prerelease && release.tag !== current && (publishedAt.get(release.tag) ?? 0) < limit)
    .toSorted((a, b) => (b.publishedAt ?? 0) - (a.publishedAt ?? 0));
  const landed = (deployments ?? []).filter(({ state, ref }) => state === 'success' && publishedAt.has(ref));
  if (landed.length === 0) {
    return { tag: earlier[0]?.tag, because: earlier[0] && 'chosen by date of publication: which releases were ever deployed is not known' };
  }
  const leftBehind = (tag: string): boolean => {
    const last = landed.findIndex(({ ref }) => ref === tag);
    const next = landed[last - 1];
    return next !== undefined && (publishedAt.get(next.ref) ?? 0) < (publishedAt.get(tag) ?? 0);
  };
  const tag = earlier.find((release) => landed.some(({ ref }) => ref === release.tag) && !leftBehind(release.tag))?.tag;
  return { tag, because: tag === undefined ? `no release before ${current} is known to have been deployed with success; name a tag` : undefined };
}
