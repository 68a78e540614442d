/**
 * What a log search found, in the message of its step. First what is new, how often, since when; then whether the release touches it, what it
 * means, what to do; then the sample; then the other kinds, one line each.
 */
import { z } from 'zod';
import type { Causes } from '../core/causes.ts';
import type { Json, StepState } from '../core/model.ts';
import { bold, code, codeBlock, type Escaped, escapeLine, joined, link, md, when } from './escape.ts';
import type { Block } from './view.ts';
import { causeButtons, causeLine } from './view-causes.ts';
import { type Aim, context, section } from './view-parts.ts';

const OTHERS_MAX = 4;
const ADVICE_MAX = 2;
/** The message and the frames a person looks at first; the rest is in the logs. */
const SAMPLE_LINES = 4;

const touched = z.object({
  is: z.literal('touched'),
  path: z.string(),
  line: z.number().nullable(),
  reach: z.enum(['line', 'function', 'nearby', 'file']),
  sureness: z.enum(['sure', 'likely', 'guess']),
  url: z.string().nullable(),
  origin: z.object({ sha: z.string().nullable(), url: z.string(), author: z.string().nullable(), pull: z.number().nullable() }).nullable(),
});
const finding = z.object({
  title: z.string(),
  fingerprint: z.string().default(''),
  count: z.number(),
  is_new: z.boolean(),
  sample: z.string(),
  // What incidents from before this was looked for do not hold.
  before: z.number().nullable().default(null),
  times: z.number().nullable().default(null),
  cause: z.string().nullable().default(null),
  first_at: z.number().nullable().default(null),
  known: z.object({ title: z.string(), means: z.string(), check: z.string(), do: z.string() }).nullable().default(null),
  release: z
    .discriminatedUnion('is', [touched, z.object({ is: z.literal('untouched') }), z.object({ is: z.literal('unknown') })])
    .nullable()
    .default(null),
});
type Finding = z.output<typeof finding>;

/** Where people say which finding is the cause. `aim` undefined: they may read what was said, and say no more. */
export interface Judging {
  readonly aim: Aim | undefined;
  readonly causes: Causes;
}

/** Blocks below the step's line; undefined: the step brought no errors. */
export function logFindings(data: StepState['data'], judging: Judging = { aim: undefined, causes: {} }): readonly Block[] | undefined {
  const found = Array.isArray(data.found) ? data.found.flatMap((one: Json) => finding.safeParse(one).data ?? []) : [];
  const [first, ...others] = found;
  if (!first) return undefined;
  const since = typeof data.since === 'string' ? data.since : undefined;
  const said = causeLine(first.fingerprint, judging);
  const blocks: Block[] = [section(joined([headline(first), ...story(first, since), ...said], '\n')), section(codeBlock(sampleOf(first), 700))];
  const advised = first.known ? [advice(first.known)] : [];
  // The same advice twice helps nobody, nor does any on what was there before.
  const further = others
    .filter(({ known, is_new: isNew, times }) => known && (isNew || times !== null) && known.title !== first.known?.title)
    .slice(0, ADVICE_MAX - advised.length);
  if (advised.length > 0) blocks.splice(1, 0, section(joined(advised, '\n')));
  blocks.push(...causeButtons(first, judging), ...othersOf(others.slice(0, OTHERS_MAX), since, judging));
  for (const { known } of further) if (known) blocks.push(context(md`${bold(escapeLine(known.title, 80))}: ${escapeLine(known.do, 300)}`));
  const limits = limitsOf(data, found.length);
  if (limits) blocks.push(context(limits));
  return blocks;
}

/** `*new* · 38× since 14:02:11 · TypeError: …` */
function headline({ title, count, first_at: firstAt, ...rest }: Finding): Escaped {
  const since = firstAt === null ? md`` : md` since ${when(firstAt, 'clock')}`;
  return md`${novelty(rest)} · ${bold(md`${count}×`)}${since} · ${code(title, 200)}`;
}

function novelty({ is_new: isNew, times, before }: Pick<Finding, 'is_new' | 'times' | 'before'>): Escaped {
  if (isNew) return md`🆕 ${bold(md`New`)}`;
  if (times !== null) return md`📈 ${bold(md`${times} times as often as before`)}`;
  return before === null ? md`Error` : md`Known`;
}

/** Whether the release touches it, and what was behind it. */
function story({ cause, release }: Finding, since: string | undefined): readonly Escaped[] {
  const lines: Escaped[] = [];
  if (cause !== null) lines.push(md`Caused by ${code(cause, 200)}`);
  const blame = release && blameLine(release, since);
  if (blame) lines.push(blame);
  return lines;
}

const REACH = {
  line: md`changed this very line`,
  function: md`changed this function`,
  nearby: md`changed lines around it`,
  file: md`changed this file`,
} as const;
const SURENESS = { sure: md``, likely: md` (probably the same file)`, guess: md` (perhaps: only the file name is the same)` } as const;

function blameLine(release: NonNullable<Finding['release']>, since: string | undefined): Escaped | undefined {
  const name = since === undefined ? md`the release` : escapeLine(since, 60);
  if (release.is === 'unknown') return undefined;
  if (release.is === 'untouched') return md`↪ ${bold(md`Nothing in ${name} touches it`)}: rolling back may not help.`;
  const place = `${release.path}${release.line === null ? '' : `:${release.line}`}`;
  const where = release.url === null ? code(place, 200) : link(release.url, place);
  return md`🎯 ${bold(md`In the release`)}: ${name} ${REACH[release.reach]}, ${where}${SURENESS[release.sureness]}${originOf(release.origin)}`;
}

function originOf(origin: z.output<typeof touched>['origin']): Escaped {
  if (!origin) return md``;
  const commit = origin.sha?.slice(0, 7);
  const what = origin.pull === null ? (commit ?? 'this change') : `#${origin.pull}`;
  const beside = origin.pull === null || commit === undefined ? md`` : md` (${escapeLine(commit, 7)})`;
  return md` · last by ${origin.author === null ? md`` : md`${escapeLine(origin.author, 60)} in `}${link(origin.url, what)}${beside}`;
}

const advice = ({ title, means, check, do: todo }: NonNullable<Finding['known']>): Escaped =>
  joined(
    [
      md`💡 ${bold(escapeLine(title, 80))}. ${escapeLine(means, 400)}`,
      md`${bold(md`Check`)}: ${escapeLine(check, 400)}`,
      md`${bold(md`Do`)}: ${escapeLine(todo, 400)}`,
    ],
    '\n',
  );

/** One below the other; each with its buttons where there are some. */
function othersOf(others: readonly Finding[], since: string | undefined, judging: Judging): readonly Block[] {
  const lines = others.map((one) => joined([brief(one, since), ...causeLine(one.fingerprint, judging)], '\n'));
  if (lines.length === 0) return [];
  if (!judging.aim) return [section(joined(lines, '\n'))];
  return others.flatMap((one, at) => [section(lines[at] ?? md``), ...causeButtons(one, judging)]);
}

function brief({ title, count, release, known, ...rest }: Finding, since: string | undefined): Escaped {
  const touch = release?.is === 'touched' ? md` · 🎯 in ${since === undefined ? md`the release` : escapeLine(since, 60)}` : md``;
  const told = known ? md` · ${escapeLine(known.title.toLowerCase(), 80)}` : md``;
  return md`• ${novelty(rest)} · ${count}× ${code(title, 150)}${touch}${told}`;
}

/** What the numbers leave out. */
function limitsOf(data: StepState['data'], shown: number): Escaped | undefined {
  const cut = [data.window, data.compared].some((span) => typeof span === 'object' && span !== null && 'truncated' in span && span.truncated === true);
  const groups = typeof data.groups === 'number' ? data.groups : 0;
  const parts = [
    ...(groups > shown ? [md`${groups - shown} more ${groups - shown === 1 ? md`kind` : md`kinds`} of error in the logs.`] : []),
    ...(data.compared === null ? [md`The time before could not be searched, so nobody can say what is new.`] : []),
    ...(cut ? [md`There was more than could be read: the numbers are of the newest lines only.`] : []),
  ];
  return parts.length === 0 ? undefined : joined(parts, ' ');
}

/** The first lines, without those that only repeat one above. */
function sampleOf({ sample }: Finding): string {
  const lines = sample.split('\n');
  const fresh = lines.filter((line, at) => line.trim() !== '' && !lines.slice(0, at).some((earlier) => earlier.includes(line.trim())));
  return fresh.slice(0, SAMPLE_LINES).join('\n');
}
