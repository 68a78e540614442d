/** JSON of the git database: refs, tag objects, commit objects. */
import type { JsonObject } from './answer.ts';
import type { Commit, Tag } from './git.ts';
import { type Addresses, nodeId, signature, UNSIGNED } from './shapes.ts';

/** `ref` is `heads/…` or `tags/…`. */
export function refJson(at: Addresses, ref: string, target: { readonly sha: string; readonly type: 'commit' | 'tag' }): JsonObject {
  const object = { ...target, url: `${at.repo}/git/${target.type}s/${target.sha}` };
  return { ref: `refs/${ref}`, node_id: nodeId('REF', ref), url: `${at.repo}/git/refs/${ref}`, object };
}

export function tagJson(at: Addresses, tag: Tag): JsonObject {
  const sha = tag.object ?? tag.commit;
  return {
    node_id: nodeId('TA', sha),
    sha,
    url: `${at.repo}/git/tags/${sha}`,
    tagger: signature(tag.tagger, tag.at),
    object: { sha: tag.commit, type: 'commit', url: `${at.repo}/git/commits/${tag.commit}` },
    tag: tag.name,
    message: `${tag.name}\n`,
    verification: UNSIGNED,
  };
}

/** The commit as git keeps it; `GET /commits/{ref}` says more. */
export function gitCommitJson(at: Addresses, commit: Commit): JsonObject {
  const who = signature(commit.author, commit.at);
  return {
    sha: commit.sha,
    node_id: nodeId('C', commit.sha),
    url: `${at.repo}/git/commits/${commit.sha}`,
    html_url: `${at.web}/commit/${commit.sha}`,
    author: who,
    committer: who,
    tree: { sha: commit.treeSha, url: `${at.repo}/git/trees/${commit.treeSha}` },
    message: commit.title,
    parents: commit.parents.map((sha) => ({ sha, url: `${at.repo}/git/commits/${sha}`, html_url: `${at.web}/commit/${sha}` })),
    verification: UNSIGNED,
  };
}
