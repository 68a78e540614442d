/** chat.*: posting, changing and removing messages. */
import { withIds } from './blocks.ts';
import {
  type Answer,
  blocksRefusal,
  type Call,
  channelOf,
  has,
  isRefusal,
  messageOf,
  metadataRefusal,
  missing,
  ownChannelOf,
  type Refusal,
  refuse,
  text,
} from './call.ts';
import { isFields } from './shape.ts';
import { addMessage, byBot, directChannel, editMessage, findMessage, removeMessage, showEphemeral } from './state.ts';
import type { Channel, Fields, Message } from './world.ts';

const TEXT_MAX = 40_000;
const UPDATE_TEXT_MAX = 4000;
const ATTACHMENTS_MAX = 100;

/** A message goes to a channel's id or `#name`, or to a person's id (then into the direct conversation). */
function targetOf(call: Call): Channel | Refusal {
  const wanted = text(call, 'channel');
  if (call.world.people.has(wanted)) return directChannel(call.world, wanted);
  const named = [...call.world.channels.values()].find((channel) => channel.kind === 'public' && `#${channel.name}` === wanted);
  return named ?? channelOf(call);
}

function contentRefusal(call: Call, textMax: number): Refusal | undefined {
  const { blocks, attachments } = call.args;
  const isEmpty = !has(call, 'text') && !(Array.isArray(blocks) && blocks.length > 0) && !(Array.isArray(attachments) && attachments.length > 0);
  if (has(call, 'markdown_text')) return has(call, 'text') || blocks ? refuse('markdown_text_conflict') : undefined;
  if (isEmpty && !Array.isArray(blocks)) return refuse('no_text');
  if (text(call, 'text').length > textMax) return refuse('msg_too_long');
  if (Array.isArray(attachments) && attachments.length > ATTACHMENTS_MAX) return refuse('too_many_attachments');
  return blocksRefusal(call.world, blocks) ?? metadataRefusal(call.args.metadata);
}

function contentOf(call: Call): Partial<Message> & { text: string } {
  const { blocks, attachments, metadata } = call.args;
  return {
    text: text(call, 'text') || text(call, 'markdown_text'),
    ...(blocks ? { blocks: withIds(blocks, call.world.nextId) } : {}),
    ...(Array.isArray(attachments) ? { attachments: attachments.filter(isFields) } : {}),
    // Checked by metadataRefusal.
    ...(isFields(metadata) && metadata.event_type ? { metadata: metadata as Message['metadata'] } : {}),
  };
}

export function postMessage(call: Call): Answer {
  const channel = targetOf(call);
  if (isRefusal(channel)) return channel;
  if (channel.isArchived) return refuse('is_archived');
  const mayPost = channel.members.has(call.world.bot.userId) || (channel.kind === 'public' && call.scopes.has('chat:write.public'));
  if (!mayPost) return refuse('not_in_channel');
  const refusal = contentRefusal(call, TEXT_MAX);
  if (refusal) return refusal;
  const thread = text(call, 'thread_ts');
  if (thread && !findMessage(channel, thread)) return refuse('thread_not_found');
  const message = addMessage(call.world, channel, { ...byBot(call.world), ...contentOf(call), ...(thread ? { thread_ts: thread } : {}) });
  return { ok: true, channel: channel.id, ts: message.ts, message };
}

export function updateMessage(call: Call): Answer {
  const channel = channelOf(call);
  if (isRefusal(channel)) return channel;
  if (channel.isArchived) return refuse('is_inactive');
  const message = messageOf(call, channel, 'ts');
  if (isRefusal(message)) return message;
  if (message.bot_id !== call.world.bot.botId) return refuse('cant_update_message');
  const refusal = contentRefusal(call, UPDATE_TEXT_MAX);
  if (refusal) return refusal;
  const edited = { user: call.world.bot.userId, ts: `${Math.floor(call.world.clock.now() / 1000)}.000000` };
  editMessage(call.world, channel, { message, fields: { ...contentOf(call), ...clearedMetadata(call), edited } });
  return { ok: true, channel: channel.id, ts: message.ts, text: message.text, message };
}

/** `{}` clears the metadata; leaving it out keeps it. */
function clearedMetadata(call: Call): Partial<Message> {
  const { metadata } = call.args;
  return isFields(metadata) && Object.keys(metadata).length === 0 ? { metadata: undefined } : {};
}

export function deleteMessage(call: Call): Answer {
  const channel = channelOf(call);
  if (isRefusal(channel)) return channel;
  const message = messageOf(call, channel, 'ts');
  if (isRefusal(message)) return message;
  if (message.bot_id !== call.world.bot.botId) return refuse('cant_delete_message');
  removeMessage(call.world, channel, message);
  return { ok: true, channel: channel.id, ts: message.ts };
}

export function postEphemeral(call: Call): Answer {
  const channel = ownChannelOf(call);
  if (isRefusal(channel)) return channel;
  const user = text(call, 'user');
  const lacks = missing(call, 'user') ?? contentRefusal(call, TEXT_MAX);
  if (lacks) return lacks;
  if (!channel.members.has(user)) return refuse('user_not_in_channel');
  const thread: Fields = has(call, 'thread_ts') ? { thread_ts: text(call, 'thread_ts') } : {};
  const shown = showEphemeral(call.world, { channel: channel.id, user, message: { ...contentOf(call), ...thread } });
  return { ok: true, message_ts: shown.message.ts };
}

export function getPermalink(call: Call): Answer {
  const channel = channelOf(call);
  if (isRefusal(channel)) return channel;
  const message = messageOf(call, channel, 'message_ts');
  if (isRefusal(message)) return message;
  return { ok: true, channel: channel.id, permalink: `${call.origin}/archives/${channel.id}/p${message.ts.replace('.', '')}` };
}

export function validateBlocks(call: Call): Answer {
  const message = isFields(call.args.message) ? call.args.message : {};
  const refusal = blocksRefusal(call.world, call.args.blocks ?? message.blocks);
  const messages = refusal ? [refusal.errors].flat().map(String) : [];
  return { ok: true, errors: messages.map((said) => ({ code: refusal?.error, message: said })) };
}
