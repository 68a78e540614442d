import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Failure } from '../../src/lib/failure.ts';
import type { LogQuery, LogResult } from '../../src/logs/backend.ts';
import { file } from '../../src/logs/file.ts';
import { createLogSearch } from '../../src/logs/search.ts';
import { grouped } from './grouped.ts';

const T0 = Date.parse('2026-11-20T10:00:00Z');
const MINUTE = 60_000;
let root = '';
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'tagback-logs-'));
  mkdirSync(join(root, 'logs'));
  writeFileSync(join(root, 'secret.txt'), 'outside\n');
});
afterAll(() => rmSync(root, { recursive: true }));

const iso = (minute: number): string => new Date(T0 + minute * MINUTE).toISOString();
const write = (name: string, text: string | Uint8Array): void => writeFileSync(join(root, 'logs', name), text);
const ask = (query: Partial<LogQuery> = {}): LogQuery => ({
  from: T0,
  to: T0 + 60 * MINUTE,
  pattern: undefined,
  maxLines: 1_000,
  maxBytes: 1_000_000,
  ...query,
});
const search = (name: string, query?: Partial<LogQuery>): Promise<LogResult> =>
  file.search({ folder: join(root, 'logs'), file: name }, ask(query), AbortSignal.timeout(20_000));
const searchLogs = createLogSearch(() => undefined);
const textsOf = ({ lines }: LogResult): readonly string[] => lines.map(({ text }) => text);
const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'no failure',
    (error: unknown) => (error instanceof Failure ? `${error.code} ${error.message}` : String(error)),
  );

describe('log files', () => {
  it('gives the lines of the time asked for, JSON and plain, oldest first', async () => {
    write(
      'mixed.log',
      [`${iso(-1)} INFO before`, `${iso(1)} INFO one`, JSON.stringify({ time: T0 + 2 * MINUTE, level: 50, msg: 'two' }), `${iso(61)} INFO after`].join('\n'),
    );
    const { lines, truncated } = await search('mixed.log');
    expect(lines.map(({ at }) => at)).toEqual([T0 + MINUTE, T0 + 2 * MINUTE]);
    expect(truncated).toBe(false);
  });

  it('a stack trace stays with its line: in time, in the pattern and in the limit', async () => {
    write('trace.log', `${iso(1)} ERROR boom\n    at a (a.js:1:1)\n    at b (b.js:1:1)\n${iso(2)} INFO fine\n${iso(3)} ERROR bang\n    at c (c.js:1:1)\n`);
    expect(textsOf(await search('trace.log', { pattern: 'error' }))).toHaveLength(5);
    expect(textsOf(await search('trace.log', { pattern: 'c\\.js' }))).toEqual([`${iso(3)} ERROR bang`, '    at c (c.js:1:1)']);
    expect(await search('trace.log', { maxLines: 4 })).toMatchObject({ truncated: true, lines: [{ text: `${iso(2)} INFO fine` }, {}, {}] });
    expect(await grouped((await search('trace.log')).lines)).toHaveLength(2);
  });

  it('the newest lines are kept when there are too many, by number and by bytes', async () => {
    write('many.log', Array.from({ length: 5_000 }, (_, index) => `${iso(index / 100)} INFO line ${index}`).join('\n'));
    const byLines = await search('many.log', { maxLines: 10 });
    expect([byLines.truncated, textsOf(byLines).at(0), textsOf(byLines).at(-1)]).toEqual([
      true,
      expect.stringMatching(/line 4990$/),
      expect.stringMatching(/line 4999$/),
    ]);
    const byBytes = await search('many.log', { maxBytes: 1_000 });
    expect(textsOf(byBytes).join('\n').length).toBeLessThanOrEqual(1_000);
  });

  it('a large file is read from its end only as far as needed', async () => {
    const old = `${iso(-500)} INFO ${'x'.repeat(200)}\n`.repeat(100_000);
    write('large.log', `${old}${iso(1)} ERROR here\n`);
    const before = process.memoryUsage().arrayBuffers;
    expect(textsOf(await search('large.log'))).toEqual([`${iso(1)} ERROR here`]);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * 1024 * 1024);
  });

  it('lines without any time are kept, broken UTF-8 and half a last line do no harm', async () => {
    write('odd.log', Buffer.concat([Buffer.from('no time here\n'), Buffer.from([0xc3, 0x28, 0x0a]), Buffer.from(`${iso(1)} ERROR half a li`)]));
    expect(textsOf(await search('odd.log'))).toEqual(['no time here', '\ufffd(', `${iso(1)} ERROR half a li`]);
    write('empty.log', '');
    expect(await search('empty.log')).toEqual({ lines: [], truncated: false });
  });

  it('nothing outside of the folder is read: no dots, no links, no devices', async () => {
    symlinkSync(join(root, 'secret.txt'), join(root, 'logs', 'link.log'));
    symlinkSync('/dev/zero', join(root, 'logs', 'zero.log'));
    execFileSync('mkfifo', [join(root, 'logs', 'pipe.log')]);
    expect(await codeOf(search('link.log'))).toMatch(/^E_LOGS link.log leads out of/);
    expect(await codeOf(search('zero.log'))).toMatch(/^E_LOGS zero.log leads out of/);
    expect(await codeOf(search('pipe.log'))).toMatch(/^E_LOGS pipe.log in .* is no file/);
    expect(await codeOf(search('gone.log'))).toMatch(/^E_LOGS the log gone.log .* cannot be read \(ENOENT\)/);
    for (const name of ['../secret.txt', 'a/../../secret.txt', '/etc/passwd', '..', 'a\0b'])
      expect(file.options.safeParse({ folder: root, file: name }).success).toBe(false);
    expect(file.options.safeParse({ folder: root, file: 'shop/..app.log' }).success).toBe(true);
  });

  it('a link within the folder is followed, as log rotation makes them', async () => {
    write('app-1.log', `${iso(1)} INFO x\n`);
    symlinkSync('app-1.log', join(root, 'logs', 'current.log'));
    expect(textsOf(await search('current.log'))).toHaveLength(1);
  });
});

/** The longest piece of work without a break, in processor time of this thread. */
async function watching<T>(what: () => Promise<T>): Promise<{ searched: T; longestMs: number }> {
  const now = (): number => process.threadCpuUsage().user / 1_000;
  let longestMs = 0;
  let last = now();
  let isOver = false;
  const beat = (): void => {
    longestMs = Math.max(longestMs, now() - last);
    last = now();
    if (!isOver) setImmediate(beat);
  };
  setImmediate(beat);
  const searched = await what();
  isOver = true;
  return { searched, longestMs };
}

describe('searching logs', () => {
  const where = (name: string) => ({ use: 'file', options: { folder: join(root, 'logs'), file: name } });
  const signal = AbortSignal.timeout(20_000);

  it('no secret leaves it, not even over many lines', async () => {
    const github = `ghp_${'a1B2'.repeat(9)}`;
    write(
      'secrets.log',
      [
        `${iso(1)} ERROR push with ${github} failed`,
        `${iso(1)} ERROR key:`,
        '-----BEGIN PRIVATE KEY-----',
        'MIIEvAIBADANBgkq',
        '-----END PRIVATE KEY-----',
        `${iso(2)} INFO {"password":"hunter2"}`,
      ].join('\n'),
    );
    const text = textsOf(await searchLogs(where('secrets.log'), ask(), signal)).join('\n');
    expect(text).toContain('[REDACTED:github]');
    for (const secret of [github, 'MIIEvAIBADANBgkq', 'hunter2']) expect(text).not.toContain(secret);
  });

  it('scrubbing many lines never holds up the process for long', async () => {
    write(
      'heavy.log',
      Array.from({ length: 15_000 }, (_, index) => `${iso(1)} ERROR user=${index} password=abc${index} url=https://a:b${index}@c/ x`).join('\n'),
    );
    const { searched, longestMs } = await watching(() => searchLogs(where('heavy.log'), ask({ maxLines: 20_000, maxBytes: 4_000_000 }), signal));
    expect(searched.lines).toHaveLength(15_000);
    expect(longestMs).toBeLessThan(50);
  });

  it('an unknown backend and an unsafe pattern are refused by name', async () => {
    expect(await codeOf(searchLogs({ use: 'grep', options: {} }, ask(), signal))).toMatch(/^E_LOGS there is no log backend 'grep'/);
    expect(await codeOf(searchLogs(where('trace.log'), ask({ pattern: '(a+)+$' }), signal))).toMatch(/^E_REGEX_UNSAFE/);
    expect(await codeOf(searchLogs(where('trace.log'), ask({ pattern: '([' }), signal))).toMatch(/^E_REGEX_SYNTAX/);
  });
});
