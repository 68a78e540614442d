/** The fold: an incident is what its events say. No decisions, no effects, no surprises: an event that does not fit changes nothing. */
import { addTallies, alertKey, including, withAlert, without } from './alert.ts';
import { withCause } from './causes.ts';
import { withAnswer, withLooks, withReporter, withReportersOf } from './evidence.ts';
import type { Actor, Incident, Slot, StepState, TimelineEvent } from './model.ts';
import type { StepId } from './playbook.ts';
import { type Approval, ENDED, type Rollback, type RollbackId, type RollbackStage } from './rollback.ts';

export function fold(events: readonly TimelineEvent[]): Incident | undefined {
  return events.reduce<Incident | undefined>(evolve, undefined);
}

export function evolve(incident: Incident | undefined, event: TimelineEvent): Incident | undefined {
  if (!incident) return event.kind === 'opened' ? born(event) : undefined;
  const changed = { ...incident, ...changes(incident, event), version: incident.version + 1 };
  return event.by.kind === 'human' ? { ...changed, people: withPerson(changed.people, event.by.slackId) } : changed;
}

function born(event: Extract<TimelineEvent, { kind: 'opened' }>): Incident {
  return {
    id: event.id,
    version: 1,
    key: event.key,
    title: event.title,
    service: event.service,
    phase: 'open',
    severity: event.severity,
    openedAt: event.at,
    openedBecause: event.because,
    openedBy: event.by,
    acknowledgedAt: undefined,
    mitigatedAt: undefined,
    resolvedAt: undefined,
    channel: undefined,
    roles: {},
    people: event.by.kind === 'human' ? [event.by.slackId] : [],
    scope: event.scope ?? 'service',
    alerts: {},
    tallies: [],
    joinedAt: event.at,
    reopenings: 0,
    mergedInto: undefined,
    release: undefined,
    playbook: undefined,
    steps: {},
    current: undefined,
    evidence: [],
    causes: {},
    board: [],
    reporters: event.via === 'report' && event.by.kind === 'human' ? withReporter([], event.by, event.at) : [],
    rollbacks: {},
    verdict: undefined,
    verdicts: {},
    update: undefined,
    links: event.links,
    postmortem: undefined,
    troubles: [],
    outside: [],
  };
}

function changes(incident: Incident, event: TimelineEvent): Partial<Incident> {
  switch (event.kind) {
    case 'opened':
      return {};
    case 'alerted':
    case 'alertCleared':
    case 'alertsCounted':
    case 'alertsLeft':
    case 'alertsCame':
      return alertChanges(incident, event);
    case 'channelOpened':
      return { channel: event.channel };
    case 'releaseSeen':
      return { release: event.release };
    case 'acknowledged':
      return { acknowledgedAt: incident.acknowledgedAt ?? event.at };
    case 'roleTaken':
      return { roles: { ...incident.roles, [event.role]: { slackId: event.slackId, name: event.name } }, people: withPerson(incident.people, event.slackId) };
    case 'severityChanged':
      return { severity: event.to };
    case 'noted':
      return {};
    case 'updated':
      return { update: { text: event.text, at: event.at } };
    case 'evidenceAdded':
      return { evidence: [...incident.evidence, ...event.items] };
    case 'urlsProbed':
      return { board: withLooks(incident.board, event) };
    case 'reported':
      return event.by.kind === 'human' ? { reporters: withReporter(incident.reporters, event.by, event.at) } : {};
    case 'fixAnswered':
      return event.by.kind === 'human' ? { reporters: withAnswer(incident.reporters, event.by, { fixed: event.fixed, at: event.at }) } : {};
    case 'reportersCame':
      return { reporters: withReportersOf(incident.reporters, event) };
    case 'causeJudged':
      return { causes: withCause(incident.causes, event, { by: nameOf(event.by), at: event.at }) };
    case 'mitigated':
      return { phase: 'mitigated', mitigatedAt: incident.mitigatedAt ?? event.at };
    case 'resolved':
      return { phase: 'resolved', resolvedAt: event.at, current: undefined, mergedInto: event.into?.id };
    case 'reopened':
      return {
        ...LIVE_AGAIN,
        reporters: incident.reporters.map((one) => ({ ...one, said: undefined })),
        reopenings: incident.reopenings + (event.by.kind === 'human' ? 0 : 1),
      };
    case 'verdictReached':
      return { verdict: event.verdict, verdicts: { ...incident.verdicts, [slotOf(event)]: event.verdict } };
    case 'changedOutside':
      return { outside: [...incident.outside, event.change] };
    case 'postmortemWritten':
      return { postmortem: event.location };
    case 'troubled':
      return { troubles: [...incident.troubles, { at: event.at, effect: event.effect, code: event.code, text: event.text }] };
    case 'playbookStarted':
    case 'stepStarted':
    case 'stepEnded':
    case 'playbookEnded':
      return stepChanges(incident, event);
    case 'rollbackRequested':
    case 'rollbackPlanned':
    case 'rollbackReplanned':
    case 'rollbackCounting':
    case 'rollbackApproved':
    case 'rollbackSending':
    case 'rollbackSent':
    case 'rollbackMoved':
    case 'rollbackEnded':
      return { rollbacks: withRollback(incident.rollbacks, event) };
  }
}

type AlertEvent = Extract<TimelineEvent, { kind: 'alerted' | 'alertCleared' | 'alertsCounted' | 'alertsLeft' | 'alertsCame' }>;

function alertChanges(incident: Incident, event: AlertEvent): Partial<Incident> {
  switch (event.kind) {
    case 'alerted': {
      const isNew = !Object.hasOwn(incident.alerts, alertKey(event.signal));
      return { alerts: withAlert(incident.alerts, event.signal), joinedAt: isNew ? event.at : incident.joinedAt };
    }
    case 'alertCleared':
      return { alerts: withAlert(incident.alerts, event.signal) };
    case 'alertsCounted': {
      const isNew = event.changes.some(({ seen }) => seen > 0);
      return { tallies: addTallies(incident.tallies, event.changes), joinedAt: isNew ? event.at : incident.joinedAt };
    }
    case 'alertsLeft':
      return without(incident, event);
    case 'alertsCame':
      return { ...including(incident, event), joinedAt: event.at };
  }
}

const LIVE_AGAIN = { phase: 'open', resolvedAt: undefined, mitigatedAt: undefined, verdict: undefined, postmortem: undefined, mergedInto: undefined } as const;

/** The message of one run of a verification. */
export const verdictSlot = (step: StepId, run: number): Slot => `verdict:${step}:${run}`;

/** An incident of an older version keeps the one message it has. */
const slotOf = ({ step, run }: Extract<TimelineEvent, { kind: 'verdictReached' }>): Slot =>
  step === undefined || run === undefined ? 'verdict' : verdictSlot(step, run);

type StepEvent = Extract<TimelineEvent, { kind: 'playbookStarted' | 'stepStarted' | 'stepEnded' | 'playbookEnded' }>;

function stepChanges(incident: Incident, event: StepEvent): Partial<Incident> {
  switch (event.kind) {
    case 'playbookStarted':
      return { playbook: event.playbook, current: undefined };
    case 'playbookEnded':
      return { current: undefined };
    case 'stepStarted': {
      const state: StepState = { state: 'active', run: event.run, startedAt: event.at, endedAt: undefined, outcome: undefined, say: undefined, data: {} };
      return { current: event.step, steps: { ...incident.steps, [event.step]: state } };
    }
    case 'stepEnded': {
      const state = incident.steps[event.step];
      if (state?.run !== event.run) return {};
      const { outcome, say, data } = event;
      return { current: undefined, steps: { ...incident.steps, [event.step]: { ...state, state: event.state, endedAt: event.at, outcome, say, data } } };
    }
  }
}

type RollbackEvent = Extract<TimelineEvent, { id: RollbackId; kind: `rollback${string}` }>;

function withRollback(all: Incident['rollbacks'], event: RollbackEvent): Incident['rollbacks'] {
  const before = event.kind === 'rollbackRequested' ? asked(event) : own(all, event.id);
  return before ? { ...all, [event.id]: { ...before, ...rollbackChanges(before, event) } } : all;
}

/** Ids come back from buttons and forms: `constructor` names no rollback, though every object answers to it. */
const own = (all: Incident['rollbacks'], id: RollbackId): Rollback | undefined => (Object.hasOwn(all, id) ? all[id] : undefined);

function asked(event: Extract<RollbackEvent, { kind: 'rollbackRequested' }>): Rollback {
  const { id, by, step, tag, reason, at, undoes, automatic = false } = event;
  const ahead = { plan: undefined, expiresAt: undefined, startsAt: undefined, approvals: [], strategy: undefined, answers: {} };
  const sent = { run: undefined, sentAt: undefined, status: undefined, job: undefined, usualMs: undefined };
  const end = { endedAt: undefined, because: undefined, code: undefined, log: [] };
  return { id, stage: 'planning', by, step, tag, reason, requestedAt: at, undoes, automatic, ...ahead, ...sent, ...end };
}

function rollbackChanges(before: Rollback, event: RollbackEvent): Partial<Rollback> {
  switch (event.kind) {
    case 'rollbackRequested':
      return {};
    case 'rollbackPlanned':
      return { stage: 'asking', plan: event.plan, expiresAt: event.expiresAt };
    case 'rollbackReplanned': {
      const answers = event.migrationsRun === undefined ? before.answers : { migrations: { run: event.migrationsRun, by: nameOf(event.by) } };
      return { stage: 'planning', plan: undefined, expiresAt: undefined, approvals: [], strategy: event.strategy ?? before.strategy, answers };
    }
    case 'rollbackCounting':
      return { stage: 'counting', startsAt: event.startsAt };
    case 'rollbackApproved':
      return { approvals: [...before.approvals, ...approval(event)], stage: event.complete ? 'applying' : before.stage };
    case 'rollbackSending':
      return { stage: 'sending' };
    case 'rollbackSent':
      return { stage: 'tracking', run: event.run, sentAt: event.at, usualMs: event.usualMs };
    case 'rollbackMoved':
      return { status: event.status, job: event.job };
    case 'rollbackEnded':
      return { stage: event.outcome, endedAt: event.at, because: event.because, code: event.code, log: event.log ?? [] };
  }
}

const nameOf = (by: Actor): string => (by.kind === 'bot' ? 'Tagback' : by.name);

function approval({ by, at, reason, glass = false }: Extract<RollbackEvent, { kind: 'rollbackApproved' }>): readonly Approval[] {
  return by.kind === 'human' ? [{ slackId: by.slackId, name: by.name, at, reason, glass }] : [];
}

const withPerson = (people: readonly string[], slackId: string): readonly string[] => (people.includes(slackId) ? people : [...people, slackId]);

/** The rollback that is under way, if any; there is at most one per incident. */
export function liveRollback(incident: Incident): Rollback | undefined {
  return Object.values(incident.rollbacks).find((rollback) => !isEnded(rollback.stage));
}

export const rollbackOf = (incident: Incident, id: RollbackId): Rollback | undefined => own(incident.rollbacks, id);

export const isEnded = (stage: RollbackStage): boolean => ENDED.includes(stage);

/** The one that counts for readers: the live one, else the newest. */
export function latestRollback(incident: Incident): Rollback | undefined {
  return liveRollback(incident) ?? Object.values(incident.rollbacks).at(-1);
}
