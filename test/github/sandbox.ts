/** The sandbox's GitHub and a client for it, closed after each test. Every request is held against GitHub's own description. */
import { expect, onTestFinished } from 'vitest';
import * as z from 'zod';
import type { GitHub, GitHubSettings } from '../../src/github/client.ts';
import { LOGS_PATH } from '../../src/sandbox/github/logs.ts';
import { type GitHubOptions, type MiniGitHub, SANDBOX_TOKEN, startGitHub } from '../../src/sandbox/github/server.ts';
import { type ContractFetch, contractFetch } from '../contracts/github.ts';
import { clientAt, type HandClock, handClock, never } from './parts.ts';

export interface Stage {
  readonly clock: HandClock;
  readonly server: MiniGitHub;
  readonly github: GitHub;
  /** The same without the judge: for requests that GitHub itself must refuse. */
  readonly bare: GitHub;
}
export async function sandbox(more: { readonly server?: Partial<GitHubOptions>; readonly client?: Partial<GitHubSettings> } = {}): Promise<Stage> {
  const clock = handClock(Date.now());
  const server = await startGitHub({ clock, ...more.server });
  const fetch = beside(contractFetch(globalThis.fetch), `${server.url}${LOGS_PATH}`);
  onTestFinished(async () => {
    await server.close();
    expect(fetch.flaws).toEqual([]);
    // One misspelt header, and all calls would be anonymous.
    expect(server.requests.filter(({ auth }) => auth !== 'bearer')).toEqual([]);
  });
  const settings = { clock, auth: { kind: 'token', token: SANDBOX_TOKEN } } as const;
  const github = clientAt(server.url, { ...settings, fetch, ...more.client });
  return { clock, server, github, bare: clientAt(server.url, settings) };
}

/** Where GitHub keeps its logs is no route of its API. */
function beside(fetch: ContractFetch, logs: string): ContractFetch {
  const send: typeof globalThis.fetch = (input, init) => (String(input).startsWith(logs) ? globalThis.fetch(input, init) : fetch(input, init));
  return Object.assign(send, { flaws: fetch.flaws });
}

export async function readReleases(github: GitHub, priority?: 'rollback'): Promise<readonly unknown[]> {
  return await github.read({
    repo: 'acme/shop',
    route: 'GET /repos/{owner}/{repo}/releases',
    to: 'read the releases of acme/shop',
    schema: z.array(z.unknown()),
    signal: never(),
    ...(priority && { priority }),
  });
}

/** A harmless write. */
export async function markLatest(github: GitHub, signal = never(), priority?: 'rollback'): Promise<unknown> {
  const { value } = await github.write({
    repo: 'acme/shop',
    route: 'PATCH /repos/{owner}/{repo}/releases/{release_id}',
    params: { release_id: 231_500_102, make_latest: 'true' },
    to: 'mark v2.13.2 as the latest release',
    schema: z.unknown(),
    signal,
    ...(priority && { priority }),
  });
  return value;
}
