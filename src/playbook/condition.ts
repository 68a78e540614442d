/**
 * Conditions in playbooks, written in CEL (Common Expression Language). The only file that knows the CEL library.
 *
 * Numbers are just numbers here: every fact is a double, and the arithmetic between a fact and a written whole number is allowed,
 * so that nobody has to write `check_logs.total > 2.0`. What is not known is absent: `has(release.current)` asks for it, reading
 * it is an error, and an error fails the step instead of choosing a branch.
 */
import { type ASTNode, TypeError as CelTypeError, Environment, EvaluationError, ParseError } from '@marcbachmann/cel-js';
import type { Json } from '../core/model.ts';
import { closest } from '../lib/closest.ts';
import { Failure } from '../lib/failure.ts';

/** Fields of each variable, with their CEL types. */
export type Variables = Readonly<Record<string, Readonly<Record<string, string>>>>;

export interface ConditionProblem {
  readonly message: string;
  /** Counts from 0 within the expression. */
  readonly offset: number;
}

export interface Condition {
  readonly expression: string;
  evaluate(facts: Readonly<Record<string, Json>>): Json;
}

const LONGEST = 1_000;
const LIMITS = { maxAstNodes: 300, maxDepth: 32, maxListElements: 100, maxMapEntries: 50 };
// Loops within loops over a list multiply; one loop is enough for "any of these".
const LOOPS = new Set(['all', 'exists', 'exists_one', 'map', 'filter']);

/** Throws E_PLAYBOOK_CONDITION when it cannot be parsed. Compiled expressions are kept. */
export function compileCondition(expression: string): Condition {
  const kept = compiled.get(expression);
  if (kept) return kept;
  const problem = parseProblem(expression);
  if (problem) throw new Failure('E_PLAYBOOK_CONDITION', pointAt(expression, problem), { permanent: true });
  const parsed = RUN.parse(expression);
  const names = namesIn(parsed.ast);
  const condition: Condition = {
    expression,
    evaluate(facts) {
      try {
        return toJson(parsed(contextOf(facts, names)), expression);
      } catch (error) {
        if (error instanceof Failure) throw error;
        throw new Failure('E_PLAYBOOK_CONDITION', pointAt(expression, problemOf(error)), { hint: HINT, permanent: true, cause: error });
      }
    },
  };
  if (compiled.size >= 500) compiled.clear();
  compiled.set(expression, condition);
  return condition;
}
const compiled = new Map<string, Condition>();
const HINT = 'a fact that is not known is absent; ask with has(…) first';

/** Throws E_PLAYBOOK_CONDITION when a fact it reads is not known, or when types do not fit. Whole numbers come back as numbers. */
export function evaluateCondition(expression: string, facts: Readonly<Record<string, Json>>): Json {
  return compileCondition(expression).evaluate(facts);
}

/** Parses and type-checks against what will be known; undefined: all is well, and the answer is yes or no. */
export function checkCondition(expression: string, variables: Variables): ConditionProblem | undefined {
  const wrong = parseProblem(expression);
  if (wrong) return wrong;
  const environment = checkEnvironment(variables);
  const { valid, type, error } = environment.check(expression);
  if (!valid) return problemOf(error, variables);
  return type === 'bool' || type === 'dyn' ? undefined : { message: `the answer must be yes or no (bool), this gives ${type}`, offset: 0 };
}

/** The same where nobody knows what facts there will be, and the answer may be anything: grammar, and functions that are not there. */
export function checkExpression(expression: string): ConditionProblem | undefined {
  const wrong = parseProblem(expression);
  if (wrong) return wrong;
  const { valid, error } = RUN.check(expression);
  if (valid) return undefined;
  const problem = problemOf(error);
  const called = /overload for '(?:[^(]*\.)?(\w+)\(/.exec(problem.message)?.[1];
  const names = RUN.getDefinitions().functions.map(({ name }) => name);
  if (called === undefined || names.includes(called)) return problem;
  const near = closest(called, names);
  return { ...problem, message: `there is no function '${called}'${near === undefined ? '' : `; did you mean '${near}'?`}` };
}

/** The message, the expression and a caret under the place. */
export function pointAt(expression: string, { message, offset }: ConditionProblem): string {
  const before = expression.slice(0, offset).split('\n');
  const line = expression.split('\n')[before.length - 1] ?? '';
  const column = before.at(-1)?.length ?? 0;
  // Long lines are cut around the place.
  const start = Math.max(0, column - 60);
  return `${message} (character ${offset + 1})\n  ${line.slice(start, start + 100)}\n  ${' '.repeat(column - start)}^`;
}

function parseProblem(expression: string): ConditionProblem | undefined {
  if (expression.trim() === '') return { message: 'the condition is empty', offset: 0 };
  if (expression.length > LONGEST) return { message: `the condition is longer than ${LONGEST} characters`, offset: LONGEST };
  try {
    return refused(RUN.parse(expression).ast);
  } catch (error) {
    return problemOf(error);
  }
}

/** What we do not run although CEL can: regular expressions (they can block the process) and loops within loops. */
function refused(node: ASTNode, inLoop = false): ConditionProblem | undefined {
  const name = node.op === 'call' ? node.args[0] : node.op === 'rcall' ? node.args[0] : undefined;
  if (name === 'matches') return { message: 'matches() is not available here; use contains(), startsWith() or endsWith()', offset: node.start };
  const loop = node.op === 'rcall' && LOOPS.has(node.args[0]);
  if (loop && inLoop) return { message: `${name}() within another loop is not available`, offset: node.start };
  for (const child of childrenOf(node)) {
    const problem = refused(child, inLoop || loop);
    if (problem) return problem;
  }
  return undefined;
}

function childrenOf(node: ASTNode): readonly ASTNode[] {
  const found: ASTNode[] = [];
  const collect = (part: unknown): void => {
    if (Array.isArray(part)) part.forEach(collect);
    else if (typeof part === 'object' && part !== null && 'op' in part) found.push(part as ASTNode); // everything with an `op` inside args is a node
  };
  collect(node.args);
  return found;
}

const namesIn = (node: ASTNode): readonly string[] => (node.op === 'id' ? [node.args] : childrenOf(node).flatMap(namesIn));

/** Unknown values are taken out, and a step that has not run has no fields, so that has() can be asked about it. */
function contextOf(facts: Readonly<Record<string, Json>>, names: readonly string[]): Record<string, Json> {
  const context: Record<string, Json> = Object.fromEntries(names.map((name) => [name, {}]));
  for (const [name, fact] of Object.entries(facts))
    context[name] = isRecord(fact) ? Object.fromEntries(Object.entries(fact).filter(([, value]) => value !== null)) : fact;
  return context;
}

const isRecord = (value: Json): value is Readonly<Record<string, Json>> => typeof value === 'object' && value !== null && !Array.isArray(value);

function toJson(value: unknown, expression: string): Json {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (Array.isArray(value)) return value.map((inner) => toJson(inner, expression));
  if (typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype)
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, toJson(inner, expression)]));
  throw new Failure('E_PLAYBOOK_CONDITION', `the condition '${expression.slice(0, 100)}' gives a value that cannot be kept`, { permanent: true });
}

function problemOf(error: unknown, variables: Variables = {}): ConditionProblem {
  if (error instanceof ParseError || error instanceof CelTypeError || error instanceof EvaluationError) {
    const offset = error.range?.start ?? 0;
    const unknown = /^(Unknown variable|No such key): (\S+)$/i.exec(error.summary);
    if (!unknown?.[2]) return { message: error.summary.charAt(0).toLowerCase() + error.summary.slice(1), offset };
    const candidates = unknown[1]?.startsWith('U') ? Object.keys(variables) : Object.values(variables).flatMap(Object.keys);
    const near = closest(unknown[2], candidates);
    return { message: `${unknown[1]?.toLowerCase()} '${unknown[2]}'${near === undefined ? '' : `; did you mean '${near}'?`}`, offset };
  }
  return { message: error instanceof Error ? (error.message.split('\n')[0] ?? 'cannot be read') : 'cannot be read', offset: 0 };
}

function environmentWith(options: { unlistedVariablesAreDyn: boolean }): Environment {
  const environment = new Environment({ ...options, limits: LIMITS });
  const arithmetic: Record<string, (a: number, b: number) => number> = {
    '+': (a, b) => a + b,
    '-': (a, b) => a - b,
    '*': (a, b) => a * b,
    '/': (a, b) => a / b,
    '%': (a, b) => a % b,
  };
  for (const [sign, apply] of Object.entries(arithmetic))
    for (const [left, right] of [
      ['double', 'int'],
      ['int', 'double'],
    ] as const) // both orders of a fact and a written whole number
      environment.registerOperator(`${left} ${sign} ${right}`, (a: number | bigint, b: number | bigint) => apply(Number(a), Number(b)));
  environment.registerOperator('double == int', (a: number, b: bigint) => a === Number(b));
  return environment;
}
const RUN = environmentWith({ unlistedVariablesAreDyn: true });

// Words of the language; the library refuses variables of these names.
const RESERVED = new Set('as break const continue else false for function if import in let loop null package namespace return true var void while'.split(' '));

const environments = new WeakMap<Variables, Environment>();

/** One per playbook: all its conditions know the same variables. */
function checkEnvironment(variables: Variables): Environment {
  const known = environments.get(variables);
  if (known) return known;
  const environment = environmentWith({ unlistedVariablesAreDyn: false });
  environment.registerOperator('double in list<int>', () => false); // only for its type; when it runs, the built-in compares across number types
  for (const [name, fields] of Object.entries(variables)) {
    if (RESERVED.has(name)) continue; // a step may be called so, a condition cannot speak of it
    const schema = Object.fromEntries(Object.entries(fields).map(([field, type]) => [field, type === 'int' ? 'double' : type]));
    environment.registerVariable({ name, schema });
  }
  environments.set(variables, environment);
  return environment;
}
