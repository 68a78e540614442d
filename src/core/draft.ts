/**
 * A decision in the making. Looks like writing, is pure from outside: it starts from a value and ends as one.
 * What has happened is folded in at once, so that the next line decides on the newest state.
 */
import { quietSince, seenCount, servicesOf } from './alert.ts';
import { isLookDue } from './evidence.ts';
import { evolve } from './evolve.ts';
import type { Actor, Decision, Effect, EffectBody, EventBody, EventKind, Incident, Instant, Reply, TimelineEvent, Timer } from './model.ts';
import { type Playbook, stepOf } from './playbook.ts';
import type { Service } from './service.ts';

export interface Context {
  readonly now: Instant;
  readonly service: Service | undefined;
  /** The one an incident of this service starts with; later changes of the file do not reach a running incident. */
  readonly playbook: Playbook | undefined;
  /** Nobody leads after this long: say so. 0: never. */
  readonly noLeadMs: number;
  /** A living announcement is kept in another channel. */
  readonly announces: boolean;
}

export interface Draft {
  /** State including everything that happened in this decision. */
  incident(): Incident;
  happen(body: EventBody, by: Actor, because: string): void;
  want(body: EffectBody, due?: Instant): void;
  drop(body: EffectBody): void;
  done(reply?: Reply): Decision;
}

/** Story lines of the channel: what a reader wants to see go by. Steps, rollbacks and verdicts have messages of their own. */
const LINES: readonly EventKind[] = [
  'roleTaken',
  'severityChanged',
  'noted',
  'updated',
  'evidenceAdded',
  'reported',
  'fixAnswered',
  'resolved',
  'reopened',
  'changedOutside',
  'troubled',
  'alertsLeft',
  'alertsCame',
];
/** The channel takes one message a second: lines about a hundred alerts would hold up the plan somebody waits to approve. The card counts them all. */
const ALERTS_TOLD_MOST = 10;
/** What readers of the announcement and the topic see change. */
const HEADLINES: readonly EventKind[] = ['opened', 'channelOpened', 'roleTaken', 'severityChanged', 'updated', 'mitigated', 'resolved', 'reopened'];

export function draft(start: Incident | undefined, context: Context): Draft {
  const { now, announces } = context;
  let state = start;
  const events: TimelineEvent[] = [];
  const effects = new Map<string, Effect>();
  const cancel = new Set<string>();
  const want = (body: EffectBody, due: Instant = now): void => {
    const key = effectKey(body);
    cancel.delete(key);
    effects.set(key, instead(effects.get(key), { ...body, key, due }));
  };
  const incident = (): Incident => {
    if (!state) throw new Error('a decision about an incident that was never opened');
    return state;
  };
  return {
    incident,
    want,
    drop: (body) => void (effects.delete(effectKey(body)) || cancel.add(effectKey(body))),
    happen: (body, by, because) => {
      const event: TimelineEvent = { ...body, at: now, by, because };
      const number = state?.version ?? 0;
      state = evolve(state, event);
      events.push(event);
      if (number > 1 && isTold(body.kind, incident())) want({ kind: 'show', slot: `line:${number}` });
      if (HEADLINES.includes(body.kind) && incident().channel) want({ kind: 'dress', what: 'topic' });
      if (HEADLINES.includes(body.kind) && announces) want({ kind: 'show', slot: 'announce' });
    },
    done: (reply) => {
      if (events.some(({ kind }) => kind === 'evidenceAdded') && isLookDue(incident(), context.service)) want({ kind: 'inspect', what: 'before' });
      if (events.length > 0 && incident().channel) want({ kind: 'show', slot: 'card' }, cardDue(start, { incident: incident(), events, now }));
      const ordered = [...effects.values()].sort((a, b) => rank(a) - rank(b));
      return { events, effects: ordered, cancel: [...cancel], reply: reply && { ...reply, shown: reply.ok && events.length > 0 } };
    },
  };
}

/**
 * What is kept of two wishes under one key: the newer. What only shows says how it is when it runs, so the earlier of the two moments serves
 * both; a timer runs from the last word. The store keeps to the same rule (store/tasks.ts).
 */
export const instead = (before: Effect | undefined, wish: Effect): Effect =>
  wish.kind === 'show' && before !== undefined && before.due < wish.due ? { ...wish, due: before.due } : wish;

/** Slack takes 50 edits a minute, of all cards together: where alerts come in numbers, the numbers wait for the next of these moments. */
const COUNTS_EVERY_MS = 15_000;
const COUNTED_FROM = 4;
const COUNTING: readonly EventKind[] = ['alerted', 'alertCleared', 'alertsCounted'];

/** At once, unless only the numbers of many alerts have changed: a service that was not named before cannot wait. */
function cardDue(start: Incident | undefined, { incident, events, now }: { incident: Incident; events: readonly TimelineEvent[]; now: Instant }): Instant {
  const isCount = seenCount(incident) >= COUNTED_FROM && events.every(({ kind }) => COUNTING.includes(kind));
  const isMoved = !start || servicesOf(incident).length !== servicesOf(start).length || quietSince(incident) !== undefined;
  return isCount && !isMoved ? Math.ceil(now / COUNTS_EVERY_MS) * COUNTS_EVERY_MS : now;
}

function isTold(kind: EventKind, incident: Incident): boolean {
  // Of a storm the card says everything, edited.
  if (kind === 'alerted' || kind === 'alertCleared') return incident.scope !== 'storm' && Object.keys(incident.alerts).length <= ALERTS_TOLD_MOST;
  // The card of a collect step lists what was brought; a line would say it twice.
  return LINES.includes(kind) && !(kind === 'evidenceAdded' && stepOf(incident.playbook, incident.current)?.use === 'collect');
}

/** People come first: the channel and the card leave before anything else of the same moment. */
function rank(effect: Effect): number {
  if (effect.kind === 'openChannel') return 0;
  if (effect.kind === 'show' && effect.slot === 'card') return 1;
  return 2;
}

export function effectKey(body: EffectBody): string {
  switch (body.kind) {
    case 'openChannel':
    case 'look':
      return body.kind;
    case 'dress':
      return `dress:${body.what}`;
    case 'inspect':
      return `inspect:${body.what}`;
    case 'ask':
      return `ask:${body.who}`;
    case 'show':
      return `show:${body.slot}`;
    case 'runStep':
      return `run:${body.step}:${body.run}`;
    case 'rollback':
      return `rollback:${body.id}:${body.stage}`;
    case 'wake':
      return `wake:${timerKey(body.timer)}`;
  }
}

function timerKey(timer: Timer): string {
  switch (timer.name) {
    case 'approvalExpires':
    case 'startsItself':
      return `${timer.name}:${timer.rollback}`;
    case 'stepOverdue':
      return `${timer.name}:${timer.step}:${timer.run}`;
    case 'noLead':
    case 'quiet':
      return timer.name;
  }
}

export const BOT: Actor = { kind: 'bot' };
