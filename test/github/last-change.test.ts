import nock from 'nock';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { readLastChange } from '../../src/github/last-change.ts';
import { releaseSha } from '../../src/sandbox/github/shas.ts';
import { shapeFlaws } from '../sandbox/github-shapes.ts';
import { API, clientAt, failureOf, never } from './parts.ts';
import { type Stage, sandbox } from './sandbox.ts';

const REPO = 'acme/shop';
const ask = { base: 'v2.13.2', head: 'v2.14.0', path: 'src/cart/total.ts' };
const read = ({ github }: Pick<Stage, 'github'>, more: Partial<typeof ask> = {}) =>
  readLastChange({ github, repo: REPO, signal: never() }, { ...ask, ...more });

describe('who changed a file last', () => {
  it('is the author, the commit and the pull request of the newest commit of the release that touched it', async () => {
    const on = await sandbox();
    expect(await read(on)).toEqual({ sha: expect.stringMatching(/^[0-9a-f]{40}$/), url: `${on.server.url}/acme/shop/pull/474`, author: 'mira-k', pull: 474 });
    expect(await read(on, { path: 'src/checkout/summary.ts' })).toMatchObject({ author: 'oleg-s', pull: 477 });
  });

  it('is a commit with its own page where it names no pull request', async () => {
    const on = await sandbox();
    const sha = releaseSha('v2.14.0');
    expect(await read(on, { path: 'package.json' })).toEqual({ sha, url: `${on.server.url}/acme/shop/commit/${sha}`, author: 'tanvi-r', pull: undefined });
  });

  it('is as of the release that runs: what came after it has no part in it', async () => {
    expect(await read(await sandbox(), { base: 'v2.13.0', head: 'v2.13.1', path: 'src/checkout/summary.ts' })).toMatchObject({ author: 'oleg-s', pull: 463 });
  });

  it('is nobody when no commit of the release touched it, however old the last one is', async () => {
    const on = await sandbox();
    expect(await read(on, { path: 'src/orders/receipt.ts' })).toBeUndefined(); // of v2.13.2 itself
    expect(await read(on, { path: 'src/search/rank.ts' })).toBeUndefined(); // older still
    expect(await read(on, { path: 'src/no/such/file.ts' })).toBeUndefined();
  });

  it('is nobody after going back: all that the older release holds was in the newer one, too', async () => {
    expect(await read(await sandbox(), { base: 'v2.14.0', head: 'v2.13.2', path: 'src/checkout/summary.ts' })).toBeUndefined();
  });

  it('is found where a release has more commits than GitHub lists in a comparison', async () => {
    const at = Date.UTC(2026, 10, 1);
    const commit = (title: string, path: string) => ({
      title,
      author: 'mira-k',
      at,
      files: [{ path, status: 'modified' as const, additions: 1, deletions: 0 }],
    });
    const release = (tag: string, commits: readonly ReturnType<typeof commit>[]) => ({ tag, publishedAt: at, author: 'mira-k', body: '', commits });
    const many = Array.from({ length: 260 }, (_, index) => commit(`Docs ${index}`, 'README.md'));
    const releases = [release('v1', [commit('First', 'a.ts')]), release('v2', [commit('Cart (#7)', 'b.ts'), ...many])];
    const on = await sandbox({ server: { releases } });
    expect(await read(on, { base: 'v1', head: 'v2', path: 'b.ts' })).toMatchObject({ pull: 7 });
    expect(await read(on, { base: 'v1', head: 'v2', path: 'a.ts' })).toBeUndefined();
  });

  it('a tag that is not there is a Failure in words, not a release without an author', async () => {
    const failure = await failureOf(read(await sandbox(), { head: 'v9' }));
    expect(failure.code).toMatch(/^E_GITHUB/);
    expect(failure.message).toContain('find out who changed src/cart/total.ts of acme/shop last before v9');
    // The file is asked for at a release that exists; which commits the missing one holds, nobody knows.
    expect((await failureOf(read(await sandbox(), { base: 'v9' }))).code).toMatch(/^E_GITHUB/);
  });
});

describe('what GitHub answers otherwise', () => {
  beforeAll(() => nock.disableNetConnect());
  afterEach(() => {
    const unasked = nock.pendingMocks();
    nock.cleanAll();
    expect(unasked).toEqual([]);
  });
  afterAll(() => {
    nock.enableNetConnect();
    nock.restore();
  });

  const SHA = 'c'.repeat(40);
  const who = { name: 'Ada Lovelace', email: 'ada@example.com', date: '2026-11-20T09:00:00Z' };
  const listed = (message: string, author: object | null) => {
    const links = { url: `${API}/x`, html_url: `https://github.com/${REPO}/commit/${SHA}`, comments_url: `${API}/x` };
    const commit = { author: who, committer: who, message, tree: { sha: SHA, url: `${API}/x` }, url: `${API}/x`, comment_count: 0 };
    return { sha: SHA, node_id: 'C_1', commit, ...links, author, committer: null, parents: [] };
  };
  /** `status` is how the base stands to the commit: behind it, so the commit is of the release. */
  function answers(commits: readonly object[], status = 'behind'): void {
    expect(shapeFlaws(commits, '[]commit')).toEqual([]);
    nock(API).get(`/repos/${REPO}/commits`).query({ sha: 'v2.14.0', path: ask.path, per_page: '1' }).reply(200, commits);
    nock(API).get(`/repos/${REPO}/compare/${SHA}...v2.13.2`).query({ per_page: '1' }).reply(200, { status });
  }
  const github = clientAt(API, { fetch: (input, init) => globalThis.fetch(input, init) });

  it('an address that belongs to no account still has the name git keeps', async () => {
    answers([listed('Cart totals', null)]);
    expect(await read({ github })).toMatchObject({ author: 'Ada Lovelace', pull: undefined });
  });

  it('a commit beside the release before is of the release, one that is in it is not', async () => {
    answers([listed('Cart totals (#12)\n\nMore words (#13)', null)], 'diverged');
    expect(await read({ github })).toMatchObject({ pull: 12 });
    answers([listed('Cart totals (#12)', null)], 'identical');
    expect(await read({ github })).toBeUndefined();
  });

  it('what is no list of commits is a Failure', async () => {
    nock(API)
      .get(`/repos/${REPO}/commits`)
      .query(true)
      .reply(200, [{ sha: 'main', html_url: 'x', commit: {} }]);
    expect((await failureOf(read({ github }))).code).toMatch(/^E_GITHUB/);
  });
});
