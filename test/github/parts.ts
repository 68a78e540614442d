/** What the tests of src/github share: a clock moved by hand, a GitHub client at some address, and a way to catch its Failure. */
import * as z from 'zod';
import { createGitHub, type GitHub, type GitHubSettings } from '../../src/github/client.ts';
import type { Clock } from '../../src/lib/clock.ts';
import { Failure } from '../../src/lib/failure.ts';

export interface HandClock extends Clock {
  /** Moves time on; what was due on the way is called in order. */
  advance(ms: number): void;
  /** How long from now the things that wait will still wait. */
  pendingMs(): readonly number[];
}

export function handClock(start = Date.parse('2026-11-20T09:00:00Z')): HandClock {
  let now = start;
  let waiting: { readonly at: number; readonly fn: () => void }[] = [];
  return {
    now: () => now,
    at(at, fn) {
      const entry = { at, fn };
      waiting.push(entry);
      return () => {
        waiting = waiting.filter((one) => one !== entry);
      };
    },
    pendingMs: () => waiting.map(({ at }) => at - now),
    advance(ms) {
      const until = now + ms;
      for (;;) {
        const [due] = waiting.filter((one) => one.at <= until).toSorted((a, b) => a.at - b.at);
        if (due === undefined) break;
        waiting = waiting.filter((one) => one !== due);
        now = Math.max(now, due.at);
        due.fn();
      }
      now = until;
    },
  };
}

/** Of no known format, so that only knowing it can keep it out of texts. */
export const TOKEN = 'enterprise.4f0bq.that-must-never-appear';
export const API = 'https://github.test';
const silent = () => {};
export const quiet = { debug: silent, info: silent, warn: silent, error: silent };

/** Rests between tries take no time, so that the clock need not be moved. */
export function clientAt(url: string, more: Partial<GitHubSettings> = {}): GitHub {
  return createGitHub({ url, auth: { kind: 'token', token: TOKEN }, clock: handClock(), log: quiet, random: () => 0, ...more });
}

export async function failureOf(work: Promise<unknown>): Promise<Failure> {
  try {
    await work;
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error('expected a Failure, but the call went well');
}

export const never = (): AbortSignal => new AbortController().signal;

export const listIds = (github: GitHub) =>
  github.read({
    repo: 'acme/shop',
    route: 'GET /repos/{owner}/{repo}/releases',
    to: 'read the releases of acme/shop',
    schema: z.array(z.object({ id: z.number() })),
    signal: never(),
  });
export const dispatch = (github: GitHub) =>
  github.write({
    repo: 'acme/shop',
    route: 'POST /repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches',
    params: { workflow_id: 'deploy.yml', ref: 'main' },
    to: 'dispatch deploy.yml at main in acme/shop',
    schema: z.undefined(),
    signal: never(),
  });
