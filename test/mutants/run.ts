/** `npm run mutants [-- WORD…]`: plants each bug in a copy of the repository and runs the tests that must notice it. Ends 1 when one of them lives. */
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Edit, MUTANTS, type Mutant } from './mutants.ts';

const ROOT = join(import.meta.dirname, '../..');
/** What the tests read; .env and databases stay where they are. */
const COPIED = ['src', 'test', 'playbooks', 'docs', 'assets', 'bin', 'scripts', 'package.json', 'tsconfig.json', 'vitest.config.ts'];
/** A bug that makes a test wait for ever must not keep us. */
const PATIENCE_MS = 180_000;

type Verdict =
  | { readonly kind: 'green' }
  /** The first test that failed, by its full name, and what it said. */
  | { readonly kind: 'red'; readonly test: string; readonly because: string }
  /** No test judged it: the tests did not load, or did not end in time. */
  | { readonly kind: 'none'; readonly because: string };

const copy = mkdtempSync(join(tmpdir(), 'tagback-mutants-'));
process.on('exit', () => rmSync(copy, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(130));
for (const name of COPIED) cpSync(join(ROOT, name), join(copy, name), { recursive: true });
symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));

const words = process.argv.slice(2).map((word) => word.toLowerCase());
const chosen = MUTANTS.filter(({ name }) => words.every((word) => name.toLowerCase().includes(word)));
const say = (text: string): void => void process.stdout.write(`${text}\n`);
process.exitCode = (await main()) ? 0 : 1;

async function main(): Promise<boolean> {
  if (chosen.length === 0) {
    say(`no bug is named like “${words.join(' ')}”`);
    return false;
  }
  // A test that is red anyway catches everything and proves nothing.
  const before = await judge([...new Set(chosen.flatMap(({ tests }) => tests))]);
  if (before.kind !== 'green') {
    say(`The unchanged copy is not green${before.kind === 'red' ? `, in “${before.test}”` : ''}: ${before.because}`);
    return false;
  }
  let caught = 0;
  for (const mutant of chosen) if (await isCaught(mutant)) caught += 1;
  say(`${caught} of ${chosen.length} bugs caught`);
  return caught === chosen.length;
}

async function isCaught(mutant: Mutant): Promise<boolean> {
  const restore = plant(mutant.edits);
  if (typeof restore === 'string') {
    say(`ROTTEN    ${mutant.name}: ${restore}`);
    return false;
  }
  try {
    const verdict = await judge(mutant.tests);
    if (verdict.kind === 'red') say(`caught    ${mutant.name}\n          by ${verdict.test}`);
    else say(verdict.kind === 'green' ? `SURVIVED  ${mutant.name}` : `NO ANSWER ${mutant.name}: ${verdict.because}`);
    return verdict.kind === 'red';
  } finally {
    restore();
  }
}

/** Changes the copy; the answer puts it back, or is a sentence when a text is not there exactly once. */
function plant(edits: readonly Edit[]): (() => void) | string {
  const files = new Map(edits.map(({ file }) => [file, readFileSync(join(copy, file), 'utf8')]));
  const changed = new Map(files);
  for (const { file, text, instead } of edits) {
    const parts = (changed.get(file) ?? '').split(text);
    if (parts.length !== 2) return `“${text}” stands ${parts.length - 1} times in ${file}`;
    changed.set(file, parts.join(instead));
  }
  const write = (all: ReadonlyMap<string, string>): void => {
    for (const [file, text] of all) writeFileSync(join(copy, file), text);
  };
  write(changed);
  return () => write(files);
}

interface Report {
  readonly success: boolean;
  readonly testResults: readonly {
    readonly message: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string; readonly failureMessages?: readonly string[] }[];
  }[];
}

async function judge(tests: readonly string[]): Promise<Verdict> {
  const report = join(copy, 'report.json');
  rmSync(report, { force: true });
  // No --bail: it can end the report before the failure is in it, and a caught bug then looks like a survivor.
  const ended = await vitest([...tests, '--reporter=json', `--outputFile=${report}`]);
  if (ended === 'too late') return { kind: 'none', because: `the tests did not end within ${PATIENCE_MS / 1000} s` };
  if (!existsSync(report)) return { kind: 'none', because: `vitest ended with ${ended} and without a report` };
  const { success, testResults } = JSON.parse(readFileSync(report, 'utf8')) as Report; // vitest's own form
  if (success && ended === 0) return { kind: 'green' };
  const failed = testResults.flatMap(({ assertionResults }) => assertionResults).find(({ status }) => status === 'failed');
  if (failed) return { kind: 'red', test: failed.fullName, because: failed.failureMessages?.[0]?.split('\n')[0] ?? 'it said nothing' };
  return { kind: 'none', because: testResults.find(({ message }) => message !== '')?.message.split('\n')[0] ?? 'no test failed, and still it is red' };
}

/** Its exit code, or `too late`. A group of its own, so that its workers end with it. */
function vitest(args: readonly string[]): Promise<number | string> {
  const child = spawn(process.execPath, [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', ...args], { cwd: copy, detached: true, stdio: 'ignore' });
  const end = (): void => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL');
  };
  process.once('exit', end);
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      end();
      resolve('too late');
    }, PATIENCE_MS);
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      process.off('exit', end);
      resolve(code ?? signal ?? 'nothing');
    });
  });
}
