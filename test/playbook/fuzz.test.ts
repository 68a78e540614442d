import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDuration } from '../../src/lib/duration.ts';
import { Failure } from '../../src/lib/failure.ts';
import { checkPattern } from '../../src/lib/pattern.ts';
import { checkCondition, compileCondition } from '../../src/playbook/condition.ts';
import { loadPlaybook } from '../../src/playbook/load.ts';
import { loadCatalog } from '../../src/playbook/services.ts';
import { readYaml } from '../../src/playbook/yaml.ts';
import { KINDS } from './kinds.ts';

const RUNS = 2_000;
// Processor time of this thread. 50 ms is the goal; a collection of garbage may fall into it.
const MOST_MS = 100;
const seed = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31);
console.info(`fuzz seed ${seed} (FUZZ_SEED=${seed} repeats it)`);
const check = (property: fc.IRawProperty<unknown>): void => void fc.assert(property, { seed, numRuns: RUNS });

const shipped = ['error-rate.yml', 'dead-service.yml', 'services.yml'].map((name) => readFileSync(new URL(`../../playbooks/${name}`, import.meta.url), 'utf8'));
const pieces = [
  '[',
  ']',
  '{',
  '}',
  ':',
  ': ',
  '- ',
  '\n',
  '\n  ',
  '\t',
  '&a',
  '*a',
  '!x',
  '"',
  "'",
  '|',
  '>',
  '#',
  '?',
  ',',
  'steps',
  'id',
  'use',
  'ask',
  '\\',
  '%',
  '---',
  '...',
  '<<',
  '~',
  '0x',
  '\u0000',
  '\ufeff',
  '{{',
  '}}',
  '😀',
];
const yamlish = fc.array(fc.oneof(fc.constantFrom(...pieces), fc.string({ maxLength: 8, unit: 'binary' })), { maxLength: 200 }).map((parts) => parts.join(''));

/** A shipped file with one to five wounds. */
const wounded = fc
  .tuple(fc.constantFrom(...shipped), fc.array(fc.tuple(fc.nat(), fc.nat({ max: 60 }), fc.constantFrom(...pieces, '')), { minLength: 1, maxLength: 5 }))
  .map(([text, wounds]) =>
    wounds.reduce((now, [at, length, put]) => {
      const start = at % Math.max(1, now.length);
      return now.slice(0, start) + put + now.slice(start + length);
    }, text),
  );

function judged(problems: readonly { code: string; line: number; column: number; message: string }[]): void {
  expect(problems.length).toBeGreaterThan(0);
  for (const { code, line, column, message } of problems) {
    expect(code).toMatch(/^E_/);
    expect(Math.min(line, column)).toBeGreaterThan(0);
    expect(message).not.toBe('');
  }
}

function quick<T>(what: () => T): T {
  const before = process.threadCpuUsage();
  const result = what();
  const { user, system } = process.threadCpuUsage(before);
  expect((user + system) / 1_000).toBeLessThan(MOST_MS);
  return result;
}

describe(`whatever stands in a file (seed ${seed})`, () => {
  it('a playbook loads or is refused with code and place, in no time', { timeout: 120_000 }, () => {
    check(
      fc.property(fc.oneof(yamlish, wounded), (text) => {
        const outcome = quick(() => loadPlaybook(text, 'x.yml', KINDS));
        if (outcome.ok)
          for (const { next } of outcome.playbook.steps)
            for (const to of Object.values(next)) expect([...outcome.playbook.steps.map(({ id }) => id), 'end']).toContain(to);
        else judged(outcome.problems);
      }),
    );
  });

  it('services.yml loads or is refused with code and place, in no time', { timeout: 120_000 }, () => {
    check(
      fc.property(fc.oneof(yamlish, wounded), (text) => {
        const outcome = quick(() => loadCatalog(text, 'services.yml', { playbooks: ['error-rate'], strategies: [], logBackends: [] }));
        if (!outcome.ok) judged(outcome.problems);
      }),
    );
  });

  it('bytes are text or refused', () => {
    check(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        const outcome = quick(() => readYaml(bytes, 'x.yml'));
        if (!outcome.ok) judged(outcome.problems);
      }),
    );
  });

  it('no value that was read has a foreign prototype', () => {
    check(
      fc.property(fc.array(fc.constantFrom('__proto__', 'constructor', 'prototype', 'a', 'toString'), { minLength: 1, maxLength: 6 }), (keys) => {
        const text = keys.map((key, depth) => `${' '.repeat(depth)}${key}:`).join('\n');
        const outcome = readYaml(`${text} {polluted: yes}`, 'x.yml');
        expect(outcome.ok).toBe(!keys.includes('__proto__'));
        expect(({} as Record<string, unknown>).polluted).toBeUndefined();
      }),
    );
  });

  it('conditions are accepted or refused, and refused ones throw only E_PLAYBOOK_CONDITION when compiled', () => {
    const part = fc.oneof(
      fc.constantFrom(
        'alert',
        '.',
        'summary',
        '(',
        ')',
        '[',
        ']',
        '&&',
        '||',
        '!',
        '==',
        '>',
        '1',
        '"a"',
        'has',
        'exists',
        'x',
        ',',
        '?',
        ':',
        '-',
        ' ',
        'matches',
        'true',
        'in',
      ),
      fc.string({ maxLength: 4 }),
    );
    check(
      fc.property(fc.array(part, { maxLength: 30 }), (parts) => {
        const expression = parts.join('');
        const wrong = quick(() => checkCondition(expression, { alert: { summary: 'string' } }));
        if (wrong) expect(wrong.message).not.toBe('');
        try {
          compileCondition(expression).evaluate({ alert: { summary: 'x' } });
        } catch (error) {
          expect(error).toBeInstanceOf(Failure);
        }
      }),
    );
  });

  it('patterns are accepted or refused, and what is accepted compiles', () => {
    const part = fc.constantFrom(
      'a',
      'b',
      '.',
      '*',
      '+',
      '?',
      '(',
      ')',
      '(?:',
      '|',
      '[',
      ']',
      '^',
      '$',
      '\\d',
      '\\w',
      '\\',
      '{2}',
      '{1,3}',
      '{2,}',
      '-',
      '(?=',
      '\\1',
      '\\b',
      '\\x41',
      '😀',
    );
    check(
      fc.property(fc.array(part, { maxLength: 25 }), (parts) => {
        const pattern = parts.join('');
        const verdict = quick(() => checkPattern(pattern));
        if (verdict.ok) expect(() => new RegExp(pattern)).not.toThrow();
        else expect(verdict.because).not.toBe('');
      }),
    );
  });

  it('durations are a number of milliseconds or nothing', () => {
    check(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(fc.constantFrom('1', '90', 's', 'm', 'h', 'd', '-', '.', ' '), { maxLength: 8 }).map((parts) => parts.join('')),
        ),
        (text) => {
          const ms = parseDuration(text);
          expect(ms === undefined || (Number.isSafeInteger(ms) && ms >= 0)).toBe(true);
        },
      ),
    );
  });
});
