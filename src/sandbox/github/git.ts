/** The commits, branches and tags of the repository, and the three-dot comparison GitHub makes of them. */
import type { CommitSeed, FileChange, ReleaseSeed } from './history.ts';
import { releaseSha, shaOf } from './shas.ts';

export interface Commit {
  readonly sha: string;
  readonly treeSha: string;
  readonly parent: string | undefined;
  readonly title: string;
  readonly author: string;
  readonly at: number;
  readonly files: readonly FileChange[];
}
export interface Tag {
  readonly name: string;
  readonly commit: string;
  /** Id of the tag object; undefined: the tag points at the commit itself. */
  readonly object: string | undefined;
  readonly tagger: string;
  readonly at: number;
}
export interface Git {
  readonly commits: ReadonlyMap<string, Commit>;
  readonly tags: ReadonlyMap<string, Tag>;
  readonly branches: ReadonlyMap<string, string>;
  /** Moves a tag to another commit, as a forced push does. */
  moveTag(name: string, commit: string): void;
}
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

export const DEFAULT_BRANCH = 'main';

export function buildGit(releases: readonly ReleaseSeed[]): Git {
  const commits = new Map<string, Commit>();
  const tags = new Map<string, Tag>();
  let tip: string | undefined;
  for (const release of releases.filter((one) => !one.draft)) {
    let parent = release.parent === undefined ? tip : tags.get(release.parent)?.commit;
    release.commits.forEach((seed, index) => {
      const isTip = index === release.commits.length - 1;
      const sha = isTip ? releaseSha(release.tag) : shaOf(`${release.tag} ${index} ${seed.title}`);
      commits.set(sha, commitFrom(seed, sha, parent));
      parent = sha;
    });
    if (parent === undefined) continue;
    tags.set(release.tag, {
      name: release.tag,
      commit: parent,
      object: release.annotated ? shaOf(`tag ${release.tag}`) : undefined,
      tagger: release.author,
      at: release.publishedAt,
    });
    if (release.parent === undefined) tip = parent; // a hotfix built on an older tag does not move main
  }
  const moveTag = (name: string, commit: string): void => {
    const tag = tags.get(name);
    if (tag) tags.set(name, { ...tag, commit, object: undefined });
  };
  return { commits, tags, branches: new Map(tip === undefined ? [] : [[DEFAULT_BRANCH, tip]]), moveTag };
}

function commitFrom(seed: CommitSeed, sha: string, parent: string | undefined): Commit {
  return { sha, treeSha: shaOf(`tree ${sha}`), parent, title: seed.title, author: seed.author, at: seed.at, files: seed.files };
}

/** A branch, tag, `refs/…`, `heads/…`, `tags/…`, or a commit id of at least 7 digits. */
export function resolve(git: Git, ref: string): Commit | undefined {
  const short = ref.replace(/^refs\//, '');
  const branch = git.branches.get(short.replace(/^heads\//, ''));
  const tag = git.tags.get(short.replace(/^tags\//, ''))?.commit;
  const named = short.startsWith('tags/') ? tag : (branch ?? tag);
  if (named !== undefined) return git.commits.get(named);
  if (!/^[0-9a-f]{7,40}$/.test(ref)) return undefined;
  for (const commit of git.commits.values()) if (commit.sha.startsWith(ref)) return commit;
  return undefined;
}

/** Branch or tag, as a dispatch wants it; a commit id is not a ref. */
export function refOf(git: Git, ref: string): { readonly name: string; readonly commit: Commit } | undefined {
  const name = ref.replace(/^refs\/(heads|tags)\//, '');
  const commit = git.branches.has(name) || git.tags.has(name) ? resolve(git, ref) : undefined;
  return commit === undefined ? undefined : { name, commit };
}

export function compare(git: Git, base: Commit, head: Commit): Comparison | undefined {
  const mergeBase = lineage(git, head).find((commit) => lineage(git, base).includes(commit));
  if (mergeBase === undefined) return undefined;
  const since = (commit: Commit) => lineage(git, commit).slice(0, lineage(git, commit).indexOf(mergeBase));
  const commits = since(head).reverse();
  const behindBy = since(base).length;
  const status = commits.length > 0 ? (behindBy > 0 ? 'diverged' : 'ahead') : behindBy > 0 ? 'behind' : 'identical';
  return { base, head, mergeBase, status, behindBy, commits, files: mergeFiles(commits) };
}

/** The commit itself, its parent, and so on to the root. */
function lineage(git: Git, commit: Commit): readonly Commit[] {
  const line: Commit[] = [];
  for (let at: Commit | undefined = commit; at !== undefined; at = at.parent === undefined ? undefined : git.commits.get(at.parent)) line.push(at);
  return line;
}

function mergeFiles(commits: readonly Commit[]): readonly FileChange[] {
  const merged = new Map<string, FileChange>();
  for (const file of commits.flatMap((commit) => commit.files)) {
    const earlier = merged.get(file.path);
    if (earlier?.status === 'added' && file.status === 'removed') merged.delete(file.path);
    else merged.set(file.path, earlier === undefined ? file : joinChanges(earlier, file));
  }
  return [...merged.values()].sort((a, b) => (a.path < b.path ? -1 : 1)); // git lists by path
}

function joinChanges(earlier: FileChange, later: FileChange): FileChange {
  const status = earlier.status === 'added' ? 'added' : earlier.status === 'removed' ? 'modified' : later.status;
  const patch = later.patch ?? earlier.patch;
  const sums = { additions: earlier.additions + later.additions, deletions: earlier.deletions + later.deletions };
  return { path: later.path, status, ...sums, ...(patch === undefined ? {} : { patch }) };
}
