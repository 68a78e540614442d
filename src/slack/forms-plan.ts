/** Forms about one plan. Each asks for words that somebody reads at nine in the morning. */
import type { ModalView } from '@slack/types';
import { REASON_MIN } from '../core/approval.ts';
import type { Incident } from '../core/model.ts';
import type { RollbackPlan } from '../core/rollback.ts';
import { bold, code, type Escaped, escapeLine, md } from './escape.ts';
import { modal, textInput } from './forms-parts.ts';
import type { Undoable } from './undoable.ts';
import { lightMeans, lightSign, redChecks } from './view-checks.ts';
import { type Aim, context, section } from './view-parts.ts';

const REASON_MAX_CHARS = 500;
const REASON_HINT = `At least ${REASON_MIN} characters; it stands on the card and in the postmortem`;

const move = (incident: Incident, { environment, from, to, direction }: RollbackPlan): Escaped =>
  md`${bold(escapeLine(incident.service, 100))} (${escapeLine(environment, 80)}) goes from ${code(from.tag, 130)} ${direction === 'back' ? md`back` : md`forward`} to ${code(to.tag, 130)}.`;

/** Over a red pre-flight nobody approves with a click alone. */
export function approveForm(aim: Aim, incident: Incident, plan: RollbackPlan): ModalView {
  return modal({
    form: 'approveRollback',
    title: 'Approve over red',
    submit: 'Approve anyway',
    aim,
    blocks: [
      section(move(incident, plan)),
      section(md`${bold(md`This speaks against it`)}\n${redChecks(plan)}`),
      textInput('text', { label: 'Why is it right all the same?', hint: REASON_HINT, multiline: true, maxChars: REASON_MAX_CHARS }),
    ],
  });
}

/** `plan` undefined: it is just being made again; the core will say so. */
export function glassForm(aim: Aim, incident: Incident, plan: RollbackPlan | undefined): ModalView {
  const red = plan?.light === 'red' ? [section(redChecks(plan))] : [];
  const facts = plan ? [section(move(incident, plan)), context(md`${escapeLine(lightSign(plan.light))} ${lightMeans(plan.light)}`), ...red] : [];
  return modal({
    form: 'breakGlass',
    title: 'Break the glass',
    submit: 'Go alone',
    aim,
    blocks: [
      ...facts,
      section(md`You go alone, without a second person. Everybody on call is told at once, with your name and your reason.`),
      textInput('text', { label: 'Why can nobody else be waited for?', hint: REASON_HINT, multiline: true, maxChars: REASON_MAX_CHARS }),
    ],
  });
}

/** Going forward again is a rollback like any other: asked for, checked, approved. */
export function undoForm(aim: Aim, incident: Incident, gone: Undoable): ModalView {
  const { from, to } = gone.plan;
  return modal({
    form: 'undoRollback',
    title: 'Go forward again',
    submit: 'Make a plan',
    aim,
    blocks: [
      section(md`${bold(escapeLine(incident.service, 100))} would go from ${code(to.tag, 130)} forward to ${code(from.tag, 130)} again.`),
      textInput('text', { label: 'Why?', multiline: true, maxChars: REASON_MAX_CHARS, placeholder: 'The rollback did not help' }),
      context(md`A plan is made, with the same checks and approvals as on the way back. Nothing is sent to GitHub before it is approved.`),
    ],
  });
}
