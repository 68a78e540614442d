import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { evaluate, extrapolate, type Memory, type Value } from '../../src/sandbox/shop/evaluate.ts';
import { numberText } from '../../src/sandbox/shop/prometheus.ts';
import { parsePromql } from '../../src/sandbox/shop/promql.ts';

// One sample a second from 0 s to 60 s: good requests rise by 10 a second, errors by 1 and from second 30 by 4; `restarted` falls to 0 at second 50.
const COUNTERS: Readonly<Record<string, (second: number) => number>> = {
  'http_requests_total{service="shop", code="200"}': (second) => 100 + 10 * second,
  'http_requests_total{service="shop", code="500"}': (second) => 7 + second + 3 * Math.max(0, second - 30),
  'http_requests_total{service="shop", code="503"}': () => 0,
  'http_requests_total{service="other", code="200"}': (second) => 5 * second,
  'queued{service="shop"}': (second) => second,
  'restarted{service="shop"}': (second) => (second < 50 ? 20 + 2 * second : 2 * (second - 50)),
};
const LAST_SECOND = 60;

const memory: Memory = {
  series: Object.entries(COUNTERS).map(([key, count]) => {
    const [, name = '', labels = ''] = /^(\w+)\{(.*)\}$/.exec(key) ?? [];
    return {
      name,
      labels: Object.fromEntries([...labels.matchAll(/(\w+)="(\w+)"/g)].map(([, label = '', value = '']) => [label, value])),
      valueAt: (at) => count(at / 1000),
    };
  }),
  scrapes: (from, to) => Array.from({ length: LAST_SECOND + 1 }, (_, second) => second * 1000).filter((at) => at >= from && at <= to),
};

const at = (second: number, query: string): Value => evaluate(parsePromql(query), memory, second * 1000);
function only(second: number, query: string): number | 'nothing' {
  const value = at(second, query);
  if (value.kind === 'scalar') return value.value;
  expect(value.samples.length).toBeLessThanOrEqual(1);
  return value.samples[0]?.value ?? 'nothing';
}

describe('worked out by hand', () => {
  test.each([
    ['sum(rate(http_requests_total{service="shop",code="200"}[5s]))', 10],
    ['sum(rate(http_requests_total{service="shop",code=~"5.."}[5s]))', 4],
    ['sum(rate(http_requests_total{service="shop"}[5s]))', 14],
    ['sum(rate(http_requests_total{service="shop",code=~"5.."}[5s])) / sum(rate(http_requests_total{service="shop"}[5s]))', 4 / 14],
    ['sum(rate(http_requests_total{code=~"5..",service="shop"}[20s]))', (10 * 1 + 10 * 4) / 20], // seconds 20 to 40
    ['sum(increase(http_requests_total{service="shop",code!="200"}[10s]))', 40],
    ['sum(rate(http_requests_total{service!~"shop|third"}[5s]))', 5],
    ['sum(http_requests_total{service="shop",code="500"})', 7 + 40 + 30],
    ['sum(rate(http_requests_total{service="shop",code="200"}[5s] offset 10s))', 10],
    ['sum(rate(nothing[5s])) or vector(0)', 0],
    ['sum(rate(http_requests_total{service="shop"}[5s])) > 14', 'nothing'],
    ['sum(rate(http_requests_total{service="shop"}[5s])) >= 14', 14],
    ['sum(rate(http_requests_total{service="shop"}[5s])) / 0', Number.POSITIVE_INFINITY],
    ['sum(rate(http_requests_total{code="503"}[5s])) / sum(rate(http_requests_total{code="503"}[5s]))', Number.NaN],
    ['sum(rate(http_requests_total{code="503"}[5s])) / clamp_min(sum(rate(http_requests_total{code="503"}[5s])), 1e-9)', 0],
    ['1 + 2 * 3 - -4 / 2', 9],
    ['(1 + 2) * 3', 9],
    ['sum(nothing)', 'nothing'],
    ['max(rate(http_requests_total[5s]))', 10],
    ['avg(rate(http_requests_total{code="200"}[5s]))', 7.5],
  ])('at second 40, %s is %d', (query, expected) => {
    expect(only(40, query)).toEqual(expected);
  });

  test('grouping keeps or drops the labels it names', () => {
    const by = at(40, 'sum by (code) (rate(http_requests_total[5s]))');
    const samples = by.kind === 'vector' ? by.samples : [];
    expect(samples).toEqual([
      { labels: { code: '200' }, value: 15 },
      { labels: { code: '500' }, value: 4 },
      { labels: { code: '503' }, value: 0 },
    ]);
    expect(at(40, 'sum(rate(http_requests_total[5s])) without (service)')).toEqual(by);
  });

  test('a counter that restarts counts from zero, and a window with one sample has no rate', () => {
    expect(only(52, 'sum(increase(restarted[4s]))')).toBe(2 + 0 + 2 + 2); // 116, 118, 0, 2, 4
    expect(only(40, 'sum(rate(http_requests_total[900ms]))')).toBe('nothing');
    expect(only(400, 'sum(http_requests_total)')).toBe('nothing'); // more than five minutes old
  });

  test('missing edges are filled in by at most half a sample distance, and never below zero', () => {
    const points = (...pairs: [number, number][]) => pairs.map(([second, value]) => ({ at: second * 1000, value }));
    expect(extrapolate(points([2, 100], [3, 110]), 0, 10_000)).toEqual({ rise: 10, factor: 1 + 0.5 + 0.5 }); // both edges far
    expect(extrapolate(points([1, 100], [2, 110]), 0, 2_500)).toEqual({ rise: 10, factor: 1 + 1 + 0.5 }); // both edges near
    expect(extrapolate(points([1, 5], [2, 15]), 0, 2_000)).toEqual({ rise: 10, factor: 1 + 0.5 }); // it was 0 half a second before the first
    expect(extrapolate(points([1, 5]), 0, 2_000)).toBeUndefined();
  });

  test.each([
    [0, '0'],
    [0.004, '0.004'],
    [1.5e-9, '0.0000000015'],
    [-2.5e21, '-2500000000000000000000'],
    [Number.NaN, 'NaN'],
    [Number.NEGATIVE_INFINITY, '-Inf'],
  ])('%d is written %s', (value, text) => {
    expect(numberText(value)).toBe(text);
  });
});

test.each([
  '',
  'sum(',
  'sum(rate(x[5s])',
  'rate(x)',
  'rate(x[5])',
  'x[5s]',
  'sum(x[5s])',
  '{}',
  '{code=~".*"}',
  'x{code}',
  'x{code="5}',
  'x{code=~"("}',
  'x{code="5" code="6"}',
  'histogram_quantile(0.9, x)',
  'x and y',
  'x y',
  'x or',
  '1 > 2',
  '1 or x',
  'vector(x)',
  'x; drop table',
])('%s is refused', (query) => {
  expect(() => evaluate(parsePromql(query), memory, 40_000)).toThrow(/parse error/);
});

test('nesting without end is refused', () => {
  expect(() => parsePromql('('.repeat(5_000))).toThrow('nested deeper than');
  expect(() => parsePromql('-'.repeat(5_000))).toThrow('nested deeper than');
});

test('vectors that do not pair off one to one are refused', () => {
  expect(() => at(40, 'rate(http_requests_total[5s]) / sum by (code) (rate(http_requests_total[5s]))')).not.toThrow();
  expect(() => at(40, '{service="shop",code=""} / {service="shop",code=""}')).toThrow('many-to-many matching not allowed');
});

// The judge: Prometheus' own evaluator, given the same samples.
const QUERIES: readonly string[] = [
  'sum(rate(http_requests_total{service="shop",code=~"5.."}[5s])) / sum(rate(http_requests_total{service="shop"}[5s]))',
  'sum by (service) (rate(http_requests_total[7s]))',
  'sum without (code) (increase(http_requests_total{code!="503"}[13s]))',
  'rate(restarted[6s])',
  'sum(rate(http_requests_total[5s] offset 17s))',
  'http_requests_total > 300',
  'sum(nothing) or vector(3)',
  'clamp_max(rate(http_requests_total{service="shop"}[9s]), 4) * 2 - 1',
  'avg(http_requests_total) / max(http_requests_total) != 0.5',
  '-sum(rate(http_requests_total[4s])) <= 100',
];
const SECONDS = [3, 30, 40, 51, 53, 60, 63, 120];
const hasPromtool = spawnSync('promtool', ['--version']).status === 0;

test.skipIf(!hasPromtool)('Prometheus itself gives the same answers (skipped where promtool is not installed)', () => {
  const text = (labels: Readonly<Record<string, string>>) => {
    const { __name__: name = '', ...others } = labels;
    return `${name}{${Object.entries(others).map(([label, value]) => `${label}=${JSON.stringify(value)}`)}}`;
  };
  const expectations = SECONDS.flatMap((second) =>
    QUERIES.map((expr) => {
      const value = at(second, expr);
      return {
        expr,
        eval_time: `${second}s`,
        exp_samples: value.kind === 'vector' ? value.samples.map((one) => ({ labels: text(one.labels), value: one.value })) : [],
      };
    }),
  );
  const input = Object.entries(COUNTERS).map(([series, count]) => ({
    series,
    values: Array.from({ length: LAST_SECOND + 1 }, (_, second) => count(second)).join(' '),
  }));
  const file = join(mkdtempSync(join(tmpdir(), 'promql-')), 'tests.yml');
  writeFileSync(file, JSON.stringify({ tests: [{ interval: '1s', input_series: input, promql_expr_test: expectations }] })); // JSON is YAML
  const { status, stdout, stderr } = spawnSync('promtool', ['test', 'rules', file], { encoding: 'utf8' });
  expect([status, stderr], stdout).toEqual([0, '']);
});
