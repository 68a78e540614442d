/** Goes back by moving the Latest badge: for users whose installers and updaters resolve "latest". Nothing is deployed by it. */
import * as z from 'zod';
import type { RollbackAction } from '../core/rollback.ts';
import type { ReleaseEntry } from '../core/rollback-facts.ts';
import { defineStrategy } from './strategy.ts';

export const makeLatest = defineStrategy({
  use: 'make-latest',
  about: 'Marks the older release as the latest one and the bad one as a pre-release.',
  options: z.strictObject({}),
  reads: () => ({}),
  plan({ current, target, releases, latestReleaseTag }) {
    const find = (tag: string | undefined): ReleaseEntry | undefined => releases.find((release) => release.tag === tag && !release.draft);
    const [good, bad] = [find(target?.tag), find(current?.tag)];
    if (good === undefined || bad === undefined) return { kind: 'not-applicable', because: 'it is not known from which release to which' };
    if (good.prerelease) return { kind: 'not-applicable', because: `${good.tag} is a pre-release and cannot be the latest one` };
    if (latestReleaseTag === good.tag && bad.prerelease) return { kind: 'not-applicable', because: `${good.tag} is the latest release already` };
    return {
      kind: 'applicable',
      // In this order some release is the latest at every moment.
      actions: [mark(good, { latest: true, prerelease: false }), mark(bad, { latest: false, prerelease: true })],
      undo: [
        mark(bad, { latest: latestReleaseTag === bad.tag, prerelease: bad.prerelease }),
        mark(good, { latest: latestReleaseTag === good.tag, prerelease: good.prerelease }),
      ],
    };
  },
});

function mark({ id, tag }: ReleaseEntry, as: { readonly latest: boolean; readonly prerelease: boolean }): RollbackAction {
  return { kind: 'markRelease', releaseId: id, tag, ...as };
}
