/** GitHub's webhook bodies with the fields of its OpenAPI (x-webhooks) that we read, and some that we do not. */
import { createHmac } from 'node:crypto';

export const repository = { id: 1, full_name: 'acme/shop', html_url: 'https://github.com/acme/shop', private: true, default_branch: 'main' };
const sender = { login: 'mallory', id: 7, type: 'User' };
const sha = 'c'.repeat(40);

export const release = (action = 'published', more: object = {}): object => ({
  action,
  release: {
    tag_name: 'v2.15.0',
    target_commitish: 'main',
    draft: false,
    prerelease: false,
    html_url: 'https://github.com/acme/shop/releases/tag/v2.15.0',
    published_at: '2026-11-20T06:59:00Z',
    ...more,
  },
  repository,
  sender,
});

export const deploymentStatus = (state = 'success', more: { deployment?: object; status?: object; run?: object | null } = {}): object => ({
  action: 'created',
  deployment: { id: 11, sha, ref: 'v2.13.0', task: 'deploy', environment: 'production', payload: {}, creator: { login: 'ci[bot]' }, ...more.deployment },
  deployment_status: {
    state,
    created_at: '2026-11-20T06:59:30Z',
    log_url: 'https://github.com/acme/shop/actions/runs/99/job/5',
    target_url: '',
    environment_url: '',
    creator: { login: 'eve' },
    ...more.status,
  },
  ...(more.run !== undefined && { workflow_run: more.run }),
  repository,
  sender,
});

export const workflowRun = (conclusion: string | null = 'success', more: object = {}, action = 'completed'): object => ({
  action,
  workflow_run: {
    id: 99,
    name: 'Deploy',
    path: '.github/workflows/deploy.yml',
    event: 'workflow_dispatch',
    status: 'completed',
    conclusion,
    head_branch: 'main',
    head_sha: sha,
    run_attempt: 1,
    display_title: 'Deploy v2.13.0',
    html_url: 'https://github.com/acme/shop/actions/runs/99',
    updated_at: '2026-11-20T06:59:40Z',
    actor: { login: 'eve' },
    ...more,
  },
  workflow: { id: 3 },
  repository,
  sender,
});

export const push = (more: object = {}): object => ({
  ref: 'refs/tags/v2.15.0',
  before: '0'.repeat(40),
  after: sha,
  created: true,
  deleted: false,
  forced: false,
  commits: [],
  head_commit: null,
  pusher: { name: 'eve' },
  repository: { ...repository, pushed_at: 1_795_158_000 },
  sender,
  ...more,
});

/** `sha256=…` as GitHub makes it: of the raw bytes. */
export const signatureOf = (body: string | Buffer, secret: string): string => `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
