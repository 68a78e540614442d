/** What zod found wrong, said with the place in the file and in the words of the person who wrote it. */
import { z } from 'zod';
import { closest } from '../lib/closest.ts';
import { parseDuration } from '../lib/duration.ts';
import { CODES, type Code } from '../lib/failure.ts';
import { type Problem, shown } from './problem.ts';
import type { Path, YamlSource } from './yaml-values.ts';

type Issue = z.core.$ZodIssue;
export interface Checked {
  readonly source: YamlSource;
  /** Where in the file the checked value stands. */
  readonly base: Path;
  readonly schema: z.ZodType;
}

export function problemsOf(issues: readonly Issue[], checked: Checked): readonly Problem[] {
  return issues.flatMap((issue) => problemsOfIssue(issue, checked));
}

function problemsOfIssue(issue: Issue, checked: Checked): readonly Problem[] {
  const path = [...checked.base, ...issue.path];
  const noDuration = noDurationAt(issue, checked, path);
  if (noDuration) return [noDuration];
  if (issue.code === 'unrecognized_keys') {
    const allowed = keysAt(checked.schema, issue.path);
    return issue.keys.map((key) => unknownKey(checked.source, [...path, key], allowed));
  }
  if (issue.code === 'invalid_union')
    return problemsOf(
      [...best(issue)].map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] })),
      checked,
    );
  if (issue.code === 'invalid_key')
    return [problem({ source: checked.source, path, part: 'key' }, 'E_PLAYBOOK_KEY', issue.issues[0]?.message ?? 'a key that is not allowed')];
  if (issue.code === 'invalid_type') return [invalidType(issue, checked.source, path)];
  return [problem({ source: checked.source, path }, codeOf(issue), `${nameOf(path)}: ${textOf(issue, checked.source, path)}`)];
}

/** A place in a file: the value at the path, or its key. */
export interface At {
  readonly source: YamlSource;
  readonly path: Path;
  readonly part?: 'key' | 'value';
}

export function problem(at: At, code: Code, said: string | readonly [message: string, hint: string | undefined]): Problem {
  const [message, hint] = typeof said === 'string' ? [said, undefined] : said;
  return { code, file: at.source.file, ...at.source.place(at.path, at.part), message, hint };
}

export function unknownKey(source: YamlSource, path: Path, allowed: readonly string[]): Problem {
  const key = String(path.at(-1));
  const near = closest(key, allowed);
  const hint = near === undefined ? (allowed.length === 0 ? undefined : `known here: ${allowed.join(', ')}`) : undefined;
  return problem({ source, path, part: 'key' }, 'E_PLAYBOOK_KEY', [
    `unknown key '${shown(key)}'${near === undefined ? '' : `; did you mean '${near}'?`}`,
    hint,
  ]);
}

function invalidType(issue: Extract<Issue, { code: 'invalid_type' }>, source: YamlSource, path: Path): Problem {
  const value = valueAt(source.value, path);
  if (value === undefined) return problem({ source, path }, 'E_PLAYBOOK_KEY', `key '${String(path.at(-1) ?? 'file')}' is missing${inside(path)}`);
  const written = source.written(path);
  const quote = issue.expected === 'string' && written !== undefined && typeof value !== 'object' ? `; quote it: "${shown(written)}"` : '';
  return problem({ source, path }, 'E_PLAYBOOK_TYPE', `${nameOf(path)}: expected ${wordFor(issue.expected)}, got ${describe(value)}${quote}`);
}

/** A number where a duration belongs: quoted it would still be none, it wants a unit. */
function noDurationAt({ code, path: inside }: Issue, { source, schema }: Checked, path: Path): Problem | undefined {
  const value = valueAt(source.value, path);
  if ((code !== 'invalid_type' && code !== 'invalid_union') || value === undefined || typeof value === 'string') return undefined;
  if (!takesDuration(schemaAt(schema, inside))) return undefined;
  const unit = typeof value === 'number' ? `; say the unit: ${value}s, ${value}m or ${value}h` : ', e.g. 90s, 5m, 2h';
  return problem({ source, path }, 'E_PLAYBOOK_DURATION', `${nameOf(path)}: expected a duration, got ${describe(value)}${unit}`);
}

/** Durations are the texts whose schema gives some as examples, alone or beside a word such as `off`. */
function takesDuration(at: unknown): boolean {
  const [examples, alternatives] = [field(at, 'examples'), field(at, 'anyOf')];
  return (
    (Array.isArray(examples) && examples.some((one) => parseDuration(String(one)) !== undefined)) ||
    (Array.isArray(alternatives) && alternatives.some(takesDuration))
  );
}

function codeOf(issue: Issue): Code {
  const given: unknown = issue.code === 'custom' ? issue.params?.code : undefined;
  return typeof given === 'string' && given in CODES ? (given as Code) : 'E_PLAYBOOK_TYPE'; // just looked up in the list of codes
}

function textOf(issue: Issue, source: YamlSource, path: Path): string {
  if (issue.code === 'invalid_value') {
    const value = valueAt(source.value, path);
    const options = issue.values.map(String);
    const near = typeof value === 'string' ? closest(value, options) : undefined;
    return `expected ${options.join(' | ')}, got ${describe(value)}${near === undefined ? '' : `; did you mean '${near}'?`}`;
  }
  if (issue.code === 'too_small' || issue.code === 'too_big') {
    const unit = issue.origin === 'string' ? ' characters' : issue.origin === 'array' ? ' entries' : '';
    return issue.code === 'too_small' ? `at least ${issue.minimum}${unit} expected` : `at most ${issue.maximum}${unit} expected`;
  }
  return issue.message;
}

/** The alternative that came furthest: one whose kind of value is right (a fixed word only if nothing else is), else all kinds that would be. */
function best(issue: Extract<Issue, { code: 'invalid_union' }>): readonly Issue[] {
  const alternatives = issue.errors.filter((errors) => errors.length > 0);
  const isRight = (errors: readonly Issue[], ...wrong: readonly Issue['code'][]): boolean =>
    !errors.some(({ code, path }) => wrong.includes(code) && path.length === 0);
  const near =
    alternatives.find((errors) => isRight(errors, 'invalid_type', 'invalid_value')) ?? alternatives.find((errors) => isRight(errors, 'invalid_type'));
  if (near) return near;
  const expected = alternatives.flatMap((errors) => errors.flatMap((error) => (error.code === 'invalid_type' ? [wordFor(error.expected)] : [])));
  return [{ code: 'custom', path: [], message: `expected ${[...new Set(expected)].join(' or ')}`, input: undefined }];
}

const jsonSchemas = new WeakMap<z.ZodType, unknown>();

/** Names the keys a mapping of the schema may have at a path. */
export function keysAt(schema: z.ZodType, path: Path): readonly string[] {
  const at = schemaAt(schema, path);
  const alternatives = field(at, 'anyOf');
  const properties = [at, ...(Array.isArray(alternatives) ? alternatives : [])].map((one) => field(one, 'properties'));
  return properties.flatMap((one) => (typeof one === 'object' && one !== null ? Object.keys(one) : []));
}

function schemaAt(schema: z.ZodType, path: Path): unknown {
  const known = jsonSchemas.get(schema) ?? z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  jsonSchemas.set(schema, known); // making one takes about as long as checking a whole file
  let at: unknown = known;
  for (const name of path)
    at = typeof name === 'number' ? field(at, 'items') : (field(field(at, 'properties'), String(name)) ?? field(at, 'additionalProperties'));
  return at;
}
const field = (value: unknown, name: string): unknown => (typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined); // a record is what a JSON schema is

export function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (at, name) => (typeof at === 'object' && at !== null && Object.hasOwn(at, name) ? (at as Record<PropertyKey, unknown>)[name] : undefined),
    value,
  ); // own field just looked up
}

/** `steps.2.approve.require`, for people: `'approve.require'` in a step whose line is named anyway. */
function nameOf(path: Path): string {
  const from = path[0] === 'steps' || path[0] === 'services' ? 2 : 0;
  const rest = path.slice(from).map(String).join('.');
  return `'${shown(rest || String(path.at(-1) ?? 'file'))}'`;
}

function inside(path: Path): string {
  const parent = path.slice(0, -1).map(String).join('.');
  return parent === '' ? '' : ` in ${shown(parent)}`;
}

const WORDS: Readonly<Record<string, string>> = { object: 'a mapping', record: 'a mapping', array: 'a list', int: 'a whole number', boolean: 'true or false' };
const wordFor = (type: string): string => WORDS[type] ?? type;

export function describe(value: unknown): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  return typeof value === 'string' ? `text '${shown(value, 40)}'` : `${typeof value} ${String(value)}`;
}
