/** pins.*, bookmarks.* and reactions.*: what is put onto a channel or a message. */
import { type Answer, type Call, has, isRefusal, messageOf, missing, ownChannelOf, refuse, text } from './call.ts';
import { addPin, addReaction, findMessage, putBookmark, seconds } from './state.ts';

const PINS_MAX = 100;
const BOOKMARKS_MAX = 100;

export function pin(call: Call): Answer {
  const channel = ownChannelOf(call);
  if (isRefusal(channel)) return channel;
  const message = messageOf(call, channel, 'timestamp');
  if (isRefusal(message)) return message;
  if (channel.pins.some(({ ts }) => ts === message.ts)) return refuse('already_pinned');
  if (channel.pins.length >= PINS_MAX) return refuse('too_many_pins');
  addPin(call.world, channel, { ts: message.ts, user: call.world.bot.userId });
  return { ok: true };
}

export function listPins(call: Call): Answer {
  const channel = ownChannelOf(call);
  if (isRefusal(channel)) return channel;
  const items = channel.pins.map(({ ts, created, created_by }) => ({
    type: 'message',
    channel: channel.id,
    message: findMessage(channel, ts),
    created,
    created_by,
  }));
  return { ok: true, items };
}

export function addBookmark(call: Call): Answer {
  const channel = ownChannelOf(call, 'channel_id');
  if (isRefusal(channel)) return channel;
  const lacks = missing(call, 'title', 'type');
  if (lacks) return lacks;
  if (text(call, 'type') !== 'link') return refuse('invalid_bookmark_type');
  if (!URL.canParse(text(call, 'link'))) return refuse('invalid_link');
  if (channel.bookmarks.length >= BOOKMARKS_MAX) return refuse('too_many_bookmarks');
  const now = seconds(call.world);
  const bookmark = {
    id: call.world.nextId('Bk'),
    channel_id: channel.id,
    title: text(call, 'title'),
    link: text(call, 'link'),
    emoji: text(call, 'emoji'),
    type: 'link',
    date_created: now,
    date_updated: 0,
  };
  putBookmark(call.world, channel, bookmark);
  return { ok: true, bookmark };
}

export function editBookmark(call: Call): Answer {
  const channel = ownChannelOf(call, 'channel_id');
  if (isRefusal(channel)) return channel;
  const known = channel.bookmarks.find(({ id }) => id === text(call, 'bookmark_id'));
  if (!known) return refuse('not_found');
  if (has(call, 'link') && !URL.canParse(text(call, 'link'))) return refuse('invalid_link');
  const bookmark = {
    ...known,
    title: text(call, 'title') || known.title,
    link: text(call, 'link') || known.link,
    emoji: text(call, 'emoji') || known.emoji,
    date_updated: seconds(call.world),
  };
  putBookmark(call.world, channel, bookmark);
  return { ok: true, bookmark };
}

export function listBookmarks(call: Call): Answer {
  const channel = ownChannelOf(call, 'channel_id');
  return isRefusal(channel) ? channel : { ok: true, bookmarks: channel.bookmarks };
}

export function react(call: Call): Answer {
  const channel = ownChannelOf(call);
  if (isRefusal(channel)) return channel;
  const message = messageOf(call, channel, 'timestamp');
  if (isRefusal(message)) return message;
  const name = text(call, 'name').replaceAll(':', '');
  if (!/^[a-z0-9_+'-]{1,100}$/.test(name)) return refuse('invalid_name');
  return addReaction(call.world, channel, { message, user: call.world.bot.userId, name }) ? { ok: true } : refuse('already_reacted');
}
