/** One request to a registry. No redirect is followed, no connection kept, and an address that hands out credentials is never reached. */
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { errorCode, guardedLookup } from '../health/fetch.ts';
import { assertConfiguredUrl } from '../health/url.ts';
import { Failure } from '../lib/failure.ts';

export interface GuardedAsk {
  readonly method: 'GET' | 'HEAD';
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}
export interface GuardedAnswer {
  readonly status: number;
  /** Names in small letters. */
  readonly headers: Readonly<Record<string, string>>;
  /** At most 64 KiB of it. */
  readonly body: string;
}
export type GuardedFetch = (url: string, ask: GuardedAsk) => Promise<GuardedAnswer>;

const BODY_MAX_BYTES = 64 * 1024;

/** Throws E_PROBE when no answer came, E_TIMEOUT when it was too late, E_URL_BLOCKED. */
export const guardedFetch: GuardedFetch = (text, { method, headers, signal }) => {
  const url = assertConfiguredUrl(text);
  const request = url.protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise<GuardedAnswer>((resolve, reject) => {
    const fail = (error: Error): void => reject(asFailure(error, url.host, signal));
    const outgoing = request(url, {
      method,
      signal,
      agent: false,
      lookup: guardedLookup(),
      headers: { 'user-agent': 'tagback', 'accept-encoding': 'identity', ...headers },
    });
    outgoing.on('error', fail);
    outgoing.on('response', (incoming) => {
      const chunks: Buffer[] = [];
      let left = BODY_MAX_BYTES;
      const done = (): void => {
        const plain = Object.entries(incoming.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')]);
        resolve({ status: incoming.statusCode ?? 0, headers: Object.fromEntries(plain), body: Buffer.concat(chunks).toString('utf8') });
      };
      incoming.on('data', (chunk: Buffer) => {
        chunks.push(chunk.subarray(0, left));
        left -= chunk.length;
        if (left > 0) return;
        done();
        incoming.destroy();
      });
      incoming.on('end', done);
      incoming.on('error', fail);
    });
    outgoing.end();
  });
};

function asFailure(error: Error, host: string, signal: AbortSignal): Failure {
  if (error instanceof Failure) return error;
  if (signal.aborted) return new Failure('E_TIMEOUT', `${host} did not answer in time`, { cause: error });
  return new Failure('E_PROBE', `${host} gave no answer (${errorCode(error)})`, { cause: error });
}
