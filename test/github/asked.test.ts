/** What strategies ask for by name: runs to run again, refs to move, rules in the way; and the way forward. */
import { describe, expect, it } from 'vitest';
import type { RollbackFacts } from '../../src/core/rollback-facts.ts';
import { deployRunOf, names, readSuccessfulRuns } from '../../src/github/deploy-runs.ts';
import { type FactsAsk, gatherRollbackFacts } from '../../src/github/facts.ts';
import { apply, moveOf, REPO, shaOf } from './deed-cases.ts';
import { API, clientAt, never } from './parts.ts';
import { type Stage, sandbox } from './sandbox.ts';

const gather = ({ github, clock }: Stage, more: Partial<FactsAsk> = {}): Promise<RollbackFacts> =>
  gatherRollbackFacts(
    github,
    { repo: REPO, environment: 'production', tag: undefined, tagPrefix: '', reads: [], migrations: ['db/migrate/**'], runningTag: undefined, ...more },
    { now: clock.now(), signal: never() },
  );

describe('the deploy run of the target', () => {
  it('is its newest successful one, with the attempt it is at', async () => {
    const stage = await sandbox();
    const facts = await gather(stage, { reads: [{ deployRunOf: 'deploy.yml' }] });
    const run = stage.server.runs().find(({ tag }) => tag === 'v2.13.2');
    expect(facts.deployRuns).toEqual({
      'deploy.yml': {
        id: run?.id,
        attempt: 1,
        url: `${stage.server.url}/${REPO}/actions/runs/${run?.id}`,
        title: 'Deploy v2.13.2',
        createdAt: expect.any(Number),
        sha: run?.sha,
      },
    });
    expect(facts.gaps).toEqual([]);
  });

  it('is not the one that rolled back to another release from the same commit of main', async () => {
    const stage = await sandbox();
    const dispatch = { kind: 'dispatchWorkflow', workflow: 'deploy.yml', ref: 'main', keyInput: undefined } as const;
    await apply(stage, { ...dispatch, inputs: { tag: 'v2.13.1' } });
    stage.clock.advance(60_000);
    // main is at v2.14.0, so the run of v2.13.1 has the commit of v2.14.0.
    expect(stage.server.runs()[0]?.sha).toBe(shaOf(stage, 'tags/v2.14.0'));
    const facts = await gather(stage, { tag: 'v2.14.0', reads: [{ deployRunOf: 'deploy.yml' }] });
    expect(facts.deployRuns['deploy.yml']?.title).toBe('Deploy v2.14.0');
  });

  it('that does not exist is null; without a target, or unread, it is not known', async () => {
    const stage = await sandbox({ server: { outcome: () => 'failure' } });
    const reads = [{ deployRunOf: 'deploy.yml' }, { deployRunOf: 'ci.yml' }];
    expect((await gather(stage, { reads, tag: 'v2.14.0-rc.1' })).deployRuns).toEqual({ 'deploy.yml': null, 'ci.yml': null });
    expect((await gather(stage, { reads, tag: 'v9.9.9' })).deployRuns).toEqual({ 'deploy.yml': undefined, 'ci.yml': undefined });
    stage.server.faults.next('GET *deploy.yml/runs', '500', 9);
    const facts = await gather(stage, { reads });
    expect(facts.deployRuns['deploy.yml']).toBeUndefined();
    expect(facts.gaps.filter((gap) => gap.startsWith('deploy runs: could not read the successful runs of deploy.yml'))).toHaveLength(1);
  });
});

interface Ran {
  readonly title?: string;
  readonly branch?: string;
  readonly sha?: string;
  readonly event?: string;
}
const TARGET = { tag: 'v2', sha: 'b'.repeat(40), tags: ['v1', 'v2', 'v3', 'v2-rc.1'] };

async function match(runs: readonly Ran[]): Promise<number | null | undefined> {
  const workflow_runs = runs.map(({ title = 'Deploy', branch = 'main', sha = 'a'.repeat(40), event = 'push' }, index) => ({
    id: index + 1,
    status: 'completed',
    conclusion: 'success',
    html_url: 'u',
    display_title: title,
    created_at: new Date(Date.UTC(2026, 10, 20) - index * 60_000).toISOString(),
    head_branch: branch,
    head_sha: sha,
    event,
  }));
  const github = clientAt(API, { fetch: async () => Response.json({ workflow_runs }) });
  const found = deployRunOf(await readSuccessfulRuns({ github, repo: REPO, signal: never() }, 'deploy.yml'), TARGET);
  return found === null || found === undefined ? found : found.id;
}

describe('a run deployed the target', () => {
  it.each<[string, Ran, boolean]>([
    ['when its name holds the tag', { title: 'Deploy v2 (INC-4/rb1)' }, true],
    ['when it ran on the tag', { branch: 'v2' }, true],
    ['when it ran on its commit', { sha: TARGET.sha }, true],
    ['when it was dispatched on the tag', { branch: 'v2', event: 'workflow_dispatch' }, true],
    [
      'not when it was dispatched on a branch that was at its commit: an input may have named another tag',
      { sha: TARGET.sha, event: 'workflow_dispatch' },
      false,
    ],
    ['not when an event started it at its commit', { sha: TARGET.sha, event: 'repository_dispatch' }, false],
    ['not when its name holds another tag, wherever it ran', { title: 'Deploy v1', branch: 'v2', sha: TARGET.sha }, false],
    ['not when its name holds two tags: which one it deployed is a guess', { title: 'Roll back v2 to v1' }, false],
    ['not when the tag is only the beginning of another', { title: 'Deploy v2-rc.1' }, false],
    ['not when nothing says so', {}, false],
  ])('%s', async (_, run, is) => {
    expect(await match([run])).toBe(is ? 1 : null);
  });

  it('and the newest of them counts', async () => {
    expect(await match([{ title: 'Deploy v3' }, { title: 'Deploy v2 again' }, { title: 'Deploy v2' }])).toBe(2);
  });

  it('or perhaps an older one than GitHub lists at once', async () => {
    expect(await match(Array.from({ length: 100 }, () => ({ title: 'Deploy v3' })))).toBeUndefined();
  });
});

describe('a tag is a word of a name', () => {
  it.each([
    ['Deploy v1.2', true],
    ['v1.2: hotter', true],
    ['Deploy v1.2.', true],
    ['(v1.2)', true],
    ['Deploy v1.2.1 and v1.2', true],
    ['Deploy v1.2.1', false],
    ['Deploy v1.2-rc.1', false],
    ['Deploy v1.2+build', false],
    ['Deploy v1.20', false],
    ['Deploy shop/v1.2', false],
    ['Deploy shop@v1.2', false],
    ['Deploy xv1.2', false],
    ['Deploy', false],
  ])('%s: %s', (title, is) => {
    expect(names(title, 'v1.2')).toBe(is);
  });
});

describe('a ref that a strategy asked for', () => {
  it('is told by its commit, through tag objects, and null where there is none', async () => {
    const stage = await sandbox();
    const reads = [{ ref: 'heads/stable' }, { ref: 'tags/v2.13.1' }, { ref: 'heads/nowhere' }, { ref: 'heads/stable' }];
    const facts = await gather(stage, { reads });
    expect(facts.refs).toEqual({ 'heads/stable': shaOf(stage, 'heads/stable'), 'tags/v2.13.1': shaOf(stage, 'tags/v2.13.1'), 'heads/nowhere': null });
    expect(facts.gaps).toEqual([]);
  });

  it('that cannot be read is a gap, never "none"', async () => {
    const stage = await sandbox();
    stage.server.faults.next(/GET .*git\/ref\/heads/, '500', 9);
    const facts = await gather(stage, { reads: [{ ref: 'heads/stable' }] });
    expect(facts.refs).toEqual({ 'heads/stable': undefined });
    expect(facts.gaps).toEqual([expect.stringMatching(/^ref: could not read which commit stable of acme\/shop points at/)]);
  });
});

describe('the rules of the environment', () => {
  it.each([
    ['none', {}, { reviewers: false, waitMinutes: 0, branchPolicy: false }],
    ['reviewers', { reviewers: ['mira-k'] }, { reviewers: true, waitMinutes: 0, branchPolicy: false }],
    ['a timer', { waitMinutes: 30 }, { reviewers: false, waitMinutes: 30, branchPolicy: false }],
    ['a policy for branches', { branchPolicy: true }, { reviewers: false, waitMinutes: 0, branchPolicy: true }],
  ])('%s', async (_, production, protection) => {
    expect((await gather(await sandbox({ server: { environments: { production } } }))).protection).toEqual(protection);
  });

  it('are none where GitHub knows no such environment', async () => {
    expect((await gather(await sandbox(), { environment: 'canary' })).protection).toEqual({ reviewers: false, waitMinutes: 0, branchPolicy: false });
  });

  it('that cannot be read are a gap, never "none"', async () => {
    const stage = await sandbox();
    stage.server.faults.next('GET *environments/production', '500', 9);
    const facts = await gather(stage);
    expect(facts.protection).toBeUndefined();
    expect(facts.gaps).toEqual([expect.stringMatching(/^protection: could not read the rules of the environment production/)]);
  });
});

describe('the way forward', () => {
  it('is behind, and its commits and files are those the newer release brings', async () => {
    const stage = await sandbox({ server: { migration: true } });
    const back = await gather(stage, { runningTag: 'v2.14.0', tag: 'v2.13.2' });
    const forward = await gather(stage, { runningTag: 'v2.13.2', tag: 'v2.14.0' });
    expect(forward.compare).toEqual({ ...back.compare, status: 'behind' });
    expect(forward.compare?.files.length).toBeGreaterThan(0);
    expect(forward.compare?.migrations).toEqual(['db/migrate/20261117093000_add_loyalty_tier.sql']);
    expect(forward.compare?.url).toContain('v2.13.2...v2.14.0');
  });

  it('to the same release is identical', async () => {
    const stage = await sandbox();
    expect((await gather(stage, { runningTag: 'v2.14.0', tag: 'v2.14.0' })).compare).toMatchObject({ status: 'identical', files: [], commits: 0 });
  });

  it('is not known when the second look fails', async () => {
    const stage = await sandbox();
    stage.server.faults.next('GET *compare/v2.13.2...v2.14.0', '500', 9);
    const facts = await gather(stage, { runningTag: 'v2.13.2', tag: 'v2.14.0' });
    expect(facts.compare).toBeUndefined();
    expect(facts.gaps.filter((gap) => gap.startsWith('compare: '))).toHaveLength(1);
  });
});

it('all that is asked for is read beside the lists: still two rounds', async () => {
  let [flying, rounds] = [0, 0];
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
  await gather(stage, { reads: [{ workflow: 'deploy.yml@main' }, { deployRunOf: 'deploy.yml' }, { ref: 'heads/stable' }] });
  expect(rounds).toBe(2);
});

it('a moved ref is read as moved', async () => {
  const stage = await sandbox();
  const action = moveOf(stage);
  await apply(stage, action);
  expect((await gather(stage, { reads: [{ ref: 'heads/stable' }] })).refs).toEqual({ 'heads/stable': action.to });
});
