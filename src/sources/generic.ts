/**
 * Any JSON with an id and a state. services.yml says where they stand (`generic:`); without that, the names of `DEFAULT_MAPPING` hold.
 * CloudEvents are unwrapped. A body is one alert or a list of them;
 * of a list the first 1,000 are kept and the rest is counted.
 */
import { z } from 'zod';
import type { Json } from '../core/model.ts';
import { Failure } from '../lib/failure.ts';
import { defineSource, type RawSignal, type ReadContext } from './source.ts';
import { cleanLink, cleanSummary, cleanValue, readSeverity } from './text.ts';

const MOST_ALERTS = 1_000;
const MOST_LABELS = 50;
const FUTURE_MAX_MS = 24 * 3_600_000;

/** `alert.id`, `events[0].title`. Own properties only, so `__proto__` and `constructor` find nothing. */
const path = z.string().regex(/^[\w@$-]+(?:\.[\w@$-]+|\[\d{1,4}\])*$/, 'expected a path like alert.id or events[0].id (expressions are not supported)');
/** The first path that finds something. */
const paths = z.union([path, z.array(path).min(1).max(8)]);
const word = z.union([z.string(), z.number(), z.boolean()]).transform(String);

export const genericMapping = z.strictObject({
  fingerprint: paths.default(['id', 'fingerprint']).describe('What makes two messages the same alert. Required in the message.'),
  state: paths.default(['status', 'state']).describe('Where the state stands. Required in the message.'),
  firing_values: z.array(word).min(1).default(['firing', 'triggered', 'alerting', 'alert', 'open', 'active', 'critical', 'down', 'problem']),
  resolved_values: z.array(word).min(1).default(['resolved', 'recovered', 'ok', 'closed', 'inactive', 'normal', 'up', 'recovery']),
  severity: paths.default(['severity', 'priority']),
  severity_values: z
    .record(z.string(), z.enum(['sev1', 'sev2', 'sev3']))
    .default({})
    .describe('The sender’s words for ours, e.g. { blocker: sev1 }.'),
  service: paths.default('service').describe('Name in services.yml; without it the labels decide.'),
  summary: paths.default(['title', 'summary', 'message', 'name']),
  url: paths.default(['url', 'link']),
  at: paths.default(['at', 'time', 'timestamp']).describe('RFC 3339, or seconds or milliseconds since 1970.'),
});
export type GenericMapping = z.output<typeof genericMapping>;
export const DEFAULT_MAPPING: GenericMapping = genericMapping.parse({});

const one = z.record(z.string(), z.unknown());
const shape = 'expected an object, or a list of objects';
const payload = z.union([one, z.array(one)], { error: shape }).refine((body) => !Array.isArray(body) || body.length > 0, shape);

export const generic = defineSource({
  name: 'generic',
  about: 'Any JSON: services.yml says where id, state and title stand',
  payload,
  check: (body, context) => void toSignals(body, context),
  toSignals,
});

function toSignals(body: z.output<typeof payload>, { now, catalog }: ReadContext): readonly RawSignal[] {
  const mapping = mappingOf(catalog.generic);
  if (!Array.isArray(body)) return [toSignal(body, mapping, { now, prefix: '' })];
  const signals = body.slice(0, MOST_ALERTS).map((item, index) => toSignal(item, mapping, { now, prefix: `${index}.` }));
  const truncated = body.length - signals.length;
  return truncated === 0
    ? signals
    : signals.map((signal, index) => (index === 0 ? { ...signal, labels: { ...signal.labels, truncated: String(truncated) } } : signal));
}

const compiled = new WeakMap<object, GenericMapping>();

/** Checked once per loaded services.yml. Throws E_SCHEMA when that was never checked at load. */
function mappingOf(setting: Json): GenericMapping {
  if (typeof setting !== 'object' || setting === null) return DEFAULT_MAPPING;
  const known = compiled.get(setting);
  if (known) return known;
  const read = genericMapping.safeParse(setting);
  if (!read.success)
    throw new Failure('E_SCHEMA', 'services.yml: generic is not a mapping', {
      path: `generic.${read.error.issues[0]?.path.join('.') ?? ''}`,
      hint: 'run `npx tagback doctor`',
    });
  compiled.set(setting, read.data);
  return read.data;
}

function toSignal(item: Readonly<Record<string, unknown>>, mapping: GenericMapping, around: { now: number; prefix: string }): RawSignal {
  const isEnvelope = typeof item.specversion === 'string' && isObject(item.data); // CloudEvents 1.0, structured mode
  const body = isEnvelope && isObject(item.data) ? item.data : item;
  const prefix = isEnvelope ? `${around.prefix}data.` : around.prefix;
  const text = (where: string | readonly string[]): string | undefined => asText(lookUp(body, where));
  const need = (where: string | readonly string[]): string => text(where) ?? fail(prefix, where, 'required: a text or a number');
  const word = text(mapping.severity);
  const service = text(mapping.service);
  const link = cleanLink('Source', text(mapping.url));
  return {
    fingerprint: need(mapping.fingerprint).slice(0, 256),
    state:
      stateOf(need(mapping.state), mapping) ??
      fail(prefix, mapping.state, `expected one of ${[...mapping.firing_values, ...mapping.resolved_values].join('|').slice(0, 200)}`),
    at:
      moment(lookUp(body, mapping.at) ?? item.time, around.now) ??
      fail(prefix, mapping.at, 'expected an RFC 3339 time, or seconds or milliseconds since 1970, at most 24 h ahead'),
    severity: (word !== undefined && Object.hasOwn(mapping.severity_values, word) ? mapping.severity_values[word] : undefined) ?? readSeverity(word),
    summary: cleanSummary(text(mapping.summary), `alert ${need(mapping.fingerprint)}`),
    labels: flatten(body),
    links: link ? [link] : [],
    ...(service === undefined || service === '' ? {} : { service: service.slice(0, 128) }),
  };
}

function fail(prefix: string, where: string | readonly string[], what: string): never {
  const place = `${prefix}${typeof where === 'string' ? where : where[0]}`;
  throw new Failure(what.includes('24 h') ? 'E_TIME_RANGE' : 'E_SCHEMA', `${place}: ${what}`, {
    path: place,
    hint: 'say in services.yml under `generic:` where it stands in your messages',
    permanent: true,
  });
}

function stateOf(text: string, mapping: GenericMapping): 'firing' | 'resolved' | undefined {
  const same = (value: string): boolean => value.toLowerCase() === text.toLowerCase();
  if (mapping.firing_values.some(same)) return 'firing';
  return mapping.resolved_values.some(same) ? 'resolved' : undefined;
}

/** No time, and zero times like Go's year 1, are now; a time that cannot be read, or lies more than 24 h ahead, is undefined. */
function moment(value: unknown, now: number): number | undefined {
  if (value === undefined || value === null || value === '') return now;
  const number = typeof value === 'number' ? value : /^\d{9,13}$/.test(String(value)) ? Number(value) : undefined;
  // Seconds reach this size in the year 5138, milliseconds reached it in 1973.
  const at = number === undefined ? Date.parse(String(value)) : number < 1e11 ? number * 1000 : number;
  if (!Number.isFinite(at) || at - now > FUTURE_MAX_MS) return undefined;
  return Math.round(at) > 0 ? Math.round(at) : now;
}

function lookUp(body: unknown, where: string | readonly string[]): unknown {
  for (const path of typeof where === 'string' ? [where] : where) {
    let inner: unknown = body;
    for (const [, name, index] of path.matchAll(/([\w@$-]+)|\[(\d+)\]/g)) {
      const key = name ?? index ?? '';
      inner = typeof inner === 'object' && inner !== null && Object.hasOwn(inner, key) ? Reflect.get(inner, key) : undefined;
    }
    if (inner !== undefined && inner !== null && inner !== '') return inner;
  }
  return undefined;
}

function asText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Plain values by their path (`alert.team`), so that `match:` in services.yml can use them. */
function flatten(body: Readonly<Record<string, unknown>>): Record<string, string> {
  const labels: [string, string][] = [];
  const visit = (value: unknown, at: string): void => {
    if (labels.length >= MOST_LABELS) return;
    const text = asText(value);
    if (text !== undefined) labels.push([at, cleanValue(text)]);
    else if (isObject(value))
      for (const [name, inner] of Object.entries(value)) if (name !== '__proto__') visit(inner, at === '' ? name.slice(0, 128) : `${at}.${name.slice(0, 128)}`);
  };
  visit(body, '');
  return Object.fromEntries(labels);
}
