/**
 * Judges regular expressions that people write into playbooks, before anything is searched with them.
 *
 * A backtracking engine takes exponential time exactly when some text can be matched along two different ways that meet again
 * in a loop. We build the position automaton (Glushkov) of the pattern, with an edge for every way to get from one character
 * to the next, and look for such a pair of ways (Weber and Seidl 1991, "EDA"). Slower-than-linear but not exponential patterns
 * pass here; the search itself runs in a worker with a deadline (logs/match.ts).
 */
import { z } from 'zod';
import { type Node, NotTaken, parsePattern, type Ranges } from './pattern-parse.ts';

export type PatternVerdict = { readonly ok: true } | { readonly ok: false; readonly code: 'E_REGEX_SYNTAX' | 'E_REGEX_UNSAFE'; readonly because: string };

const LONGEST = 500;
// Positions of the automaton. A pattern for log lines has 10 to 60; the product below grows with the square.
const MOST_POSITIONS = 250;
const MOST_EDGES = 4_000;
const MOST_STEPS = 2_000_000;

/** The last verdicts: one load of a playbook asks about the same pattern several times, and an answer takes up to 10 ms. */
const given = new Map<string, PatternVerdict>();
const MOST_GIVEN = 50;

export function checkPattern(pattern: string): PatternVerdict {
  if (pattern.length > LONGEST) return unsafe(pattern, `it is longer than ${LONGEST} characters`);
  const known = given.get(pattern);
  if (known) return known;
  const verdict = verdictOn(pattern);
  if (given.size >= MOST_GIVEN) given.clear();
  given.set(pattern, verdict);
  return verdict;
}

function verdictOn(pattern: string): PatternVerdict {
  try {
    new RegExp(pattern);
  } catch (error) {
    return { ok: false, code: 'E_REGEX_SYNTAX', because: error instanceof Error ? error.message : 'not a regular expression' };
  }
  try {
    return judge(pattern, parsePattern(pattern));
  } catch (error) {
    if (error instanceof NotTaken) return unsafe(pattern, error.message);
    throw error;
  }
}

/** Schema of a pattern in YAML; refusals carry E_REGEX_SYNTAX or E_REGEX_UNSAFE. */
export function patternText(): z.ZodType<string, string> {
  return z
    .string()
    .superRefine((pattern, context) => {
      const verdict = checkPattern(pattern);
      if (!verdict.ok) context.addIssue({ code: 'custom', message: verdict.because, params: { code: verdict.code } });
    })
    .meta({ description: 'A regular expression without look-around and back references; case is ignored', examples: ['error|fail'] });
}

const unsafe = (pattern: string, because: string): PatternVerdict => ({
  ok: false,
  code: 'E_REGEX_UNSAFE',
  because: `the pattern '${pattern.slice(0, 80)}' is refused: ${because}`,
});

interface Automaton {
  readonly sets: Ranges[];
  /** Outgoing edges; the same target twice means two ways to get there. */
  readonly follow: number[][];
  edges: number;
}
interface Ends {
  readonly first: readonly number[];
  readonly last: readonly number[];
  readonly nullable: boolean;
}

function judge(pattern: string, node: Node): PatternVerdict {
  const automaton: Automaton = { sets: [], follow: [], edges: 0 };
  build(automaton, node);
  const loops = loopOf(automaton);
  const twice = automaton.follow.findIndex((targets, from) => targets.some((to, index) => targets.indexOf(to) !== index && loops[from] === loops[to]));
  if (twice >= 0 || hasTwoWays(automaton, loops))
    return unsafe(pattern, 'a repeated part can match the same text in more than one way, so that a search can take exponential time');
  return { ok: true };
}

function build(a: Automaton, node: Node): Ends {
  if (node.kind === 'empty') return { first: [], last: [], nullable: true };
  if (node.kind === 'set') {
    if (a.sets.length >= MOST_POSITIONS) throw new NotTaken(`it is too complex (more than ${MOST_POSITIONS} characters after spelling out {n,m})`);
    a.sets.push(ignoringCase(node.ranges));
    a.follow.push([]);
    return { first: [a.sets.length - 1], last: [a.sets.length - 1], nullable: false };
  }
  if (node.kind === 'choice') {
    const parts = node.parts.map((part) => build(a, part));
    return { first: parts.flatMap(({ first }) => first), last: parts.flatMap(({ last }) => last), nullable: parts.some(({ nullable }) => nullable) };
  }
  if (node.kind === 'repeat') return buildRepeat(a, node);
  return node.parts.reduce((done, part) => join(a, done, build(a, part)), NOTHING);
}

const NOTHING: Ends = { first: [], last: [], nullable: true };

/** x{2,4} is spelled out as x x x? x?, x{2,} as x x+. */
function buildRepeat(a: Automaton, { body, min, max }: Extract<Node, { kind: 'repeat' }>): Ends {
  const endless = max === Number.POSITIVE_INFINITY;
  const copies = endless ? Math.max(1, min) : max;
  if (copies > MOST_POSITIONS) throw new NotTaken(`it repeats a part ${copies} times (at most ${MOST_POSITIONS})`);
  let ends = NOTHING;
  for (let copy = 1; copy <= copies; copy++) {
    const built = build(a, body);
    if (endless && copy === copies) connect(a, built.last, built.first);
    ends = join(a, ends, { ...built, nullable: built.nullable || copy > min });
  }
  return ends;
}

function join(a: Automaton, left: Ends, right: Ends): Ends {
  connect(a, left.last, right.first);
  return {
    first: left.nullable ? [...left.first, ...right.first] : left.first,
    last: right.nullable ? [...left.last, ...right.last] : right.last,
    nullable: left.nullable && right.nullable,
  };
}

function connect(a: Automaton, from: readonly number[], to: readonly number[]): void {
  a.edges += from.length * to.length;
  if (a.edges > MOST_EDGES) throw new NotTaken('it is too complex');
  for (const position of from) a.follow[position]?.push(...to);
}

/** For each position the number of the loop (strongly connected component) it is in. */
function loopOf(a: Automaton): readonly number[] {
  return components(a.sets.length, (position) => a.follow[position] ?? []);
}

/** Is there a pair of different positions that both are reached from one position by the same text, and lead back to it by the same text? */
function hasTwoWays(a: Automaton, loops: readonly number[]): boolean {
  const size = a.sets.length;
  const overlapping = a.sets.map((one) => a.sets.map((other) => overlaps(one, other)));
  let steps = 0;
  const pairs = components(size * size, (pair) => {
    const [p, q] = [Math.floor(pair / size), pair % size];
    const out: number[] = [];
    for (const to of a.follow[p] ?? [])
      for (const other of a.follow[q] ?? []) {
        if (++steps > MOST_STEPS) throw new NotTaken('it is too complex');
        if (loops[to] === loops[p] && loops[other] === loops[q] && overlapping[to]?.[other]) out.push(to * size + other);
      }
    return out;
  });
  const diagonals = new Set(Array.from({ length: size }, (_, position) => pairs[position * size + position]));
  return pairs.some((component, pair) => Math.floor(pair / size) !== pair % size && diagonals.has(component));
}

/** Tarjan's strongly connected components, without recursion. */
function components(size: number, next: (node: number) => readonly number[]): number[] {
  const index = new Array<number>(size).fill(-1);
  const low = new Array<number>(size).fill(0);
  const component = new Array<number>(size).fill(-1);
  const open: number[] = [];
  let visited = 0;
  let found = 0;
  for (let root = 0; root < size; root++) {
    if (index[root] !== -1) continue;
    const path: { node: number; targets: readonly number[]; at: number }[] = [];
    const enter = (node: number): void => {
      index[node] = low[node] = visited++;
      open.push(node);
      path.push({ node, targets: next(node), at: 0 });
    };
    enter(root);
    for (let frame = path.at(-1); frame; frame = path.at(-1)) {
      const target = frame.targets[frame.at++];
      if (target !== undefined) {
        if (index[target] === -1) enter(target);
        else if (component[target] === -1) low[frame.node] = Math.min(low[frame.node] ?? 0, index[target] ?? 0);
        continue;
      }
      path.pop();
      const parent = path.at(-1);
      if (parent) low[parent.node] = Math.min(low[parent.node] ?? 0, low[frame.node] ?? 0);
      if (low[frame.node] !== index[frame.node]) continue;
      for (let node = open.pop(); node !== undefined; node = open.pop()) {
        component[node] = found;
        if (node === frame.node) break;
      }
      found++;
    }
  }
  return component;
}

const overlaps = (a: Ranges, b: Ranges): boolean => a.some(([from, to]) => b.some(([low, high]) => from <= high && low <= to));

/** Adds the other case of ASCII letters; searches ignore case. */
function ignoringCase(ranges: Ranges): Ranges {
  const shifted = (low: number, high: number, by: number): Ranges =>
    ranges.flatMap(([from, to]): Ranges => (from <= high && to >= low ? [[Math.max(from, low) + by, Math.min(to, high) + by]] : []));
  return [...ranges, ...shifted(65, 90, 32), ...shifted(97, 122, -32)];
}
