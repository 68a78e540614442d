/** JSON as GitHub's OpenAPI description has it: people, repository, releases, commits. `api` and `web` are addresses without a slash at the end. */
import { iso, type Json, type JsonObject } from './answer.ts';
import type { Comparison } from './compare.ts';
import { type Commit, DEFAULT_BRANCH } from './git.ts';
import type { FileChange } from './history.ts';
import type { Release } from './releases.ts';
import { shaOf } from './shas.ts';

export interface Addresses {
  /** Root of the API. */
  readonly api: string;
  /** `…/repos/acme/shop` */
  readonly repo: string;
  /** Page of the repository for people. */
  readonly web: string;
  readonly owner: string;
  readonly name: string;
  readonly isPrivate: boolean;
}

export const nodeId = (kind: string, id: string | number): string => `${kind}_${Buffer.from(String(id)).toString('base64url')}`;
const REPO_ID = 812_440_917;

/** A number of its own for each login, the same on every start. */
export const userId = (login: string): number => 1_000_000 + (Number.parseInt(shaOf(login).slice(0, 6), 16) % 90_000_000);

export function userJson(at: Addresses, login: string): JsonObject {
  const url = `${at.api}/users/${encodeURIComponent(login)}`;
  return {
    login,
    id: userId(login),
    node_id: nodeId('U', login),
    avatar_url: `${at.api}/avatars/${userId(login)}`,
    gravatar_id: '',
    url,
    html_url: `${at.api}/${encodeURIComponent(login)}`,
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`,
    type: login.endsWith('[bot]') ? 'Bot' : 'User',
    user_view_type: 'public',
    site_admin: false,
  };
}

// Addresses that every repository object carries: key → path below the repository.
const REPO_LINKS: Readonly<Record<string, string>> = {
  archive_url: '/{archive_format}{/ref}',
  assignees_url: '/assignees{/user}',
  blobs_url: '/git/blobs{/sha}',
  branches_url: '/branches{/branch}',
  collaborators_url: '/collaborators{/collaborator}',
  comments_url: '/comments{/number}',
  commits_url: '/commits{/sha}',
  compare_url: '/compare/{base}...{head}',
  contents_url: '/contents/{+path}',
  contributors_url: '/contributors',
  deployments_url: '/deployments',
  downloads_url: '/downloads',
  events_url: '/events',
  forks_url: '/forks',
  git_commits_url: '/git/commits{/sha}',
  git_refs_url: '/git/refs{/sha}',
  git_tags_url: '/git/tags{/sha}',
  hooks_url: '/hooks',
  issue_comment_url: '/issues/comments{/number}',
  issue_events_url: '/issues/events{/number}',
  issues_url: '/issues{/number}',
  keys_url: '/keys{/key_id}',
  labels_url: '/labels{/name}',
  languages_url: '/languages',
  merges_url: '/merges',
  milestones_url: '/milestones{/number}',
  notifications_url: '/notifications{?since,all,participating}',
  pulls_url: '/pulls{/number}',
  releases_url: '/releases{/id}',
  stargazers_url: '/stargazers',
  statuses_url: '/statuses/{sha}',
  subscribers_url: '/subscribers',
  subscription_url: '/subscription',
  tags_url: '/tags',
  teams_url: '/teams',
  trees_url: '/git/trees{/sha}',
};

/** The short repository object inside runs. */
export function smallRepoJson(at: Addresses): JsonObject {
  const links = Object.fromEntries(Object.entries(REPO_LINKS).map(([key, path]) => [key, at.repo + path]));
  const who = { id: REPO_ID, node_id: nodeId('R', REPO_ID), name: at.name, full_name: `${at.owner}/${at.name}`, private: at.isPrivate };
  return { ...who, owner: userJson(at, at.owner), html_url: at.web, description: 'The shop of the Tagback sandbox', fork: false, url: at.repo, ...links };
}

export function repoJson(at: Addresses, facts: { readonly createdAt: number; readonly pushedAt: number; readonly canPush: boolean }): JsonObject {
  return {
    ...smallRepoJson(at),
    git_url: `git://${at.owner}/${at.name}.git`,
    ssh_url: `git@localhost:${at.owner}/${at.name}.git`,
    clone_url: `${at.web}.git`,
    svn_url: at.web,
    mirror_url: null,
    homepage: null,
    language: 'TypeScript',
    default_branch: DEFAULT_BRANCH,
    visibility: at.isPrivate ? 'private' : 'public',
    permissions: { admin: false, maintain: false, push: facts.canPush, triage: facts.canPush, pull: true },
    archived: false,
    disabled: false,
    has_issues: true,
    has_projects: false,
    has_wiki: false,
    has_pages: false,
    has_discussions: false,
    has_downloads: true, // gone from version 2026-03-10 on
    license: null,
    topics: [],
    size: 18_240,
    ...{ forks: 0, forks_count: 0, open_issues: 3, open_issues_count: 3, watchers: 12, watchers_count: 12 },
    ...{ stargazers_count: 12, network_count: 0, subscribers_count: 4 },
    created_at: iso(facts.createdAt),
    updated_at: iso(facts.pushedAt),
    pushed_at: iso(facts.pushedAt),
  };
}

export function releaseJson(at: Addresses, release: Release): JsonObject {
  const url = `${at.repo}/releases/${release.id}`;
  const tag = encodeURIComponent(release.tag);
  return {
    url,
    assets_url: `${url}/assets`,
    upload_url: `${at.api}/uploads/repos/${at.owner}/${at.name}/releases/${release.id}/assets{?name,label}`,
    html_url: `${at.web}/releases/tag/${release.draft ? `untagged-${shaOf(release.tag).slice(0, 20)}` : tag}`,
    id: release.id,
    author: userJson(at, release.author),
    node_id: nodeId('RE', release.id),
    tag_name: release.tag,
    target_commitish: DEFAULT_BRANCH,
    name: release.name,
    draft: release.draft,
    immutable: release.immutable,
    prerelease: release.prerelease,
    created_at: iso(release.createdAt),
    updated_at: iso(release.updatedAt),
    published_at: release.publishedAt === undefined ? null : iso(release.publishedAt),
    assets: release.assets.map((name, index) => assetJson(at, release, { name, id: release.id * 100 + index })),
    tarball_url: release.draft ? null : `${at.repo}/tarball/${tag}`,
    zipball_url: release.draft ? null : `${at.repo}/zipball/${tag}`,
    body: release.body,
  };
}

function assetJson(at: Addresses, release: Release, { name, id }: { readonly name: string; readonly id: number }): JsonObject {
  return {
    url: `${at.repo}/releases/assets/${id}`,
    browser_download_url: `${at.web}/releases/download/${encodeURIComponent(release.tag)}/${encodeURIComponent(name)}`,
    id,
    node_id: nodeId('RA', id),
    name,
    label: null,
    state: 'uploaded',
    content_type: 'application/octet-stream',
    size: 4_194_304,
    digest: `sha256:${shaOf(`${release.tag} ${name}`).padEnd(64, '0')}`,
    download_count: 3,
    created_at: iso(release.createdAt),
    updated_at: iso(release.createdAt),
    uploader: userJson(at, release.author),
  };
}

export const UNSIGNED: JsonObject = { verified: false, reason: 'unsigned', signature: null, payload: null, verified_at: null };

export const signature = (login: string, when: number): JsonObject => ({
  name: login,
  email: `${userId(login)}+${login}@users.noreply.github.com`,
  date: iso(when),
});

export function commitJson(at: Addresses, commit: Commit): JsonObject {
  const url = `${at.repo}/commits/${commit.sha}`;
  const who = signature(commit.author, commit.at);
  const tree = { sha: commit.treeSha, url: `${at.repo}/git/trees/${commit.treeSha}` };
  const parents = commit.parents.map((sha) => ({ sha, url: `${at.repo}/commits/${sha}`, html_url: `${at.web}/commit/${sha}` }));
  return {
    sha: commit.sha,
    node_id: nodeId('C', commit.sha),
    commit: { author: who, committer: who, message: commit.title, tree, url: `${at.repo}/git/commits/${commit.sha}`, comment_count: 0, verification: UNSIGNED },
    url,
    html_url: `${at.web}/commit/${commit.sha}`,
    comments_url: `${url}/comments`,
    author: userJson(at, commit.author),
    committer: userJson(at, commit.author),
    parents,
  };
}

export function commitWithFilesJson(at: Addresses, commit: Commit): JsonObject {
  const sum = (of: (file: FileChange) => number) => commit.files.reduce((total, file) => total + of(file), 0);
  const [additions, deletions] = [sum((file) => file.additions), sum((file) => file.deletions)];
  return {
    ...commitJson(at, commit),
    stats: { total: additions + deletions, additions, deletions },
    files: commit.files.map((file) => fileJson(at, file, commit.sha)),
  };
}

/** The commit object inside a run. */
export function headCommitJson(commit: Commit): JsonObject {
  const person = { name: commit.author, email: `${userId(commit.author)}+${commit.author}@users.noreply.github.com` };
  return { id: commit.sha, tree_id: commit.treeSha, message: commit.title, timestamp: iso(commit.at), author: person, committer: person };
}

function fileJson(at: Addresses, file: FileChange, sha: string): JsonObject {
  const path = file.path.split('/').map(encodeURIComponent).join('/');
  return {
    sha: shaOf(`blob ${file.path} ${sha}`),
    filename: file.path,
    ...(file.previousPath === undefined ? {} : { previous_filename: file.previousPath }),
    status: file.status,
    additions: file.additions,
    deletions: file.deletions,
    changes: file.additions + file.deletions,
    blob_url: `${at.web}/blob/${sha}/${path}`,
    raw_url: `${at.web}/raw/${sha}/${path}`,
    contents_url: `${at.repo}/contents/${path}?ref=${sha}`,
    ...(file.patch === undefined ? {} : { patch: file.patch }),
  };
}

// GitHub stops at 300 files for the whole comparison and says nothing about it.
const MOST_FILES = 300;

/** `commits` is the page of commits to show; files come with the first page only. */
export function compareJson(
  at: Addresses,
  compared: Comparison,
  page: { readonly range: string; readonly commits: readonly Commit[]; readonly isFirst: boolean },
): JsonObject {
  const web = `${at.web}/compare/${page.range}`;
  const exact = `${at.web}/compare/${at.owner}:${compared.base.sha.slice(0, 7)}...${at.owner}:${compared.head.sha.slice(0, 7)}`;
  const files: readonly Json[] = page.isFirst ? compared.files.slice(0, MOST_FILES).map((file) => fileJson(at, file, compared.head.sha)) : [];
  return {
    url: `${at.repo}/compare/${page.range}`,
    html_url: web,
    permalink_url: exact,
    diff_url: `${web}.diff`,
    patch_url: `${web}.patch`,
    base_commit: commitJson(at, compared.base),
    merge_base_commit: commitJson(at, compared.mergeBase),
    status: compared.status,
    ahead_by: compared.commits.length,
    behind_by: compared.behindBy,
    total_commits: compared.commits.length,
    commits: page.commits.map((commit) => commitJson(at, commit)),
    files,
  };
}
