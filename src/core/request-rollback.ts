import type { Draft } from './draft.ts';
import type { Actor } from './model.ts';
import type { StepId } from './playbook.ts';

/** Writes down the wish and has the plan made. Nothing has happened yet, and nothing will without the approvals. */
export function askForRollback(d: Draft, wish: { by: Actor; tag: string | undefined; reason: string; step: StepId | undefined }): void {
  const id = `rb${Object.keys(d.incident().rollbacks).length + 1}`;
  d.happen({ kind: 'rollbackRequested', id, step: wish.step, tag: wish.tag, reason: wish.reason }, wish.by, wish.reason);
  d.want({ kind: 'rollback', id, stage: 'plan' });
  d.want({ kind: 'show', slot: `rollback:${id}` });
}
