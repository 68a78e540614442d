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

export function keptAlive(): { fetch: Fetch; close(): Promise<void> } {
  // Also honours HTTPS_PROXY and NO_PROXY. HTTP/2 off: one stalled stream must not stall the others.
  const agent = new EnvHttpProxyAgent({
    keepAliveTimeout: IDLE_MS,
    keepAliveMaxTimeout: IDLE_MS,
    connections: 64,
    allowH2: false,
    connect: { timeout: CONNECT_MS },
  });
  return { fetch: (url, init) => undiciFetch(url, { ...init, dispatcher: agent }), close: () => agent.close() };
}
