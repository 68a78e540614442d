/** Pull requests, and the commits they are made of. */
import type * as z from 'zod';
import type { RunReference } from '../core/rollback.ts';
import type { Desk } from './desk.ts';
import { CommitShape, PullShape, PullsShape } from './shapes.ts';

/** The newest one of this branch into that base, open or not; undefined: there never was one. */
export async function findPull({ github, ...rest }: Desk, of: { readonly branch: string; readonly base: string }): Promise<RunReference | undefined> {
  const [owner = ''] = rest.repo.split('/');
  const pulls = await github.read({
    ...rest,
    route: 'GET /repos/{owner}/{repo}/pulls',
    // Newest first is GitHub's order.
    params: { head: `${owner}:${of.branch}`, base: of.base, state: 'all', per_page: 10 },
    to: `look for the pull request of ${of.branch} in ${rest.repo}`,
    schema: PullsShape,
  });
  const [pull] = pulls.filter(({ base }) => base.ref === of.base);
  return pull && { kind: 'pull', id: pull.number, url: pull.html_url };
}

export async function readPull({ github, ...rest }: Desk, number: number): Promise<z.output<typeof PullShape>> {
  return await github.read({
    ...rest,
    route: 'GET /repos/{owner}/{repo}/pulls/{pull_number}',
    params: { pull_number: number },
    to: `read pull request ${number} of ${rest.repo}`,
    schema: PullShape,
  });
}

export async function readCommit({ github, ...rest }: Desk, sha: string): Promise<z.output<typeof CommitShape>> {
  return await github.read({
    ...rest,
    route: 'GET /repos/{owner}/{repo}/git/commits/{commit_sha}',
    params: { commit_sha: sha },
    to: `read commit ${sha.slice(0, 7)} of ${rest.repo}`,
    schema: CommitShape,
  });
}
