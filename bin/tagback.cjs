#!/usr/bin/env node
// Understood by any Node, so that an old one gets a sentence instead of a syntax error.
const { spawnSync } = require('node:child_process');
const { existsSync } = require('node:fs');
const { join } = require('node:path');

const [major, minor] = process.versions.node.split('.').map(Number);
const cli = join(__dirname, '..', 'src', 'cli.ts');
if (major > 24 || (major === 24 && minor >= 15)) {
  import(cli);
} else {
  const own = join(__dirname, '..', 'node_modules', '.bin', 'node');
  if (!existsSync(own)) {
    console.error(`Tagback needs Node 24.15 or newer; this is ${process.versions.node}. Try: npx -p node@24 -p tagback tagback ${process.argv.slice(2).join(' ')}`);
    process.exit(78);
  }
  process.exit(spawnSync(own, [cli, ...process.argv.slice(2)], { stdio: 'inherit' }).status ?? 70);
}
