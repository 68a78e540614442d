/** The answer to "401, ask over there for a token": where, and only for the right to pull this one image. */
import { assertConfiguredUrl } from '../health/url.ts';
import { Failure } from '../lib/failure.ts';
import type { ImageName } from './image-name.ts';

export type Challenge = { readonly ok: true; readonly url: string } | { readonly ok: false; readonly because: string };

/** `Bearer realm="https://ghcr.io/token",service="ghcr.io",scope="…"`. What it says about the scope is not looked at. */
export function readChallenge(header: string, { host, repository }: ImageName): Challenge {
  const said = /(?:^|,\s*)Bearer\s+(.{1,2000})/i.exec(header.slice(0, 4_000))?.[1] ?? '';
  const field = (name: string): string | undefined => new RegExp(`(?:^|[,\\s])${name}="([^"]{1,1000})"`, 'i').exec(said)?.[1];
  const realm = field('realm');
  if (realm === undefined) return refuse(`${host} wants a password, and we have none for it`);
  const url = checked(realm, host);
  if (!url) return refuse(`${host} sends us for a token to an address that is not asked: only https is, and nothing on this machine`);
  const service = field('service');
  if (service !== undefined) url.searchParams.set('service', service);
  url.searchParams.set('scope', `repository:${repository}:pull`);
  return { ok: true, url: url.href };
}

const refuse = (because: string): Challenge => ({ ok: false, because });

function checked(realm: string, registry: string): URL | undefined {
  try {
    const url = assertConfiguredUrl(realm);
    // A registry on this machine is for trying things out; any other may not point back at this machine.
    if (isLoopback(registry)) return url.protocol === 'https:' || isLoopback(url.host) ? url : undefined;
    return url.protocol === 'https:' && !isLoopback(url.host) ? url : undefined;
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}

/** By its name alone; the port may be there. */
export const isLoopback = (host: string): boolean => /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i.test(host);
