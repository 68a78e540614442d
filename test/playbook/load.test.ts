import { describe, expect, it } from 'vitest';
import type { Playbook } from '../../src/core/playbook.ts';
import { loadPlaybook } from '../../src/playbook/load.ts';
import { type Problem, printProblem } from '../../src/playbook/problem.ts';
import { KINDS } from './kinds.ts';

function load(text: string, file = 'error-rate.yml'): Playbook {
  const outcome = loadPlaybook(text, file, KINDS);
  if (!outcome.ok) throw new Error(outcome.problems.map(printProblem).join('\n'));
  return outcome.playbook;
}
function problemsOf(text: string, file = 'error-rate.yml'): readonly Problem[] {
  const outcome = loadPlaybook(text, file, KINDS);
  return outcome.ok ? [] : outcome.problems;
}
const said = (text: string): string => problemsOf(text).map(printProblem).join('\n');

const DECISION = `
steps:
  - { id: check-logs, use: check-logs }
  - { id: new-errors, use: decide, when: check_logs.new_errors > 0, on_yes: rollback, on_no: end }
  - { id: rollback, use: rollback }
  - { id: verify, use: verify, on_no_effect: check-logs }
`;

describe('what a playbook becomes', () => {
  it('steps follow each other, the last leads to the end, and each outcome may lead elsewhere', () => {
    const { steps } = load(DECISION);
    expect(steps.map(({ id, next }) => [id, next])).toEqual([
      ['check-logs', { done: 'new-errors' }],
      ['new-errors', { yes: 'rollback', no: 'end' }],
      ['rollback', { done: 'verify' }],
      ['verify', { 'no-effect': 'check-logs', done: 'end' }],
    ]);
  });

  it('a decision with a line for each outcome has no default, so that skipping it leads nowhere unexpected', () => {
    expect(load(DECISION).steps[1]?.next).not.toHaveProperty('done');
  });

  it('name and title come from the file name when they are not given, and the hash says which text it was', () => {
    const { name, title, hash } = load(DECISION);
    expect([name, title]).toEqual(['error-rate', 'Error rate']);
    expect(hash).toMatch(/^[0-9a-f]{12}$/);
    expect(load(`${DECISION}# another text`).hash).not.toBe(hash);
    expect(load(`name: other\ntitle: Another\n${DECISION}`)).toMatchObject({ name: 'other', title: 'Another' });
  });

  it('params carry their defaults, timeouts are milliseconds, and a step knows who moves it on', () => {
    const [step] = load('steps:\n  - { id: a, use: collect, screenshots: 1, timeout: 1h30m, owner: lead }\n').steps;
    expect(step).toEqual({
      id: 'a',
      use: 'collect',
      by: 'human',
      title: 'A',
      text: undefined,
      params: { urls: 1, screenshots: 1 },
      owner: 'lead',
      timeoutMs: 5_400_000,
      next: { done: 'end' },
    });
  });

  it('choices of a question are its outcomes, dashes written as underscores', () => {
    const text = `
steps:
  - { id: a, use: ask, question: Roll back?, choices: [{ id: roll-back, label: Yes }, { id: keep, label: No }], on_roll_back: b, next: end }
  - { id: b, use: rollback }
`;
    expect(load(text).steps[0]?.next).toEqual({ 'roll-back': 'b', done: 'end' });
  });

  it('on_fail says where a step leads that could not run, and only then', () => {
    expect(load('steps:\n  - { id: a, use: check-logs, on_fail: b }\n  - { id: b, use: collect }\n').steps[0]?.next).toEqual({ fail: 'b', done: 'b' });
    expect(load('steps:\n  - { id: a, use: check-logs }\n').steps[0]?.next).toEqual({ done: 'end' });
  });

  it('templates may name service, alert, release and incident, and braces in a condition are none', () => {
    const text = `
steps:
  - { id: a, use: notify, to: [U1], message: '{{ service }} {{alert.labels.job}} {{ release.previous }} {{ incident.id }}' }
  - { id: b, use: decide, when: "{'a': {'b': true}}['a']['b']", next: end }
`;
    expect(load(text).steps).toHaveLength(2);
  });
});

describe('what is wrong is said with its place and a way out', () => {
  it('all problems of a file come at once, in the order of the file', () => {
    const text = `
titel: x
steps:
  - { id: a, use: colect }
  - { id: b, use: ask, question: Q, choices: [{ id: x, label: X }], on_y: b }
  - { id: c, use: collect, urls: many, timeout: soon, nxt: end }
`;
    expect(problemsOf(text).map(({ code, line }) => `${line} ${code}`)).toEqual([
      '2 E_PLAYBOOK_KEY',
      '4 E_PLAYBOOK_STEP',
      '5 E_PLAYBOOK_TYPE',
      '5 E_PLAYBOOK_KEY',
      '6 E_PLAYBOOK_TYPE',
      '6 E_PLAYBOOK_DURATION',
      '6 E_PLAYBOOK_KEY',
    ]);
    expect(said(text)).toContain("unknown key 'titel'; did you mean 'title'?");
    expect(said(text)).toContain("unknown kind of step: text 'colect'. Did you mean 'collect'?");
    expect(said(text)).toContain("a 'ask' step has no outcome for 'on_y'; it may have on_x, on_fail");
    expect(said(text)).toContain("unknown key 'nxt'; did you mean 'next'?");
  });

  it('a condition is checked against what the steps before it can know, with a caret under the mistake', () => {
    const text = DECISION.replace('check_logs.new_errors', 'check_logs.new_erors');
    expect(problemsOf(text)).toMatchObject([{ code: 'E_PLAYBOOK_CONDITION', line: 4 }]);
    expect(said(text)).toContain("no such key 'new_erors'; did you mean 'new_errors'? (character 12)\n  check_logs.new_erors > 0\n             ^");
    expect(said(DECISION.replace('check_logs.new_errors', 'chek_logs.new_errors'))).toContain("unknown variable 'chek_logs'; did you mean 'check_logs'?");
    expect(said(DECISION.replace('check_logs.new_errors > 0', 'check_logs.total'))).toContain('the answer must be yes or no');
    expect(said(DECISION.replace('check_logs.new_errors > 0', 'alert.summary > 0'))).toContain('no such overload: string > int');
    expect(said(DECISION.replace('check_logs.new_errors > 0', `alert.summary.matches('(a+)+')`))).toContain('matches() is not available');
  });

  it('a window without a unit is told which to write', () => {
    expect(said('steps: [{ id: logs, use: check-logs, window: 5 }]')).toMatch(
      /^[^\n]*E_PLAYBOOK_DURATION 'window': expected a duration, got number 5; say the unit: 5s, 5m or 5h$/,
    );
  });

  it('a step nobody leads to is named', () => {
    expect(said('steps:\n  - { id: a, use: collect, next: end }\n  - { id: b, use: collect }\n')).toMatch(
      /^error-rate.yml:3:11 E_PLAYBOOK_REF step 'b' is never reached/,
    );
  });

  it('a loop with a way out is fine, one without is printed', () => {
    expect(problemsOf('steps:\n  - { id: a, use: verify, on_blind: a }\n')).toEqual([]);
    expect(said('steps:\n  - { id: a, use: collect }\n  - { id: b, use: collect }\n  - { id: c, use: collect, next: b }\n')).toContain(
      'b -> c -> b go round with no way out',
    );
    expect(said('steps:\n  - { id: a, use: collect, next: a }\n')).toContain('a -> a go round');
  });

  it('names that mean something else are refused as ids', () => {
    for (const id of ['alert', 'service', 'release', 'incident', 'end'])
      expect(said(`steps:\n  - { id: ${id}, use: collect }\n`)).toContain('means something else already');
    expect(said('steps:\n  - { id: Check_Logs, use: collect }\n')).toContain('small letters, digits and dashes');
    const ask = (id: string): string => said(`steps:\n  - { id: a, use: ask, question: Q, choices: [{ id: ${id}, label: X }, { id: b, label: B }] }\n`);
    expect(ask('done')).toContain("choice 'done' means something else already");
    expect(ask('b')).toContain("choice 'b' is there twice");
  });

  it('missing keys, wrong kinds of values and empty playbooks are told apart', () => {
    expect(said('steps:\n  - { id: a, use: ask }\n')).toContain("E_PLAYBOOK_KEY key 'question' is missing in steps.0");
    expect(said('steps:\n  - { use: collect }\n')).toContain("key 'id' is missing in steps.0");
    expect(said('title: x\n')).toContain("key 'steps' is missing");
    expect(said('steps: []\n')).toContain('E_PLAYBOOK_EMPTY the playbook has no steps');
    expect(said('steps: 5\n')).toContain("E_PLAYBOOK_TYPE 'steps': expected a list, got number 5");
    expect(said('- a\n')).toContain('E_PLAYBOOK_TYPE');
    expect(said('just text')).toContain("expected a mapping, got text 'just text'");
    expect(said('steps:\n  - 5\n  - [a]\n')).toMatch(/2:5 E_PLAYBOOK_TYPE expected a step.*got number 5\n.*3:5/s);
    expect(said('steps:\n  - { id: a, use: collect, on_fail: 5 }\n')).toContain("'on_fail': expected the id of a step or 'end'");
    expect(said('steps:\n  - { id: a, use: collect, owner: leed }\n')).toContain("expected lead | comms | scribe, got text 'leed'; did you mean 'lead'?");
    expect(said('steps:\n  - { id: a, use: collect, title: 5 }\n')).toContain('expected string, got number 5; quote it: "5"');
  });

  it('a file name that cannot be a name asks for one', () => {
    expect(problemsOf(DECISION, 'Error Rate!.yml').map(printProblem).join()).toContain("add 'name:'");
    expect(problemsOf(`name: error-rate\n${DECISION}`, 'Error Rate!.yml')).toEqual([]);
  });

  it('a hundred steps with wrong references and conditions are judged in 300 ms, more are refused', () => {
    const steps = (count: number): string =>
      `steps:\n${Array.from({ length: count }, (_, index) => `  - { id: s${index}, use: decide, when: s${index}.outcom == '', on_yes: t${index} }\n`).join('')}`;
    expect(said(steps(101))).toBe('error-rate.yml:102:5 E_TOO_LARGE 101 steps; at most 100 can be followed by people');
    const before = process.threadCpuUsage();
    expect(problemsOf(steps(100))).toHaveLength(100);
    const { user, system } = process.threadCpuUsage(before);
    expect((user + system) / 1_000).toBeLessThan(300);
  });

  it('aliases are followed, and problems behind one are told where the text stands', () => {
    const { steps } = load('steps:\n  - &a { id: a, use: notify, to: &who [U1], message: hi }\n  - { id: b, use: notify, to: *who, message: hi }\n');
    expect(steps[1]?.params).toEqual({ to: ['U1'], message: 'hi' });
  });
});
