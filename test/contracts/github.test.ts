import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkGitHubRequest, contractFetch, OPERATIONS } from './github.ts';

const DISPATCH = '/repos/acme/shop/actions/workflows/deploy.yml/dispatches';

describe("what GitHub's own description allows", () => {
  it.each([
    ['a dispatch', 'POST', DISPATCH, { ref: 'main', inputs: { tag: 'v1.2.3' }, return_run_details: true }],
    ['a dispatch without inputs', 'POST', DISPATCH, { ref: 'main' }],
    ['a release made the latest one', 'PATCH', '/repos/acme/shop/releases/7', { make_latest: 'true', prerelease: false }],
    ['runs by name of the file', 'GET', '/repos/acme/shop/actions/workflows/deploy.yml/runs?event=workflow_dispatch&per_page=50', undefined],
    ['who changed a file last', 'GET', '/repos/acme/shop/commits?sha=v1.2.3&path=src%2Fcart%2Ftotal.ts&per_page=1', undefined],
    ['a tag, encoded as octokit does', 'GET', '/repos/acme/shop/git/ref/tags%2Fv1.2.3', undefined],
    ['an Enterprise address', 'GET', 'https://github.example.com/api/v3/repos/acme/shop/releases?per_page=100', undefined],
    ['a token for one repository', 'POST', '/app/installations/5/access_tokens', { repositories: ['shop'], permissions: { actions: 'write' } }],
  ])('%s passes', (_, method, url, body) => {
    expect(checkGitHubRequest(method, url, body)).toEqual([]);
  });
});

describe('what it does not allow is named', () => {
  it.each([
    ['make_latest as a boolean', 'PATCH', '/repos/acme/shop/releases/7', { make_latest: true }, /body\/make_latest must be string/],
    ['make_latest with another word', 'PATCH', '/repos/acme/shop/releases/7', { make_latest: 'yes' }, /make_latest must be equal to one of/],
    ['a misspelt property', 'PATCH', '/repos/acme/shop/releases/7', { pre_release: true }, /unknown property pre_release/],
    ['a dispatch without ref', 'POST', DISPATCH, { inputs: {} }, /must have required property 'ref'/],
    ['a dispatch without a body', 'POST', DISPATCH, undefined, /the body is missing/],
    ['26 inputs', 'POST', DISPATCH, { ref: 'main', inputs: Object.fromEntries(Array.from({ length: 26 }, (_, n) => [`i${n}`, ''])) }, /more than 25/],
    ['an unknown path', 'GET', '/repos/acme/shop/relases', undefined, /unknown path/],
    ['a method nobody described', 'DELETE', '/repos/acme/shop/releases/7', undefined, /DELETE is not described/],
    ['an unknown query parameter', 'GET', '/repos/acme/shop/releases?perpage=5', undefined, /unknown query parameter perpage/],
    ['a file by another name than path', 'GET', '/repos/acme/shop/commits?file=a.ts', undefined, /unknown query parameter file/],
    ['a word where a number is meant', 'GET', '/repos/acme/shop/actions/runs/latest', undefined, /path run_id must be integer/],
    ['a run status GitHub does not know', 'GET', '/repos/acme/shop/actions/workflows/1/runs?status=done', undefined, /must be equal to one of/],
    ['a body on a read', 'GET', '/repos/acme/shop/releases', { per_page: 5 }, /a body where none is described/],
    ['a permission level that does not exist', 'POST', '/app/installations/5/access_tokens', { permissions: { actions: 'admin' } }, /permissions\/actions/],
  ])('%s', (_, method, url, body, flaw) => {
    expect(checkGitHubRequest(method, url, body).join('\n')).toMatch(flaw);
  });

  it('is not sent: the wrapped fetch fails and remembers why', async () => {
    let sent = 0;
    const fetch = contractFetch(async () => {
      sent += 1;
      return new Response('{}');
    });
    await fetch('https://api.github.com/repos/acme/shop/releases');
    await expect(fetch('https://api.github.com/repos/acme/shop/releases/7', { method: 'PATCH', body: '{"make_latest":true}' })).rejects.toThrow(/make_latest/);
    expect(sent).toBe(1);
    expect(fetch.flaws).toContain('PATCH /repos/acme/shop/releases/7: body/make_latest must be string');
  });
});

it('every route in src/github is described, and nothing is described that is not used', () => {
  const sources = globSync('src/github/**/*.ts').map((file) => readFileSync(file, 'utf8'));
  const routes = new Set(sources.flatMap((text) => [...text.matchAll(/'((?:GET|POST|PATCH|PUT|DELETE) \/[^']*)'/g)].map(([, route]) => route ?? '')));
  // auth-app asks for the installation token itself.
  routes.add('POST /app/installations/{installation_id}/access_tokens');
  expect([...routes].sort()).toEqual([...OPERATIONS].sort());
});
