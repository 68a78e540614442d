import { describe, expect, it } from 'vitest';
import type { DeploymentEntry, ReleaseEntry } from '../../src/core/rollback-facts.ts';
import { isMigration } from '../../src/github/compare.ts';
import { defaultTarget, runningByDeployments, stateOf, tagOfRunning } from '../../src/github/deployments.ts';
import { triggerOf, workflowName } from '../../src/github/workflow.ts';

/** `v3 v2 v1`: published in that order, the last one first. */
const published = (tags: string): readonly ReleaseEntry[] =>
  tags.split(' ').map((text, index, all) => {
    const [tag = '', mark] = text.split('/');
    return {
      id: index + 1,
      tag,
      draft: mark === 'draft',
      prerelease: mark === 'pre',
      immutable: false,
      assets: [],
      publishedAt: (all.length - index) * 1_000,
      url: '',
    };
  });
/** `v2 v3! v1?`: deployed in that order, newest first; `!` failed, `?` unknown. */
const deployed = (refs: string): readonly DeploymentEntry[] =>
  refs
    .split(' ')
    .filter((ref) => ref !== '')
    .map((text, index, all) => {
      const state = text.endsWith('!') ? 'failure' : text.endsWith('?') ? 'unknown' : 'success';
      return { id: index + 1, ref: text.replace(/[!?]$/, ''), sha: 'a'.repeat(40), state, at: (all.length - index) * 1_000 };
    });

describe('the target nobody named', () => {
  it.each([
    ['the release before', 'v3 v2 v1', 'v3 v2 v1', 'v2'],
    ['not one that was never deployed', 'v3 v2 v1', 'v3 v1', 'v1'],
    ['not one whose deployment failed', 'v3 v2 v1', 'v3 v2! v1', 'v1'],
    ['not one that was rolled back from', 'v4 v3 v2 v1', 'v4 v2 v3 v2 v1', 'v2'],
    ['but one that was deployed again after having been rolled back from', 'v4 v3 v2 v1', 'v4 v3 v2 v3 v2', 'v3'],
    ['not a pre-release', 'v3 v2/pre v1', 'v3 v2 v1', 'v1'],
    ['not a draft', 'v3 v2/draft v1', 'v3 v1', 'v1'],
    ['not a newer one', 'v4 v3 v2', 'v3 v2', 'v2'],
    ['none, when no earlier one ever ran', 'v3 v2 v1', 'v3', undefined],
    ['after a rollback, the one before that', 'v3 v2 v1', 'v2 v3 v2 v1', 'v1'],
  ])('is %s', (_, releases, deployments, target) => {
    const current = deployments.split(' ')[0] ?? '';
    const chosen = defaultTarget(published(releases), deployed(deployments), current);
    expect(chosen.tag).toBe(target);
    expect(chosen.because === undefined).toBe(target !== undefined);
  });

  it.each([undefined, []])('is the newest earlier release when there are no deployments to go by (%j), and says so', (deployments) => {
    expect(defaultTarget(published('v3 v2 v1'), deployments, 'v3')).toEqual({ tag: 'v2', because: expect.stringContaining('by date of publication') });
  });
});

describe('what runs, by the deployments', () => {
  const isTag = (ref: string) => /^(shop-|api-)?v\d$/.test(ref);
  it.each([
    ['v3 v2', '', { tag: 'v3' }],
    ['v3! v2', '', { tag: 'v2' }],
    ['v3? v2', '', { because: /deployment 1 \(v3\) is newer and its state could not be read/ }],
    ['main v2', '', { because: /names main, not a release tag/ }],
    ['main! v2', '', { tag: 'v2' }],
    ['', '', { because: /no successful deployment/ }],
    ['api-v9 shop-v2', 'shop-', { tag: 'shop-v2' }],
    ['main shop-v2', 'shop-', { because: /names main/ }],
  ])('%s with prefix "%s"', (refs, prefix, expected) => {
    const found = runningByDeployments(deployed(refs), isTag, prefix);
    if ('tag' in expected) expect(found).toMatchObject(expected);
    else expect('because' in found && found.because).toMatch(expected.because);
  });

  it.each([
    [['success', 'in_progress'], 'success'],
    [['inactive', 'success', 'queued'], 'success'],
    [['inactive', 'failure'], 'inactive'],
    [['failure', 'success'], 'failure'],
    [[], 'pending'],
  ])('statuses %j, newest first, mean %s', (states, state) => {
    expect(stateOf(states.map((one, index) => ({ state: one, created_at: 100 - index })))).toBe(state);
  });
});

describe('what a service says of itself', () => {
  const known = (prefix = '') => ({ releases: published('shop-v2 v1.2.3 v9/draft'), deployments: deployed('v1.2.3'), prefix });
  it.each([
    ['v1.2.3', '', 'v1.2.3'],
    ['1.2.3', '', 'v1.2.3'],
    ['2', 'shop-', 'shop-v2'],
    ['v2', 'shop-', 'shop-v2'],
    ['aaaaaaa', '', 'v1.2.3'],
    ['aaaaaa', '', undefined],
    ['v9', '', undefined],
    ['', '', undefined],
  ])('%j with prefix %j is %s', (text, prefix, tag) => {
    expect(tagOfRunning(text, known(prefix))).toBe(tag);
  });
});

describe('migrations', () => {
  it.each([
    ['db/migrate/001_add.rb', ['db/migrate/**'], true],
    ['services/a/migrations/0001.py', ['**/migrations/**'], true],
    ['db/schema.sql', ['*.sql'], true],
    ['db/schema.sql.md', ['*.sql'], false],
    ['src/migrate.ts', ['db/migrate/**'], false],
    ['anything', [], false],
    ['a', ['['], false],
  ])('%s by %j: %s', (path, globs, is) => {
    expect(isMigration(path, globs)).toBe(is);
  });
});

describe('a workflow file', () => {
  const read = (text: string) => triggerOf(Buffer.from(text));
  it.each([
    ['on: push', false],
    ['on: [push, workflow_dispatch]', true],
    ['on: workflow_dispatch', true],
    ['on:\n  workflow_dispatch:', true],
    ['"on":\n  push:\n  workflow_dispatch: {}', true],
    ['on:\n  push:\n    branches: [workflow_dispatch]', false],
  ])('%j may be dispatched: %s', (text, dispatchable) => {
    expect(read(text)).toEqual({ dispatchable, inputs: [] });
  });

  it('lists its inputs: a default makes a required one optional, a boolean takes two words', () => {
    const text = `on:
  workflow_dispatch:
    inputs:
      tag: { required: true }
      env: { type: choice, options: [staging, production, 1], required: true, default: staging }
      dry: { type: boolean }
      note:
`;
    expect(read(text).inputs).toEqual([
      { name: 'tag', required: true, options: undefined },
      { name: 'env', required: false, options: ['staging', 'production', '1'] },
      { name: 'dry', required: false, options: ['true', 'false'] },
      { name: 'note', required: false, options: undefined },
    ]);
  });

  it.each([
    ['no triggers', 'name: x'],
    ['a number for triggers', 'on: 5'],
    ['no YAML', 'on: ['],
    ['a self-reference', 'on: &a [*a]'],
    ['a bomb', `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [${'*a,'.repeat(9)}*a]\nc: &c [${'*b,'.repeat(9)}*b]\nd: [${'*c,'.repeat(9)}*c]\non: push`],
    ['more than 256 KiB', `on: push\n#${'x'.repeat(300_000)}`],
    ['binary', '\u0000\u0001PNG'],
  ])('with %s is refused, quickly', (_, text) => {
    const began = performance.now();
    expect(() => read(text)).toThrow();
    expect(performance.now() - began).toBeLessThan(500);
  });

  it.each([
    ['deploy.yml', { file: 'deploy.yml', ref: undefined }],
    ['deploy.yml@main', { file: 'deploy.yml', ref: 'main' }],
    ['.github/workflows/deploy.yml@release/2.x', { file: 'deploy.yml', ref: 'release/2.x' }],
  ])('is named %s', (text, name) => {
    expect(workflowName(text)).toEqual(name);
  });
});
