/** One GET of the Kubernetes API: its certificate is signed by the cluster's own authority, which fetchConfigured() knows nothing of. */
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { errorCode, guardedLookup } from '../health/fetch.ts';
import { assertConfiguredUrl } from '../health/url.ts';
import { Failure } from '../lib/failure.ts';

export interface ClusterGet {
  readonly url: string;
  readonly token: string | undefined;
  /** PEM; undefined: the authorities every program trusts. */
  readonly ca: string | undefined;
  readonly timeoutMs: number;
  readonly maxBytes: number;
}
export interface ClusterAnswer {
  readonly status: number;
  readonly text: string;
  /** There was more than `maxBytes`. */
  readonly isCut: boolean;
}

/** Any status is an answer; a redirect is none that is followed. Throws E_LOGS and E_TIMEOUT. */
export async function getFromCluster({ url, token, ca, timeoutMs, maxBytes }: ClusterGet, signal: AbortSignal): Promise<ClusterAnswer> {
  const parsed = assertConfiguredUrl(url);
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  const send = parsed.protocol === 'https:' ? httpsRequest : httpRequest;
  const headers = { accept: 'application/json, */*', 'user-agent': 'tagback', ...(token !== undefined && { authorization: `Bearer ${token}` }) };
  try {
    return await new Promise<ClusterAnswer>((resolve, reject) => {
      const request = send(parsed, { headers, lookup: guardedLookup(), signal: deadline, agent: false, ...(ca !== undefined && { ca }) }, (response) => {
        const chunks: Buffer[] = [];
        let left = maxBytes;
        const done = (isCut: boolean): void => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8'), isCut });
        response.on('data', (chunk: Buffer) => {
          chunks.push(chunk.subarray(0, Math.max(0, left)));
          left -= chunk.length;
          if (left >= 0) return;
          done(true);
          response.destroy();
        });
        response.on('end', () => done(false));
        // Half an answer: what came is not taken for all there was.
        response.on('error', reject);
        response.on('close', () => reject(new Error('the connection was cut')));
      });
      request.on('error', reject);
      request.end();
    });
  } catch (error) {
    if (error instanceof Failure) throw error;
    if (deadline.aborted)
      throw new Failure('E_TIMEOUT', `Kubernetes at ${parsed.host} did not answer within ${timeoutMs} ms`, {
        hint: 'look whether it can be reached from here',
        cause: error,
      });
    throw new Failure('E_LOGS', `Kubernetes at ${parsed.host} gave no answer (${errorCode(error)})`, {
      hint: 'check url and ca_file in services.yml → logs',
      cause: error,
    });
  }
}
