import { describe, expect, it } from 'vitest';
import { closest, distance } from '../../src/lib/closest.ts';
import { formatDuration, parseDuration } from '../../src/lib/duration.ts';
import { checkPattern } from '../../src/lib/pattern.ts';

describe('patterns that people write', () => {
  it.each([
    'error|fail',
    '(?:error|fail)\\b.*timeout',
    '(\\w+\\s)+$',
    '^(\\d+\\.){3}\\d+$',
    '" 5\\d\\d ',
    '[\\w.-]+@[\\w.-]+',
    '(a|ab)(c|bcd)*',
    '.*.*x',
    '(?<code>E_[A-Z]+)',
    '[^]',
    '[]a]',
    '{',
    'a{,3}',
    '\\u0041\\x41\\.',
    '',
  ])('%s is taken', (pattern) => expect(checkPattern(pattern)).toEqual({ ok: true }));

  it.each([
    '(a+)+$',
    '(a*)*',
    '(a|a)*',
    '(A|a)+',
    '(a?b?)*',
    '(.*,)*x',
    '(\\w+\\s?)+',
    '(x+x+)+y',
    '([a-z]+)*',
    '(.|\\s)*',
    '(a|b|ab)*c',
    '(?:(?:a+)?b?)*',
    '(a{2,})+',
    '(a{1,100})+',
    '((a|b)+|c)*',
  ])('%s is refused, because a search could take for ever', (pattern) =>
    expect(checkPattern(pattern)).toMatchObject({ ok: false, code: 'E_REGEX_UNSAFE', because: expect.stringContaining(pattern) }),
  );

  it.each(['(?=a)', '(?!a)', '(?<=a)b', '(?<!a)b', '(a)\\1', '\\k<x>(?<x>a)', 'x{1,999}', 'y'.repeat(501), `${'('.repeat(60)}a${')'.repeat(60)}`])(
    '%s is refused, because not every backend can run it',
    (pattern) => expect(checkPattern(pattern)).toMatchObject({ ok: false, code: 'E_REGEX_UNSAFE' }),
  );

  it.each(['([', '(', ')', '*a', 'a{2,1}', '(?i)error', '\\'])('%s is no pattern', (pattern) =>
    expect(checkPattern(pattern)).toMatchObject({ ok: false, code: 'E_REGEX_SYNTAX' }),
  );

  it('what is taken runs quickly on texts made to hurt it, what is refused would not', () => {
    const time = (pattern: string, text: string): number => {
      const before = process.threadCpuUsage().user;
      new RegExp(pattern).test(text);
      return (process.threadCpuUsage().user - before) / 1_000;
    };
    expect(time('(\\w+\\s)+$', `${'ab '.repeat(2_000)}!`)).toBeLessThan(500);
    // Each further letter doubles it.
    expect(time('(a+)+$', `${'a'.repeat(22)}!`)).toBeGreaterThan(10);
  });
});

describe('durations', () => {
  it.each([
    ['90s', 90_000],
    ['5m', 300_000],
    ['2h', 7_200_000],
    ['1d', 86_400_000],
    ['1h30m', 5_400_000],
    ['0s', 0],
  ])('%s are %i ms', (text, ms) => expect(parseDuration(text)).toBe(ms));
  it.each(['', '5', '5 m', '-5m', '1.5h', '1e9h', '5 parsecs', '30m1h', '5M', 'm', '1234567s'])('%j is none', (text) =>
    expect(parseDuration(text)).toBeUndefined(),
  );
  it.each([
    [0, '0s'],
    [999, '0s'],
    [90_000, '1m 30s'],
    [3_600_000, '1h'],
    [3_605_000, '1h'],
    [93_784_000, '1d 2h'],
    [-5, '0s'],
  ])('%i ms are shown as %s', (ms, text) => expect(formatDuration(ms)).toBe(text));
});

describe('did you mean', () => {
  it('counts inserted, removed, replaced and swapped letters', () => {
    expect([distance('kitten', 'sitting'), distance('stpes', 'steps'), distance('', 'abc'), distance('abc', 'abc')]).toEqual([3, 1, 3, 0]);
  });
  it('offers what is near, and nothing when nothing is', () => {
    expect(closest('stpes', ['name', 'title', 'steps'])).toBe('steps');
    expect(closest('HALP', ['help', 'status'])).toBe('help');
    expect(closest('xyz', ['help', 'status'])).toBeUndefined();
    expect(closest('of', ['on', 'off'])).toBe('on');
    expect(closest('x'.repeat(1_000_000), ['help'])).toBeUndefined();
  });
});
