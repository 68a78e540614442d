/** Which changes of the world Slack tells the app about, and in which words. */
import type { Change, Channel, Fields, Message, World } from './world.ts';

/** All the events the mini Slack can send, by the names of the manifest. */
export const ALL_EVENTS = [
  'app_home_opened',
  'app_mention',
  'channel_archive',
  'channel_rename',
  'member_joined_channel',
  'message.channels',
  'message.groups',
  'message.im',
  'reaction_added',
] as const;

const SUBSCRIPTION = { public: 'message.channels', private: 'message.groups', im: 'message.im' } as const;
const CHANNEL_TYPE = { public: 'channel', private: 'group', im: 'im' } as const;

interface Said {
  /** The name in the manifest. */
  readonly name: string;
  readonly event: Fields;
}

/** The events this change sets off. The app hears of a channel only while its bot is in it. */
export function eventsOf(world: World, change: Change): Said[] {
  if (change.kind === 'home') return change.what === 'opened' ? [homeOpened(world, change.user)] : [];
  if (!('channel' in change)) return [];
  const { channel } = change;
  const isIn = channel.members.has(world.bot.userId) || (change.kind === 'channel' && change.what === 'archived');
  return isIn ? inChannel(world, channel, change) : [];
}

function inChannel(world: World, channel: Channel, change: Extract<Change, { channel: Channel }>): Said[] {
  const stamp = world.nextTs();
  switch (change.kind) {
    case 'message':
      return spoken(world, channel, change.message);
    case 'message_changed':
      return [hidden(channel, stamp, { subtype: 'message_changed', message: change.message, previous_message: change.previous })];
    case 'message_deleted':
      return [hidden(channel, stamp, { subtype: 'message_deleted', deleted_ts: change.message.ts, previous_message: change.message })];
    case 'reaction': {
      const item = { type: 'message', channel: channel.id, ts: change.message.ts };
      const event = { type: 'reaction_added', user: change.user, reaction: change.name, item, item_user: change.message.user, event_ts: stamp };
      return [{ name: 'reaction_added', event }];
    }
    case 'member': {
      const inviter = change.inviter ? { inviter: change.inviter } : {};
      const event = { type: 'member_joined_channel', user: change.user, channel: channel.id, channel_type: channel.kind === 'private' ? 'G' : 'C' };
      return change.what === 'joined' ? [{ name: 'member_joined_channel', event: { ...event, team: world.team.id, ...inviter, event_ts: stamp } }] : [];
    }
    case 'channel':
      return channelEvent(channel, stamp, change);
    default:
      return [];
  }
}

function channelEvent(channel: Channel, stamp: string, { what, user }: Extract<Change, { kind: 'channel' }>): Said[] {
  const { id, name, created } = channel;
  if (what === 'archived') return [{ name: 'channel_archive', event: { type: 'channel_archive', channel: id, user, event_ts: stamp } }];
  if (what === 'renamed') return [{ name: 'channel_rename', event: { type: 'channel_rename', channel: { id, name, created }, event_ts: stamp } }];
  return [];
}

function spoken(world: World, channel: Channel, message: Message): Said[] {
  // A copy: the event shows the message as it was, whatever happens to it while the event is under way.
  const body = structuredClone(message);
  const said = { ...body, channel: channel.id, channel_type: CHANNEL_TYPE[channel.kind], event_ts: message.ts };
  const plain: Said = { name: SUBSCRIPTION[channel.kind], event: said };
  const isMention = message.text.includes(`<@${world.bot.userId}>`) && message.bot_id !== world.bot.botId;
  const isOrdinary = message.subtype === undefined || message.subtype === 'file_share';
  if (!isMention || !isOrdinary || channel.kind === 'im') return [plain];
  const { channel_type: _left, ...mention } = said;
  return [plain, { name: 'app_mention', event: { ...mention, type: 'app_mention' } }];
}

function hidden(channel: Channel, stamp: string, fields: Fields): Said {
  const event = structuredClone({
    type: 'message',
    ...fields,
    channel: channel.id,
    channel_type: CHANNEL_TYPE[channel.kind],
    hidden: true,
    ts: stamp,
    event_ts: stamp,
  });
  return { name: SUBSCRIPTION[channel.kind], event };
}

function homeOpened(world: World, user: string): Said {
  const direct = [...world.channels.values()].find((channel) => channel.kind === 'im' && channel.members.has(user));
  const view = world.homes.get(user);
  const event = { type: 'app_home_opened', user, channel: direct?.id, tab: 'home', ...(view ? { view } : {}), event_ts: world.nextTs() };
  return { name: 'app_home_opened', event };
}
