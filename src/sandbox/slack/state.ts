/** The acts that change the world, each telling the listeners. No rules of Slack are checked here: the Web API does that. */
import type { Clock } from '../../lib/clock.ts';
import type { Bookmark, Change, Channel, Ephemeral, Group, Message, Person, SlackFile, World } from './world.ts';

export interface Stage {
  readonly clock: Clock;
  readonly people: readonly Person[];
  readonly groups: readonly Group[];
}

const BOT = { userId: 'U0TAGBACK0', botId: 'B0TAGBACK0', appId: 'A0TAGBACK0', name: 'tagback' };

/** Slack's own voice: what a person reads when the app did not answer. */
export const SLACKBOT = 'USLACKBOT';

export function newWorld(stage: Stage): World {
  const listeners = new Set<(change: Change) => void>();
  const bots: Person[] = [
    { id: BOT.userId, name: BOT.name, realName: 'Tagback', kind: 'bot' },
    { id: SLACKBOT, name: 'slackbot', realName: 'Slackbot', kind: 'bot' },
  ];
  return {
    clock: stage.clock,
    team: { id: 'T0SANDBOX0', name: 'Sandbox', domain: 'sandbox' },
    bot: BOT,
    people: new Map([...bots, ...stage.people].map((person) => [person.id, person])),
    groups: new Map(stage.groups.map((group) => [group.id, group])),
    channels: new Map(),
    files: new Map(),
    bytes: new Map(),
    views: new Map(),
    stacks: new Map(),
    homes: new Map(),
    ephemerals: [],
    triggers: new Map(),
    hooks: new Map(),
    mishaps: [],
    ...counters(stage.clock),
    change: (change) => {
      for (const listener of [...listeners]) listener(change);
    },
    on: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

function counters(clock: Clock): Pick<World, 'nextId' | 'nextTs'> {
  let lastId = 0;
  let lastMicros = 0;
  return {
    nextId: (prefix) => {
      lastId += 1;
      return `${prefix}0${lastId.toString(36).toUpperCase().padStart(8, '0')}`;
    },
    nextTs: () => {
      lastMicros = Math.max(Math.floor(clock.now()) * 1000, lastMicros + 1);
      return `${Math.floor(lastMicros / 1_000_000)}.${String(lastMicros % 1_000_000).padStart(6, '0')}`;
    },
  };
}

export const seconds = (world: World): number => Math.floor(world.clock.now() / 1000);

export function addChannel(world: World, channel: { name: string; kind: Channel['kind']; creator: string }): Channel {
  const never = { value: '', creator: '', last_set: 0 };
  const made: Channel = {
    ...channel,
    id: world.nextId(channel.kind === 'im' ? 'D' : 'C'),
    isArchived: false,
    created: seconds(world),
    topic: { ...never },
    purpose: { ...never },
    members: new Set([channel.creator]),
    messages: [],
    pins: [],
    bookmarks: [],
  };
  world.channels.set(made.id, made);
  world.change({ kind: 'channel', what: 'created', channel: made, user: channel.creator });
  return made;
}

/** The direct conversation of the bot and this person; made when there is none. */
export function directChannel(world: World, user: string): Channel {
  const found = [...world.channels.values()].find((channel) => channel.kind === 'im' && channel.members.has(user));
  if (found) return found;
  const made = addChannel(world, { name: user, kind: 'im', creator: world.bot.userId });
  made.members.add(user);
  return made;
}

/** The grey lines Slack itself writes: joins, topics, names. */
function systemMessage(world: World, channel: Channel, message: Pick<Message, 'text' | 'subtype' | 'user'> & Partial<Message>): void {
  if (channel.kind !== 'im') addMessage(world, channel, message);
}

export function addMember(world: World, channel: Channel, { user, inviter }: { user: string; inviter?: string }): void {
  channel.members.add(user);
  world.change({ kind: 'member', what: 'joined', channel, user, ...(inviter ? { inviter } : {}) });
  systemMessage(world, channel, { subtype: 'channel_join', user, text: `<@${user}> has joined the channel` });
}

export function setTopic(world: World, channel: Channel, { what, value, user }: { what: 'topic' | 'purpose'; value: string; user: string }): void {
  channel[what] = { value, creator: user, last_set: seconds(world) };
  world.change({ kind: 'topic', what, channel, user });
  const said = what === 'topic' ? 'topic' : 'description';
  systemMessage(world, channel, { subtype: `channel_${what}`, user, text: `set the channel ${said}: ${value}`, [what]: value });
}

export function renameChannel(world: World, channel: Channel, { name, user }: { name: string; user: string }): void {
  const old = channel.name;
  channel.name = name;
  world.change({ kind: 'channel', what: 'renamed', channel, user });
  systemMessage(world, channel, { subtype: 'channel_name', user, text: `has renamed the channel from "${old}" to "${name}"`, old_name: old, name });
}

/** Archiving removes the bot, as Slack does. */
export function archiveChannel(world: World, channel: Channel, user: string): void {
  systemMessage(world, channel, { subtype: 'channel_archive', user, text: 'archived the channel' });
  channel.isArchived = true;
  channel.members.delete(world.bot.userId);
  world.change({ kind: 'channel', what: 'archived', channel, user });
}

/** The fields every message of the bot carries. */
export function byBot(world: World): Partial<Message> {
  const { bot, team } = world;
  return {
    user: bot.userId,
    bot_id: bot.botId,
    app_id: bot.appId,
    team: team.id,
    bot_profile: { id: bot.botId, app_id: bot.appId, name: bot.name, deleted: false, team_id: team.id },
  };
}

export function addMessage(world: World, channel: Channel, fields: Partial<Message> & { text: string }): Message {
  const message: Message = { type: 'message', ts: world.nextTs(), ...fields };
  const parent = message.thread_ts === undefined ? undefined : findMessage(channel, message.thread_ts);
  if (parent) noteReply(parent, message);
  channel.messages.push(message);
  world.change({ kind: 'message', channel, message });
  return message;
}

function noteReply(parent: Message, reply: Message): void {
  const user = reply.user ?? reply.bot_id ?? '';
  const users = parent.reply_users ?? [];
  parent.thread_ts = parent.ts;
  parent.reply_count = (parent.reply_count ?? 0) + 1;
  parent.reply_users = users.includes(user) ? users : [...users, user];
  parent.reply_users_count = parent.reply_users.length;
  parent.latest_reply = reply.ts;
  if (parent.user) reply.parent_user_id = parent.user;
}

export const findMessage = (channel: Channel, ts: string): Message | undefined => channel.messages.find((message) => message.ts === ts);

export function editMessage(world: World, channel: Channel, { message, fields }: { message: Message; fields: Partial<Message> }): void {
  const previous = structuredClone(message);
  Object.assign(message, fields);
  world.change({ kind: 'message_changed', channel, message, previous });
}

export function removeMessage(world: World, channel: Channel, message: Message): void {
  channel.messages.splice(channel.messages.indexOf(message), 1);
  channel.pins = channel.pins.filter((pin) => pin.ts !== message.ts);
  world.change({ kind: 'message_deleted', channel, message });
}

export function showEphemeral(
  world: World,
  { channel, user, message }: { channel: string; user: string; message: Partial<Message> & { text: string } },
): Ephemeral {
  const ephemeral: Ephemeral = { channel, user, message: { type: 'message', ts: world.nextTs(), ...byBot(world), ...message } };
  world.ephemerals.push(ephemeral);
  world.change({ kind: 'ephemeral', what: 'shown', ephemeral });
  return ephemeral;
}

export function addReaction(world: World, channel: Channel, { message, user, name }: { message: Message; user: string; name: string }): boolean {
  const reactions = message.reactions ?? [];
  const found = reactions.find((reaction) => reaction.name === name);
  if (found?.users.includes(user)) return false;
  if (found) {
    found.users.push(user);
    found.count += 1;
  } else reactions.push({ name, users: [user], count: 1 });
  message.reactions = reactions;
  world.change({ kind: 'reaction', channel, message, user, name });
  return true;
}

export function addPin(world: World, channel: Channel, { ts, user }: { ts: string; user: string }): void {
  channel.pins.unshift({ ts, created: seconds(world), created_by: user });
  const message = findMessage(channel, ts);
  if (message) message.pinned_to = [channel.id];
  world.change({ kind: 'pin', channel, ts, user });
}

export function putBookmark(world: World, channel: Channel, bookmark: Bookmark): void {
  const at = channel.bookmarks.findIndex((known) => known.id === bookmark.id);
  if (at < 0) channel.bookmarks.push(bookmark);
  else channel.bookmarks[at] = bookmark;
  world.change({ kind: 'bookmark', channel, bookmark });
}

const MIME: Record<string, string> = { png: 'image/png', jpg: 'image/jpeg', jpeg: 'image/jpeg', gif: 'image/gif', svg: 'image/svg+xml', txt: 'text/plain' };
const MORE_MIME: Record<string, string> = { md: 'text/markdown', json: 'application/json', csv: 'text/csv', pdf: 'application/pdf', log: 'text/plain' };

/** A file nobody but its owner and the app can see until it is shared. `origin` is where its bytes are served. */
export function addFile(world: World, origin: string, given: { id?: string; name: string; title?: string; user: string; bytes: Buffer }): SlackFile {
  const id = given.id ?? world.nextId('F');
  const filetype = given.name.includes('.') ? (given.name.split('.').at(-1) ?? '').toLowerCase() : 'binary';
  const address = `${origin}/files-pri/${world.team.id}-${id}`;
  const file: SlackFile = {
    id,
    name: given.name,
    title: given.title ?? given.name,
    mimetype: MIME[filetype] ?? MORE_MIME[filetype] ?? 'application/octet-stream',
    filetype,
    size: given.bytes.length,
    created: seconds(world),
    user: given.user,
    mode: 'hosted',
    url_private: `${address}/${encodeURIComponent(given.name)}`,
    url_private_download: `${address}/download/${encodeURIComponent(given.name)}`,
    channels: [],
    shares: { public: {} },
  };
  world.files.set(id, file);
  world.bytes.set(id, given.bytes);
  world.change({ kind: 'file', what: 'uploaded', file });
  return file;
}

/** Records that `message` shows the file. */
export function shareFile(world: World, file: SlackFile, { channel, ts }: { channel: string; ts: string }): void {
  if (!file.channels.includes(channel)) file.channels.push(channel);
  file.shares.public[channel] = [...(file.shares.public[channel] ?? []), { ts }];
  world.change({ kind: 'file', what: 'shared', file });
}

export function mishap(world: World, what: string, detail: string): void {
  const noted = { at: world.clock.now(), what, detail };
  world.mishaps.push(noted);
  world.change({ kind: 'mishap', mishap: noted });
}
