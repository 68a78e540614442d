/** JSON as GitHub's OpenAPI description has it: pull requests. */
import { iso, type Json, type JsonObject } from './answer.ts';
import { compare } from './compare.ts';
import type { Pull } from './pulls.ts';
import { type Addresses, nodeId, repoJson, userJson } from './shapes.ts';
import type { World } from './world.ts';

const FIRST_ID = 2_991_440_000;

/** As lists show it. */
export function simplePullJson(at: Addresses, pull: Pull, world: World): JsonObject {
  const { end } = pull;
  const id = FIRST_ID + pull.number;
  return {
    id,
    node_id: nodeId('PR', id),
    ...linksOf(at, pull),
    number: pull.number,
    state: end === undefined ? 'open' : 'closed',
    locked: false,
    title: pull.title,
    user: userJson(at, pull.author),
    body: pull.body,
    labels: [],
    milestone: null,
    active_lock_reason: null,
    created_at: iso(pull.createdAt),
    updated_at: iso(pull.updatedAt),
    closed_at: end === undefined ? null : iso(end.at),
    merged_at: end?.kind === 'merged' ? iso(end.at) : null,
    merge_commit_sha: end?.kind === 'merged' ? end.sha : null,
    assignee: null,
    assignees: [],
    requested_reviewers: [],
    requested_teams: [],
    head: sideJson(at, pull.head, world),
    base: sideJson(at, pull.base, world),
    author_association: 'MEMBER',
    auto_merge: null,
    draft: pull.draft,
  };
}

/** As its own address shows it. */
export function pullJson(at: Addresses, pull: Pull, world: World): JsonObject {
  const { end } = pull;
  const [base, head] = [world.git.commits.get(pull.base.sha), world.git.commits.get(pull.head.sha)];
  const compared = base && head ? compare(world.git, base, head) : undefined;
  const files = compared?.files ?? [];
  const isMergeable = world.pulls.isMergeable(pull);
  return {
    ...simplePullJson(at, pull, world),
    merged: end?.kind === 'merged',
    mergeable: end === undefined ? isMergeable : null,
    rebaseable: end === undefined ? isMergeable : null,
    mergeable_state: end !== undefined ? 'unknown' : pull.draft ? 'draft' : isMergeable ? 'clean' : 'dirty',
    merged_by: end?.kind === 'merged' ? userJson(at, end.by) : null,
    comments: 0,
    review_comments: 0,
    maintainer_can_modify: pull.maintainerCanModify,
    commits: compared?.commits.length ?? 0,
    additions: files.reduce((sum, file) => sum + file.additions, 0),
    deletions: files.reduce((sum, file) => sum + file.deletions, 0),
    changed_files: files.length,
  };
}

function sideJson(at: Addresses, side: Pull['head'], world: World): Json {
  const times = [...world.git.commits.values()].map((commit) => commit.at);
  const repo = repoJson(at, { createdAt: Math.min(...times), pushedAt: Math.max(...times), canPush: false });
  return { label: `${at.owner}:${side.branch}`, ref: side.branch, sha: side.sha, user: userJson(at, at.owner), repo };
}

function linksOf(at: Addresses, pull: Pull): JsonObject {
  const url = `${at.repo}/pulls/${pull.number}`;
  const issue = `${at.repo}/issues/${pull.number}`;
  const html = `${at.web}/pull/${pull.number}`;
  const links = {
    comments: `${issue}/comments`,
    commits: `${url}/commits`,
    review_comment: `${at.repo}/pulls/comments{/number}`,
    review_comments: `${url}/comments`,
    statuses: `${at.repo}/statuses/${pull.head.sha}`,
  };
  const hrefs = { self: url, html, issue, ...links };
  return {
    url,
    html_url: html,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    issue_url: issue,
    ...Object.fromEntries(Object.entries(links).map(([name, href]) => [`${name}_url`, href])),
    _links: Object.fromEntries(Object.entries(hrefs).map(([name, href]) => [name, { href }])),
  };
}
