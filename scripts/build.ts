/**
 * Bundles the program into dist/: few files with little white space, which start twice as fast and hold 25 MB less than the sources
 * (docs/decisions/0008). Nothing depends on it: where dist/ is missing or older than src/, bin/tagback.cjs runs the sources.
 */
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { type Plugin, type RolldownOutput, rolldown } from 'rolldown';

const ROOT = join(import.meta.dirname, '..');
const SRC = join(ROOT, 'src');
/** What begins a process or a thread; a test compares it with the `new URL('….ts')` of the sources. */
export const ENTRIES = ['main.ts', 'cli.ts', 'store/sqlite-writer.ts', 'logs/match-worker.ts', 'migrations/sqlite-process.ts', 'chart/png-thread.ts'] as const;
/** It is loaded by the name of its platform. */
const LEFT_OUTSIDE = [/^@resvg\//, 'playwright-core'];

/** All bundled files lie in one folder, so a path that a source file reckoned from itself is reckoned from there. */
const places = (up: string): Plugin => ({
  name: 'places',
  transform(code, id) {
    if (!id.startsWith(SRC) || !code.includes('import.meta.url')) return null;
    const reckon = (_: string, quote: string, path: string): string =>
      `new URL(${quote}${moved(up, resolve(dirname(id), path))}${path.endsWith('/') ? '/' : ''}`;
    return { code: code.replace(/new URL\(\s*([`'])([^`'$]*)/g, reckon), map: null };
  },
});

function moved(up: string, target: string): string {
  const entry = ENTRIES.find((name) => join(SRC, name) === target);
  return entry ? `./${entryName(entry)}.js` : `${up}/${relative(ROOT, target)}`;
}

const entryName = (path: string): string => basename(path, '.ts');

/** Writes the bundle; the same sources always give the same bytes. `more`: files that begin something beside the program; `up`: the way from the folder to the root. */
export async function build(dir: string, { more = [], up = '..' }: { more?: readonly string[]; up?: string } = {}): Promise<void> {
  const input = Object.fromEntries([...ENTRIES.map((path) => join(SRC, path)), ...more].map((path) => [entryName(path), path]));
  const bundle = await rolldown({ input, cwd: ROOT, platform: 'node', external: LEFT_OUTSIDE, plugins: [places(up)], logLevel: 'warn' });
  const written = await bundle.write({
    dir,
    format: 'esm',
    // Names stay: a stack in a log says which function failed.
    minify: { compress: false, mangle: false, codegen: { removeWhitespace: true } },
    entryFileNames: '[name].js',
    chunkFileNames: '[name]-[hash].js',
    keepNames: true,
    cleanDir: true,
  });
  await bundle.close();
  writeFileSync(join(dir, 'THIRD-PARTY.txt'), licences(written));
}

/** What is bundled goes out with its licence. */
function licences({ output }: RolldownOutput): string {
  const modules = output.flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []));
  const folders = new Set(modules.flatMap((id) => /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/.exec(id)?.[0] ?? []));
  return [...folders]
    .map(licence)
    .sort()
    .join(`\n${'-'.repeat(100)}\n\n`);
}

function licence(folder: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<string, unknown>; // npm's own file
  const file = readdirSync(folder).find((entry) => /^(licen[cs]e|copying)/i.test(entry));
  return `${name} ${version} (${license})\n\n${file ? readFileSync(join(folder, file), 'utf8').trim() : ''}\n`;
}

if (import.meta.main) {
  const startedAt = performance.now();
  const dir = join(ROOT, 'dist');
  await build(dir);
  const bytes = readdirSync(dir).reduce((sum, name) => sum + statSync(join(dir, name)).size, 0);
  console.log(`dist/: ${(bytes / 1e6).toFixed(1)} MB in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
}
