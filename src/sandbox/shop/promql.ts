/** A small honest part of PromQL: selectors, rate and increase, sum and its kin, arithmetic, comparison, `or`, `offset`. The rest is refused. */
import { Failure } from '../../lib/failure.ts';
import { type Matcher, readMatchers } from './matchers.ts';
import { createScanner, type Scanner } from './scanner.ts';

export interface Selector {
  readonly kind: 'selector';
  readonly matchers: readonly Matcher[];
  /** `[5s]`; undefined: the newest sample. */
  readonly rangeMs: number | undefined;
  readonly offsetMs: number;
}
export type Expression =
  | Selector
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'rate'; readonly name: RangeFunction; readonly of: Selector }
  | { readonly kind: 'vector'; readonly of: Expression }
  | { readonly kind: 'clamp'; readonly name: 'clamp_min' | 'clamp_max'; readonly of: Expression; readonly limit: Expression }
  | { readonly kind: 'aggregate'; readonly name: Aggregate; readonly grouping: Grouping; readonly of: Expression }
  | { readonly kind: 'binary'; readonly operator: Operator; readonly left: Expression; readonly right: Expression };
export type RangeFunction = 'rate' | 'increase';
export type Aggregate = 'sum' | 'avg' | 'min' | 'max';
export type Operator = 'or' | '==' | '!=' | '>' | '<' | '>=' | '<=' | '+' | '-' | '*' | '/';
export interface Grouping {
  readonly kind: 'by' | 'without';
  readonly labels: readonly string[];
}

// From weakest to strongest, as in Prometheus; all of them group from the left.
const LEVELS: readonly (readonly Operator[])[] = [['or'], ['==', '!=', '>=', '<=', '>', '<'], ['+', '-'], ['*', '/']];
const AGGREGATES: readonly Aggregate[] = ['sum', 'avg', 'min', 'max'];
const RANGE_FUNCTIONS: readonly RangeFunction[] = ['rate', 'increase'];
const DEEPEST = 50;

/** Throws `E_SCHEMA`, worded as Prometheus words a parse error. */
export function parsePromql(text: string): Expression {
  if (text.trim() === '') throw new Failure('E_SCHEMA', 'unknown position: parse error: no expression found in input');
  const scan = createScanner(text, (column, what) => new Failure('E_SCHEMA', `1:${column}: parse error: ${what}`));
  const expression = readLevel(scan, 0, 0);
  if (!scan.isAtEnd()) throw scan.fail(`unexpected ${JSON.stringify(scan.rest().trim().slice(0, 12))}`);
  if (expression.kind === 'selector' && expression.rangeMs !== undefined) throw scan.fail('a range vector is not answered by this sandbox; wrap it in rate()');
  return expression;
}

function readLevel(scan: Scanner, level: number, depth: number): Expression {
  const operators = LEVELS[level];
  if (!operators) return readUnary(scan, depth);
  let left = readLevel(scan, level + 1, depth);
  for (let operator = scan.take(operators); operator !== undefined; operator = scan.take(operators)) {
    const right = readLevel(scan, level + 1, depth);
    for (const side of [left, right]) noRange(scan, side, 'binary expression must contain only scalar and instant vector types');
    left = { kind: 'binary', operator: operator as Operator, left, right }; // `take` gives back one of what it was given
  }
  return left;
}

function readUnary(scan: Scanner, depth: number): Expression {
  if (depth > DEEPEST) throw scan.fail(`nested deeper than ${DEEPEST}`);
  if (scan.take(['-']) === undefined) return readPrimary(scan, depth + 1);
  return { kind: 'binary', operator: '*', left: { kind: 'number', value: -1 }, right: readUnary(scan, depth + 1) };
}

function readPrimary(scan: Scanner, depth: number): Expression {
  if (scan.take(['(']) !== undefined) {
    const inner = readLevel(scan, 0, depth);
    scan.expect(')');
    return inner;
  }
  const value = scan.number();
  if (value !== undefined) return { kind: 'number', value };
  const name = scan.identifier();
  if (name === undefined) {
    if (/^\s*\{/.test(scan.rest())) return readSelector(scan, undefined);
    throw scan.fail(scan.isAtEnd() ? 'unexpected end of input' : `unexpected ${JSON.stringify(scan.rest().slice(0, 12))}`);
  }
  const aggregate = AGGREGATES.find((one) => one === name);
  if (aggregate) return readAggregate(scan, aggregate, depth);
  if (!/^\s*\(/.test(scan.rest())) return readSelector(scan, name);
  return readCall(scan, name, depth);
}

function readCall(scan: Scanner, name: string, depth: number): Expression {
  const range = RANGE_FUNCTIONS.find((one) => one === name);
  const isKnown = range || name === 'vector' || name === 'clamp_min' || name === 'clamp_max';
  if (!isKnown) throw scan.fail(`unknown function with name ${JSON.stringify(name)}`);
  scan.expect('(');
  const of = readLevel(scan, 0, depth);
  if (range) {
    if (of.kind !== 'selector' || of.rangeMs === undefined)
      throw scan.fail(`expected type range vector in call to function ${JSON.stringify(name)}, got instant vector`);
    scan.expect(')');
    return { kind: 'rate', name: range, of };
  }
  noRange(scan, of, `expected type instant vector in call to function ${JSON.stringify(name)}, got range vector`);
  if (name !== 'clamp_min' && name !== 'clamp_max') {
    scan.expect(')');
    return { kind: 'vector', of };
  }
  scan.expect(',');
  const limit = readLevel(scan, 0, depth);
  scan.expect(')');
  return { kind: 'clamp', name, of, limit };
}

/** `sum(x)`, `sum by (code) (x)` and `sum(x) by (code)` are the same. */
function readAggregate(scan: Scanner, name: Aggregate, depth: number): Expression {
  const before = readGrouping(scan);
  scan.expect('(');
  const of = readLevel(scan, 0, depth);
  noRange(scan, of, 'expected type instant vector in aggregation expression, got range vector');
  scan.expect(')');
  const grouping = before ?? readGrouping(scan) ?? { kind: 'by', labels: [] };
  return { kind: 'aggregate', name, grouping, of };
}

function readGrouping(scan: Scanner): Grouping | undefined {
  const word = scan.take(['by', 'without']);
  if (word === undefined) return undefined;
  const labels: string[] = [];
  scan.expect('(');
  while (scan.take([')']) === undefined) {
    const label = scan.identifier();
    if (label === undefined) throw scan.fail('unexpected token in grouping opts, expected label');
    labels.push(label);
    scan.take([',']);
  }
  return { kind: word === 'by' ? 'by' : 'without', labels };
}

function readSelector(scan: Scanner, name: string | undefined): Selector {
  const given = /^\s*\{/.test(scan.rest()) ? readMatchers(scan) : [];
  const matchers = name === undefined ? given : [...given, { label: '__name__', fits: (value: string) => value === name }];
  if (matchers.every((one) => one.fits(''))) throw scan.fail('vector selector must contain at least one non-empty matcher');
  let rangeMs: number | undefined;
  if (scan.take(['[']) !== undefined) {
    rangeMs = scan.durationMs();
    scan.expect(']');
  }
  const offsetMs = scan.take(['offset']) === undefined ? 0 : scan.durationMs();
  return { kind: 'selector', matchers, rangeMs, offsetMs };
}

function noRange(scan: Scanner, one: Expression, message: string): void {
  if (one.kind === 'selector' && one.rangeMs !== undefined) throw scan.fail(message);
}
