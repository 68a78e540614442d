import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { failureOf, never } from './parts.ts';
import { markLatest, readReleases, sandbox } from './sandbox.ts';

describe('a GitHub App', () => {
  const keys = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const app = {
    id: 42,
    slug: 'tagback',
    publicKey: keys.publicKey,
    installationId: 777,
    permissions: { contents: 'write', actions: 'write', deployments: 'read' },
  } as const;
  const auth = { kind: 'app', appId: 42, privateKey: keys.privateKey.replaceAll('\n', '\\n') } as const;

  it('makes itself a token for one repository, once', async () => {
    const { server, github } = await sandbox({ server: { app, isPrivate: true }, client: { auth } });
    await readReleases(github);
    await readReleases(github);
    expect(server.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'GET /repos/acme/shop/installation',
      'POST /app/installations/777/access_tokens',
      'GET /repos/acme/shop/releases',
      'GET /repos/acme/shop/releases',
    ]);
    expect(server.requests[1]?.body).toBe('{"repositories":["shop"]}');
  });

  it('is known to the probe', async () => {
    expect(await (await sandbox({ server: { app }, client: { auth } })).github.probe(never())).toEqual({ ok: true, cause: undefined });
  });

  it('says what is missing when it is not installed, and that nothing was sent', async () => {
    const { github } = await sandbox({ server: { app, repo: 'acme/other' }, client: { auth } });
    const failure = await failureOf(markLatest(github));
    expect({ ...failure }).toMatchObject({ code: 'E_GITHUB_REFUSED', unclear: false });
    expect(failure.message).toMatch(/^could not become the GitHub App on acme\/shop in order to mark/);
  });

  it.each(['reset-after', '502-after'] as const)('whose token request ends with %s leaves the write itself surely not sent', async (fault) => {
    const { server, github } = await sandbox({ server: { app }, client: { auth } });
    server.faults.next('POST /app/*', fault);
    expect({ ...(await failureOf(markLatest(github))) }).toMatchObject({ code: 'E_GITHUB', unclear: false });
    expect(server.effects).toEqual([]);
    await markLatest(github);
    expect(server.effects).toHaveLength(1);
  });

  it('makes a new token after a 401', async () => {
    const { server, github } = await sandbox({ server: { app }, client: { auth } });
    await readReleases(github);
    server.faults.next('GET /repos/acme/shop/releases', '401');
    expect((await failureOf(readReleases(github))).code).toBe('E_GITHUB_AUTH');
    await readReleases(github);
    expect(server.requests.filter(({ path }) => path.endsWith('/access_tokens'))).toHaveLength(2);
  });
});
