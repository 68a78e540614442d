/** The rollback that can still be taken back: it went out, a way back is stored, and nobody has taken it. */
import { isEnded, liveRollback } from '../core/evolve.ts';
import type { Incident } from '../core/model.ts';
import type { Rollback, RollbackPlan } from '../core/rollback.ts';

export type Undoable = Rollback & { readonly plan: RollbackPlan };

/** Undefined: nothing to take back now. The core decides again when somebody asks. */
export function undoable(incident: Incident): Undoable | undefined {
  if (incident.phase === 'resolved' || liveRollback(incident)) return undefined;
  const all = Object.values(incident.rollbacks);
  const last = all.findLast(wentOut);
  const taken = all.some(({ undoes, stage }) => undoes === last?.id && (!isEnded(stage) || stage === 'done'));
  return last && !taken && hasWayBack(last) ? last : undefined;
}

const wentOut = ({ stage, undoes }: Rollback): boolean => undoes === undefined && (stage === 'done' || stage === 'failed' || stage === 'unknown');
const hasWayBack = (rollback: Rollback): rollback is Undoable => (rollback.plan?.undo.length ?? 0) > 0;
