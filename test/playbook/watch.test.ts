import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Failure } from '../../src/lib/failure.ts';
import { openPlaybooks, type Playbooks } from '../../src/playbook/watch.ts';
import { KINDS } from './kinds.ts';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tagback-playbooks-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const write = (file: string, text: string | Uint8Array): void => writeFileSync(join(dir, file), text);
const open = (): Playbooks => openPlaybooks({ dir, steps: KINDS, strategies: [], logBackends: [] });
const GOOD = 'steps:\n  - { id: a, use: collect }\n';
const codes = (problems: readonly { code: string; file: string }[]): readonly string[] => problems.map(({ code, file }) => `${file} ${code}`);
function failure(): Failure {
  try {
    open();
  } catch (error) {
    if (error instanceof Failure) return error;
  }
  throw new Error('no failure');
}

describe('the folder of playbooks', () => {
  it('gives playbooks by name and the services', () => {
    write('services.yml', 'playbook: main\nservices:\n  shop: {}\n');
    write('main.yml', GOOD);
    const playbooks = open();
    expect(playbooks.names()).toEqual(['main']);
    expect(playbooks.playbook('main')?.steps).toHaveLength(1);
    expect([playbooks.playbook('other'), playbooks.playbook(undefined)]).toEqual([undefined, undefined]);
    expect(playbooks.catalog().defaultPlaybook).toBe('main');
    expect(playbooks.problems()).toEqual([]);
  });

  it('a file that went bad leaves its last good state in force, the others change', () => {
    write('services.yml', 'services:\n  shop: { playbook: one }\n');
    write('one.yml', GOOD);
    write('two.yml', GOOD);
    const playbooks = open();
    write('one.yml', 'stpes: []\n');
    write('two.yml', `title: New\n${GOOD}`);
    expect(codes(playbooks.reload())).toEqual(['one.yml E_PLAYBOOK_KEY']);
    expect(playbooks.playbook('one')?.title).toBe('One');
    expect(playbooks.playbook('two')?.title).toBe('New');
    write('one.yml', `title: Repaired\n${GOOD}`);
    expect(playbooks.reload()).toEqual([]);
    expect(playbooks.playbook('one')?.title).toBe('Repaired');
  });

  it('bad services leave the old ones in force, together with the playbooks they need', () => {
    write('services.yml', 'services:\n  shop: { playbook: one }\n');
    write('one.yml', GOOD);
    const playbooks = open();
    rmSync(join(dir, 'one.yml'));
    expect(codes(playbooks.reload())).toEqual(['services.yml E_PLAYBOOK_REF']);
    expect(playbooks.catalog().services[0]?.playbook).toBe('one');
    expect(playbooks.playbook('one')).toBeDefined();
    write('services.yml', 'services:\n  web: {}\n');
    expect(playbooks.reload()).toEqual([]);
    expect(playbooks.names()).toEqual([]);
    expect(playbooks.catalog().services[0]?.name).toBe('web');
  });

  it('without services.yml that can be used it does not open, and says everything that is wrong', () => {
    expect(failure()).toMatchObject({ code: 'E_CONFIG', message: expect.stringContaining('there is no services.yml') });
    write('services.yml', 'services:\n  shop: { severity: high, call: [ada] }\n');
    write('one.yml', 'steps: []\n');
    expect(failure().message).toMatch(/services.yml:2:.*E_PLAYBOOK_TYPE[\s\S]*one.yml:1:8 E_PLAYBOOK_EMPTY|one.yml:1:8 E_PLAYBOOK_EMPTY[\s\S]*services.yml:2:/);
  });

  it('a bad playbook at the start stops nothing: people are told, the rest works', () => {
    write('services.yml', 'services:\n  shop: { playbook: one }\n');
    write('one.yml', 'steps: []\n');
    const playbooks = open();
    expect(codes(playbooks.problems())).toEqual(['one.yml E_PLAYBOOK_EMPTY']);
    expect(playbooks.playbook('one')).toBeUndefined();
  });

  it('two files with one name: the first is used, the second is named', () => {
    write('services.yml', '{}\n');
    write('a.yml', `name: same\n${GOOD}`);
    write('b.yml', `name: same\ntitle: Second\n${GOOD}`);
    const playbooks = open();
    expect(playbooks.problems().map(({ message }) => message)).toEqual(["the name 'same' is taken by a.yml; the file is not used"]);
    expect(playbooks.playbook('same')?.title).toBe('Same');
  });

  it('files that are too large, hidden or something else are not read', () => {
    write('services.yml', '{}\n');
    write('big.yml', Buffer.alloc(300 * 1024, 120));
    write('.hidden.yml', 'broken: [');
    write('notes.md', 'broken: [');
    expect(codes(open().problems())).toEqual(['big.yml E_TOO_LARGE']);
  });

  it('an empty mapping is an empty catalog', () => {
    write('services.yml', 'services: {}\n');
    expect(open().catalog().services).toEqual([]);
  });
});
