/** Who may speak and how much: tokens, content types, body sizes. Nothing is parsed here. */
import { hash as hashOf, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Clock } from '../lib/clock.ts';
import { Failure } from '../lib/failure.ts';

/** Alertmanager sends some 600 bytes per alert; 1 MiB is room for 1,500. */
export const BODY_MAX_BYTES = 1024 * 1024;

const WINDOW_MS = 60_000;
const FREE_FAILURES = 10;
const SLOW_ANSWER_MS = 1_000;
/** A flood of forged addresses must not fill the memory; the oldest are forgotten. */
const MOST_ADDRESSES = 10_000;

export interface Guard {
  /**
   * Resolves when the request holds a live token; else throws E_AUTH, with the same words whatever the cause.
   * After ten failures of one address in a minute the refusal takes a second. A right token is never slowed.
   */
  admit(request: { headers: IncomingHttpHeaders; ip: string }): Promise<void>;
}

export interface GuardOptions {
  /** None: everybody is refused. */
  readonly tokens: readonly string[];
  readonly clock: Clock;
  /** What of the headers may be the token; by default the bearer token alone. The address never is. */
  readonly given?: (headers: IncomingHttpHeaders) => readonly string[];
  /** Guards that share it count together: who guesses at one door guesses at all. */
  readonly tooMany?: FailureCount;
}

/** Counts a failure of this address; true when it has used up its free ones. */
export type FailureCount = (ip: string) => boolean;

/** Tokens are compared by hash: equal lengths, constant time, and no plain copy is kept. */
export function createGuard({ tokens, clock, given = bearer, tooMany = countFailures(clock) }: GuardOptions): Guard {
  const live = tokens.map(hash);
  return {
    async admit({ headers, ip }) {
      let isLive = false;
      // Every token is compared with everything given, so the time says nothing.
      for (const one of given(headers).map(hash)) for (const token of live) isLive = timingSafeEqual(token, one) || isLive;
      if (isLive) return;
      if (tooMany(ip)) await new Promise<void>((resolve) => clock.at(clock.now() + SLOW_ANSWER_MS, resolve));
      throw new Failure('E_AUTH', 'not allowed', {
        path: 'headers.authorization',
        hint: 'send "Authorization: Bearer <token>"; a token is read from headers only, never from the address',
      });
    },
  };
}

export function countFailures(clock: Clock): FailureCount {
  const failures = new Map<string, { since: number; count: number }>();
  return (ip) => {
    const now = clock.now();
    const known = failures.get(ip);
    const entry = known && now - known.since < WINDOW_MS ? known : { since: now, count: 0 };
    entry.count += 1;
    failures.delete(ip);
    failures.set(ip, entry);
    const oldest = failures.size > MOST_ADDRESSES ? failures.keys().next().value : undefined;
    if (oldest !== undefined) failures.delete(oldest);
    return entry.count > FREE_FAILURES;
  };
}

function bearer({ authorization: header }: IncomingHttpHeaders): readonly string[] {
  return header?.slice(0, 7).toLowerCase() === 'bearer ' ? [header.slice(7).trim()] : [];
}

/** Senders that cannot send a bearer token send it as the password of HTTP Basic, or in a header of their own. */
export function bearerBasicOr(names: readonly string[]): (headers: IncomingHttpHeaders) => readonly string[] {
  return (headers) => {
    const own = names.map((name) => headers[name]);
    return [...bearer(headers), ...password(headers), ...own.filter((value) => typeof value === 'string')];
  };
}

/** RFC 7617: base64 of `user:password`; the user may be anything without a colon. */
function password({ authorization: header }: IncomingHttpHeaders): readonly string[] {
  if (header?.slice(0, 6).toLowerCase() !== 'basic ') return [];
  const pair = Buffer.from(header.slice(6).trim(), 'base64').toString('utf8');
  return pair.includes(':') ? [pair.slice(pair.indexOf(':') + 1)] : [];
}

function hash(text: string): Buffer {
  return hashOf('sha256', text, 'buffer');
}

/** Passes `application/json` and `application/*+json` in UTF-8, or no declaration at all. Throws E_MEDIA_TYPE, E_TOO_LARGE. */
export function checkHeaders(headers: IncomingHttpHeaders): void {
  checkEncoding(headers);
  const type = headers['content-type'];
  if (type === undefined || /^application\/(?:[\w.-]+\+)?json\s*(?:;\s*charset\s*=\s*"?utf-?8"?\s*)?;?\s*$/i.test(type)) return;
  throw new Failure('E_MEDIA_TYPE', 'expected application/json in UTF-8', { path: 'headers.content-type', hint: 'set "Content-Type: application/json"' });
}

/** Throws E_TOO_LARGE. */
export function checkEncoding(headers: IncomingHttpHeaders): void {
  const encoding = headers['content-encoding'];
  if (encoding === undefined || encoding.toLowerCase() === 'identity') return;
  throw new Failure('E_TOO_LARGE', 'compressed bodies are not read', {
    path: 'headers.content-encoding',
    hint: 'send the body uncompressed; the limit holds for the plain bytes',
  });
}

/** The whole body, or E_TOO_LARGE as soon as the declared or the counted length passes the limit; E_JSON_SYNTAX when the sender hangs up. */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) return Promise.reject(tooLarge(maxBytes));
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > maxBytes) {
        chunks.length = 0;
        reject(tooLarge(maxBytes));
      } else chunks.push(chunk);
    });
    const cut = (): void =>
      reject(new Failure('E_JSON_SYNTAX', 'the body ends too early', { path: '(root)', hint: 'the connection was closed before the whole body had come' }));
    request.once('end', () => {
      request.off('close', cut); // 'close' follows every request, and a Failure costs a stack trace
      resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks));
    });
    request.once('error', cut);
    request.once('close', cut);
  });
}

function tooLarge(maxBytes: number): Failure {
  return new Failure('E_TOO_LARGE', `the body is larger than ${maxBytes} bytes`, {
    path: '(root)',
    hint: `limit=${maxBytes}; send fewer alerts per request (Alertmanager: max_alerts)`,
  });
}
