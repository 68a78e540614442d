import { globSync, readFileSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

const ALL = globSync('test/**/*.test.ts', { exclude: ['**/node_modules/**'] });
/** They kill processes, open browsers or count in minutes; being the longest they begin first. */
const LONG = [
  'test/browser/**/*.test.ts',
  'test/sandbox/playground-browser.test.ts',
  'test/chaos/**/*.test.ts',
  'test/core/verdict-random.test.ts',
  'test/flows/a-real-prometheus*.test.ts',
  'test/store/sqlite-kill.test.ts',
];
/** nock changes the process it is loaded in, for good. */
const CHANGING = ALL.filter((file) => readFileSync(file, 'utf8').includes("from 'nock'"));
const ALONE = [...LONG, ...CHANGING];

export default defineConfig({
  test: {
    globalSetup: ['test/quick-folders.ts'],
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // One project after the other. Files together share a process, one after the other, and what they import is loaded once; some of them wait,
    // so there is a worker more than the two cores this is tuned for. Those alone start processes and are held against a clock: one per core.
    projects: [
      { extends: true, test: { name: 'together', include: ['test/**/*.test.ts'], exclude: ALONE, isolate: false, maxWorkers: 3, sequence: { groupOrder: 0 } } },
      { extends: true, test: { name: 'alone', include: ALONE, globalSetup: ['test/bundled-bots.ts'], maxWorkers: 2, sequence: { groupOrder: 1 } } },
    ],
  },
});
