/** Pull requests: opened through the API, merged or closed by a person on their page. */
import type { Clock } from '../../lib/clock.ts';
import { contains, difference } from './compare.ts';
import { type Commit, type Git, resolve } from './git.ts';
import { shaOf } from './shas.ts';

export interface Pull {
  readonly number: number;
  readonly title: string;
  readonly body: string | null;
  readonly author: string;
  /** Branches of this repository. */
  readonly head: { readonly branch: string; readonly sha: string };
  readonly base: { readonly branch: string; readonly sha: string };
  readonly draft: boolean;
  readonly maintainerCanModify: boolean;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly end:
    | { readonly kind: 'merged'; readonly at: number; readonly by: string; readonly sha: string }
    | { readonly kind: 'closed'; readonly at: number }
    | undefined;
}
export type PullOrder = Pick<Pull, 'title' | 'body' | 'author' | 'draft' | 'maintainerCanModify'> & { readonly head: string; readonly base: string };
export type Merge = { readonly kind: 'merged'; readonly commit: Commit; readonly branch: string } | { readonly kind: 'refused'; readonly because: string };

export interface Pulls {
  /** Newest first. */
  list(): readonly Pull[];
  open(order: PullOrder): Pull;
  change(pull: Pull, change: Partial<Pick<Pull, 'title' | 'body' | 'end'>>): Pull;
  merge(number: number, by: string): Merge;
  /** Could it be merged as things are now? */
  isMergeable(pull: Pull): boolean;
}

// Above the numbers that commit messages of the default history name.
const FIRST_NUMBER = 481;

export function createPulls(git: Git, clock: Clock): Pulls {
  const pulls = new Map<number, Pull>();
  const set = (pull: Pull): Pull => {
    pulls.set(pull.number, pull);
    return pull;
  };
  return {
    isMergeable: (pull) => isMergeable(git, pull),
    list: () => [...pulls.values()].map((pull) => fresh(git, pull)).sort((a, b) => b.number - a.number),
    open({ head, base, ...rest }) {
      const at = clock.now();
      const side = (branch: string) => ({ branch, sha: git.branches.get(branch) ?? '' });
      return set({ ...rest, number: FIRST_NUMBER + pulls.size, head: side(head), base: side(base), createdAt: at, updatedAt: at, end: undefined });
    },
    change: (pull, change) => set({ ...pull, ...change, updatedAt: clock.now() }),
    merge(number, by) {
      const known = pulls.get(number);
      if (known === undefined) return { kind: 'refused', because: `there is no pull request ${number}` };
      const pull = fresh(git, known);
      if (pull.end !== undefined) return { kind: 'refused', because: `pull request ${number} is ${pull.end.kind} already` };
      if (pull.draft) return { kind: 'refused', because: `pull request ${number} is a draft` };
      const { head, base } = ends(git, pull);
      if (head === undefined || base === undefined || !isMergeable(git, pull))
        return { kind: 'refused', because: `pull request ${number} has conflicts with its base` };
      const at = clock.now();
      const commit = mergeCommit(git, { pull, head, base, by, at });
      git.add(commit);
      git.point(`heads/${pull.base.branch}`, commit.sha);
      set({ ...pull, updatedAt: at, end: { kind: 'merged', at, by, sha: commit.sha } });
      return { kind: 'merged', commit, branch: pull.base.branch };
    },
  };
}

/** While it is open it follows its branches. */
function fresh(git: Git, pull: Pull): Pull {
  if (pull.end !== undefined) return pull;
  const { head, base } = pull;
  const sha = (side: Pull['head']) => git.branches.get(side.branch) ?? side.sha;
  return { ...pull, head: { ...head, sha: sha(head) }, base: { ...base, sha: sha(base) } };
}

const ends = (git: Git, pull: Pull) => ({ head: git.commits.get(pull.head.sha), base: git.commits.get(pull.base.sha) });

/** Without the contents of files only this much is certain: nobody changed the base since the branch left it. */
function isMergeable(git: Git, pull: Pull): boolean {
  const { head, base } = ends(git, pull);
  return head !== undefined && base !== undefined && contains(git, base, head);
}

interface Merging {
  readonly pull: Pull;
  readonly head: Commit;
  readonly base: Commit;
  readonly by: string;
  readonly at: number;
}

function mergeCommit(git: Git, { pull, head, base, by, at }: Merging): Commit {
  return {
    sha: shaOf(`merge ${pull.number} ${head.sha} ${base.sha}`),
    treeSha: head.treeSha,
    parents: [base.sha, head.sha],
    title: `Merge pull request #${pull.number} from ${pull.head.branch}\n\n${pull.title}`,
    author: by,
    at,
    files: difference(git, base, head),
  };
}

/** The branch a request means by `branch` or `owner:branch`; undefined: there is none. */
export function branchOf(git: Git, owner: string, text: string): string | undefined {
  const name = text.toLowerCase().startsWith(`${owner.toLowerCase()}:`) ? text.slice(owner.length + 1) : text;
  return git.branches.has(name) && resolve(git, `heads/${name}`) ? name : undefined;
}
