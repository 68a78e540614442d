/** Buttons and forms about one plan: what was shown is what is answered, and a plan made again since is not agreed to by an old button. */
import { rollbackOf } from '../core/evolve.ts';
import type { Command, Incident } from '../core/model.ts';
import { Failure } from '../lib/failure.ts';
import { approveForm, glassForm, undoForm } from './forms-plan.ts';
import type { Desk } from './listen-desk.ts';
import { undoable } from './undoable.ts';
import type { Aim } from './view-parts.ts';

type View = Parameters<Desk['open']>[1];

/** Throws E_NOT_NOW when the plan that was on the screen is not the one that waits for an answer. */
export function sameAsShown(incident: Incident, { rollback: id, plan }: Aim): void {
  const rollback = id === undefined ? undefined : rollbackOf(incident, id);
  // Of one that is over, or just being planned again, the core says more than we could.
  if (plan === undefined || rollback?.stage !== 'asking' || rollback.expiresAt === plan) return;
  throw new Failure('E_NOT_NOW', 'The plan was made again since you saw it, so nothing was done', { hint: 'Look at the card and decide on what it shows now' });
}

/** Buttons about a plan that need no further word. */
export function planCommand(kind: string, incident: Incident, { rollback, plan, choice }: Aim): Command | undefined {
  if (rollback === undefined) return undefined;
  switch (kind) {
    case 'approveRollback':
      // A card drawn while it was green may be pressed when it is red.
      return asking(incident, rollback)?.light === 'red' ? undefined : { kind, rollback, plan };
    case 'cancelRollback':
      return { kind, rollback };
    case 'answerMigrations':
      return choice === 'run' || choice === 'not-run' ? { kind, rollback, run: choice === 'run' } : undefined;
    case 'chooseStrategy':
      return choice === undefined ? undefined : { kind, rollback, strategy: choice };
    default:
      return undefined;
  }
}

/** The form a button about a plan opens; undefined: it is no such button. */
export function planForm(kind: string, incident: Incident, aim: Aim): View | undefined {
  const { rollback } = aim;
  if (rollback === undefined) return undefined;
  const plan = asking(incident, rollback);
  switch (kind) {
    case 'approveRollback':
      return plan && approveForm(aim, incident, plan);
    case 'breakGlass':
      return glassForm(aim, incident, plan);
    case 'undoRollback':
      return undoForm(aim, incident, stillUndoable(incident, rollback));
    default:
      return undefined;
  }
}

function stillUndoable(incident: Incident, id: string): ReturnType<typeof undoable> & object {
  const gone = undoable(incident);
  if (gone?.id === id) return gone;
  throw new Failure('E_NOT_NOW', `${id.slice(0, 20)} cannot be taken back now; nothing was done`, { hint: 'Look at the newest rollback card of this channel' });
}

const asking = (incident: Incident, id: string) => {
  const rollback = rollbackOf(incident, id);
  return rollback?.stage === 'asking' ? rollback.plan : undefined;
};
