import { expect, test } from 'vitest';
import { releaseSha } from '../../src/sandbox/github/shas.ts';
import { START } from './github-clock.ts';
import { shapeFlaws } from './github-shapes.ts';
import { HERE, octokitFor, refusal, type Stage, stage } from './github-stage.ts';

const TIMING = { queuedMs: 1_000, buildMs: 2_000, deployMs: 2_000, finishMs: 500 };
const ROLLBACK = { ref: 'v2.13.2', auto_merge: false, required_contexts: [] as string[], payload: { tagback_id: 'INC-1/rb1' }, environment: 'production' };

const create = ({ octokit }: Stage, more: object = {}) => octokit.rest.repos.createDeployment({ ...HERE, ...ROLLBACK, ...more });

async function order(on: Stage, more: object = {}): Promise<number> {
  const { status, data } = await create(on, more);
  expect([status, shapeFlaws(data, 'deployment')]).toEqual([201, []]);
  return 'id' in data ? data.id : 0;
}

async function states({ octokit }: Stage, id: number): Promise<readonly string[]> {
  const { data } = await octokit.rest.repos.listDeploymentStatuses({ ...HERE, deployment_id: id });
  return data.map(({ state }) => state);
}

test('an ordered deployment is carried out by the deployer outside, each step at its time', async () => {
  const deployed: [string, number][] = [];
  const on = await stage({ timing: TIMING, onDeployed: (tag, at) => deployed.push([tag, at]) });
  const id = await order(on);
  const { data } = await on.octokit.rest.repos.getDeployment({ ...HERE, deployment_id: id });
  expect(data).toMatchObject({
    ref: 'v2.13.2',
    sha: releaseSha('v2.13.2'),
    task: 'deploy',
    payload: { tagback_id: 'INC-1/rb1' },
    production_environment: true,
  });
  expect(await states(on, id)).toEqual([]);
  on.clock.move(1_000);
  expect(await states(on, id)).toEqual(['in_progress']);
  on.clock.move(3_999);
  expect([deployed, on.github.deployedTag()]).toEqual([[], 'v2.14.0']);
  on.clock.move(1);
  expect([deployed, await states(on, id), on.github.deployedTag()]).toEqual([[['v2.13.2', START + 5_000]], ['success', 'in_progress'], 'v2.13.2']);
  const listed = (await on.octokit.rest.repos.listDeployments({ ...HERE, environment: 'production', ref: 'v2.13.2' })).data;
  expect(listed.map((one) => one.id)).toContain(id);
  expect(on.github.effects).toMatchObject([{ kind: 'deployment', detail: { id, ref: 'v2.13.2' } }]);
});

test('the deployer says when it fails, and a deployment nobody listens to stays as it is for ever', async () => {
  const failing = await stage({ outcome: () => 'failure', onDeployed: () => expect.unreachable() });
  const failed = await order(failing);
  failing.clock.move(60_000);
  expect([await states(failing, failed), failing.github.deployedTag()]).toEqual([['failure', 'in_progress'], 'v2.14.0']);
  const deaf = await stage({ deployer: 'none', onDeployed: () => expect.unreachable() });
  const id = await order(deaf);
  deaf.clock.move(30 * 86_400_000);
  expect(await states(deaf, id)).toEqual([]);
});

test('by default GitHub merges the default branch in instead of deploying, unless the ref holds it already', async () => {
  const on = await stage();
  const careless = { ref: 'v2.13.2', required_contexts: [] };
  const { status, data } = await on.octokit.rest.repos.createDeployment({ ...HERE, ...careless });
  expect([status, data]).toEqual([202, { message: 'Auto-merged main into v2.13.2 on deployment.' }]);
  expect([on.github.effects, on.github.commitAt('tags/v2.13.2')]).toEqual([[], releaseSha('v2.13.2')]);
  expect((await on.octokit.rest.repos.createDeployment({ ...HERE, ...careless, ref: 'main' })).status).toBe(201);
  await on.octokit.rest.git.updateRef({ ...HERE, ref: 'heads/stable', sha: releaseSha('v2.13.2'), force: true });
  expect((await on.octokit.rest.repos.createDeployment({ ...HERE, ...careless, ref: 'stable' })).status).toBe(202);
  expect(on.github.commitAt('heads/stable')).toBe(releaseSha('v2.14.0')); // a branch really is changed
});

test('by default every status of the commit must be good; named ones only have to be good themselves', async () => {
  const on = await stage();
  const all = await refusal(create(on, { required_contexts: undefined }));
  expect(all).toMatchObject({ status: 409, message: expect.stringContaining('Conflict: Commit status checks failed for v2.13.2.') });
  expect(await refusal(create(on, { required_contexts: ['ci/test', 'e2e/nightly'] }))).toMatchObject({ status: 409 });
  expect(await refusal(create(on, { required_contexts: ['no/such'] }))).toMatchObject({ status: 409 });
  expect(on.github.effects).toEqual([]);
  await order(on, { required_contexts: ['ci/test'] });
  const calm = await stage({ commitStatuses: [] });
  await order(calm, { required_contexts: undefined });
});

test.each([
  ['the ref does not exist', { ref: 'v9.9.9' }, 'No ref found for: v9.9.9'],
  ['the description is too long', { description: 'x'.repeat(141) }, 'description is too long'],
  ['a field is unknown', { tag: 'v2.13.2' }, '"tag" is not a permitted key'],
  ['auto_merge is text', { auto_merge: 'false' }, 'is not a boolean'],
])('nothing is ordered when %s', async (_, wrong, message) => {
  const on = await stage();
  expect(await refusal(create(on, wrong))).toMatchObject({ status: 422, message: expect.stringContaining(message) });
  expect(on.github.effects).toEqual([]);
});

test('the payload is kept as it was sent, text as text', async () => {
  const on = await stage();
  for (const payload of ['plain', { deep: { list: [1, null] } }]) {
    const id = await order(on, { payload });
    expect((await on.octokit.rest.repos.getDeployment({ ...HERE, deployment_id: id })).data.payload).toEqual(payload);
  }
});

test('a deployment elsewhere makes its environment known and leaves production alone', async () => {
  const on = await stage({ onDeployed: () => expect.unreachable() });
  const first = await order(on, { environment: 'staging' });
  on.clock.move(60_000);
  expect([on.github.deployedTag(), (await on.octokit.rest.repos.listDeployments({ ...HERE, environment: 'production' })).data.length]).toEqual(['v2.14.0', 4]);
  const { data } = await on.octokit.rest.repos.getAllEnvironments(HERE);
  expect(data.environments?.map(({ name }) => name)).toEqual(['production', 'staging']);
  expect((await states(on, first))[0]).toBe('success');
});

test('anybody with the permission reports how it goes; success ends earlier ones outside of production', async () => {
  const on = await stage({ deployer: 'none' });
  const [first, second] = [await order(on, { environment: 'staging' }), await order(on, { environment: 'staging' })];
  const report = (id: number, more: object = {}) =>
    on.octokit.request('POST /repos/{owner}/{repo}/deployments/{deployment_id}/statuses', { ...HERE, deployment_id: id, state: 'success', ...more });
  const { status, data } = await report(first, { log_url: 'https://ci.example.com/7', description: 'done' });
  expect([status, shapeFlaws(data, 'deployment-status')]).toEqual([201, []]);
  expect(data).toMatchObject({ log_url: 'https://ci.example.com/7', description: 'done', environment: 'staging' });
  await report(second);
  expect([await states(on, first), await states(on, second)]).toEqual([['inactive', 'success'], ['success']]);
  expect(await refusal(report(first, { state: 'done' }))).toMatchObject({ status: 422, message: expect.stringContaining("'done' is not a possible value") });
  expect(await refusal(report(1))).toMatchObject({ status: 404 });
  const reader = { ...on, octokit: octokitFor((await stage({ tokens: { r: { permissions: { deployments: 'read' } } } })).github, 'r') };
  expect(await refusal(create(reader))).toMatchObject({ status: 403, headers: { 'x-accepted-github-permissions': 'deployments=write' } });
});
