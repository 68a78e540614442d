/** Releases and what their tags point at. */
import type { ReleaseEntry } from '../core/rollback-facts.ts';
import { Failure } from '../lib/failure.ts';
import type { Desk } from './desk.ts';
import { RefShape, ReleaseShape, ReleasesShape } from './shapes.ts';

/** The newest hundred, with drafts if the credential may see them. */
export async function listReleases({ github, ...rest }: Desk): Promise<readonly ReleaseEntry[]> {
  return await github.read({
    ...rest,
    route: 'GET /repos/{owner}/{repo}/releases',
    params: { per_page: 100 },
    to: `read the releases of ${rest.repo}`,
    schema: ReleasesShape,
  });
}

/** Published ones only; undefined: there is none with this tag. */
export async function findRelease({ github, ...rest }: Desk, tag: string): Promise<ReleaseEntry | undefined> {
  return await github.find({
    ...rest,
    route: 'GET /repos/{owner}/{repo}/releases/tags/{tag}',
    params: { tag },
    to: `read the release ${tag} of ${rest.repo}`,
    schema: ReleaseShape,
  });
}

/** The one with the Latest badge; undefined: there is none. */
export async function findLatest({ github, ...rest }: Desk): Promise<ReleaseEntry | undefined> {
  return await github.find({
    ...rest,
    route: 'GET /repos/{owner}/{repo}/releases/latest',
    to: `read the latest release of ${rest.repo}`,
    schema: ReleaseShape,
  });
}

export async function findReleaseById({ github, ...rest }: Desk, releaseId: number): Promise<ReleaseEntry | undefined> {
  return await github.find({
    ...rest,
    route: 'GET /repos/{owner}/{repo}/releases/{release_id}',
    params: { release_id: releaseId },
    to: `read release ${releaseId} of ${rest.repo}`,
    schema: ReleaseShape,
  });
}

// A tag object may point at another tag object; nobody does that on purpose more than once.
const TAG_OBJECTS_MAX = 5;

/** The commit a tag points at now, through tag objects (git tag -a). Throws `Failure` when there is no such tag. */
export async function readTagSha({ github, ...rest }: Desk, tag: string): Promise<string> {
  const to = `read which commit ${tag} of ${rest.repo} points at`;
  let { object } = await github.read({ ...rest, route: 'GET /repos/{owner}/{repo}/git/ref/{ref}', params: { ref: `tags/${tag}` }, to, schema: RefShape });
  for (let depth = 0; object.type === 'tag' && depth < TAG_OBJECTS_MAX; depth += 1) {
    ({ object } = await github.read({ ...rest, route: 'GET /repos/{owner}/{repo}/git/tags/{tag_sha}', params: { tag_sha: object.sha }, to, schema: RefShape }));
  }
  if (object.type === 'commit') return object.sha;
  throw new Failure('E_GITHUB_REFUSED', `could not ${to}: it points at a ${object.type}, not at a commit`, { permanent: true });
}
