/** YAML → the table of known errors. Everything that is wrong is said at once, each with file, line and column. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { patternText } from '../lib/pattern.ts';
import type { KnownError } from '../logs/known-errors.ts';
import { problem, problemsOf } from './issues.ts';
import type { Problem } from './problem.ts';
import { inOrder, readYaml } from './yaml.ts';
import type { YamlSource } from './yaml-values.ts';

export const KNOWN_ERRORS_FILES = ['known-errors.yml', 'known-errors.yaml'];
const MOST_ERRORS = 200;
const MOST_PATTERNS = 12;

const line = (max: number): z.ZodString => z.string().trim().min(1).max(max);
const texts = {
  title: line(80).describe('What it is called, as short as a headline'),
  means: line(400).describe('What it means, for somebody who did not write the code'),
  check: line(400).describe('How to find out whether that is so'),
  do: line(400).describe('What to do then'),
};
const pattern = patternText();
const entry = z.strictObject({
  id: z
    .string()
    .regex(/^[a-z][a-z0-9-]{1,39}$/, 'small letters, digits and dashes expected')
    .describe('Its name; an entry with the id of a shipped one takes its place'),
  match: z
    .union([pattern, z.array(pattern).min(1).max(MOST_PATTERNS)])
    .describe('Regular expressions over the error and its stack trace, upper and lower case alike; any of them is enough'),
  ...texts,
  'zh-CN': z.strictObject(texts).optional().describe('The same texts in Chinese'),
});
export const KNOWN_ERRORS_FILE = z.strictObject({ errors: z.array(entry).max(MOST_ERRORS).describe('The first entry that fits is shown') });

export type KnownErrorsOutcome = { readonly ok: true; readonly errors: readonly KnownError[] } | { readonly ok: false; readonly problems: readonly Problem[] };

/** Never throws for anything in the text. */
export function loadKnownErrors(text: string | Uint8Array, file: string): KnownErrorsOutcome {
  const read = readYaml(text, file);
  if (!read.ok) return read;
  const { source } = read;
  const parsed = KNOWN_ERRORS_FILE.safeParse(source.value);
  if (!parsed.success) return { ok: false, problems: inOrder(problemsOf(parsed.error.issues, { source, base: [], schema: KNOWN_ERRORS_FILE })) };
  const { errors } = parsed.data;
  const problems = doubled(source, errors);
  if (problems.length > 0) return { ok: false, problems };
  return {
    ok: true,
    errors: errors.map(({ match, 'zh-CN': chinese, ...rest }) => ({
      ...rest,
      match: typeof match === 'string' ? [match] : match,
      in: chinese ? { 'zh-CN': chinese } : {},
    })),
  };
}

function doubled(source: YamlSource, errors: readonly { readonly id: string }[]): readonly Problem[] {
  return errors.flatMap(({ id }, index) => {
    const first = errors.findIndex((one) => one.id === id);
    if (first === index) return [];
    const message = `duplicate id '${id}': used on line ${source.place(['errors', first, 'id']).line}, too`;
    return [problem({ source, path: ['errors', index, 'id'] }, 'E_PLAYBOOK_ID', message)];
  });
}

let shipped: readonly KnownError[] | undefined;

/** The table that comes with this version, wherever the team's own files are. */
export function shippedErrors(): readonly KnownError[] {
  if (shipped) return shipped;
  const outcome = loadKnownErrors(readFileSync(new URL('../../playbooks/known-errors.yml', import.meta.url)), 'known-errors.yml');
  // A package that was taken apart has none; a test keeps ours good.
  shipped = outcome.ok ? outcome.errors : [];
  return shipped;
}

/** JSON Schema (draft 7, what editors read), made from the schema the loader checks with. */
export const knownErrorsSchema = (): Readonly<Record<string, unknown>> => ({
  ...z.toJSONSchema(KNOWN_ERRORS_FILE, { target: 'draft-7', io: 'input', unrepresentable: 'any' }),
  title: 'Tagback known errors',
});
