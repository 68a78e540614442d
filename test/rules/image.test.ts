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
  const isSent = (path: string): boolean => sent.some((one) => path === one || path.startsWith(`${one}/`));
  expect(copied.filter((path) => !isSent(path))).toEqual([]);
  expect(sent.filter((one) => !copied.some((path) => path === one))).toEqual([]);
  expect(copied.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
});

test('the image runs node itself, as nobody special, and its health check asks the process alone', () => {
  expect(lines.filter((line) => /^USER /.test(line))).toEqual(['USER 1000:1000']);
  const commands = [...read('Dockerfile').matchAll(/^\s*CMD (\[.*\])$/gm)].map(([, list = '']) => JSON.parse(list) as string[]);
  expect(commands.map(([program]) => program)).toEqual(['node', 'node']);
  expect(commands[0]?.at(-1)).toContain('/healthz');
  expect(commands.at(-1)).toEqual(['node', 'bin/tagback.cjs', 'start']);
});

test('no install script runs while the image is made, and nothing of development is in it', () => {
  expect(read('Dockerfile').match(/npm ci.*/g)).toEqual(['npm ci --ignore-scripts', 'npm ci --omit=dev --ignore-scripts']);
  const last =
    read('Dockerfile')
      .split(/^FROM /m)
      .at(-1) ?? '';
  expect(last.match(/^COPY --from=.*$/gm)).toEqual([
    'COPY --from=modules /app/node_modules/@resvg ./node_modules/@resvg',
    'COPY --from=build /app/dist ./dist',
  ]);
  // What the package holds, the image holds, too.
  const { files } = JSON.parse(read('package.json')) as { files: readonly string[] };
  for (const path of files.filter((name) => name !== '.env.example')) expect(last).toContain(path);
});

test('the image sets for the memory of the process what `npm start` sets', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  const set = scripts.start?.match(/MALLOC_\w+=\d+/g) ?? [];
  expect(set).toHaveLength(4);
  for (const one of set) expect(read('Dockerfile')).toContain(`    ${one}`);
});
