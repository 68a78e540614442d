/** What services.yml names by address, and by the name of a variable its token: the text it answers with, or why there is none. */
import { z } from 'zod';
import { type Code, Failure } from '../lib/failure.ts';
import { type Fetched, fetchConfigured } from './fetch.ts';
import { assertConfiguredUrl } from './url.ts';

/** An environment variable that services.yml names; undefined: it is not set, or not to be had. */
export type Secrets = (name: string) => string | undefined;

export const envName = z.string().regex(/^[A-Z][A-Z0-9_]{2,63}$/, 'expected the name of an environment variable, e.g. SHOP_MIGRATIONS_TOKEN');
export const tokenEnv = envName.optional().describe('Environment variable with a token, sent as Authorization: Bearer');

export const configuredUrl = z.string().superRefine((text, context) => {
  try {
    assertConfiguredUrl(text);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    context.addIssue({ code: 'custom', message: error.message, params: { code: error.code } });
  }
});

export interface TextAsk {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Name of the variable that holds the token; undefined: none is sent. */
  readonly tokenEnv: string | undefined;
  readonly secrets: Secrets;
  readonly timeoutMs: number;
  readonly maxBytes: number;
  /** How it is called in messages: `Loki at logs.internal:3100`. */
  readonly who: string;
  /** Of everything that goes wrong, but for E_TIMEOUT and an address that is not fetched (E_URL_*). */
  readonly code: Code;
  readonly hints: Readonly<Record<'refused' | 'wrong' | 'large', string>>;
  /** What of a refusal's own words may be repeated; by default nothing is. */
  readonly quote?: (body: string, token: string) => string;
}

/** The body of a 200. A Failure is `permanent` where asking the same again gives the same: what passes by itself is not. */
export async function fetchText(ask: TextAsk, signal: AbortSignal): Promise<string> {
  const { who, code, hints } = ask;
  const token = tokenOf(ask);
  const { status, body, isCut } = await send(ask, token, signal);
  if (status === 401 || status === 403) throw new Failure(code, `${who} refuses us (HTTP ${status})`, { hint: hints.refused, permanent: true });
  if (status !== 200) {
    const said = ask.quote?.(body.toString('utf8'), token ?? '') ?? '';
    throw new Failure(code, `${who} answered HTTP ${status}${said === '' ? '' : `: ${said}`}`, { hint: hints.wrong, permanent: !passes(status) });
  }
  if (isCut) throw new Failure(code, `${who} answered with more than ${sizeOf(ask.maxBytes)}`, { hint: hints.large, permanent: true });
  return body.toString('utf8');
}

/** The JSON of a text; undefined, which is no JSON, for everything else. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** RFC 9110: a server that is slow, limits us, or is broken at the moment. Everything else is how it is set up. */
const passes = (status: number): boolean => status >= 500 || [408, 425, 429].includes(status);

/** The value is in no message. */
function tokenOf({ tokenEnv: name, secrets, code }: TextAsk): string | undefined {
  if (name === undefined) return undefined;
  const token = secrets(name)?.trim();
  if (token && /^[\x21-\x7e]+$/.test(token)) return token;
  throw new Failure(code, `the environment variable ${name} holds no token`, { hint: 'set it for the bot; nothing was asked', permanent: true });
}

async function send({ url, headers, timeoutMs, maxBytes, code }: TextAsk, token: string | undefined, signal: AbortSignal): Promise<Fetched> {
  const all = { ...headers, ...(token !== undefined && { authorization: `Bearer ${token}` }) };
  try {
    return await fetchConfigured({ url, headers: all, timeoutMs, maxBytes }, signal);
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'E_PROBE' || code === 'E_PROBE') throw error;
    throw new Failure(code, error.message, { hint: error.hint ?? '', permanent: error.permanent, cause: error });
  }
}

const MIB = 1024 * 1024;
const sizeOf = (bytes: number): string => (bytes < MIB ? `${Math.floor(bytes / 1024)} KiB` : `${Math.floor(bytes / MIB)} MiB`);
