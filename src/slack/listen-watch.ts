/**
 * Alerts that another app posts in a channel. They are stored before Slack is told that we have them: what cannot be stored is not
 * acknowledged, and Slack sends it again. Only posts of an app that services.yml names for that channel, and never our own.
 */
import { entryFor, WATCH_SOURCE, type WatchedChannel, type WatchedPost } from '../core/watched.ts';
import type { Clock } from '../lib/clock.ts';
import { postOf } from './listen-post.ts';
import { record, string } from './loose.ts';

export interface Watch {
  entries(): readonly WatchedChannel[];
  /** On disk when it resolves; false: it was there already. Throws Failure E_STORE. */
  accept(delivery: { readonly source: string; readonly body: string; readonly receivedAt: number; readonly once: string }): Promise<boolean>;
}

/** Bolt's App, as far as a receiver knows it. */
interface Taker<E extends { readonly body: unknown }> {
  processEvent(event: E): Promise<void>;
}

/** Puts itself before Bolt, which acknowledges an event before any listener sees it. */
export function storeFirst<E extends { readonly body: unknown }>(app: Taker<E>, watch: Watch, clock: Clock): void {
  const next = app.processEvent.bind(app);
  app.processEvent = async (event) => {
    const seen = watchedPost(event.body, watch.entries());
    if (seen) await watch.accept({ source: WATCH_SOURCE, body: JSON.stringify(seen.post), receivedAt: clock.now(), once: seen.once });
    await next(event);
  };
}

/** Pure. Undefined: nothing that is watched. */
export function watchedPost(body: unknown, entries: readonly WatchedChannel[]): { readonly post: WatchedPost; readonly once: string } | undefined {
  if (entries.length === 0) return undefined;
  const { event, event_id: id, api_app_id: us } = record(body);
  const { type, subtype, channel, message, previous_message: previous, event_ts: stamp, ...rest } = record(event);
  if (type !== 'message' || !TOLD.has(string(subtype))) return undefined;
  const isEdit = subtype === 'message_changed';
  const said = isEdit ? record(message) : { ...rest, ts: rest.ts };
  const senders = sendersOf(said);
  const where = string(channel);
  if (senders.length === 0 || senders.includes(string(us)) || !entryFor(entries, where, senders)) return undefined;
  const ts = string(said.ts);
  const root = string(said.thread_ts) || ts;
  const at = instant(isEdit ? string(record(said.edited).ts) || string(stamp) : ts);
  if (ts === '' || at === undefined) return undefined;
  const post: WatchedPost = {
    channel: where,
    sender: string(said.username) || string(record(said.bot_profile).name) || undefined,
    senders,
    root,
    kind: isEdit ? 'edit' : root === ts ? 'post' : 'reply',
    at,
    post: postOf(said),
    before: previous === undefined ? undefined : postOf(previous),
  };
  return { post, once: `slack:${string(id) || `${where}:${ts}:${string(stamp)}`}` };
}

/** What an app says: without a subtype (apps of today), as a classic integration, again in the channel from a thread, or edited. */
const TOLD: ReadonlySet<string> = new Set(['', 'bot_message', 'thread_broadcast', 'message_changed']);

/** People have neither; a person's words are never an alert here. */
function sendersOf(said: Readonly<Record<string, unknown>>): readonly string[] {
  const { app_id: app, id: bot } = record(said.bot_profile);
  return [...new Set([said.app_id, said.bot_id, app, bot].map(string).filter((one) => one !== ''))];
}

/** Slack's `1732100000.000200` → ms. */
function instant(ts: string): number | undefined {
  const ms = Math.round(Number(ts) * 1_000);
  return ts !== '' && Number.isSafeInteger(ms) && ms > 0 ? ms : undefined;
}
