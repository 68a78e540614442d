import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import type { LogAsk } from '../../src/logs/backend.ts';
import { command } from '../../src/logs/command.ts';
import { grouped } from './grouped.ts';
import { ask, failureOf, SECRET, T0 } from './serve.ts';

const folder = mkdtempSync(join(tmpdir(), 'tagback-command-'));
afterAll(() => rmSync(folder, { recursive: true }));

const iso = (ms: number): string => new Date(T0 + ms).toISOString();
/** A program of our own stands for the tools of others. */
const node = (code: string): readonly string[] => [process.execPath, '-e', code];
const search = (argv: readonly string[], more?: Partial<LogAsk>, options: object = {}) =>
  command.search({ argv, ...options }, ask({ timeoutMs: 10_000, ...more }), AbortSignal.timeout(20_000));
const print = (...lines: readonly string[]): readonly string[] => node(`process.stdout.write(${JSON.stringify(`${lines.join('\n')}\n`)})`);

describe('a command', () => {
  it('gives the lines of the time asked for; a stack trace stays with its line', async () => {
    const argv = print(
      `${iso(-5_000)} INFO before`,
      `${iso(1)} ERROR TypeError: x`,
      '    at total (/srv/cart.js:41:18)',
      `${iso(2)} INFO fine`,
      `${iso(700_000)} late`,
    );
    const { lines, truncated } = await search(argv);
    expect(lines.map(({ at, text }) => [at, text.trim()])).toEqual([
      [T0 + 1, `${iso(1)} ERROR TypeError: x`],
      [T0 + 1, 'at total (/srv/cart.js:41:18)'],
      [T0 + 2, `${iso(2)} INFO fine`],
    ]);
    expect(truncated).toBe(false);
    expect(await grouped(lines)).toMatchObject([{ count: 1, frames: [{ line: 41 }] }]);
  });

  it('runs exactly the words of services.yml: no shell, no variables, no globs', async () => {
    const marker = join(folder, 'made');
    const words = ['$HOME', '`id`', '*', `; touch ${marker}`, '$(id)', '|', '&&'];
    const { lines } = await search([process.execPath, '-e', 'console.log(JSON.stringify(process.argv.slice(1)))', '--', ...words]);
    expect(JSON.parse(lines[0]?.text ?? '')).toEqual(words);
    expect(existsSync(marker)).toBe(false);
  });

  it("has none of the bot's environment but what is named, and learns the time asked for", async () => {
    process.env.TAGBACK_TEST_SECRET = 'must-not-be-seen';
    const { lines } = await search(
      node('console.log(Object.keys(process.env).sort().join(" "), process.env.LOG_FROM, process.env.TEST_GIVEN.length)'),
      {},
      { env: ['TEST_GIVEN'] },
    );
    delete process.env.TAGBACK_TEST_SECRET;
    expect(lines[0]?.text).toBe(`LANG LOG_FROM LOG_TO PATH TEST_GIVEN ${T0 / 1_000} ${SECRET.length}`);
  });

  it('what it prints too much of is cut to the newest, and said to be', async () => {
    const many = node(`for (let i = 0; i < 50000; i++) console.log('line ' + i)`);
    const byLines = await search(many, { maxLines: 3 });
    expect(byLines).toMatchObject({ truncated: true, lines: [{ text: 'line 49997' }, {}, { text: 'line 49999' }] });
    const byBytes = await search(many, { maxBytes: 1_000, maxLines: 10_000 });
    expect(byBytes.truncated).toBe(true);
    expect(byBytes.lines.at(-1)?.text).toBe('line 49999');
    expect((await search(print('one', 'two error'), { pattern: 'ERROR' })).lines.map(({ text }) => text)).toEqual(['two error']);
  });

  it('is killed at the deadline with everything it started', async () => {
    const marker = join(folder, 'survived');
    const child = `setTimeout(() => require('node:fs').writeFileSync(${JSON.stringify(marker)}, ''), 1500)`;
    const parent = `require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(child)}], { stdio: 'inherit' }); process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)`;
    const startedAt = performance.now();
    expect(await failureOf(search(node(parent), { timeoutMs: 700 }))).toMatchObject({ code: 'E_TIMEOUT' });
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    await pause(1_500); // the grandchild would have written by then
    expect(existsSync(marker)).toBe(false);
  });

  it('a flood without end is ended', async () => {
    const flood = node(`const text = 'x'.repeat(99) + '\\n'; const out = text.repeat(5000); (function again() { process.stdout.write(out, again) })()`);
    const { truncated, lines } = await search(flood, { maxLines: 10 });
    expect(truncated).toBe(true);
    expect(lines).toHaveLength(10);
  });

  it('an end with an error says what it complained of, without secrets', async () => {
    const failure = await failureOf(search(node(`console.error('no permission for ' + process.env.TEST_GIVEN); process.exit(3)`), {}, { env: ['TEST_GIVEN'] }));
    expect(failure).toMatchObject({ code: 'E_LOGS', message: expect.stringMatching(/ended with 3: no permission for/) });
    expect(failure.message).not.toContain(SECRET);
  });

  it('nothing printed is an empty list; a program that is not there is named', async () => {
    expect(await search(['/bin/true'])).toEqual({ lines: [], truncated: false });
    expect(await failureOf(search(['/no/such/program']))).toMatchObject({ code: 'E_LOGS', permanent: true, message: expect.stringContaining('ENOENT') });
    expect(await failureOf(search(['/bin/true'], {}, { env: ['NOT_SET'] }))).toMatchObject({ permanent: true });
  });

  it.each([[['journalctl']], [['./tool']], [[]], ['journalctl -u shop'], [['/bin/x', 'a\0b']]])('%j is refused when services.yml is read', (argv) => {
    expect(command.options.safeParse({ argv }).success).toBe(false);
  });
});
