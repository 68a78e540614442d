import type { Draft } from './draft.ts';
import type { Actor } from './model.ts';
import type { StepId } from './playbook.ts';
import type { RollbackId } from './rollback.ts';

export interface Wish {
  readonly by: Actor;
  /** undefined: the release before. */
  readonly tag: string | undefined;
  readonly reason: string;
  /** Going forward again: the rollback whose stored way back is taken. */
  readonly undoes?: RollbackId;
  readonly automatic?: boolean;
}

/** Writes down the wish and has the plan made. Nothing has happened yet, and nothing will without the approvals. */
export function askForRollback(d: Draft, { by, ...wish }: Wish & { readonly step: StepId | undefined }): void {
  const id = `rb${Object.keys(d.incident().rollbacks).length + 1}`;
  d.happen({ kind: 'rollbackRequested', id, ...wish }, by, wish.reason);
  d.want({ kind: 'rollback', id, stage: 'plan' });
  d.want({ kind: 'show', slot: `rollback:${id}` });
}
