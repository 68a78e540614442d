/** Runs trials a few at a time: most of an incident is waiting. */
import { type CrashRun, crashRun } from './crash-run.ts';
import type { Trial } from './matrix.ts';

export interface Result {
  readonly trial: Trial;
  readonly run: CrashRun;
  /** Every blow that was ordered fell. */
  readonly counts: boolean;
}

export async function undisturbed(): Promise<CrashRun & { readonly story: NonNullable<CrashRun['story']> }> {
  const clean = await crashRun({});
  if (!clean.story || clean.findings.length > 0) throw new Error(`the undisturbed run is not clean, so nothing can be compared:\n${clean.findings.join('\n')}`);
  return { ...clean, story: clean.story };
}

export async function tryAll(
  trials: readonly Trial[],
  how: { clean: Awaited<ReturnType<typeof undisturbed>>; atOnce: number; tell?: (result: Result) => void },
): Promise<readonly Result[]> {
  const queue = [...trials];
  const results: Result[] = [];
  const worker = async (): Promise<void> => {
    for (let trial = queue.shift(); trial; trial = queue.shift()) {
      const run = await crashRun({ ...trial.plan, clean: how.clean.story });
      const result = { trial, run, counts: run.struck.length === trial.blows };
      results.push(result);
      how.tell?.(result);
    }
  };
  await Promise.all(Array.from({ length: how.atOnce }, worker));
  return results;
}
