import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT, read } from './tree.ts';

const lines = read('Dockerfile').split('\n');
const copied = lines.filter((line) => /^COPY (?!--from)/.test(line)).flatMap((line) => line.split(/\s+/).slice(1, -1));

test('what the image copies is there, and is what .dockerignore lets through', () => {
  const sent = read('.dockerignore')
    .split('\n')
    .filter((line) => line.startsWith('!'))
    .map((line) => line.slice(1));
  expect([...new Set(copied)].sort()).toEqual([...sent].sort());
  expect(copied.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
});

test('the image runs node itself, as nobody special, and its health check asks the process alone', () => {
  expect(lines.filter((line) => /^USER /.test(line))).toEqual(['USER 1000:1000']);
  const commands = [...read('Dockerfile').matchAll(/^\s*CMD (\[.*\])$/gm)].map(([, list = '']) => JSON.parse(list) as string[]);
  expect(commands.map(([program]) => program)).toEqual(['node', 'node']);
  expect(commands[0]?.at(-1)).toContain('/healthz');
  expect(commands.at(-1)).toEqual(['node', 'src/main.ts']);
});

test('no install script runs while the image is made, and nothing of development is in it', () => {
  expect(read('Dockerfile')).toContain('npm ci --omit=dev --ignore-scripts');
});
