/** What people ask for. Everybody may look; deciding is for full members. Every answer says what comes next. */

import { judgeCause } from './causes.ts';
import { report, sayFixed } from './decide-evidence.ts';
import { human, onRollbackCommand, refuseUndo } from './decide-rollback.ts';
import { answerStep, type Cause, collected, retryStep, skipStep } from './decide-step.ts';
import type { Context, Draft } from './draft.ts';
import { freshOf, mayOpen, NAMED_IN_CHANNEL } from './evidence.ts';
import type { Actor, Command, Evidence, Person, Reply, Role } from './model.ts';
import { keepLooking } from './outside.ts';
import { stepOf } from './playbook.ts';
import { resolve } from './resolve.ts';

export interface Asked {
  readonly by: Person;
  readonly command: Command;
  readonly context: Context;
}

/** Guests may add what they saw; they decide nothing. */
const GUESTS_MAY: readonly Command['kind'][] = ['note', 'addEvidence', 'report', 'sayFixed'];
/** What is still heard when it is over. */
const AFTERWARDS: readonly Command['kind'][] = ['reopen', 'note', 'sayFixed', 'undoRollback'];

export function onCommand(d: Draft, { by, command, context }: Asked): Reply {
  const refusal = refuse(d, by, command);
  if (refusal) return refusal;
  const actor = human(by);
  const cause = { by: actor, because: `asked by ${by.name}`, context, person: by };
  switch (command.kind) {
    case 'acknowledge':
      return acknowledge(d, by);
    case 'takeRole':
      return takeRole(d, command, actor);
    case 'setSeverity':
      return setSeverity(d, command.severity, actor);
    case 'note':
      keepFiles(d, command.files ?? [], actor);
      d.happen({ kind: 'noted', text: command.text, permalink: command.permalink }, actor, command.permalink ? 'marked in the channel' : 'written down');
      return { ok: true, text: 'It is in the timeline.' };
    case 'update':
      d.happen({ kind: 'updated', text: command.text }, actor, 'a status update');
      return { ok: true, text: 'The update is out.' };
    case 'addEvidence':
      return addEvidence(d, command, cause);
    case 'answerStep':
      return answerStep(d, command, cause);
    case 'report':
      return report(d, command.text, actor);
    case 'sayFixed':
      return sayFixed(d, command.fixed, actor);
    case 'judgeCause':
      return judgeCause(d, command, actor);
    case 'skipStep':
      return skipStep(d, command, cause);
    case 'retryStep':
      return retryStep(d, command.step, cause);
    case 'undoRollback':
      return undo(d, { by, command, context });
    case 'requestRollback':
    case 'answerMigrations':
    case 'chooseStrategy':
    case 'approveRollback':
    case 'breakGlass':
    case 'declineRollback':
    case 'cancelRollback':
      return onRollbackCommand(d, command, by, context);
    case 'resolve':
      return finish(d, command.summary, actor);
    case 'reopen':
      d.happen({ kind: 'reopened' }, actor, command.reason || 'it is not over');
      keepLooking(d, context);
      return { ok: true, text: 'Open again.' };
  }
}

/** Taken back after all, it is not over: the incident is opened again, unless there is nothing to take back. */
function undo(d: Draft, asked: Asked & { readonly command: Extract<Command, { kind: 'undoRollback' }> }): Reply {
  const { by, command, context } = asked;
  if (d.incident().phase !== 'resolved') return onRollbackCommand(d, command, by, context);
  const refusal = refuseUndo(d, command, by, context);
  if (refusal) return refusal;
  d.happen({ kind: 'reopened' }, human(by), 'the rollback is taken back');
  keepLooking(d, context);
  const reply = onRollbackCommand(d, command, by, context);
  return { ...reply, text: `${d.incident().id} is open again. ${reply.text}` };
}

function refuse(d: Draft, by: Person, command: Command): Reply | undefined {
  if (by.rank !== 'member' && !(by.rank === 'guest' && GUESTS_MAY.includes(command.kind))) {
    return { ok: false, code: 'E_NOT_ALLOWED', text: 'Only full members of this workspace can do that.' };
  }
  const resolved = d.incident().phase === 'resolved';
  if (resolved && !AFTERWARDS.includes(command.kind)) return { ok: false, code: 'E_NOT_NOW', text: `${d.incident().id} is resolved. Reopen it first.` };
  if (!resolved && command.kind === 'reopen') return { ok: false, code: 'E_NOT_NOW', text: `${d.incident().id} is still open.` };
  return undefined;
}

function acknowledge(d: Draft, by: Person): Reply {
  const { lead } = d.incident().roles;
  if (d.incident().acknowledgedAt === undefined) d.happen({ kind: 'acknowledged' }, human(by), 'somebody is looking at it');
  if (lead)
    return { ok: true, text: lead.slackId === by.slackId ? `You lead this incident.${next(d)}` : `${lead.name} leads this incident already.${next(d)}` };
  d.happen({ kind: 'roleTaken', role: 'lead', slackId: by.slackId, name: by.name }, human(by), 'took the lead');
  d.drop({ kind: 'wake', timer: { name: 'noLead' } });
  return { ok: true, text: `You lead this incident.${next(d)}` };
}

function takeRole(d: Draft, command: Extract<Command, { kind: 'takeRole' }>, actor: Actor): Reply {
  const who = command.person ?? (actor.kind === 'human' ? actor : undefined);
  if (!who) return { ok: false, code: 'E_ARGS', text: 'Name the person.' };
  if (d.incident().roles[command.role]?.slackId === who.slackId) return { ok: true, text: `${who.name} is ${roleName(command.role)} already.` };
  if (d.incident().acknowledgedAt === undefined) d.happen({ kind: 'acknowledged' }, actor, 'somebody is looking at it');
  const because = actor.kind === 'human' && actor.slackId === who.slackId ? 'took it' : `handed over by ${actor.kind === 'human' ? actor.name : 'the bot'}`;
  d.happen({ kind: 'roleTaken', role: command.role, slackId: who.slackId, name: who.name }, actor, because);
  if (command.role === 'lead') d.drop({ kind: 'wake', timer: { name: 'noLead' } });
  d.want({ kind: 'dress', what: 'invite' });
  return { ok: true, text: `${who.name} is ${roleName(command.role)} now.${next(d)}` };
}

const roleName = (role: Role): string => (role === 'lead' ? 'the lead' : role === 'comms' ? 'in charge of communication' : 'the scribe');

function setSeverity(d: Draft, severity: 'sev1' | 'sev2' | 'sev3', actor: Actor): Reply {
  if (d.incident().severity === severity) return { ok: true, text: `It is ${severity.toUpperCase()} already.` };
  d.happen({ kind: 'severityChanged', to: severity }, actor, 'judged by hand');
  return { ok: true, text: `Now ${severity.toUpperCase()}.` };
}

function keepFiles(d: Draft, files: readonly Evidence[], actor: Actor): void {
  const fresh = freshOf(files, d.incident().evidence);
  if (fresh.length > 0) d.happen({ kind: 'evidenceAdded', items: fresh }, actor, 'kept with a note');
}

/** Evidence that is there already is not counted twice. */
function addEvidence(d: Draft, command: Extract<Command, { kind: 'addEvidence' }>, cause: Cause): Reply {
  const items = command.from === 'chat' ? command.items.filter((item) => isMeant(d, item, cause)) : command.items;
  const fresh = freshOf(items, d.incident().evidence);
  if (fresh.length === 0) return { ok: true, text: 'That is already there.' };
  d.happen({ kind: 'evidenceAdded', items: fresh }, cause.by, command.from === 'chat' ? NAMED_IN_CHANNEL : 'brought in by hand');
  const kept = `Kept ${fresh.length === 1 ? 'it' : `${fresh.length} items`} with the incident.`;
  return { ok: true, text: `${kept}${collected(d, cause)}${next(d)}` };
}

/** People link to dashboards and to each other; an address of the service itself is evidence, and so is a picture while pictures are asked for. */
function isMeant(d: Draft, item: Evidence, { context }: Cause): boolean {
  if (item.kind === 'url') return mayOpen(item.url, context.service) && d.incident().evidence.length < CHAT_FULL;
  return stepOf(d.incident().playbook, d.incident().current)?.use === 'collect';
}
/** Beyond this a channel that pastes addresses adds nothing. */
const CHAT_FULL = 100;

function finish(d: Draft, summary: string, actor: Actor): Reply {
  const busy = Object.values(d.incident().rollbacks).find(({ stage }) => ['counting', 'applying', 'sending', 'tracking'].includes(stage));
  if (busy) return { ok: false, code: 'E_NOT_NOW', text: `The rollback ${busy.id} is still ${busy.stage}; wait for its end, then resolve.` };
  resolve(d, { by: actor, summary, because: summary || 'declared over by hand' });
  return { ok: true, text: 'Resolved. The postmortem draft follows in the channel.' };
}

function next(d: Draft): string {
  const { playbook, current } = d.incident();
  const step = stepOf(playbook, current);
  return step ? ` Next: ${step.title}.` : '';
}
