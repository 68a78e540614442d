import { expect, test } from 'vitest';
import { SANDBOX_TOKEN } from '../../src/sandbox/github/server.ts';
import { releaseSha } from '../../src/sandbox/github/shas.ts';
import { shapeFlaws } from './github-shapes.ts';
import { DEPLOY, HERE, octokitFor, refusal, stage } from './github-stage.ts';

const RELEASES = '/repos/acme/shop/releases';
const ACTIONS = '/repos/acme/shop/actions';

/** What GitHub's OpenAPI description says each of these answers is; `[]` a list of it. */
const ANSWERS: readonly (readonly [path: string, schema: string])[] = [
  ['/repos/acme/shop', 'full-repository'],
  [RELEASES, '[]release'],
  [`${RELEASES}/latest`, 'release'],
  [`${RELEASES}/tags/v2.13.2`, 'release'],
  ['/repos/acme/shop/tags', '[]tag'],
  ['/repos/acme/shop/git/ref/tags/v2.13.2', 'git-ref'],
  ['/repos/acme/shop/git/ref/tags%2Fv2.14.0', 'git-ref'],
  ['/repos/acme/shop/git/ref/heads/stable', 'git-ref'],
  [`/repos/acme/shop/git/commits/${releaseSha('v2.14.0')}`, 'git-commit'],
  ['/repos/acme/shop/commits?sha=v2.14.0&path=src/cart/total.ts', '[]commit'],
  ['/repos/acme/shop/commits/v2.14.0', 'commit'],
  ['/repos/acme/shop/compare/v2.13.2...v2.14.0', 'commit-comparison'],
  ['/repos/acme/shop/contents/.github/workflows/deploy.yml', 'content-file'],
  [`${ACTIONS}/workflows/deploy.yml`, 'workflow'],
  ['/repos/acme/shop/deployments', '[]deployment'],
  ['/repos/acme/shop/environments/production', 'environment'],
  ['/rate_limit', 'rate-limit-overview'],
  ['/user', 'public-user'],
  ['/no/such/thing', 'basic-error'],
];

test("every answer has the shape GitHub's own description gives it", async () => {
  const { github, octokit, clock } = await stage();
  const check = shapeCheck(github.url);
  for (const [path, schema] of ANSWERS) expect(await check(path, schema), path).toEqual([]);
  const { data: ref } = await octokit.rest.git.getRef({ ...HERE, ref: 'tags/v2.14.0' });
  expect(await check(`/repos/acme/shop/git/tags/${ref.object.sha}`, 'git-tag')).toEqual([]);
  await octokit.rest.actions.createWorkflowDispatch({ ...DEPLOY, ref: 'main', inputs: { tag: 'v2.13.2' } });
  const run = github.runs()[0]?.id;
  for (const ms of [0, 1_500, 2_000, 2_000]) {
    clock.move(ms); // queued, building, deploying, over
    expect(await check(`${ACTIONS}/runs/${run}`, 'workflow-run')).toEqual([]);
    expect(await check(`${ACTIONS}/runs/${run}/jobs`, 'jobs:job')).toEqual([]);
  }
  expect(await check(`${ACTIONS}/runs`, 'workflow_runs:workflow-run')).toEqual([]);
  const [deployment] = (await octokit.rest.repos.listDeployments(HERE)).data;
  expect(await check(`/repos/acme/shop/deployments/${deployment?.id}/statuses`, '[]deployment-status')).toEqual([]);
});

/** Gives back what is wrong with the answer at a path. */
function shapeCheck(url: string) {
  return async (path: string, name: string): Promise<readonly string[]> => {
    const response = await fetch(url + path, { headers: { authorization: `Bearer ${SANDBOX_TOKEN}` } });
    return shapeFlaws(await response.json(), name);
  };
}

test('the releases come newest first, drafts only for those who may push, and v2.14.0 is the latest', async () => {
  const { github, octokit } = await stage();
  const tags = async (token: string | undefined) => (await octokitFor(github, token).rest.repos.listReleases(HERE)).data.map((one) => one.tag_name);
  expect(await tags(SANDBOX_TOKEN)).toEqual(['v2.15.0', 'v2.14.0', 'v2.14.0-rc.1', 'v2.13.2', 'v2.13.1', 'v2.13.0']);
  expect(await tags(undefined)).toEqual(['v2.14.0', 'v2.14.0-rc.1', 'v2.13.2', 'v2.13.1', 'v2.13.0']);
  expect((await octokit.rest.repos.getLatestRelease(HERE)).data.tag_name).toBe('v2.14.0');
  expect(await refusal(octokit.rest.repos.getReleaseByTag({ ...HERE, tag: 'v2.15.0' }))).toMatchObject({ status: 404 });
});

test('an annotated tag is an object of its own that leads to the commit', async () => {
  const { octokit } = await stage();
  const { data: ref } = await octokit.rest.git.getRef({ ...HERE, ref: 'tags/v2.14.0' });
  expect(ref.object.type).toBe('tag');
  const { data: tag } = await octokit.rest.git.getTag({ ...HERE, tag_sha: ref.object.sha });
  expect(tag.object).toMatchObject({ type: 'commit', sha: releaseSha('v2.14.0') });
  const { data: plain } = await octokit.rest.git.getRef({ ...HERE, ref: 'tags/v2.13.2' });
  expect(plain.object).toMatchObject({ type: 'commit', sha: releaseSha('v2.13.2') });
  expect(await refusal(octokit.rest.git.getRef({ ...HERE, ref: 'tags/v9' }))).toMatchObject({ status: 404 });
  expect(await refusal(octokit.rest.repos.getCommit({ ...HERE, ref: 'v9' }))).toMatchObject({ status: 422 });
});

test('from v2.13.2 to v2.14.0 fourteen files changed, the cart total among them, and no migration unless asked for', async () => {
  const { octokit } = await stage();
  const { data } = await octokit.rest.repos.compareCommitsWithBasehead({ ...HERE, basehead: 'v2.13.2...v2.14.0' });
  const files = data.files?.map((file) => file.filename) ?? [];
  expect(data).toMatchObject({ status: 'ahead', ahead_by: 6, behind_by: 0, total_commits: 6 });
  expect(data.commits.map((one) => one.commit.message).at(-1)).toBe('Release v2.14.0'); // oldest first
  expect(data.commits.map((one) => one.sha).at(-1)).toBe(releaseSha('v2.14.0'));
  expect(files).toHaveLength(14);
  expect(files).toContain('src/cart/total.ts');
  expect(files.filter((file) => file.startsWith('db/'))).toEqual([]);
  const { octokit: other } = await stage({ migration: true });
  const migrated = await other.rest.repos.compareCommitsWithBasehead({ ...HERE, basehead: 'v2.13.2...v2.14.0' });
  expect(migrated.data.files?.filter((file) => file.filename.startsWith('db/migrate/'))).toHaveLength(1);
});

test('the commits of a file are those that touched it up to the ref, newest first; of a folder, those of anything below it', async () => {
  const { octokit } = await stage();
  const titles = async (query: object) => (await octokit.rest.repos.listCommits({ ...HERE, ...query })).data.map(({ commit }) => commit.message);
  const [tax, discount] = ['Checkout: show the tax per line (#463)', 'Checkout: name the discount in the summary (#477)'];
  expect(await titles({ sha: 'v2.14.0', path: 'src/checkout/summary.ts' })).toEqual([discount, tax]);
  expect(await titles({ path: 'src/checkout/summary.ts', per_page: 1 })).toEqual([discount]); // main, where none is named
  expect(await titles({ path: 'src/checkout/summary.ts', per_page: 1, page: 2 })).toEqual([tax]);
  expect(await titles({ sha: 'v2.13.2', path: 'src/checkout/summary.ts' })).toEqual([tax]);
  expect(await titles({ sha: releaseSha('v2.13.0'), path: 'src/checkout/summary.ts' })).toEqual([]);
  expect(await titles({ sha: 'v2.14.0', path: 'src/checkout/' })).toEqual([discount, tax]);
  expect(await titles({ sha: 'v2.14.0', path: 'src/checkout/summary' })).toEqual([]);
  expect((await titles({ sha: 'v2.13.2' })).slice(0, 2)).toEqual(['Release v2.13.2', 'Orders: send the receipt once (#466)']);
  expect(await refusal(octokit.rest.repos.listCommits({ ...HERE, sha: 'v9' }))).toMatchObject({ status: 404 });
});

test('the commits of a file hold its renaming under both names, and no merge, which only repeats', async () => {
  const at = Date.UTC(2026, 10, 1);
  const file = { path: 'b.ts', previousPath: 'a.ts', status: 'renamed' as const, additions: 1, deletions: 1 };
  const release = { tag: 'v1', publishedAt: at, author: 'mira-k', body: '', commits: [{ title: 'Rename', author: 'mira-k', at, files: [file] }] };
  const { octokit } = await stage({ releases: [release] });
  const { tree } = (await octokit.rest.git.getCommit({ ...HERE, commit_sha: releaseSha('v1') })).data;
  const make = async (parents: string[]) => (await octokit.rest.git.createCommit({ ...HERE, message: 'Again', tree: tree.sha, parents })).data.sha;
  const merge = await make([releaseSha('v1'), await make([])]);
  for (const path of ['a.ts', 'b.ts']) {
    const { data } = await octokit.rest.repos.listCommits({ ...HERE, sha: merge, path });
    expect(data.map(({ commit, parents }) => [commit.message, parents.length])).toEqual([
      ['Again', 0],
      ['Rename', 0],
    ]);
  }
});

test('a comparison looks from the merge base: backwards it is behind, with no files, and a hotfix beside main has diverged', async () => {
  const at = Date.UTC(2026, 10, 1);
  const release = (tag: string, path: string, parent?: string) => {
    const commits = [{ title: tag, author: 'mira-k', at, files: [{ path, status: 'modified' as const, additions: 1, deletions: 0 }] }];
    return { tag, publishedAt: at, author: 'mira-k', body: '', commits, ...(parent === undefined ? {} : { parent }) };
  };
  const { octokit } = await stage({ releases: [release('v1', 'a'), release('v2', 'b'), release('v1.1', 'c', 'v1')] });
  const compared = async (basehead: string) => {
    const { data } = await octokit.rest.repos.compareCommitsWithBasehead({ ...HERE, basehead });
    return { status: data.status, ahead: data.ahead_by, behind: data.behind_by, files: data.files?.map((file) => file.filename) };
  };
  expect(await compared('v1...v2')).toEqual({ status: 'ahead', ahead: 1, behind: 0, files: ['b'] });
  expect(await compared('v2...v1')).toEqual({ status: 'behind', ahead: 0, behind: 1, files: [] });
  expect(await compared('v1.1...v2')).toEqual({ status: 'diverged', ahead: 1, behind: 1, files: ['b'] });
  expect(await compared('v2...v2')).toEqual({ status: 'identical', ahead: 0, behind: 0, files: [] });
  expect(await refusal(octokit.rest.repos.compareCommitsWithBasehead({ ...HERE, basehead: 'v1...v9' }))).toMatchObject({ status: 404 });
});

test('a comparison lists at most 300 files, without a word, and only on its first page', async () => {
  const at = Date.UTC(2026, 10, 1);
  const files = Array.from({ length: 340 }, (_, index) => ({
    path: `src/${String(index).padStart(3, '0')}.ts`,
    status: 'added' as const,
    additions: 1,
    deletions: 0,
  }));
  const one = (tag: string, of: typeof files) => ({
    tag,
    publishedAt: at,
    author: 'mira-k',
    body: '',
    commits: [{ title: tag, author: 'mira-k', at, files: of }],
  });
  const { octokit } = await stage({ releases: [one('v1', []), one('v2', files)] });
  const page = async (query: object) => (await octokit.rest.repos.compareCommitsWithBasehead({ ...HERE, basehead: 'v1...v2', ...query })).data;
  expect((await page({})).files).toHaveLength(300);
  expect((await page({ page: 2, per_page: 1 })).files).toEqual([]);
});

test('production has been deployed by every release, newest first, and each deploy was a run that ended well', async () => {
  const { github, octokit } = await stage();
  const { data } = await octokit.rest.repos.listDeployments({ ...HERE, environment: 'production' });
  expect(data.map((one) => [one.ref, one.sha])).toEqual(['v2.14.0', 'v2.13.2', 'v2.13.1', 'v2.13.0'].map((tag) => [tag, releaseSha(tag)]));
  for (const { id } of data) {
    const statuses = await octokit.rest.repos.listDeploymentStatuses({ ...HERE, deployment_id: id });
    expect(statuses.data.map((one) => one.state)).toEqual(['success', 'in_progress']);
  }
  const runs = await octokit.rest.actions.listWorkflowRuns({ ...DEPLOY, status: 'success' });
  expect(runs.data.workflow_runs.map((run) => [run.display_title, run.event])).toContainEqual(['Deploy v2.14.0', 'release']);
  expect(runs.data.total_count).toBe(4);
  expect(github.deployedTag()).toBe('v2.14.0');
});

test('lists come in pages with links to the others', async () => {
  const { octokit } = await stage();
  const { data, headers } = await octokit.rest.repos.listReleases({ ...HERE, per_page: 2 });
  expect(data).toHaveLength(2);
  expect(headers.link).toMatch(/page=2>; rel="next".*page=3>; rel="last"/);
  const all = await octokit.paginate(octokit.rest.repos.listReleases, { ...HERE, per_page: 2 });
  expect(all).toHaveLength(6);
});

test('the workflow file says which inputs a dispatch takes', async () => {
  const { octokit } = await stage();
  const { data } = await octokit.rest.repos.getContent({ ...HERE, path: '.github/workflows/deploy.yml', ref: 'v2.13.2' });
  const text = 'content' in data ? Buffer.from(data.content, 'base64').toString('utf8') : '';
  expect(text).toMatch(/workflow_dispatch:\n {4}inputs:\n {6}tag:\n {8}description: .+\n {8}required: true/);
  expect(text).toContain('tagback_id');
  expect(await refusal(octokit.rest.repos.getContent({ ...HERE, path: 'README.md' }))).toMatchObject({ status: 404 });
});

test('the links meant for people lead to a page', async () => {
  const { github, octokit } = await stage();
  const { data: release } = await octokit.rest.repos.getLatestRelease(HERE);
  const { data: compared } = await octokit.rest.repos.compareCommitsWithBasehead({ ...HERE, basehead: 'v2.13.2...v2.14.0' });
  const { data: runs } = await octokit.rest.actions.listWorkflowRuns(DEPLOY);
  const pull = `${github.url}/acme/shop/pull/474`;
  for (const url of [release.html_url, compared.html_url, runs.workflow_runs[0]?.html_url ?? '', pull, `${github.url}/acme/shop`]) {
    const response = await fetch(url);
    expect([response.status, response.headers.get('content-type')], url).toEqual([200, 'text/html; charset=utf-8']);
  }
  expect(await (await fetch(pull)).text()).toContain('Cart totals: apply the loyalty discount per line (#474)');
});
