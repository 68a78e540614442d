/** Which URLs may be named, and by whom. */
import { Failure } from '../lib/failure.ts';
import { addressKind } from './address.ts';

/** Parsed, http(s), without user and password. Throws E_URL_SCHEME, E_URL_CREDENTIALS. The password is never part of a message. */
function assertWebUrl(text: string): URL {
  if (text.length > 3000 || !URL.canParse(text))
    throw new Failure('E_URL_SCHEME', 'this is no URL', { hint: 'give a whole address, e.g. https://shop.example.com/checkout' });
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new Failure('E_URL_SCHEME', `${url.protocol} is not allowed`, { hint: 'http:// and https:// only' });
  if (url.username !== '' || url.password !== '')
    throw new Failure('E_URL_CREDENTIALS', `the address of ${url.hostname} holds a user name or password`, {
      hint: 'leave it out; it would be shown to everybody here',
    });
  return url;
}

/** For URLs named by people and alerts: they are shown, never fetched. The parser has turned 2130706433, 0x7f.1 and ①②⑦ into 127.0.0.1 by then. */
export function assertPublicUrl(text: string): URL {
  const url = assertWebUrl(text);
  const host = bareHost(url);
  const kind = isIpLiteral(url) ? addressKind(host) : nameKind(host);
  if (kind !== 'public') throw blocked(host, kind);
  return url;
}

/** For URLs from configuration: hosts of one's own network are what they are for; addresses that hand out credentials are not. */
export function assertConfiguredUrl(text: string): URL {
  const url = assertWebUrl(text);
  if (isIpLiteral(url)) assertReachable(bareHost(url));
  return url;
}

/** Link-local, metadata and reserved addresses, whatever name led there. Throws E_URL_BLOCKED. */
export function assertReachable(address: string): void {
  const kind = addressKind(address);
  if (kind === 'link-local' || kind === 'metadata' || kind === 'reserved') throw blocked(address, kind);
}

/** For calls that carry a token: exactly these hosts, over https. Throws E_URL_HOST. */
export function assertHost(text: string, hosts: readonly string[]): URL {
  const url = assertWebUrl(text);
  if (url.protocol === 'https:' && url.port === '' && hosts.includes(url.hostname)) return url;
  throw new Failure('E_URL_HOST', `a token is not sent to ${url.host}`, { hint: `only to https://${hosts.join(', https://')}` });
}

function blocked(host: string, kind: string): Failure {
  return new Failure('E_URL_BLOCKED', `${host} is a ${kind} address`, {
    hint: 'give an address that everybody can reach; internal ones belong into services.yml',
    permanent: true,
  });
}

function bareHost(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
}

/** The URL parser leaves an IPv4 host in four decimal parts and an IPv6 host in brackets. */
function isIpLiteral(url: URL): boolean {
  return url.hostname.startsWith('[') || /^\d+\.\d+\.\d+\.\d+$/.test(bareHost(url));
}

function nameKind(host: string): 'public' | 'loopback' | 'metadata' {
  if (/(?:^|\.)(?:localhost|localdomain)$/.test(host)) return 'loopback';
  return /^(?:metadata|instance-data)(?:\.|$)/.test(host) && /^(?:metadata(?:\.google\.internal)?|instance-data(?:\..*internal)?)$/.test(host)
    ? 'metadata'
    : 'public';
}
