/** The bundle alone, laid out as the image and the package lay it out: no sources, and of all packages only the one that cannot be bundled. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, posix } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { build, ENTRIES } from '../../scripts/build.ts';
import { filesUnder, ROOT, read } from '../rules/tree.ts';

const dir = mkdtempSync(join(tmpdir(), 'tagback-shipped-'));
const { files } = JSON.parse(read('package.json')) as { files: readonly string[] };

beforeAll(async () => {
  await build(join(dir, 'dist'));
  for (const path of [...files.filter((name) => name !== 'dist'), 'package.json', 'node_modules/@resvg']) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    cpSync(join(ROOT, path), join(dir, path), { recursive: true });
  }
}, 60_000);
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const run = (...args: string[]) => {
  const command = [join(dir, 'bin/tagback.cjs'), ...args];
  return spawnSync(process.execPath, command, { cwd: dir, env: { PATH: process.env.PATH ?? '' }, encoding: 'utf8', timeout: 110_000 });
};

test('the demo ends with the verdict recovered, the chart drawn and the postmortem written', () => {
  const { status, stdout, stderr } = run('demo', '--exit');
  expect({ status, stderr }, stdout.slice(-2_000)).toEqual({ status: 0, stderr: '' });
  expect(readdirSync(join(dir, 'out'))).toEqual(expect.arrayContaining(['chart.png', 'postmortem.md', 'timeline.json', 'playbook.svg']));
  expect(readFileSync(join(dir, 'out/postmortem.md'), 'utf8')).toMatch(/recovered/i);
}, 120_000);

test('a playbook is checked, and a wrong one is told with its place', () => {
  expect(run('playbook', 'validate', 'playbooks/error-rate.yml')).toMatchObject({ status: 0, stderr: '' });
  expect(run('playbook', 'validate', 'package.json').stdout).toMatch(/package\.json:\d+:\d+ E_/);
}, 60_000);

test('every file that begins a thread or a process is an entry of the bundle', () => {
  const begun = filesUnder('src', '.ts').flatMap((path) =>
    [...read(path).matchAll(/new URL\('([^']+\.ts)', import\.meta\.url\)/g)].map(([, name = '']) => posix.join(posix.dirname(path), name)),
  );
  expect([...begun, 'src/main.ts', 'src/cli.ts'].sort()).toEqual(ENTRIES.map((path) => `src/${path}`).sort());
});

test('the same sources give the same bytes, and no path of the machine that bundled them', async () => {
  const again = join(dir, 'again');
  await build(again);
  const hashes = (folder: string) =>
    readdirSync(folder).map(
      (name) =>
        `${name} ${createHash('sha256')
          .update(readFileSync(join(folder, name)))
          .digest('hex')}`,
    );
  expect(hashes(again)).toEqual(hashes(join(dir, 'dist')));
  for (const name of readdirSync(again)) expect(readFileSync(join(again, name), 'utf8'), name).not.toContain(ROOT);
}, 60_000);
