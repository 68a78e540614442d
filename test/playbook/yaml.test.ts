import { describe, expect, it } from 'vitest';
import { printProblem } from '../../src/playbook/problem.ts';
import { readYaml } from '../../src/playbook/yaml.ts';

const said = (text: string | Uint8Array): string => {
  const outcome = readYaml(text, 'x.yml');
  return outcome.ok ? 'ok' : outcome.problems.map(printProblem).join('\n');
};
const nested = (levels: number): string => `${'['.repeat(levels)}1${']'.repeat(levels)}`;

describe('reading YAML', () => {
  it('gives plain values with the place of each', () => {
    const outcome = readYaml('a:\n  b:\n    - c\n    - d: 1.10\n', 'x.yml');
    if (!outcome.ok) throw new Error(said(''));
    const { value, place, written } = outcome.source;
    expect(value).toEqual({ a: { b: ['c', { d: 1.1 }] } });
    expect(place(['a', 'b', 1, 'd'])).toEqual({ line: 4, column: 10 });
    expect(place(['a', 'b', 1, 'd'], 'key')).toEqual({ line: 4, column: 7 });
    expect(written(['a', 'b', 1, 'd'])).toBe('1.10');
  });

  it('names the nearest place for what is not in the file', () => {
    const outcome = readYaml('a:\n  b: 1\n', 'x.yml');
    expect(outcome.ok && outcome.source.place(['a', 'x', 'y'])).toEqual({ line: 2, column: 3 });
    expect(outcome.ok && outcome.source.written(['a', 'x'])).toBeUndefined();
  });

  it('takes a byte order mark, Windows line ends, Chinese, aliases and merge-free anchors', () => {
    expect(said('\ufeffa: 1\r\nb: 你好 😀\r\n')).toBe('ok');
    expect(said('a: &x [1, 2]\nb: *x\n')).toBe('ok');
    expect(said(Buffer.from('a: ü\n'))).toBe('ok');
  });

  it('allows exactly 32 levels', () => {
    expect(said(nested(32))).toBe('ok');
    expect(said(nested(33))).toContain('E_YAML_DEPTH');
    expect(said(`a: &a ${nested(20)}\nb: ${'['.repeat(15)}*a${']'.repeat(15)}`)).toContain('E_YAML_DEPTH');
  });

  it('follows 200 aliases and no more, to 20,000 values and no more', () => {
    const aliases = (count: number, list = '1'): string => `a: &a [${list}]\nb:\n${'- *a\n'.repeat(count)}`;
    expect(said(aliases(200))).toBe('ok');
    expect(said(aliases(201))).toContain('E_YAML_ALIASES more than 200 aliases');
    const thousand = Array.from({ length: 1_000 }, () => '1').join(',');
    expect(said(aliases(18, thousand))).toBe('ok');
    expect(said(aliases(20, thousand))).toContain('E_YAML_ALIASES the file grows to more than 20000 values');
  });

  it('refuses bytes that are no text, control characters, and UTF-16', () => {
    expect(said(Buffer.from([0xc3, 0x28]))).toContain('E_UTF8');
    expect(said('a: \u0007')).toContain('the character U+0007');
    expect(said(Buffer.from('\ufeffa: 1', 'utf16le'))).toContain('E_UTF8');
  });

  it('refuses values that JSON cannot keep', () => {
    expect(said('a: .inf')).toContain("E_PLAYBOOK_TYPE '.inf' is no value we can keep");
    expect(said('? [a]\n: b')).toContain('a key must be a plain word');
  });

  it('says several mistakes at once', () => {
    expect(said('a: !x 1\nb: !y 2\n').split('\n')).toHaveLength(2);
    expect(said('a: 1\na: 2\nb: *c\n')).toMatch(/2:1 E_YAML_SYNTAX duplicate key 'a'\n.*3:4 E_YAML_SYNTAX alias '\*c' has no anchor/);
  });
});

const lines = (line: string, count: number): string => line.repeat(count);
const HOSTILE: Readonly<Record<string, string>> = {
  'twenty thousand keys': Array.from({ length: 20_000 }, (_, index) => `k${index}: 1`).join('\n'),
  'two thousand keys': Array.from({ length: 2_000 }, (_, index) => `k${index}: 1`).join('\n'),
  'the same key all over': lines('a: 1\n', 50_000),
  'nothing but brackets': '[{'.repeat(60_000),
  'nothing but closing brackets': '}'.repeat(200_000),
  'nothing but dashes': '- '.repeat(100_000),
  'nothing but question marks': '? '.repeat(100_000),
  'nothing but line ends': lines('\n', 250_000),
  'nothing but comments': lines('#\n', 120_000),
  'comments after a key': `a: 1\n${lines('#\n', 120_000)}`,
  'nothing but quotes': '"'.repeat(200_000),
  'bad escapes': `"${'\\x'.repeat(100_000)}"`,
  'unknown tags': lines('- !x 1\n', 30_000),
  directives: lines('%\n', 100_000),
  documents: lines('---\n', 60_000),
  'missing aliases': lines('- *a\n', 40_000),
  anchors: Array.from({ length: 20_000 }, (_, index) => `- &a${index} x`).join('\n'),
  'one long word': 'x'.repeat(260_000),
  'one long number': `a: ${'9'.repeat(250_000)}`,
  'one long key': `${'k'.repeat(250_000)}: 1`,
  'deep indentation': Array.from({ length: 700 }, (_, index) => `${' '.repeat(index)}a:`).join('\n'),
  'doubling aliases': ['a0: &a0 [x, x]', ...Array.from({ length: 40 }, (_, index) => `a${index + 1}: &a${index + 1} [*a${index}, *a${index}]`)].join('\n'),
  'a cycle within a bomb': ['a0: &a0 [*a1]', ...Array.from({ length: 20 }, (_, index) => `a${index + 1}: &a${index + 1} [*a${index}, *a${index + 1}]`)].join(
    '\n',
  ),
};

describe('hostile YAML', () => {
  it.each(Object.entries(HOSTILE))('%s is done with in 100 ms', (_, text) => {
    const small = text.slice(0, 255 * 1024);
    readYaml('a: 1', 'x.yml'); // the library is loaded
    // Processor time of this thread, the best of three: what else the machine does must not decide.
    const times = [1, 2, 3].map(() => {
      const before = process.threadCpuUsage();
      readYaml(small, 'x.yml');
      const { user, system } = process.threadCpuUsage(before);
      return (user + system) / 1_000;
    });
    expect(Math.min(...times)).toBeLessThan(100);
  });

  it('a bomb is not built before it is refused', () => {
    const before = process.memoryUsage().heapUsed;
    const text = HOSTILE['doubling aliases'] ?? '';
    expect(said(text)).toContain('E_YAML_ALIASES');
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(16 * 1024 * 1024);
  });
});
