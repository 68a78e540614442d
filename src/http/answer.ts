/** What goes back over HTTP. Every error is `{"error":{code,message,path,hint}}`; never a stack, never a library's own words. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { CODES, type Failure } from '../lib/failure.ts';

export interface HttpAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

const JSON_HEADERS = { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };
const RETRY_AFTER_S = '5';

export function json(status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): HttpAnswer {
  return { status, headers: { ...JSON_HEADERS, ...headers }, body: JSON.stringify(value) };
}

export function refusal(failure: Failure): HttpAnswer {
  const status = CODES[failure.code];
  const isHttp = status >= 400 && status <= 599; // E_CONFIG is an exit code
  const headers: Record<string, string> = {};
  if (status === 503) headers['retry-after'] = RETRY_AFTER_S;
  if (failure.code === 'E_AUTH') headers['www-authenticate'] = 'Bearer';
  return json(
    isHttp ? status : 500,
    { error: { code: failure.code, message: failure.message, path: failure.path ?? '(request)', hint: failure.hint ?? '' } },
    headers,
  );
}

export function send(response: ServerResponse, answer: HttpAnswer): void {
  response.writeHead(answer.status, { ...answer.headers, 'content-length': Buffer.byteLength(answer.body) });
  response.end(answer.body);
}

const LINGER_MS = 1_000;
const LINGER_BYTES = 8 * 1024 * 1024;

/**
 * Answers before the whole body has come, then closes. Closing at once would reset the line and the sender might never read the
 * answer, so up to a second or 8 MiB of the rest is thrown away first.
 */
export function sendEarly(request: IncomingMessage, response: ServerResponse, answer: HttpAnswer): void {
  response.writeHead(answer.status, { ...answer.headers, connection: 'close', 'content-length': Buffer.byteLength(answer.body) });
  response.write(answer.body);
  const end = (): void => {
    clearTimeout(timer);
    request.pause();
    response.end();
  };
  const timer = setTimeout(end, LINGER_MS);
  let bytes = 0;
  request.removeAllListeners('data');
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > LINGER_BYTES) end();
  });
  request.once('end', end);
  request.once('close', end);
  request.resume();
}
