/**
 * Text that leaves the house. What a person typed and what GitHub told us fill the templates of services.yml: one line, capped, each
 * placeholder once, so that a reason that looks like a placeholder stays text.
 */
import * as z from 'zod';
import { isTag } from '../core/tag.ts';

const PLACEHOLDERS = ['tag', 'from', 'reason', 'key'] as const;
export type Values = Readonly<Record<(typeof PLACEHOLDERS)[number], string>>;
const PLACEHOLDER = /\{\{\s*([^{}]*?)\s*\}\}/g;
/** A reason is a sentence, what is longer belongs into the incident's channel; a tag has 128 characters at most. */
const VALUE_MAX = 200;

const isPlaceholder = (name: string | undefined): name is keyof Values => PLACEHOLDERS.some((known) => known === name);

/** A text of services.yml that may hold `{{ tag }}`, `{{ from }}`, `{{ reason }}` and `{{ key }}`; any other name is refused at load. */
export const Template = z.string().refine((text) => [...text.matchAll(PLACEHOLDER)].every(([, name]) => isPlaceholder(name)), {
  message: `unknown variable; allowed are ${PLACEHOLDERS.map((name) => `{{ ${name} }}`).join(', ')}`,
});

/** A file name in .github/workflows; it becomes a part of a request's path. */
export const WorkflowFile = z
  .string()
  .regex(/^[\w.-]+\.ya?ml$/, 'expected a file name such as deploy.yml')
  .describe('File name in .github/workflows');

export function fill(template: string, values: Values): string {
  return template.replace(PLACEHOLDER, (whole, name: string) => (isPlaceholder(name) ? oneLine(values[name], VALUE_MAX) : whole));
}

/**
 * Git takes `v1$(id)` for a tag, and a deploy script that puts it into a command line runs what is in the brackets. The first of the tags
 * that these templates would send and that may not be sent; undefined: all may.
 */
export function oddTag(templates: Iterable<string>, values: Values): string | undefined {
  const named = [...templates].flatMap((template) => [...template.matchAll(PLACEHOLDER)].map(([, name]) => name));
  return (['tag', 'from'] as const)
    .filter((name) => named.includes(name))
    .map((name) => values[name])
    .find((tag) => !isTag(tag));
}

/** All texts of a mapping; its names come from services.yml alone. */
export function fillAll(templates: Readonly<Record<string, string>>, values: Values): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(templates).map(([name, template]) => [name, fill(template, values)] as const));
}

/** `fill`, then one plain line of at most `maxChars`. */
export function fillLine(template: string, values: Values, maxChars: number): string {
  return oneLine(fill(template, values), maxChars);
}

/** No controls, nothing invisible, no line breaks, at most `maxChars`; never cut inside a character. */
export function oneLine(text: string, maxChars: number): string {
  const line = text.replace(/[\p{C}\s]+/gu, ' ').trim();
  return line
    .slice(0, maxChars)
    .replace(/[\ud800-\udbff]$/, '')
    .trimEnd();
}
