/** Repository, releases, tags, commits, comparisons, files. */
import { type Answer, notFound, ok, paginate, refuse } from './answer.ts';
import { holds } from './callers.ts';
import { compare, touching } from './compare.ts';
import { type Commit, DEFAULT_BRANCH, resolve } from './git.ts';
import type { Release } from './releases.ts';
import type { Call, Route } from './router.ts';
import { commitJson, commitWithFilesJson, compareJson, releaseJson, repoJson } from './shapes.ts';
import { shaOf } from './shas.ts';

const METADATA = { permission: 'metadata', access: 'read' } as const;
const READ = { permission: 'contents', access: 'read' } as const;
const WRITE = { permission: 'contents', access: 'write' } as const;
const REPO = '/repos/:owner/:repo';

export const repoRoutes: readonly Route[] = [
  { method: 'GET', path: REPO, need: METADATA, answer: repository },
  { method: 'GET', path: `${REPO}/releases`, need: READ, answer: listReleases },
  { method: 'GET', path: `${REPO}/releases/latest`, need: READ, answer: (call) => releaseOr404(call, call.world.releases.latest()) },
  { method: 'GET', path: `${REPO}/releases/tags/*tag`, need: READ, answer: (call) => releaseOr404(call, call.world.releases.byTag(call.params.tag ?? '')) },
  {
    method: 'GET',
    path: `${REPO}/releases/:id`,
    need: READ,
    answer: (call) => releaseOr404(call, visible(call, call.world.releases.byId(Number(call.params.id)))),
  },
  { method: 'PATCH', path: `${REPO}/releases/:id`, need: WRITE, answer: changeRelease },
  { method: 'GET', path: `${REPO}/tags`, need: READ, answer: listTags },
  { method: 'GET', path: `${REPO}/commits`, need: READ, answer: listCommits },
  { method: 'GET', path: `${REPO}/commits/*ref`, need: READ, answer: oneCommit },
  { method: 'GET', path: `${REPO}/compare/*range`, need: READ, answer: comparison },
  { method: 'GET', path: `${REPO}/contents/*path`, need: READ, answer: contents },
];

function repository({ world, at, caller }: Call): Answer {
  const times = [...world.git.commits.values()].map((commit) => commit.at);
  const canPush = caller.kind === 'token' && holds(caller.grant, WRITE);
  return ok(repoJson(at, { createdAt: Math.min(...times), pushedAt: Math.max(...times), canPush }));
}

const releaseOr404 = ({ at }: Call, release: Release | undefined): Answer => (release ? ok(releaseJson(at, release)) : notFound);

/** Drafts are for those who may push. */
function visible({ caller }: Call, release: Release | undefined): Release | undefined {
  return release?.draft && !(caller.kind === 'token' && holds(caller.grant, WRITE)) ? undefined : release;
}

function listReleases(call: Call): Answer {
  const seen = call.world.releases.list().filter((release) => visible(call, release));
  const { items, headers } = paginate(seen, call.query, call.at.api + call.path);
  return ok(
    items.map((release) => releaseJson(call.at, release)),
    headers,
  );
}

function changeRelease(call: Call): Answer {
  const { world, caller, body } = call;
  const release = world.releases.byId(Number(call.params.id));
  if (!release || caller.kind !== 'token') return notFound;
  const changed = world.releases.change(release, body, world.now());
  if ('status' in changed) return changed;
  world.effects.push({ at: world.now(), kind: 'release', by: caller.login, detail: { tag: release.tag, ...body } });
  return ok(releaseJson(call.at, changed));
}

function listTags({ world, at, query, path }: Call): Answer {
  const tags = [...world.git.tags.values()].sort((a, b) => (a.name < b.name ? 1 : -1));
  const { items, headers } = paginate(tags, query, at.api + path);
  const json = items.map((tag) => ({
    name: tag.name,
    zipball_url: `${at.repo}/zipball/refs/tags/${tag.name}`,
    tarball_url: `${at.repo}/tarball/refs/tags/${tag.name}`,
    commit: { sha: tag.commit, url: `${at.repo}/commits/${tag.commit}` },
    node_id: `REF_${tag.name}`,
  }));
  return ok(json, headers);
}

/** Up to `sha`, newest first; with `path` those that touched this file, or anything below this folder. */
function listCommits({ world, at, query, path }: Call): Answer {
  const head = resolve(world.git, query.get('sha') ?? DEFAULT_BRANCH);
  if (!head) return notFound;
  const { items, headers } = paginate(touching(world.git, head, query.get('path') ?? ''), query, at.api + path);
  return ok(
    items.map((commit) => commitJson(at, commit)),
    headers,
  );
}

function oneCommit({ world, at, params }: Call): Answer {
  const commit = resolve(world.git, params.ref ?? '');
  return commit ? ok(commitWithFilesJson(at, commit)) : refuse(422, `No commit found for SHA: ${params.ref}`);
}

// Without paging GitHub lists at most 250 commits.
const MOST_COMMITS = 250;

function comparison({ world, at, params, query, path }: Call): Answer {
  const range = params.range ?? '';
  const [base, head] = range.split('...').map((ref) => resolve(world.git, ref));
  const compared = base && head ? compare(world.git, base, head) : undefined;
  if (!compared) return notFound;
  const isPaged = query.has('page') || query.has('per_page');
  const page = isPaged ? paginate(compared.commits, query, at.api + path) : { items: compared.commits.slice(-MOST_COMMITS) as readonly Commit[], headers: {} };
  return ok(compareJson(at, compared, { range, commits: page.items, isFirst: Number(query.get('page') ?? 1) <= 1 }), page.headers);
}

/** The workflow files and the folder they are in; the rest of the tree is not kept. */
function contents({ world, at, params, query }: Call): Answer {
  const ref = query.get('ref') ?? 'main';
  if (!resolve(world.git, ref)) return refuse(404, `No commit found for the ref ${ref}`);
  const json = (path: string, text: string) => {
    const sha = shaOf(text);
    const url = `${at.repo}/contents/${path}?ref=${ref}`;
    const [git, html] = [`${at.repo}/git/blobs/${sha}`, `${at.web}/blob/${ref}/${path}`];
    const links = { url, git_url: git, html_url: html, download_url: `${at.web}/raw/${ref}/${path}`, _links: { self: url, git, html } };
    return { type: 'file', name: path.split('/').at(-1) ?? path, path, sha, size: Buffer.byteLength(text), ...links };
  };
  const path = (params.path ?? '').replace(/\/$/, '');
  if (path === '.github/workflows') return ok(world.workflows.map((one) => json(one.path, one.yaml)));
  const file = world.workflows.find((one) => one.path === path);
  if (!file) return notFound;
  const wrapped = Buffer.from(file.yaml)
    .toString('base64')
    .replace(/(.{60})/g, '$1\n'); // GitHub wraps at 60 characters
  return ok({ ...json(file.path, file.yaml), encoding: 'base64', content: `${wrapped}\n` });
}
