/** Every method of the Web API the mini Slack knows: what it does, its rate tier and the scopes that open it. */
import { type Answer, type Call, text } from './call.ts';
import { deleteMessage, getPermalink, postEphemeral, postMessage, updateMessage, validateBlocks } from './chat.ts';
import * as channels from './conversations.ts';
import { completeUpload, fileInfo, getUploadUrl, type Uploads } from './files.ts';
import { history, replies } from './history.ts';
import type { Tier } from './limits.ts';
import { addBookmark, editBookmark, listBookmarks, listPins, pin, react } from './marks.ts';
import { authTest, listGroups, listGroupUsers, listUsers, lookupByEmail, userInfo } from './people.ts';
import { openView, publishView, updateView } from './views.ts';

export interface Method {
  readonly run: (call: Call) => Answer;
  readonly tier: Tier;
  /** One of these is enough; none: any token will do. */
  readonly scopes: (call: Call) => readonly string[];
}

/** What the mini Slack grants when nothing else is said: what an incident bot asks for in its manifest. */
export const DEFAULT_SCOPES = [
  'app_mentions:read',
  'bookmarks:read',
  'bookmarks:write',
  'channels:history',
  'channels:join',
  'channels:manage',
  'channels:read',
  'chat:write',
  'chat:write.public',
  'commands',
  'files:read',
  'files:write',
  'groups:history',
  'groups:read',
  'groups:write',
  'im:history',
  'im:read',
  'im:write',
  'pins:read',
  'pins:write',
  'reactions:read',
  'reactions:write',
  'usergroups:read',
  'users:read',
  'users:read.email',
] as const;

const PREFIX = { public: 'channels', private: 'groups', im: 'im' } as const;

const method = (run: Method['run'], tier: Tier, ...scopes: readonly string[]): Method => ({ run, tier, scopes: () => scopes });

/** The scope depends on the kind of the channel: `channels:…`, `groups:…` or `im:…`. */
const byKind = (run: Method['run'], tier: Tier, ...abilities: readonly string[]): Method => ({
  run,
  tier,
  scopes: (call) => {
    const kind = call.world.channels.get(text(call, 'channel'))?.kind ?? 'public';
    const wanted = kind === 'public' ? abilities : abilities.map((ability) => (ability === 'manage' ? 'write' : ability));
    return wanted.map((ability) => `${PREFIX[kind]}:${ability}`);
  },
});

const create: Method = {
  run: channels.createChannel,
  tier: 2,
  scopes: (call) => (String(call.args.is_private) === 'true' ? ['groups:write'] : ['channels:manage']),
};

export function allMethods(uploads: Uploads): ReadonlyMap<string, Method> {
  return new Map<string, Method>([
    ...METHODS,
    ['files.completeUploadExternal', method((call) => completeUpload(uploads, call), 4, 'files:write')],
    ['files.getUploadURLExternal', method((call) => getUploadUrl(uploads, call), 4, 'files:write')],
  ]);
}

const METHODS: readonly (readonly [string, Method])[] = [
  ['api.test', method((call) => ({ ok: true, args: call.args }), 4)],
  ['auth.test', method(authTest, 'none')],
  ['blocks.validate', method(validateBlocks, 3)],
  ['bookmarks.add', method(addBookmark, 2, 'bookmarks:write')],
  ['bookmarks.edit', method(editBookmark, 2, 'bookmarks:write')],
  ['bookmarks.list', method(listBookmarks, 3, 'bookmarks:read')],
  ['chat.delete', method(deleteMessage, 3, 'chat:write')],
  ['chat.getPermalink', method(getPermalink, 'none')],
  ['chat.postEphemeral', method(postEphemeral, 4, 'chat:write')],
  ['chat.postMessage', method(postMessage, 'none', 'chat:write')],
  ['chat.update', method(updateMessage, 3, 'chat:write')],
  ['conversations.archive', byKind(channels.archive, 2, 'manage')],
  ['conversations.create', create],
  ['conversations.history', byKind(history, 3, 'history')],
  ['conversations.info', byKind(channels.channelInfo, 3, 'read')],
  ['conversations.invite', byKind(channels.invite, 3, 'manage', 'write.invites')],
  ['conversations.join', method(channels.join, 3, 'channels:join')],
  ['conversations.list', method(channels.listChannels, 2, 'channels:read', 'groups:read', 'im:read')],
  ['conversations.members', byKind(channels.members, 4, 'read')],
  ['conversations.open', method(channels.open, 3, 'im:write', 'channels:manage', 'groups:write')],
  ['conversations.rename', byKind(channels.rename, 2, 'manage')],
  ['conversations.replies', byKind(replies, 3, 'history')],
  ['conversations.setPurpose', byKind(channels.tell('purpose'), 2, 'manage', 'write.topic')],
  ['conversations.setTopic', byKind(channels.tell('topic'), 2, 'manage', 'write.topic')],
  ['conversations.unarchive', byKind(channels.unarchive, 2, 'manage')],
  ['files.info', method(fileInfo, 4, 'files:read')],
  ['pins.add', method(pin, 2, 'pins:write')],
  ['pins.list', method(listPins, 2, 'pins:read')],
  ['reactions.add', method(react, 3, 'reactions:write')],
  ['usergroups.list', method(listGroups, 2, 'usergroups:read')],
  ['usergroups.users.list', method(listGroupUsers, 2, 'usergroups:read')],
  ['users.conversations', method(channels.listOwnChannels, 3, 'channels:read', 'groups:read', 'im:read')],
  ['users.info', method(userInfo, 4, 'users:read')],
  ['users.list', method(listUsers, 2, 'users:read')],
  ['users.lookupByEmail', method(lookupByEmail, 3, 'users:read.email')],
  ['views.open', method(openView('open'), 4)],
  ['views.publish', method(publishView, 4)],
  ['views.push', method(openView('push'), 4)],
  ['views.update', method(updateView, 4)],
];
