/** One request of a log backend: bounded, with the credential in the headers and nowhere else, and a Failure that says whether asking again is of use. */
import type { z } from 'zod';
import { type Fetched, fetchConfigured } from '../health/fetch.ts';
import { parseJson, type Secrets } from '../health/fetch-text.ts';
import { realClock } from '../lib/clock.ts';
import { Failure } from '../lib/failure.ts';
import { redactText } from '../lib/redact.ts';
import { type LogAsk, SEARCH_MS } from './backend.ts';

export interface Call {
  /** How it is called in messages: `Elasticsearch at logs.internal:9200`. */
  readonly who: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Sent as JSON, by POST; absent: GET. */
  readonly body?: string;
  readonly timeoutMs: number;
  readonly maxBytes: number;
  readonly hints: Readonly<Record<'refused' | 'missing' | 'wrong', string>>;
  /** Values that must not be repeated from what was answered. */
  readonly secret: readonly string[];
}

export interface Answer {
  readonly status: number;
  readonly text: string;
}

const QUOTED_CHARS = 200;

/** The body of a 200. Throws E_LOGS and E_TIMEOUT, `permanent` where asking the same again gives the same. */
export async function callLogs(call: Call, signal: AbortSignal): Promise<string> {
  const { status, text } = await answerOf(call, signal);
  if (status === 200) return text;
  throw refusal(call, status, quoted(call, text));
}

/** Whatever it answers, for who tells refusals apart by their text. */
export async function answerOf(call: Call, signal: AbortSignal): Promise<Answer> {
  const { status, body, isCut } = await send(call, signal);
  if (isCut && status === 200)
    throw new Failure('E_LOGS', `${call.who} answered with more than ${Math.floor(call.maxBytes / 1024)} KiB`, {
      hint: 'use a shorter window or a narrower query',
      permanent: true,
    });
  return { status, text: body.toString('utf8') };
}

/** What a status means for who asks; `said`: the other side's own words, already fit to be repeated. */
export function refusal({ who, hints }: Pick<Call, 'who' | 'hints'>, status: number, said: string): Failure {
  const words = said === '' ? '' : `: ${said}`;
  if (status === 401 || status === 403) return new Failure('E_LOGS', `${who} refuses us (HTTP ${status})${words}`, { hint: hints.refused, permanent: true });
  if (status === 404) return new Failure('E_LOGS', `${who} has no such thing (HTTP 404)${words}`, { hint: hints.missing, permanent: true });
  if (status === 429)
    return new Failure('E_LOGS', `${who} lets us ask no more for now (HTTP 429)${words}`, { hint: 'it is tried again; ask for less if that happens often' });
  // RFC 9110: what is slow or broken at the moment passes by itself.
  const passes = status >= 500 || status === 408 || status === 425;
  return new Failure('E_LOGS', `${who} answered HTTP ${status}${words}`, { hint: passes ? 'look at that service first' : hints.wrong, permanent: !passes });
}

/** One line of what was answered; a page of a proxy says nothing. */
export function quoted({ secret }: Pick<Call, 'secret'>, text: string): string {
  if (/^\s*</.test(text)) return '';
  const known = secret.filter((value) => value !== '');
  return redactText(text.slice(0, 4_000), known)
    .replace(/[\p{C}\s]+/gu, ' ')
    .trim()
    .slice(0, QUOTED_CHARS);
}

async function send({ url, headers, body, timeoutMs, maxBytes }: Call, signal: AbortSignal): Promise<Fetched> {
  const all = { accept: 'application/json', ...(body !== undefined && { 'content-type': 'application/json' }), ...headers };
  try {
    return await fetchConfigured({ url, headers: all, timeoutMs, maxBytes, ...(body !== undefined && { method: 'POST' as const, body }) }, signal);
  } catch (error) {
    throw asLogs(error);
  }
}

/** "No answer" as the step's own code; E_TIMEOUT and E_URL_* stay what they are. */
export function asLogs(error: unknown): unknown {
  if (!(error instanceof Failure) || error.code !== 'E_PROBE') return error;
  return new Failure('E_LOGS', error.message, { hint: error.hint ?? '', permanent: error.permanent, cause: error });
}

/** The answer in its form; throws E_LOGS when it is something else, which is how a login page looks. */
export function readAnswer<S extends z.ZodType>(who: string, schema: S, text: string): z.output<S> {
  const parsed = schema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw new Failure('E_LOGS', `${who} does not answer in the form that was expected`, { hint: 'check the address in services.yml → logs', permanent: true });
}

/** The value of a variable that services.yml names; it is in no message. */
export function secretOf(name: string, secrets: Secrets | undefined): string {
  const value = secrets?.(name)?.trim();
  if (value && /^[\x20-\x7e]+$/.test(value)) return value;
  throw new Failure('E_LOGS', `the environment variable ${name} holds no credential`, { hint: 'set it for the bot; nothing was asked', permanent: true });
}

/** What is left of a search's time, for each of its requests; never 0, which would be no limit. */
export function countdown({ timeoutMs }: Pick<LogAsk, 'timeoutMs'>): () => number {
  const endsAt = realClock.now() + (timeoutMs ?? SEARCH_MS);
  return () => Math.max(1, endsAt - realClock.now());
}
