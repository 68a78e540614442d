/**
 * What a revert says about itself on GitHub. Names from outside stand in code spans: there they are neither a mention nor a link, and
 * nobody is called at night because their commit is undone.
 */
import type { Release } from '../core/rollback.ts';
import type { RollbackFacts } from '../core/rollback-facts.ts';
import { oneLine, type Values } from './fill.ts';
import type { Way } from './way.ts';

const FILES_MAX = 20;
const PULLS_MAX = 50;
const AUTHORS_MAX = 30;
const NAME_MAX = 200;
const short = (sha: string): string => sha.slice(0, 7);

interface Base {
  readonly base: string;
  readonly baseSha: string;
  readonly values: Values;
}

export function revertBody(facts: RollbackFacts, way: Way, { base, baseSha, values }: Base): string {
  const { from, to } = way;
  const { compare } = facts;
  const ahead = aheadOfRelease({ base, baseSha }, from, code);
  return paragraphs([
    `Brings the files of ${code(to.tag)} (${short(to.sha)}) back to ${code(base)}, because of an incident with ${code(from.tag)} (${short(from.sha)}).`,
    `Reason: ${code(values.reason)}`,
    `Tagback: ${code(values.key)}`,
    ahead && `${ahead}.`,
    compare === undefined ? 'What this undoes could not be read from GitHub; look at the files of this pull request.' : undefined,
    compare && `What this undoes: ${count(compare.commits, 'commit')}. ${linkTo(compare.url)}`,
    compare && listed('Pull requests', numbers(compare.pulls), PULLS_MAX),
    compare && listed('Authors', compare.authors.map(code), AUTHORS_MAX),
    compare && compare.files.length > 0 ? filesOf(compare) : undefined,
    'Changes of the database are not undone by this.',
  ]);
}

/** Of the pull request that takes the revert back. */
export function takeBackBody({ base, baseSha, values }: Base): string {
  return paragraphs([
    `Takes the revert to ${code(values.from)} back: brings the files ${code(base)} had at ${short(baseSha)} back to it.`,
    `Reason: ${code(values.reason)}`,
    `Tagback: ${code(values.key)}`,
    `What was merged into ${code(base)} after ${short(baseSha)} is undone as well: look at the files of this pull request.`,
  ]);
}

/** What a reader must know when the main line is not the release that runs; undefined: it is. `name` writes a name from outside. */
export function aheadOfRelease({ base, baseSha }: Pick<Base, 'base' | 'baseSha'>, from: Release, name: (text: string) => string): string | undefined {
  if (baseSha === from.sha) return undefined;
  return `${name(base)} is at ${short(baseSha)}, not at ${name(from.tag)}: newer commits that are not released yet are undone as well`;
}

function filesOf({ files, truncated }: NonNullable<RollbackFacts['compare']>): string {
  const shown = files.slice(0, FILES_MAX).map(({ path }) => `- ${code(path)}`);
  const rest = files.length - shown.length;
  const more = truncated ? [`- and ${rest} more; GitHub lists no more than ${files.length}`] : rest > 0 ? [`- and ${rest} more`] : [];
  return ['Files:', '', ...shown, ...more].join('\n');
}

/** Numbers and nothing else, whatever was read. */
const numbers = (pulls: readonly number[]): readonly string[] =>
  pulls.filter((number) => Number.isSafeInteger(number) && number > 0).map((number) => `#${number}`);

function listed(title: string, items: readonly string[], max: number): string | undefined {
  if (items.length === 0) return undefined;
  return `${title}: ${items.slice(0, max).join(', ')}${items.length > max ? ` and ${items.length - max} more` : ''}`;
}

/** A plain address links itself; one that could end early or begin something else is shown as text. */
const linkTo = (url: string): string => (/^https?:\/\/[\w.:-]+\/[\w./%+@-]*$/.test(url) ? `<${url}>` : code(url));
const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`;
const paragraphs = (parts: readonly (string | undefined)[]): string => parts.filter((part) => part !== undefined).join('\n\n');

/** A code span on one line. Without backticks nothing can end it early. */
function code(text: string): string {
  return `\`${oneLine(text.replaceAll('`', "'"), NAME_MAX) || '-'}\``;
}
