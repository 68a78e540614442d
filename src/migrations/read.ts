/** Was each migration run? Asked where services.yml says; what cannot be found out is said as such, and people are asked. */
import { z } from 'zod';
import type { MigrationRun } from '../core/rollback-facts.ts';
import type { Service } from '../core/service.ts';
import type { Secrets } from '../health/fetch-text.ts';
import { Failure } from '../lib/failure.ts';
import { MIGRATION_READERS } from './index.ts';

/** One answer per file; none where services.yml names no reader. Never throws, and never takes an outage for an answer. */
export async function readMigrationRuns(
  service: Pick<Service, 'rollback'>,
  files: readonly string[],
  parts: { readonly secrets: Secrets; readonly signal: AbortSignal },
): Promise<readonly MigrationRun[]> {
  const wanted = service.rollback.migrationsRun;
  if (!wanted || files.length === 0) return [];
  const reader = MIGRATION_READERS.find(({ use }) => use === wanted.use);
  const unknown = (because: string): readonly MigrationRun[] => files.map((file) => ({ file, state: 'unknown', because }));
  if (!reader) return unknown(`there is no reader of migrations called ${wanted.use.slice(0, 40)}; check services.yml → rollback.migrations_run`);
  try {
    return await reader.read(wanted.options, { files, ...parts });
  } catch (error) {
    return unknown(parts.signal.aborted ? 'the question was cancelled before it was answered' : reasonOf(error));
  }
}

/** Only what we wrote ourselves is said: messages of libraries can quote addresses and passwords. */
function reasonOf(error: unknown): string {
  if (error instanceof Failure) return error.hint === undefined ? error.message : `${error.message}; ${error.hint}`;
  if (error instanceof z.ZodError) {
    const [issue] = error.issues;
    return `services.yml → rollback.migrations_run cannot be used: ${issue?.path.join('.') || 'options'}: ${issue?.message ?? 'wrong'}`;
  }
  return 'the reader of migrations broke down; nothing is known about what was run';
}
