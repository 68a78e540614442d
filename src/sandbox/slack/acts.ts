/** What a person can do in the mini Slack. */
import { Failure } from '../../lib/failure.ts';
import type { Acked, Acts, Choice, Target } from './mini-slack.ts';
import { clickInView, closeView, submit, suggest } from './modal-acts.ts';
import { actionOf, clickPayload, commandPayload, escaped, findElement, messageShortcutPayload, shortcutPayload } from './payloads.ts';
import { speak } from './response-url.ts';
import type { Room } from './room.ts';
import { isFields } from './shape.ts';
import { addFile, addMember, addMessage, addReaction, directChannel, findMessage, mishap, SLACKBOT, shareFile, showEphemeral } from './state.ts';
import type { Channel, Ephemeral, Fields, Message, World } from './world.ts';

const BY_SLACKBOT = { user: SLACKBOT, bot_id: undefined, app_id: undefined, bot_profile: undefined };

export function channelNamed(world: World, nameOrId: string): Channel {
  const name = nameOrId.replace(/^#/, '');
  const found = world.channels.get(nameOrId) ?? [...world.channels.values()].find((channel) => channel.name === name && channel.kind !== 'im');
  if (found) return found;
  throw new Failure('E_NOT_FOUND', `the sandbox has no channel ${nameOrId}`, {
    hint: `there are: ${[...world.channels.values()].map((each) => each.name).join(', ')}`,
  });
}

export function actsOf(room: Room): Acts {
  return {
    say: (channel, text, extra) => say(room, channel, { text, ...extra }),
    slash: (channel, command, text = '') => slash(room, channel, { command, text }),
    click: (channel, ts, target, choice) => click(room, { channel, ts }, { target, choice }),
    clickInView: (viewId, target, choice) => clickInView(room, viewId, { target, choice }),
    suggest: (viewId, target, typed) => suggest(room, viewId, { target, typed }),
    shortcut: (callbackId) => shortcut(room, callbackId),
    messageShortcut: (callbackId, channel, ts) => messageShortcut(room, callbackId, { channel, ts }),
    submit: (viewId, values = {}) => submit(room, viewId, values),
    closeView: (viewId) => closeView(room, viewId),
    react: (channel, ts, emoji) => react(room, { channel, ts }, emoji.replaceAll(':', '')),
    upload: async (name, bytes) => addFile(room.world, room.origin, { name, user: room.user, bytes: Buffer.from(bytes) }).id,
    openHome: () => openHome(room),
    join: (channel) => join(room, channel),
  };
}

/** The channel, when this person may write there. */
function ownChannel({ world, user }: Room, nameOrId: string): Channel {
  const channel = channelNamed(world, nameOrId);
  if (channel.isArchived) throw new Failure('E_NOT_NOW', `#${channel.name} is archived; nothing was said`);
  if (!channel.members.has(user)) throw new Failure('E_NOT_ALLOWED', `${user} is not in #${channel.name}; nothing was said`, { hint: 'join it first' });
  return channel;
}

function messageAt({ world, user }: Room, channel: Channel, ts: string): { message: Message; ephemeral?: Ephemeral } {
  const ephemeral = world.ephemerals.find((each) => each.channel === channel.id && each.user === user && each.message.ts === ts);
  const message = ephemeral?.message ?? findMessage(channel, ts);
  if (!message) throw new Failure('E_NOT_FOUND', `#${channel.name} shows ${user} no message ${ts}`);
  return { message, ...(ephemeral ? { ephemeral } : {}) };
}

async function say(room: Room, where: string, said: { text: string; thread?: string; files?: readonly string[] }): Promise<{ ts: string; ack: Acked }> {
  const { world, user } = room;
  const channel = ownChannel(room, where);
  const files = (said.files ?? []).flatMap((id) => world.files.get(id) ?? []);
  const { result, ack } = room.during(() =>
    addMessage(world, channel, {
      user,
      team: world.team.id,
      client_msg_id: world.nextId('msg'),
      text: said.text,
      ...(said.thread ? { thread_ts: said.thread } : {}),
      ...(files.length > 0 ? { subtype: 'file_share', files, upload: false } : {}),
    }),
  );
  for (const file of files) shareFile(world, file, { channel: channel.id, ts: result.ts });
  return { ts: result.ts, ack: await ack };
}

/** What a person reads when the app did not answer: only they see it. */
function sorry({ world, user }: Room, channel: Channel, { what, ack }: { what: string; ack: Acked }): void {
  if (ack.kind === 'acked') return;
  const why = ack.kind === 'timeout' ? 'operation_timeout' : ack.kind === 'failed' ? 'dispatch_failed' : 'unknown_command';
  mishap(world, why, `${what}: ${ack.kind === 'timeout' ? 'no answer within 3 s' : ack.why}`);
  showEphemeral(world, { channel: channel.id, user, message: { ...BY_SLACKBOT, text: `${what} failed with the error "${why}"` } });
}

async function slash(room: Room, where: string, { command, text }: { command: string; text: string }): Promise<Acked> {
  const channel = ownChannel(room, where);
  if (!room.options.commands.includes(command)) {
    const ack: Acked = { kind: 'unsent', why: `${command} is no command of this app` };
    sorry(room, channel, { what: command, ack });
    return ack;
  }
  const typed = room.options.escapeCommands ? escaped(room.world, text) : text;
  const { payload, hookId } = commandPayload(room, channel, { command, text: typed });
  const ack = await room.ask('slash_commands', payload);
  sorry(room, channel, { what: command, ack });
  if (ack.kind === 'acked') hearAck(room, { channel, hookId, command }, ack.body);
  return ack;
}

/** An ack with words in it speaks like a response_url, without using one up. */
function hearAck({ world }: Room, { channel, hookId, command }: { channel: Channel; hookId: string; command: string }, body: unknown): void {
  const said: Fields | undefined = typeof body === 'string' ? { text: body } : isFields(body) ? body : undefined;
  const hook = world.hooks.get(hookId);
  if (!said || !hook || (said.text === undefined && said.blocks === undefined && said.attachments === undefined)) return;
  const refusal = speak(world, hook, said);
  if (refusal) mishap(world, 'invalid_command_response', `${command} in ${channel.id}: ${refusal.error} ${JSON.stringify(refusal.errors ?? '')}`);
}

async function click(room: Room, at: { channel: string; ts: string }, { target, choice }: { target: Target; choice: Choice }): Promise<Acked> {
  const channel = channelNamed(room.world, at.channel);
  const shown = messageAt(room, channel, at.ts);
  const found = findElement(shown.message.blocks ?? [], target);
  if (!found) throw new Failure('E_NOT_FOUND', `message ${at.ts} in #${channel.name} has not exactly one element ${JSON.stringify(target)}; nothing was sent`);
  const ack = await room.ask('interactive', clickPayload(room, channel, { ...shown, action: actionOf(room.world, found, choice) }));
  sorry(room, channel, { what: `the button ${String(found.element.action_id)}`, ack });
  return ack;
}

async function shortcut(room: Room, callbackId: string): Promise<Acked> {
  if (!room.options.shortcuts?.includes(callbackId)) return { kind: 'unsent', why: `${callbackId} is no shortcut of this app` };
  const ack = await room.ask('interactive', shortcutPayload(room, callbackId));
  if (ack.kind !== 'acked') mishap(room.world, 'operation_timeout', `shortcut ${callbackId}: ${ack.kind}`);
  return ack;
}

async function messageShortcut(room: Room, callbackId: string, at: { channel: string; ts: string }): Promise<Acked> {
  if (!room.options.messageShortcuts?.includes(callbackId)) return { kind: 'unsent', why: `${callbackId} is no message shortcut of this app` };
  const channel = channelNamed(room.world, at.channel);
  const { message } = messageAt(room, channel, at.ts);
  const ack = await room.ask('interactive', messageShortcutPayload(room, channel, { callbackId, message }));
  sorry(room, channel, { what: `the shortcut ${callbackId}`, ack });
  return ack;
}

async function react(room: Room, at: { channel: string; ts: string }, name: string): Promise<Acked> {
  const channel = ownChannel(room, at.channel);
  const { message, ephemeral } = messageAt(room, channel, at.ts);
  if (ephemeral) throw new Failure('E_NOT_ALLOWED', 'nobody can react to an ephemeral message');
  return room.during(() => addReaction(room.world, channel, { message, user: room.user, name })).ack;
}

/** The event names the direct conversation with the bot, so there has to be one. */
async function openHome({ world, user, during }: Room): Promise<Acked> {
  directChannel(world, user);
  return during(() => world.change({ kind: 'home', what: 'opened', user })).ack;
}

async function join(room: Room, where: string): Promise<Acked> {
  const channel = channelNamed(room.world, where);
  if (channel.members.has(room.user)) return { kind: 'unsent', why: 'already in the channel' };
  if (channel.kind !== 'public') throw new Failure('E_NOT_ALLOWED', `#${channel.name} is private; ask for an invitation`);
  return room.during(() => addMember(room.world, channel, { user: room.user })).ack;
}
