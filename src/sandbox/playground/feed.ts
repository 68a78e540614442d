import type { Channel, Message } from '../slack/world.ts';
import { dayName } from './dates.ts';
import { type Html, html } from './html.ts';
import { contextFor, instantOf, type Stage, visibleIn } from './lens.ts';
import { type Entry, type FeedScene, messageArticle } from './messages.ts';

// Older ones stay in the mini Slack; a page of 200 is drawn in a few milliseconds.
const MOST_SHOWN = 200;
// Slack folds messages of one author into one group when they follow within five minutes.
const GROUP_MS = 5 * 60_000;

function isReply(message: Message): boolean {
  return message.thread_ts !== undefined && message.thread_ts !== message.ts && message.subtype !== 'thread_broadcast';
}

function follows(before: Entry | undefined, message: Message, ephemeral: boolean): boolean {
  if (before === undefined || ephemeral || before.ephemeral || before.replies.length > 0 || before.message.pinned_to !== undefined) return false;
  if (before.message.subtype !== message.subtype) return false;
  const same = before.message.user === message.user && before.message.bot_id === message.bot_id;
  return same && instantOf(message.ts) - instantOf(before.message.ts) < GROUP_MS;
}

function entriesOf(all: readonly { message: Message; ephemeral: boolean }[]): readonly Entry[] {
  const tops = all.filter(({ message }) => !isReply(message)).slice(-MOST_SHOWN);
  const known = new Set(tops.map(({ message }) => message.ts));
  const repliesTo = Map.groupBy(
    all.filter(({ message }) => isReply(message)),
    ({ message }) => message.thread_ts ?? '',
  );
  const orphans = all.filter(({ message }) => isReply(message) && !known.has(message.thread_ts ?? ''));
  const entries: Entry[] = [];
  for (const { message, ephemeral } of [...tops, ...orphans.slice(-MOST_SHOWN)].sort((a, b) => instantOf(a.message.ts) - instantOf(b.message.ts))) {
    const before = entries.at(-1);
    if (message.subtype === 'channel_join' && before?.joined !== undefined) {
      entries[entries.length - 1] = { ...before, joined: [...before.joined, message.user ?? ''] };
      continue;
    }
    const replies = (repliesTo.get(message.ts) ?? []).map((reply) => ({ ...reply, compact: false, replies: [] }));
    const joined = message.subtype === 'channel_join' ? { joined: [message.user ?? ''] } : {};
    entries.push({ message, ephemeral, compact: follows(before, message, ephemeral), replies, ...joined });
  }
  return entries;
}

function withDays(entries: readonly Entry[], scene: FeedScene): readonly Html[] {
  let day = '';
  return entries.map((entry) => {
    const name = dayName(instantOf(entry.message.ts), scene.context);
    const divider = name === day ? '' : html`<div class="day" role="separator" aria-label="${name}"><span>${name}</span></div>`;
    const drawn = messageArticle(name === day ? entry : { ...entry, compact: false }, scene);
    day = name;
    return html`${divider}${drawn}`;
  });
}

/** All that one person sees in one channel. */
export function feed(stage: Stage, channel: Channel, person: string): Html {
  const { world } = stage.slack;
  const scene: FeedScene = { context: contextFor(stage, person), channel, ownBot: world.bot.userId, shortcuts: stage.extras.messageShortcuts ?? [] };
  const entries = entriesOf(visibleIn(world, channel, person));
  const start =
    entries.length < MOST_SHOWN
      ? html`<div class="start"><h2># ${channel.name}</h2><p>${channel.purpose.value || 'This is the very beginning of the channel.'}</p></div>`
      : html`<p class="start about">The newest ${MOST_SHOWN} messages are shown.</p>`;
  return html`${start}${withDays(entries, scene)}`;
}
