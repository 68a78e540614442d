/** A registry of container images on loopback, with its own token endpoint, as the OCI distribution spec describes them. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

type Answer = (request: IncomingMessage, response: ServerResponse, path: string) => void;
export interface Registry {
  /** `127.0.0.1:5000`. */
  readonly host: string;
  readonly asked: { readonly line: string; readonly authorization: string | undefined; readonly accept: string | undefined }[];
  close(): Promise<void>;
}

const DIGEST = `sha256:${'a'.repeat(64)}`;
const TOKEN = 'anonymous-token-1';

/** What the registry has: `acme/shop:v2.13.0`. */
export async function openRegistry(
  images: readonly string[],
  tweak: { readonly open?: boolean; readonly challenge?: string; readonly answer?: Answer } = {},
): Promise<Registry> {
  const asked: Registry['asked'] = [];
  const server: Server = createServer((request, response) => {
    const path = request.url ?? '';
    asked.push({ line: `${request.method} ${path}`, authorization: request.headers.authorization, accept: request.headers.accept });
    (tweak.answer ?? standard)(request, response, path);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`; // a TCP server has an AddressInfo
  return {
    host,
    asked,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };

  function standard(request: IncomingMessage, response: ServerResponse, path: string): void {
    if (path.startsWith('/token')) return void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ token: TOKEN }));
    if (!tweak.open && request.headers.authorization !== `Bearer ${TOKEN}`) {
      const challenge = tweak.challenge ?? `Bearer realm="http://${host}/token",service="${host}",scope="repository:acme/shop:pull,push"`;
      return void response.writeHead(401, { 'www-authenticate': challenge }).end();
    }
    if (path === '/v2/') return void response.writeHead(200, { 'docker-distribution-api-version': 'registry/2.0' }).end('{}');
    const [, name, tag] = /^\/v2\/(.+)\/manifests\/([^/]+)$/.exec(path) ?? [];
    if (!images.includes(`${name}:${tag}`)) return void response.writeHead(404, { 'content-type': 'application/json' }).end();
    response.writeHead(200, { 'content-type': 'application/vnd.oci.image.index.v1+json', 'docker-content-digest': DIGEST, 'content-length': '1234' }).end();
  }
}
