/** `response_url`: five answers within half an hour, to the person who acted or to the channel. Command acks speak the same way. */
import { withIds } from './blocks.ts';
import { blocksRefusal, type Refusal, refuse } from './call.ts';
import { isFields } from './shape.ts';
import { addMessage, byBot, editMessage, findMessage, removeMessage, showEphemeral } from './state.ts';
import type { Fields, Message, ResponseHook, World } from './world.ts';

const USES = 5;
const LIFE_MS = 30 * 60_000;

interface Place {
  readonly channel: string;
  readonly originTs?: string;
  readonly isEphemeral?: boolean;
  readonly threadTs?: string;
}

export function newHook({ world, origin, user }: { world: World; origin: string; user: string }, place: Place): { id: string; url: string } {
  const id = world.nextId('hook');
  world.hooks.set(id, {
    user,
    channel: place.channel,
    expiresAt: world.clock.now() + LIFE_MS,
    usesLeft: USES,
    originIsEphemeral: place.isEphemeral ?? false,
    ...(place.originTs ? { originTs: place.originTs } : {}),
    ...(place.threadTs ? { threadTs: place.threadTs } : {}),
  });
  return { id, url: `${origin}/response/${world.team.id}/${id}` };
}

/** What came in at a response_url; undefined when it was done. */
export function answerHook(world: World, id: string, said: unknown): Refusal | undefined {
  const hook = world.hooks.get(id);
  if (!hook) return refuse('invalid_url');
  if (world.clock.now() > hook.expiresAt) return refuse('expired_url');
  if (hook.usesLeft < 1) return refuse('used_url');
  if (!isFields(said)) return refuse('invalid_payload');
  const refusal = speak(world, hook, said);
  if (!refusal) hook.usesLeft -= 1;
  return refusal;
}

/** Says it; undefined when it was said. */
export function speak(world: World, hook: ResponseHook, said: Fields): Refusal | undefined {
  if (said.delete_original === true) return removeOriginal(world, hook);
  const text = typeof said.text === 'string' ? said.text : '';
  if (text === '' && !Array.isArray(said.blocks) && !Array.isArray(said.attachments)) return refuse('no_text');
  const refusal = blocksRefusal(world, said.blocks);
  if (refusal) return refusal;
  const content = {
    text,
    ...(said.blocks ? { blocks: withIds(said.blocks, world.nextId) } : {}),
    ...(Array.isArray(said.attachments) ? { attachments: said.attachments.filter(isFields) } : {}),
  };
  return said.replace_original === true && hook.originTs ? replaceOriginal(world, hook, content) : sayNew(world, hook, { said, content });
}

function sayNew(world: World, hook: ResponseHook, { said, content }: { said: Fields; content: Partial<Message> & { text: string } }): Refusal | undefined {
  const thread = typeof said.thread_ts === 'string' ? said.thread_ts : hook.threadTs;
  const message = { ...content, ...(thread ? { thread_ts: thread } : {}) };
  if (said.response_type !== 'in_channel') {
    showEphemeral(world, { channel: hook.channel, user: hook.user, message });
    return undefined;
  }
  const channel = world.channels.get(hook.channel);
  if (!channel || channel.isArchived) return refuse('is_archived');
  addMessage(world, channel, { ...byBot(world), ...message });
  return undefined;
}

const originEphemeral = (world: World, hook: ResponseHook) =>
  world.ephemerals.find((each) => each.message.ts === hook.originTs && each.channel === hook.channel && each.user === hook.user);

function replaceOriginal(world: World, hook: ResponseHook, content: Partial<Message> & { text: string }): Refusal | undefined {
  const ephemeral = hook.originIsEphemeral ? originEphemeral(world, hook) : undefined;
  if (ephemeral) {
    // A text alone takes the old blocks away, as it does in Slack.
    ephemeral.message = { ...ephemeral.message, blocks: undefined, ...content };
    world.change({ kind: 'ephemeral', what: 'replaced', ephemeral });
    return undefined;
  }
  const channel = world.channels.get(hook.channel);
  const message = channel && findMessage(channel, hook.originTs ?? '');
  if (!channel || !message) return refuse('message_not_found');
  editMessage(world, channel, { message, fields: { blocks: undefined, ...content } });
  return undefined;
}

function removeOriginal(world: World, hook: ResponseHook): Refusal | undefined {
  const ephemeral = hook.originIsEphemeral ? originEphemeral(world, hook) : undefined;
  if (ephemeral) {
    world.ephemerals.splice(world.ephemerals.indexOf(ephemeral), 1);
    world.change({ kind: 'ephemeral', what: 'deleted', ephemeral });
    return undefined;
  }
  const channel = world.channels.get(hook.channel);
  const message = channel && findMessage(channel, hook.originTs ?? '');
  if (!channel || !message) return refuse('message_not_found');
  removeMessage(world, channel, message);
  return undefined;
}
