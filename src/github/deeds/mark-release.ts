/** Moves the Latest badge, or marks a release as a pre-release. It sets a state, so repeating it changes nothing more. */
import { findLatest, findReleaseById } from '../releases.ts';
import { ReleaseShape } from '../shapes.ts';
import { answeredAs, type Deed } from './deed.ts';

export const markRelease: Deed<'markRelease'> = {
  kind: 'markRelease',
  async apply({ github, ...rest }, { releaseId, tag, latest, prerelease }) {
    const { value: release, requestId } = await github.write({
      ...rest,
      route: 'PATCH /repos/{owner}/{repo}/releases/{release_id}',
      // GitHub wants the words 'true' and 'false', not booleans, for this one.
      params: { release_id: releaseId, make_latest: latest ? 'true' : 'false', prerelease },
      to: `mark ${tag} of ${rest.repo} as ${latest ? 'the latest release' : prerelease ? 'a pre-release' : 'not the latest release'}`,
      schema: ReleaseShape,
    });
    return { kind: 'release', id: release.id, url: release.url, ...answeredAs(requestId) };
  },
  async find(desk, { releaseId, latest, prerelease }) {
    const [release, newest] = await Promise.all([findReleaseById(desk, releaseId), findLatest(desk)]);
    if (release === undefined) return 'unknown';
    const done = release.prerelease === prerelease && (newest?.id === releaseId) === latest;
    return done ? { kind: 'release', id: release.id, url: release.url } : 'absent';
  },
};
