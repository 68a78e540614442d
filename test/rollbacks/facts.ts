import type { DeployRun, RollbackFacts, WorkflowFacts } from '../../src/core/rollback-facts.ts';
import { REST_OF_FACTS } from '../rests.ts';

const HOUR = 3_600_000;
const NOW = 1_795_000_000_000;
const shared = { draft: false, prerelease: false, immutable: false, assets: [] };

export const WORKFLOW: WorkflowFacts = {
  id: 7,
  path: '.github/workflows/deploy.yml',
  state: 'active',
  dispatchable: true,
  inputs: ['tag', 'tagback_id'].map((name) => ({ name, required: name === 'tag', options: undefined })),
};

/** What deployed v2. */
export const RUN: DeployRun = {
  id: 42,
  attempt: 1,
  url: 'https://github.test/runs/42',
  title: 'Deploy v2',
  createdAt: NOW - 70 * HOUR,
  sha: 'b'.repeat(40),
};

export const RUN_OF_V3: DeployRun = { ...RUN, id: 43, url: 'https://github.test/runs/43', title: 'Deploy v3', createdAt: NOW - HOUR, sha: 'c'.repeat(40) };

/** From v3, which runs, back to v2: nothing speaks against it. */
export const FACTS: RollbackFacts = {
  readAt: NOW,
  repo: 'acme/shop',
  environment: 'production',
  releases: [3, 2, 1].map((id) => ({ ...shared, id, tag: `v${id}`, publishedAt: NOW - (5 - id) * 24 * HOUR, url: `https://github.test/v${id}` })),
  current: { tag: 'v3', sha: 'c'.repeat(40), publishedAt: NOW - 48 * HOUR, url: 'https://github.test/v3' },
  target: { tag: 'v2', sha: 'b'.repeat(40), publishedAt: NOW - 72 * HOUR, url: 'https://github.test/v2', releaseId: 2, immutable: false },
  deployments: [
    { id: 3, ref: 'v3', sha: 'c'.repeat(40), state: 'success', at: NOW - HOUR },
    { id: 2, ref: 'v2', sha: 'b'.repeat(40), state: 'success', at: NOW - 70 * HOUR },
  ],
  compare: {
    commits: 4,
    authors: ['mira-k', 'jonas-w'],
    pulls: [],
    files: [],
    truncated: false,
    url: 'https://github.test/compare',
    status: 'ahead',
    migrations: [],
  },
  ...REST_OF_FACTS,
  deployRuns: { 'deploy.yml': RUN },
  refs: { 'heads/main': 'c'.repeat(40), 'heads/stable': 'c'.repeat(40), 'tags/stable': 'c'.repeat(40) },
  workflows: { 'deploy.yml@main': WORKFLOW },
  running: [],
  latestReleaseTag: 'v3',
  gaps: [],
};
