/** By which names a migration may be known to the tool that runs it, read from its path alone. */
import { migrationKind } from '../core/changes.ts';

export type Identity =
  | Migration
  /** It changes with the migrations beside it: the way back, a lock file, the schema as a whole. */
  | { readonly kind: 'companion' }
  /** A migration whose run cannot be seen in any list. */
  | { readonly kind: 'unlisted'; readonly because: string };

export interface Migration {
  readonly kind: 'migration';
  readonly path: string;
  /** Without folder and ending; of Prisma the folder. */
  readonly name: string;
  /** `7`, `1.2`, `20261117093000`; see `numberOf`. */
  readonly number: string | undefined;
  /** Of Django: the app, whose numbers are its own. */
  readonly app: string | undefined;
  /** Of Alembic: what stands in alembic_version. */
  readonly revision: string | undefined;
  /** One file of Liquibase holds many changes, and is listed by its path. */
  readonly isChangelog: boolean;
}

/** The schema as a whole, written down again by whoever adds a migration. */
const WHOLE_SCHEMA = /(?:^|\/)(?:schema\.(?:prisma|sql|rb)|structure\.sql|[^/]+\.txt)$/;
const ENDING = /(?:\.(?:up|down))?\.(?:sql|py|rb|js|ts|mjs|cjs|mts|cts|php|xml|ya?ml|json|java|kt|go|cs|exs|groovy|fizz)$/i;

export function identityOf(path: string): Identity {
  const kind = migrationKind(path);
  if (kind === 'shadow' || kind === 'none' || WHOLE_SCHEMA.test(path)) return { kind: 'companion' };
  const parts = path.split('/');
  const base = withoutEnding(parts.at(-1) ?? '');
  if (/^R__/.test(base)) return unlisted('it runs again whenever it changes, and a list does not say which state ran');
  // Prisma: prisma/migrations/20261117093000_add_total/migration.sql; Hasura, Diesel: …/up.sql
  const isFolder = /^(?:migration|up|down)$/.test(base) && parts.length > 1;
  const name = isFolder ? (parts.at(-2) ?? base) : base;
  const isPython = path.endsWith('.py');
  const isAlembic = isPython && parts.at(-2) === 'versions';
  const isChangelog = !isPython && /(?:^|\/)(?:liquibase|changelogs?)\/|(?:^|[/._-])changelog[^/]*$/i.test(path);
  return {
    kind: 'migration',
    path,
    name,
    number: isAlembic || isChangelog ? undefined : numberOf(name),
    app: isPython && !isAlembic && parts.at(-2) === 'migrations' ? parts.at(-3) : undefined,
    revision: isAlembic ? revisionOf(name) : undefined,
    isChangelog,
  };
}

const unlisted = (because: string): Identity => ({ kind: 'unlisted', because });
export const withoutEnding = (name: string): string => name.replace(ENDING, '');

/** Alembic writes `<revision>_<words>`; teams that put a date first keep the revision as twelve hex digits. */
const revisionOf = (name: string): string | undefined => /(?:^|[_-])([0-9a-f]{12})(?=[_-]|$)/.exec(name)?.[1] ?? /^([0-9a-z]+)(?=_|$)/.exec(name)?.[1];

/**
 * The number a name begins with, in one form: without zeros in front, dates as digits alone, parts of Flyway's versions with dots.
 * undefined: it begins with none.
 */
export function numberOf(name: string): string | undefined {
  const date = /^(\d{4})[_-](\d{2})[_-](\d{2})(?:[_-](\d{4,6}))?(?=[_-]|$)/.exec(name);
  if (date) return date.slice(1).join('');
  const flyway = /^V(\d+(?:[._]\d+)*)(?:__|$)/.exec(name)?.[1]?.replaceAll('_', '.');
  const plain = /^(\d+(?:\.\d+)*)(?=[^\d.a-zA-Z]|\.[^\d]|$)/.exec(name)?.[1];
  const found = flyway ?? plain;
  return found
    ?.split('.')
    .map((part) => part.replace(/^0+(?=\d)/, ''))
    .join('.')
    .replace(/(?:\.0)+$/, ''); // 1.0 and 1 are the same version to Flyway
}

/** Below 0: `a` is the older. Numbers may be longer than a double holds. */
export function compareNumbers(a: string, b: string): number {
  const [left, right] = [a.split('.'), b.split('.')];
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const [one, other] = [left[index] ?? '0', right[index] ?? '0'];
    if (one.length !== other.length) return one.length - other.length;
    if (one !== other) return one < other ? -1 : 1;
  }
  return 0;
}

/** Seconds or milliseconds of some calendar or clock: such a number belongs to one migration alone. */
export const isTimestamp = (number: string): boolean => /^\d{10,}$/.test(number);
