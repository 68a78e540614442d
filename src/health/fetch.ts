/** Fetches URLs that stand in configuration, and nothing else: bounded in time, bytes and hops, each hop and each resolved address checked. */
import { type LookupAddress, type LookupAllOptions, lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import type { Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import type { Agent, Dispatcher } from 'undici';
import { Failure } from '../lib/failure.ts';
import { assertConfiguredUrl, assertReachable } from './url.ts';

const MOST_HOPS = 3;

export interface FetchAsk {
  readonly url: string;
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** For everything together: resolving, redirects, the whole body. */
  readonly timeoutMs: number;
  /** Of the body as it is after decompression; the rest is not read. */
  readonly maxBytes: number;
  /** `none`: a redirect is itself the answer. */
  readonly redirects?: 'none';
}

export interface Fetched {
  readonly status: number;
  /** Names in small letters. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Buffer;
  /** True when there was more than `maxBytes`. */
  readonly isCut: boolean;
}

/**
 * Throws E_TIMEOUT, E_URL_SCHEME, E_URL_CREDENTIALS, E_URL_BLOCKED, or E_PROBE when no answer came. Any status is an answer.
 * A redirect is followed at most three times, for GET only, and only to the host and port that configuration named (or its https).
 */
export async function fetchConfigured(ask: FetchAsk, signal: AbortSignal): Promise<Fetched> {
  const first = assertConfiguredUrl(ask.url);
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(ask.timeoutMs)]);
  let url = first;
  try {
    for (let hop = 0; ; hop += 1) {
      const answer = await call(url, { ask, deadline });
      const target = ask.redirects === 'none' ? undefined : redirectOf(answer, ask.method);
      if (target === undefined) return await collect(answer, { maxBytes: ask.maxBytes, deadline });
      answer.body.destroy();
      if (hop === MOST_HOPS)
        throw new Failure('E_PROBE', `${first.host} redirects more than ${MOST_HOPS} times`, { hint: 'put the final address into services.yml' });
      url = nextHop(first, new URL(target, url));
    }
  } catch (error) {
    throw asFailure(error, { host: first.host, timeoutMs: ask.timeoutMs, deadline });
  }
}

let agent: Agent | undefined;

async function call(url: URL, { ask, deadline }: { ask: FetchAsk; deadline: AbortSignal }): Promise<Dispatcher.ResponseData> {
  // Loaded by the first call, so that the program listens 0.1 s earlier.
  const { Agent, request } = await import('undici');
  // A connection per call: what is asked is "can one connect now?", and a kept one would answer for the past.
  agent ??= new Agent({ connect: { lookup: guardedLookup() } });
  const answer = await request(url, {
    dispatcher: agent,
    method: ask.method ?? 'GET',
    headers: { 'user-agent': 'tagback', accept: '*/*', 'accept-encoding': 'identity', ...ask.headers },
    body: ask.body,
    signal: deadline,
    reset: true,
  });
  answer.body.on('error', () => undefined); // thrown away half-read it emits an error, and one that nobody hears ends the process
  return answer;
}

type Resolve = (hostname: string, options: LookupAllOptions, done: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void) => void;

/** Resolved addresses are checked at the moment of connecting, so a name that changes its answer gains nothing. */
export function guardedLookup(resolve: Resolve = lookup): LookupFunction {
  return (hostname, options, done) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return done(error, '');
      try {
        for (const { address } of addresses) assertReachable(address);
      } catch (blocked) {
        return done(blocked as NodeJS.ErrnoException, ''); // assertReachable throws Failure, an Error like those of dns
      }
      const [one] = addresses;
      if (options.all || !one) return done(null, addresses);
      done(null, one.address, one.family);
    });
  };
}

function redirectOf(answer: Dispatcher.ResponseData, method = 'GET'): string | undefined {
  const { location } = answer.headers;
  return method === 'GET' && [301, 302, 303, 307, 308].includes(answer.statusCode) && typeof location === 'string' ? location : undefined;
}

function nextHop(first: URL, next: URL): URL {
  const url = assertConfiguredUrl(next.href);
  const isUpgrade = first.protocol === 'http:' && url.protocol === 'https:' && first.port === '' && url.port === '' && first.hostname === url.hostname;
  if (url.origin === first.origin || isUpgrade) return url;
  throw new Failure('E_URL_BLOCKED', `${first.host} redirects to ${url.host}, which configuration does not name`, {
    hint: 'put the final address into services.yml',
    permanent: true,
  });
}

async function collect(answer: Dispatcher.ResponseData, { maxBytes, deadline }: { maxBytes: number; deadline: AbortSignal }): Promise<Fetched> {
  const stream = inflate(answer);
  const stop = (): void => void stream.destroy(new Error('aborted'));
  deadline.addEventListener('abort', stop);
  const chunks: Buffer[] = [];
  let left = maxBytes;
  let isCut = false;
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      chunks.push(chunk.subarray(0, left));
      left -= chunk.length;
      isCut = left < 0;
      if (isCut) break;
    }
  } finally {
    deadline.removeEventListener('abort', stop);
    answer.body.destroy();
  }
  return { status: answer.statusCode, headers: answer.headers, body: Buffer.concat(chunks), isCut };
}

/** We ask for plain bytes; some servers compress all the same. What is inflated is counted, so a bomb ends at the limit. */
function inflate(answer: Dispatcher.ResponseData): Readable {
  const { body } = answer;
  const makers = { gzip: createGunzip, 'x-gzip': createGunzip, deflate: createInflate, br: createBrotliDecompress };
  const encoding = String(answer.headers['content-encoding'] ?? 'identity').toLowerCase();
  if (!Object.hasOwn(makers, encoding)) return body;
  const inflater = makers[encoding as keyof typeof makers](); // hasOwn has just said so
  body.on('error', (error) => inflater.destroy(error));
  return body.pipe(inflater);
}

function asFailure(error: unknown, { host, timeoutMs, deadline }: { host: string; timeoutMs: number; deadline: AbortSignal }): Failure {
  if (error instanceof Failure) return error;
  if (deadline.aborted)
    return new Failure('E_TIMEOUT', `${host} did not answer within ${timeoutMs} ms`, {
      hint: 'nothing is known about it; look whether it runs and can be reached from here',
      cause: error,
    });
  const code = errorCode(error);
  return new Failure('E_PROBE', `${host} gave no answer (${code})`, { hint: 'look whether it runs and can be reached from here', cause: error });
}

/** Library messages can quote what they were given; codes cannot. */
export function errorCode(error: unknown): string {
  if (typeof error !== 'object' || error === null) return 'unknown';
  if ('code' in error && typeof error.code === 'string') return error.code;
  return 'cause' in error ? errorCode(error.cause) : 'unknown';
}
