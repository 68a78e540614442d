/**
 * Slack in HTTP mode. Bolt's own receiver takes the same signed request twice, takes timestamps of tomorrow, and hangs on a body of `null`
 * (measured on 5.1.0); this one does not. It owns no server: whoever does hands over the raw body.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { App, Receiver } from '@slack/bolt';
import type { Clock } from '../lib/clock.ts';
import { Failure } from '../lib/failure.ts';
import type { Log } from '../lib/log.ts';

export interface HttpDoorParts {
  /** Two while a secret is being changed; a request signed with either is let in. */
  readonly signingSecrets: readonly string[];
  readonly clock: Clock;
  readonly log: Log;
}

export interface HttpDoor {
  readonly receiver: Receiver;
  /** Answers one POST. Never throws. Reads the body itself. */
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
}

/** Slack's largest deliveries are far below. */
const BODY_MAX_BYTES = 1024 * 1024;

const SKEW_MAX_S = 300;
/** A request stays valid for at most twice the skew; one remembered longer cannot come back. */
const REPLAY_MS = 2 * SKEW_MAX_S * 1000;
/** Slack gives up after 3 s. */
const ACK_MAX_MS = 2_900;
/** Real certificate checks are tiny. */
const SSL_CHECK_MAX_BYTES = 4_096;

export function createHttpDoor(parts: HttpDoorParts): HttpDoor {
  const { log, clock } = parts;
  const seen = replayCache(clock);
  let app: App | undefined;

  const admit = (request: IncomingMessage, rawBody: Buffer): Answer | (Body & { readonly signature: string }) => {
    const type = mediaType(request);
    if (rawBody.length <= SSL_CHECK_MAX_BYTES && type === FORM && new URLSearchParams(rawBody.toString()).get('ssl_check') === '1')
      return { status: 200, body: '' };
    const signature = verified(parts, request, rawBody);
    if (signature === undefined) return { status: 401, body: '' };
    if (seen.before(signature)) {
      log.info({}, 'slack request came a second time');
      return { status: 200, body: 'already received' };
    }
    const body = readBody(type, rawBody);
    return 'status' in body ? body : { ...body, signature };
  };

  const receiver: Receiver = {
    init: (bolt) => {
      app = bolt;
    },
    start: () => Promise.resolve(),
    stop: () => Promise.resolve(),
  };
  return {
    receiver,
    async handle(request, response) {
      const rawBody = await readRaw(request);
      if (rawBody === 'cut') return void response.destroy();
      if (rawBody === 'too large') return send(response, refusal(413, 'E_TOO_LARGE', `at most ${BODY_MAX_BYTES} bytes`));
      const body = admit(request, rawBody);
      if ('status' in body) return send(response, body);
      if (body.value.type === 'url_verification') return send(response, { status: 200, body: { challenge: String(body.value.challenge ?? '') } });
      const refused = (): void => seen.forget(body.signature);
      await dispatch({ app, clock, log, refused }, body.value, { request, response });
    },
  };
}

/** The signature covers the bytes as they came, so nobody may have parsed them before. */
async function readRaw(request: IncomingMessage): Promise<Buffer | 'too large' | 'cut'> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      // The rest is read and dropped: a sender that is still writing would not see the answer.
      if (bytes <= BODY_MAX_BYTES) chunks.push(chunk);
    }
  } catch {
    return 'cut';
  }
  return bytes > BODY_MAX_BYTES ? 'too large' : Buffer.concat(chunks);
}

interface Answer {
  readonly status: number;
  readonly body: string | object;
}
interface Body {
  readonly value: Readonly<Record<string, unknown>>;
}

async function dispatch(
  parts: { app: App | undefined; clock: Clock; log: Log; refused(): void },
  body: Body['value'],
  { request, response }: { request: IncomingMessage; response: ServerResponse },
): Promise<void> {
  const { app, clock, log } = parts;
  let answered = false;
  const once = (answer: Answer): void => {
    if (answered) return;
    answered = true;
    forget();
    send(response, answer);
  };
  const forget = clock.at(clock.now() + ACK_MAX_MS, () => {
    log.error({ type: body.type }, 'a slack request was not acknowledged in time');
    once({ status: 503, body: '' });
  });
  try {
    const retry = request.headers['x-slack-retry-num'];
    const reason = request.headers['x-slack-retry-reason'];
    await app?.processEvent({
      body,
      ack: (answer?: string | object) => Promise.resolve(once({ status: 200, body: answer ?? '' })),
      ...(typeof retry === 'string' && { retryNum: Number(retry) }),
      ...(typeof reason === 'string' && { retryReason: reason }),
    });
    // Kinds of delivery nobody listens to are taken, so that Slack does not send them again.
    once({ status: 200, body: '' });
  } catch (error) {
    once(refusalOf(error, body.type, parts));
  }
}

/** A Failure is our own trouble: Slack sends again what is answered with 503, and within the same second it carries the same signature. */
function refusalOf(error: unknown, type: unknown, { log, refused }: { log: Log; refused(): void }): Answer {
  if (!(error instanceof Failure)) {
    log.error({ err: error, type }, 'a slack request could not be read');
    return { status: 400, body: '' };
  }
  log.error({ err: error, type, code: error.code }, 'a slack request could not be stored; slack is told to send it again');
  refused();
  return { status: 503, body: '' };
}

/** The signature when it is ours and fresh. The answer never says which of the two was wrong. */
function verified({ signingSecrets, clock, log }: HttpDoorParts, request: IncomingMessage, rawBody: Buffer): string | undefined {
  const stamp = request.headers['x-slack-request-timestamp'];
  const signature = request.headers['x-slack-signature'];
  if (typeof stamp !== 'string' || typeof signature !== 'string' || !/^\d{1,12}$/.test(stamp)) return undefined;
  const skewS = Math.round(clock.now() / 1000 - Number(stamp));
  if (Math.abs(skewS) > SKEW_MAX_S) {
    log.warn({ code: 'E_STALE', skewS }, 'slack request refused: its time is not ours');
    return undefined;
  }
  const given = Buffer.from(signature);
  const matches = signingSecrets.some((secret) => {
    const expected = Buffer.from(`v0=${createHmac('sha256', secret).update(`v0:${stamp}:`).update(rawBody).digest('hex')}`);
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
  if (!matches) log.warn({ code: 'E_AUTH' }, 'slack request refused: wrong signature');
  return matches ? signature : undefined;
}

const JSON_TYPE = 'application/json';
const FORM = 'application/x-www-form-urlencoded';

/** Proxies add `; charset=utf-8`. */
const mediaType = (request: IncomingMessage): string => (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';

function readBody(type: string, rawBody: Buffer): Answer | Body {
  if (type !== JSON_TYPE && type !== FORM) return refusal(415, 'E_MEDIA_TYPE', `expected ${JSON_TYPE} or ${FORM}`);
  const text = rawBody.toString('utf8');
  const form = type === FORM ? new URLSearchParams(text) : undefined;
  const json = form ? form.get('payload') : text;
  if (form && json === null) return { value: Object.fromEntries(form) };
  let value: unknown;
  try {
    value = JSON.parse(json ?? '');
  } catch {
    return refusal(400, 'E_JSON_SYNTAX', 'the body is not JSON');
  }
  // An array or null would end in a TypeError deep inside Bolt.
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return refusal(400, 'E_SCHEMA', 'expected an object');
  return { value: value as Body['value'] }; // a JSON object
}

const refusal = (status: number, code: string, message: string): Answer => ({ status, body: { error: { code, message } } });

interface ReplayCache {
  /** True when this signature was seen within `REPLAY_MS`; remembers it otherwise. */
  before(signature: string): boolean;
  /** Nothing was done about it, so it may come again. */
  forget(signature: string): void;
}

function replayCache(clock: Clock): ReplayCache {
  const until = new Map<string, number>();
  return {
    forget: (signature) => void until.delete(signature),
    before(signature) {
      const now = clock.now();
      // Oldest first, as a Map keeps the order of insertion.
      for (const [key, end] of until) {
        if (end > now) break;
        until.delete(key);
      }
      if (until.has(signature)) return true;
      until.set(signature, now + REPLAY_MS);
      return false;
    },
  };
}

function send(response: ServerResponse, { status, body }: Answer): void {
  if (response.headersSent || response.destroyed) return;
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const type = typeof body === 'string' ? 'text/plain; charset=utf-8' : 'application/json; charset=utf-8';
  response.writeHead(status, { ...(text !== '' && { 'content-type': type }), 'content-length': Buffer.byteLength(text) });
  response.end(text);
}
