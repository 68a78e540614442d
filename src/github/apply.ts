/** The only way to change something at GitHub. What it is given was planned, shown and approved; it performs exactly that. */
import type { RollbackAction, RunReference } from '../core/rollback.ts';
import { Failure } from '../lib/failure.ts';
import type { GitHub } from './client.ts';
import type { Found } from './deeds/deed.ts';
import { deedOf } from './deeds/index.ts';
import type { RunSearch } from './runs.ts';

/**
 * Sends one action, once. A Failure with `unclear` may have done its work: wait, ask `findAction`, and only then decide.
 * undefined: GitHub took it but named no run; `findAction` finds it by its key.
 */
export async function applyAction(
  github: GitHub,
  repo: string,
  { action, signal }: { readonly action: RollbackAction; readonly signal: AbortSignal },
): Promise<RunReference | undefined> {
  return await deedOf(action.kind).apply({ github, repo, signal, priority: 'rollback' }, action);
}

/**
 * Did it happen? For after an unclear end, and only after a settle time: GitHub's lists lag. `unknown` means that nobody can say,
 * because the answer is missing or because something without a key could be ours; then a person decides and nothing is sent again.
 */
export async function findAction(
  github: GitHub,
  repo: string,
  { action, signal, ...search }: RunSearch & { readonly action: RollbackAction; readonly signal: AbortSignal },
): Promise<Found> {
  try {
    return await deedOf(action.kind).find({ github, repo, signal, priority: 'rollback' }, action, search);
  } catch (error) {
    if (error instanceof Failure) return 'unknown';
    throw error;
  }
}
