/** Everything the bot says or asks in Slack. The only room that calls Slack's Web API; every failure is a `Failure`. */
import type { HomeView, ModalView } from '@slack/types';
import { WebClient } from '@slack/web-api';
import type { Instant, Person } from '../core/model.ts';
import type { Clock } from '../lib/clock.ts';
import { Failure } from '../lib/failure.ts';
import { boltLogger, type Log } from '../lib/log.ts';
import type { Escaped } from './escape.ts';
import { record } from './loose.ts';
import { channels } from './talk-channels.ts';
import { toFailure } from './talk-failure.ts';
import { type Fetch, keptAlive } from './talk-fetch.ts';
import { files, isSlackHost } from './talk-files.ts';
import { createLanes, type Lanes } from './talk-lane.ts';
import { messages, said } from './talk-messages.ts';
import { people } from './talk-people.ts';
import { views } from './talk-views.ts';
import type { Block } from './view.ts';

export interface Identity {
  readonly botUserId: string;
  readonly botId: string;
  readonly teamId: string;
  readonly enterpriseId: string | undefined;
  /** `https://acme.slack.com/`. */
  readonly url: string;
  /** What the token may do, from the `x-oauth-scopes` header; undefined: the header was missing. */
  readonly scopes: readonly string[] | undefined;
}

/** For `/readyz`: never asks Slack, says what the last calls said. */
export type TalkState =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'ok'; readonly since: Instant }
  | { readonly kind: 'down'; readonly since: Instant; readonly code: string; readonly because: string };

export interface SlackMessage {
  readonly ts: string;
  readonly text: string;
  /** Undefined: posted by an app. */
  readonly user: string | undefined;
  readonly files: readonly { readonly id: string; readonly name: string; readonly mimetype: string; readonly permalink: string | undefined }[];
}

export interface Post {
  readonly channel: string;
  readonly text: Escaped;
  readonly blocks: readonly Block[];
  /** Found again by `findPosted`; travels as message metadata, so it must hold no secret. */
  readonly key: string;
  /** `ts` of the message it answers. */
  readonly thread?: string;
  readonly metadata?: Readonly<Record<string, string | number | boolean>>;
}

/**
 * Writes are sent once. Failures: E_SLACK_LIMITED (`retryAt`; nothing was done), E_SLACK_AUTH (nothing was done), E_SLACK_SCOPE (names the
 * scope), E_SLACK (`unclear`: may have happened; `permanent`: can never work).
 */
export interface Talk {
  /** auth.test, now. */
  identity(): Promise<Identity>;
  /** The same, asked once and remembered. */
  known(): Promise<Identity>;
  /** Opens as many connections as the first second of an incident uses, and keeps them open until `close`; never throws. */
  warm(): Promise<void>;
  state(): TalkState;
  /** When the name is taken: adopts the channel if our bot made it (not before `notBefore`), else tries name-2, name-3 … */
  createChannel(ask: { name: string; isPrivate: boolean; notBefore?: Instant }): Promise<{ id: string; name: string }>;
  /** Users (U…, W…) and user groups (S…); who is in already is fine; who cannot be invited is reported, with Slack's word. */
  invite(channel: string, who: readonly string[]): Promise<{ invited: readonly string[]; skipped: readonly { id: string; because: string }[] }>;
  /** Reads the user groups among `who`, so that an invitation in the next 5 s is one call; never throws. */
  expect(who: readonly string[]): Promise<void>;
  /** At most 250 characters; more is cut. */
  setTopic(channel: string, topic: string): Promise<void>;
  /** Adds or corrects by title; leaves other people's bookmarks alone. `isNew`: the channel has none yet, so nobody looks. */
  setBookmarks(channel: string, bookmarks: readonly { title: string; url: string }[], how?: { isNew: boolean }): Promise<void>;
  /** Returns the message's `ts`. Retried once in plain blocks when Slack refuses the rich ones. */
  post(message: Post): Promise<string>;
  update(message: { channel: string; ts: string; text: Escaped; blocks: readonly Block[] }): Promise<void>;
  /** `ts` of our message with this key posted at or after `since`; looks through at most 1,000 messages. */
  findPosted(channel: string, key: string, since: Instant, thread?: string): Promise<string | undefined>;
  pin(channel: string, ts: string): Promise<void>;
  /** Returns the file id for an image block; shared to `channel` only when given. */
  uploadImage(ask: { name: string; png: Uint8Array; altText: string; channel?: string }): Promise<string>;
  uploadFile(ask: { channel: string; name: string; content: string; comment: Escaped; thread?: string }): Promise<string>;
  /** Whether a file of this name hangs in the thread; for after an upload whose end nobody saw. */
  hasFile(ask: { channel: string; thread: string; name: string }): Promise<boolean>;
  /** Rank and groups as they are now (at most 5 s old). `groups`: ids of the user groups a policy names. */
  person(slackId: string, groups: readonly string[]): Promise<Person>;
  ephemeral(channel: string, user: string, text: Escaped, blocks?: readonly Block[]): Promise<void>;
  /** Returns the view's id. The trigger lives 3 s. */
  openView(triggerId: string, view: ModalView): Promise<string>;
  /** False: it was closed meanwhile, and nobody saw it. */
  updateView(viewId: string, view: ModalView): Promise<boolean>;
  publishHome(user: string, view: HomeView): Promise<void>;
  permalink(channel: string, ts: string): Promise<string>;
  /** One message as it is now; undefined: gone, or not visible to the bot. */
  message(channel: string, ts: string): Promise<SlackMessage | undefined>;
  /** Answers through a response_url (5 times within 30 min), seen only by the person who acted. */
  respond(responseUrl: string, message: { text: Escaped; blocks?: readonly Block[]; replaceOriginal?: boolean }): Promise<void>;
  /** Closes idle connections; calls on their way end first. */
  close(): Promise<void>;
}

export interface TalkParts {
  /** `https://slack.com/api/`, or another address for tests and gateways. */
  readonly url: string;
  readonly token: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Longest wait for one answer. */
  readonly deadlineMs: number;
  readonly fetch?: Fetch;
}

/** Card, announcement, topic, invitation, bookmarks: what leaves at the same moment. */
const WARM_LINES = 8;
/** Load balancers close a line that was silent for a minute. */
const WARM_EVERY_MS = 45_000;

export function createTalk(parts: TalkParts): Talk {
  const { url, token, clock, log, deadlineMs } = parts;
  // A character that no header may hold would make the HTTP library throw an error that quotes the token.
  if (!/^[\x21-\x7e]+$/.test(token))
    throw new Failure('E_CONFIG', 'SLACK_BOT_TOKEN holds a space, a line break or another character no token has', { path: 'SLACK_BOT_TOKEN' });
  const line = parts.fetch ? { fetch: parts.fetch, close: async () => {} } : keptAlive();
  const client = new WebClient(token, {
    slackApiUrl: url,
    // A repeated write is a second message. Whoever calls us repeats, after looking (facts: 3 sends of one post in 9 s by default).
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout: deadlineMs,
    allowAbsoluteUrls: false,
    maxRequestConcurrency: 100,
    logger: boltLogger(log),
    // WebClient never sends binary bodies here (files go up in talk-files.ts), so its body is always the string that Fetch names.
    fetch: (address, init) => line.fetch(String(address), init as Parameters<Fetch>[1]),
  });
  const lanes = createLanes({ client, clock, log });
  const identity = once(() => askIdentity(lanes));
  const folk = people({ lanes, clock, identity });
  let stopWarming = (): void => undefined;
  const warm = async (): Promise<void> => {
    stopWarming();
    stopWarming = clock.at(clock.now() + WARM_EVERY_MS, () => void warm());
    // All at once: a call that finds every line busy opens one more.
    const calls = Array.from({ length: WARM_LINES }, () => lanes.call('auth.test', {}, { write: false }));
    const ends = await Promise.allSettled(calls);
    const lost = ends.find((end) => end.status === 'rejected');
    if (lost) log.debug({ code: codeOf(lost.reason) }, 'slack is not reachable');
  };
  return {
    identity: () => askIdentity(lanes),
    known: identity,
    warm,
    state: lanes.state,
    ...channels({ lanes, identity, groupUsers: folk.groupUsers }),
    ...messages(lanes),
    ...views(lanes),
    ...files({ lanes, fetch: line.fetch, now: clock.now, deadlineMs, apiUrl: url }),
    person: folk.person,
    respond: responder({ fetch: line.fetch, now: clock.now, deadlineMs, apiUrl: url }),
    async close() {
      stopWarming();
      await lanes.idle();
      await line.close();
    },
  };
}

async function askIdentity(lanes: Lanes): Promise<Identity> {
  const answer = await lanes.call('auth.test', {}, { write: false });
  const { scopes } = record(answer.response_metadata);
  return {
    botUserId: said(answer, 'user_id', 'auth.test'),
    botId: typeof answer.bot_id === 'string' ? answer.bot_id : '',
    teamId: said(answer, 'team_id', 'auth.test'),
    enterpriseId: typeof answer.enterprise_id === 'string' ? answer.enterprise_id : undefined,
    url: typeof answer.url === 'string' ? answer.url : '',
    scopes: Array.isArray(scopes) ? scopes.map(String) : undefined,
  };
}

/** Remembers the first success. */
function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let known: Promise<T> | undefined;
  return () => {
    known ??= ask().catch((error: unknown) => {
      known = undefined;
      throw error;
    });
    return known;
  };
}

function responder(parts: { fetch: Fetch; now: () => number; deadlineMs: number; apiUrl: string }): Talk['respond'] {
  return async (responseUrl, { text, blocks, replaceOriginal }) => {
    if (!isSlackHost(responseUrl, parts.apiUrl)) throw new Failure('E_URL_HOST', 'the response_url is not at slack.com; nothing was sent', { permanent: true });
    const body = JSON.stringify({ response_type: 'ephemeral', text, ...(blocks && { blocks }), replace_original: replaceOriginal ?? false });
    const attempt = { method: 'response_url', channel: undefined, write: true, now: parts.now() };
    let status: number;
    try {
      const answer = await parts.fetch(responseUrl, {
        method: 'POST',
        headers: { 'content-type': 'application/json; charset=utf-8' },
        body,
        redirect: 'error',
        signal: AbortSignal.timeout(parts.deadlineMs),
      });
      status = answer.status;
      await answer.text();
    } catch (error) {
      throw toFailure(error, attempt);
    }
    if (status !== 200) throw new Failure('E_SLACK', `the response_url was answered with HTTP ${status}; the person saw nothing`, { permanent: status < 500 });
  };
}

const codeOf = (error: unknown): string => (error instanceof Failure ? error.code : 'E_INTERNAL');
