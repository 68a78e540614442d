/** What a reader of migrations is: it asks a running system which migrations it has run. A reader is one file here and one line in index.ts. */
import type { z } from 'zod';
import type { Json } from '../core/model.ts';
import type { MigrationRun } from '../core/rollback-facts.ts';
import type { Secrets } from '../health/fetch-text.ts';

export interface MigrationAsk {
  /** Paths in the repository, as `compare.migrations` gives them. */
  readonly files: readonly string[];
  readonly secrets: Secrets;
  readonly signal: AbortSignal;
}

export interface MigrationReader {
  readonly use: string;
  readonly about: string;
  readonly options: z.ZodType;
  /** One answer per file. Throws Failure when the system cannot be asked, ZodError when the options are not its own. */
  read(options: Json, ask: MigrationAsk): Promise<readonly MigrationRun[]>;
}

export function defineMigrationReader<S extends z.ZodType>(reader: {
  use: string;
  about: string;
  options: S;
  read: (options: z.output<S>, ask: MigrationAsk) => Promise<readonly MigrationRun[]>;
}): MigrationReader {
  return { ...reader, read: (options, ask) => reader.read(reader.options.parse(options) as z.output<S>, ask) }; // parse of S gives output<S>
}
