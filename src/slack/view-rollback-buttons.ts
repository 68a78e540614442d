/** What can be pressed on a rollback's message, by its stage: at most three buttons and one menu. */
import type { ActionsBlock, Overflow } from '@slack/types';
import type { Incident } from '../core/model.ts';
import type { Rollback, RollbackPlan } from '../core/rollback.ts';
import { undoable } from './undoable.ts';
import { type Aim, type ButtonLook, button, words } from './view-parts.ts';

type Elements = ActionsBlock['elements'];

export function rollbackButtons(incident: Incident, rollback: Rollback): Elements {
  const aim: Aim = { incident: incident.id, rollback: rollback.id };
  const cancel: ButtonLook = { label: 'Cancel', action: 'cancelRollback', aim, spoken: 'Cancel this rollback' };
  switch (rollback.stage) {
    case 'planning':
    case 'applying':
      return [button(cancel)];
    case 'asking':
      return rollback.plan ? [...decisions(incident, rollback, rollback.plan), button(cancel), ...menu(incident, rollback, rollback.plan)] : [button(cancel)];
    case 'counting':
      // No question before it: seconds count, and stopping harms nobody.
      return [button({ ...cancel, label: '✋ Stop it', style: 'danger', spoken: `Stop the automatic rollback of ${incident.service}` })];
    case 'refused':
    case 'declined':
    case 'expired':
    case 'cancelled':
    case 'failed':
      return incident.phase === 'resolved' ? [] : again(incident, rollback);
    default:
      return [];
  }
}

function decisions(incident: Incident, rollback: Rollback, plan: RollbackPlan): Elements {
  const aim = shownPlan(incident, rollback);
  const back = plan.direction === 'back';
  const spoken = `Approve the ${back ? 'rollback' : 'way forward'} to ${plan.to.tag}`;
  const question = {
    title: `${back ? 'Back' : 'Forward'} to ${plan.to.tag}?`,
    text: `${incident.service} (${plan.environment}) goes from ${plan.from.tag} ${back ? 'back' : 'forward'} to ${plan.to.tag}. ${warnings(plan)}`,
    yes: 'Approve',
  };
  // Over a red pre-flight a form asks for the reason; it is the question.
  const approve: ButtonLook =
    plan.light === 'red'
      ? { label: 'Approve anyway…', action: 'approveRollback', aim, style: 'danger', spoken: `${spoken} over red checks, with a written reason` }
      : { label: 'Approve', action: 'approveRollback', aim, style: 'danger', confirm: question, spoken };
  return [button(approve), button({ label: 'Decline…', action: 'declineRollback', aim, spoken: 'Decline this rollback and say why' })];
}

const shownPlan = (incident: Incident, rollback: Rollback): Aim => ({
  incident: incident.id,
  rollback: rollback.id,
  ...(rollback.expiresAt !== undefined && { plan: rollback.expiresAt }),
});

function warnings(plan: RollbackPlan): string {
  const open = plan.checks.filter(({ verdict }) => verdict !== 'ok').length;
  return open === 0 ? 'All checks are ok.' : `${open} of ${plan.checks.length} checks need a look.`;
}

/** Seldom needed, so not in the way: another strategy, and the glass. */
function menu(incident: Incident, { id, expiresAt }: Rollback, plan: RollbackPlan): Elements {
  const entry = (label: string, action: string, choice = ''): Overflow['options'] => {
    // Slack takes 75 characters; what does not fit cannot be offered here.
    const value = [action, incident.id, id, expiresAt ?? '', choice].join('|');
    return value.length > 75 || choice.includes('|') ? [] : [{ text: words(label, 75), value }];
  };
  const options = [
    ...(plan.approve.breakGlass.length > 0 ? entry('Break the glass…', 'breakGlass') : []),
    ...plan.others.flatMap(({ strategy, applicable }) => (applicable ? entry(`Use ${strategy} instead`, 'chooseStrategy', strategy) : [])),
  ].slice(0, 5);
  return options.length === 0 ? [] : [{ type: 'overflow', action_id: 'more', options }];
}

function again(incident: Incident, rollback: Rollback): Elements {
  const { id, service } = incident;
  const back = button({ label: 'Roll back…', action: 'requestRollback', aim: { incident: id }, style: 'danger', spoken: `Ask again to roll back ${service}` });
  const way = undoable(incident);
  if (rollback.undoes !== undefined) {
    const forward = { label: 'Go forward again…', action: 'undoRollback', aim: { incident: id, rollback: rollback.undoes } };
    return way?.id === rollback.undoes ? [button(forward)] : [back];
  }
  // A deploy that failed half way may have changed something.
  const takeBack = { label: 'Take it back…', action: 'undoRollback', aim: { incident: id, rollback: rollback.id }, spoken: 'Take this rollback back' };
  return way?.id === rollback.id ? [back, button(takeBack)] : [back];
}
