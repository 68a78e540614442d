import { expect, test } from 'vitest';
import { SANDBOX_TOKEN } from '../../src/sandbox/github/server.ts';
import { releaseSha } from '../../src/sandbox/github/shas.ts';
import { HERE, type Stage, stage } from './github-stage.ts';

const [BAD, GOOD] = [releaseSha('v2.14.0'), releaseSha('v2.13.2')];

/** Every write that rolls something back, as it is sent. */
const WRITES: readonly (readonly [name: string, method: string, path: (on: Stage) => string, body: object])[] = [
  ['a deployment', 'POST', () => '/deployments', { ref: 'v2.13.2', auto_merge: false, required_contexts: [] }],
  ['a rerun', 'POST', ({ github }) => `/actions/runs/${github.runs().find(({ tag }) => tag === 'v2.13.2')?.id}/rerun`, {}],
  ['an event', 'POST', () => '/dispatches', { event_type: 'rollback', client_payload: { tag: 'v2.13.2' } }],
  ['a moved ref', 'PATCH', () => '/git/refs/heads/stable', { sha: GOOD, force: true }],
  ['a new branch', 'POST', () => '/git/refs', { ref: 'refs/heads/back', sha: GOOD }],
  ['a commit', 'POST', () => '/git/commits', { message: 'back', tree: '', parents: [BAD] }],
  ['a pull request', 'POST', () => '/pulls', { title: 'back', head: 'ahead', base: 'stable' }],
];
const DONE = ['reset-after', '502-after', 'hang-after'] as const;
const NOT_DONE = ['reset-before', '500', 'html', '401', '409', 'secondary', 'hang'] as const;

test.each(WRITES)('%s is done once when only its answer is lost, and not at all when it never arrived', async (_, method, path, body) => {
  const on = await stage({ follows: 'tags/none' });
  const { tree } = (await on.octokit.rest.git.getCommit({ ...HERE, commit_sha: GOOD })).data;
  await on.octokit.rest.git.createRef({ ...HERE, ref: 'refs/heads/ahead', sha: BAD });
  await on.octokit.rest.git.updateRef({ ...HERE, ref: 'heads/stable', sha: GOOD, force: true });
  const text = JSON.stringify('tree' in body ? { ...body, tree: tree.sha } : body);
  const [fresh, url] = [on.github.effects.length, `/repos/acme/shop${path(on)}`];
  for (const fault of NOT_DONE) {
    on.github.faults.next(`${method} ${url}`, fault);
    await send(on, { method, url, text });
    expect([fault, on.github.faults.struck[fault], on.github.effects.length]).toEqual([fault, 1, fresh]);
  }
  const fault = DONE[WRITES.findIndex(([, , , one]) => one === body) % DONE.length] ?? 'reset-after';
  on.github.faults.next(`${method} ${url}`, fault);
  await send(on, { method, url, text });
  expect([fault, on.github.faults.struck[fault], on.github.effects.length]).toEqual([fault, 1, fresh + 1]);
});

/** Ends when the fault has struck: a hanging request is given up then. */
async function send({ github }: Stage, { method, url, text }: { method: string; url: string; text: string }): Promise<void> {
  const controller = new AbortController();
  const before = github.requests.length;
  const headers = { authorization: `Bearer ${SANDBOX_TOKEN}` };
  const body = text === '' ? null : text;
  let over = false;
  const call = fetch(github.url + url, { method, body, headers, signal: controller.signal })
    .then((response) => response.text())
    .catch(() => 'cut')
    .finally(() => {
      over = true;
    });
  while (!over && github.requests.length === before) await new Promise((go) => setImmediate(go));
  const fault = github.requests.at(-1)?.fault;
  if (fault === 'hang' || fault === 'hang-after') controller.abort();
  await call;
}

test('reads of every kind can hang, break and be cut as well', async () => {
  const on = await stage();
  const reads = ['/environments/production', '/pulls', '/git/ref/heads/stable', `/git/commits/${GOOD}`, '/deployments', '/actions/workflows/deploy.yml/runs'];
  for (const read of reads) {
    for (const fault of ['500', 'reset-before', 'hang'] as const) {
      on.github.faults.next(`GET /repos/acme/shop${read}`, fault);
      await send(on, { method: 'GET', url: `/repos/acme/shop${read}`, text: '' });
    }
  }
  expect(on.github.faults.struck).toEqual({ '500': reads.length, 'reset-before': reads.length, hang: reads.length });
});

test('the store of the logs can fail by itself', async () => {
  const on = await stage();
  const run = on.github.runs()[0]?.id ?? 0;
  const { jobs } = (await on.octokit.rest.actions.listJobsForWorkflowRun({ ...HERE, run_id: run })).data;
  on.github.faults.next('GET /_logs/*', '500');
  await expect(on.octokit.rest.actions.downloadJobLogsForWorkflowRun({ ...HERE, job_id: jobs[0]?.id ?? 0 })).rejects.toMatchObject({ status: 503 });
  on.github.faults.next('GET /_logs/*', 'reset-before');
  await expect(on.octokit.rest.actions.downloadJobLogsForWorkflowRun({ ...HERE, job_id: jobs[0]?.id ?? 0 })).rejects.toThrow();
  expect((await on.octokit.rest.actions.downloadJobLogsForWorkflowRun({ ...HERE, job_id: jobs[0]?.id ?? 0 })).status).toBe(200);
});
