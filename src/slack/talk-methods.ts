/**
 * Every Web API method this room calls, with the bot scopes it needs (docs.slack.dev method pages). app-manifest.yml is tested against this
 * list, and a call to a method that is not in it does not compile.
 */
export const METHODS = {
  'auth.test': [],
  'bookmarks.add': ['bookmarks:write'],
  'bookmarks.edit': ['bookmarks:write'],
  'bookmarks.list': ['bookmarks:read'],
  'chat.getPermalink': [],
  'chat.postEphemeral': ['chat:write'],
  // The living announcement goes to a public channel the bot need not have joined.
  'chat.postMessage': ['chat:write', 'chat:write.public'],
  'chat.update': ['chat:write'],
  'conversations.create': ['channels:manage', 'groups:write'],
  'conversations.history': ['channels:history', 'groups:history'],
  'conversations.invite': ['channels:manage', 'groups:write'],
  'conversations.list': ['channels:read', 'groups:read'],
  'conversations.replies': ['channels:history', 'groups:history'],
  'conversations.setTopic': ['channels:manage', 'groups:write'],
  'files.completeUploadExternal': ['files:write'],
  'files.getUploadURLExternal': ['files:write'],
  'pins.add': ['pins:write'],
  'usergroups.users.list': ['usergroups:read'],
  'users.info': ['users:read'],
  'views.open': [],
  'views.publish': [],
  'views.update': [],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type Method = keyof typeof METHODS;

/** What the door needs beside the calls: slash commands, pictures given in a form, pins by reaction, mentions. */
export const DOOR_SCOPES = ['commands', 'files:read', 'reactions:read', 'app_mentions:read'] as const;

/** Every scope the app asks for, sorted. */
export function neededScopes(): string[] {
  return [...new Set<string>([...Object.values(METHODS).flat(), ...DOOR_SCOPES])].sort();
}
