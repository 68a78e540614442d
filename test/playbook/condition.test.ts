import { describe, expect, it } from 'vitest';
import { Failure } from '../../src/lib/failure.ts';
import { checkCondition, compileCondition, evaluateCondition } from '../../src/playbook/condition.ts';

const FACTS = {
  check_logs: { new_errors: 3, rate: 0.5, top: 'KeyError', files: ['a.ts'], all: true },
  release: { current: 'v2', previous: null },
  alert: { labels: { job: 'shop' } },
};
const codeOf = (expression: string, facts = FACTS): string => {
  try {
    evaluateCondition(expression, facts);
    return 'no failure';
  } catch (error) {
    return error instanceof Failure ? `${error.code} ${error.message}` : String(error);
  }
};

describe('conditions', () => {
  it.each([
    ['check_logs.new_errors > 2', true],
    ['check_logs.new_errors == 3', true],
    ['check_logs.new_errors != 3', false],
    ['check_logs.new_errors in [1, 2, 3]', true],
    ['check_logs.new_errors + 1 == 4', true],
    ['check_logs.new_errors / 2 == 1.5', true],
    ['check_logs.rate * 2 < 1', false],
    ["alert.labels.job == 'shop' && check_logs.top.startsWith('Key')", true],
    ["check_logs.files.exists(f, f.endsWith('.ts'))", true],
    ["has(alert.labels.env) && alert.labels.env == 'prod'", false],
    ['has(release.previous)', false],
    ['has(never_ran.total)', false],
    ['size(check_logs.files)', 1],
    ['2 + 3', 5],
    ["{'a': [1, 2]}", { a: [1, 2] }],
    ['null', null],
  ])('%s gives %j', (expression, value) => expect(evaluateCondition(expression, FACTS)).toEqual(value));

  it('an unknown fact is a failure, never false', () => {
    expect(codeOf("release.previous == 'v1'")).toMatch(/^E_PLAYBOOK_CONDITION no such key 'previous'/);
    expect(codeOf('never_ran.total > 0')).toMatch(/^E_PLAYBOOK_CONDITION no such key 'total'/);
    expect(codeOf('check_logs.top > 0')).toMatch(/^E_PLAYBOOK_CONDITION no such overload/);
  });

  it('prototypes cannot be reached', () => {
    for (const name of ['constructor', '__proto__', 'toString', 'hasOwnProperty']) expect(codeOf(`check_logs.${name} == ''`)).toMatch(/^E_PLAYBOOK_CONDITION/);
    expect(evaluateCondition('has(check_logs.constructor)', FACTS)).toBe(false);
  });

  it('what could block the process is refused: regular expressions, loops within loops, sheer size', () => {
    expect(codeOf("check_logs.top.matches('(a+)+$')")).toContain('matches() is not available');
    expect(codeOf("matches(check_logs.top, 'a')")).toContain('matches() is not available');
    expect(codeOf('check_logs.files.exists(a, check_logs.files.exists(b, a == b))')).toContain('within another loop');
    expect(codeOf(`${'('.repeat(400)}1${')'.repeat(400)}`)).toContain('E_PLAYBOOK_CONDITION');
    expect(codeOf(`${'1 + '.repeat(400)}1`)).toContain('E_PLAYBOOK_CONDITION');
  });

  it('values that cannot be kept are refused', () => expect(codeOf("timestamp('2026-11-20T00:00:00Z')")).toContain('cannot be kept'));

  it('the same text is compiled once', () => expect(compileCondition('1 > 0')).toBe(compileCondition('1 > 0')));

  it('step ids that are words of the language do no harm', () => {
    for (const name of ['in', 'import', 'true', 'null', 'for', 'as'])
      expect(checkCondition('alert.a > 0', { alert: { a: 'int' }, [name]: { outcome: 'string' } })).toBeUndefined();
  });
});
