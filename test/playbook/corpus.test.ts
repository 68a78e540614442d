import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadPlaybook } from '../../src/playbook/load.ts';
import { type Problem, printProblem } from '../../src/playbook/problem.ts';
import { loadCatalog } from '../../src/playbook/services.ts';
import { KINDS } from './kinds.ts';

interface Row {
  readonly id: string;
  readonly surface: string;
  readonly input: string;
  readonly expect: string;
  readonly message: string;
}
const rows = readFileSync(new URL('../fixtures/bad-inputs/corpus.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Row) // the fixture's own shape
  .filter(({ surface }) => surface === 'playbook YAML');

const service = (lines: string): string => `services:\n  shop:\n    repository: acme/shop\n    ${lines}\n`;
const step = (lines: string): string => `steps:\n  - id: one\n    ${lines}\n`;
const choices = (count: number): string => Array.from({ length: count }, (_, index) => `{ id: c${index}, label: C${index} }`).join(', ');
const bomb = ['a0: &a0 [x,x,x,x,x,x,x,x,x]', ...Array.from({ length: 9 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i},`.repeat(9).slice(0, -1)}]`)].join('\n');
const png = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');

/** Each row of the corpus as a file: where the row shows a fragment, at the place where a person would write it. */
const FILES: Readonly<Record<string, { readonly playbook?: string | Buffer; readonly services?: string; readonly says: RegExp; readonly at?: string }>> = {
  P01: { playbook: '', says: /the file is empty/ },
  P02: { playbook: 'steps:\n\t- id: a', says: /tabs are not allowed for indentation/, at: '2:1' },
  P03: { playbook: 'steps: []\nsteps: []', says: /duplicate key 'steps'/, at: '2:1' },
  P04: { playbook: bomb, says: /aliases/ },
  P05: { playbook: '['.repeat(20_000), says: /deeper than 32/ },
  P06: { playbook: '__proto__: {admin: true}', says: /unknown key '__proto__'/, at: '1:1' },
  P07: { playbook: 'stpes: [...]', says: /unknown key 'stpes'; did you mean 'steps'\?/, at: '1:1' },
  P08: { playbook: step('type: screnshot'), says: /write 'use:'.*kinds of steps: collect, check-logs, ask, decide, rollback, verify, notify/, at: '3:5' },
  P09: {
    playbook: 'steps:\n  - { id: check-logs, use: check-logs }\n  - { id: check-logs, use: check-logs }\n',
    says: /duplicate id 'check-logs': used on line 2 and on line 3/,
  },
  P10: {
    playbook: "steps:\n  - id: decide\n    use: decide\n    when: 'true'\n    on_yes: no-such-step\n",
    says: /step 'decide' refers to 'no-such-step'/,
    at: '5:13',
  },
  P11: { playbook: 'steps:\n  - { id: a, use: collect, next: b }\n  - { id: b, use: collect, next: a }\n', says: /a -> b -> a go round/ },
  P12: { playbook: step("use: check-logs\n    log_pattern: '(a+)+$'"), says: /\(a\+\)\+\$.*exponential/, at: '4:18' },
  P13: { playbook: step("use: check-logs\n    log_pattern: '(['"), says: /Unterminated/ },
  P14: { services: service('rollback: {tag_prefix: 1.10}'), says: /expected string, got number 1.1; quote it: "1.10"/, at: '4:28' },
  P15: { services: service('rollback: { approve: {require: 2, from: []} }'), says: /2 approvals required, 0 people may approve/ },
  P16: { playbook: step('use: collect\n    timeout: 5 parsecs'), says: /expected e.g. 90s, 5m, 2h; 1s\.\.24h/, at: '4:14' },
  P17: { services: service('health: {url: http://169.254.169.254/}'), says: /169\.254\.169\.254 is a (?:metadata|link-local) address/ },
  P18: { services: service('health: {url: file:///etc/passwd}'), says: /http/ },
  P19: { playbook: 'steps: []\n---\nsteps: []\n', says: /one document expected/, at: '2:1' },
  P20: { playbook: step("use: collect\n    run: !!js/function 'x'"), says: /unknown tag '!!js\/function'/, at: '4:10' },
  P21: { playbook: 'a: &a [*a]', says: /self-reference/, at: '1:8' },
  P22: { playbook: `# ${'x'.repeat(10_000_000)}`, says: /limit is 256 KiB/ },
  P23: { playbook: png, says: /not a text file/ },
  P24: { playbook: step("use: collect\n    text: 'token {{ env.GITHUB_TOKEN }}'"), says: /unknown variable env.GITHUB_TOKEN.*known are service/, at: '4:11' },
  P25: { playbook: step(`use: collect\n    text: ${'x'.repeat(5_000)}`), says: /5000 characters; Slack shows at most 3000/, at: '4:11' },
  P26: { playbook: step(`use: ask\n    question: Which?\n    choices: [${choices(61)}]`), says: /61 choices; Slack shows at most 25/ },
};

function problemsIn({ playbook, services }: { readonly playbook?: string | Buffer; readonly services?: string }): readonly Problem[] {
  const outcome =
    services === undefined
      ? loadPlaybook(playbook ?? '', 'name.yml', KINDS)
      : loadCatalog(services, 'services.yml', { playbooks: [], strategies: [], logBackends: [] });
  return outcome.ok ? [] : outcome.problems;
}

describe('the corpus of bad playbooks', () => {
  it('has a file here for each of its rows', () => expect(rows.map(({ id }) => id)).toEqual(Object.keys(FILES)));

  it.each(rows)('$id $input is refused with $expect', ({ id, expect: code }) => {
    const row = FILES[id];
    if (!row) throw new Error(`no file for ${id}`);
    const before = process.threadCpuUsage();
    const problems = problemsIn(row);
    const { user, system } = process.threadCpuUsage(before);
    expect((user + system) / 1_000).toBeLessThan(200);
    expect([...new Set(problems.map((problem) => problem.code))]).toEqual([code]);
    expect(problems.map(printProblem).join('\n')).toMatch(row.says);
    if (row.at !== undefined) expect(problems.map(({ line, column }) => `${line}:${column}`)).toContain(row.at);
    expect(problems[0]?.file).toMatch(/\.yml$/);
  });

  it.each(['-5m', '1e9h', '25h', '0s', '5', ''])('a timeout of %j is refused like the one in P16', (timeout) => {
    expect(problemsIn({ playbook: step(`use: collect\n    timeout: '${timeout}'`) }).map(({ code }) => code)).toEqual(['E_PLAYBOOK_DURATION']);
  });
  it('P15 and P12 hold for the approval of a step, too', () => {
    expect(problemsIn({ playbook: step('use: rollback\n    approve: {require: 2, from: []}') }).map(({ code }) => code)).toEqual(['E_PLAYBOOK_POLICY']);
    expect(
      problemsIn({ playbook: step('use: rollback\n    approve: {require: 2, from: [U0001]}') })
        .map(printProblem)
        .join(),
    ).toContain('2 approvals required, 1 person may approve');
    expect(problemsIn({ playbook: step('use: rollback\n    approve: {require: 2, from: [S0001]}') })).toEqual([]);
  });
});
