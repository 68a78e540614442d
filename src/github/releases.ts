/** Releases. */
import type { ReleaseEntry } from '../core/rollback-facts.ts';
import type { Desk } from './desk.ts';
import { ReleaseShape, ReleasesShape } from './shapes.ts';

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
