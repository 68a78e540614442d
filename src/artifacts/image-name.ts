/** `ghcr.io/acme/shop:v2.13.0` → where to ask, and for what. */

export interface ImageName {
  /** Host and port of the registry. */
  readonly host: string;
  readonly repository: string;
  readonly tag: string;
}
export type ReadName = { readonly ok: true; readonly image: ImageName } | { readonly ok: false; readonly because: string };

const HOST = /^(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*)(?::\d{1,5})?$/;
// OCI distribution spec v1.1, "Pulling manifests": <name> and <reference>.
const REPOSITORY = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;
/** Docker Hub's names say docker.io, its registry lives elsewhere. */
const DOCKER_HUB = 'registry-1.docker.io';

export function readImageName(text: string): ReadName {
  const colon = text.lastIndexOf(':');
  const [path, tag] = colon > text.lastIndexOf('/') ? [text.slice(0, colon), text.slice(colon + 1)] : [text, ''];
  const slash = path.indexOf('/');
  const first = slash === -1 ? '' : path.slice(0, slash);
  const hasHost = /[.:]/.test(first) || first === 'localhost';
  const host = hasHost ? first.toLowerCase() : 'docker.io';
  const repository = hasHost ? path.slice(slash + 1) : path;
  if (!HOST.test(host) || repository.length > 255 || !REPOSITORY.test(repository)) return { ok: false, because: 'this is no name of a container image' };
  if (!TAG.test(tag)) return { ok: false, because: `'${tag.slice(0, 40)}' cannot be the tag of an image: only letters, digits and . _ - can stand there` };
  if (host !== 'docker.io' && host !== 'index.docker.io') return { ok: true, image: { host, repository, tag } };
  return { ok: true, image: { host: DOCKER_HUB, repository: repository.includes('/') ? repository : `library/${repository}`, tag } };
}
