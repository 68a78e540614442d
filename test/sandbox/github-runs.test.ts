import { expect, test } from 'vitest';
import { FAKE_SECRET } from '../../src/sandbox/github/logs.ts';
import { releaseSha } from '../../src/sandbox/github/shas.ts';
import { shapeFlaws } from './github-shapes.ts';
import { DEPLOY, HERE, octokitFor, refusal, type Stage, stage } from './github-stage.ts';

const DAY_MS = 86_400_000;
const EVENT = { ...HERE, event_type: 'rollback', client_payload: { tag: 'v2.13.2', tagback_id: 'INC-1/rb1' } };

/** Dispatches a deploy of v2.13.2 and gives back its run. */
async function dispatch({ octokit, github }: Stage): Promise<number> {
  await octokit.rest.actions.createWorkflowDispatch({ ...DEPLOY, ref: 'main', inputs: { tag: 'v2.13.2' } });
  return github.runs()[0]?.id ?? 0;
}

async function seen({ octokit }: Stage, run: number) {
  const { data } = await octokit.rest.actions.getWorkflowRun({ ...HERE, run_id: run });
  const { data: jobs } = await octokit.rest.actions.listJobsForWorkflowRun({ ...HERE, run_id: run });
  expect([shapeFlaws(data, 'workflow-run'), shapeFlaws(jobs, 'jobs:job')]).toEqual([[], []]);
  return [data.status, data.conclusion, ...jobs.jobs.map((job) => `${job.name} ${job.conclusion ?? job.status}`)];
}

async function listed({ octokit }: Stage, query: object) {
  return (await octokit.rest.actions.listWorkflowRuns({ ...DEPLOY, ...query })).data.workflow_runs;
}

test('every release left a successful run to run again, found by status, branch and commit', async () => {
  const on = await stage({ oldRelease: true });
  for (const tag of ['v2.12.4', 'v2.13.0', 'v2.13.1', 'v2.13.2', 'v2.14.0']) {
    const run = { display_title: `Deploy ${tag}`, head_branch: tag, head_sha: releaseSha(tag), conclusion: 'success', run_attempt: 1 };
    expect(await listed(on, { status: 'success', branch: tag })).toMatchObject([run]);
    expect(await listed(on, { status: 'success', head_sha: releaseSha(tag) })).toMatchObject([run]);
  }
  expect(await listed(on, { status: 'success' })).toHaveLength(5);
  expect(await listed(on, { status: 'failure' })).toEqual([]);
});

test('a run that is run again fails or lands as its new attempt, and what its first one did stays as it was', async () => {
  const on = await stage({ outcome: () => 'failure', onDeployed: () => expect.unreachable() });
  const [old] = await listed(on, { branch: 'v2.13.2' });
  const before = (await on.octokit.rest.repos.listDeployments({ ...HERE, ref: 'v2.13.2' })).data;
  await on.octokit.rest.actions.reRunWorkflow({ ...HERE, run_id: old?.id ?? 0 });
  expect(await seen(on, old?.id ?? 0)).toEqual(['queued', null, 'build queued']);
  on.clock.move(60_000);
  expect(await seen(on, old?.id ?? 0)).toEqual(['completed', 'failure', 'build success', 'deploy failure']);
  const after = (await on.octokit.rest.repos.listDeployments({ ...HERE, ref: 'v2.13.2' })).data;
  expect([after.length, after.at(-1)]).toEqual([2, before[0]]);
  expect([on.github.deployedTag(), on.github.runs().length]).toEqual(['v2.14.0', 4]);
});

test('a run from more than 30 days ago cannot be run again', async () => {
  const on = await stage({ oldRelease: true, onDeployed: () => expect.unreachable() });
  const [old] = await listed(on, { branch: 'v2.12.4' });
  expect(await refusal(on.octokit.rest.actions.reRunWorkflow({ ...HERE, run_id: old?.id ?? 0 }))).toMatchObject({
    status: 403,
    message: expect.stringContaining('created over a month ago'),
  });
  on.clock.move(60_000);
  expect(on.github.effects).toEqual([]);
});

test('an event from outside starts the workflow of the default branch, whose run carries the key', async () => {
  const deployed: string[] = [];
  const on = await stage({ listedAfterMs: 8_000, onDeployed: (tag) => deployed.push(tag) });
  expect((await on.octokit.rest.repos.createDispatchEvent(EVENT)).status).toBe(204);
  expect(await listed(on, { event: 'repository_dispatch' })).toEqual([]);
  on.clock.move(8_000);
  expect(await listed(on, { event: 'repository_dispatch' })).toMatchObject([
    { display_title: 'Deploy v2.13.2 (INC-1/rb1)', head_branch: 'main', conclusion: 'success' },
  ]);
  expect(deployed).toEqual(['v2.13.2']);
  const [deployment] = (await on.octokit.rest.repos.listDeployments(HERE)).data;
  expect(deployment).toMatchObject({ ref: 'v2.13.2', sha: releaseSha('v2.13.2'), payload: { tagback_id: 'INC-1/rb1' } });
  expect(on.github.effects).toMatchObject([{ kind: 'repository-dispatch', detail: { event: 'rollback', payload: EVENT.client_payload } }]);
});

test('an event nobody listens to is taken all the same and starts nothing', async () => {
  for (const listensTo of [[], ['deploy']]) {
    const on = await stage({ listensTo });
    expect((await on.octokit.rest.repos.createDispatchEvent(EVENT)).status).toBe(204);
    on.clock.move(60_000);
    expect([on.github.runs().length, on.github.deployedTag(), on.github.effects.length]).toEqual([4, 'v2.14.0', 1]);
  }
});

test.each([
  ['its type is too long', { event_type: 'x'.repeat(101) }, 'Only 100 characters are allowed; 101 were supplied'],
  ['its payload has eleven keys', { client_payload: Object.fromEntries(Array.from({ length: 11 }, (_, n) => [`k${n}`, n])) }, 'No more than 10 properties'],
  ['its payload is too large', { client_payload: { text: 'x'.repeat(65_600) } }, 'too large'],
  ['a field is unknown', { payload: {} }, '"payload" is not a permitted key'],
])('an event is refused when %s', async (_, wrong, message) => {
  const on = await stage();
  expect(await refusal(on.octokit.rest.repos.createDispatchEvent({ ...EVENT, ...wrong }))).toMatchObject({
    status: 422,
    message: expect.stringContaining(message),
  });
  expect([on.github.effects, on.github.runs().length]).toEqual([[], 4]);
});

test('a run may come into being late: until then it is nowhere, and it deploys after that', async () => {
  const deployed: string[] = [];
  const on = await stage({ runAppearsAfterMs: 60_000, onDeployed: (tag) => deployed.push(tag) });
  const run = await dispatch(on);
  on.clock.move(59_999);
  expect(await refusal(on.octokit.rest.actions.getWorkflowRun({ ...HERE, run_id: run }))).toMatchObject({ status: 404 });
  expect(await listed(on, { event: 'workflow_dispatch' })).toEqual([]);
  on.clock.move(1);
  expect((await listed(on, { event: 'workflow_dispatch' })).map(({ id, status }) => [id, status])).toEqual([[run, 'queued']]);
  on.clock.move(60_000);
  expect([deployed, await seen(on, run)]).toEqual([['v2.13.2'], ['completed', 'success', 'build success', 'deploy success']]);
});

test('a protected environment says what it asks for; the run waits until somebody lets it go on', async () => {
  const deployed: string[] = [];
  const protection = { reviewers: ['grace-h', 'lin-w'], preventSelfReview: true, waitMinutes: 5, branchPolicy: true };
  const on = await stage({ environments: { production: protection }, onDeployed: (tag) => deployed.push(tag) });
  const { data } = await on.octokit.rest.repos.getEnvironment({ ...HERE, environment_name: 'production' });
  expect(shapeFlaws(data, 'environment')).toEqual([]);
  expect(data.protection_rules).toMatchObject([
    { type: 'wait_timer', wait_timer: 5 },
    { type: 'required_reviewers', prevent_self_review: true, reviewers: [{ reviewer: { login: 'grace-h' } }, { reviewer: { login: 'lin-w' } }] },
    { type: 'branch_policy' },
  ]);
  const run = await dispatch(on);
  expect(() => on.github.approve(run)).toThrow('it is queued');
  on.clock.move(10 * 60_000);
  expect(await seen(on, run)).toEqual(['waiting', null, 'build success', 'deploy waiting']);
  const { data: pending } = await on.octokit.rest.actions.getPendingDeploymentsForRun({ ...HERE, run_id: run });
  expect([shapeFlaws(pending, '[]pending-deployment'), pending[0]?.current_user_can_approve]).toEqual([[], false]);
  const [deployment] = (await on.octokit.rest.repos.listDeployments(HERE)).data;
  const { data: statuses } = await on.octokit.rest.repos.listDeploymentStatuses({ ...HERE, deployment_id: deployment?.id ?? 0 });
  expect(statuses.map(({ state }) => String(state))).toEqual(['waiting']);
  on.clock.move(30 * DAY_MS);
  expect(deployed).toEqual([]);
  on.github.approve(run, 'grace-h');
  expect(await seen(on, run)).toEqual(['in_progress', null, 'build success', 'deploy in_progress']);
  on.clock.move(60_000);
  expect([deployed, await seen(on, run)]).toEqual([['v2.13.2'], ['completed', 'success', 'build success', 'deploy success']]);
});

test('a run that was turned down fails, one that is cancelled while it waits is cancelled', async () => {
  const on = await stage({ environments: { production: { reviewers: ['grace-h'] } }, onDeployed: () => expect.unreachable() });
  const [first, second] = [await dispatch(on), await dispatch(on)];
  on.clock.move(60_000);
  on.github.reject(first);
  on.github.cancel(second);
  on.clock.move(60_000);
  expect([await seen(on, first), await seen(on, second)]).toEqual([
    ['completed', 'failure', 'build success', 'deploy failure'],
    ['completed', 'cancelled', 'build success', 'deploy cancelled'],
  ]);
  expect(on.github.deployedTag()).toBe('v2.14.0');
});

test('two approvals are one, and the timer still runs its time', async () => {
  const deployed: string[] = [];
  const on = await stage({ environments: { production: { reviewers: ['grace-h'], waitMinutes: 5 } }, onDeployed: (tag) => deployed.push(tag) });
  const run = await dispatch(on);
  on.clock.move(60_000);
  on.github.approve(run);
  expect(() => on.github.approve(run)).toThrow('was reviewed already');
  expect((await seen(on, run))[0]).toBe('waiting');
  on.clock.move(10 * 60_000);
  expect(deployed).toEqual(['v2.13.2']);
});

test('a wait timer alone lets the run go on by itself', async () => {
  const deployed: string[] = [];
  const on = await stage({ environments: { production: { waitMinutes: 1 } }, onDeployed: (tag) => deployed.push(tag) });
  const run = await dispatch(on);
  on.clock.move(30_000);
  expect((await seen(on, run))[0]).toBe('waiting');
  on.clock.move(60_000);
  expect(deployed).toEqual(['v2.13.2']);
});

test('somebody cancels a run on its page: that is no effect of the API, and it can be done once', async () => {
  const on = await stage({ onDeployed: () => expect.unreachable() });
  const run = await dispatch(on);
  on.clock.move(3_500);
  on.github.cancel(run);
  expect(await seen(on, run)).toEqual(['completed', 'cancelled', 'build success', 'deploy cancelled']);
  expect(() => on.github.cancel(run)).toThrow('is over');
  on.clock.move(60_000);
  expect(on.github.effects.map(({ kind }) => kind)).toEqual(['dispatch']);
});

test('somebody deploys by hand: a run and a deployment without a key, and no effect of the API', async () => {
  const deployed: string[] = [];
  const on = await stage({ onDeployed: (tag) => deployed.push(tag) });
  on.github.deploy('v2.13.1', 'oleg-s');
  on.clock.move(60_000);
  expect([deployed, on.github.deployedTag(), on.github.effects]).toEqual([['v2.13.1'], 'v2.13.1', []]);
  expect(await listed(on, { event: 'workflow_dispatch' })).toMatchObject([{ display_title: 'Deploy v2.13.1', actor: { login: 'oleg-s' } }]);
});

test('the log of a job that failed is fetched where GitHub keeps it: moments, colours, and the secret somebody printed', async () => {
  const on = await stage({ outcome: () => 'failure' });
  const run = await dispatch(on);
  on.clock.move(3_500);
  const { jobs } = (await on.octokit.rest.actions.listJobsForWorkflowRun({ ...HERE, run_id: run })).data;
  const deploy = jobs.find(({ name }) => name === 'deploy')?.id ?? 0;
  const ask = () => on.octokit.rest.actions.downloadJobLogsForWorkflowRun({ ...HERE, job_id: deploy });
  expect(await refusal(ask())).toMatchObject({ status: 404 }); // still running
  on.clock.move(60_000);
  const text = String((await ask()).data);
  const lines = text.trimEnd().split('\n');
  expect(lines[0]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z Current runner version/);
  expect(lines.every((line) => /^\S+\.\d{7}Z /.test(line))).toBe(true);
  expect(text).toContain('\u001b[31mError: connect ECONNREFUSED');
  expect(text).toContain(FAKE_SECRET);
  expect(lines.at(-1)).toContain('##[error]Process completed with exit code 1.');
  const first = await fetch(`${on.github.url}/repos/acme/shop/actions/jobs/${deploy}/logs`, {
    redirect: 'manual',
    headers: { authorization: 'Bearer ghp_sandbox' },
  });
  const location = first.headers.get('location') ?? '';
  const stored = await fetch(location); // no credentials needed there
  expect([first.status, stored.status]).toEqual([302, 200]);
  expect([...new Uint8Array(await stored.arrayBuffer())].slice(0, 3)).toEqual([0xef, 0xbb, 0xbf]); // a byte order mark, as GitHub has it
  expect((await fetch(location.replace('sig=', 'sig=0'))).status).toBe(403);
  on.clock.move(61_000);
  expect((await fetch(location)).status).toBe(403); // and only for a minute
  expect(await refusal(octokitFor(on.github, undefined).rest.actions.reRunWorkflow({ ...HERE, run_id: run }))).toMatchObject({ status: 401 });
});

test('each way a job ends has its log', async () => {
  const on = await stage({ environments: { production: { reviewers: ['grace-h'] } } });
  const last = async (run: number, name: string) => {
    const { jobs } = (await on.octokit.rest.actions.listJobsForWorkflowRun({ ...HERE, run_id: run })).data;
    const { data } = await on.octokit.rest.actions.downloadJobLogsForWorkflowRun({ ...HERE, job_id: jobs.find((job) => job.name === name)?.id ?? 0 });
    return String(data).trimEnd().split('\n').at(-1);
  };
  const [good, turnedDown, stopped] = [await dispatch(on), await dispatch(on), await dispatch(on)];
  on.clock.move(60_000);
  on.github.approve(good);
  on.github.reject(turnedDown);
  on.github.cancel(stopped);
  on.clock.move(60_000);
  expect(await last(good, 'build')).toContain('built in');
  expect(await last(good, 'deploy')).toContain('production runs v2.13.2');
  expect(await last(turnedDown, 'deploy')).toContain('rejected by grace-h');
  expect(await last(stopped, 'deploy')).toContain('The operation was canceled.');
});
