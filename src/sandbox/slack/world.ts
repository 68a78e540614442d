/**
 * What the mini Slack is made of. Messages, blocks and views keep Slack's own field names, so that whoever draws them or
 * compares them reads the same shapes the Web API answers with.
 */
import type { Clock } from '../../lib/clock.ts';

export type Fields = Record<string, unknown>;
export type Block = Fields & { type: string; block_id?: string };

export type PersonKind = 'member' | 'multi-channel-guest' | 'single-channel-guest' | 'bot' | 'stranger' | 'deactivated';

export interface Person {
  /** `U…`; given by whoever sets the stage, so that tests can name people. */
  readonly id: string;
  /** The handle without `@`. */
  readonly name: string;
  readonly realName?: string;
  readonly email?: string;
  readonly locale?: string;
  readonly timeZone?: string;
  /** A stranger belongs to another workspace (Slack Connect). */
  readonly kind?: PersonKind;
}

export interface Group {
  /** `S…` */
  readonly id: string;
  readonly handle: string;
  readonly name?: string;
  readonly members: readonly string[];
}

export interface SlackFile {
  id: string;
  name: string;
  title: string;
  mimetype: string;
  filetype: string;
  size: number;
  /** Unix seconds. */
  created: number;
  user: string;
  mode: string;
  url_private: string;
  url_private_download: string;
  channels: string[];
  shares: { public: Record<string, { ts: string }[]> };
  alt_txt?: string;
}

export interface Reaction {
  name: string;
  users: string[];
  count: number;
}

export interface Message {
  type: 'message';
  ts: string;
  text: string;
  subtype?: string;
  user?: string;
  bot_id?: string;
  app_id?: string;
  team?: string;
  client_msg_id?: string;
  blocks?: Block[];
  attachments?: Fields[];
  files?: SlackFile[];
  thread_ts?: string;
  parent_user_id?: string;
  reply_count?: number;
  reply_users?: string[];
  reply_users_count?: number;
  latest_reply?: string;
  reactions?: Reaction[];
  edited?: { user: string; ts: string };
  metadata?: { event_type: string; event_payload: Fields };
  pinned_to?: string[];
  topic?: string;
  purpose?: string;
  name?: string;
  old_name?: string;
  upload?: boolean;
  bot_profile?: Fields;
  /** The name other apps post under. */
  username?: string;
}

export interface Ephemeral {
  readonly channel: string;
  /** The only person who sees it. */
  readonly user: string;
  message: Message;
}

export interface Bookmark {
  id: string;
  channel_id: string;
  title: string;
  link: string;
  emoji: string;
  type: string;
  date_created: number;
  date_updated: number;
}

export interface Pin {
  ts: string;
  /** Unix seconds. */
  created: number;
  created_by: string;
}

export interface Told {
  value: string;
  creator: string;
  last_set: number;
}

export interface Channel {
  id: string;
  name: string;
  kind: 'public' | 'private' | 'im';
  isArchived: boolean;
  creator: string;
  /** Unix seconds. */
  created: number;
  topic: Told;
  purpose: Told;
  members: Set<string>;
  /** Oldest first, thread replies among them. */
  messages: Message[];
  pins: Pin[];
  bookmarks: Bookmark[];
}

/** What a person has typed or chosen: block_id → action_id → the element's state, as in `view.state.values`. */
export type Values = Record<string, Record<string, Fields>>;

export interface View {
  id: string;
  type: 'modal' | 'home';
  team_id: string;
  app_id: string;
  bot_id: string;
  app_installed_team_id: string;
  callback_id: string;
  private_metadata: string;
  external_id: string;
  hash: string;
  root_view_id: string;
  previous_view_id: string | null;
  title: Fields | null;
  submit: Fields | null;
  close: Fields | null;
  clear_on_close: boolean;
  notify_on_close: boolean;
  blocks: Block[];
  state: { values: Values };
}

/** One modal on a person's screen: what the app sent, and what the screen shows besides. */
export interface OpenView {
  readonly user: string;
  view: View;
  /** Shown under the inputs, by block_id; from `response_action: errors` or the form's own checks. */
  errors: Record<string, string>;
  /** What Slack says at the top of the modal when the app did not answer in time; empty when all is well. */
  trouble: string;
}

/** Something Slack swallows without telling the app by an error: an invalid view in an ack, an answer that came too late. */
export interface Mishap {
  readonly at: number;
  readonly what: string;
  readonly detail: string;
}

export interface Trigger {
  readonly user: string;
  readonly expiresAt: number;
  used: boolean;
  /** The modal from which it was born; `views.push` puts its view on top of this one. */
  readonly viewId?: string;
}

export interface ResponseHook {
  readonly user: string;
  readonly channel: string;
  readonly expiresAt: number;
  usesLeft: number;
  /** The message the person acted on; `replace_original` and `delete_original` mean this one. */
  originTs?: string;
  readonly originIsEphemeral: boolean;
  readonly threadTs?: string;
}

/** Everything that can be seen to happen. `what` refines `kind`. */
export type Change =
  | { kind: 'channel'; what: 'created' | 'renamed' | 'archived'; channel: Channel; user: string }
  | { kind: 'member'; what: 'joined' | 'left'; channel: Channel; user: string; inviter?: string }
  | { kind: 'topic'; what: 'topic' | 'purpose'; channel: Channel; user: string }
  | { kind: 'message'; channel: Channel; message: Message }
  | { kind: 'message_changed'; channel: Channel; message: Message; previous: Message }
  | { kind: 'message_deleted'; channel: Channel; message: Message }
  | { kind: 'ephemeral'; what: 'shown' | 'replaced' | 'deleted'; ephemeral: Ephemeral }
  | { kind: 'reaction'; channel: Channel; message: Message; user: string; name: string }
  | { kind: 'pin'; channel: Channel; ts: string; user: string }
  | { kind: 'bookmark'; channel: Channel; bookmark: Bookmark }
  | { kind: 'file'; what: 'uploaded' | 'shared'; file: SlackFile }
  | { kind: 'view'; what: 'opened' | 'pushed' | 'updated' | 'closed' | 'errors'; open: OpenView }
  | { kind: 'home'; what: 'opened' | 'published'; user: string; view?: View }
  | { kind: 'mishap'; mishap: Mishap };

export interface Bot {
  readonly userId: string;
  readonly botId: string;
  readonly appId: string;
  readonly name: string;
}

/** The whole workspace, in memory. Read it freely; change it only through state.ts, the Web API or a person's acts. */
export interface World {
  readonly clock: Clock;
  readonly team: { readonly id: string; readonly name: string; readonly domain: string };
  readonly bot: Bot;
  readonly people: Map<string, Person>;
  readonly groups: Map<string, Group>;
  readonly channels: Map<string, Channel>;
  readonly files: Map<string, SlackFile>;
  readonly bytes: Map<string, Buffer>;
  /** Open modals by view id. */
  readonly views: Map<string, OpenView>;
  /** Modal ids of each person, bottom first; the last one is on the screen. */
  readonly stacks: Map<string, string[]>;
  readonly homes: Map<string, View>;
  readonly ephemerals: Ephemeral[];
  readonly triggers: Map<string, Trigger>;
  readonly hooks: Map<string, ResponseHook>;
  readonly mishaps: Mishap[];
  /** A new id with this prefix, e.g. `C` → `C0000000007`. The same acts in the same order give the same ids. */
  nextId(prefix: string): string;
  /** A message time stamp, later than every one before it. */
  nextTs(): string;
  change(change: Change): void;
  on(listener: (change: Change) => void): () => void;
}
