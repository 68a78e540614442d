/** What the hands for one kind of action are: one file here and one line in index.ts. Only these files write to GitHub. */
import type { RollbackAction, RunReference } from '../../core/rollback.ts';
import type { Desk } from '../desk.ts';
import { carries, type RunSearch } from '../runs.ts';

export type ActionKind = RollbackAction['kind'];
export type ActionOf<K extends ActionKind> = Extract<RollbackAction, { kind: K }>;
/** `unknown`: nobody can say, because the answer is missing or because somebody else's doing could be ours. */
export type Found = RunReference | 'absent' | 'unknown';

export interface Deed<K extends ActionKind> {
  readonly kind: K;
  /** Sends, once. A Failure with `unclear` may have done its work; undefined: taken, and found later by its key. */
  apply(desk: Desk, action: ActionOf<K>): Promise<RunReference | undefined>;
  /** Did it happen? For after an unclear end. A Failure means `unknown`. */
  find(desk: Desk, action: ActionOf<K>, search: RunSearch): Promise<Found>;
}

/** An action is recognised by what travelled with it: the way back carries a key of its own, not that of the rollback that sends it. */
export function keyOf(carried: unknown, asked: string | undefined): string | undefined {
  if (typeof carried !== 'string' || carried === '') return asked;
  return asked !== undefined && carries(carried, asked) ? asked : carried;
}

/** For a reference: nothing where GitHub gave none. */
export const answeredAs = (requestId: string | undefined): Pick<RunReference, 'requestId'> => (requestId === undefined ? {} : { requestId });
