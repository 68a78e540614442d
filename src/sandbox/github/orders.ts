/** What starts the deploy workflow, and what such a run then builds: a dispatch, an event from outside, a push. */
import type { JsonObject } from './answer.ts';
import { type Commit, type Git, resolve } from './git.ts';
import type { Order } from './ledger.ts';
import { runName } from './workflow.ts';

export interface NamedRef {
  readonly name: string;
  readonly commit: Commit;
}

/** Inputs name the tag; without one, the ref the workflow runs on is deployed. */
export function dispatchOrder(git: Git, asked: { readonly ref: NamedRef; readonly inputs: Readonly<Record<string, string>>; readonly actor: string }): Order {
  const { ref, inputs, actor } = asked;
  const tag = inputs.tag ?? ref.name;
  const key = inputs.tagback_id;
  return {
    event: 'workflow_dispatch',
    title: runName(tag, key),
    ref,
    tag,
    tagSha: resolve(git, `tags/${tag}`)?.sha,
    inputs,
    payload: key === undefined ? {} : { tagback_id: key },
    actor,
  };
}

/** `client_payload.tag` names the tag; the workflow file is that of the default branch. */
export function eventOrder(git: Git, asked: { readonly ref: NamedRef; readonly payload: JsonObject; readonly actor: string }): Order {
  const { ref, payload, actor } = asked;
  const text = (key: string) => (typeof payload[key] === 'string' ? payload[key] : undefined);
  const tag = text('tag') ?? '';
  const key = text('tagback_id');
  return {
    event: 'repository_dispatch',
    title: runName(tag, key),
    ref,
    tag,
    tagSha: resolve(git, `tags/${tag}`)?.sha,
    inputs: {},
    payload: key === undefined ? {} : { tagback_id: key },
    actor,
  };
}

/** A branch or tag was moved or merged into: its newest commit is built, which is a release as far as its files are those of one. */
export function pushOrder(git: Git, asked: { readonly ref: NamedRef; readonly actor: string }): Order {
  const { ref, actor } = asked;
  const tag = releaseAt(git, ref.commit);
  return {
    event: 'push',
    title: runName(ref.name, undefined),
    ref,
    tag: tag ?? ref.name,
    tagSha: tag === undefined ? undefined : ref.commit.sha,
    inputs: {},
    payload: {},
    actor,
  };
}

/** The release tag at a commit or, failing that, at one with the same files; floating tags are no releases. */
export function releaseAt(git: Git, commit: Commit): string | undefined {
  const tags = [...git.tags.values()].filter(({ name }) => /\d/.test(name));
  const treeOf = (sha: string) => git.commits.get(sha)?.treeSha;
  return (tags.find((tag) => tag.commit === commit.sha) ?? tags.find((tag) => treeOf(tag.commit) === commit.treeSha))?.name;
}
