/** Channels: made once, named predictably, filled with the right people, dressed with topic and bookmarks. */
import type { Instant } from '../core/model.ts';
import { Failure } from '../lib/failure.ts';
import { isUserId, plainLine } from './escape.ts';
import { list, record } from './loose.ts';
import type { Identity, Talk } from './talk.ts';
import type { Answer, Args, Lanes } from './talk-lane.ts';
import { nextCursor, said, unless } from './talk-messages.ts';
import type { Method } from './talk-methods.ts';

/** conversations.invite takes at most 100 people (docs.slack.dev). */
const INVITE_MAX = 100;
const NAME_MAX_CHARS = 80;
const NAME_TRIES = 20;
const TOPIC_MAX_CHARS = 250;
const LIST_PAGES_MAX = 25;
/** Slack's clock and ours may differ, and Slack cuts the moment of creation to whole seconds. */
const CLOCK_SLACK_MS = 120_000;

interface Parts {
  readonly lanes: Lanes;
  readonly identity: () => Promise<Identity>;
  /** Users in a user group, live. */
  readonly groupUsers: (group: string) => Promise<readonly string[]>;
}

export function channels({ lanes, identity, groupUsers }: Parts): Pick<Talk, 'createChannel' | 'expect' | 'invite' | 'setTopic' | 'setBookmarks'> {
  const send = (method: Method, args: Args, channel?: string): Promise<Answer> => lanes.call(method, args, { write: true, ...(channel && { channel }) });
  return {
    createChannel: (ask) => createChannel({ lanes, identity, send }, ask),
    async expect(who) {
      await Promise.allSettled(who.filter(isGroup).map(groupUsers)); // remembered there; whatever fails is reported by `invite`
    },
    async invite(channel, who) {
      const skipped: { id: string; because: string }[] = [];
      const users = await expand(who, groupUsers, skipped);
      const invited: string[] = [];
      for (let at = 0; at < users.length; at += INVITE_MAX) await inviteSome(send, channel, users.slice(at, at + INVITE_MAX), { invited, skipped });
      return { invited, skipped };
    },
    async setTopic(channel, topic) {
      await send('conversations.setTopic', { channel, topic: plainLine(topic, TOPIC_MAX_CHARS) }, channel);
    },
    async setBookmarks(channel, bookmarks, how = { isNew: false }) {
      const there = how.isNew ? [] : list((await lanes.call('bookmarks.list', { channel_id: channel }, { write: false, channel })).bookmarks);
      const set = async ({ title, url }: { title: string; url: string }): Promise<void> => {
        const same = there.find((bookmark) => bookmark.title === title);
        if (same?.link === url) return;
        if (typeof same?.id === 'string') await send('bookmarks.edit', { channel_id: channel, bookmark_id: same.id, link: url, title }, channel);
        else await send('bookmarks.add', { channel_id: channel, title, type: 'link', link: url }, channel);
      };
      const ends = await Promise.allSettled(bookmarks.map(set));
      for (const end of ends) if (end.status === 'rejected') throw end.reason;
    },
  };
}

const isGroup = (id: string): boolean => id.startsWith('S');

type Send = (method: Method, args: Args, channel?: string) => Promise<Answer>;

async function createChannel(
  parts: Pick<Parts, 'lanes' | 'identity'> & { send: Send },
  ask: { name: string; isPrivate: boolean; notBefore?: Instant },
): Promise<{ id: string; name: string }> {
  let taken: ReadonlyMap<string, Channel> | undefined;
  for (let attempt = 1; attempt <= NAME_TRIES; attempt += 1) {
    const name = attempt === 1 ? ask.name.slice(0, NAME_MAX_CHARS) : `${ask.name.slice(0, NAME_MAX_CHARS - 3)}-${attempt}`;
    const known = taken?.get(name);
    if (!known) {
      const answer = await parts.send('conversations.create', { name, is_private: ask.isPrivate }).catch(unless('name_taken'));
      if (answer) return made(answer);
      taken ??= await channelsNamed(parts.lanes, ask.name.slice(0, NAME_MAX_CHARS - 3));
    }
    const there = taken?.get(name);
    if (there && (await isOurs(parts, there, ask.notBefore))) return { id: there.id, name };
  }
  throw new Failure('E_SLACK', `${NAME_TRIES} channel names from ${ask.name} on are taken; no channel was made`, {
    permanent: true,
    hint: 'change channelPrefix in services.yml',
  });
}

interface Channel {
  readonly id: string;
  readonly creator: string;
  readonly createdAt: Instant;
  readonly archived: boolean;
}

/** An archived channel cannot be opened again by a bot (slack-go/slack #1066), so it counts as somebody else's. */
async function isOurs({ identity }: Pick<Parts, 'identity'>, channel: Channel, notBefore: Instant | undefined): Promise<boolean> {
  if (channel.archived) return false;
  const { botUserId } = await identity();
  return channel.creator === botUserId && (notBefore === undefined || channel.createdAt + CLOCK_SLACK_MS >= notBefore);
}

async function channelsNamed(lanes: Lanes, stem: string): Promise<ReadonlyMap<string, Channel>> {
  const found = new Map<string, Channel>();
  let cursor = '';
  for (let page = 0; page < LIST_PAGES_MAX; page += 1) {
    const args = { types: 'public_channel,private_channel', limit: 999, exclude_archived: false, ...(cursor && { cursor }) };
    const answer = await lanes.call('conversations.list', args, { write: false });
    for (const { id, name, creator, created, is_archived } of list(answer.channels)) {
      if (typeof id !== 'string' || typeof name !== 'string' || !name.startsWith(stem)) continue;
      found.set(name, { id, creator: String(creator ?? ''), createdAt: Number(created ?? 0) * 1000, archived: is_archived === true });
    }
    cursor = nextCursor(answer);
    if (cursor === '') break;
  }
  return found;
}

function made(answer: Answer): { id: string; name: string } {
  const channel = record(answer.channel);
  return { id: said(channel, 'id', 'conversations.create'), name: said(channel, 'name', 'conversations.create') };
}

/** Users and user groups → users, each once, in order; what is neither is nobody in Slack. A group that cannot be read is reported, the rest goes on. */
async function expand(who: readonly string[], groupUsers: Parts['groupUsers'], skipped: { id: string; because: string }[]): Promise<string[]> {
  const users: string[] = [];
  for (const id of who) {
    if (isUserId(id)) users.push(id);
    else if (isGroup(id)) {
      try {
        users.push(...(await groupUsers(id)));
      } catch (error) {
        if (!(error instanceof Failure) || error.code === 'E_SLACK_LIMITED' || error.code === 'E_SLACK_AUTH') throw error;
        skipped.push({ id, because: error.path ?? error.code });
      }
    }
  }
  return [...new Set(users)];
}

interface Tally {
  readonly invited: string[];
  readonly skipped: { id: string; because: string }[];
}

const FINE: readonly string[] = ['already_in_channel', 'cant_invite_self'];
/** Errors about the people, not about the channel or us: one bad id must not keep the others out. */
const ABOUT_PEOPLE =
  /^(user_not_found|users_not_found|cant_invite.*|user_is_(ultra_)?restricted|user_disabled|ura_max_channels|already_in_channel|no_user|user_team_not_in_channel)$/;

async function inviteSome(send: Send, channel: string, users: readonly string[], tally: Tally): Promise<void> {
  try {
    const answer = await send('conversations.invite', { channel, users: users.join(','), force: true }, channel);
    // With `force` Slack invites whom it can and lists the others.
    const refused = new Map(list(answer.errors).map((error) => [String(error.user), String(error.error)]));
    for (const id of users) note(tally, id, refused.get(id));
  } catch (error) {
    if (!(error instanceof Failure) || error.path === undefined || !ABOUT_PEOPLE.test(error.path)) throw error;
    if (users.length === 1) note(tally, String(users[0]), error.path);
    else for (const id of users) await inviteSome(send, channel, [id], tally);
  }
}

function note(tally: Tally, id: string, refusal: string | undefined): void {
  if (refusal === undefined || FINE.includes(refusal)) tally.invited.push(id);
  else tally.skipped.push({ id, because: refusal });
}
