/** From Slack to the app: events with their retries, commands and interactions with their three seconds; by socket or by signed POST. */
import { createHmac } from 'node:crypto';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import type { Clock } from '../../lib/clock.ts';
import type { Acked } from './mini-slack.ts';
import { ANSWER_MS, type Hub } from './sockets.ts';
import type { Fields, World } from './world.ts';

export type Kind = 'events_api' | 'slash_commands' | 'interactive';

interface Envelope {
  readonly kind: Kind;
  readonly payload: Fields;
  readonly retry?: { readonly num: number; readonly reason: string };
}

interface Sent {
  readonly ack: Acked;
  /** The app asked for no more retries. */
  readonly isFinal?: boolean;
}
export type Send = (envelope: Envelope) => Promise<Sent>;

/** At once, after a minute, after five more (docs.slack.dev, Events API). */
const RETRY_AFTER_MS = [0, 60_000, 300_000];

export interface Delivery {
  /** Sends an event; when the app does not take it, again three times. Resolves with the answer of the first two tries. */
  event(event: Fields): Promise<Acked>;
  /** A command or an interaction: one try. */
  ask(kind: Kind, payload: Fields): Promise<Acked>;
  /** Runs `act` and gathers the events it sets off. */
  during<T>(act: () => T): { result: T; ack: Promise<Acked> };
  settled(): Promise<void>;
  close(): void;
}

interface Office {
  readonly world: World;
  readonly send: Send;
  readonly underway: Set<Promise<unknown>>;
  /** How to call off each retry that waits for its time. */
  readonly retries: Set<() => void>;
  /** Where the events of the act under way are gathered. */
  gathered: Promise<Acked>[] | undefined;
}

export function newDelivery(world: World, send: Send): Delivery {
  const office: Office = { world, send, underway: new Set(), retries: new Set(), gathered: undefined };
  return {
    event: (event) => {
      const sending = track(office, attempt(office, envelopeOf(world, event)));
      office.gathered?.push(sending);
      return sending;
    },
    ask: (kind, payload) =>
      track(
        office,
        send({ kind, payload }).then(({ ack }) => ack),
      ),
    during: (act) => during(office, act),
    settled: async () => {
      while (office.underway.size > 0) await Promise.allSettled([...office.underway]);
    },
    close: () => {
      for (const forget of office.retries) forget();
    },
  };
}

function track(office: Office, sending: Promise<Acked>): Promise<Acked> {
  office.underway.add(sending);
  void sending.finally(() => office.underway.delete(sending));
  return sending;
}

async function attempt(office: Office, payload: Fields, retry?: { num: number; reason: string }): Promise<Acked> {
  const { clock } = office.world;
  const { ack, isFinal } = await office.send({ kind: 'events_api', payload, ...(retry ? { retry } : {}) });
  const num = (retry?.num ?? 0) + 1;
  const waitMs = RETRY_AFTER_MS[num - 1];
  if (ack.kind === 'acked' || isFinal || waitMs === undefined) return ack;
  const again = () => attempt(office, payload, { num, reason: ack.kind === 'timeout' ? 'http_timeout' : reasonOf(ack) });
  if (waitMs === 0) return again();
  const forget = clock.at(clock.now() + waitMs, () => {
    office.retries.delete(forget);
    void track(office, again());
  });
  office.retries.add(forget);
  return ack;
}

function during<T>(office: Office, act: () => T): { result: T; ack: Promise<Acked> } {
  const mine: Promise<Acked>[] = [];
  office.gathered = mine;
  try {
    const result = act();
    return { result, ack: worst(mine) };
  } finally {
    office.gathered = undefined;
  }
}

const reasonOf = (acked: Acked): string => (acked.kind === 'failed' && acked.why.startsWith('HTTP') ? 'http_error' : 'connection_failed');

/** One answer for several events: the first that was not taken, else the first. */
async function worst(sending: readonly Promise<Acked>[]): Promise<Acked> {
  const acks = await Promise.all(sending);
  return acks.find((ack) => ack.kind !== 'acked') ?? acks[0] ?? { kind: 'unsent', why: 'no subscribed event, or the bot is not in the channel' };
}

function envelopeOf(world: World, event: Fields): Fields {
  return {
    token: 'sandbox-verification-token',
    team_id: world.team.id,
    context_team_id: world.team.id,
    context_enterprise_id: null,
    api_app_id: world.bot.appId,
    event,
    type: 'event_callback',
    event_id: world.nextId('Ev'),
    event_time: Math.floor(world.clock.now() / 1000),
    authorizations: [{ enterprise_id: null, team_id: world.team.id, user_id: world.bot.userId, is_bot: true, is_enterprise_install: false }],
    is_ext_shared_channel: false,
  };
}

export const bySocket =
  (hub: Hub): Send =>
  async ({ kind, payload, retry }) => {
    const attempts = kind === 'events_api' ? { retry_attempt: retry?.num ?? 0, retry_reason: retry?.reason ?? '' } : {};
    return { ack: await hub.send({ type: kind, payload, accepts_response_payload: kind !== 'events_api', ...attempts }) };
  };

export interface HttpTarget {
  /** For the time in the signature. */
  readonly clock: Clock;
  /** For the three seconds. */
  readonly deadlines: Clock;
  readonly signingSecret: string;
  /** Asked at each delivery: the address may move. */
  readonly url: () => string;
}

/** Slack's signature: HMAC-SHA256 over `v0:<unix seconds>:<body>`. */
export function signed(body: string, { clock, signingSecret }: Pick<HttpTarget, 'clock' | 'signingSecret'>): Record<string, string> {
  const at = String(Math.floor(clock.now() / 1000));
  return { 'x-slack-request-timestamp': at, 'x-slack-signature': `v0=${createHmac('sha256', signingSecret).update(`v0:${at}:${body}`).digest('hex')}` };
}

function bodyOf({ kind, payload }: Envelope): { type: string; body: string } {
  if (kind === 'events_api') return { type: 'application/json', body: JSON.stringify(payload) };
  const form =
    kind === 'interactive' ? { payload: JSON.stringify(payload) } : Object.fromEntries(Object.entries(payload).map(([name, value]) => [name, String(value)]));
  return { type: 'application/x-www-form-urlencoded', body: new URLSearchParams(form).toString() };
}

export const byHttp =
  (target: HttpTarget): Send =>
  (envelope) =>
    new Promise((resolve) => {
      if (!URL.canParse(target.url())) return resolve({ ack: { kind: 'failed', why: 'no address is set' } });
      const { type, body } = bodyOf(envelope);
      const retry = envelope.retry ? { 'x-slack-retry-num': String(envelope.retry.num), 'x-slack-retry-reason': envelope.retry.reason } : {};
      const headers = { 'content-type': type, 'content-length': Buffer.byteLength(body), connection: 'close', ...signed(body, target), ...retry };
      const sending = httpRequest(target.url(), { method: 'POST', agent: false, headers });
      const settle = (sent: Sent) => {
        forget();
        sending.destroy();
        resolve(sent);
      };
      const forget = target.deadlines.at(target.deadlines.now() + ANSWER_MS, () => settle({ ack: { kind: 'timeout' } }));
      sending.on('error', (error) => settle({ ack: { kind: 'failed', why: error.message } }));
      sending.on('response', (response) => void readResponse(response).then(settle));
      sending.end(body);
    });

async function readResponse(response: IncomingMessage): Promise<Sent> {
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk);
    const isFinal = response.headers['x-slack-no-retry'] === '1';
    const status = response.statusCode ?? 0;
    if (status < 200 || status > 299) return { ack: { kind: 'failed', why: `HTTP ${status}` }, isFinal };
    return { ack: { kind: 'acked', body: readAnswer(Buffer.concat(chunks).toString('utf8')) }, isFinal };
  } catch (error) {
    return { ack: { kind: 'failed', why: error instanceof Error ? error.message : String(error) } };
  }
}

/** Empty, JSON, or a text. */
function readAnswer(said: string): unknown {
  if (said.trim() === '') return undefined;
  try {
    return JSON.parse(said);
  } catch {
    return said;
  }
}
