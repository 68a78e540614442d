/** From a composed YAML document to plain values, counted and checked, and back to the place each value has in the file. */
import { type Alias, type Document, isAlias, isMap, isNode, isScalar, isSeq, type LineCounter, type Node, type Pair, type Scalar, type YAMLMap } from 'yaml';
import type { Json } from '../core/model.ts';
import { shown } from './problem.ts';
import type { Report, YamlLimits } from './yaml.ts';

export interface Place {
  readonly line: number;
  readonly column: number;
}
export type Path = readonly PropertyKey[];

/** The value of a file, and where each part of it stands. */
export interface YamlSource {
  readonly file: string;
  readonly value: Json;
  /** Where the value (or its key) stands; for a path that is not in the file, the nearest part of it that is. */
  place(path: Path, part?: 'key' | 'value'): Place;
  /** A scalar as it is written, before it became a number or a boolean: `1.10`. */
  written(path: Path): string | undefined;
}

interface Reading {
  readonly file: string;
  readonly lines: LineCounter;
  readonly limits: YamlLimits;
  readonly report: Report;
}

interface Walk extends Reading {
  readonly anchors: Map<string, Node>;
  readonly targets: WeakMap<Alias, Node>;
  /** Collections we are inside of. */
  readonly open: Set<Node>;
  values: number;
  aliases: number;
  /** The bomb is reported once; then nothing more is built. */
  stopped: boolean;
}

export function sourceOf(document: Document.Parsed, reading: Reading): YamlSource {
  const walk: Walk = { ...reading, anchors: new Map(), targets: new WeakMap(), open: new Set(), values: 0, aliases: 0, stopped: false };
  const root = document.contents;
  const value = root ? plainOf(walk, root) : null;
  const find = (path: Path): Found => locate(walk.targets, root ?? undefined, path);
  return {
    file: reading.file,
    value,
    place(path, part = 'value') {
      const { node, key } = find(path);
      const { line, col } = reading.lines.linePos(((part === 'key' ? key : node) ?? node ?? key)?.range?.[0] ?? 0);
      return { line: Math.max(1, line), column: Math.max(1, col) };
    },
    written(path) {
      const { node, whole } = find(path);
      return whole && isScalar(node) ? node.source : undefined;
    },
  };
}

function plainOf(walk: Walk, node: Node): Json {
  if (walk.stopped) return null;
  if (++walk.values > walk.limits.maxValues)
    return stop(walk, node, `the file grows to more than ${walk.limits.maxValues} values when its aliases are followed`);
  if (isAlias(node)) return aliasValue(walk, node);
  if (node.anchor !== undefined) walk.anchors.set(node.anchor, node);
  if (isScalar(node)) return scalarValue(walk, node);
  if (walk.open.size >= walk.limits.maxDepth) {
    walk.report('E_YAML_DEPTH', startOf(node), `nested deeper than ${walk.limits.maxDepth} levels`);
    walk.stopped = true;
    return null;
  }
  walk.open.add(node);
  const value = isSeq(node) ? node.items.map((item) => (isNode(item) ? plainOf(walk, item) : null)) : isMap(node) ? mapValue(walk, node) : null;
  walk.open.delete(node);
  return value;
}

function stop(walk: Walk, node: Node, message: string): null {
  walk.report('E_YAML_ALIASES', startOf(node), message, 'write the repeated part out, or shorten it');
  walk.stopped = true;
  return null;
}

function aliasValue(walk: Walk, alias: Alias): Json {
  if (++walk.aliases > walk.limits.maxAliases) return stop(walk, alias, `more than ${walk.limits.maxAliases} aliases are followed`);
  const target = walk.anchors.get(alias.source);
  if (!target) walk.report('E_YAML_SYNTAX', startOf(alias), `alias '*${shown(alias.source)}' has no anchor above it`);
  else if (walk.open.has(target)) walk.report('E_YAML_CYCLE', startOf(alias), `'*${shown(alias.source)}' refers to the value it is in: self-reference`);
  else {
    walk.targets.set(alias, target);
    return plainOf(walk, target);
  }
  return null;
}

function scalarValue(walk: Walk, node: Scalar): Json {
  const { value } = node;
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  walk.report('E_PLAYBOOK_TYPE', startOf(node), `'${shown(node.source ?? '')}' is no value we can keep`, 'quote it to make it a text');
  return null;
}

function mapValue(walk: Walk, map: YAMLMap): Json {
  const entries = new Map<string, Json>();
  for (const { key, value } of map.items) {
    const name = keyName(key);
    const at = isNode(key) ? startOf(key) : startOf(map);
    if (name === undefined) walk.report('E_YAML_SYNTAX', at, 'a key must be a plain word');
    else if (entries.has(name)) walk.report('E_YAML_SYNTAX', at, `duplicate key '${shown(name)}'`);
    // It would set the prototype of the object we build instead of a field.
    else if (name === '__proto__') walk.report('E_PLAYBOOK_KEY', at, "unknown key '__proto__'");
    else entries.set(name, isNode(value) ? plainOf(walk, value) : null);
  }
  return Object.fromEntries(entries);
}

/** Keys are words; a number or a boolean is taken as it is written. */
function keyName(key: unknown): string | undefined {
  if (!isScalar(key)) return undefined;
  return typeof key.value === 'string' ? key.value : key.source;
}

interface Found {
  readonly node: Node | undefined;
  readonly key: Node | undefined;
  /** Whether all of the path is in the file. */
  readonly whole: boolean;
}

function locate(targets: WeakMap<Alias, Node>, root: Node | undefined, path: Path): Found {
  let found: Found = { node: root, key: undefined, whole: true };
  for (const name of path) {
    const node = isAlias(found.node) ? targets.get(found.node) : found.node;
    const pair = isMap(node) ? pairsOf(node).get(String(name)) : undefined;
    const item = isSeq(node) ? node.items[Number(name)] : undefined;
    if (!pair && !isNode(item)) return { ...found, whole: false };
    const key = pair && isNode(pair.key) ? pair.key : undefined;
    found = pair ? { node: isNode(pair.value) ? pair.value : key, key, whole: true } : { node: isNode(item) ? item : undefined, key: undefined, whole: true };
  }
  return found;
}

/** A file with thousands of services and mistakes is asked for thousands of places. */
const indexes = new WeakMap<YAMLMap, ReadonlyMap<string | undefined, Pair>>();
function pairsOf(map: YAMLMap): ReadonlyMap<string | undefined, Pair> {
  const index = indexes.get(map) ?? new Map(map.items.map((pair) => [keyName(pair.key), pair]));
  indexes.set(map, index);
  return index;
}

const startOf = (node: Node): number => node.range?.[0] ?? 0;
