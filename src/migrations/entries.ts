/** What a system answers → the migrations it lists. An answer that is no such list is refused as a whole: half a list is worse than none. */
import { z } from 'zod';

export type Entries = { readonly ok: true; readonly entries: readonly string[] } | { readonly ok: false; readonly because: string };

/** Options that every reader has. */
export const lists = z
  .enum(['all', 'newest'])
  .optional()
  .describe('newest: only the newest migration is listed, as golang-migrate and Alembic do; default: newest where there is one entry, else all');

export const MOST_ENTRIES = 20_000;
const LONGEST = 400;
/** File names, paths, numbers, `app.name`. HTML, JSON and sentences are none of these. */
const ENTRY = /^[\p{L}\p{N}_][\p{L}\p{N}_.:/@+ -]*$/u;

export function entriesOfLines(text: string): Entries {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  return checked(lines.filter((line) => line !== ''));
}

export function entriesOfList(answer: unknown, { list, item }: { readonly list?: string | undefined; readonly item?: string | undefined }): Entries {
  const found = list === undefined ? answer : lookUp(answer, list);
  if (!Array.isArray(found)) return { ok: false, because: `does not answer with a list${list === undefined ? '' : ` at ${list}`}` };
  return checked(item === undefined ? found : found.map((entry) => lookUp(entry, item)));
}

function checked(values: readonly unknown[]): Entries {
  if (values.length > MOST_ENTRIES) return { ok: false, because: `lists more than ${MOST_ENTRIES} migrations` };
  const entries = values.map(asText);
  const wrong = entries.indexOf(undefined);
  if (wrong !== -1) return { ok: false, because: `answers with something that is no name of a migration (entry ${wrong + 1} of ${entries.length})` };
  return { ok: true, entries: entries.filter((entry) => entry !== undefined) };
}

function asText(value: unknown): string | undefined {
  const text = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value;
  return typeof text === 'string' && text.length <= LONGEST && ENTRY.test(text.trim()) ? text.trim() : undefined;
}

function lookUp(value: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce((at, key) => (typeof at === 'object' && at !== null && Object.hasOwn(at, key) ? (at as Record<string, unknown>)[key] : undefined), value); // an object with its own key
}
