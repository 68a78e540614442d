/**
 * Files of a release + what a system lists as run → was each of them run? A wrong "not run" sends old code to a new schema, so it is said
 * only of lists that name such files; a wrong "run" stops a safe rollback; "unknown" costs people a question.
 */
import type { MigrationRun } from '../core/rollback-facts.ts';
import { type AppliedList, type Form, readApplied } from './applied.ts';
import { compareNumbers, identityOf, isTimestamp, type Migration } from './file-identity.ts';

export interface Applied {
  /** As the system gives them: names, numbers, `app.name`, paths. */
  readonly entries: readonly string[];
  /** `newest`: older ones are not listed. undefined: judged by what is listed. */
  readonly lists: 'all' | 'newest' | undefined;
  /** Who says so, for `because`: `shop.example`. */
  readonly source: string;
}
type Finding = Pick<MigrationRun, 'state' | 'because'>;
interface Listed extends Pick<Applied, 'lists' | 'source'> {
  readonly applied: AppliedList;
}

/** One answer per file, in the same order. */
export function judgeMigrations(files: readonly string[], { entries, lists, source }: Applied): readonly MigrationRun[] {
  const listed: Listed = { lists, source, applied: readApplied(entries) };
  const found = files.map((file) => {
    const identity = identityOf(file);
    if (identity.kind === 'companion') return undefined;
    return identity.kind === 'unlisted' ? unknown(identity.because) : judge(identity, listed);
  });
  const together = ofAll(found.filter((finding) => finding !== undefined));
  return files.map((file, index) => ({ file, ...(found[index] ?? together) }));
}

/** A file that changes with the migrations was changed by them. */
function ofAll(found: readonly Finding[]): Finding {
  if (found.some(({ state }) => state === 'run')) return { state: 'run', because: 'it changes with the migrations of this release, and one of them was run' };
  if (found.length > 0 && found.every(({ state }) => state === 'not-run'))
    return { state: 'not-run', because: 'it changes with the migrations of this release, and none of them was run' };
  return unknown('it is no migration by itself, so no list names it');
}

function judge(file: Migration, listed: Listed): Finding {
  const { source, applied } = listed;
  if (applied.entries.length === 0) return unknown(`${source} lists no migration at all`);
  const entry = applied.find(file);
  if (entry) return { state: 'run', because: `${source} has ${shown(entry.text)}` };
  const lists = listed.lists ?? (applied.entries.length === 1 || file.revision !== undefined ? 'newest' : 'all');
  return lists === 'newest' ? byNewest(file, listed) : byAbsence(file, listed);
}

/** golang-migrate and Alembic remember only where they are. */
function byNewest(file: Migration, { source, applied: { entries } }: Listed): Finding {
  if (file.revision !== undefined) return unknown(`${source} names only the newest revision, and it is not ${shown(file.revision)}`);
  const numbers = entries.filter(({ app }) => app === file.app || file.app === undefined).flatMap(({ number }) => number ?? []);
  const newest = numbers.toSorted(compareNumbers).at(-1);
  if (newest === undefined || file.number === undefined || isTimestamp(newest) !== isTimestamp(file.number))
    return unknown(`${source} is at ${shown(entries[0]?.text ?? '')}, which does not compare with ${shown(file.name)}`);
  const isReached = compareNumbers(file.number, newest) <= 0;
  return { state: isReached ? 'run' : 'not-run', because: `${source} is at ${newest}, and this is ${file.number}` };
}

/** Not in the list: "not run" only when the list names files of this form, and none that could be this one under another name. */
function byAbsence(file: Migration, { source, applied }: Listed): Finding {
  const isMine = ({ app }: { app: string | undefined }): boolean => file.app === undefined || app === undefined || app === file.app;
  const mine = applied.entries.filter(isMine);
  if (mine.length === 0) return unknown(`${source} lists nothing of the app ${shown(file.app ?? '')}`);
  const twin = file.number === undefined ? undefined : applied.withNumber(file.number).find(isMine);
  if (twin) return unknown(`${source} has ${shown(twin.text)}, which has the same number and another name`);
  const form = formOf(file);
  if (!mine.some(({ forms }) => forms.has(form))) return unknown(`nothing that ${source} lists is named like ${shown(file.name)}`);
  return { state: 'not-run', because: `${source} lists ${applied.entries.length} migrations and not ${shown(file.name)}` };
}

function formOf(file: Migration): Form {
  if (file.isChangelog) return 'changelog';
  if (file.revision !== undefined) return 'revision';
  if (file.number === undefined) return 'words';
  return isTimestamp(file.number) ? 'timestamp' : 'number';
}

const unknown = (because: string): Finding => ({ state: 'unknown', because });
/** Text from outside: short, and without anything that moves a cursor. */
const shown = (text: string): string => {
  const plain = text.replace(/[\p{Cc}\p{Cf}]/gu, '');
  return plain.length > 80 ? `${plain.slice(0, 79)}…` : plain;
};
