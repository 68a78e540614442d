import { expect, test } from 'vitest';
import { filesUnder, read } from './tree.ts';

const MOST_LINES = 300;
const MEDIAN_MAX = 90;
const P90_MAX = 220;

/** As `wc -l` counts. */
const linesOf = (path: string): number => read(path).split('\n').length - 1;

test(`no file of src is longer than ${MOST_LINES} lines; at the ceiling it is split by reason to change`, () => {
  const long = filesUnder('src').filter((path) => /\.(?:ts|js|css)$/.test(path) && linesOf(path) > MOST_LINES);
  expect(long.map((path) => `${path}: ${linesOf(path)}`)).toEqual([]);
});

test(`most files of src fit on two screens: median at most ${MEDIAN_MAX} lines, nine of ten at most ${P90_MAX}`, () => {
  const sizes = filesUnder('src', '.ts')
    .map(linesOf)
    .sort((a, b) => a - b);
  const at = (share: number): number => sizes[Math.floor((sizes.length - 1) * share)] ?? 0;
  const found = { files: sizes.length, median: at(0.5), p90: at(0.9) };
  expect(found.median, JSON.stringify(found)).toBeLessThanOrEqual(MEDIAN_MAX);
  expect(found.p90, JSON.stringify(found)).toBeLessThanOrEqual(P90_MAX);
});

/** Everywhere below, including folders that do not exist yet: a drawer is filled by whoever comes last. */
test('there are no drawers: no utils, helpers, common, misc, shared or types', () => {
  const drawers = filesUnder('src').filter((path) => /(?:^|\/)(?:utils?|helpers?|common|misc|shared|types)(?:\/|\.ts$)/.test(path));
  expect(drawers).toEqual([]);
});
