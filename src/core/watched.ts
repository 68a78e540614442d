/** Alerts that another app posts in a channel of Slack: which posts are watched, and what of a post is kept. */
import type { Instant } from './model.ts';

/** One entry of `watch_channels:` in services.yml. */
export interface WatchedChannel {
  /** `C…` or `G…`. */
  readonly channel: string;
  /** Whose posts: `A…`, the app; or `B…`, one bot of it. */
  readonly app: string;
  /** Undefined: fields of the post, labels, or a service's name in its words decide. */
  readonly service: string | undefined;
  /** Regular expressions, case ignored. Undefined: whatever is not resolved fires. */
  readonly firing: string | undefined;
  /** Undefined: the usual words in the headline, or a green bar. */
  readonly resolved: string | undefined;
  readonly identity: 'title' | 'link' | 'message';
}

/** A post as plain text: blocks and attachments are flattened, Slack's encoding is undone. */
export interface Post {
  readonly headline: string;
  readonly lines: readonly string[];
  readonly fields: readonly (readonly [name: string, value: string])[];
  /** Of the headline, if it is one; else the first there is. */
  readonly link: string | undefined;
  /** Of the bar beside an attachment. */
  readonly color: string | undefined;
}

/** The name under which such a delivery waits in the inbox. */
export const WATCH_SOURCE = 'slack';

/** What is stored of one delivery. */
export interface WatchedPost {
  readonly channel: string;
  /** How the app calls itself. */
  readonly sender: string | undefined;
  /** The ids under which services.yml may name the sender. */
  readonly senders: readonly string[];
  /** Of the post itself; of a reply that of the post it stands under. */
  readonly root: string;
  readonly kind: 'post' | 'reply' | 'edit';
  readonly at: Instant;
  readonly post: Post;
  /** Of an edit: what it said before. */
  readonly before: Post | undefined;
}

/** What of services.yml concerns it. */
export interface Watching {
  readonly watched?: readonly WatchedChannel[];
}

/** The entry that lets this post in; one that names a bot before one that names its app. */
export function entryFor(entries: readonly WatchedChannel[], channel: string, senders: readonly string[]): WatchedChannel | undefined {
  const here = entries.filter((entry) => entry.channel === channel && senders.includes(entry.app));
  return here.find(({ app }) => app.startsWith('B')) ?? here[0];
}
