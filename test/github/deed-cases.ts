/** One action of every kind against the sandbox, with what must be true of all of them. */
import { expect } from 'vitest';
import type { RollbackAction, RunReference } from '../../src/core/rollback.ts';
import { applyAction, findAction } from '../../src/github/apply.ts';
import { readCommit } from '../../src/github/pulls.ts';
import type { EffectKind } from '../../src/sandbox/github/world.ts';
import { never } from './parts.ts';
import type { Stage } from './sandbox.ts';

export const REPO = 'acme/shop';
export const KEY = 'INC-1/rb1';

export interface DeedCase {
  readonly kind: RollbackAction['kind'];
  /** The request that does it, as faults name it. */
  readonly request: string;
  readonly effect: EffectKind;
  action(stage: Stage): RollbackAction;
  /** What `apply` answers, without the id of the request. */
  answer(stage: Stage): unknown;
}

export function shaOf({ server }: Stage, ref: string): string {
  const sha = server.commitAt(ref);
  if (sha === undefined) throw new Error(`the sandbox has no ${ref}`);
  return sha;
}

type Of<K extends RollbackAction['kind']> = Extract<RollbackAction, { kind: K }>;

export const deploymentOf = (stage: Stage, more: Partial<Of<'createDeployment'>> = {}): Of<'createDeployment'> => ({
  kind: 'createDeployment',
  ref: 'v2.13.2',
  sha: shaOf(stage, 'tags/v2.13.2'),
  environment: 'production',
  task: 'deploy',
  description: 'INC-1/rb1: v2.14.0 to v2.13.2',
  payload: { tagback_id: KEY, tag: 'v2.13.2' },
  requiredContexts: [],
  ...more,
});

export function rerunOf({ server }: Stage, more: Partial<Of<'rerunRun'>> = {}): Of<'rerunRun'> {
  const run = server.runs().find(({ tag }) => tag === 'v2.13.2');
  if (run === undefined) throw new Error('the sandbox has no deploy of v2.13.2');
  const url = `${server.url}/${REPO}/actions/runs/${run.id}`;
  return { kind: 'rerunRun', runId: run.id, attempt: run.attempts.length, workflow: 'deploy.yml', tag: 'v2.13.2', url, ...more };
}

export const eventOf = (stage: Stage, more: Partial<Of<'repositoryDispatch'>> = {}): Of<'repositoryDispatch'> => ({
  kind: 'repositoryDispatch',
  eventType: 'rollback',
  payload: { tagback_id: KEY, tag: 'v2.13.2' },
  workflow: 'deploy.yml',
  tag: 'v2.13.2',
  sha: shaOf(stage, 'tags/v2.13.2'),
  ...more,
});

export const moveOf = (stage: Stage, more: Partial<Of<'moveRef'>> = {}): Of<'moveRef'> => ({
  kind: 'moveRef',
  ref: 'heads/stable',
  from: shaOf(stage, 'tags/v2.14.0'),
  to: shaOf(stage, 'tags/v2.13.2'),
  tag: 'v2.13.2',
  ...more,
});

export const revertOf = (stage: Stage, more: Partial<Of<'openRevert'>> = {}): Of<'openRevert'> => ({
  kind: 'openRevert',
  branch: 'tagback/revert-INC-1-rb1',
  base: 'main',
  baseSha: shaOf(stage, 'heads/main'),
  targetSha: shaOf(stage, 'tags/v2.13.2'),
  title: 'Revert v2.14.0 to v2.13.2',
  body: 'Undoes #476.',
  ...more,
});

export const CASES: readonly DeedCase[] = [
  {
    kind: 'dispatchWorkflow',
    request: 'POST *actions/workflows/deploy.yml/dispatches',
    effect: 'dispatch',
    action: () => ({ kind: 'dispatchWorkflow', workflow: 'deploy.yml', ref: 'main', inputs: { tag: 'v2.13.2', tagback_id: KEY }, keyInput: 'tagback_id' }),
    answer: ({ server }) => ({ kind: 'run', id: server.runs()[0]?.id, url: `${server.url}/${REPO}/actions/runs/${server.runs()[0]?.id}` }),
  },
  {
    kind: 'markRelease',
    request: 'PATCH *releases/231500102',
    effect: 'release',
    action: () => ({ kind: 'markRelease', releaseId: 231_500_102, tag: 'v2.13.2', latest: true, prerelease: false }),
    answer: ({ server }) => ({ kind: 'release', id: 231_500_102, url: `${server.url}/${REPO}/releases/tag/v2.13.2` }),
  },
  {
    kind: 'createDeployment',
    request: 'POST *deployments',
    effect: 'deployment',
    action: deploymentOf,
    answer: ({ server }) => ({ kind: 'deployment', id: server.deployments()[0]?.id, url: `${server.url}/${REPO}/deployments/production` }),
  },
  {
    kind: 'rerunRun',
    request: 'POST *rerun',
    effect: 'rerun',
    action: rerunOf,
    answer: (stage) => ({ kind: 'run', id: rerunOf(stage).runId, url: rerunOf(stage).url, attempt: 2 }),
  },
  {
    kind: 'repositoryDispatch',
    request: 'POST */shop/dispatches',
    effect: 'repository-dispatch',
    action: eventOf,
    answer: () => undefined,
  },
  {
    kind: 'moveRef',
    request: 'PATCH *git/refs/*',
    effect: 'ref',
    action: moveOf,
    answer: ({ server }) => ({ kind: 'ref', id: 0, url: `${server.url}/${REPO}/tree/stable` }),
  },
  {
    kind: 'openRevert',
    request: 'POST *pulls',
    effect: 'pull',
    action: revertOf,
    answer: ({ server }) => ({ kind: 'pull', id: server.pulls()[0]?.number, url: `${server.url}/${REPO}/pull/${server.pulls()[0]?.number}` }),
  },
];

export const apply = (stage: Stage, action: RollbackAction) => applyAction(stage.github, REPO, { action, signal: never() });
export const find = ({ github, clock }: Stage, action: RollbackAction, more: { readonly since?: number; readonly key?: string } = {}) =>
  findAction(github, REPO, { action, since: clock.now(), key: KEY, signal: never(), ...more });
export const effectsOf = ({ server }: Stage, kind: EffectKind) => server.effects.filter((one) => one.kind === kind);
export const writes = ({ server }: Stage) => server.requests.filter(({ method }) => method !== 'GET');
export const treeOf = async ({ github }: Stage, sha: string) => (await readCommit({ github, repo: REPO, signal: never() }, sha)).tree.sha;

/** What was answered, as it is found again later: GitHub's id of the request is in its answer alone. */
export function withoutRequest(answer: RunReference | undefined): unknown {
  if (answer === undefined) return undefined;
  const { requestId, ...rest } = answer;
  expect(requestId).toMatch(/^SAND:/);
  return rest;
}
