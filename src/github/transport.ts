/** The `fetch` octokit is given: one host, no silent redirects, a cap on what is read, and words for how a call was lost. */
import { Failure } from '../lib/failure.ts';

/** GitHub's largest answers here (300 changed files with patches) stay below 10 MiB. */
const BODY_MAX_BYTES = 32 * 1024 * 1024;
/** Of a log only its end is kept. */
const LOG_KEPT_BYTES = 64 * 1024;
const HOPS_MAX = 3;
/** Where GitHub keeps the logs of jobs and sends their readers to (docs.github.com, self-hosted runners, "communication"). */
const LOG_STORES = /^[\w.-]{1,200}\.(?:githubusercontent\.com|blob\.core\.windows\.net)$/;
const LOG_PATH = /\/actions\/jobs\/\d+\/logs$/;

export type Fetch = typeof globalThis.fetch;

/** The call got no answer. `sent` false: it surely never reached GitHub. */
export interface Lost {
  readonly kind: 'lost';
  readonly sent: boolean;
  /** `ECONNREFUSED`, `UND_ERR_SOCKET`, …; never a text of somebody else's making. */
  readonly cause: string;
}

/** GitHub (or what sits in its place) answered with a redirect we do not follow. */
export class Moved extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}
export class TooLong extends Error {}

/**
 * Follows redirects of reads on the same origin only (GitHub uses them for renamed repositories); the token goes nowhere else.
 * One exception: the log of a job is fetched from GitHub's stores, over TLS, without any of our headers.
 */
export function pinnedFetch(origin: string, fetch: Fetch | undefined): Fetch {
  // Looked up late: tests replace the global one after this module is loaded.
  const send: Fetch = (input, init) => (fetch ?? globalThis.fetch)(input, init);
  return async (input, init) => {
    let url = new URL(String(input));
    for (let hop = 0; ; hop += 1) {
      if (url.origin !== origin) throw new Moved(0, 'another host');
      const answer = await send(url, { ...init, redirect: 'manual' });
      const location = answer.headers.get('location');
      if (answer.status < 300 || answer.status >= 400 || answer.status === 304 || location === null) return await readWhole(answer);
      await answer.body?.cancel();
      const read = (init?.method ?? 'GET') === 'GET';
      const next = URL.parse(location, url);
      if (!read) throw new Moved(answer.status, 'it was not followed because the call changes something');
      if (next !== null && LOG_PATH.test(url.pathname) && isLogStore(next)) return await readLog(await send(next, storeRequest(init)));
      if (next === null || next.origin !== origin) throw new Moved(answer.status, 'it leads to another host and was not followed');
      if (hop === HOPS_MAX) throw new Moved(answer.status, `more than ${HOPS_MAX} redirects in a row`);
      url = next;
    }
  };
}

const isLogStore = ({ protocol, hostname, port, username }: URL): boolean =>
  protocol === 'https:' && port === '' && username === '' && LOG_STORES.test(hostname);

/** The address itself is the key to the log; what we would add could only leak. */
function storeRequest(init: RequestInit | undefined): RequestInit {
  return { redirect: 'error', headers: { accept: 'text/plain' }, ...(init?.signal && { signal: init.signal }) };
}

/** The end of a log as plain text, from the first whole line on. Its headers are the store's, not GitHub's, and are let go. */
async function readLog(answer: Response): Promise<Response> {
  let [tail, bytes] = [Buffer.alloc(0), 0];
  for await (const chunk of answer.body ?? []) {
    bytes += chunk.byteLength;
    tail = Buffer.concat([tail, chunk]).subarray(-LOG_KEPT_BYTES);
  }
  const kept = bytes > LOG_KEPT_BYTES ? tail.subarray(tail.indexOf('\n') + 1) : tail;
  return new Response(kept, { status: answer.status, headers: { 'content-type': 'text/plain; charset=utf-8' } });
}

/** Reads the body here, under the call's own signal and the cap; the new Response carries no address. */
async function readWhole(answer: Response): Promise<Response> {
  const headers = new Headers(answer.headers);
  headers.delete('content-encoding');
  if (answer.body === null || [204, 205, 304].includes(answer.status)) return new Response(null, { status: answer.status, headers });
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of answer.body) {
    bytes += chunk.byteLength;
    if (bytes > BODY_MAX_BYTES) throw new TooLong(`more than ${BODY_MAX_BYTES / 1024 / 1024} MiB`);
    chunks.push(chunk);
  }
  headers.set('content-length', String(bytes));
  return new Response(Buffer.concat(chunks), { status: answer.status, statusText: answer.statusText, headers });
}

// The connection was never made, or TLS was refused before a byte of the request left. ECONNRESET, EPIPE, ETIMEDOUT and
// undici's socket and header errors are missing on purpose: the request may have been read.
const NEVER_SENT_CODES = [
  'ECONNREFUSED|ENOTFOUND|EAI_\\w+|EHOSTUNREACH|EHOSTDOWN|ENETUNREACH|ENETDOWN|EADDRNOTAVAIL|UND_ERR_CONNECT_TIMEOUT|HPE_INVALID_URL',
  'EPROTO|CERT_\\w+|UNABLE_TO_\\w+|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|ERR_TLS_\\w+|ERR_SSL_\\w+',
];
const NEVER_SENT = new RegExp(`^(${NEVER_SENT_CODES.join('|')})$`);

/** From whatever fetch threw, wrapped by octokit or not, to what it means. Only codes are kept: texts may carry addresses. */
export function lost(error: unknown): Lost {
  for (let at = error, depth = 0; at instanceof Error && depth < 6; at = at.cause, depth += 1) {
    const code = 'code' in at && typeof at.code === 'string' ? at.code : at instanceof AggregateError ? firstCode(at) : undefined;
    if (code !== undefined) return { kind: 'lost', sent: !NEVER_SENT.test(code), cause: code };
    if (at instanceof TooLong) return { kind: 'lost', sent: true, cause: at.message };
  }
  return { kind: 'lost', sent: true, cause: 'no code was given' };
}

function firstCode(error: AggregateError): string | undefined {
  const codes = error.errors.map((one: unknown) => (one instanceof Error && 'code' in one ? String(one.code) : ''));
  // One address refusing and another resetting: the worst of them decides.
  return codes.find((code) => !NEVER_SENT.test(code)) ?? codes[0];
}

/** The API's address without a trailing slash, or `E_CONFIG`. */
export function originOf(url: string): { readonly base: string } {
  const parsed = URL.parse(url);
  const refuse = (what: string): never => {
    throw new Failure('E_CONFIG', `GITHUB_API_URL ${what}; GitHub was not called`, {
      path: 'GITHUB_API_URL',
      hint: 'leave it out for github.com, or write https://HOST/api/v3 for GitHub Enterprise',
      permanent: true,
    });
  };
  if (parsed === null) return refuse('is not a URL');
  if (parsed.protocol !== 'https:' && parsed.protocol !== 'http:') return refuse('must begin with https://');
  if (parsed.username !== '' || parsed.password !== '') return refuse('must not carry a user name or password');
  if (parsed.search !== '' || parsed.hash !== '') return refuse('must not have a query');
  return { base: `${parsed.origin}${parsed.pathname.replace(/\/+$/, '')}` };
}

/** From the API's address to the one people open; a server we do not know keeps both at one address. */
export function webOf(base: string): string {
  const { protocol, host, origin } = new URL(base);
  // github.com and ghe.com have the API at a name of its own, Enterprise servers below a path.
  return /^api\.(?:github\.com|[\w-]+\.ghe\.com)$/.test(host) ? `${protocol}//${host.slice('api.'.length)}` : origin;
}
