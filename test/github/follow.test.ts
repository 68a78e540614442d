import { describe, expect, it } from 'vitest';
import type { RollbackAction, RunReference } from '../../src/core/rollback.ts';
import { type FollowAsk, followAction } from '../../src/github/follow.ts';
import { FAKE_SECRET } from '../../src/sandbox/github/logs.ts';
import { apply, deploymentOf, eventOf, moveOf, REPO, rerunOf, revertOf, shaOf } from './deed-cases.ts';
import { API, clientAt, failureOf, never } from './parts.ts';
import { type Stage, sandbox } from './sandbox.ts';

const DISPATCH: RollbackAction = { kind: 'dispatchWorkflow', workflow: 'deploy.yml', ref: 'main', inputs: { tag: 'v2.13.2' }, keyInput: undefined };

/** Sends it, and gives back how to look at it. */
async function begin(stage: Stage, action: RollbackAction, more: Partial<FollowAsk> = {}) {
  const since = stage.clock.now();
  const reference = await apply(stage, action);
  if (reference === undefined) throw new Error('GitHub named nothing to follow');
  return () => followAction(stage.github, REPO, { reference, action, since, signal: never(), ...more });
}

describe('following a run', () => {
  it('goes from the queue through its jobs to success', async () => {
    const stage = await sandbox();
    const look = await begin(stage, DISPATCH);
    expect(await look()).toEqual({ kind: 'going', status: 'queued', job: undefined });
    stage.clock.advance(1_500);
    expect(await look()).toMatchObject({ kind: 'going', status: 'in_progress', job: expect.stringContaining('build › ') });
    stage.clock.advance(60_000);
    expect(await look()).toEqual({ kind: 'done', because: 'the run “Deploy v2.13.2” succeeded' });
  });

  it('that failed names the job and shows its last lines: no clock, no colours, no secrets', async () => {
    const stage = await sandbox({ server: { outcome: () => 'failure' } });
    const look = await begin(stage, DISPATCH);
    stage.clock.advance(60_000);
    const seen = await look();
    expect(seen).toMatchObject({ kind: 'failed', job: expect.stringMatching(/^deploy › Run /) });
    if (seen.kind !== 'failed') throw new Error('it failed');
    expect(seen.because).toMatch(/^the run ended with “failure” in the job “deploy › Run /);
    expect(seen.log?.at(-1)).toBe('Error: Process completed with exit code 1.');
    expect(seen.log).toContain('Error: connect ECONNREFUSED 10.0.3.7:5432');
    expect(seen.log?.join('\n')).not.toContain(FAKE_SECRET);
    expect(seen.log?.join('\n')).toContain('registry: using token [REDACTED');
    expect(seen.log?.join('\n')).not.toMatch(/\u001b|\d{4}-\d\d-\d\dT/);
  });

  it('that failed is told also when its log cannot be read', async () => {
    const stage = await sandbox({ server: { outcome: () => 'failure' } });
    const look = await begin(stage, DISPATCH);
    stage.clock.advance(60_000);
    stage.server.faults.next('GET *logs', '500', 3);
    const seen = await look();
    expect(seen).toMatchObject({ kind: 'failed', job: expect.any(String) });
    expect(seen).not.toHaveProperty('log');
  });

  it('that was cancelled by hand says so', async () => {
    const stage = await sandbox();
    const look = await begin(stage, DISPATCH);
    stage.clock.advance(1_500);
    stage.server.cancel(stage.server.runs()[0]?.id ?? 0);
    expect(await look()).toMatchObject({ kind: 'failed', because: expect.stringContaining('cancelled by hand on GitHub') });
  });

  it('that waits for a reviewer says so, and goes on when it is approved', async () => {
    const stage = await sandbox({ server: { environments: { production: { reviewers: ['mira-k'] } } } });
    const look = await begin(stage, DISPATCH);
    stage.clock.advance(60_000);
    expect(await look()).toMatchObject({ kind: 'going', status: expect.stringContaining('environment approval') });
    stage.server.approve(stage.server.runs()[0]?.id ?? 0);
    stage.clock.advance(60_000);
    expect(await look()).toMatchObject({ kind: 'done' });
  });

  it('that was rejected by a reviewer failed', async () => {
    const stage = await sandbox({ server: { environments: { production: { reviewers: ['mira-k'] } } } });
    const look = await begin(stage, DISPATCH);
    stage.clock.advance(60_000);
    stage.server.reject(stage.server.runs()[0]?.id ?? 0);
    const seen = await look();
    expect(seen.kind === 'failed' && seen.log?.at(-1)).toBe('Error: The deployment was rejected by mira-k.');
  });

  it('again watches the new attempt, not how the old one ended', async () => {
    const stage = await sandbox();
    const action = rerunOf(stage);
    const old: RunReference = { kind: 'run', id: action.runId, url: action.url, attempt: 2 };
    expect(await followAction(stage.github, REPO, { reference: old, action, signal: never() })).toEqual({ kind: 'going', status: 'queued', job: undefined });
    const look = await begin(stage, action);
    expect(await look()).toMatchObject({ kind: 'going', status: 'queued' });
    stage.clock.advance(60_000);
    expect(await look()).toEqual({ kind: 'done', because: 'the run “Deploy v2.13.2” succeeded in attempt 2' });
  });

  it.each(['skipped', 'neutral', 'stale', 'timed_out', 'startup_failure', 'action_required', 'of_2031'])(
    'that ended with %s is no success',
    async (conclusion) => {
      const run = { id: 1, status: 'completed', conclusion, html_url: 'u', display_title: 't', created_at: '2026-11-20T09:00:00Z' };
      const fetch: typeof globalThis.fetch = async (input) => Response.json(String(input).includes('/jobs') ? { jobs: [] } : run);
      const ask = { reference: { kind: 'run', id: 1, url: 'u' }, action: DISPATCH, signal: never() } as const;
      expect(await followAction(clientAt(API, { fetch }), REPO, ask)).toEqual({
        kind: 'failed',
        because: `the run ended with “${conclusion}”`,
        job: undefined,
      });
    },
  );

  it('that GitHub does not show now is a Failure, not an end', async () => {
    const stage = await sandbox();
    const look = await begin(stage, DISPATCH);
    stage.server.faults.next('GET *actions/runs/*', '500', 9);
    expect((await failureOf(look())).code).toBe('E_GITHUB');
  });
});

describe('following a deployment', () => {
  it('waits for a deployer, then watches it to the end', async () => {
    const stage = await sandbox({ server: { timing: { queuedMs: 5_000 } } });
    const look = await begin(stage, deploymentOf(stage));
    expect(await look()).toEqual({ kind: 'going', status: 'waiting for whoever deploys to take it', job: undefined });
    stage.clock.advance(5_000);
    expect(await look()).toEqual({ kind: 'going', status: 'in_progress', job: undefined });
    stage.clock.advance(60_000);
    expect(await look()).toEqual({ kind: 'done', because: expect.stringMatching(/^deployment \d+ succeeded$/) });
  });

  it('that failed says what the deployer says', async () => {
    const stage = await sandbox({ server: { outcome: () => 'failure' } });
    const look = await begin(stage, deploymentOf(stage));
    stage.clock.advance(60_000);
    expect(await look()).toEqual({
      kind: 'failed',
      because: expect.stringMatching(/ended with “failure”: Pods of v2.13.2 did not become ready$/),
      job: undefined,
    });
  });

  it('of another commit than the approved one failed, however well it went', async () => {
    const stage = await sandbox();
    const action = deploymentOf(stage);
    const reference = await apply(stage, action);
    stage.clock.advance(60_000);
    const ask = { reference: reference as RunReference, action: { ...action, sha: 'f'.repeat(40) }, signal: never() };
    expect(await followAction(stage.github, REPO, ask)).toMatchObject({
      kind: 'failed',
      because: expect.stringContaining('not of fffffff: the tag was moved'),
    });
  });

  it.each([
    ['replaced after its success is done', ['success', 'inactive'], { kind: 'done', because: 'deployment 5 succeeded; another one took its place since' }],
    [
      'replaced before any success failed',
      ['in_progress', 'inactive'],
      { kind: 'failed', because: 'deployment 5 was replaced by another one before it succeeded', job: undefined },
    ],
    ['that failed and was tried again goes on', ['failure', 'queued'], { kind: 'going', status: 'queued', job: undefined }],
    ['with a state of tomorrow goes on', ['paused'], { kind: 'going', status: 'paused', job: undefined }],
  ])('%s', async (_, states, progress) => {
    const statuses = states.map((state, at) => ({ state, created_at: `2026-11-20T09:0${at}:00Z` })).toReversed();
    const fetch: typeof globalThis.fetch = async () => Response.json(statuses);
    // DISPATCH: an action without a commit, so that none is compared.
    const ask = { reference: { kind: 'deployment', id: 5, url: 'u' }, action: DISPATCH, signal: never() } as const;
    expect(await followAction(clientAt(API, { fetch }), REPO, ask)).toEqual(progress);
  });
});

describe('following what is read back', () => {
  it('a release is done when it shows, and is waited for while it does not', async () => {
    const stage = await sandbox();
    const action: RollbackAction = { kind: 'markRelease', releaseId: 231_500_102, tag: 'v2.13.2', latest: true, prerelease: false };
    const look = await begin(stage, action);
    expect(await look()).toEqual({ kind: 'done', because: 'v2.13.2 is the latest release' });
    await apply(stage, { ...action, latest: false });
    expect(await look()).toEqual({ kind: 'going', status: 'waiting for GitHub to show v2.13.2 as the latest release', job: undefined });
  });

  it('a ref is done where it should be, and failed where somebody else moved it', async () => {
    const stage = await sandbox();
    const action = moveOf(stage);
    const look = await begin(stage, action);
    expect(await look()).toEqual({ kind: 'done', because: 'heads/stable points at v2.13.2' });
    await apply(stage, moveOf(stage, { from: action.to, to: action.from }));
    expect(await look()).toMatchObject({ kind: 'going', status: expect.stringContaining('waiting for GitHub to show heads/stable') });
    await apply(stage, moveOf(stage, { to: shaOf(stage, 'tags/v2.13.0') }));
    expect(await look()).toMatchObject({ kind: 'failed', because: expect.stringMatching(/moved on to [0-9a-f]{7} by somebody else/) });
  });

  it('with the action of something else is a mistake of ours', async () => {
    const { github } = await sandbox();
    for (const kind of ['release', 'ref'] as const) {
      const ask = { reference: { kind, id: 1, url: 'u' }, action: DISPATCH, signal: never() };
      expect((await failureOf(followAction(github, REPO, ask))).code).toBe('E_INTERNAL');
    }
  });
});

describe('following a revert', () => {
  it('waits for people, then for the deployment of what they merged', async () => {
    const stage = await sandbox();
    const look = await begin(stage, revertOf(stage));
    expect(await look()).toEqual({ kind: 'going', status: 'waiting to be merged', job: undefined });
    stage.server.merge(stage.server.pulls()[0]?.number ?? 0);
    expect(await look()).toEqual({ kind: 'going', status: 'merged; waiting for its deployment to production', job: undefined });
    stage.clock.advance(60_000);
    expect(await look()).toMatchObject({ kind: 'done', because: expect.stringMatching(/^deployment \d+ succeeded$/) });
  });

  it('that was closed failed', async () => {
    const stage = await sandbox();
    const look = await begin(stage, revertOf(stage));
    const number = stage.server.pulls()[0]?.number ?? 0;
    stage.server.closePull(number);
    expect(await look()).toEqual({ kind: 'failed', because: `pull request #${number} was closed without being merged`, job: undefined });
  });

  it('whose deployment failed failed', async () => {
    const stage = await sandbox({ server: { outcome: () => 'failure' } });
    const look = await begin(stage, revertOf(stage));
    stage.server.merge(stage.server.pulls()[0]?.number ?? 0);
    stage.clock.advance(60_000);
    expect(await look()).toMatchObject({ kind: 'failed', because: expect.stringContaining('ended with “failure”') });
  });

  it('is not done by an older deployment, nor by a later one that does not hold it', async () => {
    const stage = await sandbox({ server: { deploysMerges: false } });
    const look = await begin(stage, revertOf(stage));
    stage.server.merge(stage.server.pulls()[0]?.number ?? 0);
    stage.clock.advance(5_000);
    await apply(stage, deploymentOf(stage));
    stage.clock.advance(60_000);
    expect(await look()).toEqual({ kind: 'going', status: 'merged; waiting for its deployment to production', job: undefined });
  });

  it('is done by a later deployment that holds it', async () => {
    const stage = await sandbox({ server: { deploysMerges: false } });
    const look = await begin(stage, revertOf(stage));
    stage.server.merge(stage.server.pulls()[0]?.number ?? 0);
    const next = revertOf(stage, { branch: 'next', targetSha: shaOf(stage, 'tags/v2.13.1') });
    await apply(stage, next);
    await apply(stage, moveOf(stage, { ref: 'tags/v2.13.0', from: shaOf(stage, 'tags/v2.13.0'), to: shaOf(stage, 'heads/next') }));
    stage.clock.advance(5_000);
    await apply(stage, deploymentOf(stage, { ref: 'v2.13.0', sha: shaOf(stage, 'heads/next') }));
    stage.clock.advance(60_000);
    expect(await look()).toMatchObject({ kind: 'done', because: expect.stringMatching(/^deployment \d+ succeeded$/) });
  });

  it('is done with the merge where GitHub knows of no deployments', async () => {
    const stage = await sandbox();
    const look = await begin(stage, revertOf(stage), { environment: 'staging' });
    stage.server.merge(stage.server.pulls()[0]?.number ?? 0);
    expect(await look()).toMatchObject({ kind: 'done', because: expect.stringMatching(/was merged; GitHub knows of no deployments to staging$/) });
  });
});

describe('following an event', () => {
  it('ends with the deployment it led to, and not with the one the target had before', async () => {
    const stage = await sandbox();
    const look = await begin(stage, eventOf(stage, { workflow: undefined }));
    expect(await look()).toEqual({ kind: 'going', status: 'waiting for a deployment to production', job: undefined });
    stage.clock.advance(60_000);
    expect(await look()).toMatchObject({ kind: 'done', because: expect.stringMatching(/^deployment \d+ succeeded$/) });
  });

  it('is not ended by a deployment of a few minutes ago, although clocks differ', async () => {
    const stage = await sandbox({ server: { listensTo: [] } });
    await apply(stage, deploymentOf(stage));
    stage.clock.advance(5 * 60_000);
    const look = await begin(stage, eventOf(stage, { workflow: undefined }));
    expect(await look()).toMatchObject({ kind: 'going' });
  });

  it('whose time is not known is never seen to end', async () => {
    const stage = await sandbox();
    const look = await begin(stage, eventOf(stage, { workflow: undefined }));
    stage.clock.advance(60_000);
    const ask = { reference: { kind: 'event', id: 0, url: 'u' }, action: eventOf(stage), signal: never() } as const;
    expect(await followAction(stage.github, REPO, ask)).toMatchObject({ kind: 'going' });
    expect(await look()).toMatchObject({ kind: 'done' });
  });
});
