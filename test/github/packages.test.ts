import nock from 'nock';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readArtifacts } from '../../src/artifacts/read.ts';
import type { ArtifactAsk } from '../../src/core/service.ts';
import type { GitHub } from '../../src/github/client.ts';
import { listPackageVersions, type PackageWanted } from '../../src/github/packages.ts';
import { type ContractFetch, contractFetch } from '../contracts/github.ts';
import { shapeFlaws } from '../sandbox/github-shapes.ts';
import { API, clientAt, failureOf, never, TOKEN } from './parts.ts';

let fetch: ContractFetch = contractFetch(globalThis.fetch);
let github: GitHub = clientAt(API);
beforeAll(() => nock.disableNetConnect());
beforeEach(() => {
  fetch = contractFetch((input, init) => globalThis.fetch(input, init));
  github = clientAt(API, { fetch });
});
afterEach(() => {
  const unasked = nock.pendingMocks();
  nock.cleanAll();
  expect(fetch.flaws).toEqual([]);
  expect(unasked).toEqual([]);
});
afterAll(() => nock.restore());

const IMAGE = { type: 'container', name: 'shop', version: 'v2.13.0' };
const list = (more: Partial<PackageWanted> = {}) => listPackageVersions({ github, repo: 'acme/shop', signal: never() }, { ...IMAGE, ...more });

let ids = 0;
const entry = (name: string, metadata?: object) => {
  const url = `${API}/orgs/acme/packages/npm/shop/versions/${++ids}`;
  const times = { created_at: '2026-11-20T09:00:00Z', updated_at: '2026-11-20T09:00:00Z' };
  return { id: ids, name, url, package_html_url: 'https://github.com/acme/shop/pkgs/npm/shop', ...times, ...(metadata && { metadata }) };
};
const npm = (version: string) => entry(version, { package_type: 'npm' });
const image = (...tags: string[]) => entry(`sha256:${'a'.repeat(64)}`, { package_type: 'container', container: { tags } });

/** One page of the list; what it answers is what GitHub describes. */
function page(number: number, entries: readonly object[], path = '/orgs/acme/packages/container/shop/versions'): void {
  if (entries.length > 0) expect(shapeFlaws(entries, '[]package-version')).toEqual([]);
  nock(API, { reqheaders: { authorization: `Bearer ${TOKEN}` } })
    .get(path)
    .query({ per_page: '100', page: String(number) })
    .reply(200, entries);
}
function refuse(status: number, message: string, path = '/orgs/acme/packages/container/shop/versions'): void {
  nock(API).get(path).query(true).reply(status, { message });
}

describe('the versions of a package', () => {
  it('of a container are its tags; reading ends where the wanted one is', async () => {
    page(1, [image('v2.14.0', 'latest'), image()]);
    page(2, [image('v2.13.0')]);
    expect(await list()).toMatchObject({ versions: ['v2.14.0', 'latest', 'v2.13.0'] });
  });

  it('are all of them when an empty page follows, and not before: a short page is no end', async () => {
    page(1, [image('v2.14.0')]);
    page(2, [image('v2.12.0')]);
    page(3, []);
    expect(await list()).toEqual({ versions: ['v2.14.0', 'v2.12.0'], isComplete: true });
  });

  it('are not read without end', async () => {
    for (let number = 1; number <= 10; number += 1) page(number, [image(`v1.${number}.0`)]);
    const { versions, isComplete } = await list();
    expect([versions.length, isComplete]).toEqual([10, false]);
  });

  it('are incomplete where pages are not turned', async () => {
    const same = [image('v2.14.0')];
    page(1, same);
    page(2, same);
    expect(await list()).toEqual({ versions: ['v2.14.0'], isComplete: false });
  });

  it.each([
    ['npm', '@acme/shop', 'npm/shop'],
    ['npm', '@ACME/shop', 'npm/shop'],
    ['npm', '@others/shop', 'npm/%40others%2Fshop'],
    ['maven', 'com.acme.shop', 'maven/com.acme.shop'],
    ['container', 'shop/api', 'container/shop%2Fapi'],
    ['container', '../../../user', 'container/..%2F..%2F..%2Fuser'],
  ])('of the %s package %s stand at …/%s', async (type, name, path) => {
    page(1, [], `/orgs/acme/packages/${path}/versions`);
    expect(await list({ type, name })).toEqual({ versions: [], isComplete: true });
  });

  it('of a person stand elsewhere, for all pages', async () => {
    refuse(404, 'Not Found', '/orgs/acme/packages/npm/shop/versions');
    page(1, [npm('2.14.0')], '/users/acme/packages/npm/shop/versions');
    page(2, [npm('2.13.0')], '/users/acme/packages/npm/shop/versions');
    expect(await list({ type: 'npm', version: '2.13.0' })).toMatchObject({ versions: ['2.14.0', '2.13.0'] });
  });

  it('of the old registry of images are its tags, however GitHub calls them', async () => {
    const docker = (tags: object) => entry('sha256:1', { package_type: 'docker', docker: tags });
    nock(API)
      .get('/orgs/acme/packages/docker/shop/versions')
      .query(true)
      .reply(200, [docker({ tag: ['v2.12.0'] }), docker({ tags: ['v2.13.0'] })]);
    expect(await list({ type: 'docker' })).toMatchObject({ versions: ['v2.12.0', 'v2.13.0'] });
  });
});

describe('what GitHub does not show', () => {
  it('404: nothing is concluded, and it is said what to look at', async () => {
    refuse(404, 'Package not found.');
    refuse(404, 'Package not found.', '/users/acme/packages/container/shop/versions');
    const failure = await failureOf(list());
    expect(failure.message).toBe('GitHub shows no container package shop of acme (404)');
    expect(failure.hint).toContain('read:packages');
  });

  it('404 in the middle of the list is no end of the list', async () => {
    page(1, [image('v2.14.0')]);
    refuse(404, 'Not Found');
    expect((await failureOf(list())).code).toBe('E_GITHUB_REFUSED');
  });

  it('403: the scope is named, and the person’s address is not tried', async () => {
    refuse(403, 'You need at least read:packages scope to list package versions.');
    const failure = await failureOf(list());
    expect(failure.message).toMatch(/^could not read the versions of the container package shop of acme: GitHub answered 403 You need at least read:packages/);
    expect(failure).toMatchObject({ code: 'E_GITHUB_PERMISSION', hint: expect.stringContaining('scope read:packages') });
  });

  it('something that is no list of versions is refused', async () => {
    nock(API).get('/orgs/acme/packages/container/shop/versions').query(true).reply(200, { versions: [] });
    expect((await failureOf(list())).message).toContain('is not what GitHub documents');
  });
});

describe('an artifact that is a package', () => {
  const ask: ArtifactAsk = { kind: 'package', type: 'container', name: 'shop', version: '{{ tag }}' };
  const found = async () => {
    const reader = { versions: (wanted: PackageWanted, signal: AbortSignal) => listPackageVersions({ github, repo: 'acme/shop', signal }, wanted) };
    return (await readArtifacts([ask], { tag: 'v2.13.0', prefix: 'v', assets: [], github: reader, signal: never() }))[0];
  };

  it('is there, is missing only when the whole list was read, and is unknown otherwise', async () => {
    page(1, [image('v2.14.0'), image('v2.13.0')]);
    expect(await found()).toMatchObject({ state: 'there' });
    page(1, [image('v2.14.0')]);
    page(2, []);
    expect(await found()).toMatchObject({ state: 'missing', because: 'GitHub lists 1 version of shop, and not this one' });
    for (let number = 1; number <= 10; number += 1) page(number, [image(`v1.${number}.0`)]);
    expect(await found()).toMatchObject({ state: 'unknown', because: 'it is not among the 10 versions that were read, and there are more' });
  });

  it.each([[403, /read:packages/] as const, [404, /shows no container package shop/] as const, [500, /GitHub answered 500/] as const])(
    'is unknown at %i, with the reason',
    async (status, because) => {
      nock(API)
        .get(/packages/)
        .query(true)
        .times(status === 500 ? 3 : status === 404 ? 2 : 1)
        .reply(status, { message: 'no' });
      expect(await found()).toMatchObject({ state: 'unknown', because: expect.stringMatching(because) });
    },
  );
});
