import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { MUTANTS } from '../mutants/mutants.ts';
import { ROOT, read } from './tree.ts';

/** `npm run mutants` takes minutes; that every bug can still be planted is seen here. */
describe('the bugs that are planted on purpose', () => {
  test.each(MUTANTS.map((mutant) => [mutant.name, mutant] as const))('%s: its text stands in the file exactly once', (_, { edits }) => {
    for (const { file, text, instead } of edits) {
      expect(read(file).split(text).length - 1, `${file}: ${text}`).toBe(1);
      expect(instead).not.toBe(text);
    }
  });

  test('each has a name of its own and tests that are there', () => {
    expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
    for (const { tests } of MUTANTS) expect(tests.filter((path) => !/^test\/.*\.test\.ts$/.test(path) || !existsSync(join(ROOT, path)))).toEqual([]);
    expect(MUTANTS.filter(({ tests }) => tests.length === 0)).toEqual([]);
  });
});
