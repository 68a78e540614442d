/** The line to Slack: connections stay open, so that the first message of an incident after a quiet night does not wait for a handshake. */
import { EnvHttpProxyAgent, fetch as undiciFetch } from 'undici';

/** The little of `fetch` we use; tests hand in their own. */
export type Fetch = (
  url: string,
  init: { method: string; headers: Record<string, string>; body: string | Uint8Array; redirect: 'error'; signal?: AbortSignal },
) => Promise<FetchAnswer>;
export interface FetchAnswer {
  readonly ok: boolean;
  readonly status: number;
  readonly statusText: string;
  readonly url: string;
  readonly headers: { get(name: string): string | null; entries(): Iterable<[string, string]> };
  text(): Promise<string>;
  json(): Promise<unknown>;
  arrayBuffer(): Promise<ArrayBuffer>;
}

const IDLE_MS = 15 * 60_000;
const CONNECT_MS = 5_000;
/** Slack's largest answers here (a page of 200 messages with blocks) stay below 2 MiB; a proxy's endless page must not fill the memory. */
const ANSWER_MAX_BYTES = 16 * 1024 * 1024;

export function keptAlive(): { fetch: Fetch; close(): Promise<void> } {
  // Also honours HTTPS_PROXY and NO_PROXY. HTTP/2 off: one stalled stream must not stall the others.
  const agent = new EnvHttpProxyAgent({
    keepAliveTimeout: IDLE_MS,
    keepAliveMaxTimeout: IDLE_MS,
    connections: 64,
    allowH2: false,
    connect: { timeout: CONNECT_MS },
  });
  return { fetch: async (url, init) => whole(await undiciFetch(url, { ...init, dispatcher: agent })), close: () => agent.close() };
}

/** The answer with its whole body, counted after inflating. Rejects when it is longer than any of Slack's. */
async function whole(answer: Awaited<ReturnType<typeof undiciFetch>>): Promise<FetchAnswer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of answer.body ?? []) {
    bytes += chunk.length;
    if (bytes > ANSWER_MAX_BYTES) throw new Error(`the answer is longer than ${ANSWER_MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  const { ok, status, statusText, url, headers } = answer;
  const body = Buffer.concat(chunks);
  const text = (): string => body.toString('utf8');
  return {
    ok,
    status,
    statusText,
    url,
    headers,
    text: async () => text(),
    json: async () => JSON.parse(text()),
    arrayBuffer: async () => new Uint8Array(body).buffer,
  };
}
