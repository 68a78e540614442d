import { describe, expect, it } from 'vitest';
import { applyAction } from '../../src/github/apply.ts';
import { type FactsAsk, gatherRollbackFacts, readReleaseFacts } from '../../src/github/facts.ts';
import type { ReleaseSeed } from '../../src/sandbox/github/history.ts';
import { failureOf, never } from './parts.ts';
import { type Stage, sandbox } from './sandbox.ts';

const DAY_MS = 86_400_000;
const ask = (more: Partial<FactsAsk> = {}): FactsAsk => ({
  repo: 'acme/shop',
  environment: 'production',
  tag: undefined,
  tagPrefix: '',
  reads: [{ workflow: 'deploy.yml@main' }],
  migrations: ['db/migrate/**'],
  runningTag: undefined,
  ...more,
});
const gather = ({ github, clock }: Stage, more: Partial<FactsAsk> = {}) => gatherRollbackFacts(github, ask(more), { now: clock.now(), signal: never() });
const paths = ({ server }: Stage) => server.requests.map(({ path }) => path.replace('/repos/acme/shop', ''));

/** A release of one commit that touches `files`. */
function release(tag: string, at: number, more: Partial<ReleaseSeed> & { readonly files?: readonly string[] } = {}): ReleaseSeed {
  const files = (more.files ?? [`src/${tag}.ts`]).map((path) => ({ path, status: 'modified' as const, additions: 1, deletions: 1 }));
  return { tag, publishedAt: at, author: 'mira-k', body: '', commits: [{ title: tag, author: 'mira-k', at: at - 60_000, files }], ...more };
}

describe('the facts of a rollback', () => {
  it('are complete for a healthy repository, with the release before the bad one as the target', async () => {
    const stage = await sandbox({ server: { migration: true } });
    const facts = await gather(stage);
    expect(facts).toMatchObject({
      readAt: stage.clock.now(),
      repo: 'acme/shop',
      current: { tag: 'v2.14.0', sha: expect.stringMatching(/^[0-9a-f]{40}$/) },
      target: { tag: 'v2.13.2', releaseId: 231_500_102, immutable: false },
      compare: { status: 'ahead', commits: 6, truncated: false, migrations: ['db/migrate/20261117093000_add_loyalty_tier.sql'] },
      workflows: { 'deploy.yml@main': { path: '.github/workflows/deploy.yml', state: 'active', dispatchable: true } },
      running: [],
      latestReleaseTag: 'v2.14.0',
      gaps: [],
    });
    expect(facts.workflows['deploy.yml@main']?.inputs).toEqual([
      { name: 'tag', required: true, options: undefined },
      { name: 'reason', required: false, options: undefined },
      { name: 'tagback_id', required: false, options: undefined },
    ]);
    expect(facts.releases.map(({ tag }) => tag)).toEqual(['v2.15.0', 'v2.14.0', 'v2.14.0-rc.1', 'v2.13.2', 'v2.13.1', 'v2.13.0']);
    expect(facts.deployments?.map(({ ref, state }) => `${ref} ${state}`)).toEqual(['v2.14.0 success', 'v2.13.2 success', 'v2.13.1 success', 'v2.13.0 success']);
    expect(facts.compare?.authors).toContain('mira-k');
  });

  it('are read in two rounds of parallel requests', async () => {
    let flying = 0;
    let rounds = 0;
    const fetch: typeof globalThis.fetch = async (input, init) => {
      if (flying === 0) rounds += 1;
      flying += 1;
      const answer = await globalThis.fetch(input, init);
      // Everybody of a round leaves before anybody comes back.
      await new Promise((resolve) => setTimeout(resolve, 40));
      flying -= 1;
      return answer;
    };
    const stage = await sandbox({ client: { fetch } });
    await gather(stage);
    expect(rounds).toBe(2);
    expect(stage.server.requests.length).toBeLessThanOrEqual(16);
  });

  it('follow an annotated tag to its commit', async () => {
    const stage = await sandbox();
    const facts = await gather(stage, { tag: 'v2.13.1' });
    expect(facts.target?.sha).toBe(facts.deployments?.find(({ ref }) => ref === 'v2.13.1')?.sha);
    expect(paths(stage).some((path) => path.startsWith('/git/tags/'))).toBe(true);
  });

  it('name a release that does not exist, and a draft is none', async () => {
    const stage = await sandbox();
    expect(await gather(stage, { tag: 'v9.9.9' })).toMatchObject({ target: undefined, gaps: ['target: there is no published release v9.9.9 in acme/shop'] });
    expect(await gather(stage, { tag: 'v2.15.0' })).toMatchObject({ target: undefined });
  });

  it('believe the service itself before the deployments, and say when the two differ', async () => {
    const facts = await gather(await sandbox(), { runningTag: '2.13.2' });
    expect(facts.current?.tag).toBe('v2.13.2');
    expect(facts.target?.tag).toBe('v2.13.1');
    expect(facts.gaps).toEqual(['current: the service says it runs v2.13.2, the newest successful deployment says v2.14.0']);
  });

  it('know a service by the commit it names', async () => {
    const stage = await sandbox();
    const sha = (await gather(stage)).current?.sha.slice(0, 10);
    expect(await gather(stage, { runningTag: sha })).toMatchObject({ current: { tag: 'v2.14.0' }, gaps: [] });
  });

  it('fall back to the deployments when the service names no release', async () => {
    const facts = await gather(await sandbox(), { runningTag: 'dev-build' });
    expect(facts.current?.tag).toBe('v2.14.0');
    expect(facts.gaps).toEqual(['current: the service says it runs "dev-build", which is no release']);
  });

  it('follow a deployment made by hand', async () => {
    const stage = await sandbox();
    await dispatchOnce(stage, 'v2.13.1');
    stage.clock.advance(60_000);
    const facts = await gather(stage);
    expect(facts.current?.tag).toBe('v2.13.1');
    expect(facts.deployments?.[0]).toMatchObject({ ref: 'v2.13.1', state: 'success' });
    expect(facts.compare?.url).toContain('v2.13.0...v2.13.1');
  });

  it('are read once more when the newest deployment failed: it is not what runs', async () => {
    const stage = await sandbox({ server: { outcome: () => 'failure' } });
    await dispatchOnce(stage, 'v2.13.1');
    stage.clock.advance(60_000);
    const facts = await gather(stage);
    expect(facts.deployments?.[0]).toMatchObject({ ref: 'v2.13.1', state: 'failure' });
    expect([facts.current?.tag, facts.target?.tag]).toEqual(['v2.14.0', 'v2.13.2']);
    expect(facts.compare?.url).toContain('v2.13.2...v2.14.0');
    expect(facts.gaps).toEqual([]);
  });

  it('keep to the tags of their own service', async () => {
    const start = Date.now() - 10 * DAY_MS;
    const releases = ['shop-v1', 'api-v7', 'shop-v2', 'api-v8'].map((tag, day) =>
      release(tag, start + day * DAY_MS, { deployedAt: start + day * DAY_MS + 1000 }),
    );
    const facts = await gather(await sandbox({ server: { releases } }), { tagPrefix: 'shop-' });
    expect([facts.current?.tag, facts.target?.tag]).toEqual(['shop-v2', 'shop-v1']);
    const stage = await sandbox({ server: { releases } });
    expect(await gather(stage, { tagPrefix: 'shop-', tag: 'api-v7' })).toMatchObject({
      target: undefined,
      gaps: ['target: api-v7 is no release of this service, whose tags begin with shop-'],
    });
  });

  it('say that the list of changed files was cut', async () => {
    const start = Date.now() - 10 * DAY_MS;
    const files = Array.from({ length: 310 }, (_, n) => `src/f${n}.ts`);
    const releases = [release('v1', start, { deployedAt: start + 1 }), release('v2', start + DAY_MS, { deployedAt: start + DAY_MS + 1, files })];
    const facts = await gather(await sandbox({ server: { releases } }));
    expect(facts.compare).toMatchObject({ truncated: true, migrations: [] });
    expect(facts.compare?.files).toHaveLength(300);
  });

  it('show a run that has not ended', async () => {
    const stage = await sandbox();
    const { workflows } = await gather(stage);
    expect(workflows['deploy.yml@main']?.state).toBe('active');
    await dispatchOnce(stage);
    expect((await gather(stage)).running).toEqual([{ id: expect.any(Number), url: expect.stringContaining('/actions/runs/'), title: 'Deploy v2.13.2' }]);
  });
});

async function dispatchOnce({ github }: Stage, tag = 'v2.13.2'): Promise<void> {
  await applyAction(github, 'acme/shop', {
    action: { kind: 'dispatchWorkflow', workflow: 'deploy.yml', ref: 'main', inputs: { tag }, keyInput: undefined },
    signal: never(),
  });
}

describe('what cannot be read', () => {
  it.each([
    ['GET *compare*', 'compare: ', 'compare'],
    ['GET */deployments', 'deployments: ', 'deployments'],
    ['GET *actions/workflows/deploy.yml', 'workflow: ', 'workflows'],
    ['GET *actions/workflows/*runs', 'running: ', 'running'],
    ['GET */releases/latest', 'latest release: ', 'latestReleaseTag'],
  ] as const)('%s becomes a gap, never "none"', async (request, gap, fact) => {
    const stage = await sandbox();
    stage.server.faults.next(request, '500', 9);
    const facts = await gather(stage, { runningTag: 'v2.14.0' });
    expect(fact === 'workflows' ? facts.workflows['deploy.yml@main'] : facts[fact]).toBeUndefined();
    expect(facts.gaps.filter((text) => text.startsWith(gap))).toHaveLength(1);
    expect(facts.current?.tag).toBe('v2.14.0');
  });

  it('of a workflow file leaves its inputs unknown', async () => {
    const stage = await sandbox();
    stage.server.faults.next('GET *contents*', '500', 9);
    expect((await gather(stage)).workflows['deploy.yml@main']).toMatchObject({ state: 'active', dispatchable: true, inputs: undefined });
  });

  it('of the state of the newest deployment leaves what runs unknown, and so where to go back to', async () => {
    const stage = await sandbox();
    const newest = (await gather(stage)).deployments?.[0]?.id;
    stage.server.faults.next(`GET *deployments/${newest}/statuses`, '500', 3);
    const facts = await gather(stage);
    expect(facts).toMatchObject({ current: undefined, target: undefined, compare: undefined });
    expect(facts.deployments?.[0]).toMatchObject({ id: newest, state: 'unknown' });
    expect(facts.gaps).toEqual([
      expect.stringMatching(/^deployments: could not read the state of deployment/),
      expect.stringMatching(/^current: deployment \d+ \(v2.14.0\) is newer and its state could not be read/),
    ]);
  });

  it('of the releases ends it all, with the reason', async () => {
    const stage = await sandbox();
    stage.server.faults.next('GET */releases', '401');
    expect((await failureOf(gather(stage))).code).toBe('E_GITHUB_AUTH');
  });

  it('because there is no such workflow is a fact, not a gap', async () => {
    const facts = await gather(await sandbox(), { reads: [{ workflow: 'rollback.yml@main' }] });
    expect(facts.workflows['rollback.yml@main']).toEqual({
      id: 0,
      path: '.github/workflows/rollback.yml',
      state: 'missing',
      dispatchable: false,
      inputs: undefined,
    });
  });

  it('because the branch does not exist is said', async () => {
    const facts = await gather(await sandbox(), { reads: [{ workflow: 'deploy.yml@trunk' }] });
    expect(facts.workflows['deploy.yml@trunk']).toMatchObject({ state: 'active', dispatchable: false });
    expect(facts.gaps).toEqual(['workflow: .github/workflows/deploy.yml does not exist at trunk']);
  });
});

describe('the release facts of an incident', () => {
  it('say what runs, since when, and what ran before', async () => {
    const { github, clock } = await sandbox();
    const facts = await readReleaseFacts(github, { repo: 'acme/shop', environment: 'production' }, never());
    expect(facts).toMatchObject({ current: 'v2.14.0', previous: 'v2.13.2' });
    expect(clock.now() - (facts.deployedAt ?? 0)).toBeGreaterThanOrEqual(6 * 60_000 - 1_000);
  });

  it('are unknown where nothing was ever deployed', async () => {
    const { github } = await sandbox();
    expect(await readReleaseFacts(github, { repo: 'acme/shop', environment: 'staging' }, never())).toEqual({
      current: undefined,
      previous: undefined,
      deployedAt: undefined,
    });
  });
});
