/** How it goes and how it went: what GitHub does now, how long against the usual, and of a failure its last words. */
import { sayDuration } from '../core/metrics.ts';
import type { Rollback, RunReference } from '../core/rollback.ts';
import { code, codeBlock, type Escaped, escapeLine, escapeText, joined, link, md, when } from './escape.ts';
import type { Block } from './view.ts';
import { context, section } from './view-parts.ts';

const LOG_LINES_MAX = 20;
const LOG_MAX_CHARS = 2_000;
const LOG_LINE_MAX_CHARS = 300;

/** One sentence: queued, running, waiting, and for how long. Slack counts the minutes itself, so nothing here grows old between two edits. */
export function progress(rollback: Rollback): Escaped {
  const { status, sentAt } = rollback;
  const usual = rollback.usualMs === undefined ? md`` : md`, usually takes ${escapeText(sayDuration(rollback.usualMs))}`;
  const since = sentAt === undefined ? md`` : md` Since ${when(sentAt, 'ago')}${usual}.`;
  const job = rollback.job ? md`, job ${code(rollback.job, 100)}` : md``;
  return md`▶ Sent to GitHub; ${sayStatus(status)}${job}.${since}${watch(rollback)}`;
}

function sayStatus(status: string | undefined): Escaped {
  const words = status?.replaceAll('_', ' ').toLowerCase();
  switch (words) {
    case undefined:
      return md`waiting for the first sign of it`;
    case 'queued':
    case 'requested':
    case 'pending':
      return md`${escapeText(words)}: GitHub has taken it and has not begun`;
    case 'in progress':
      return md`running`;
    case 'waiting':
      return md`GitHub waits for an environment approval: somebody has to allow it there`;
    case 'completed':
      return md`finished; looking how it ended`;
    default:
      return escapeLine(words, 80);
  }
}

/** `Took 3 min (usually 4 min).` */
export function took(rollback: Rollback): Escaped {
  const { sentAt, endedAt } = rollback;
  // What is done with the request itself took no time worth a word.
  return sentAt === undefined || endedAt === undefined || endedAt - sentAt < 1_000
    ? md``
    : md` Took ${escapeText(sayDuration(endedAt - sentAt))}${usually(rollback)}.`;
}

const usually = ({ usualMs }: Rollback): Escaped => (usualMs === undefined ? md`` : md` (usually ${escapeText(sayDuration(usualMs))})`);

const PLACES: Readonly<Record<RunReference['kind'], string>> = {
  run: 'Watch the run',
  release: 'See the release',
  deployment: 'See the deployment',
  ref: 'See what it points at',
  pull: 'See the pull request',
  event: 'See the runs',
};
/** A link to where GitHub shows it; nothing where GitHub gave no address. */
export const watch = ({ run }: Rollback): Escaped => (run?.url ? md` ${link(run.url, PLACES[run.kind])}.` : md``);

/** The failing job and the end of its log. */
export function failureBlocks(rollback: Rollback): Block[] {
  const lines = lastLines(rollback.log);
  const job = rollback.job ? md`job ${code(rollback.job, 100)}` : md`the run`;
  if (lines.length === 0) return rollback.job ? [context(md`It failed in ${job}; no log came back.`)] : [];
  return [section(joined([md`The last lines of ${job}:`, codeBlock(lines.join('\n'), LOG_MAX_CHARS)], '\n'))];
}

/** From the end, whole lines, as they count for Slack: `<` is four characters there. */
function lastLines(log: readonly string[]): readonly string[] {
  const lines = log.slice(-LOG_LINES_MAX).map((line) => cut(line.replace(/[\r\n]+/g, ' ').trimEnd()));
  let room = LOG_MAX_CHARS;
  const first = lines.findLastIndex((line) => {
    room -= escapeText(line).length + 1;
    return room < 0;
  });
  const kept = lines.slice(first + 1);
  return kept.every((line) => line.trim() === '') ? [] : kept;
}

const cut = (line: string): string => (line.length <= LOG_LINE_MAX_CHARS ? line : `${line.slice(0, LOG_LINE_MAX_CHARS - 1)}…`);
