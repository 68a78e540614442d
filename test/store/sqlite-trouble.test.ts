import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openSqlite } from '../../src/store/sqlite.ts';
import { changeOf, rowOf, show, T0 } from './example.ts';

const script = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const mayDoAnything = process.getuid?.() === 0;

describe('SQLite in trouble', () => {
  let folder = '';
  let path = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tagback-trouble-'));
    path = join(folder, 'data', 'tagback.db');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** A file with one accepted delivery, closed. */
  async function made(): Promise<void> {
    const store = await openSqlite({ path });
    await store.accept({ source: 's', body: 'b', receivedAt: T0 });
    await store.close();
  }
  const open = () => openSqlite({ path, busyMs: 50 });

  test('a second store on the same file is refused, here and in another process, and the first goes on', async () => {
    const first = await openSqlite({ path });
    const refusal = {
      code: 'E_STORE',
      message: expect.stringContaining(`${path} is in use by another process`),
      hint: expect.stringContaining('stop the other'),
    };
    await expect(open()).rejects.toMatchObject(refusal);
    const other = `import('${new URL('../../src/store/sqlite.ts', import.meta.url)}').then((m) => m.openSqlite({ path: '${path}', busyMs: 50 })).catch((e) => console.log(e.code, e.message))`;
    expect(String(execFileSync(process.execPath, ['-e', other], { timeout: 10_000 }))).toMatch(/^E_STORE .*in use by another process/);
    expect(await first.accept({ source: 's', body: 'b', receivedAt: T0 })).toBe(1);
    await first.close();
    await (await open()).close();
  });

  test('a second store waits for a predecessor that is just closing', async () => {
    const first = await openSqlite({ path });
    const second = openSqlite({ path, busyMs: 5_000 });
    await first.put('k', 'from the first');
    await first.close();
    const store = await second;
    expect(await store.get('k')).toBe('from the first');
    await store.close();
  });

  test.each([
    ['text instead of a database', () => Buffer.from('not a database '.repeat(1_000))],
    ['a database whose pages are garbage', (good: Buffer) => Buffer.concat([good.subarray(0, 4096), Buffer.alloc(good.length - 4096, 0x5a)])],
    ['half a database', (good: Buffer) => good.subarray(0, 4096 * 3)],
  ])('%s is named as damaged, and left as it is', async (_, spoil) => {
    await made();
    const spoilt = spoil(readFileSync(path));
    writeFileSync(path, spoilt);
    await expect(open()).rejects.toMatchObject({
      code: 'E_STORE',
      permanent: true,
      message: expect.stringContaining(`${path} is damaged`),
      hint: expect.stringContaining('backup'),
    });
    expect(readFileSync(path).equals(spoilt)).toBe(true);
  });

  test('tables of a newer Tagback are refused and left alone', async () => {
    await made();
    const db = new DatabaseSync(path);
    db.exec('update schema_version set version = 999');
    db.close();
    await expect(open()).rejects.toMatchObject({
      code: 'E_STORE',
      permanent: true,
      message: expect.stringMatching(/has schema 999, this Tagback knows schemas up to \d+; nothing was changed/),
      hint: expect.stringContaining('newer Tagback'),
    });
  });

  test('a folder that is none is named, with what to do', async () => {
    writeFileSync(join(folder, 'data'), 'a file where the folder should be');
    await expect(open()).rejects.toMatchObject({
      code: 'E_STORE',
      message: expect.stringContaining(`${path} cannot be opened for writing`),
      hint: expect.stringContaining('writable'),
    });
  });

  test.skipIf(mayDoAnything)('a folder or a file that may only be read is named, with what to do', async () => {
    await made();
    const refusal = { code: 'E_STORE', message: expect.stringContaining(path), hint: expect.stringContaining('writable') };
    chmodSync(path, 0o444);
    await expect(open()).rejects.toMatchObject(refusal);
    rmSync(path);
    chmodSync(join(folder, 'data'), 0o555);
    await expect(open()).rejects.toMatchObject(refusal);
    chmodSync(join(folder, 'data'), 0o755);
  });

  test('file and folder are for the owner only', async () => {
    await made();
    expect([statSync(path).mode & 0o777, statSync(join(folder, 'data')).mode & 0o777]).toEqual([0o600, 0o700]);
  });

  test('writes that arrive together share one commit', async () => {
    const store = await openSqlite({ path });
    const before = statSync(`${path}-wal`).size;
    await Promise.all(Array.from({ length: 2_000 }, (_, n) => store.accept({ source: 's', body: `${n}`, receivedAt: T0 })));
    // 2,000 commits would write 2,000 pages of 4 KiB and more.
    expect(statSync(`${path}-wal`).size - before).toBeLessThan(500_000);
    await store.close();
  });

  test('tells the log what opening found, and when the disk is slow', async () => {
    const first = await openSqlite({ path });
    await first.commit(changeOf(rowOf(1), 0, { effects: [show('card')] }));
    await first.claim({ now: T0, limit: 1, leaseMs: 1_000, settleMs: 1_000 });
    await first.close();
    const lines: unknown[] = [];
    const second = await openSqlite({ path, slowMs: 0, log: (message, fields) => lines.push([message, fields]) });
    await second.put('k', 1);
    await second.close();
    expect(lines).toEqual([
      ['store opened', { path, schema: { from: expect.any(Number), to: expect.any(Number) }, interruptedTasks: 1 }],
      ['the disk is slow', { path, ms: expect.any(Number), writes: 1 }],
    ]);
  });

  test('words said once do not pile up', async () => {
    const store = await openSqlite({ path });
    const dayMs = 24 * 3_600_000;
    for (let day = 0; day < 40; day++) await Promise.all(Array.from({ length: 10 }, (_, n) => store.commit({ once: `${day}.${n}`, at: T0 + day * dayMs })));
    await store.close();
    const db = new DatabaseSync(path);
    expect(db.prepare('select count(*) as words from once').get()?.words).toBeLessThanOrEqual(40); // 10 a day, kept 3 days
    db.close();
  });

  test('calls still on their way when the store closes are answered', async () => {
    const store = await openSqlite({ path });
    const accepted = Array.from({ length: 50 }, (_, n) => store.accept({ source: 's', body: `${n}`, receivedAt: T0 }));
    const opened = store.commit(changeOf(rowOf(1), 0));
    const counted = store.counts();
    await store.close();
    expect(await Promise.all(accepted)).toHaveLength(50);
    expect(await opened).toEqual({ kind: 'done' });
    expect(await counted).toMatchObject({ inbox: 50, open: 1 });
  });

  test.skipIf(!existsSync('/usr/bin/prlimit'))('a full disk refuses writes but not reads, and once there is space it goes on without a restart', async () => {
    // A limit on the size of files, in blocks of 512 bytes, stands for the full disk: 2 MiB.
    const child = spawn('/bin/sh', ['-c', 'ulimit -S -f 4096; exec "$0" "$@"', process.execPath, script('./full-disk-writer.ts'), path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const closed = once(child, 'close');
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const nextLine = async () => JSON.parse((await lines.next()).value ?? 'null');
    const full = await nextLine();
    expect(full).toMatchObject({
      code: 'E_STORE',
      message: expect.stringContaining('this write was not stored'),
      hint: expect.stringContaining('goes on by itself'),
      check: 'E_STORE',
    });
    expect(full.readable).toBe(full.answered);
    execFileSync('/usr/bin/prlimit', ['--pid', String(child.pid), '--fsize=unlimited']);
    const after = await nextLine();
    expect(after).toEqual({ kind: 'done', answered: after.answered, readable: after.answered, counted: after.answered });
    expect(await closed).toEqual([0, null]);
  });
});
