/** Effect kind → call. Slack writes happen here through talk; everything else is a step. */
import type { Context } from '../core/draft.ts';
import { factsOf } from '../core/facts.ts';
import type { Effect, Incident, IncidentId, Instant, Json, ReleaseFacts, Slot, TimelineEvent } from '../core/model.ts';
import { stepOf } from '../core/playbook.ts';
import type { ChainEnd } from '../core/postmortem.ts';
import type { Service } from '../core/service.ts';
import type { Clock } from '../lib/clock.ts';
import { Failure } from '../lib/failure.ts';
import { channelName } from '../slack/escape.ts';
import type { Talk } from '../slack/talk.ts';
import { topicOf } from '../slack/topic.ts';
import type { RollbackDeed } from '../steps/rollback-deed.ts';
import type { StepKind, World } from '../steps/step.ts';
import type { Store, Task } from '../store/store.ts';
import { ask } from './ask.ts';
import { type CardFirst, createCardFirst } from './card-first.ts';
import { inspect } from './inspect.ts';
import { onCallFor } from './on-call.ts';
import { show } from './show.ts';
import type { Aid, Hands, Performed } from './worker.ts';

export interface HandsParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly talk: Talk;
  readonly steps: readonly StepKind[];
  readonly deed: RollbackDeed;
  incident(id: IncidentId): Promise<Incident>;
  context(of: Pick<Incident, 'service'>): Context;
  /** Slack's own settings of this installation. */
  readonly channels: { prefix(): string; readonly isPrivate: boolean; announce(): string | undefined };
  look(service: Service, signal: AbortSignal): Promise<ReleaseFacts>;
  chart(incident: Incident, service: Service, signal: AbortSignal): Promise<{ png: Uint8Array; alt: string } | undefined>;
  postmortem(incident: Incident, events: readonly TimelineEvent[], more: { readonly record: ChainEnd }): string;
  /** The outside as steps see it, without what belongs to one run. */
  readonly outside: Omit<World, 'now' | 'incident' | 'service' | 'facts' | 'memo' | 'signal'>;
  /** Where the readable timeline is, if the console has an address. */
  links(id: IncidentId): { readonly timeline?: string; readonly postmortem?: string };
}

/** The hands' own, beside what they are given. */
export type Performing = HandsParts & { readonly cards: CardFirst };

const MINUTE = 60_000;
/** People wait for these: better say soon that it does not work. Messages and channels are owed for as long as it takes. */
const PATIENCE_MS: Record<Effect['kind'], number> = {
  openChannel: 24 * 60 * MINUTE,
  show: 24 * 60 * MINUTE,
  wake: 24 * 60 * MINUTE,
  dress: 60 * MINUTE,
  look: 10 * MINUTE,
  inspect: 5 * MINUTE,
  ask: 60 * MINUTE,
  runStep: 2 * MINUTE,
  rollback: MINUTE,
};
/** The run is out there and only its end is unknown: keep looking much longer than for a plan. */
const TRACK_PATIENCE_MS = 60 * MINUTE;

export function createHands(parts: HandsParts): Hands {
  const cards = createCardFirst(parts.store);
  return {
    perform: (task, aid) => perform({ ...parts, cards }, task, aid),
    // Between the alert and the first message: each way to the disk less is felt.
    begins: ['openChannel', 'show:card'],
    patienceMs: ({ effect }) => (effect.kind === 'rollback' && effect.stage === 'track' ? TRACK_PATIENCE_MS : PATIENCE_MS[effect.kind]),
  };
}

async function perform(parts: Performing, task: Task, aid: Aid): Promise<Performed> {
  const { effect } = task;
  const incident = await parts.incident(task.incident);
  const service = parts.context(incident).service;
  switch (effect.kind) {
    case 'openChannel':
      return openChannel(parts, { incident, service, task, aid });
    case 'show':
      return show(parts, { incident, service, slot: effect.slot, task, aid });
    case 'dress':
      return dress(parts, { incident, what: effect.what, task });
    case 'look':
      if (!service) return { kind: 'done' };
      await parts.cards.after(incident.id);
      return { kind: 'input', input: { kind: 'releaseSeen', release: await parts.look(service, aid.signal) } };
    case 'inspect':
      return inspect(parts, { incident, service, task, aid }, effect.what);
    case 'ask':
      return ask(parts, { incident, task, aid }, effect.who);
    case 'runStep':
      return runStep(parts, { incident, service, task, aid });
    case 'rollback':
      return parts.deed[effect.stage]({ incident, service, id: effect.id, task, aid });
    case 'wake':
      return { kind: 'input', input: { kind: 'timer', timer: effect.timer } };
  }
}

/** What the hands know while they do one thing. */
export interface Doing {
  readonly incident: Incident;
  readonly task: Task;
  readonly aid: Aid;
}

async function openChannel(parts: HandsParts, { incident, service, task, aid }: Doing & { service: Service | undefined }): Promise<Performed> {
  if (incident.channel) return { kind: 'done' };
  const name = channelName(incident.id, service?.name ?? incident.title, parts.channels.prefix());
  // Only an attempt of ours that nobody saw the end of can have made the channel already.
  const notBefore: Instant = task.unclearSince ?? parts.clock.now();
  await aid.begin();
  const opening = parts.talk.createChannel({ name, isPrivate: parts.channels.isPrivate, notBefore });
  void parts.talk.expect(onCallFor(incident, parts.context)); // never rejects; the members are known by the time there is a channel to invite them to
  return { kind: 'input', input: { kind: 'channelOpened', channel: await opening } };
}

type Dressing = Pick<Doing, 'incident' | 'task'> & { readonly what: 'invite' | 'topic' | 'bookmarks' };

async function dress(parts: Performing, { incident, what, task }: Dressing): Promise<Performed> {
  const { channel } = incident;
  if (!channel) return { kind: 'done' };
  await parts.cards.after(incident.id);
  switch (what) {
    case 'invite': {
      const roles = Object.values(incident.roles).map(({ slackId }) => slackId);
      // A mention reaches only who is in the channel, and these have to be reached.
      const approvers = Object.values(incident.rollbacks).flatMap(({ stage, plan }) => (stage === 'asking' && plan ? plan.approve.from : []));
      const who = [...new Set([...onCallFor(incident, parts.context), ...incident.people, ...roles, ...approvers])];
      if (who.length > 0) await parts.talk.invite(channel.id, who);
      return { kind: 'done' };
    }
    case 'topic':
      await parts.talk.setTopic(channel.id, topicOf(incident));
      return { kind: 'done' };
    case 'bookmarks':
      await parts.talk.setBookmarks(channel.id, incident.links.slice(0, 3), { isNew: isFirstTry(task, parts.clock.now()) });
      return { kind: 'done' };
  }
}

/** A try that met a limit does not count as one, but the shortest limit Slack sets is a second. */
const isFirstTry = (task: Task, now: Instant): boolean => task.attempt === 1 && now - task.createdAt < 1_000;

async function runStep(parts: HandsParts, doing: Doing & { service: Service | undefined }): Promise<Performed> {
  const { incident, service, task, aid } = doing;
  const { effect } = task;
  if (effect.kind !== 'runStep' || incident.current !== effect.step || incident.steps[effect.step]?.run !== effect.run) return { kind: 'done' };
  const step = stepOf(incident.playbook, effect.step);
  const kind = parts.steps.find(({ use }) => use === step?.use);
  if (!step || !kind?.run) throw new Failure('E_PLAYBOOK_STEP', `this version has no machine step “${step?.use ?? effect.step}”`, { permanent: true });
  const world: World = { ...parts.outside, now: parts.clock.now(), incident, service, facts: factsOf(incident, service), memo: task.memo, signal: aid.signal };
  const ending = await kind.run(step.params as Record<string, Json>, world); // params were checked by the kind's schema when the playbook was loaded
  if (ending.kind === 'wait') return { kind: 'later', due: ending.until, memo: ending.memo };
  return { kind: 'input', input: { kind: 'stepEnded', step: effect.step, run: effect.run, ending } };
}

/** The key a message is found again by. */
export const messageKey = (incident: IncidentId, slot: Slot): string => `${incident}/${slot}`;
