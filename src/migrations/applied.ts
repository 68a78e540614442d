/** What a system lists as run, kept so that each file of a release finds itself at once, however long the list is. */
import { isTimestamp, type Migration, numberOf, withoutEnding } from './file-identity.ts';

/** How a system names what it ran; a list without names of a file's form cannot say that the file was not run. */
export type Form = 'changelog' | 'revision' | 'timestamp' | 'number' | 'words';

export interface Entry {
  readonly text: string;
  /** Without folder, app and ending. */
  readonly name: string;
  readonly app: string | undefined;
  readonly number: string | undefined;
  readonly forms: ReadonlySet<Form>;
}

export interface AppliedList {
  readonly entries: readonly Entry[];
  /** The entry that is this file; undefined: none is. */
  find(file: Migration): Entry | undefined;
  /** Those with the number of the file, whatever their name. */
  withNumber(number: string): readonly Entry[];
}

export function readApplied(texts: readonly string[]): AppliedList {
  const entries = texts.map(readEntry);
  const byText = new Map(entries.map((entry) => [entry.text.replace(/^(?:classpath|filesystem):\/*/, ''), entry]));
  const byName = Map.groupBy(entries, ({ name }) => name);
  const byNumber = Map.groupBy(entries, ({ number }) => number);
  const byDigits = new Map(entries.flatMap((entry) => digitRuns(entry.text).map((run) => [run, entry] as const)));
  return {
    entries,
    withNumber: (number) => byNumber.get(number) ?? [],
    find(file) {
      const byPath = endsOf(file.path).flatMap((end) => byText.get(end) ?? [])[0];
      if (byPath) return byPath;
      const named = byName.get(file.name)?.find(({ app }) => file.app === undefined || app === undefined || app === file.app);
      if (named) return named;
      if (file.revision !== undefined) return byText.get(file.revision);
      // A number of Django's belongs to its app, and says nothing alone.
      if (file.number === undefined || file.app !== undefined) return undefined;
      // TypeORM keeps AddTotal1668701234567; Rails and Knex a bare number or the whole name.
      if (isTimestamp(file.number)) return byDigits.get(file.number);
      return byNumber.get(file.number)?.find(({ text }) => /^V?\d+(?:[._]\d+)*$/.test(text));
    },
  };
}

/** `a/b/c` → `a/b/c`, `b/c`: Liquibase writes paths from the root of its resources, not of the repository. */
const endsOf = (path: string): readonly string[] => {
  const parts = path.split('/');
  return parts.slice(0, -1).map((_, index) => parts.slice(index).join('/'));
};

function readEntry(text: string): Entry {
  const [, app, rest] = /^(?!V\d)([A-Za-z_][\w-]*)[.:/ ](\d[\w.-]*)$/.exec(text) ?? [];
  const name = withoutEnding((rest ?? text).split('/').at(-1) ?? '');
  const number = numberOf(name);
  return { text, name, app, number, forms: formsOf(text, { name, number }) };
}

function formsOf(text: string, { name, number }: { name: string; number: string | undefined }): ReadonlySet<Form> {
  const forms = new Set<Form>();
  if (/\.(?:xml|ya?ml|json|sql)$/i.test(text)) forms.add('changelog');
  if (/^[0-9a-f]{12}$/.test(text)) forms.add('revision');
  if (digitRuns(text).some(isTimestamp)) forms.add('timestamp');
  if (number !== undefined && !isTimestamp(number)) forms.add('number');
  // A hash is no name, whatever letters it has.
  if (number === undefined && /[A-Za-z].*[A-Za-z]/.test(name) && !/^[0-9a-f]{16,}$/i.test(name)) forms.add('words');
  return forms;
}

/** Digits that stand together; a date with dashes counts as one run. */
const digitRuns = (text: string): readonly string[] =>
  [...text.replace(/(\d{4})[_-](\d{2})[_-](\d{2})[_-](\d{4,6})/g, '$1$2$3$4').matchAll(/\d+/g)].map(([run]) => run);
