/** Fields of bodies for which a person wrote a template: a text may come as a number, be missing or empty, or still be the name of its variable. */
import { z } from 'zod';
import { Failure } from '../lib/failure.ts';

const plain = z.union([z.string(), z.number(), z.boolean()], { error: 'expected a text or a number' });
/** `$ALERT_SCOPE` (Datadog), `*alertDetails*` (UptimeRobot), `{{ .Name }}` and `{{ state }}`: nobody filled it in. */
const UNFILLED = /^(?:\$[A-Z][A-Z0-9_]*|\*[A-Za-z]+\*|\{\{[^{}]*\}\})$/;

function filled(value: string | number | boolean | null | undefined): string | undefined {
  const text = String(value ?? '').trim();
  return text === '' || UNFILLED.test(text) ? undefined : text;
}

/** undefined: there is nothing in it. */
export const field = plain.nullish().transform(filled);

/** One text, or a list of them; what is empty is left out. */
export const fields = z
  .union([plain, z.array(plain.nullish())], { error: 'expected a text, or a list of texts' })
  .nullish()
  .transform((value) => (Array.isArray(value) ? value : [value]).map(filled).filter((text) => text !== undefined));

/** Values by name, of whatever kind: of a list the first, and what is no plain value says nothing that could be compared. */
export const bag = z
  .record(z.string(), z.unknown())
  .nullish()
  .transform((values) => Object.entries(values ?? {}).map(([name, value]) => [name, asField(value)] as const));

function asField(given: unknown): string | undefined {
  const value: unknown = Array.isArray(given) ? given[0] : given;
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? filled(value) : undefined;
}

/** What must be there, with the place where it was looked for. */
export function need<T>(value: T | undefined, path: string, what: string): T {
  if (value !== undefined) return value;
  throw new Failure('E_SCHEMA', `${path}: ${what}`, { path, hint: 'compare what is sent with the template in docs/sources.md', permanent: true });
}
