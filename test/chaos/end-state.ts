/** What must be true when an incident is over, whatever happened on the way. Each finding is a sentence. */
import { DatabaseSync } from 'node:sqlite';
import type { TimelineEvent } from '../../src/core/model.ts';
import type { Channel, Message } from '../../src/sandbox/slack/world.ts';
import type { Stage } from '../../src/sandbox/stage.ts';

/** What one run left behind, in words that can be compared with another run. */
export interface Story {
  /** Decisions and what people did, in order. */
  readonly saga: readonly string[];
  /** What comes in beside it, from sources and from workers of its own; sorted, because nothing orders it against the rest. */
  readonly beside: readonly string[];
  /** The bot's messages by slot, sorted. */
  readonly slots: readonly string[];
}

/**
 * How often a run was seen moving depends on when it was looked at, so `rollbackMoved` says nothing. Everything else must be there, once,
 * and the saga in this very order.
 */
const IGNORED: ReadonlySet<string> = new Set(['rollbackMoved']);
const BESIDE: ReadonlySet<string> = new Set(['channelOpened', 'releaseSeen', 'alerted', 'alertCleared']);

export function storyOf(stage: Stage, events: readonly TimelineEvent[]): Story {
  const told = events.filter(({ kind }) => !IGNORED.has(kind));
  return {
    saga: told.filter(({ kind }) => !BESIDE.has(kind)).map(wordsOf),
    beside: told
      .filter(({ kind }) => BESIDE.has(kind))
      .map(wordsOf)
      .toSorted(),
    slots: ourMessages(stage)
      .map(({ message }) => slotOf(message, events))
      .toSorted(),
  };
}

function wordsOf(event: TimelineEvent): string {
  switch (event.kind) {
    case 'stepStarted':
      return `${event.kind} ${event.step}:${event.run}`;
    case 'stepEnded':
      return `${event.kind} ${event.step}:${event.run} ${event.state} ${event.outcome}`;
    case 'rollbackRequested':
    case 'rollbackPlanned':
    case 'rollbackSent':
      return `${event.kind} ${event.id}`;
    case 'rollbackApproved':
      return `${event.kind} ${event.id} ${event.complete}`;
    case 'rollbackEnded':
      return `${event.kind} ${event.id} ${event.outcome}`;
    case 'verdictReached':
      return `${event.kind} ${event.verdict.kind}`;
    case 'troubled':
      return `${event.kind} ${event.effect} ${event.code}`;
    default:
      return event.kind;
  }
}

/** Compares with the run nobody disturbed. A person who added evidence twice has added it twice. */
export function compareStories(found: Story, clean: Story, personRepeated: boolean): readonly string[] {
  const saga = personRepeated ? found.saga.filter((word, at) => word !== 'evidenceAdded' || !found.saga.slice(0, at).includes(word)) : found.saga;
  const slots = personRepeated ? found.slots.filter((slot) => slot !== 'line:evidenceAdded') : found.slots;
  return (
    [
      ['the timeline', saga, clean.saga],
      ['what came beside it', found.beside, clean.beside],
      ['the messages', slots, clean.slots],
    ] as const
  ).flatMap(([what, is, was]) => (is.join('\n') === was.join('\n') ? [] : [`${what} differs: ${difference(is, was)}`]));
}

function difference(is: readonly string[], was: readonly string[]): string {
  const at = is.findIndex((word, index) => word !== was[index]);
  const place = at === -1 ? is.length : at;
  return `at ${place} it is “${is.slice(place, place + 3).join(' | ')}”, undisturbed “${was.slice(place, place + 3).join(' | ')}” (${is.length} and ${was.length} entries)`;
}

/** One of everything there must be one of. */
export function duplicatesIn(stage: Stage, incidents: readonly { id: string }[]): readonly string[] {
  const channels = incidentChannels(stage);
  const dispatches = stage.github.effects.filter(({ kind }) => kind === 'dispatch');
  const reports = channels.flatMap(({ messages }) => messages.filter(({ files }) => files?.some(({ name }) => String(name).endsWith('-postmortem.md'))));
  const keys = ourMessages(stage).map(({ message }) => String(message.metadata?.event_payload.key));
  const twice = [...new Set(keys.filter((key, at) => keys.indexOf(key) !== at))];
  const one = (what: string, count: number): readonly string[] => (count === 1 ? [] : [`${count} ${what} instead of 1`]);
  return [
    ...one('incidents', incidents.length),
    ...one('incident channels', channels.length),
    ...one('dispatches', dispatches.length),
    ...one('effects on GitHub', stage.github.effects.length),
    ...one('cards', keys.filter((key) => key.endsWith('/card')).length),
    ...one('postmortem files', reports.length),
    ...twice.map((key) => `the message ${key} was posted twice`),
    ...(stage.shop.release() === 'v2.13.2' ? [] : [`the shop runs ${stage.shop.release()}`]),
  ];
}

const incidentChannels = (stage: Stage): readonly Channel[] => [...stage.slack.world.channels.values()].filter(({ name }) => name.startsWith('inc-'));

function ourMessages(stage: Stage): readonly { channel: Channel; message: Message }[] {
  return [...stage.slack.world.channels.values()].flatMap((channel) =>
    channel.messages.filter(({ metadata }) => metadata?.event_payload.key !== undefined).map((message) => ({ channel, message })),
  );
}

/** `line:12` → what event 12 is, because the count before it may differ. */
function slotOf(message: Message, events: readonly TimelineEvent[]): string {
  const slot = String(message.metadata?.event_payload.slot);
  const number = slot.match(/^line:(\d+)$/)?.[1];
  return number === undefined ? slot : `line:${events[Number(number)]?.kind}`;
}

/** After the bot has stopped: no work was left lying, nothing unread, nothing set aside. */
export function leftoversIn(databaseUrl: string): readonly string[] {
  const db = new DatabaseSync(databaseUrl.replace(/^sqlite:/, ''), { readOnly: true });
  try {
    const tasks = db.prepare('select key, attempt, because, unclear_since from task').all();
    const count = (table: string): number => Number(db.prepare(`select count(*) as n from ${table}`).get()?.n);
    return [
      ...tasks.map((task) => `a task is left: ${JSON.stringify(task)}`),
      ...(count('inbox') === 0 ? [] : [`${count('inbox')} deliveries are unread`]),
      ...(count('set_aside') === 0 ? [] : [`${count('set_aside')} deliveries were set aside`]),
    ];
  } finally {
    db.close();
  }
}
