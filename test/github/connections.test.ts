import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { inspect, promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import type { Failure } from '../../src/lib/failure.ts';
import { API, clientAt, dispatch, failureOf, handClock, listIds, TOKEN } from './parts.ts';

function expectNoToken(failure: Failure): void {
  expect(inspect(failure, { depth: 12, showHidden: true })).not.toContain(TOKEN);
}

describe('a connection that fails', () => {
  const lostBy = (code: string) => Object.assign(new TypeError('fetch failed'), { cause: Object.assign(new Error(`${code} ${TOKEN}`), { code }) });
  it.each([
    ['ECONNREFUSED', false],
    ['ENOTFOUND', false],
    ['EAI_AGAIN', false],
    ['UND_ERR_CONNECT_TIMEOUT', false],
    ['CERT_HAS_EXPIRED', false],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', false],
    ['ECONNRESET', true],
    ['EPIPE', true],
    ['ETIMEDOUT', true],
    ['UND_ERR_SOCKET', true],
    ['UND_ERR_HEADERS_TIMEOUT', true],
    ['SOMETHING_NEW', true],
  ])('with %s leaves a write unclear: %s', async (code, unclear) => {
    let sent = 0;
    const fetch = async (): Promise<Response> => {
      sent += 1;
      throw lostBy(code);
    };
    const written = await failureOf(dispatch(clientAt(API, { fetch })));
    expect({ ...written, sent }).toMatchObject({ code: 'E_GITHUB', unclear, sent: 1 });
    expect(written.message).toContain(code);
    expectNoToken(written);
    const read = await failureOf(listIds(clientAt(API, { fetch })));
    expect({ ...read, sent }).toMatchObject({ code: 'E_GITHUB', unclear: false, sent: 4 });
  });

  it('to several addresses counts as sent when one of them may have been reached', async () => {
    const both =
      (...codes: string[]) =>
      async (): Promise<Response> => {
        throw Object.assign(new TypeError('fetch failed'), { cause: new AggregateError(codes.map((code) => Object.assign(new Error(code), { code }))) });
      };
    expect((await failureOf(dispatch(clientAt(API, { fetch: both('ECONNREFUSED', 'ENETUNREACH') })))).unclear).toBe(false);
    expect((await failureOf(dispatch(clientAt(API, { fetch: both('ECONNREFUSED', 'ECONNRESET') })))).unclear).toBe(true);
  });
});

describe('a server that never answers', () => {
  /** A fetch that answers with `answer`, or never, and says when it was called. */
  function stuck(answer?: () => Response): { readonly fetch: typeof fetch; readonly called: Promise<void> } {
    const { promise: called, resolve } = Promise.withResolvers<void>();
    return {
      called,
      fetch: (_, init) => {
        resolve();
        if (answer) return Promise.resolve(answer());
        return new Promise((_resolve, reject) => init?.signal?.addEventListener('abort', () => reject(init.signal?.reason)));
      },
    };
  }

  it.each([
    ['a read', listIds, 10_000, false],
    ['a write', dispatch, 15_000, true],
  ])('ends %s at its deadline', async (_, call, ms, unclear) => {
    const clock = handClock();
    const { fetch, called } = stuck();
    let ended = false;
    const failing = failureOf(call(clientAt(API, { clock, fetch }))).finally(() => {
      ended = true;
    });
    await called;
    clock.advance(ms - 1);
    await new Promise(setImmediate);
    expect(ended).toBe(false);
    clock.advance(1);
    const failure = await failing;
    expect({ ...failure }).toMatchObject({ code: 'E_TIMEOUT', unclear });
    expect(failure.message).toContain(`no answer came within ${ms / 1000} s`);
  });

  it('is left when the caller gives up', async () => {
    const control = new AbortController();
    const { fetch, called } = stuck();
    const ask = { repo: 'acme/shop', route: 'GET /repos/{owner}/{repo}/releases', to: 'read', schema: z.unknown(), signal: control.signal };
    const failing = failureOf(clientAt(API, { fetch }).read(ask));
    await called;
    control.abort();
    expect((await failing).message).toContain('it was cancelled');
  });

  it('is not called at all by a caller who has given up before', async () => {
    const { fetch } = stuck(() => expect.unreachable('a request went out'));
    const ask = { repo: 'acme/shop', route: 'POST /repos/{owner}/{repo}/releases', to: 'write', schema: z.unknown(), signal: AbortSignal.abort() };
    expect({ ...(await failureOf(clientAt(API, { fetch }).write(ask))) }).toMatchObject({ code: 'E_TIMEOUT', unclear: false });
  });

  it('in the middle of its answer makes a write unclear', async () => {
    const clock = handClock();
    const half = new ReadableStream({ start: (stream) => stream.enqueue(new TextEncoder().encode('{"workflow_run')) });
    const { fetch, called } = stuck(() => new Response(half, { status: 200, headers: { 'content-type': 'application/json' } }));
    const failing = failureOf(dispatch(clientAt(API, { clock, fetch })));
    await called;
    clock.advance(15_000);
    expect({ ...(await failing) }).toMatchObject({ code: 'E_TIMEOUT', unclear: true });
  });
});

it('an unreachable GitHub is answered also in a program that does nothing else', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  server.close();
  await once(server, 'close');
  const script = `
    import { createGitHub } from './src/github/client.ts';
    import { realClock } from './src/lib/clock.ts';
    const quiet = () => {};
    const log = { debug: quiet, info: quiet, warn: quiet, error: quiet };
    const github = createGitHub({ url: process.argv[1], auth: { kind: 'token', token: 'ghp_abcdef1234' }, clock: realClock, log });
    console.log(JSON.stringify(await github.probe(new AbortController().signal)));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module-typescript', '-e', script, url], {
    cwd: new URL('../..', import.meta.url),
  });
  expect(JSON.parse(stdout)).toEqual({ ok: false, cause: expect.stringContaining('GitHub could not be reached') });
});
