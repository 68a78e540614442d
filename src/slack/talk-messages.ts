/** Posts, edits, look-ups, forms. */
import type { Instant } from '../core/model.ts';
import { Failure } from '../lib/failure.ts';
import { clip, type Escaped } from './escape.ts';
import { list, record, string } from './loose.ts';
import { plainBlocks } from './plain-blocks.ts';
import type { SlackMessage, Talk } from './talk.ts';
import type { Answer, Args, Lanes } from './talk-lane.ts';
import type { Method } from './talk-methods.ts';
import type { Block } from './view.ts';

export const METADATA_TYPE = 'tagback';
/** chat.update refuses a text over 4,000 characters; posts keep to the same. */
const TEXT_MAX_CHARS = 3900;
/** Names the message types nobody pings by accident: no @here from words, no previews of failing URLs. */
const QUIET = { unfurl_links: false, unfurl_media: false, link_names: false, parse: 'none' } as const;
const PAGE_SIZE = 200;
const PAGES_MAX = 5;
/** Slack's clock and ours may differ; keys are unique, so looking a little further back finds nothing false. */
const CLOCK_SLACK_MS = 120_000;

type Messages = Pick<Talk, 'post' | 'update' | 'findPosted' | 'pin' | 'ephemeral' | 'permalink' | 'message'>;

export function messages(lanes: Lanes): Messages {
  const send = (method: Method, args: Args, channel?: string): Promise<Answer> => lanes.call(method, args, { write: true, ...(channel && { channel }) });

  /** Slack may not know the newest blocks yet (or any more); the story must still be told. */
  const sendBlocks = async (method: Method, args: Args & { text: Escaped; blocks: readonly Block[] }, channel: string): Promise<Answer> => {
    const whole = { ...args, text: clip(args.text, TEXT_MAX_CHARS) };
    try {
      return await send(method, whole, channel);
    } catch (error) {
      if (!isBlocksRefused(error)) throw error;
      return await send(method, { ...whole, blocks: plainBlocks(args.blocks) }, channel);
    }
  };

  return {
    async post({ channel, text, blocks, key, thread, metadata }) {
      const payload = { ...metadata, key };
      const args = { channel, text, blocks, ...(thread && { thread_ts: thread }), metadata: { event_type: METADATA_TYPE, event_payload: payload }, ...QUIET };
      return said(await sendBlocks('chat.postMessage', args, channel), 'ts', 'chat.postMessage');
    },
    async update({ channel, ts, text, blocks }) {
      await sendBlocks('chat.update', { channel, ts, text, blocks, link_names: false, parse: 'none' }, channel);
    },
    findPosted: (channel, key, since, thread) => findPosted(lanes, { channel, key, since, thread }),
    async pin(channel, ts) {
      await send('pins.add', { channel, timestamp: ts }, channel).catch(unless('already_pinned'));
    },
    async ephemeral(channel, user, text, blocks) {
      await send(
        'chat.postEphemeral',
        { channel, user, text: clip(text, TEXT_MAX_CHARS), ...(blocks && { blocks }), link_names: false, parse: 'none' },
        channel,
      );
    },
    message: (channel, ts) => oneMessage(lanes, channel, ts),
    async permalink(channel, ts) {
      return said(await lanes.call('chat.getPermalink', { channel, message_ts: ts }, { write: false, channel }), 'permalink', 'chat.getPermalink');
    },
  };
}

/** Only our own messages carry our metadata type; the key says which one. */
async function findPosted(lanes: Lanes, ask: { channel: string; key: string; since: Instant; thread: string | undefined }): Promise<string | undefined> {
  const { channel, key, since, thread } = ask;
  const method: Method = thread ? 'conversations.replies' : 'conversations.history';
  const base = {
    channel,
    include_all_metadata: true,
    limit: PAGE_SIZE,
    oldest: (Math.max(0, since - CLOCK_SLACK_MS) / 1000).toFixed(6),
    inclusive: true,
    ...(thread && { ts: thread }),
  };
  let cursor = '';
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const answer = await lanes.call(method, { ...base, ...(cursor && { cursor }) }, { write: false, channel });
    for (const message of list(answer.messages)) {
      const metadata = record(message.metadata);
      if (metadata.event_type === METADATA_TYPE && record(metadata.event_payload).key === key && typeof message.ts === 'string') return message.ts;
    }
    cursor = nextCursor(answer);
    if (cursor === '') break;
  }
  return undefined;
}

async function oneMessage(lanes: Lanes, channel: string, ts: string): Promise<SlackMessage | undefined> {
  // A message in a thread is not in the channel's history, but `replies` finds either by its own ts.
  const args = { channel, ts, limit: 1, inclusive: true, latest: ts };
  const answer = await lanes.call('conversations.replies', args, { write: false, channel }).catch(unless('thread_not_found'));
  const found = list(answer?.messages).find((message) => message.ts === ts);
  return found && messageOf(found);
}

/** A message in Slack's own shape, as the API, events and shortcuts give it. */
export function messageOf(message: Readonly<Record<string, unknown>>): SlackMessage {
  const files = list(message.files).map((file) => ({
    id: string(file.id),
    name: string(file.name),
    mimetype: string(file.mimetype),
    permalink: string(file.permalink) || undefined,
  }));
  return { ts: string(message.ts), text: string(message.text), user: string(message.user) || undefined, files };
}

function isBlocksRefused(error: unknown): boolean {
  return error instanceof Failure && (error.path === 'invalid_blocks' || error.path === 'invalid_blocks_format' || error.path === 'msg_blocks_too_long');
}

/** Lets one of Slack's words pass as success. */
export function unless(...words: readonly string[]): (error: unknown) => undefined {
  return (error) => {
    if (error instanceof Failure && error.path !== undefined && words.includes(error.path)) return undefined;
    throw error;
  };
}

/** A string that a successful answer must hold. */
export function said(answer: Answer, key: string, method: string): string {
  const value = answer[key];
  if (typeof value === 'string' && value !== '') return value;
  throw new Failure('E_SLACK', `${method} succeeded without ${key}; it was probably done`, { unclear: true, hint: 'check SLACK_API_URL' });
}

export function nextCursor(answer: Answer): string {
  const cursor = record(answer.response_metadata).next_cursor;
  return typeof cursor === 'string' ? cursor : '';
}
