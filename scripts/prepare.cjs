// "npm ci" ends with this. Understood by any Node, and never a reason for an installation to fail: without dist/ the sources run.
const { spawnSync } = require('node:child_process');
const { join } = require('node:path');
const [major, minor] = process.versions.node.split('.').map(Number);
let isDevelopment = true;
try {
  require.resolve('rolldown');
} catch {
  isDevelopment = false; // npm ci --omit=dev
}
if (isDevelopment && (major > 24 || (major === 24 && minor >= 15))) {
  const { status } = spawnSync(process.execPath, [join(__dirname, 'build.ts')], { stdio: 'inherit' });
  if (status !== 0) console.error('dist/ was not built; Tagback runs from its sources, and starts more slowly.');
}
