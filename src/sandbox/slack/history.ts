/** conversations.history and conversations.replies: reading what was said. */
import { type Answer, type Call, channelOf, count, flag, has, isRefusal, messageOf, type Refusal, refuse, text } from './call.ts';
import type { Channel, Fields, Message } from './world.ts';

const LIMITS = { fallback: 100, max: 999 };

/** What is read back: metadata only on request. */
function shown(call: Call, message: Message): Message | Fields {
  if (flag(call, 'include_all_metadata') || message.metadata === undefined) return message;
  const { metadata: _left, ...rest } = message;
  return rest;
}

function isInWindow(call: Call, ts: string): boolean {
  const isInclusive = flag(call, 'inclusive');
  // As text these would compare wrongly: `oldest` may be a plain number of seconds.
  const oldest = has(call, 'oldest') ? Number(text(call, 'oldest')) : 0;
  const latest = has(call, 'latest') ? Number(text(call, 'latest')) : Number.POSITIVE_INFINITY;
  const at = Number(ts);
  return isInclusive ? at >= oldest && at <= latest : at > oldest && at < latest;
}

/** One page; the cursor names the last message given, so that new ones do not shift the pages. */
function pageOf(call: Call, messages: readonly Message[], order: 'newest first' | 'oldest first'): Answer {
  const cursor = has(call, 'cursor') ? /^at:(\d+\.\d+)$/.exec(Buffer.from(text(call, 'cursor'), 'base64').toString())?.[1] : undefined;
  if (has(call, 'cursor') && cursor === undefined) return refuse('invalid_cursor');
  const isLeft = (message: Message) => cursor === undefined || (order === 'newest first' ? message.ts < cursor : message.ts > cursor);
  const left = messages.filter(isLeft);
  const items = left.slice(0, count(call, 'limit', LIMITS));
  const last = items.at(-1);
  const hasMore = items.length < left.length;
  const next = hasMore && last ? { response_metadata: { next_cursor: Buffer.from(`at:${last.ts}`).toString('base64') } } : {};
  return { ok: true, messages: items.map((message) => shown(call, message)), has_more: hasMore, ...next };
}

function readable(call: Call): Channel | Refusal {
  const channel = channelOf(call);
  if (isRefusal(channel)) return channel;
  return channel.members.has(call.world.bot.userId) ? channel : refuse('not_in_channel');
}

export function history(call: Call): Answer {
  const channel = readable(call);
  if (isRefusal(channel)) return channel;
  const roots = channel.messages.filter((message) => message.thread_ts === undefined || message.thread_ts === message.ts);
  const answer = pageOf(call, roots.filter((message) => isInWindow(call, message.ts)).reverse(), 'newest first');
  return { ...answer, ...(answer.ok ? { pin_count: channel.pins.length } : {}) };
}

export function replies(call: Call): Answer {
  const channel = readable(call);
  if (isRefusal(channel)) return channel;
  const root = messageOf(call, channel, 'ts');
  if (isRefusal(root)) return root.error === 'message_not_found' ? refuse('thread_not_found') : root;
  const thread = root.thread_ts ?? root.ts;
  const inThread = channel.messages.filter((message) => message.ts === thread || message.thread_ts === thread);
  return pageOf(
    call,
    inThread.filter((message) => message.ts === thread || isInWindow(call, message.ts)),
    'oldest first',
  );
}
