import { describe, expect, it } from 'vitest';
import type { RollbackAction } from '../../src/core/rollback.ts';
import { applyAction, findAction } from '../../src/github/apply.ts';
import { apply, deploymentOf, effectsOf, find, REPO, shaOf, writes } from './deed-cases.ts';
import { API, clientAt, failureOf, never } from './parts.ts';
import { sandbox } from './sandbox.ts';

describe('creating a deployment', () => {
  it('never lets GitHub merge, says which contexts count, and carries the key', async () => {
    const stage = await sandbox();
    await apply(stage, deploymentOf(stage, { requiredContexts: ['ci/test'] }));
    expect(JSON.parse(writes(stage)[0]?.body ?? '')).toEqual({
      ref: 'v2.13.2',
      task: 'deploy',
      auto_merge: false,
      required_contexts: ['ci/test'],
      payload: { tagback_id: 'INC-1/rb1', tag: 'v2.13.2' },
      environment: 'production',
      description: 'INC-1/rb1: v2.14.0 to v2.13.2',
    });
  });

  it('that GitHub refuses for a commit status names the status', async () => {
    const stage = await sandbox();
    const failure = await failureOf(apply(stage, deploymentOf(stage, { requiredContexts: ['ci/test', 'e2e/nightly'] })));
    expect(failure).toMatchObject({ code: 'E_GITHUB_REFUSED', unclear: false, permanent: true });
    expect(failure.message).toContain('Commit status checks failed for v2.13.2');
    expect(failure.message).toContain('e2e/nightly (failure)');
    expect(failure.message).not.toContain('ci/test');
    expect(effectsOf(stage, 'deployment')).toEqual([]);
  });

  it('that GitHub refuses names those of its statuses that are not good, and leaves out the rest', async () => {
    const contexts = [{ context: 'ci/test', state: 'success' }, { context: 'e2e', state: 'pending' }, 'nonsense', null];
    const body = {
      message: 'Conflict: Commit status checks failed for v1.',
      errors: [{ contexts, resource: 'Deployment', field: 'required_contexts', code: 'invalid' }],
    };
    const failure = await failureOf(deployAt(() => Response.json(body, { status: 409 })));
    expect(failure.message).toContain('Commit status checks failed for v1.; Deployment required_contexts invalid e2e (pending); nothing was changed');
  });

  it('answered with a merge instead of a deployment is refused in these words', async () => {
    const failure = await failureOf(deployAt(() => Response.json({ message: 'Auto-merged main into topic on deployment.' }, { status: 202 })));
    expect(failure).toMatchObject({ code: 'E_GITHUB_REFUSED', unclear: false, permanent: true });
    expect(failure.message).toBe(
      'could not create a deployment of v1 to production of acme/shop: GitHub answered “Auto-merged main into topic on deployment.” and made no deployment',
    );
  });

  it('of a tag that was moved since the approval sends nothing', async () => {
    const stage = await sandbox();
    const action = deploymentOf(stage);
    stage.server.retag('v2.13.2', 'v2.13.0');
    const failure = await failureOf(apply(stage, action));
    expect(failure).toMatchObject({ code: 'E_PLAN_MOVED', unclear: false, permanent: true });
    expect(failure.message).toContain(`v2.13.2 points at ${shaOf(stage, 'tags/v2.13.0').slice(0, 7)} now, and ${action.sha.slice(0, 7)} was approved`);
    expect(writes(stage)).toEqual([]);
  });

  it('of a tag that was moved at the same moment names the deployment that must be stopped', async () => {
    const failure = await failureOf(deployAt(() => Response.json(made({ id: 77, sha: 'b'.repeat(40) }), { status: 201 })));
    expect(failure).toMatchObject({ code: 'E_PLAN_MOVED', unclear: false, permanent: true });
    expect(failure.message).toContain('deployment 77 was made of bbbbbbb, and aaaaaaa was approved');
    expect(failure.hint).toContain('stop deployment 77');
  });

  it('of a tag that is gone says so', async () => {
    const stage = await sandbox();
    const failure = await failureOf(apply(stage, deploymentOf(stage, { ref: 'v9.9.9' })));
    expect(failure.message).toBe('could not read which commit v9.9.9 of acme/shop points at: there is no such tag');
    expect(writes(stage)).toEqual([]);
  });
});

describe('looking for a deployment', () => {
  it('does not take that of another rollback for ours', async () => {
    const stage = await sandbox();
    await apply(stage, deploymentOf(stage, { payload: { tagback_id: 'INC-1/rb12' } }));
    expect(await find(stage, deploymentOf(stage))).toBe('absent');
  });

  it('goes by the key that travelled: the way back has its own', async () => {
    const stage = await sandbox();
    const back = deploymentOf(stage, { payload: { tagback_id: 'INC-1/rb1-undo' } });
    await apply(stage, deploymentOf(stage));
    expect(await find(stage, back)).toBe('absent');
    const made = await apply(stage, back);
    expect(await find(stage, back)).toMatchObject({ kind: 'deployment', id: made?.id });
  });

  it.each([
    ['as text, which older servers give', JSON.stringify({ tagback_id: 'INC-1/rb1' }), 7],
    ['of somebody else, in no JSON', 'ship it', undefined],
    ['that is a list', ['INC-1/rb1'], undefined],
    ['that is missing', undefined, undefined],
  ])('reads a payload %s', async (_, payload, id) => {
    const github = clientAt(API, { fetch: async () => Response.json([made({ id: 7, sha: 'a'.repeat(40), payload })]) });
    const found = await findAction(github, REPO, { action: ACTION, since: github.now(), key: 'INC-1/rb1', signal: never() });
    expect(found).toEqual(id === undefined ? 'absent' : { kind: 'deployment', id, url: 'https://github.test/acme/shop/deployments/production' });
  });

  it('does not know when more were made since then than GitHub lists at once', async () => {
    const many = Array.from({ length: 100 }, (_, n) => made({ id: n + 1, sha: 'a'.repeat(40), payload: {} }));
    const github = clientAt(API, { fetch: async () => Response.json(many) });
    expect(await findAction(github, REPO, { action: ACTION, since: github.now(), key: 'INC-1/rb1', signal: never() })).toBe('unknown');
    expect(await findAction(github, REPO, { action: ACTION, since: github.now() + 3_600_000, key: 'INC-1/rb1', signal: never() })).toBe('absent');
  });
});

const ACTION: RollbackAction = {
  kind: 'createDeployment',
  ref: 'v1',
  sha: 'a'.repeat(40),
  environment: 'production',
  task: 'deploy',
  description: '',
  payload: { tagback_id: 'INC-1/rb1' },
  requiredContexts: [],
};
const made = (of: { readonly id: number; readonly sha: string; readonly payload?: unknown }) => ({ ref: 'v1', created_at: '2026-11-20T09:00:00Z', ...of });

/** The tag is where it should be; `answer` is what the deployment gets. */
async function deployAt(answer: () => Response): Promise<unknown> {
  const fetch: typeof globalThis.fetch = async (_, init) =>
    init?.method === 'POST' ? answer() : Response.json({ object: { type: 'commit', sha: 'a'.repeat(40) } });
  return await applyAction(clientAt(API, { fetch }), REPO, { action: ACTION, signal: never() });
}
