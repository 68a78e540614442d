/** A parsed body → checked payload → signals. The door uses the first half, the engine all of it. */
import type { z } from 'zod';
import type { Seen } from '../core/seen.ts';
import { Failure } from '../lib/failure.ts';
import type { RawSignal, ReadContext, Source } from './source.ts';

/** Throws E_SCHEMA (or what the source's own check throws) with the path of the first thing wrong. */
export function readPayload(source: Source, value: unknown, context: ReadContext): unknown {
  const read = source.payload.safeParse(value);
  if (!read.success) throw schemaFailure(read.error, value, { source: source.name });
  source.check?.(read.data, context);
  return read.data;
}

/** The same for a body taken from the inbox. Throws E_JSON_SYNTAX, E_SCHEMA: such a delivery is set aside. */
export function readSignals(source: Source, body: string, context: ReadContext): readonly RawSignal[] {
  return source.toSignals(readStored(source, body, context), context);
}

/** What a body taken from the inbox tells about repositories. Throws as `readSignals` does. */
export function readChanges(source: Source, body: string, context: ReadContext): readonly Seen[] {
  return source.toChanges?.(readStored(source, body, context), context) ?? [];
}

function readStored(source: Source, body: string, context: ReadContext): unknown {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw new Failure('E_JSON_SYNTAX', `a delivery of ${source.name} is not JSON`, { permanent: true });
  }
  return readPayload(source, value, context);
}

/** How many alerts a checked payload carries. Batching senders name the list `alerts`; of others it is what they tell. */
export function countAlerts(source: Source, payload: unknown, context: ReadContext): number {
  if (Array.isArray(payload)) return payload.length;
  if (source.batches && typeof payload === 'object' && payload !== null && 'alerts' in payload && Array.isArray(payload.alerts)) return payload.alerts.length;
  return source.toSignals(payload, context).length === 0 ? 0 : 1; // one alert can mean two signals: it fires, and its blindness ended
}

/** For a part whose shape depends on the rest, or the whole ('') before it is known to be genuine. Throws E_SCHEMA with its whole path. */
export function readPart<S extends z.ZodType>(schema: S, value: unknown, { source, path }: { source: string; path: string }): z.output<S> {
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  throw schemaFailure(read.error, value, { source, base: path === '' ? [] : [path] });
}

function schemaFailure(error: z.ZodError, value: unknown, { source, base = [] }: { source: string; base?: readonly string[] }): Failure {
  const issue = error.issues[0];
  const path = [...base, ...(issue?.path.map(String) ?? [])].join('.') || '(root)';
  return new Failure('E_SCHEMA', `${path.slice(0, 200)}: ${issue ? words(issue, value) : 'not what was expected'}`, {
    path: path.slice(0, 200),
    hint: `see docs/sources.md for what ${source} must send`,
    permanent: true,
  });
}

/** Our own words are kept; zod's are replaced, because they can quote the value. */
function words(issue: z.core.$ZodIssue, value: unknown): string {
  const given = at(value, issue.path);
  if (given === undefined && issue.code === 'invalid_type') return 'required';
  if (issue.code === 'invalid_type') return `expected ${issue.expected === 'record' ? 'object' : issue.expected}, got ${kindOf(given)}`;
  if (issue.code === 'invalid_value') return `expected ${issue.values.map(String).join('|')}`;
  if (issue.code === 'invalid_format' && issue.format === 'datetime') return 'expected RFC 3339 time';
  if (issue.code === 'custom' || issue.code === 'invalid_union') return issue.message;
  return `not accepted (${issue.code})`;
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  let inner = value;
  for (const key of path) {
    if (typeof inner !== 'object' || inner === null || !Object.hasOwn(inner, key)) return undefined;
    inner = Reflect.get(inner, key);
  }
  return inner;
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}
