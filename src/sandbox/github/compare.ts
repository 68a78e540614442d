/** Ancestors, the three-dot comparison GitHub makes of two commits, and the difference between two trees. */
import type { Commit, Git } from './git.ts';
import type { FileChange } from './history.ts';

export interface Comparison {
  readonly base: Commit;
  readonly head: Commit;
  readonly mergeBase: Commit;
  readonly status: 'identical' | 'ahead' | 'behind' | 'diverged';
  readonly behindBy: number;
  /** In head and not in base, oldest first. */
  readonly commits: readonly Commit[];
  readonly files: readonly FileChange[];
}

/** undefined: the two have no commit in common. */
export function compare(git: Git, base: Commit, head: Commit): Comparison | undefined {
  const [ofBase, ofHead] = [new Set(ancestry(git, base)), new Set(ancestry(git, head))];
  const mergeBase = [...ofHead].findLast((commit) => ofBase.has(commit));
  if (mergeBase === undefined) return undefined;
  const commits = [...ofHead].filter((commit) => !ofBase.has(commit));
  const behindBy = [...ofBase].filter((commit) => !ofHead.has(commit)).length;
  const status = commits.length > 0 ? (behindBy > 0 ? 'diverged' : 'ahead') : behindBy > 0 ? 'behind' : 'identical';
  return { base, head, mergeBase, status, behindBy, commits, files: filesBetween(mergeBase, head, commits) };
}

/** Is the second commit the first one, or built on it? */
export const contains = (git: Git, older: Commit, newer: Commit): boolean => ancestry(git, newer).includes(older);

/** The commit and what is before it, newest first; with a path what touched this file, or anything below this folder. */
export function touching(git: Git, head: Commit, path: string): readonly Commit[] {
  const all = ancestry(git, head).toReversed();
  const wanted = path.replace(/\/$/, '');
  if (wanted === '') return all;
  const isMeant = (name: string | undefined): boolean => name === wanted || (name?.startsWith(`${wanted}/`) ?? false);
  const touches = ({ files }: Commit): boolean => files.some((file) => isMeant(file.path) || isMeant(file.previousPath));
  return all.filter((commit) => commit.parents.length < 2 && touches(commit)); // a merge only repeats them
}

/** What changes in the files when the tree of `from` gives way to that of `to`. */
export function difference(git: Git, from: Commit, to: Commit): readonly FileChange[] {
  if (from.treeSha === to.treeSha) return [];
  const [undone, done] = [compare(git, to, from)?.files ?? [], compare(git, from, to)?.files ?? []];
  return joinAll([...undone.map(inverse), ...done]);
}

/** The commit and everything before it, parents before children. */
function ancestry(git: Git, commit: Commit): readonly Commit[] {
  const seen = new Set<Commit>();
  const ready: Commit[] = [];
  const stack: { readonly commit: Commit; readonly isDone: boolean }[] = [{ commit, isDone: false }];
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    if (top.isDone) ready.push(top.commit);
    if (seen.has(top.commit)) continue;
    seen.add(top.commit);
    stack.push({ commit: top.commit, isDone: true });
    for (const sha of top.commit.parents.toReversed()) {
      const parent = git.commits.get(sha);
      if (parent && !seen.has(parent)) stack.push({ commit: parent, isDone: false });
    }
  }
  return ready;
}

function filesBetween(base: Commit, head: Commit, commits: readonly Commit[]): readonly FileChange[] {
  if (base.treeSha === head.treeSha) return []; // there and back again
  return joinAll(commits.filter((commit) => commit.parents.length < 2).flatMap((commit) => commit.files)); // a merge only repeats them
}

function joinAll(files: readonly FileChange[]): readonly FileChange[] {
  const joined = new Map<string, FileChange>();
  for (const file of files) {
    const earlier = joined.get(file.path);
    if (earlier?.status === 'added' && file.status === 'removed') joined.delete(file.path);
    else joined.set(file.path, earlier === undefined ? file : joinChanges(earlier, file));
  }
  return [...joined.values()].sort((a, b) => (a.path < b.path ? -1 : 1)); // git lists by path
}

function joinChanges(earlier: FileChange, later: FileChange): FileChange {
  const status = earlier.status === 'added' ? 'added' : earlier.status === 'removed' ? 'modified' : later.status;
  const patch = later.patch ?? earlier.patch;
  const sums = { additions: earlier.additions + later.additions, deletions: earlier.deletions + later.deletions };
  const previousPath = later.previousPath ?? earlier.previousPath;
  return { path: later.path, status, ...sums, ...(patch === undefined ? {} : { patch }), ...(previousPath === undefined ? {} : { previousPath }) };
}

const OPPOSITE = { added: 'removed', removed: 'added', modified: 'modified', renamed: 'renamed' } as const;

function inverse(file: FileChange): FileChange {
  const patch = file.patch === undefined ? {} : { patch: inversePatch(file.patch) };
  const paths = file.previousPath === undefined ? { path: file.path } : { path: file.previousPath, previousPath: file.path };
  return { ...paths, status: OPPOSITE[file.status], additions: file.deletions, deletions: file.additions, ...patch };
}

function inversePatch(patch: string): string {
  const signs: Readonly<Record<string, string>> = { '+': '-', '-': '+' };
  const line = (text: string) => text.replace(/^@@ -(\S+) \+(\S+) @@/, '@@ -$2 +$1 @@').replace(/^[+-]/, (sign) => signs[sign] ?? sign);
  return patch.split('\n').map(line).join('\n');
}
