/** What an expression is worth at one moment, by Prometheus' own rules for rate, matching and comparison. */
import { Failure } from '../../lib/failure.ts';
import { matches } from './matchers.ts';
import type { Aggregate, Expression, Grouping, Operator, RangeFunction, Selector } from './promql.ts';
import type { Labels, Series } from './series.ts';

export interface Sample {
  readonly labels: Labels;
  readonly value: number;
}
export type Value = { readonly kind: 'scalar'; readonly value: number } | { readonly kind: 'vector'; readonly samples: readonly Sample[] };
export interface Memory {
  readonly series: readonly Series[];
  /** The moments at which samples were taken, ascending, both ends included. */
  scrapes(from: number, to: number): readonly number[];
}

// How old the newest sample may be and still count as "now".
const LOOKBACK_MS = 5 * 60_000;

/** `at`: milliseconds since 1970. Throws `E_METRICS` for what cannot be worked out. */
export function evaluate(expression: Expression, memory: Memory, at: number): Value {
  switch (expression.kind) {
    case 'number':
      return { kind: 'scalar', value: expression.value };
    case 'selector':
      return vector(newest(expression, memory, at));
    case 'rate':
      return vector(rates(expression, memory, at));
    case 'vector':
      return vector([{ labels: {}, value: scalarOf(evaluate(expression.of, memory, at), 'vector') }]);
    case 'clamp': {
      const limit = scalarOf(evaluate(expression.limit, memory, at), expression.name);
      const clamp = expression.name === 'clamp_min' ? Math.max : Math.min;
      return vector(
        samplesOf(evaluate(expression.of, memory, at), expression.name).map((one) => ({ labels: unnamed(one.labels), value: clamp(one.value, limit) })),
      );
    }
    case 'aggregate':
      return vector(aggregate(expression.name, expression.grouping, samplesOf(evaluate(expression.of, memory, at), expression.name)));
    case 'binary':
      return binary(expression.operator, evaluate(expression.left, memory, at), evaluate(expression.right, memory, at));
  }
}

const vector = (samples: readonly Sample[]): Value => ({ kind: 'vector', samples });

const labelsOf = (one: Series): Labels => ({ __name__: one.name, ...one.labels });
const selected = (selector: Selector, memory: Memory) => memory.series.filter((one) => matches(selector.matchers, labelsOf(one)));

function unnamed(labels: Labels): Labels {
  const { __name__: _, ...others } = labels;
  return others;
}

function newest(selector: Selector, memory: Memory, at: number): readonly Sample[] {
  const end = at - selector.offsetMs;
  const last = memory.scrapes(end - LOOKBACK_MS, end).at(-1);
  return last === undefined ? [] : selected(selector, memory).map((one) => ({ labels: labelsOf(one), value: one.valueAt(last) }));
}

function rates(expression: { readonly name: RangeFunction; readonly of: Selector }, memory: Memory, at: number): readonly Sample[] {
  const { of: selector } = expression;
  const rangeMs = selector.rangeMs ?? 0;
  const end = at - selector.offsetMs;
  const moments = memory.scrapes(end - rangeMs, end);
  return selected(selector, memory).flatMap((one) => {
    const points = moments.map((moment) => ({ at: moment, value: one.valueAt(moment) }));
    const found = extrapolate(points, end - rangeMs, end);
    if (found === undefined) return [];
    const value = found.rise * (expression.name === 'rate' ? found.factor / (rangeMs / 1000) : found.factor); // in Prometheus' order, to the last bit
    return [{ labels: unnamed(labelsOf(one)), value }];
  });
}

interface Point {
  readonly at: number;
  readonly value: number;
}

/**
 * How much a counter rose between its first and last point, and by what to multiply for the whole of `from`…`to`: as `extrapolatedRate` of Prometheus 2
 * (promql/functions.go). A fall is a restart from zero. An edge that is near is filled in whole, one that is far by half a sample distance, and
 * never back beyond zero. undefined: fewer than two points.
 */
export function extrapolate(points: readonly Point[], from: number, to: number): { readonly rise: number; readonly factor: number } | undefined {
  const [first, last] = [points[0], points.at(-1)];
  if (!first || !last || points.length < 2) return undefined;
  let rise = last.value - first.value;
  points.forEach((point, index) => {
    const before = points[index - 1];
    if (before && point.value < before.value) rise += before.value;
  });
  const sampled = (last.at - first.at) / 1000;
  const average = sampled / (points.length - 1);
  let toStart = (first.at - from) / 1000;
  const toEnd = (to - last.at) / 1000;
  if (rise > 0 && first.value >= 0) toStart = Math.min(toStart, sampled * (first.value / rise));
  const near = average * 1.1;
  const reach = sampled + (toStart < near ? toStart : average / 2) + (toEnd < near ? toEnd : average / 2);
  return { rise, factor: reach / sampled };
}

function aggregate(name: Aggregate, grouping: Grouping, samples: readonly Sample[]): readonly Sample[] {
  const groups = new Map<string, { labels: Labels; values: number[] }>();
  for (const sample of samples) {
    const kept = Object.entries(unnamed(sample.labels)).filter(([label]) => grouping.labels.includes(label) === (grouping.kind === 'by'));
    const labels = Object.fromEntries(kept);
    const group = groups.get(keyOf(labels)) ?? { labels, values: [] };
    group.values.push(sample.value);
    groups.set(keyOf(labels), group);
  }
  return [...groups.values()].map(({ labels, values }) => ({ labels, value: combine(name, values) }));
}

function combine(name: Aggregate, values: readonly number[]): number {
  if (name === 'min') return Math.min(...values);
  if (name === 'max') return Math.max(...values);
  const sum = values.reduce((total, value) => total + value, 0);
  return name === 'sum' ? sum : sum / values.length;
}

const keyOf = (labels: Labels): string => JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));

function binary(operator: Operator, left: Value, right: Value): Value {
  if (operator === 'or') return vector(union(samplesOf(left, 'or'), samplesOf(right, 'or')));
  const isComparison = /[=<>]/.test(operator);
  if (left.kind === 'scalar' && right.kind === 'scalar') {
    if (isComparison) throw new Failure('E_SCHEMA', '1:1: parse error: comparisons between scalars must use BOOL modifier');
    return { kind: 'scalar', value: calculate(operator, left.value, right.value) };
  }
  const keep = (sample: Sample, a: number, b: number): Sample[] => {
    if (isComparison) return compare(operator, a, b) ? [sample] : [];
    return [{ labels: unnamed(sample.labels), value: calculate(operator, a, b) }];
  };
  if (right.kind === 'scalar') return vector(samplesOf(left, operator).flatMap((one) => keep(one, one.value, right.value)));
  if (left.kind === 'scalar') return vector(right.samples.flatMap((one) => keep(one, left.value, one.value)));
  const others = uniqueByLabels(right.samples, 'right');
  uniqueByLabels(left.samples, 'left');
  return vector(
    left.samples.flatMap((one) => {
      const other = others.get(keyOf(unnamed(one.labels)));
      return other ? keep(one, one.value, other.value) : [];
    }),
  );
}

function uniqueByLabels(samples: readonly Sample[], side: string): ReadonlyMap<string, Sample> {
  const byLabels = new Map<string, Sample>();
  for (const sample of samples) {
    const key = keyOf(unnamed(sample.labels));
    if (byLabels.has(key))
      throw new Failure(
        'E_METRICS',
        `found duplicate series for the match group ${key} on the ${side} side; many-to-many matching not allowed: labels must be unique on one side`,
      );
    byLabels.set(key, sample);
  }
  return byLabels;
}

function union(left: readonly Sample[], right: readonly Sample[]): readonly Sample[] {
  const keys = new Set(left.map((one) => keyOf(unnamed(one.labels))));
  return [...left, ...right.filter((one) => !keys.has(keyOf(unnamed(one.labels))))];
}

function calculate(operator: Operator, a: number, b: number): number {
  if (operator === '+') return a + b;
  if (operator === '-') return a - b;
  return operator === '*' ? a * b : a / b;
}

function compare(operator: Operator, a: number, b: number): boolean {
  if (operator === '==') return a === b;
  if (operator === '!=') return a !== b;
  if (operator === '>') return a > b;
  if (operator === '<') return a < b;
  return operator === '>=' ? a >= b : a <= b;
}

function scalarOf(value: Value, where: string): number {
  if (value.kind === 'scalar') return value.value;
  throw new Failure('E_SCHEMA', `1:1: parse error: expected type scalar in call to function "${where}", got instant vector`);
}

function samplesOf(value: Value, where: string): readonly Sample[] {
  if (value.kind === 'vector') return value.samples;
  throw new Failure('E_SCHEMA', `1:1: parse error: expected type instant vector for "${where}", got scalar`);
}
