import type { MiniSlack } from '../slack/mini-slack.ts';
import type { Channel, Message, Person, World } from '../slack/world.ts';
import { type Face, idPart, type RenderContext } from './context.ts';
import type { PlaygroundExtras } from './extras.ts';

export interface Stage {
  readonly slack: MiniSlack;
  readonly extras: PlaygroundExtras;
  /** IANA name; the visitor sits at the same machine, so it is the machine's. */
  readonly timeZone: string;
  /** The newest message each person has seen, by `person channel`. */
  readonly seen: Map<string, string>;
}

/** Who looks, and at what: a channel, or the App Home. */
export interface Visit {
  readonly person: string;
  readonly channel: string | undefined;
}

export function channelPath(channel: string, person: string): string {
  return `/channel/${encodeURIComponent(channel)}?as=${encodeURIComponent(person)}`;
}

export function homePath(person: string): string {
  return `/home?as=${encodeURIComponent(person)}`;
}

/** The id of a message's element, and the part after `#` in a link to it. */
export function messageId(channel: string, ts: string): string {
  return `m-${idPart(channel)}-${idPart(ts)}`;
}

export function faceOf(stage: Stage, person: Person): Face {
  const role = stage.extras.cast.find((member) => member.id === person.id)?.role ?? '';
  return { id: person.id, name: person.name, fullName: person.realName ?? person.name, role, app: person.kind === 'bot' };
}

export function contextFor(stage: Stage, visitor: string): RenderContext {
  const { world } = stage.slack;
  const shown = channelsOf(world, visitor);
  const roomPath = (id: string) => (shown.some((channel) => channel.id === id) ? channelPath(id, visitor) : undefined);
  const pathOf = (id: string) => (world.files.has(id) ? `/files/${encodeURIComponent(id)}` : undefined);
  return {
    visitor,
    now: world.clock.now(),
    timeZone: stage.timeZone,
    people: [...world.people.values()].map((person) => faceOf(stage, person)),
    channels: [...world.channels.values()].filter((channel) => channel.kind !== 'im' && !channel.isArchived),
    groups: new Map([...world.groups.values()].map((group) => [group.id, group.handle])),
    fileUrl: pathOf,
    channelPath: roomPath,
    insidePath: (url) => {
      const [, channel = '', digits] = /\/archives\/([A-Z0-9]+)(?:\/p(\d{11,}))?(?:\?.*)?$/.exec(url) ?? [];
      const ours = url.startsWith(`${stage.slack.origin}/`) || url.startsWith(`https://${world.team.domain}.slack.com/`);
      const path = ours ? roomPath(channel) : undefined;
      return path === undefined || digits === undefined ? path : `${path}#${messageId(channel, `${digits.slice(0, -6)}.${digits.slice(-6)}`)}`;
    },
    pictureUrl: (url) => {
      const file = [...world.files.values()].find((held) => held.url_private === url || held.url_private_download === url);
      return file === undefined ? undefined : pathOf(file.id);
    },
  };
}

/** Public channels, private ones the person is in, and their own direct messages. */
export function channelsOf(world: World, person: string): readonly Channel[] {
  const seen = [...world.channels.values()].filter((channel) => channel.kind === 'public' || channel.members.has(person));
  return seen.filter((channel) => channel.kind !== 'im' || channel.messages.length > 0);
}

/** What the person can see of a channel: its messages and what only they were shown, oldest first. */
export function visibleIn(world: World, channel: Channel, person: string): readonly { message: Message; ephemeral: boolean }[] {
  const own = world.ephemerals.filter((held) => held.channel === channel.id && held.user === person);
  const all = [...channel.messages.map((message) => ({ message, ephemeral: false })), ...own.map(({ message }) => ({ message, ephemeral: true }))];
  return all.sort((a, b) => (a.message.ts < b.message.ts ? -1 : a.message.ts > b.message.ts ? 1 : 0));
}

/** A message's time stamp is unix seconds with six digits after the point. */
export function instantOf(ts: string): number {
  return Number(ts) * 1000;
}

export function markSeen(stage: Stage, person: string, channel: Channel): void {
  const newest = visibleIn(stage.slack.world, channel, person).at(-1);
  if (newest !== undefined) stage.seen.set(`${person} ${channel.id}`, newest.message.ts);
}

export interface Unread {
  readonly any: boolean;
  /** How many of them name the person. */
  readonly mentions: number;
}

export function unreadOf(stage: Stage, person: string, channel: Channel): Unread {
  const since = stage.seen.get(`${person} ${channel.id}`) ?? '';
  const fresh = visibleIn(stage.slack.world, channel, person).filter(({ message }) => message.ts > since && message.user !== person);
  const naming = fresh.filter(({ message }) => message.text.includes(`<@${person}>`) || channel.kind === 'im');
  return { any: fresh.length > 0, mentions: naming.length };
}
