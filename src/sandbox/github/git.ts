/** The commits, branches and tags of the repository. */
import type { CommitSeed, FileChange, ReleaseSeed } from './history.ts';
import { releaseSha, shaOf } from './shas.ts';

export interface Commit {
  readonly sha: string;
  readonly treeSha: string;
  /** None: the first commit; two: a merge. */
  readonly parents: readonly string[];
  readonly title: string;
  readonly author: string;
  readonly at: number;
  /** Against the first parent. */
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
  /** Name → commit. */
  readonly branches: ReadonlyMap<string, string>;
  /** Tag objects by their id; they stay when the tag moves on. */
  readonly tagObjects: ReadonlyMap<string, Tag>;
  add(commit: Commit): void;
  /** Makes or moves `heads/…` or `tags/…`; `sha` is a commit or, for a tag, a tag object. */
  point(ref: string, sha: string): void;
  remove(ref: string): void;
}

export const DEFAULT_BRANCH = 'main';
/** A branch and a tag of this name follow what production was given. */
export const FLOATING = 'stable';

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
  const git = assemble(commits, tags, new Map(tip === undefined ? [] : [[DEFAULT_BRANCH, tip]]));
  const live = tags.get(lastDeployed(releases) ?? '')?.commit ?? tip;
  for (const ref of live === undefined ? [] : [`heads/${FLOATING}`, `tags/${FLOATING}`]) git.point(ref, live ?? '');
  return git;
}

function assemble(commits: Map<string, Commit>, tags: Map<string, Tag>, branches: Map<string, string>): Git {
  const tagObjects = new Map([...tags.values()].flatMap((tag) => (tag.object === undefined ? [] : [[tag.object, tag] as const])));
  return {
    commits,
    tags,
    branches,
    tagObjects,
    add: (commit) => void commits.set(commit.sha, commit),
    point(ref, sha) {
      const { kind, name } = partsOf(ref);
      if (kind === 'heads') return void branches.set(name, sha);
      const object = tagObjects.get(sha);
      const commit = object?.commit ?? sha;
      const old = object ?? tags.get(name) ?? { tagger: '', at: commits.get(commit)?.at ?? 0 };
      tags.set(name, { name, commit, object: object?.object, tagger: old.tagger, at: old.at });
    },
    remove(ref) {
      const { kind, name } = partsOf(ref);
      if (kind === 'heads') branches.delete(name);
      else tags.delete(name);
    },
  };
}

const lastDeployed = (releases: readonly ReleaseSeed[]): string | undefined =>
  releases.filter((one) => one.deployedAt !== undefined && !one.draft).sort((a, b) => (b.deployedAt ?? 0) - (a.deployedAt ?? 0))[0]?.tag;

function partsOf(ref: string): { readonly kind: string; readonly name: string } {
  const [kind = '', ...name] = ref.split('/');
  return { kind, name: name.join('/') };
}

/** What `heads/…` or `tags/…` points at, which for an annotated tag is its object; undefined: there is no such ref. */
export function targetOf(git: Git, ref: string): { readonly sha: string; readonly type: 'commit' | 'tag' } | undefined {
  const { kind, name } = partsOf(ref);
  if (kind === 'heads') {
    const sha = git.branches.get(name);
    return sha === undefined ? undefined : { sha, type: 'commit' };
  }
  const tag = kind === 'tags' ? git.tags.get(name) : undefined;
  if (tag === undefined) return undefined;
  return tag.object === undefined ? { sha: tag.commit, type: 'commit' } : { sha: tag.object, type: 'tag' };
}

function commitFrom(seed: CommitSeed, sha: string, parent: string | undefined): Commit {
  const parents = parent === undefined ? [] : [parent];
  return { sha, treeSha: shaOf(`tree ${sha}`), parents, title: seed.title, author: seed.author, at: seed.at, files: seed.files };
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
