/** Is a container image still at its registry? OCI distribution spec v1.1, "Pulling manifests"; tokens as the Docker registry describes them. */
import type { ArtifactFact } from '../core/rollback-facts.ts';
import type { GuardedAnswer, GuardedFetch } from './guarded-fetch.ts';
import { type ImageName, readImageName } from './image-name.ts';
import { isLoopback, readChallenge } from './registry-token.ts';

type Found = Pick<ArtifactFact, 'state' | 'because'>;
interface Call {
  readonly fetch: GuardedFetch;
  readonly signal: AbortSignal;
}

/** A registry that is not told these answers with a manifest of 2016, or with 404. */
const MANIFESTS = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');
const MOST_HOPS = 2;

/** Throws Failure when the registry gives no answer. */
export async function readImage(text: string, call: Call): Promise<Found> {
  const name = readImageName(text);
  if (!name.ok) return unknown(name.because);
  const { image } = name;
  const registry = `${isLoopback(image.host) ? 'http' : 'https'}://${image.host}`;
  const ask: Ask = { registry, path: `/v2/${image.repository}/manifests/${image.tag}`, headers: { accept: MANIFESTS } };
  const first = await head(ask, call);
  if (first.status !== 401) return judge(first, { image, ask, call });
  const challenge = readChallenge(first.headers['www-authenticate'] ?? '', image);
  if (!challenge.ok) return unknown(challenge.because);
  const token = await fetchToken(challenge.url, call);
  if (!token.ok) return unknown(token.because);
  const allowed = { ...ask, headers: { ...ask.headers, authorization: `Bearer ${token.token}` } };
  return judge(await head(allowed, call), { image, ask: allowed, call });
}

interface Ask {
  readonly registry: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Redirects stay on the registry: what we carry is meant for nobody else, and services.yml names nobody else. */
async function head({ registry, path, headers }: Ask, { fetch, signal }: Call): Promise<GuardedAnswer> {
  let url = registry + path;
  for (let hop = 0; ; hop += 1) {
    const answer = await fetch(url, { method: 'HEAD', headers, signal });
    const { location } = answer.headers;
    if (![301, 302, 303, 307, 308].includes(answer.status) || location === undefined || hop === MOST_HOPS) return answer;
    if (!URL.canParse(location, url) || new URL(location, url).origin !== new URL(registry).origin) return answer;
    url = new URL(location, url).href;
  }
}

async function judge(answer: GuardedAnswer, { image, ask, call }: { image: ImageName; ask: Ask; call: Call }): Promise<Found> {
  const { status, headers } = answer;
  if (status === 200) {
    const isManifest = headers['docker-content-digest'] !== undefined || /^application\/vnd\.(?:oci|docker)\./.test(headers['content-type'] ?? '');
    return isManifest ? { state: 'there', because: `${image.host} has it` } : unknown(`${image.host} answers, but not like a registry of images`);
  }
  if (status === 404) {
    if (await isRegistry(ask, call)) return { state: 'missing', because: `${image.host} has no such image` };
    return unknown(`${image.host} answers 404, but not like a registry of images`);
  }
  if (status === 401 || status === 403) return unknown(`${image.host} does not show it to anonymous readers: it is private, or not there`);
  if (status === 429) return unknown(`${image.host} takes no more questions for now (HTTP 429)`);
  if (status >= 300 && status < 400) return unknown(`${image.host} sends us to another host, which services.yml does not name`);
  return unknown(`${image.host} answered HTTP ${status}`);
}

/** Any web server says 404; only a registry knows /v2/. */
async function isRegistry({ registry, headers }: Ask, { fetch, signal }: Call): Promise<boolean> {
  const { status } = await fetch(`${registry}/v2/`, { method: 'GET', headers: { ...headers, accept: '*/*' }, signal });
  return status === 200 || status === 401 || status === 403;
}

async function fetchToken(url: string, { fetch, signal }: Call): Promise<{ ok: true; token: string } | { ok: false; because: string }> {
  const { host } = new URL(url);
  const { status, body } = await fetch(url, { method: 'GET', headers: { accept: 'application/json' }, signal });
  if (status !== 200) return { ok: false, because: `${host} gives anonymous readers no token (HTTP ${status}): the image is private, or not there` };
  const token = tokenIn(body);
  return token === undefined ? { ok: false, because: `${host} answered with something that is no token` } : { ok: true, token };
}

function tokenIn(body: string): string | undefined {
  try {
    const read: unknown = JSON.parse(body);
    if (typeof read !== 'object' || read === null) return undefined;
    const token = 'token' in read ? read.token : 'access_token' in read ? read.access_token : undefined;
    return typeof token === 'string' && /^[\x21-\x7e]{1,16384}$/.test(token) ? token : undefined;
  } catch {
    return undefined;
  }
}

const unknown = (because: string): Found => ({ state: 'unknown', because });
