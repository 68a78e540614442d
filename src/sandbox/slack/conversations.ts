/** conversations.*: channels and who is in them. */
import { type Answer, type Call, channelOf, csv, flag, has, isRefusal, missing, ownChannelOf, page, type Refusal, refuse, text } from './call.ts';
import { addChannel, addMember, archiveChannel, directChannel, renameChannel, setTopic } from './state.ts';
import type { Channel, Fields, Person, World } from './world.ts';

const TOPIC_MAX = 250;
const INVITE_MAX = 100;

export function describeChannel(world: World, channel: Channel): Fields {
  const { id, name, kind, isArchived, created, creator, topic, purpose } = channel;
  if (kind === 'im') return { id, created, is_im: true, is_archived: false, user: [...channel.members].find((member) => member !== world.bot.userId) };
  const isMember = channel.members.has(world.bot.userId);
  return {
    id,
    name,
    name_normalized: name,
    is_channel: kind === 'public',
    is_group: kind === 'private',
    is_private: kind === 'private',
    is_im: false,
    is_mpim: false,
    is_general: name === 'general',
    is_archived: isArchived,
    is_member: isMember,
    is_shared: false,
    is_ext_shared: false,
    created,
    creator,
    context_team_id: world.team.id,
    topic,
    purpose,
  };
}

/** Slack's own order of complaints about a channel's name. */
function nameRefusal(world: World, name: string): Refusal | undefined {
  if (name === '') return refuse('invalid_name_required');
  if (name.length > 80) return refuse('invalid_name_maxlength');
  if (/^[^\p{L}\p{N}]+$/u.test(name)) return refuse('invalid_name_punctuation');
  if (!/^[a-z0-9][a-z0-9_-]*$/.test(name)) return refuse('invalid_name_specials');
  const isTaken = [...world.channels.values()].some((channel) => channel.name === name) || [...world.groups.values()].some((group) => group.handle === name);
  return isTaken ? refuse('name_taken') : undefined;
}

export function createChannel(call: Call): Answer {
  const { world } = call;
  const refusal = nameRefusal(world, text(call, 'name'));
  if (refusal) return refusal;
  const channel = addChannel(world, { name: text(call, 'name'), kind: flag(call, 'is_private') ? 'private' : 'public', creator: world.bot.userId });
  return { ok: true, channel: describeChannel(world, channel) };
}

export function rename(call: Call): Answer {
  const channel = ownChannelOf(call);
  if (isRefusal(channel)) return channel;
  const name = text(call, 'name');
  const refusal = name === channel.name ? undefined : nameRefusal(call.world, name);
  if (refusal) return refusal;
  if (channel.creator !== call.world.bot.userId) return refuse('not_authorized');
  renameChannel(call.world, channel, { name, user: call.world.bot.userId });
  return { ok: true, channel: describeChannel(call.world, channel) };
}

/** Why this person cannot be put into the channel, if so. */
function inviteRefusal(call: Call, channel: Channel, id: string): string | undefined {
  const person: Person | undefined = call.world.people.get(id);
  if (id === call.world.bot.userId) return 'cant_invite_self';
  if (!person) return 'user_not_found';
  if (channel.members.has(id)) return 'already_in_channel';
  if (person.kind === 'deactivated') return 'cant_invite';
  if (person.kind === 'stranger') return 'user_team_not_in_channel';
  const isElsewhere = [...call.world.channels.values()].some((other) => other.kind !== 'im' && other.members.has(id));
  return person.kind === 'single-channel-guest' && isElsewhere ? 'ura_max_channels' : undefined;
}

export function invite(call: Call): Answer {
  const channel = ownChannelOf(call);
  if (isRefusal(channel)) return channel;
  const users = csv(call, 'users');
  if (users.length === 0) return refuse('no_user');
  if (users.length > INVITE_MAX) return refuse('too_many_users');
  const errors = users.flatMap((user) => {
    const error = inviteRefusal(call, channel, user);
    return error ? [{ user, ok: false, error }] : [];
  });
  const first = errors[0];
  if (first && !(flag(call, 'force') && errors.length < users.length)) return refuse(first.error, { errors });
  for (const user of users) {
    if (!errors.some((error) => error.user === user)) addMember(call.world, channel, { user, inviter: call.world.bot.userId });
  }
  return { ok: true, channel: describeChannel(call.world, channel), ...(first ? { errors } : {}) };
}

export const tell =
  (what: 'topic' | 'purpose') =>
  (call: Call): Answer => {
    const channel = ownChannelOf(call);
    if (isRefusal(channel)) return channel;
    const value = text(call, what);
    if (value.length > TOPIC_MAX) return refuse('too_long');
    setTopic(call.world, channel, { what, value, user: call.world.bot.userId });
    return { ok: true, [what]: value, channel: describeChannel(call.world, channel) };
  };

export function channelInfo(call: Call): Answer {
  const channel = channelOf(call);
  if (isRefusal(channel)) return channel;
  const described = describeChannel(call.world, channel);
  return { ok: true, channel: flag(call, 'include_num_members') ? { ...described, num_members: channel.members.size } : described };
}

const typeName = { public: 'public_channel', private: 'private_channel', im: 'im' };

const listed =
  (onlyOwn: boolean) =>
  (call: Call): Answer => {
    const types = has(call, 'types') ? csv(call, 'types') : ['public_channel'];
    const isSeen = (channel: Channel) => channel.members.has(call.world.bot.userId) || (channel.kind === 'public' && !onlyOwn);
    const isWanted = (channel: Channel) => types.includes(typeName[channel.kind]) && !(flag(call, 'exclude_archived') && channel.isArchived);
    const found = page(
      call,
      [...call.world.channels.values()].filter((channel) => isSeen(channel) && isWanted(channel)),
      { fallback: 100, max: 1000 },
    );
    if ('ok' in found) return found;
    return {
      ok: true,
      channels: found.items.map((channel) => ({ ...describeChannel(call.world, channel), num_members: channel.members.size })),
      response_metadata: { next_cursor: found.next },
    };
  };
export const listChannels = listed(false);
export const listOwnChannels = listed(true);

export function members(call: Call): Answer {
  const channel = channelOf(call);
  if (isRefusal(channel)) return channel;
  const found = page(call, [...channel.members], { fallback: 100, max: 1000 });
  return 'ok' in found ? found : { ok: true, members: found.items, response_metadata: { next_cursor: found.next } };
}

export function join(call: Call): Answer {
  const channel = channelOf(call);
  if (isRefusal(channel)) return channel;
  if (channel.kind !== 'public') return refuse('method_not_supported_for_channel_type');
  if (channel.isArchived) return refuse('is_archived');
  const { userId } = call.world.bot;
  const isIn = channel.members.has(userId);
  if (!isIn) addMember(call.world, channel, { user: userId });
  return { ok: true, channel: describeChannel(call.world, channel), ...(isIn ? { warning: 'already_in_channel' } : {}) };
}

export function archive(call: Call): Answer {
  const channel = channelOf(call);
  if (isRefusal(channel)) return channel;
  if (channel.isArchived) return refuse('already_archived');
  if (channel.name === 'general') return refuse('cant_archive_general');
  if (!channel.members.has(call.world.bot.userId)) return refuse('not_in_channel');
  archiveChannel(call.world, channel, call.world.bot.userId);
  return { ok: true };
}

/** Archiving took the bot out, and who is out may not bring it back: a bot can never unarchive. */
export function unarchive(call: Call): Answer {
  const channel = channelOf(call);
  if (isRefusal(channel)) return channel;
  return refuse(channel.isArchived ? 'not_in_channel' : 'not_archived');
}

export function open(call: Call): Answer {
  const lacks = missing(call, 'users');
  if (lacks) return lacks;
  const [user, ...others] = csv(call, 'users');
  if (!user || !call.world.people.has(user)) return refuse('user_not_found');
  if (others.length > 0) return refuse('method_not_supported_for_channel_type');
  return { ok: true, channel: { id: directChannel(call.world, user).id } };
}
