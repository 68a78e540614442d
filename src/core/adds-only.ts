/**
 * Whether a migration only adds: code that does not know of a new table or of a column that may stay empty usually lives with it.
 * Every statement must be one of a short list; what is not understood counts as a change. Only the way up is read.
 */
import { codeEffect } from './adds-only-code.ts';
import { changelogEffect } from './adds-only-liquibase.ts';
import { sqlEffect } from './adds-only-sql.ts';
import { migrationKind } from './changes.ts';
import { linesOf, wholeText } from './patch.ts';
import type { ChangedFile } from './rollback-facts.ts';

export type MigrationEffect =
  | { readonly kind: 'adds' }
  /** `why` completes "the migration …": `drops a column`; undefined: something is in it that we do not understand. */
  | { readonly kind: 'changes'; readonly why: string | undefined }
  | { readonly kind: 'unreadable' };

/** By the text GitHub lists; a file that is too large, cut off or of an unknown kind is unreadable. */
export function effectOf(file: ChangedFile): MigrationEffect {
  const text = textOf(file);
  if (text === undefined) return { kind: 'unreadable' };
  const ending = /\.([a-z]+)$/.exec(file.path)?.[1];
  if (ending === 'sql') return sqlEffect(text);
  if (ending === 'xml' || ending === 'yml' || ending === 'yaml') return changelogEffect(text);
  return ending === undefined ? { kind: 'unreadable' } : codeEffect(ending, text);
}

/** A changelog grows at its end: what was added to it is what is new. */
function textOf(file: ChangedFile): string | undefined {
  const whole = wholeText(file);
  if (whole !== undefined || file.status !== 'modified' || migrationKind(file.path) !== 'declared') return whole;
  const { added, removed, complete } = linesOf(file);
  return complete && removed.every((line) => line.trim() === '') ? added.join('\n') : undefined;
}
