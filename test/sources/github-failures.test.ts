/** What GitHub tells of deployments that fail: an alert of the services they were for. */
import { describe, expect, test } from 'vitest';
import type { Service } from '../../src/core/service.ts';
import { github } from '../../src/sources/github.ts';
import { readSignals } from '../../src/sources/read.ts';
import { service } from '../core/given.ts';
import { catalog, NOW } from '../http/serve.ts';
import { deploymentStatus, push, release, repository, workflowRun } from './github-payloads.ts';

const deploying = (name: string, more: Partial<Service> = {}): Service => ({
  ...service,
  name,
  rollback: { ...service.rollback, strategies: [{ use: 'dispatch-workflow', options: { workflow: 'deploy.yml' } }] },
  ...more,
});
const shop = deploying('checkout-api');

const read = (event: string, payload: object, services: readonly Service[] = [shop]) =>
  readSignals(github, JSON.stringify({ event, payload }), { now: NOW, catalog: { ...catalog, services } });
const states = (event: string, payload: object, services?: readonly Service[]) => read(event, payload, services).map(({ state, service: of }) => [state, of]);
const FIRES = [['firing', 'checkout-api']];

describe('a run of the deploy workflow', () => {
  test('that failed is an alert of its service, with the run to look at', () => {
    expect(read('workflow_run', workflowRun('failure'))).toEqual([
      {
        fingerprint: 'deploy:acme/shop:deploy.yml:checkout-api',
        state: 'firing',
        at: Date.parse('2026-11-20T06:59:40Z'),
        severity: undefined,
        summary: 'deploy.yml of main failed (acme/shop)',
        labels: {
          alertname: 'DeployFailed',
          service: 'checkout-api',
          repo: 'acme/shop',
          workflow: 'deploy.yml',
          ref: 'main',
          conclusion: 'failure',
          by: 'eve',
        },
        links: [{ title: 'Run', url: 'https://github.com/acme/shop/actions/runs/99' }],
        service: 'checkout-api',
      },
    ]);
  });

  test.each([
    ['failure', FIRES],
    ['timed_out', FIRES],
    ['startup_failure', FIRES],
    ['success', [['resolved', 'checkout-api']]],
    ['cancelled', []],
    ['skipped', []],
    ['action_required', []],
    ['constructor', []],
  ])('ended with %s: %j', (conclusion, expected) => expect(states('workflow_run', workflowRun(conclusion))).toEqual(expected));

  test('that still runs says nothing', () => expect(states('workflow_run', workflowRun(null, {}, 'requested'))).toEqual([]));

  test('that succeeds ends what the last one began', () => {
    const [failed] = read('workflow_run', workflowRun('failure'));
    expect(read('workflow_run', workflowRun('success', { head_branch: 'v2.13.1' }))[0]).toMatchObject({ fingerprint: failed?.fingerprint, state: 'resolved' });
  });

  test.each([
    ['main', FIRES],
    ['v2.13.0', FIRES],
    ['2026-11-20', FIRES],
    ['feature/new-cart', []],
    ['renovate/node-24', []],
    [null, []],
  ])('of %s: %j, because only the default branch and release tags are deployed', (head_branch, expected) => {
    expect(states('workflow_run', workflowRun('failure', { head_branch }))).toEqual(expected);
  });

  test('of another default branch than main counts, and then main does not', () => {
    const home = { ...repository, default_branch: 'trunk' };
    expect(states('workflow_run', { ...workflowRun('failure', { head_branch: 'trunk' }), repository: home })).toEqual(FIRES);
    expect(states('workflow_run', { ...workflowRun('failure', { head_branch: 'main' }), repository: home })).toEqual([]);
    const unknown = { ...repository, default_branch: undefined };
    expect(states('workflow_run', { ...workflowRun('failure', { head_branch: null }), repository: unknown })).toEqual([]);
  });

  test('of a pull request, or of a fork with a branch of the same name, opens nothing: a stranger could make it fail', () => {
    expect(states('workflow_run', workflowRun('failure', { event: 'pull_request_target' }))).toEqual([]);
    expect(states('workflow_run', workflowRun('failure', { head_repository: { full_name: 'mallory/shop' } }))).toEqual([]);
    expect(states('workflow_run', workflowRun('failure', { head_repository: { full_name: 'Acme/Shop' } }))).toEqual(FIRES);
  });

  test('of another workflow than those in services.yml, or in a repository of nobody, is no alert', () => {
    expect(states('workflow_run', workflowRun('failure', { path: '.github/workflows/tests.yml' }))).toEqual([]);
    expect(states('workflow_run', { ...workflowRun('failure'), repository: { ...repository, full_name: 'acme/other' } })).toEqual([]);
  });
});

describe('a deployment', () => {
  test.each([
    ['failure', FIRES],
    ['error', FIRES],
    ['success', [['resolved', 'checkout-api']]],
    ['inactive', []],
    ['in_progress', []],
  ])('that is %s: %j', (state, expected) => expect(states('deployment_status', deploymentStatus(state))).toEqual(expected));

  test('names its environment and what was deployed; one to another environment is not about this service', () => {
    expect(read('deployment_status', deploymentStatus('failure'))[0]).toMatchObject({
      fingerprint: 'deploy:acme/shop:to production:checkout-api',
      summary: 'The deployment of v2.13.0 to production failed (acme/shop)',
      labels: { environment: 'production', ref: 'v2.13.0' },
    });
    expect(states('deployment_status', deploymentStatus('failure', { deployment: { environment: 'staging' } }))).toEqual([]);
  });

  test('of a repository with several services is an alert of each that it was for', () => {
    const worker = deploying('worker');
    const search = deploying('search', { rollback: { ...shop.rollback, tagPrefix: 'search-' } });
    expect(states('deployment_status', deploymentStatus('failure'), [shop, worker, search])).toEqual([
      ['firing', 'checkout-api'],
      ['firing', 'worker'],
    ]);
    expect(new Set(read('deployment_status', deploymentStatus('failure'), [shop, worker]).map(({ fingerprint }) => fingerprint)).size).toBe(2);
  });
});

describe('what a rollback of ours does', () => {
  const key = { display_title: 'Deploy v2.12.0 (INC-1/rb1)' };

  test('ends the alert of a failed deployment when it succeeds, like any other', () => {
    expect(states('workflow_run', workflowRun('success', key))).toEqual([['resolved', 'checkout-api']]);
  });
});

test('releases and tags are no alerts', () => {
  expect(states('release', release())).toEqual([]);
  expect(states('push', push())).toEqual([]);
});
