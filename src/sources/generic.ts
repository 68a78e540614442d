/**
 * Any JSON with an id and a state. services.yml says where they stand (`generic:`); without that, the names of `DEFAULT_MAPPING` hold.
 * CloudEvents are unwrapped, whether the envelope stands in the body or in headers. A body is one alert or a list of them;
 * of a list the first 1,000 are kept and the rest is counted.
 */
import { z } from 'zod';
import type { Json } from '../core/model.ts';
import { Failure } from '../lib/failure.ts';
import { describePlace, find, type Places, places } from './find.ts';
import { headerOf } from './hmac.ts';
import { defineSource, type RawSignal, type ReadContext, type SentHeaders } from './source.ts';
import { cleanIdentity, cleanLinks, cleanSummary, cleanValue, readSeverity } from './text.ts';

const MOST_ALERTS = 1_000;
const MOST_LABELS = 50;
const FUTURE_MAX_MS = 24 * 3_600_000;

const word = z.union([z.string(), z.number(), z.boolean()]).transform(String);

export const genericMapping = z.strictObject({
  fingerprint: places.default(['id', 'fingerprint']).describe('What makes two messages the same alert. Required in the message.'),
  state: places.default(['status', 'state']).describe('Where the state stands. Required in the message.'),
  firing_values: z.array(word).min(1).default(['firing', 'triggered', 'alerting', 'alert', 'open', 'active', 'critical', 'down', 'problem']),
  resolved_values: z.array(word).min(1).default(['resolved', 'recovered', 'ok', 'closed', 'inactive', 'normal', 'up', 'recovery']),
  severity: places.default(['severity', 'priority']),
  severity_values: z
    .record(z.string(), z.enum(['sev1', 'sev2', 'sev3']))
    .default({})
    .describe('The sender’s words for ours, e.g. { blocker: sev1 }.'),
  service: places.default('service').describe('Name in services.yml; without it the labels decide.'),
  summary: places.default(['title', 'summary', 'message', 'name']),
  url: places.default(['url', 'link']),
  at: places.default(['at', 'time', 'timestamp']).describe('RFC 3339, or seconds or milliseconds since 1970.'),
});
export type GenericMapping = z.output<typeof genericMapping>;
export const DEFAULT_MAPPING: GenericMapping = genericMapping.parse({});

const one = z.record(z.string(), z.unknown());
const shape = 'expected an object, or a list of objects';
const payload = z.union([one, z.array(one)], { error: shape }).refine((body) => !Array.isArray(body) || body.length > 0, shape);

export const generic = defineSource({
  name: 'generic',
  about: 'Any JSON: services.yml says where id, state and title stand',
  beside: envelopeOf,
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
  const { body, ce, prefix } = unwrap(item, around.prefix);
  const text = (where: Places): string | undefined => asText(find(body, where, ce));
  const need = (field: 'fingerprint' | 'state'): string =>
    text(mapping[field]) ?? fail(prefix, describePlace(mapping[field], field), 'required: a text or a number');
  const word = text(mapping.severity);
  const service = text(mapping.service);
  const fingerprint = need('fingerprint');
  return {
    fingerprint: cleanIdentity(fingerprint),
    state:
      stateOf(need('state'), mapping) ??
      fail(prefix, describePlace(mapping.state, 'state'), `expected one of ${[...mapping.firing_values, ...mapping.resolved_values].join('|').slice(0, 200)}`),
    at:
      moment(find(body, mapping.at, ce) ?? item.time, around.now) ??
      fail(prefix, describePlace(mapping.at, 'at'), 'expected an RFC 3339 time, or seconds or milliseconds since 1970, at most 24 h ahead'),
    severity: (word !== undefined && Object.hasOwn(mapping.severity_values, word) ? mapping.severity_values[word] : undefined) ?? readSeverity(word),
    summary: cleanSummary(text(mapping.summary), `alert ${fingerprint}`),
    labels: flatten(body),
    links: cleanLinks({ Source: text(mapping.url) }),
    ...(service === undefined || service === '' ? {} : { service: service.slice(0, 128) }),
  };
}

/** CloudEvents 1.0, structured mode. Expressions know the envelope as `ce`. */
function unwrap(item: Readonly<Record<string, unknown>>, prefix: string): { body: typeof item; ce: Readonly<Record<string, unknown>>; prefix: string } {
  if (typeof item.specversion !== 'string' || !isObject(item.data)) return { body: item, ce: {}, prefix };
  const { data, ...ce } = item;
  return { body: item.data, ce: { ce }, prefix: `${prefix}data.` };
}

const CE_HEADERS = ['specversion', 'id', 'type', 'source', 'subject', 'time'] as const;

/** CloudEvents 1.0, binary mode: the envelope stands in headers, percent-encoded, and the body is the data. */
function envelopeOf(headers: SentHeaders): Readonly<Record<string, string>> | undefined {
  if (headerOf(headers, 'ce-specversion') === undefined) return undefined;
  return Object.fromEntries(
    CE_HEADERS.flatMap((name) => (headers[`ce-${name}`] === undefined ? [] : [[name, decoded(headerOf(headers, `ce-${name}`) ?? '')]])),
  );
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value).slice(0, CE_MAX);
  } catch {
    return value.slice(0, CE_MAX);
  }
}
const CE_MAX = 1_000;

function fail(prefix: string, where: string, what: string): never {
  const path = `${prefix}${where}`;
  throw new Failure(what.includes('24 h') ? 'E_TIME_RANGE' : 'E_SCHEMA', `${path}: ${what}`, {
    path,
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
  if (typeof value !== 'number' && typeof value !== 'string') return undefined;
  const number = typeof value === 'number' ? value : /^\d{9,13}$/.test(value) ? Number(value) : undefined;
  // Seconds reach this size in the year 5138, milliseconds reached it in 1973.
  const at = number === undefined ? Date.parse(String(value)) : number < 1e11 ? number * 1000 : number;
  if (!Number.isFinite(at) || at - now > FUTURE_MAX_MS) return undefined;
  return Math.round(at) > 0 ? Math.round(at) : now;
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
