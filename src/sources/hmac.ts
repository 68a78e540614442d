/** Signatures made with a secret that both sides know. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { SentHeaders } from './source.ts';

const HEX_SHA256 = /^[0-9a-f]{64}$/i;

/** One of the secrets made one of the claims (hex of HMAC-SHA256) over the parts. Everything is compared, so the time says nothing. */
export function isSignedWith(secrets: readonly string[], claims: readonly string[], parts: readonly (string | Uint8Array)[]): boolean {
  const claimed = claims.filter((claim) => HEX_SHA256.test(claim)).map((claim) => Buffer.from(claim, 'hex'));
  let isTrue = false;
  for (const secret of secrets) {
    const hmac = createHmac('sha256', secret);
    for (const part of parts) hmac.update(part);
    const right = hmac.digest();
    for (const claim of claimed) isTrue = timingSafeEqual(right, claim) || isTrue;
  }
  return isTrue;
}

/** Undefined: it is missing, empty, or there more than once. */
export function headerOf(headers: SentHeaders, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}
