/** Who may speak and how much: bearer tokens, content types, body sizes. Nothing is parsed here. */
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
   * Resolves when the Authorization header holds a live token; else throws E_AUTH, with the same words whatever the cause.
   * After ten failures of one address in a minute the refusal takes a second. A right token is never slowed.
   */
  admit(request: { headers: IncomingHttpHeaders; ip: string }): Promise<void>;
}

/** Tokens are compared by hash: equal lengths, constant time, and no plain copy is kept. No token at all refuses everybody. */
export function createGuard(options: { tokens: readonly string[]; clock: Clock }): Guard {
  const live = options.tokens.map(hash);
  const failures = new Map<string, { since: number; count: number }>();

  /** Counts this failure; true when the address has used up its free ones. */
  const tooMany = (ip: string): boolean => {
    const now = options.clock.now();
    const known = failures.get(ip);
    const entry = known && now - known.since < WINDOW_MS ? known : { since: now, count: 0 };
    entry.count += 1;
    failures.delete(ip);
    failures.set(ip, entry);
    if (failures.size > MOST_ADDRESSES) for (const oldest of failures.keys()) return failures.delete(oldest) && entry.count > FREE_FAILURES;
    return entry.count > FREE_FAILURES;
  };

  return {
    async admit({ headers, ip }) {
      const given = hash(bearer(headers.authorization) ?? '');
      let isLive = false;
      for (const token of live) isLive = timingSafeEqual(token, given) || isLive; // every token is compared, so the time says nothing
      if (isLive) return;
      if (tooMany(ip)) await new Promise<void>((resolve) => options.clock.at(options.clock.now() + SLOW_ANSWER_MS, resolve));
      throw new Failure('E_AUTH', 'not allowed', {
        path: 'headers.authorization',
        hint: 'send "Authorization: Bearer <token>"; a token is read from this header only',
      });
    },
  };
}

function bearer(header: string | undefined): string | undefined {
  return header?.slice(0, 7).toLowerCase() === 'bearer ' ? header.slice(7).trim() : undefined;
}

function hash(text: string): Buffer {
  return hashOf('sha256', text, 'buffer');
}

/** Passes `application/json` and `application/*+json` in UTF-8, or no declaration at all. Throws E_MEDIA_TYPE, E_TOO_LARGE. */
export function checkHeaders(headers: IncomingHttpHeaders): void {
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity')
    throw new Failure('E_TOO_LARGE', 'compressed bodies are not read', {
      path: 'headers.content-encoding',
      hint: 'send the body uncompressed; the limit holds for the plain bytes',
    });
  const type = headers['content-type'];
  if (type === undefined || /^application\/(?:[\w.-]+\+)?json\s*(?:;\s*charset\s*=\s*"?utf-?8"?\s*)?;?\s*$/i.test(type)) return;
  throw new Failure('E_MEDIA_TYPE', 'expected application/json in UTF-8', { path: 'headers.content-type', hint: 'set "Content-Type: application/json"' });
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
