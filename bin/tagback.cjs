#!/usr/bin/env node
// Understood by any Node, so that an old one gets a sentence instead of a syntax error. `tagback start` is the bot, everything else a command.
const { spawnSync } = require('node:child_process');
const { existsSync } = require('node:fs');
const nodeModule = require('node:module');
const { join } = require('node:path');

const [major, minor] = process.versions.node.split('.').map(Number);
const entry = join(__dirname, '..', 'src', process.argv[2] === 'start' ? 'main.ts' : 'cli.ts');
if (major > 24 || (major === 24 && minor >= 15)) {
  // Compiled code is kept between starts: without it each start strips the types of all files again (0.3 s of processor time, 30 MB).
  // Beside the code, not in the common temporary folder: who can write here could change the code itself. Not writable: nothing is kept.
  const cache = join(__dirname, '..', 'node_modules', '.cache', 'tagback');
  if (nodeModule.enableCompileCache(cache).directory) process.env.NODE_COMPILE_CACHE = cache; // for our threads
  import(entry).then(() => nodeModule.flushCompileCache());
} else {
  const own = join(__dirname, '..', 'node_modules', '.bin', 'node');
  if (!existsSync(own)) {
    console.error(`Tagback needs Node 24.15 or newer; this is ${process.versions.node}. "npm ci" in the checkout brings one along.`);
    process.exit(78);
  }
  process.exit(spawnSync(own, [entry, ...process.argv.slice(2)], { stdio: 'inherit' }).status ?? 70);
}
