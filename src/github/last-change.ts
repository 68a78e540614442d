/** Who changed a file last, as of a tag. */
import { z } from 'zod';
import { pullsOf } from './compare.ts';
import type { Desk } from './desk.ts';

const CommitsShape = z.array(
  z.object({
    sha: z.string(),
    html_url: z.string(),
    author: z.object({ login: z.string() }).nullish(),
    commit: z.object({ message: z.string().default(''), author: z.object({ name: z.string().optional() }).nullish() }),
  }),
);

export interface LastChange {
  readonly sha: string;
  readonly url: string;
  readonly author: string | undefined;
  readonly pull: number | undefined;
}

/** undefined: nobody ever did. The pull request is known where the commit's message names it. */
export async function readLastChange({ github, ...rest }: Desk, ask: { readonly head: string; readonly path: string }): Promise<LastChange | undefined> {
  const [newest] = await github.read({
    ...rest,
    route: 'GET /repos/{owner}/{repo}/commits',
    params: { sha: ask.head, path: ask.path, per_page: 1 },
    to: `find out who changed ${ask.path} of ${rest.repo} last`,
    schema: CommitsShape,
  });
  if (!newest) return undefined;
  const { sha, html_url: page, author, commit } = newest;
  const [pull] = pullsOf([commit.message]);
  const url = pull === undefined ? page : page.replace(/\/commit\/[0-9a-f]+$/, `/pull/${pull}`);
  return { sha, url, author: author?.login ?? commit.author?.name, pull };
}
