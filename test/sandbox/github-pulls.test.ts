import { expect, test } from 'vitest';
import { releaseSha } from '../../src/sandbox/github/shas.ts';
import { shapeFlaws } from './github-shapes.ts';
import { HERE, octokitFor, refusal, type Stage, stage } from './github-stage.ts';

const BRANCH = 'tagback/inc-1-rb1';

/** A branch whose one commit brings the files of a release back. */
async function branch({ octokit }: Stage, tag = 'v2.13.2', name = BRANCH): Promise<void> {
  const [base, target] = await Promise.all(
    ['v2.14.0', tag].map(async (one) => (await octokit.rest.git.getCommit({ ...HERE, commit_sha: releaseSha(one) })).data),
  );
  const { data } = await octokit.rest.git.createCommit({ ...HERE, message: `Back to ${tag}`, tree: target?.tree.sha ?? '', parents: [base?.sha ?? ''] });
  await octokit.rest.git.createRef({ ...HERE, ref: `refs/heads/${name}`, sha: data.sha });
}

const open = ({ octokit }: Stage, more: object = {}) =>
  octokit.rest.pulls.create({ ...HERE, title: 'Back to v2.13.2', body: 'Undoes 2 pull requests', head: BRANCH, base: 'main', ...more });

test('a pull request is opened once, found by its branch, and tells what it would undo', async () => {
  const on = await stage();
  await branch(on);
  const { status, data } = await open(on);
  expect([status, shapeFlaws(data, 'pull-request')]).toEqual([201, []]);
  expect(data).toMatchObject({ state: 'open', merged: false, mergeable: true, commits: 1, changed_files: 14, head: { ref: BRANCH }, base: { ref: 'main' } });
  expect(await refusal(open(on))).toMatchObject({ status: 422, message: expect.stringContaining(`A pull request already exists for acme:${BRANCH}.`) });
  const found = async (query: object) => (await on.octokit.rest.pulls.list({ ...HERE, ...query })).data;
  const [listed] = await found({ head: `acme:${BRANCH}`, state: 'all' });
  expect([listed?.number, shapeFlaws([listed], '[]pull-request-simple')]).toEqual([data.number, []]);
  expect(await found({ head: 'acme:other', state: 'all' })).toEqual([]);
  expect(await found({ head: 'other' })).toHaveLength(1); // GitHub ignores a head without an owner
  expect(await found({ base: 'stable' })).toEqual([]);
  expect(on.github.effects.filter(({ kind }) => kind === 'pull')).toHaveLength(1);
  expect((await fetch(data.html_url)).status).toBe(200);
});

test.each([
  ['the branch does not exist', { head: 'nowhere' }, 'head'],
  ['the base does not exist', { base: 'nowhere' }, 'base'],
  ['there is nothing in it', { head: 'main' }, 'No commits between main and main'],
  ['it has no title', { title: '' }, 'missing_field'],
  ['a field is unknown', { reviewers: [] }, '"reviewers" is not a permitted key'],
])('no pull request is opened when %s', async (_, wrong, message) => {
  const on = await stage();
  await branch(on);
  expect(await refusal(open(on, wrong))).toMatchObject({ status: 422, message: expect.stringContaining(message) });
  expect(on.github.pulls()).toEqual([]);
});

test('merged by a person, main holds the files of the target and production gets them', async () => {
  const deployed: string[] = [];
  const on = await stage({ onDeployed: (tag) => deployed.push(tag) });
  await branch(on);
  const { number } = (await open(on)).data;
  const changes = on.github.effects.length;
  on.github.merge(number, 'grace-h');
  const { data } = await on.octokit.rest.pulls.get({ ...HERE, pull_number: number });
  expect([shapeFlaws(data, 'pull-request'), on.github.effects.length]).toEqual([[], changes]); // a person did it, not the API
  expect(data).toMatchObject({ state: 'closed', merged: true, merged_by: { login: 'grace-h' }, merge_commit_sha: on.github.commitAt('heads/main') });
  const tree = async (sha: string | undefined) => (await on.octokit.rest.git.getCommit({ ...HERE, commit_sha: sha ?? '' })).data;
  const merge = await tree(data.merge_commit_sha ?? '');
  expect([merge.tree.sha, merge.parents.length]).toEqual([(await tree(releaseSha('v2.13.2'))).tree.sha, 2]);
  on.clock.move(60_000);
  expect([deployed, on.github.deployedTag()]).toEqual([['v2.13.2'], 'v2.13.2']);
  const [run] = (await on.octokit.rest.actions.listWorkflowRunsForRepo({ ...HERE, event: 'push', branch: 'main' })).data.workflow_runs;
  expect(run).toMatchObject({ head_sha: data.merge_commit_sha, conclusion: 'success' });
  expect((await on.octokit.rest.repos.listDeployments(HERE)).data[0]).toMatchObject({ ref: 'main', sha: data.merge_commit_sha });
  expect((await on.octokit.rest.pulls.list({ ...HERE, head: `acme:${BRANCH}` })).data).toEqual([]); // no longer open
});

test('a merge deploys nothing where main is not deployed', async () => {
  const on = await stage({ deploysMerges: false, onDeployed: () => expect.unreachable() });
  await branch(on);
  on.github.merge((await open(on)).data.number);
  on.clock.move(60_000);
  expect(on.github.deployedTag()).toBe('v2.14.0');
});

test('when main went on meanwhile it has conflicts, and is not merged', async () => {
  const on = await stage();
  await branch(on);
  await branch(on, 'v2.13.1', 'other');
  const [first, second] = [(await open(on)).data.number, (await open(on, { head: 'acme:other' })).data.number];
  on.github.merge(second);
  const { data } = await on.octokit.rest.pulls.get({ ...HERE, pull_number: first });
  expect([data.mergeable, data.mergeable_state]).toEqual([false, 'dirty']);
  expect(() => on.github.merge(first)).toThrow('has conflicts with its base');
  expect(() => on.github.merge(second)).toThrow('merged already');
  expect(() => on.github.merge(1)).toThrow('no pull request 1');
});

test('it can be closed and opened again through the API, closed by a person, and needs its permission', async () => {
  const on = await stage({
    tokens: { ghp_sandbox: { permissions: { contents: 'write', pull_requests: 'write' } }, weak: { permissions: { contents: 'write' } } },
  });
  await branch(on);
  const { number } = (await open(on)).data;
  const set = async (state: 'open' | 'closed') => (await on.octokit.rest.pulls.update({ ...HERE, pull_number: number, state })).data.state;
  expect([await set('closed'), await set('open')]).toEqual(['closed', 'open']);
  on.github.closePull(number);
  expect((await on.octokit.rest.pulls.get({ ...HERE, pull_number: number })).data).toMatchObject({ state: 'closed', merged: false });
  expect(() => on.github.closePull(number)).toThrow('no open pull request');
  const weak = { ...on, octokit: octokitFor(on.github, 'weak') };
  expect(await refusal(open(weak))).toMatchObject({ status: 403, headers: { 'x-accepted-github-permissions': 'pull_requests=write' } });
});
