/** Who changed a file last in a release: the commit, its author, and the pull request its message names. */
import { contains, pullsOf } from './compare.ts';
import type { Desk } from './desk.ts';
import { CommitsShape } from './shapes.ts';

interface LastChangeAsk {
  /** The tag before. */
  readonly base: string;
  /** The tag that runs. */
  readonly head: string;
  readonly path: string;
}
export interface LastChange {
  readonly sha: string;
  /** Of the pull request where the commit names one, else of the commit. */
  readonly url: string;
  /** GitHub login; the name git keeps where the address belongs to no account. */
  readonly author: string | undefined;
  /** undefined: the message names none. A merge commit names one, and the commits it brings do not. */
  readonly pull: number | undefined;
}

/** Undefined: no commit of the release touched the file. Throws Failure. */
export async function readLastChange(desk: Desk, { base, head, path }: LastChangeAsk): Promise<LastChange | undefined> {
  const { github, ...rest } = desk;
  const [last] = await github.read({
    ...rest,
    route: 'GET /repos/{owner}/{repo}/commits',
    params: { sha: head, path, per_page: 1 },
    to: `find out who changed ${path} of ${rest.repo} last before ${head}`,
    schema: CommitsShape,
  });
  // Asked of the base itself: the list of a comparison ends at 250 commits, and what is missing there may still be of the release.
  if (!last || (await contains(desk, { newer: base, older: last.sha }))) return undefined;
  const [pull] = pullsOf([last.commit.message]);
  return {
    sha: last.sha,
    url: pull === undefined ? last.html_url : `${github.web(rest.repo)}/pull/${pull}`,
    author: last.author?.login ?? last.commit.author?.name,
    pull,
  };
}
