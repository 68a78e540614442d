import { expect, test } from 'vitest';
import { filesUnder, read } from './tree.ts';

const TEXT = /\.(?:ts|js|cjs|css|json|jsonl|yml|yaml|md|txt|rules|conf|service|toml)$|(?:^|\/)(?:Dockerfile|LICENSE|NOTICE|run|\.[a-z.]+)$/;
const files = filesUnder('.').filter((path) => TEXT.test(path) && path !== '.env');

function offenders(pattern: RegExp, except: readonly string[] = []): readonly string[] {
  return files
    .filter((path) => !except.includes(path))
    .flatMap((path) =>
      read(path)
        .split('\n')
        .flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1} ${line.trim().slice(0, 80)}`] : [])),
    );
}

test('the rule sees the repository', () => {
  expect(files.length).toBeGreaterThan(200);
  for (const known of ['README.md', '.ci/run', 'package-lock.json', 'src/main.ts', 'app-manifest.yml']) expect(files).toContain(known);
});

test('nothing is left for later in the source: work that is open is an issue', () => {
  expect(offenders(/\b(?:TO\x44O|FIX\x4dE|X\x58X|HA\x43K)\b/)).toEqual([]);
});

test('no path of somebody’s machine', () => {
  expect(offenders(/(?<![\w.~$}/-])\/(?:work|workspace|Users|root|home\/(?!runner\b|node\b)[a-z])\//)).toEqual([]);
});

test('no address of a package registry: what is installed is decided by the lock file and by whoever installs', () => {
  expect(offenders(/\b(?:registry\.\x6epmjs|\x6epmmirror|\x6epmjs\.org\/|pkgs\.dev|artif\x61ctory|verd\x61ccio)\b/i)).toEqual([]);
});

test('the lock file names no registry and holds a checksum for every package', () => {
  const lock = JSON.parse(read('package-lock.json')) as { packages: Record<string, { resolved?: string; integrity?: string; link?: boolean }> };
  const entries = Object.entries(lock.packages).filter(([path]) => path !== '');
  expect(entries.length).toBeGreaterThan(50);
  expect(entries.filter(([, { integrity }]) => integrity === undefined).map(([path]) => path)).toEqual([]);
  expect(entries.filter(([, { resolved }]) => resolved !== undefined).map(([path]) => path)).toEqual([]);
});
