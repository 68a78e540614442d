import { expect, test } from 'vitest';
import { SANDBOX_TOKEN } from '../../src/sandbox/github/server.ts';
import { releaseSha } from '../../src/sandbox/github/shas.ts';
import { START } from './github-clock.ts';
import { DEPLOY, HERE, octokitFor, refusal, type Stage, stage } from './github-stage.ts';

const TIMING = { queuedMs: 1_000, buildMs: 2_000, deployMs: 2_000, finishMs: 500 };
const ROLLBACK = { ...DEPLOY, ref: 'main', inputs: { tag: 'v2.13.2', reason: 'errors', tagback_id: 'INC-1/rb1' } };

/** Dispatches as a new client does, and gives back the run's id. */
async function dispatch({ octokit }: Stage, inputs: Record<string, string> = ROLLBACK.inputs): Promise<number> {
  const { status, data } = await octokit.request('POST /repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches', {
    ...ROLLBACK,
    inputs,
    return_run_details: true,
  });
  expect(status).toBe(200);
  const details: unknown = data; // octokit 5 still types this answer as empty
  expect(details).toMatchObject({ workflow_run_id: expect.any(Number), run_url: expect.stringMatching(/^http/), html_url: expect.stringMatching(/^http/) });
  return typeof details === 'object' && details !== null && 'workflow_run_id' in details ? Number(details.workflow_run_id) : 0;
}

async function seen({ octokit }: Stage, run: number) {
  const { data } = await octokit.rest.actions.getWorkflowRun({ ...HERE, run_id: run });
  const { data: jobs } = await octokit.rest.actions.listJobsForWorkflowRun({ ...HERE, run_id: run });
  return [data.status, data.conclusion, ...jobs.jobs.map((job) => `${job.name} ${job.conclusion ?? job.status}`)];
}

test('a dispatched deploy waits, builds, deploys and ends, each at its time, and production runs the tag from the moment it lands', async () => {
  const deployed: [string, number][] = [];
  const on = await stage({ timing: TIMING, onDeployed: (tag, at) => deployed.push([tag, at]) });
  const run = await dispatch(on);
  expect(await seen(on, run)).toEqual(['queued', null, 'build queued']);
  on.clock.move(1_000);
  expect(await seen(on, run)).toEqual(['in_progress', null, 'build in_progress']);
  on.clock.move(2_000);
  expect(await seen(on, run)).toEqual(['in_progress', null, 'build success', 'deploy in_progress']);
  expect([deployed, on.github.deployedTag()]).toEqual([[], 'v2.14.0']);
  on.clock.move(2_000);
  expect([deployed, on.github.deployedTag()]).toEqual([[['v2.13.2', START + 5_000]], 'v2.13.2']);
  expect(await seen(on, run)).toEqual(['in_progress', null, 'build success', 'deploy success']);
  on.clock.move(500);
  expect(await seen(on, run)).toEqual(['completed', 'success', 'build success', 'deploy success']);
});

test('the run is named after tag and key, and its deployment carries the commit of the tag', async () => {
  const on = await stage();
  const run = await dispatch(on);
  on.clock.move(60_000);
  const { data } = await on.octokit.rest.actions.getWorkflowRun({ ...HERE, run_id: run });
  expect(data).toMatchObject({ display_title: 'Deploy v2.13.2 (INC-1/rb1)', head_branch: 'main', event: 'workflow_dispatch', head_sha: releaseSha('v2.14.0') });
  const [deployment] = (await on.octokit.rest.repos.listDeployments({ ...HERE, environment: 'production' })).data;
  expect(deployment).toMatchObject({ ref: 'v2.13.2', sha: releaseSha('v2.13.2'), payload: { tagback_id: 'INC-1/rb1' } });
});

test('lists show a new run late, its own address at once', async () => {
  const on = await stage({ listedAfterMs: 8_000 });
  const run = await dispatch(on);
  const listed = async () =>
    (await on.octokit.rest.actions.listWorkflowRuns({ ...DEPLOY, event: 'workflow_dispatch', branch: 'main' })).data.workflow_runs.map((one) => one.id);
  expect(await listed()).toEqual([]);
  expect((await seen(on, run))[0]).toBe('queued');
  on.clock.move(8_000);
  expect(await listed()).toEqual([run]);
});

test('runs are found by event, branch, status and time of creation', async () => {
  const on = await stage();
  const run = await dispatch(on);
  on.clock.move(60_000);
  const found = async (query: object) => (await on.octokit.rest.actions.listWorkflowRunsForRepo({ ...HERE, ...query })).data.workflow_runs.map((one) => one.id);
  const since = new Date(START).toISOString();
  expect(await found({ created: `>=${since}` })).toEqual([run]);
  expect(await found({ created: `>${since}` })).toEqual([]);
  expect(await found({ created: `${since}..*` })).toEqual([run]);
  expect(await found({ created: since.slice(0, 10), event: 'workflow_dispatch' })).toEqual([run]);
  expect(await found({ created: `<${since}` })).toHaveLength(4);
  expect(await found({ branch: 'main' })).toEqual([run]);
  expect(await found({ status: 'failure' })).toEqual([]);
  expect(await found({ status: 'completed' })).toHaveLength(5);
});

test('an older server refuses return_run_details by name, and takes the dispatch without it', async () => {
  const on = await stage({ oldServer: true });
  const call = (more: object) => on.octokit.request('POST /repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches', { ...ROLLBACK, ...more });
  expect(await refusal(call({ return_run_details: true }))).toMatchObject({
    status: 422,
    message: expect.stringContaining('"return_run_details" is not a permitted key'),
  });
  expect(on.github.effects).toEqual([]);
  expect((await call({})).status).toBe(204);
  expect(on.github.effects).toHaveLength(1);
});

test.each([
  ['a required input is missing', { inputs: {} }, "Required input 'tag' not provided"],
  ['an input is not in the workflow', { inputs: { tag: 'v2.13.2', force: 'yes' } }, 'Unexpected inputs provided: ["force"]'],
  ['an input is not text', { inputs: { tag: 2 } }, 'is not a string'],
  ['the ref does not exist', { ref: 'v9.9.9', inputs: { tag: 'v2.13.2' } }, 'No ref found for: v9.9.9'],
  ['the ref is a commit', { ref: releaseSha('v2.13.2'), inputs: { tag: 'v2.13.2' } }, 'No ref found for'],
  ['a field is unknown', { inputs: { tag: 'v2.13.2' }, tag: 'v2.13.2' }, '"tag" is not a permitted key'],
  ['the workflow has no such trigger', { workflow_id: 'ci.yml' }, "Workflow does not have 'workflow_dispatch' trigger"],
])('nothing is dispatched when %s', async (_, wrong, message) => {
  const on = await stage();
  const call = on.octokit.request('POST /repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches', { ...DEPLOY, ref: 'main', ...wrong });
  expect(await refusal(call)).toMatchObject({ status: 422, message: expect.stringContaining(message) });
  expect([on.github.effects, on.github.runs().length]).toEqual([[], 4]);
});

test('a disabled workflow cannot be dispatched until it is enabled again', async () => {
  const on = await stage();
  await on.octokit.rest.actions.disableWorkflow(DEPLOY);
  expect((await on.octokit.rest.actions.getWorkflow(DEPLOY)).data.state).toBe('disabled_manually');
  expect(await refusal(on.octokit.rest.actions.createWorkflowDispatch(ROLLBACK))).toMatchObject({
    status: 422,
    message: expect.stringContaining('disabled workflow'),
  });
  await on.octokit.rest.actions.enableWorkflow(DEPLOY);
  expect((await on.octokit.rest.actions.createWorkflowDispatch(ROLLBACK)).status).toBe(204);
});

test('a tag that does not exist fails in the build and deploys nothing', async () => {
  const on = await stage({ onDeployed: () => expect.unreachable() });
  const run = await dispatch(on, { tag: 'v9.9.9' });
  on.clock.move(60_000);
  expect(await seen(on, run)).toEqual(['completed', 'failure', 'build failure']);
  expect(on.github.deployedTag()).toBe('v2.14.0');
});

test('a deploy that fails says so in run, job and deployment', async () => {
  const on = await stage({ outcome: () => 'failure', onDeployed: () => expect.unreachable() });
  const run = await dispatch(on);
  on.clock.move(60_000);
  expect(await seen(on, run)).toEqual(['completed', 'failure', 'build success', 'deploy failure']);
  const [deployment] = (await on.octokit.rest.repos.listDeployments(HERE)).data;
  const statuses = await on.octokit.rest.repos.listDeploymentStatuses({ ...HERE, deployment_id: deployment?.id ?? 0 });
  expect(statuses.data.map((one) => one.state)).toEqual(['failure', 'in_progress']);
});

test('a run that is cancelled in time does not deploy, one that is over cannot be cancelled', async () => {
  const on = await stage({ timing: TIMING, onDeployed: () => expect.unreachable() });
  const run = await dispatch(on);
  on.clock.move(3_500);
  expect((await on.octokit.rest.actions.cancelWorkflowRun({ ...HERE, run_id: run })).status).toBe(202);
  on.clock.move(60_000);
  expect(await seen(on, run)).toEqual(['completed', 'cancelled', 'build success', 'deploy cancelled']);
  expect(await refusal(on.octokit.rest.actions.cancelWorkflowRun({ ...HERE, run_id: run }))).toMatchObject({ status: 409 });
  expect(on.github.deployedTag()).toBe('v2.14.0');
});

test('an old run can be run again as a new attempt of itself, within 30 days', async () => {
  const deployed: string[] = [];
  const on = await stage({ onDeployed: (tag) => deployed.push(tag) });
  const [old] = (await on.octokit.rest.actions.listWorkflowRuns({ ...DEPLOY, branch: 'v2.13.2' })).data.workflow_runs;
  const rerun = () => on.octokit.rest.actions.reRunWorkflow({ ...HERE, run_id: old?.id ?? 0 });
  expect((await rerun()).status).toBe(201);
  expect(await refusal(rerun())).toMatchObject({ status: 403, message: expect.stringContaining('already running') });
  on.clock.move(60_000);
  const { data } = await on.octokit.rest.actions.getWorkflowRun({ ...HERE, run_id: old?.id ?? 0 });
  expect([data.run_attempt, data.conclusion, deployed]).toEqual([2, 'success', ['v2.13.2']]);
  on.clock.move(30 * 86_400_000);
  expect(await refusal(rerun())).toMatchObject({ status: 403, message: expect.stringContaining('over a month ago') });
});

test('"Latest" moves to the release it is given to, and never to a draft or a pre-release', async () => {
  const { octokit } = await stage();
  const id = async (tag: string) => (await octokit.rest.repos.listReleases(HERE)).data.find((one) => one.tag_name === tag)?.id ?? 0;
  const change = async (tag: string, to: object) =>
    octokit.request('PATCH /repos/{owner}/{repo}/releases/{release_id}', { ...HERE, release_id: await id(tag), ...to });
  const latest = async () => (await octokit.rest.repos.getLatestRelease(HERE)).data.tag_name;
  await change('v2.13.2', { make_latest: 'true' });
  expect(await latest()).toBe('v2.13.2');
  expect(await refusal(change('v2.14.0-rc.1', { make_latest: 'true' }))).toMatchObject({ status: 422 });
  expect(await refusal(change('v2.15.0', { make_latest: 'true' }))).toMatchObject({ status: 422 });
  expect(await refusal(change('v2.13.2', { make_latest: true }))).toMatchObject({ status: 422, message: expect.stringContaining('is not a string') });
  expect(await refusal(change('v2.13.2', { make_latest: 'yes' }))).toMatchObject({ status: 422 });
  expect(await refusal(change('v2.13.2', { latest: 'true' }))).toMatchObject({ status: 422 });
  await change('v2.13.2', { make_latest: 'legacy' });
  expect(await latest()).toBe('v2.14.0');
  await change('v2.14.0', { prerelease: true });
  expect(await latest()).toBe('v2.13.2');
});

test('an immutable release keeps its tag, but its marks may change', async () => {
  const at = Date.UTC(2026, 10, 1);
  const release = (tag: string) => ({
    tag,
    publishedAt: at,
    author: 'mira-k',
    body: '',
    immutable: true,
    commits: [{ title: tag, author: 'mira-k', at, files: [] }],
  });
  const { octokit } = await stage({ releases: [release('v1'), release('v2')] });
  const [newest] = (await octokit.rest.repos.listReleases(HERE)).data;
  const change = (to: object) => octokit.rest.repos.updateRelease({ ...HERE, release_id: newest?.id ?? 0, ...to });
  expect(await refusal(change({ tag_name: 'v1' }))).toMatchObject({ status: 422 });
  expect(await refusal(change({ draft: true }))).toMatchObject({ status: 422 });
  expect((await change({ prerelease: true })).data).toMatchObject({ prerelease: true, immutable: true });
});

const DISPATCHES = 'POST *dispatches';
test.each([
  ['reset-before', 0],
  ['500', 0],
  ['html', 0],
  ['401', 0],
  ['limit', 0],
  ['secondary', 0],
  ['reset-after', 1],
  ['502-after', 1],
] as const)('after the fault %s there are %i runs, and the next call goes through', async (fault, effects) => {
  const on = await stage();
  on.github.faults.next(DISPATCHES, fault);
  const body = JSON.stringify({ ref: 'main', inputs: ROLLBACK.inputs });
  const send = () =>
    fetch(`${on.github.url}/repos/acme/shop/actions/workflows/deploy.yml/dispatches`, {
      method: 'POST',
      body,
      headers: { authorization: `Bearer ${SANDBOX_TOKEN}` },
    });
  const first = await send().then(
    (response) => response.status,
    () => 'cut',
  );
  expect(first).not.toBe(204);
  expect([on.github.effects.length, on.github.faults.struck[fault]]).toEqual([effects, 1]);
  on.github.leave(10, SANDBOX_TOKEN);
  expect((await send()).status).toBe(204);
});

test('a hanging request is never answered and does nothing', async () => {
  const { github } = await stage();
  github.faults.next(/^GET .*latest$/, 'hang');
  const octokit = octokitFor(github, SANDBOX_TOKEN);
  const controller = new AbortController();
  const call = octokit.rest.repos.getLatestRelease({ ...HERE, request: { signal: controller.signal } });
  while (github.faults.struck.hang !== 1) await new Promise((go) => setImmediate(go));
  controller.abort();
  await expect(call).rejects.toThrow('abort');
  expect(github.requests.at(-1)).toMatchObject({ fault: 'hang', status: undefined });
});

test('while it is down nobody gets through, and afterwards everything is as it was', async () => {
  const on = await stage();
  const run = await dispatch(on);
  on.github.faults.down(true);
  await expect(on.octokit.rest.repos.getLatestRelease(HERE)).rejects.toThrow();
  on.github.faults.down(false);
  expect((await seen(on, run))[0]).toBe('queued');
});
