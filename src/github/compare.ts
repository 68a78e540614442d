/** What lies between the release to go back to and the one that runs. */
import { matchesGlob } from 'node:path';
import type * as z from 'zod';
import { PATCH_KEPT } from '../core/patch.ts';
import type { CompareFacts } from '../core/rollback-facts.ts';
import type { Desk } from './desk.ts';
import { CompareShape } from './shapes.ts';

/** GitHub lists no more files than this for one comparison (docs.github.com, compare two commits). */
const FILES_LISTED_MAX = 300;
const AUTHORS_MAX = 20;
const PULLS_MAX = 50;

interface CompareAsk {
  readonly target: string;
  readonly current: string;
  readonly migrations: readonly string[];
}

/**
 * Three-dot, from the older to the newer: `ahead` means that the current release is ahead of the target. Where it is `behind` (the way
 * is forward), GitHub lists nothing in this direction; commits and files are then those of the other one, which the target brings.
 */
export async function readCompare(desk: Desk, ask: CompareAsk): Promise<CompareFacts> {
  const back = await compare(desk, { older: ask.target, newer: ask.current });
  const read = back.status === 'behind' ? await compare(desk, { older: ask.current, newer: ask.target }) : back;
  const authors = read.commits.map(({ author, commit }) => author?.login ?? commit.author?.name).filter((name) => name !== undefined);
  const touched = read.files.filter(({ filename, previous_filename: before }) =>
    [filename, before].some((path) => path !== undefined && isMigration(path, ask.migrations)),
  );
  return {
    commits: read.total_commits,
    authors: [...new Set(authors)].slice(0, AUTHORS_MAX),
    pulls: pullsOf(read.commits.map(({ commit }) => commit.message)),
    files: read.files.slice(0, FILES_LISTED_MAX).map(({ filename, previous_filename: before, status, patch, blob_url: url }) => ({
      path: filename,
      status,
      ...(before !== undefined && { before }),
      ...(patch !== undefined && { patch: patch.slice(0, PATCH_KEPT) }),
      ...(url && { url }),
    })),
    truncated: read.files.length >= FILES_LISTED_MAX,
    url: read.html_url,
    status: back.status,
    migrations: touched.map(({ filename }) => filename),
  };
}

async function compare(
  { github, ...rest }: Desk,
  { older, newer }: { readonly older: string; readonly newer: string },
): Promise<z.output<typeof CompareShape>> {
  return await github.read({
    ...rest,
    route: 'GET /repos/{owner}/{repo}/compare/{basehead}',
    params: { basehead: `${older}...${newer}` },
    to: `compare ${older} with ${newer} of ${rest.repo}`,
    schema: CompareShape,
  });
}

/** Is the older commit in the newer one, or the same? */
export async function contains({ github, ...rest }: Desk, ask: { readonly newer: string; readonly older: string }): Promise<boolean> {
  const { status } = await github.read({
    ...rest,
    route: 'GET /repos/{owner}/{repo}/compare/{basehead}',
    params: { basehead: `${ask.older}...${ask.newer}`, per_page: 1 },
    to: `find out whether ${ask.newer.slice(0, 7)} of ${rest.repo} holds ${ask.older.slice(0, 7)}`,
    schema: CompareShape.pick({ status: true }),
  });
  return status === 'ahead' || status === 'identical';
}

/** GitHub writes `Title (#12)` for a squashed pull request and `Merge pull request #12 from …` for a merged one. */
export function pullsOf(messages: readonly string[]): readonly number[] {
  const numbers = messages.flatMap((message) => {
    const found = message.split('\n', 1)[0]?.match(/^Merge pull request #(\d{1,9}) |\(#(\d{1,9})\)$/);
    return found ? [Number(found[1] ?? found[2])] : [];
  });
  return [...new Set(numbers)].toReversed().slice(0, PULLS_MAX);
}

/** A glob without a slash means the file name, in whatever folder, as in .gitignore. */
export function isMigration(path: string, globs: readonly string[]): boolean {
  return globs.some((glob) => matchesGlob(path, glob.includes('/') ? glob : `**/${glob}`));
}
