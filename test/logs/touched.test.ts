import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hunksOf } from '../../src/logs/hunks.ts';
import { sameFile } from '../../src/logs/same-file.ts';
import { blameOf, type ReleaseDiff } from '../../src/logs/touched.ts';

const frame = (file: string, line?: number, name = 'f') => ({ function: name, file, line });
const PATCH = ['@@ -10,6 +10,7 @@ def from_dict(cls, state):', ' a', ' b', '+added', ' c', '-removed', ' d', ' e', '+last'].join('\n');
const diff = (files: ReleaseDiff['files'], more: Partial<ReleaseDiff> = {}): ReleaseDiff => ({
  base: 'v1',
  head: 'v2',
  files,
  truncated: false,
  url: 'https://x/compare/v1...v2',
  pulls: [],
  authors: [],
  ...more,
});
const changed = (path: string, patch: string | undefined = PATCH) => ({ path, status: 'modified', ...(patch !== undefined && { patch }) });

describe('the same file', () => {
  const PATHS = [
    'src/cart/total.ts',
    'src/cart/index.ts',
    'lib/cart/total.ts',
    'src/main/java/com/acme/shop/CartService.java',
    'core/domain/state_domain.py',
    'setup.py',
  ];
  it.each([
    ['/srv/app/releases/20261120/core/domain/state_domain.py', 'f', 'core/domain/state_domain.py', 'sure'],
    ['src/cart/total.ts', 'f', 'src/cart/total.ts', 'sure'],
    ['webpack-internal:///./src/cart/total.ts', 'f', 'src/cart/total.ts', 'sure'],
    ['C:\\build\\core\\domain\\state_domain.py', 'f', 'core/domain/state_domain.py', 'sure'],
    ['CartService.java', 'com.acme.shop.CartService.total', 'src/main/java/com/acme/shop/CartService.java', 'sure'],
    ['/app/other/domain/state_domain.py', 'f', 'core/domain/state_domain.py', 'likely'],
    ['/app/state_domain.py', 'f', 'core/domain/state_domain.py', 'guess'],
    ['/app/dist/cart/total.js', 'f', 'src/cart/total.ts', 'likely'],
    ['/usr/lib/x/y/setup.py', 'f', 'setup.py', 'guess'],
  ])('%s (in %s) is %s: %s', (file, name, path, sureness) => expect(sameFile(frame(file, 1, name), PATHS)).toMatchObject({ path, sureness }));

  it.each([
    ['/app/cart/total.ts', 'two paths agree equally well'],
    ['/app/other/index.ts', 'every folder has such a file'],
    ['/app/cart/other.ts', 'another name'],
    ['com/other/CartService.kt', 'another ending'],
    ['', 'no file'],
  ])('%s is none of them: %s', (file) => expect(sameFile(frame(file), PATHS)).toBeUndefined());

  it('lines of a compiled file are not those of its source', () => {
    expect(sameFile(frame('/app/dist/cart/sum.js', 3), ['src/cart/sum.ts'])).toMatchObject({ linesHold: false });
  });
});

describe('hunks', () => {
  it('name the lines that changed, as they are numbered afterwards, and both sides of what was removed', () => {
    const { hunks, isWhole } = hunksOf(PATCH);
    expect(isWhole).toBe(true);
    expect(hunks.map(({ from, to, touched, section }) => [from, to, [...touched].sort((a, b) => a - b), section])).toEqual([
      [10, 16, [12, 13, 14, 16], 'def from_dict(cls, state):'],
    ]);
  });

  it('a patch that is missing, cut or odd is never whole', () => {
    for (const patch of [undefined, '', 'no hunk', PATCH.slice(0, -6), '@@ -1,2 +1,2 @@\n+a\n+b\n+c']) expect(hunksOf(patch).isWhole).toBe(false);
    expect(hunksOf(PATCH, PATCH.length).isWhole).toBe(false);
    const seed = Date.now() % 2 ** 31;
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('@', ' ', '+', '-', '1', ',', '\n', 'a') }), (text) => hunksOf(text).hunks.length >= 0),
      { seed, numRuns: 2_000 },
    );
  });
});

describe('stack frame ∩ release diff', () => {
  const files = [changed('core/domain/state_domain.py')];
  it.each([
    [12, 'x', 'line'],
    [11, 'x', 'nearby'],
    [90, 'from_dict', 'function'],
    [90, 'x', 'file'],
    [undefined, 'x', 'file'],
  ])('line %s of function %s is reached by: %s', (line, name, reach) => {
    expect(blameOf([frame('/srv/core/domain/state_domain.py', line, name)], diff(files))).toMatchObject({
      kind: 'touched',
      touch: { reach, sureness: 'sure' },
    });
  });

  it('the surest and closest frame is named, and among equals the innermost', () => {
    const both = diff([changed('a/one.py', '@@ -1,1 +1,2 @@\n x\n+y'), changed('a/two.py', '@@ -5,1 +5,2 @@\n x\n+y')]);
    expect(blameOf([frame('/srv/a/one.py', 90), frame('/srv/a/two.py', 6)], both)).toMatchObject({ touch: { path: 'a/two.py', reach: 'line' }, others: 1 });
    expect(blameOf([frame('/srv/a/one.py', 90), frame('/srv/a/two.py', 90)], both)).toMatchObject({ touch: { path: 'a/one.py' } });
  });

  it('says "untouched" only when the whole diff is known and a frame of ours is', () => {
    const own = [frame('/srv/app/other.py', 3)];
    expect(blameOf(own, diff(files))).toMatchObject({ kind: 'untouched' });
    expect(blameOf(own, diff(files, { truncated: true }))).toMatchObject({ kind: 'unknown' });
    expect(blameOf(own, undefined)).toMatchObject({ kind: 'unknown' });
    expect(blameOf([], diff(files))).toMatchObject({ kind: 'unknown' });
    expect(blameOf([frame('/usr/lib/python3/site-packages/flask/app.py', 1)], diff(files))).toMatchObject({ kind: 'unknown' });
  });

  it.each([
    [1, 1, 'the file in its stack trace is not the one file it changes'],
    [1, 3, 'the file in its stack trace is not among the 3 files it changes'],
    [2, 1, 'none of the 2 files in its stack trace is the one file it changes'],
    [2, 3, 'none of the 2 files in its stack trace is among the 3 files it changes'],
  ])('of %i file in the stack trace and %i of the release it says so in plain words', (traced, count, because) => {
    const frames = Array.from({ length: traced }, (_, at) => frame(`/srv/app/other${at}.py`, 3));
    const all = Array.from({ length: count }, (_, at) => changed(`core/domain/file${at}.py`));
    // Two frames of one file are one file.
    expect(blameOf([...frames, ...frames], diff(all))).toEqual({ kind: 'untouched', because });
  });

  it('a file the release removed is not where the running release fails', () => {
    expect(blameOf([frame('/srv/a/one.py', 1)], diff([{ path: 'a/one.py', status: 'removed' }]))).toMatchObject({ kind: 'untouched' });
  });
});
