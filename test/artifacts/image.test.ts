import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { GuardedAnswer, GuardedFetch } from '../../src/artifacts/guarded-fetch.ts';
import { readArtifacts } from '../../src/artifacts/read.ts';
import type { ArtifactFact } from '../../src/core/rollback-facts.ts';
import { openRegistry, type Registry } from './registry.ts';

let registry: Registry | undefined;
afterEach(async () => {
  await registry?.close();
  registry = undefined;
});
async function open(...args: Parameters<typeof openRegistry>): Promise<Registry> {
  registry = await openRegistry(...args);
  return registry;
}
async function ask(image: string, more: { tag?: string; fetch?: GuardedFetch; signal?: AbortSignal } = {}): Promise<ArtifactFact> {
  const { tag = 'v2.13.0', signal = AbortSignal.timeout(20_000), fetch } = more;
  const [fact] = await readArtifacts([{ kind: 'image', image }], { tag, prefix: '', assets: [], signal, ...(fetch && { fetch }) });
  if (!fact) throw new Error('one fact per ask');
  return fact;
}

describe('an image at its registry', () => {
  it('is there: asked for by its head alone, with a token for pulling this image and nothing more', async () => {
    const { host, asked } = await open(['acme/shop:v2.13.0']);
    expect(await ask(`${host}/acme/shop:{{ tag }}`)).toEqual({ name: `image ${host}/acme/shop:v2.13.0`, state: 'there', because: `${host} has it` });
    expect(asked.map(({ line, authorization }) => [line, authorization])).toEqual([
      ['HEAD /v2/acme/shop/manifests/v2.13.0', undefined],
      [`GET /token?service=${encodeURIComponent(host)}&scope=repository%3Aacme%2Fshop%3Apull`, undefined],
      ['HEAD /v2/acme/shop/manifests/v2.13.0', 'Bearer anonymous-token-1'],
    ]);
    for (const type of ['vnd.oci.image.index.v1+json', 'vnd.docker.distribution.manifest.v2+json']) expect(asked[0]?.accept).toContain(type);
  });

  it('is there, at a registry that wants no token', async () => {
    const { host, asked } = await open(['acme/shop:2.13.0'], { open: true });
    expect((await ask(`${host}/acme/shop:{{ version }}`)).state).toBe('there');
    expect(asked).toHaveLength(1);
  });

  it('is missing when a registry says so', async () => {
    const { host } = await open(['acme/shop:v2.14.0']);
    expect(await ask(`${host}/acme/shop:{{ tag }}`)).toEqual({
      name: `image ${host}/acme/shop:v2.13.0`,
      state: 'missing',
      because: `${host} has no such image`,
    });
  });
});

describe('what cannot be found out is unknown, with the reason', () => {
  const bad: readonly (readonly [what: string, tweak: Parameters<typeof openRegistry>[1], says: RegExp])[] = [
    ['any web server says 404', { answer: (_, response) => void response.writeHead(404).end('<html>') }, /answers 404, but not like a registry/],
    ['a login page says 200', { answer: (_, response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>') }, /not like a registry/],
    ['500', { answer: (_, response) => void response.writeHead(500).end() }, /answered HTTP 500/],
    ['429', { answer: (_, response) => void response.writeHead(429).end() }, /takes no more questions for now/],
    ['a cut line', { answer: (_, response) => void response.socket?.destroy() }, /gave no answer \(ECONNRESET\)/],
    ['a password is wanted', { challenge: 'Basic realm="acme"' }, /wants a password, and we have none/],
    ['no challenge at all', { challenge: '' }, /wants a password/],
    [
      'no token for strangers',
      {
        answer: (request, response, path) =>
          path.startsWith('/token')
            ? void response.writeHead(403).end()
            : void response.writeHead(401, { 'www-authenticate': `Bearer realm="http://${request.headers.host}/token"` }).end(),
      },
      /gives anonymous readers no token \(HTTP 403\)/,
    ],
    [
      'a token that does not help',
      {
        answer: (request, response, path) =>
          path.startsWith('/token')
            ? void response.end('{"access_token":"abc"}')
            : void response.writeHead(401, { 'www-authenticate': `Bearer realm="http://${request.headers.host}/token"` }).end(),
      },
      /does not show it to anonymous readers/,
    ],
    [
      'a token that would break out of its header',
      {
        answer: (request, response, path) =>
          path.startsWith('/token')
            ? void response.end(JSON.stringify({ token: 'a\r\nx: y' }))
            : void response.writeHead(401, { 'www-authenticate': `Bearer realm="http://${request.headers.host}/token"` }).end(),
      },
      /something that is no token/,
    ],
  ];
  it.each(bad)('%s', async (_, tweak, says) => {
    const { host } = await open([], tweak);
    const fact = await ask(`${host}/acme/shop:{{ tag }}`);
    expect(fact.state).toBe('unknown');
    expect(fact.because).toMatch(says);
  });

  it('nobody is there, or nobody answers in time', { timeout: 15_000 }, async () => {
    const { host } = await open([], { answer: () => undefined });
    const startedAt = performance.now();
    expect(await ask(`${host}/acme/shop:{{ tag }}`)).toMatchObject({ state: 'unknown', because: `${host} did not answer in time` });
    expect(performance.now() - startedAt).toBeLessThan(7_000);
    expect((await ask(`${host}/acme/shop:{{ tag }}`, { signal: AbortSignal.timeout(20) })).state).toBe('unknown');
    await registry?.close();
    registry = undefined;
    expect((await ask(`${host}/acme/shop:{{ tag }}`)).because).toBe(`${host} gave no answer (ECONNREFUSED)`);
  });

  it('a tag that no image can have', async () => {
    const { host, asked } = await open([]);
    expect(await ask(`${host}/acme/shop:{{ tag }}`, { tag: 'v2.13.0+build.5' })).toMatchObject({
      state: 'unknown',
      because: expect.stringContaining("'v2.13.0+build.5' cannot be"),
    });
    for (const tag of ['../../../v2/other/manifests/x', 'x?y', 'x#y', 'x/y', ''])
      expect((await ask(`${host}/acme/shop:{{ tag }}`, { tag })).state).toBe('unknown');
    expect(asked).toEqual([]);
  });
});

describe('nobody is asked whom services.yml does not name', () => {
  it('a redirect to another host is not followed, and the token stays here', async () => {
    let reached = 0;
    const other = createServer((_, response) => {
      reached += 1;
      response.writeHead(200, { 'docker-content-digest': 'sha256:x' }).end();
    });
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const elsewhere = `http://127.0.0.1:${(other.address() as AddressInfo).port}`; // a TCP server has an AddressInfo
    const { host } = await open([], {
      answer: (_, response) => void response.writeHead(307, { location: `${elsewhere}/v2/acme/shop/manifests/v2.13.0` }).end(),
    });
    expect(await ask(`${host}/acme/shop:{{ tag }}`)).toMatchObject({
      state: 'unknown',
      because: `${host} sends us to another host, which services.yml does not name`,
    });
    expect(reached).toBe(0);
    other.close();
  });

  it('a redirect within the registry is followed, but not for ever', async () => {
    const { host, asked } = await open([], {
      answer: (_, response, path) =>
        path.endsWith('/v2.13.0')
          ? void response.writeHead(308, { location: '/v2/moved/manifests/x' }).end()
          : void response.writeHead(200, { 'docker-content-digest': 'sha256:x' }).end(),
    });
    expect((await ask(`${host}/acme/shop:{{ tag }}`)).state).toBe('there');
    expect(asked).toHaveLength(2);
    await registry?.close();
    const circle = await open([], { answer: (_, response) => void response.writeHead(302, { location: '/v2/again' }).end() });
    expect((await ask(`${circle.host}/acme/shop:{{ tag }}`)).state).toBe('unknown');
    expect(circle.asked).toHaveLength(3);
  });

  /** A registry on the internet, played by a function: what it is asked is written down. */
  const played = (realm: string): { fetch: GuardedFetch; asked: string[] } => {
    const asked: string[] = [];
    const fetch: GuardedFetch = async (url, { method, headers }): Promise<GuardedAnswer> => {
      asked.push(`${method} ${url}`);
      if (url.startsWith(realm)) return { status: 200, headers: {}, body: '{"token":"t"}' };
      if (headers.authorization === 'Bearer t') return { status: 200, headers: { 'docker-content-digest': 'sha256:x' }, body: '' };
      return { status: 401, headers: { 'www-authenticate': `Bearer realm="${realm}",service="s"` }, body: '' };
    };
    return { fetch, asked };
  };

  it('tokens are fetched over https only, and never from this machine or from where credentials are handed out', async () => {
    for (const realm of [
      'http://auth.example/token',
      'https://127.0.0.1/token',
      'https://localhost/token',
      'https://169.254.169.254/',
      'https://bob:x@auth.example/',
      'ftp://a/',
      'x',
    ]) {
      const { fetch, asked } = played(realm);
      expect(await ask('ghcr.io/acme/shop:{{ tag }}', { fetch }), realm).toMatchObject({
        state: 'unknown',
        because: expect.stringContaining('an address that is not asked'),
      });
      expect(asked).toEqual(['HEAD https://ghcr.io/v2/acme/shop/manifests/v2.13.0']);
    }
  });

  it.each([
    ['ghcr.io/acme/shop:{{ tag }}', 'https://ghcr.io/v2/acme/shop/manifests/v2.13.0'],
    ['docker.io/acme/shop:{{ tag }}', 'https://registry-1.docker.io/v2/acme/shop/manifests/v2.13.0'],
    ['acme/shop:{{ tag }}', 'https://registry-1.docker.io/v2/acme/shop/manifests/v2.13.0'],
    ['shop:{{ tag }}', 'https://registry-1.docker.io/v2/library/shop/manifests/v2.13.0'],
    ['registry.example:5000/a/b/shop:build-{{ tag }}', 'https://registry.example:5000/v2/a/b/shop/manifests/build-v2.13.0'],
  ])('%s is asked for at %s', async (image, url) => {
    const { fetch, asked } = played('https://auth.example/token');
    expect((await ask(image, { fetch })).state).toBe('there');
    expect(asked).toEqual([`HEAD ${url}`, expect.stringMatching(/^GET https:\/\/auth\.example\/token\?service=s&scope=/), `HEAD ${url}`]);
  });

  it('an address that hands out credentials is no registry', async () => {
    expect(await ask('169.254.169.254/acme/shop:{{ tag }}')).toMatchObject({ state: 'unknown', because: expect.stringContaining('metadata address') });
  });
});
