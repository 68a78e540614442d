/** One GET of an HTTP API that a service depends on, with the token the service uses, to see how much it is still let. */
import type { Json } from '../core/model.ts';
import type { ApiAnswer, ApiAsk, QuotaHelp } from '../core/quota.ts';
import { realClock } from '../lib/clock.ts';
import { Failure } from '../lib/failure.ts';
import { type Fetched, fetchConfigured } from './fetch.ts';
import { parseJson, type Secrets } from './fetch-text.ts';

const LIMITS = { timeoutMs: 5_000, maxBytes: 64 * 1024 };
/** Longer than any limit lasts; what is beyond is somebody's broken clock. */
const LONGEST_WAIT_MS = 24 * 3_600_000;

/** The token goes into the one header and nowhere else: no answer, text or log of ours holds it. */
export function createQuotaAsk(secrets: Secrets): NonNullable<QuotaHelp['askApi']> {
  return async (api, signal) => {
    const token = tokenOf(api, secrets);
    if (token.kind === 'missing') return unanswered(token.because);
    try {
      return answerOf(await fetchConfigured({ url: api.url, headers: { ...headersOf(api), ...token.headers }, redirects: 'none', ...LIMITS }, signal));
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      return unanswered(error.message);
    }
  };
}

type Token = { readonly kind: 'there'; readonly headers: Readonly<Record<string, string>> } | { readonly kind: 'missing'; readonly because: string };

function tokenOf({ tokenEnv, header, scheme }: ApiAsk, secrets: Secrets): Token {
  if (tokenEnv === undefined) return { kind: 'there', headers: {} };
  const token = secrets(tokenEnv)?.trim() ?? '';
  if (!/^[\x21-\x7e]+$/.test(token)) return { kind: 'missing', because: `the variable ${tokenEnv} holds no token for Tagback; nothing was asked` };
  return { kind: 'there', headers: { [header]: scheme === '' ? token : `${scheme} ${token}` } };
}

/** GitHub refuses callers without a user agent; fetch.ts sends ours. */
const headersOf = ({ kind }: ApiAsk): Readonly<Record<string, string>> =>
  kind === 'github' ? { accept: 'application/vnd.github+json' } : { accept: 'application/json' };

const unanswered = (error: string): ApiAnswer => ({ status: undefined, error, headers: {}, body: undefined, skewMs: 0, retryAfterMs: undefined });

function answerOf({ status, headers: all, body, isCut }: Fetched): ApiAnswer {
  const now = realClock.now();
  const headers = Object.fromEntries(Object.entries(all).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])));
  const date = Date.parse(headers.date ?? '');
  return {
    status,
    error: undefined,
    headers,
    // Parsed by JSON.parse, so it is what Json says.
    body: isCut ? undefined : (parseJson(body.toString('utf8')) as Json | undefined),
    skewMs: Number.isNaN(date) ? 0 : date - now,
    retryAfterMs: waitOf(headers['retry-after'], Number.isNaN(date) ? now : date),
  };
}

/** Seconds, or a date by the other side's clock (RFC 9110). */
function waitOf(text: string | undefined, now: number): number | undefined {
  if (text === undefined) return undefined;
  const ms = /^\d{1,9}$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(0, ms), LONGEST_WAIT_MS);
}
