/** A rollback from v3 to v2 that nothing speaks against, and what the pre-flight says when one thing is different. */
import { type Draft, preflight } from '../../src/core/preflight.ts';
import type { RollbackAction } from '../../src/core/rollback.ts';
import type { CompareFacts, DeploymentEntry, ReleaseEntry, RollbackFacts, WorkflowFacts } from '../../src/core/rollback-facts.ts';
import { REST_OF_FACTS } from '../rests.ts';

export const WORKFLOW: WorkflowFacts = {
  id: 1,
  path: '.github/workflows/deploy.yml',
  state: 'active',
  dispatchable: true,
  inputs: [
    { name: 'tag', required: true, options: undefined },
    { name: 'tagback_id', required: false, options: undefined },
  ],
};

export const NOW = 1_795_000_000_000;
export const MIN = 60_000;
export const sha = (letter: string) => letter.repeat(40);
export const entry = (id: number, tag: string, more: Partial<ReleaseEntry> = {}): ReleaseEntry => ({
  id,
  tag,
  draft: false,
  prerelease: false,
  immutable: false,
  publishedAt: NOW - (10 - id) * 24 * 60 * MIN,
  url: `https://github.test/${tag}`,
  assets: [],
  ...more,
});
export const landed = (id: number, ref: string, letter: string, more: Partial<DeploymentEntry> = {}): DeploymentEntry => ({
  id,
  ref,
  sha: sha(letter),
  state: 'success',
  at: NOW - (10 - id) * 60 * MIN,
  ...more,
});
export const releases = [entry(4, 'v4', { draft: true }), entry(3, 'v3'), entry(2, 'v2'), entry(1, 'v1')];
export const compare: CompareFacts = {
  commits: 6,
  authors: ['mira'],
  pulls: [],
  files: [{ path: 'src/a.ts', status: 'modified' }],
  truncated: false,
  url: 'https://github.test/compare',
  status: 'ahead',
  migrations: [],
};
export const current = { tag: 'v3', sha: sha('c'), publishedAt: releases[1]?.publishedAt, url: 'https://github.test/v3' };
export const target = { tag: 'v2', sha: sha('b'), publishedAt: releases[2]?.publishedAt, url: 'https://github.test/v2', releaseId: 2, immutable: false };

export const SAFE: RollbackFacts = {
  readAt: NOW,
  repo: 'acme/shop',
  environment: 'production',
  releases,
  current,
  target,
  deployments: [landed(3, 'v3', 'c'), landed(2, 'v2', 'b'), landed(1, 'v1', 'a')],
  compare,
  ...REST_OF_FACTS,
  workflows: { 'deploy.yml@main': WORKFLOW },
  running: [],
  latestReleaseTag: 'v3',
  gaps: [],
};
export const dispatch: Extract<RollbackAction, { kind: 'dispatchWorkflow' }> = {
  kind: 'dispatchWorkflow',
  workflow: 'deploy.yml',
  ref: 'main',
  inputs: { tag: 'v2', tagback_id: 'INC-1/rb1' },
  keyInput: 'tagback_id',
};
export const mark: RollbackAction = { kind: 'markRelease', releaseId: 2, tag: 'v2', latest: true, prerelease: false };
export const draft: Draft = { tag: undefined, actions: [dispatch] };

export const run = (facts: Partial<RollbackFacts>, of: Partial<Draft> = {}) => preflight({ ...SAFE, ...facts }, { ...draft, ...of });
/** What is not ok, as `Name verdict: because`. */
export const worries = (facts: Partial<RollbackFacts>, of: Partial<Draft> = {}) =>
  run(facts, of)
    .filter(({ verdict }) => verdict !== 'ok')
    .map(({ name, verdict, because }) => `${name} ${verdict}: ${because}`);
