/**
 * Changes of stored data between the two releases, seen from where we go. Back: what only the newer release has stays behind, so it matters
 * whether it was run. Forward: the newer release expects it, so it matters whether it was not.
 */
import { effectOf, type MigrationEffect } from './adds-only.ts';
import { type MigrationKind, migrationKind, versionOf } from './changes.ts';
import { CHECKS, check, clip, gap, plural, some, type Way } from './preflight-check.ts';
import type { Check } from './rollback.ts';
import type { ChangedFile, CompareFacts, MigrationRun } from './rollback-facts.ts';

export function migrations(way: Way): Check {
  const { facts, from, to } = way;
  const { compare } = facts;
  if (compare === undefined) {
    const why = gap(facts, 'compare');
    const because = `whether migrations lie between ${to} and ${from} could not be found out${why === undefined ? '' : `: ${why}`}`;
    return check(CHECKS.migrations, 'danger', because, { about: ['unknown'] });
  }
  const { url } = compare;
  const files = migrationFiles(compare);
  const [worst, ...rest] = groupsOf(files, way);
  if (worst === undefined) return noneSeen(way, compare, files.length);
  const named = [...new Set([worst, ...rest].flatMap(({ items }) => items.map(({ file }) => file.path)))];
  const because = [worst, ...rest].map((group) => sentence(group, way));
  const unseen = compare.truncated ? ['diff larger than GitHub lists: there may be more'] : [];
  return check(CHECKS.migrations, worst.verdict, joined([...because, ...unseen]), {
    files: named,
    url: worst.items.length === 1 ? (worst.items[0]?.file.url ?? url) : url,
    ...(worst.verdict === 'warn' && { watch: watchOf(worst, files) }),
    ...(groupAsks([worst, ...rest]) && { asks: 'migrations' as const }),
  });
}

function noneSeen({ forward, from, to }: Way, compare: CompareFacts, harmless: number): Check {
  const { url, truncated, status, files } = compare;
  const watch = 'errors that name tables, columns or keys';
  if (truncated) {
    const because = `diff larger than GitHub lists: no migration among the ${files.length} files listed, the rest is unseen`;
    return check(CHECKS.migrations, 'warn', because, { url, watch });
  }
  const newer = forward ? to : from;
  if (status === 'diverged') return check(CHECKS.migrations, 'warn', `none on the side of ${newer}; the other line of commits is not listed`, { url, watch });
  if (isOneSided(compare, forward)) return check(CHECKS.migrations, 'warn', `GitHub listed nothing of what ${to} brings; look for migrations`, { url, watch });
  const beside = harmless === 0 ? '' : `; ${plural(harmless, 'file')} beside them changes no data`;
  return check(CHECKS.migrations, 'ok', `none among ${plural(files.length, 'changed file')}${beside}`, { url });
}

/** GitHub's comparison goes one way: asked from the newer to the older it lists nothing, which is not the same as no change. */
export const isOneSided = ({ files, status }: CompareFacts, forward: boolean): boolean => forward && files.length === 0 && status === 'behind';

/** What matched a glob and can change data. What tools write beside a migration counts only when it is alone. */
function migrationFiles({ migrations: paths, files }: CompareFacts): readonly ChangedFile[] {
  const found = paths.map((path): ChangedFile => files.find((file) => file.path === path) ?? { path, status: 'added' });
  const kinds = found.map((file) => ({ file, kind: migrationKind(file.path) })).filter(({ kind }) => kind !== 'none');
  const beside = (...besides: readonly MigrationKind[]) => kinds.filter(({ kind }) => !besides.includes(kind));
  const [left = kinds] = [beside('shadow', 'schema'), beside('shadow'), kinds].filter((some) => some.length > 0);
  return left.map(({ file }) => file);
}

type Situation = 'breaks' | 'lost' | 'asks' | 'missing' | 'adds' | 'pending' | 'adds-asks' | 'edited' | 'returns' | 'dump';
interface Item {
  readonly file: ChangedFile;
  readonly situation: Situation;
  readonly effect: MigrationEffect;
  readonly run: MigrationRun | undefined;
  readonly label: string;
}
interface Group {
  readonly situation: Situation;
  readonly verdict: 'danger' | 'warn';
  readonly items: readonly Item[];
}

/** Worst first. */
const VERDICTS: readonly (readonly [Situation, Group['verdict']])[] = [
  ['breaks', 'danger'],
  ['lost', 'danger'],
  ['missing', 'danger'],
  ['asks', 'danger'],
  ['adds', 'warn'],
  ['pending', 'warn'],
  ['adds-asks', 'warn'],
  ['edited', 'warn'],
  ['returns', 'warn'],
  ['dump', 'warn'],
];

function groupsOf(files: readonly ChangedFile[], way: Way): readonly Group[] {
  const labels = labelsOf(files);
  const items = files.flatMap((file): readonly Item[] => {
    const run = runOf(file, way);
    const effect = effectOf(file);
    const situation = situationOf({ file, run, effect }, way);
    return situation === undefined ? [] : [{ file, situation, effect, run, label: labels.get(file.path) ?? file.path }];
  });
  return VERDICTS.map(([situation, verdict]) => ({ situation, verdict, items: items.filter((item) => item.situation === situation) })).filter(
    (group) => group.items.length > 0,
  );
}

/** Several answers to one file: any that is sure, and of two that contradict each other the one that is worse for where we go. */
function runOf(file: ChangedFile, { facts, forward }: Way): MigrationRun | undefined {
  const mine = facts.migrationRuns.filter((run) => run.file === file.path || run.file === file.before);
  const returns = (file.status === 'removed') !== forward;
  return mine.find(({ state }) => state === (returns ? 'not-run' : 'run')) ?? mine.find(({ state }) => state !== 'unknown') ?? mine[0];
}

function situationOf({ file, run, effect }: Pick<Item, 'file' | 'run' | 'effect'>, { forward }: Way): Situation | undefined {
  const kind = migrationKind(file.path);
  const state = run?.state ?? 'unknown';
  if (kind === 'shadow') return 'dump';
  if (file.status === 'renamed' && file.before !== undefined && versionOf(file.before) === versionOf(file.path) && kind === 'versioned') return 'edited';
  if (['modified', 'changed'].includes(file.status) && (kind === 'versioned' || isHelper(file.path))) return 'edited';
  if (forward) return file.status === 'removed' ? undefined : comesForward(state);
  const adds = effect.kind === 'adds';
  if (file.status === 'removed') return comesBack(state, adds);
  if (state === 'not-run') return 'pending';
  if (state === 'run') return adds ? 'adds' : 'breaks';
  return adds ? 'adds-asks' : 'asks';
}

/** New code meets a schema that may lack it: it fails aloud, so not knowing is no danger to data. */
function comesForward(state: MigrationRun['state']): Situation | undefined {
  return state === 'run' ? undefined : state === 'not-run' ? 'missing' : 'adds-asks';
}

/** The newer release had removed it; the older one brings it back and may run it. */
function comesBack(state: MigrationRun['state'], adds: boolean): Situation {
  return state === 'run' || adds ? 'returns' : state === 'not-run' ? 'lost' : 'asks';
}

/** Code in such a folder that was there before and has no number: what runs migrations, not one of them. */
const isHelper = (path: string): boolean => versionOf(path) === undefined && /\.(?:[cm]?[jt]s|py|rb|go|php|java|kt|cs)$/.test(path);

const groupAsks = (groups: readonly Group[]): boolean => groups.some(({ situation }) => situation === 'asks' || situation === 'adds-asks');

function sentence({ situation, items }: Group, { forward, from, to }: Way): string {
  const names = some(
    items.map(({ label }) => label),
    3,
  );
  const source = items.find(({ run }) => run !== undefined && run.state !== 'unknown')?.run?.because;
  const said = source === undefined ? '' : ` (${clip(source, 50)})`;
  const [why] = items.flatMap(({ effect }) => (effect.kind === 'changes' && effect.why !== undefined ? [effect.why] : []));
  const one = items.length === 1;
  switch (situation) {
    case 'breaks':
      return `${names} ran after ${to}: the old code meets the new schema${why === undefined ? '' : `; ${one ? 'it' : 'one of them'} ${why}`}${said}`;
    case 'adds':
      return `${names} ran after ${to} and ${one ? 'adds' : 'add'} only: old code usually lives with it${said}`;
    case 'pending':
      return `${names} not run: run it, or roll back safely${said}`;
    case 'missing':
      return `${names} not run: ${to} meets the old schema; run it before you go forward${said}`;
    case 'asks':
      return `${plural(items.length, 'migration')} between ${to} and ${from} (${names}): ${one ? 'was it' : 'were they'} run? Run: the old code meets the new schema. Not run: rolling back is safe`;
    case 'adds-asks':
      return forward
        ? `${to} expects ${names}: ${one ? 'was it' : 'were they'} run? Not run: it meets the old schema`
        : `${names} came with ${from} and ${one ? 'adds' : 'add'} only: ${one ? 'was it' : 'were they'} run? Old code usually lives with it`;
    case 'edited':
      return `${names} changed although ${one ? 'it was' : 'they were'} there before: it does not run again, and some tools refuse the other checksum`;
    case 'returns':
      return `${names} removed by ${from} comes back with ${to}: its deploy may run it${said}`;
    case 'lost':
      return `${names} removed by ${from} and not run comes back with ${to}: its deploy may run it over newer data${said}`;
    case 'dump':
      return `${names} changed without a migration: the schema may have been changed by hand`;
  }
}

/** As many whole sentences as a reader takes in; the first is the one that decides. */
function joined(sentences: readonly string[]): string {
  let text = sentences[0] ?? '';
  for (const next of sentences.slice(1)) if (text.length + next.length + 2 <= 200) text = `${text}; ${next}`;
  return text;
}

function watchOf({ situation, items }: Group, files: readonly ChangedFile[]): string {
  const names = some(
    items.map(({ label }) => label),
    3,
  );
  if (situation === 'adds' || situation === 'adds-asks') return `errors that name what ${names} added`;
  if (situation === 'pending') return `that the deploy does not run ${names} meanwhile`;
  return files.length === 1 ? `errors about the data that ${names} is about` : 'errors that name tables, columns or keys';
}

/** Numbers where they tell them apart, else names without endings, else paths. */
function labelsOf(files: readonly ChangedFile[]): ReadonlyMap<string, string> {
  const spellings: readonly ((path: string) => string)[] = [
    (path) => versionOf(path) ?? nameOf(path),
    nameOf,
    (path) => path.split('/').slice(-2).join('/'),
    (path) => path,
  ];
  const paths = files.map(({ path }) => path);
  const clear = spellings.find((spell) => new Set(paths.map(spell)).size === paths.length) ?? ((path: string) => path);
  return new Map(paths.map((path) => [path, clear(path)]));
}

const nameOf = (path: string): string => {
  const parts = path.split('/');
  const name = parts.at(-1) ?? path;
  return /^(?:migration|up)\./.test(name) ? (parts.at(-2) ?? name) : name.replace(/(?:\.up)?\.[a-z]+$/, '');
};
