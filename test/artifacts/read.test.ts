import { describe, expect, it } from 'vitest';
import { fillIn } from '../../src/artifacts/fill-in.ts';
import { type ArtifactParts, readArtifacts } from '../../src/artifacts/read.ts';
import type { ArtifactAsk } from '../../src/core/service.ts';
import { Failure } from '../../src/lib/failure.ts';

const parts = (more: Partial<ArtifactParts> = {}): ArtifactParts => ({ tag: 'v2.13.0', prefix: 'v', assets: [], signal: AbortSignal.timeout(5_000), ...more });
const asset: ArtifactAsk = { kind: 'asset', name: 'shop-{{ version }}.tgz' };
const npm: ArtifactAsk = { kind: 'package', type: 'npm', name: '@acme/shop', version: '{{ version }}' };
const found = async (ask: ArtifactAsk, more: Partial<ArtifactParts>) => (await readArtifacts([ask], parts(more)))[0];

describe('a file of the release', () => {
  it('is there, or missing; then what is there instead is named', async () => {
    expect(await found(asset, { assets: ['shop-2.13.0.tgz', 'checksums.txt'] })).toEqual({
      name: 'release file shop-2.13.0.tgz',
      state: 'there',
      because: 'it is attached to the release v2.13.0',
    });
    expect(await found(asset, { assets: ['a', 'b', 'c', 'd', 'e', 'f'] })).toMatchObject({
      state: 'missing',
      because: 'attached to the release v2.13.0 are a, b, c, d, e and 1 more',
    });
    expect(await found(asset, { assets: [] })).toMatchObject({ state: 'missing', because: 'no file is attached to the release v2.13.0' });
  });

  it('is unknown when the files could not be read', async () => {
    expect(await found(asset, { assets: undefined })).toMatchObject({ state: 'unknown', because: 'the files of the release v2.13.0 could not be read' });
  });
});

describe('a version of a package', () => {
  const github = (versions: readonly string[], isComplete = true) => ({ versions: async () => ({ versions, isComplete }) });

  it('is there, missing, or beyond what was read', async () => {
    expect(await found(npm, { github: github(['2.14.0', '2.13.0']) })).toEqual({
      name: 'package npm @acme/shop 2.13.0',
      state: 'there',
      because: 'GitHub lists it',
    });
    expect(await found(npm, { github: github(['2.14.0']) })).toMatchObject({
      state: 'missing',
      because: 'GitHub lists 1 version of @acme/shop, and not this one',
    });
    expect(await found(npm, { github: github(['2.14.0'], false) })).toMatchObject({ state: 'unknown', because: expect.stringContaining('there are more') });
  });

  it('is asked for by type and name', async () => {
    const asked: unknown[] = [];
    const versions = async (...what: unknown[]) => {
      asked.push(what[0]);
      return { versions: [], isComplete: true };
    };
    await found(npm, { github: { versions } });
    expect(asked).toMatchObject([{ type: 'npm', name: '@acme/shop', version: '2.13.0' }]);
  });

  it('is unknown while GitHub cannot say', async () => {
    const failing = (error: unknown) => ({ versions: () => Promise.reject(error) });
    expect(await found(npm, {})).toMatchObject({ state: 'unknown', because: 'packages at GitHub cannot be read here' });
    const refused = new Failure('E_GITHUB_PERMISSION', 'GitHub shows us no packages', { hint: 'grant packages: read' });
    expect(await found(npm, { github: failing(refused) })).toMatchObject({ state: 'unknown', because: 'GitHub shows us no packages; grant packages: read' });
    expect(await found(npm, { github: failing(new Error('https://bob:hunter2@x')) })).toMatchObject({ state: 'unknown', because: 'asking for it broke down' });
  });
});

it('one fact per ask, in the order of services.yml, and one failure does not touch the others', async () => {
  const github = { versions: () => Promise.reject(new Error('down')) };
  const facts = await readArtifacts([npm, asset, { kind: 'image', image: 'no image:{{ tag }}' }], parts({ github, assets: ['shop-2.13.0.tgz'] }));
  expect(facts.map(({ state }) => state)).toEqual(['unknown', 'there', 'unknown']);
  expect(await readArtifacts([], parts())).toEqual([]);
});

it.each([
  ['v2.13.0', '', '2.13.0'],
  ['v2.13.0', 'v', '2.13.0'],
  ['shop-v2.13.0', 'shop-', '2.13.0'],
  ['shop-v2.13.0', 'shop-v', '2.13.0'],
  ['2.13.0', '', '2.13.0'],
  ['2026-11-20', '', '2026-11-20'],
  ['violet', '', 'violet'],
])('the version of %s with the prefix “%s” is %s', (tag, prefix, version) => {
  expect(fillIn({ kind: 'image', image: 'a/b:{{tag}}-{{  version }}' }, { tag, prefix })).toEqual({ kind: 'image', image: `a/b:${tag}-${version}` });
});

it('a tag is text, whatever signs of a replacement it holds', () => {
  expect(fillIn({ kind: 'asset', name: '{{ tag }}.tgz' }, { tag: '$&$1{{ version }}', prefix: '' })).toEqual({ kind: 'asset', name: '$&$1{{ version }}.tgz' });
});
