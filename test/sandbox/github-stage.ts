/** A mini GitHub and an Octokit that never repeats, never waits, and says what GitHub answered. */
import { Octokit } from 'octokit';
import { onTestFinished } from 'vitest';
import { type GitHubOptions, type MiniGitHub, SANDBOX_TOKEN, startGitHub } from '../../src/sandbox/github/server.ts';
import { type HandClock, handClock } from './github-clock.ts';

export const HERE = { owner: 'acme', repo: 'shop' } as const;
export const DEPLOY = { ...HERE, workflow_id: 'deploy.yml' } as const;

export interface Stage {
  readonly github: MiniGitHub;
  readonly clock: HandClock;
  readonly octokit: Octokit;
}

export async function stage(options: Partial<GitHubOptions> = {}): Promise<Stage> {
  const clock = handClock();
  const github = await startGitHub({ clock, ...options });
  onTestFinished(() => github.close());
  return { github, clock, octokit: octokitFor(github, SANDBOX_TOKEN) };
}

export function octokitFor(github: MiniGitHub, auth: string | undefined): Octokit {
  return new Octokit({
    auth,
    baseUrl: github.url,
    retry: { enabled: false },
    throttle: { enabled: false },
    log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
  });
}

export interface Refused {
  readonly status: number;
  readonly message: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

/** The refusal a call must end with; fails when the call goes through. */
export async function refusal(call: Promise<{ readonly status: number }>): Promise<Refused> {
  const error: unknown = await call.then(
    (answer) => new Error(`expected a refusal, got ${answer.status}`),
    (reason: unknown) => reason,
  );
  if (!(error instanceof Error) || !('status' in error) || typeof error.status !== 'number') throw error;
  const response = 'response' in error ? error.response : undefined;
  const headers = isRecord(response) && isRecord(response.headers) ? response.headers : {};
  return { status: error.status, message: error.message, headers };
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
