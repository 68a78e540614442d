import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const bin = (...args: string[]) => spawnSync(process.execPath, [join(ROOT, 'bin/tagback.cjs'), ...args], { cwd: ROOT, encoding: 'utf8', timeout: 30_000 });

it('the command line starts, does its work and ends without a word on standard error', () => {
  const { status, stdout, stderr } = bin('playbook', 'validate', 'playbooks/error-rate.yml', 'playbooks/dead-service.yml', 'playbooks/services.yml');
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout.match(/: good/g)).toHaveLength(3);
});

it('a wrong playbook ends with 1 and names the place', () => {
  const { status, stdout } = bin('playbook', 'validate', 'package.json');
  expect(status).toBe(1);
  expect(stdout).toMatch(/package\.json:\d+:\d+ E_/);
});

it('says its version', () => {
  const { version } = JSON.parse(execFileSync(process.execPath, ['-p', 'JSON.stringify(require("./package.json"))'], { cwd: ROOT, encoding: 'utf8' }));
  expect(bin('--version').stdout.trim()).toBe(version);
});
