#!/usr/bin/env node
// Understood by any Node, so that an old one gets a sentence instead of a syntax error. `tagback start` is the bot, everything else a command.
const { spawnSync } = require('node:child_process');
const { existsSync, readdirSync, statSync } = require('node:fs');
const nodeModule = require('node:module');
const { join } = require('node:path');

const root = join(__dirname, '..');
const name = process.argv[2] === 'start' ? 'main' : 'cli';
const [major, minor] = process.versions.node.split('.').map(Number);
if (major > 24 || (major === 24 && minor >= 15)) {
  // Compiled code is kept between starts: without it each start compiles all files again.
  // Beside the code, not in the common temporary folder: who can write here could change the code itself. Not writable: nothing is kept.
  const cache = join(root, 'node_modules', '.cache', 'tagback');
  if (nodeModule.enableCompileCache(cache).directory) process.env.NODE_COMPILE_CACHE = cache; // for our threads
  import(isBuilt() ? join(root, 'dist', `${name}.js`) : join(root, 'src', `${name}.ts`)).then(() => nodeModule.flushCompileCache());
} else {
  const own = join(root, 'node_modules', '.bin', 'node');
  if (!existsSync(own)) {
    console.error(`Tagback needs Node 24.15 or newer; this is ${process.versions.node}. "npm ci" in the checkout brings one along.`);
    process.exit(78);
  }
  process.exit(spawnSync(own, [__filename, ...process.argv.slice(2)], { stdio: 'inherit' }).status ?? 70);
}

/** dist/ is what "npm ci" bundled; a source file that was changed since then counts for more. Never read by a package from npm: there is no main.ts. */
function isBuilt() {
  const built = statSync(join(root, 'dist', `${name}.js`), { throwIfNoEntry: false });
  if (!built) return false;
  if (!existsSync(join(root, 'src', 'main.ts'))) return true;
  const files = readdirSync(join(root, 'src'), { recursive: true });
  return files.every((file) => !file.endsWith('.ts') || statSync(join(root, 'src', file)).mtimeMs <= built.mtimeMs);
}
