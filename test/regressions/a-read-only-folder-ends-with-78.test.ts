/** K12: rights are not mended by waiting, so a supervisor must not start us again and again. */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from '../rules/tree.ts';

const isRoot = process.getuid?.() === 0;
const SETPRIV = '/usr/bin/setpriv';
const MAIN = join(ROOT, 'src/main.ts');
/** Root may write everywhere; "nobody" may not, if it may read the checkout at all. */
const as = isRoot ? [SETPRIV, '--reuid=65534', '--regid=65534', '--clear-groups'] : [];
const canTry = !isRoot || (existsSync(SETPRIV) && spawnSync(SETPRIV, [...as.slice(1), 'test', '-r', MAIN]).status === 0);
const settings = { SLACK_BOT_TOKEN: 'xoxb-1-abcdefgh', SLACK_SIGNING_SECRET: 'f'.repeat(32), GITHUB_TOKEN: 'ghp_abcdefghijklmnop' };

it.skipIf(process.platform === 'win32' || !canTry)('a database in a folder that may not be written ends with 78, and says which', () => {
  const dir = mkdtempSync(join(tmpdir(), 'tagback-read-only-'));
  const folder = join(dir, 'data');
  mkdirSync(folder);
  chmodSync(dir, 0o755);
  chmodSync(folder, 0o555);
  const env = { PATH: process.env.PATH ?? '', ...settings, DATABASE_URL: `sqlite:${join(folder, 'tagback.db')}`, PLAYBOOKS_DIR: join(ROOT, 'playbooks') };
  // Root may write everywhere; "nobody" may not.
  const as = isRoot ? [SETPRIV, '--reuid=65534', '--regid=65534', '--clear-groups'] : [];
  const [file = '', ...args] = [...as, process.execPath, MAIN];
  const ended = spawnSync(file, args, { cwd: dir, env, encoding: 'utf8', timeout: 15_000 });
  rmSync(dir, { recursive: true, force: true });
  expect(ended.stderr).toMatch(/E_STORE: .*tagback\.db cannot be opened for writing \(EACCES/);
  expect(ended.status).toBe(78);
});
