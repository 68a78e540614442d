/**
 * What else differs between the two releases and deserves a look: configuration, dependency locks, public API, infrastructure. `lost` is what
 * runs now and will be gone, `gained` what comes back; on the way forward the two change places.
 */
import { isAside, isCheckingWorkflow, isDocumentation, isTest, migrationKind, WATCH_GLOBS } from './changes.ts';
import { globMatcher } from './glob.ts';
import { isCommentOnly, linesOf } from './patch.ts';
import { CHECKS, check, linked, names, plural, some, type Way } from './preflight-check.ts';
import { infrastructure } from './preflight-infrastructure.ts';
import { isOneSided } from './preflight-migrations.ts';
import { declared, isContract } from './public-api.ts';
import type { Check } from './rollback.ts';
import type { ChangedFile, CompareFacts } from './rollback-facts.ts';
import type { WatchGlobs } from './service.ts';

/** One check for each kind of file that needs a look; one that says so when none does. Nothing when the releases could not be compared. */
export function changedFiles(way: Way): readonly Check[] {
  const { compare } = way.facts;
  if (compare === undefined) return [];
  const files = sortFiles(compare, way.draft.watch ?? WATCH_GLOBS);
  const found = [config(way, files.config), locks(way, files.locks), api(way, files.api), infrastructure(way, files.infrastructure)].filter(
    (one) => one !== undefined,
  );
  const whole = wholeDiff(way, compare);
  if (whole !== undefined) return [...found, whole];
  return found.length > 0 ? found : [check(CHECKS.files, 'ok', nothing(compare), { url: compare.url })];
}

function wholeDiff({ forward, to }: Way, compare: CompareFacts): Check | undefined {
  const { url, truncated, files } = compare;
  const watch = 'everything: not all changes are known';
  if (truncated) {
    return check(CHECKS.files, 'warn', `diff larger than GitHub lists: only the first ${files.length} were looked at`, { url, watch });
  }
  return isOneSided(compare, forward) ? check(CHECKS.files, 'warn', `GitHub listed nothing of what ${to} brings`, { url, watch }) : undefined;
}

function nothing({ files }: CompareFacts): string {
  const count = plural(files.length, 'changed file');
  if (files.length > 0 && files.every(({ path }) => isDocumentation(path))) return `${count}, documentation only`;
  if (files.length > 0 && files.every(({ path }) => isAside(path))) return `${count}, none of them is deployed`;
  return `${count}, nothing among them that needs a look before going`;
}

type Sorted = Readonly<Record<keyof WatchGlobs, readonly ChangedFile[]>>;

/** A migration has its own check. Documentation may hold the public API; everything else beside what is deployed is left out. */
function sortFiles({ files, migrations }: CompareFacts, watch: WatchGlobs): Sorted {
  const isIn = {
    config: globMatcher(watch.config),
    locks: globMatcher(watch.locks),
    api: globMatcher(watch.api),
    infrastructure: globMatcher(watch.infrastructure),
  };
  const rest = files.filter(({ path }) => !(migrations.includes(path) && migrationKind(path) !== 'none'));
  const kinds = new Map(
    rest
      .filter((file) => !pathsOf(file).every(isAside))
      .map((file) => [file, (['locks', 'infrastructure', 'config'] as const).find((name) => pathsOf(file).some(isIn[name]))]),
  );
  const of = (kind: keyof WatchGlobs): readonly ChangedFile[] => rest.filter((file) => kinds.get(file) === kind);
  return {
    locks: of('locks'),
    infrastructure: of('infrastructure').filter(({ path }) => !isCheckingWorkflow(path)),
    config: of('config'),
    api: rest.filter((file) => !isTest(file.path) && (isContract(file.path) || !isAside(file.path)) && pathsOf(file).some(isIn.api)),
  };
}

const pathsOf = ({ path, before }: ChangedFile): readonly string[] => (before === undefined ? [path] : [path, before]);

const EXAMPLE = /(?:^|\/)\.env[^/]*\.(?:example|sample|dist|template)$/;

function config(way: Way, files: readonly ChangedFile[]): Check | undefined {
  const { facts, from, to } = way;
  const url = facts.compare?.url;
  // Old code never asked for a file that came later.
  const mattering = files.filter((file) => !isLost(file, way) && !isCommentOnly(file));
  const examples = mattering.filter(({ path }) => EXAMPLE.test(path));
  const needed = examples.flatMap((file) => variables(file, way));
  const unreadable = examples.filter((file) => !linesOf(file).complete);
  const others = [...mattering.filter(({ path }) => !EXAMPLE.test(path)), ...unreadable];
  if (needed.length === 0 && others.length === 0) return undefined;
  const because = [
    ...(needed.length === 0 ? [] : [`${to} needs ${some(needed, 3)}, which ${from} does not: still set?`]),
    ...(others.length === 0
      ? []
      : [`${plural(others.length, 'file')} ${others.length === 1 ? 'differs' : 'differ'} (${names(others)}): ${to} comes with its own`]),
  ].join('; ');
  const shown = [...examples.filter((file) => !unreadable.includes(file) && variables(file, way).length > 0), ...others];
  return check(CHECKS.config, 'warn', because, {
    ...linked(shown, url),
    watch: needed.length > 0 ? `start-up: a missing ${needed.length === 1 ? 'variable' : 'one of the variables'}` : 'settings that were changed by hand since',
  });
}

/** Names that the target's example asks for and the running one's does not. */
function variables(file: ChangedFile, { forward }: Way): readonly string[] {
  const { added, removed } = linesOf(file);
  const read = (lines: readonly string[]): readonly string[] => lines.flatMap((line) => /^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=/.exec(line)?.[1] ?? []);
  const [lost, gained] = forward ? [removed, added] : [added, removed];
  const still = new Set(read(lost));
  return read(gained).filter((name) => !still.has(name));
}

function locks({ facts, to }: Way, all: readonly ChangedFile[]): Check | undefined {
  const files = all.filter((file) => !isOwnVersionOnly(file));
  if (files.length === 0) return undefined;
  const because = `${names(files)} ${files.length === 1 ? 'differs' : 'differ'}: the dependencies of ${to} come back, with their faults`;
  return check(CHECKS.locks, 'warn', because, { ...linked(files, facts.compare?.url), watch: 'start-up, and holes that the newer dependencies closed' });
}

/** Every release of npm and Cargo writes its own version into the lock; another version of a dependency changes its checksum too. */
function isOwnVersionOnly(file: ChangedFile): boolean {
  const { added, removed, complete } = linesOf(file);
  const lines = [...added, ...removed];
  return (
    complete &&
    /(?:^|\/)(?:package-lock\.json|npm-shrinkwrap\.json|Cargo\.lock)$/.test(file.path) &&
    lines.length > 0 &&
    lines.every((line) => OWN_VERSION.test(line))
  );
}
const OWN_VERSION = /^\s*"?version"?\s*[:=]\s*"[^"]*",?\s*$/;

function api(way: Way, files: readonly ChangedFile[]): Check | undefined {
  const { facts, forward, from, to } = way;
  const read = files.map((file) => {
    const { added, removed, complete } = linesOf(file);
    const [plus, minus] = [declared(file.path, added), declared(file.path, removed)];
    const [lost, gained] = forward ? [minus, plus] : [plus, minus];
    return { file, lost, gained, complete };
  });
  const all = (side: 'lost' | 'gained'): readonly string[] => read.flatMap((one) => one[side]);
  // What moved from one file to another is still there.
  const lost = all('lost').filter((name) => !all('gained').includes(name));
  // Forward, what comes is what was wanted.
  const gained = forward ? [] : all('gained').filter((name) => !all('lost').includes(name));
  const unread = read.filter(({ file, complete }) => !complete && isContract(file.path));
  if (lost.length + gained.length + unread.length === 0) return undefined;
  const because = [
    ...(lost.length === 0 ? [] : [`${to} lacks ${some(lost, 3)} of ${from}: callers of it fail`]),
    ...(gained.length === 0 ? [] : [`${some(gained, 3)} removed by ${from} comes back with ${to}`]),
    ...(unread.length === 0 ? [] : [`${names(unread.map(({ file }) => file))} too large to be read`]),
  ].join('; ');
  const shown = read.filter((one) => unread.includes(one) || [...one.lost, ...one.gained].some((name) => lost.includes(name) || gained.includes(name)));
  return check(CHECKS.api, 'warn', because, {
    ...linked(
      shown.map(({ file }) => file),
      facts.compare?.url,
    ),
    watch: lost.length > 0 ? 'callers that use what goes away: 404 and unknown fields' : 'callers that no longer expect what comes back',
  });
}

/** The running release has it and the target has not. */
const isLost = ({ status }: ChangedFile, { forward }: Way): boolean => status === (forward ? 'removed' : 'added');
