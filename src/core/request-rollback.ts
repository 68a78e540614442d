import { nextRollbackId } from './askers.ts';
import type { Draft } from './draft.ts';
import type { Actor, Instant } from './model.ts';
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

interface Asking extends Wish {
  readonly step: StepId | undefined;
  /** The reason somebody gave, or how the playbook came to it. */
  readonly because: string;
}

const SLOW_PLAN_MS = 4_000;

/** Writes down the wish and has the plan made. Nothing has happened yet, and nothing will without the approvals. */
export function askForRollback(d: Draft, { by, because, ...wish }: Asking, now: Instant): void {
  const id = nextRollbackId(d.incident());
  d.happen({ kind: 'rollbackRequested', id, ...wish }, by, because);
  d.want({ kind: 'rollback', id, stage: 'plan' });
  // Slack calls nobody for an edit: posted when the plan is there, its message calls those who must approve. Only a slow plan is announced first.
  d.want({ kind: 'show', slot: `rollback:${id}` }, now + SLOW_PLAN_MS);
}
