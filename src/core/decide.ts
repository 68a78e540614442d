/**
 * decide(incident, input, now) → what happened and what to do next. One function per input, in the order an incident lives:
 * opened, alerted, channel there, commanded, answered, timed, ended. Steps and rollbacks decide in their own files.
 */

import { type Moved, quietSince } from './alert.ts';
import { onCommand } from './decide-command.ts';
import { onEvidenceInput, startEvidence, staysOpen } from './decide-evidence.ts';
import { onCountdownOver, onRollbackEnded, onRollbackMoved, onRollbackPlanned, onRollbackSending, onRollbackSent, onRollbackTimer } from './decide-rollback.ts';
import { onSignals, REOPENED_MOST } from './decide-signal.ts';
import { onStepEnded, startPlaybook } from './decide-step.ts';
import { BOT, type Context, type Draft, draft } from './draft.ts';
import { liveRollback } from './evolve.ts';
import type { Actor, Decision, Effect, Evidence, Incident, IncidentId, Input, Link, Severity, Signal, Timer } from './model.ts';
import { keepLooking, onChangedOutside, onReleaseSeen } from './outside.ts';
import { stepOf } from './playbook.ts';
import { resolve } from './resolve.ts';

export interface Opening {
  readonly id: IncidentId;
  readonly key: string;
  readonly title: string;
  readonly service: string;
  readonly severity: Severity;
  readonly by: Actor;
  readonly because: string;
  readonly signal: Signal | undefined;
  readonly evidence: readonly Evidence[];
  readonly scope?: Incident['scope'];
  /** Alerts of another incident that make up this one. */
  readonly came?: Moved & { readonly from: IncidentId };
}

/** A new incident: the channel and a lead are wanted first, everything else follows when the channel is there. */
export function open(opening: Opening, context: Context): Decision {
  const d = draft(undefined, context);
  const { id, key, title, service, severity, by, because, signal, scope } = opening;
  const links = distinct([...(context.service?.links ?? []), ...(signal?.links ?? [])]);
  const isReport = by.kind === 'human' && !signal && !opening.came;
  d.happen({ kind: 'opened', id, key, title, service, severity, links, ...(scope && { scope }), ...(isReport && { via: 'report' }) }, by, because);
  if (signal) d.happen({ kind: 'alerted', signal }, by, because);
  if (opening.came) d.happen({ kind: 'alertsCame', ...opening.came }, by, because);
  if (opening.evidence.length > 0) d.happen({ kind: 'evidenceAdded', items: opening.evidence }, by, 'came with the report');
  d.want({ kind: 'openChannel' });
  if (context.service?.repo) d.want({ kind: 'look' });
  if (context.noLeadMs > 0) d.want({ kind: 'wake', timer: { name: 'noLead' } }, context.now + context.noLeadMs);
  return d.done();
}

/** The team's own links first; the same address once. */
const distinct = (links: readonly Link[]): readonly Link[] => links.filter(({ url }, n) => links.findIndex((other) => other.url === url) === n);

export function decide(incident: Incident, input: Input, context: Context): Decision {
  const d = draft(incident, context);
  switch (input.kind) {
    case 'signal':
      onSignals(d, { arrivals: [input] }, context);
      break;
    case 'signals':
      onSignals(d, input, context);
      break;
    case 'channelOpened':
      onChannelOpened(d, input.channel, context);
      break;
    case 'releaseSeen':
      onReleaseSeen(d, input.release, context);
      break;
    case 'command':
      return d.done(onCommand(d, { by: input.by, command: input.command, context }));
    case 'stepEnded':
      onStepEnded(d, input, context);
      break;
    case 'rollbackPlanned':
      onRollbackPlanned(d, input, context);
      break;
    case 'rollbackSending':
      onRollbackSending(d, input.id);
      break;
    case 'rollbackSent':
      onRollbackSent(d, input);
      break;
    case 'rollbackMoved':
      onRollbackMoved(d, input);
      break;
    case 'rollbackEnded':
      onRollbackEnded(d, input, context);
      break;
    case 'changedOutside':
      onChangedOutside(d, input.change, context);
      break;
    case 'urlsProbed':
    case 'snapshotTaken':
      onEvidenceInput(d, input);
      break;
    case 'timer':
      onTimer(d, input.timer, context);
      break;
    case 'postmortemWritten':
      d.happen({ kind: 'postmortemWritten', location: input.location }, BOT, 'the incident is resolved');
      d.want({ kind: 'show', slot: 'postmortem' });
      if (context.announces) d.want({ kind: 'show', slot: 'announce' });
      break;
    case 'effectFailed':
      onEffectFailed(d, input, context);
      break;
  }
  return d.done();
}

function onChannelOpened(d: Draft, channel: { id: string; name: string }, context: Context): void {
  if (d.incident().channel) return;
  d.happen({ kind: 'channelOpened', channel }, BOT, 'a place to work on it');
  d.want({ kind: 'show', slot: 'card' });
  d.want({ kind: 'dress', what: 'invite' });
  d.want({ kind: 'dress', what: 'bookmarks' });
  if (context.service?.health.errorRate) d.want({ kind: 'show', slot: 'chart' });
  startEvidence(d, context);
  // One may have been asked for, and even refused, before there was a channel to say it in.
  for (const id of Object.keys(d.incident().rollbacks)) d.want({ kind: 'show', slot: `rollback:${id}` });
  if (context.playbook && !d.incident().playbook && d.incident().phase !== 'resolved') {
    startPlaybook(d, context.playbook, { by: BOT, because: `the playbook of ${d.incident().service}`, context });
  }
}

function onTimer(d: Draft, timer: Timer, context: Context): void {
  const incident = d.incident();
  switch (timer.name) {
    case 'noLead':
      if (incident.phase === 'resolved' || incident.roles.lead) return;
      d.happen({ kind: 'noted', text: 'Nobody leads this incident yet.', permalink: undefined }, BOT, 'no lead since it opened');
      return;
    case 'stepOverdue': {
      const step = stepOf(incident.playbook, timer.step);
      if (incident.current !== timer.step || incident.steps[timer.step]?.run !== timer.run) return;
      d.happen({ kind: 'noted', text: `“${step?.title ?? timer.step}” takes longer than planned.`, permalink: undefined }, BOT, 'its time limit has passed');
      return;
    }
    case 'approvalExpires':
      onRollbackTimer(d, timer.rollback, context);
      return;
    case 'startsItself':
      onCountdownOver(d, timer.rollback, context);
      return;
    case 'quiet':
      onQuiet(d);
      return;
  }
}

/** Alerts never close an incident that people work on; they do close one that nobody ever touched. A new firing takes this timer back. */
function onQuiet(d: Draft): void {
  const incident = d.incident();
  if (incident.phase === 'resolved' || quietSince(incident) === undefined || staysOpen(d) || incident.people.length > 0 || liveRollback(incident)) return;
  if (incident.reopenings >= REOPENED_MOST) return;
  resolve(d, { by: BOT, summary: 'Every alert cleared by itself and nobody was working on it.', because: 'all alerts stayed quiet' });
}

/** Something could not be done in spite of every attempt: it goes to the timeline and to people, and what waited for it goes on. */
function onEffectFailed(d: Draft, input: Extract<Input, { kind: 'effectFailed' }>, context: Context): void {
  const { effect, code, text } = input;
  if (!alreadyTold(d.incident().troubles, effect, code)) d.happen({ kind: 'troubled', effect: effect.key, code, text }, BOT, 'tried until it was pointless');
  if (effect.kind === 'runStep') onStepEnded(d, { step: effect.step, run: effect.run, ending: { kind: 'failed', code, say: text } }, context);
  if (effect.kind === 'look') keepLooking(d, context);
  if (effect.kind === 'rollback') {
    // Nothing was sent while planning; while tracking the effect is out there and only its end is unknown.
    const outcome = effect.stage === 'plan' ? 'refused' : effect.stage === 'track' ? 'unknown' : 'failed';
    onRollbackEnded(d, { id: effect.id, outcome, code, because: text }, context);
  }
}

const alreadyTold = (troubles: Incident['troubles'], effect: Effect, code: string): boolean => troubles.some((t) => t.effect === effect.key && t.code === code);
