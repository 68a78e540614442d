import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createGitHub, type GitHubSettings } from '../../src/github/client.ts';
import type { Failure } from '../../src/lib/failure.ts';
import { API, handClock, quiet, TOKEN } from './parts.ts';
import { sandbox } from './sandbox.ts';

describe('making a client', () => {
  const bad = (auth: GitHubSettings['auth'], url = API): Failure => {
    try {
      createGitHub({ url, auth, clock: handClock(), log: quiet });
    } catch (error) {
      return error as Failure; // createGitHub throws nothing else; the assertions below would show it
    }
    throw new Error('expected a refusal');
  };
  it.each([
    ['', /is empty.*anonymous/],
    ['   ', /is empty/],
    ['undefined', /placeholder/],
    ['null', /placeholder/],
    ['ghp_xxxxxxxxxxxx', /placeholder/],
    ['your-token-here', /placeholder/],
    ['"ghp_abc"', /quotation mark at position 0/],
    ["ghp_abc'", /quotation mark at position 7/],
    ['ghp_abc\ndef', /control character at position 7/],
    ['ghp_abc\r\n', /control character at position 7/],
    ['ghp_ab cd', /a space at position 6/],
    ['ghp_аbc', /U\+0430 at position 4/],
    ['Bearer ghp_abc', /a space at position 6/],
  ])('refuses the token %j by name and position, never by value', (token, says) => {
    const failure = bad({ kind: 'token', token });
    expect({ ...failure }).toMatchObject({ code: 'E_CONFIG', path: 'GITHUB_TOKEN', permanent: true });
    expect(failure.message).toMatch(says);
    if (token.includes('abc')) expect(`${failure.message} ${failure.hint} ${failure.stack}`).not.toContain('abc');
  });

  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  it.each([
    ['', /is empty/],
    ['MIIEow', /does not begin with -----BEGIN/],
    [privateKey.slice(0, 900), /the END line is missing/],
    ['-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----', /not a readable key/],
  ])('refuses a private key that cannot sign (%#)', (key, says) => {
    const failure = bad({ kind: 'app', appId: 1, privateKey: key });
    expect(failure.message).toMatch(says);
    expect({ ...failure }).toMatchObject({ code: 'E_CONFIG', path: 'GITHUB_APP_PRIVATE_KEY' });
  });

  it.each(['github.com', 'ftp://api.github.com', 'https://me:pw@api.github.com', 'https://api.github.com/?x=1'])('refuses the address %s', (url) => {
    const failure = bad({ kind: 'token', token: TOKEN }, url);
    expect({ ...failure }).toMatchObject({ code: 'E_CONFIG', path: 'GITHUB_API_URL' });
    expect(failure.message).not.toContain('pw');
  });

  it('sends nothing and loads nothing before somebody calls', async () => {
    const { server } = await sandbox();
    await new Promise(setImmediate);
    expect(server.requests).toEqual([]);
  });
});
