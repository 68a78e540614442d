import { expect, test } from 'vitest';
import { releaseSha } from '../../src/sandbox/github/shas.ts';
import { shapeFlaws } from './github-shapes.ts';
import { HERE, refusal, type Stage, stage } from './github-stage.ts';

const [BAD, GOOD, OLDER] = [releaseSha('v2.14.0'), releaseSha('v2.13.2'), releaseSha('v2.13.1')];
const move = ({ octokit }: Stage, ref: string, sha: string, force?: boolean) =>
  octokit.rest.git.updateRef({ ...HERE, ref, sha, ...(force === undefined ? {} : { force }) });

test('a floating branch and a floating tag called stable are at what production was given last', async () => {
  const { octokit } = await stage();
  for (const ref of ['heads/stable', 'tags/stable', 'heads/main'])
    expect((await octokit.rest.git.getRef({ ...HERE, ref })).data).toMatchObject({ ref: `refs/${ref}`, object: { sha: BAD, type: 'commit' } });
});

test('a ref moves back only by force, and reads back where it was moved to', async () => {
  const on = await stage();
  for (const ref of ['heads/stable', 'tags/stable']) {
    expect(await refusal(move(on, ref, GOOD))).toMatchObject({ status: 422, message: expect.stringContaining('Update is not a fast forward') });
    const { data } = await move(on, ref, GOOD, true);
    expect(shapeFlaws(data, 'git-ref')).toEqual([]);
    expect((await on.octokit.rest.git.getRef({ ...HERE, ref })).data.object.sha).toBe(GOOD);
    await move(on, ref, BAD); // forward again needs no force
    expect(on.github.commitAt(ref)).toBe(BAD);
  }
  expect(on.github.effects.map(({ kind, detail }) => [kind, detail.ref, detail.from, detail.to])).toEqual([
    ['ref', 'heads/stable', BAD, GOOD],
    ['ref', 'heads/stable', GOOD, BAD],
    ['ref', 'tags/stable', BAD, GOOD],
    ['ref', 'tags/stable', GOOD, BAD],
  ]);
});

test.each([
  ['a ref that does not exist', 'heads/staple', GOOD, 'Reference does not exist'],
  ['a commit that does not exist', 'heads/stable', 'f'.repeat(40), 'Object does not exist'],
  ['a shortened commit', 'heads/stable', GOOD.slice(0, 7), 'must be exactly 40 characters'],
])('%s moves nothing', async (_, ref, sha, message) => {
  const on = await stage();
  expect(await refusal(move(on, ref, sha, true))).toMatchObject({ status: 422, message: expect.stringContaining(message) });
  expect([on.github.effects, on.github.commitAt('heads/stable')]).toEqual([[], BAD]);
});

test('a ruleset refuses with its rule, also by force, and leaves other refs alone', async () => {
  const on = await stage({ rules: { refs: ['heads/st*', 'tags/v*'], message: 'Changes must be made through a pull request.' } });
  expect(await refusal(move(on, 'heads/stable', GOOD, true))).toMatchObject({
    status: 422,
    message: expect.stringMatching(/Repository rule violations found\n\nChanges must be made through a pull request\./),
  });
  expect(on.github.commitAt('heads/stable')).toBe(BAD);
  expect((await move(on, 'tags/stable', GOOD, true)).status).toBe(200);
  const strict = await stage({ rules: { refs: ['heads/stable'], status: 403 } });
  expect(await refusal(move(strict, 'heads/stable', GOOD, true))).toMatchObject({
    status: 403,
    message: expect.stringContaining('Cannot update this protected ref.'),
  });
});

test('the tag of an immutable release cannot be moved or removed, others can', async () => {
  const on = await stage({ immutable: ['v2.14.0'] });
  const words = /Repository rule violations found\n\nCannot (update|delete) this protected ref/;
  expect(await refusal(move(on, 'tags/v2.14.0', GOOD, true))).toMatchObject({ status: 422, message: expect.stringMatching(words) });
  expect(await refusal(on.octokit.rest.git.deleteRef({ ...HERE, ref: 'tags/v2.14.0' }))).toMatchObject({ status: 422, message: expect.stringMatching(words) });
  expect((await move(on, 'tags/v2.13.2', OLDER, true)).status).toBe(200);
  expect((await on.octokit.rest.repos.getReleaseByTag({ ...HERE, tag: 'v2.14.0' })).data.immutable).toBe(true);
});

test('an annotated tag that was moved to a commit can be given its own object back', async () => {
  const on = await stage();
  const { object } = (await on.octokit.rest.git.getRef({ ...HERE, ref: 'tags/v2.14.0' })).data;
  expect(object.type).toBe('tag');
  await move(on, 'tags/v2.14.0', GOOD, true);
  expect(on.github.commitAt('tags/v2.14.0')).toBe(GOOD);
  expect((await on.octokit.rest.git.getTag({ ...HERE, tag_sha: object.sha })).data.object.sha).toBe(BAD);
  expect((await move(on, 'tags/v2.14.0', object.sha, true)).data.object).toMatchObject({ type: 'tag', sha: object.sha });
  expect(on.github.commitAt('tags/v2.14.0')).toBe(BAD);
});

test('a branch is made once, under a proper name, and removed', async () => {
  const { octokit, github } = await stage();
  const make = (ref: string, sha = GOOD) => octokit.rest.git.createRef({ ...HERE, ref, sha });
  const { status, data } = await make('refs/heads/tagback/inc-1');
  expect([status, data.object.sha, shapeFlaws(data, 'git-ref')]).toEqual([201, GOOD, []]);
  expect(await refusal(make('refs/heads/tagback/inc-1'))).toMatchObject({ status: 422, message: expect.stringContaining('Reference already exists') });
  expect(await refusal(make('heads/tagback'))).toMatchObject({ status: 422, message: expect.stringContaining("must start with 'refs/'") });
  for (const name of ['refs/heads/a b', 'refs/heads/a..b', 'refs/heads/', 'refs/x', 'refs/heads/a.lock'])
    expect(await refusal(make(name))).toMatchObject({ status: 422, message: expect.stringContaining('not a valid ref name') });
  expect(await refusal(make('refs/heads/b', 'f'.repeat(40)))).toMatchObject({ status: 422, message: expect.stringContaining('Object does not exist') });
  expect((await octokit.rest.git.deleteRef({ ...HERE, ref: 'heads/tagback/inc-1' })).status).toBe(204);
  expect([github.commitAt('heads/tagback/inc-1'), github.effects.length]).toEqual([undefined, 2]);
});

test('a commit with the files of an older release undoes what came since', async () => {
  const { octokit } = await stage();
  const read = async (sha: string) => (await octokit.rest.git.getCommit({ ...HERE, commit_sha: sha })).data;
  const [bad, good] = [await read(BAD), await read(GOOD)];
  expect([good.parents.length, good.tree.sha === bad.tree.sha]).toEqual([1, false]);
  const make = (tree: string, parents: string[]) => octokit.rest.git.createCommit({ ...HERE, message: 'Back to v2.13.2', tree, parents });
  const { status, data } = await make(good.tree.sha, [BAD]);
  expect([status, shapeFlaws(data, 'git-commit')]).toEqual([201, []]);
  expect((await read(data.sha)).tree.sha).toBe(good.tree.sha);
  const compared = async (basehead: string) => (await octokit.rest.repos.compareCommitsWithBasehead({ ...HERE, basehead })).data;
  const [there, undone] = [await compared('v2.13.2...v2.14.0'), await compared(`v2.14.0...${data.sha}`)];
  expect(undone.files?.map(({ filename }) => filename)).toEqual(there.files?.map(({ filename }) => filename));
  expect(undone.files?.find(({ filename }) => filename === 'src/loyalty/tier.ts')).toMatchObject({ status: 'removed', additions: 0, deletions: 46 });
  expect(undone.files?.find(({ filename }) => filename === 'src/cart/total.ts')?.patch).toContain('-    sum = add(pricing.total, sum);');
  expect(await compared(`v2.13.2...${data.sha}`)).toMatchObject({ ahead_by: 7, files: [] });
  expect(await refusal(make('f'.repeat(40), [BAD]))).toMatchObject({ status: 422, message: expect.stringContaining('Tree SHA does not exist') });
  expect(await refusal(make(good.tree.sha, ['f'.repeat(40)]))).toMatchObject({ status: 422, message: expect.stringContaining('Parent SHA does not exist') });
  expect(await refusal(octokit.rest.git.getCommit({ ...HERE, commit_sha: 'f'.repeat(40) }))).toMatchObject({ status: 404 });
});

test('production follows the ref it was told to follow, and only that one', async () => {
  const deployed: string[] = [];
  const on = await stage({ follows: 'heads/stable', onDeployed: (tag) => deployed.push(tag) });
  await move(on, 'tags/stable', GOOD, true);
  on.clock.move(60_000);
  expect(deployed).toEqual([]);
  await move(on, 'heads/stable', GOOD, true);
  on.clock.move(4_000);
  expect(deployed).toEqual([]);
  on.clock.move(60_000);
  expect([deployed, on.github.deployedTag()]).toEqual([['v2.13.2'], 'v2.13.2']);
  const { data } = await on.octokit.rest.actions.listWorkflowRunsForRepo({ ...HERE, branch: 'stable', event: 'push' });
  expect(data.workflow_runs).toMatchObject([{ head_sha: GOOD, conclusion: 'success', display_title: 'Deploy stable' }]);
  const [deployment] = (await on.octokit.rest.repos.listDeployments(HERE)).data;
  expect(deployment).toMatchObject({ ref: 'stable', sha: GOOD });
});

test('a followed ref that leads to no release deploys nothing', async () => {
  const on = await stage({ follows: 'tags/stable', onDeployed: () => expect.unreachable() });
  const between = (await on.octokit.rest.git.getCommit({ ...HERE, commit_sha: GOOD })).data.parents[0]?.sha ?? '';
  await move(on, 'tags/stable', between, true);
  on.clock.move(60_000);
  const { data } = await on.octokit.rest.actions.listWorkflowRunsForRepo({ ...HERE, event: 'push' });
  expect([data.workflow_runs[0]?.conclusion, on.github.deployedTag()]).toEqual(['failure', 'v2.14.0']);
});

test('a comparison says where changed lines are, and what a renamed file was called', async () => {
  const at = Date.UTC(2026, 10, 1);
  const patch = '@@ -1 +1 @@\n-old\n+new\n';
  const files = [
    { path: 'db/0007_b.sql', previousPath: 'db/0007_a.sql', status: 'renamed' as const, additions: 1, deletions: 1, patch },
    { path: 'logo.png', status: 'added' as const, additions: 0, deletions: 0 },
  ];
  const release = (tag: string, of: typeof files) => ({
    tag,
    publishedAt: at,
    author: 'mira-k',
    body: '',
    assets: ['shop.tar.gz'],
    commits: [commit(tag, of)],
  });
  const commit = (title: string, of: typeof files) => ({ title, author: 'mira-k', at, files: of });
  const { octokit } = await stage({ releases: [release('v1', []), release('v2', files)] });
  const { data } = await octokit.rest.repos.compareCommitsWithBasehead({ ...HERE, basehead: 'v1...v2' });
  expect(shapeFlaws(data, 'commit-comparison')).toEqual([]);
  expect(data.files).toMatchObject([
    { filename: 'db/0007_b.sql', previous_filename: 'db/0007_a.sql', patch, blob_url: expect.stringContaining(`/blob/${releaseSha('v2')}/db/0007_b.sql`) },
    { filename: 'logo.png', status: 'added' },
  ]);
  expect(data.files?.[1]).not.toHaveProperty('patch');
  const { data: latest } = await octokit.rest.repos.getLatestRelease(HERE);
  expect([latest.assets.map(({ name, state }) => [name, state]), shapeFlaws(latest, 'release')]).toEqual([[['shop.tar.gz', 'uploaded']], []]);
});
