/** A GitHub for one repository on 127.0.0.1: real shapes, real refusals, a workflow that deploys, and faults on demand. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../../lib/clock.ts';
import { type Gate, openGate } from '../gate.ts';
import { listen, readBody } from '../shop/loopback.ts';
import { type AppOptions, createApp } from './app.ts';
import { type Budget, type Caller, createBudgets, identify, type TokenGrant } from './callers.ts';
import { createDesk } from './desk.ts';
import { createFaults, type Faults } from './faults.ts';
import { type ReleaseSeed, shopReleases } from './history.ts';
import { pageFor } from './pages.ts';
import type { Release } from './releases.ts';
import { createRequests, type RecordedRequest } from './requests.ts';
import type { Run, Timing } from './runs.ts';
import type { Addresses } from './shapes.ts';
import { deployWorkflow, type WorkflowInput } from './workflow.ts';
import { createWorld, deployedTag, type Effect, type WorldOptions } from './world.ts';

export interface GitHubOptions {
  readonly clock: Clock;
  /** Default `acme/shop`. */
  readonly repo?: string;
  readonly isPrivate?: boolean;
  /** Default: one token, `ghp_sandbox`, that may do what Tagback needs. */
  readonly tokens?: Readonly<Record<string, TokenGrant>>;
  readonly app?: AppOptions;
  /** Default: `shopReleases` at the clock's time. */
  readonly releases?: readonly ReleaseSeed[];
  /** Of the default history: v2.14.0 brings a database migration. */
  readonly migration?: boolean;
  /** What `workflow_dispatch` of deploy.yml takes. Default: tag (required), reason, tagback_id. */
  readonly inputs?: readonly WorkflowInput[];
  readonly timing?: Partial<Timing>;
  readonly listedAfterMs?: number;
  /** Like GitHub Enterprise Server from before 2026-02: `return_run_details` is refused. */
  readonly oldServer?: boolean;
  /** Secondary limit for each caller. Default 80, as GitHub has it. */
  readonly writesPerMinute?: number;
  /** How a dispatched deploy ends. Default: well. */
  readonly outcome?: (tag: string) => 'success' | 'failure';
  /** Called when a dispatched deploy lands in production. */
  readonly onDeployed?: (tag: string, at: number) => void;
  readonly port?: number;
  /** For chaos tests: stands between each call and its effect, and between the effect and its answer. */
  readonly gate?: Gate;
}

export interface MiniGitHub {
  /** Base URL of the API, for `GITHUB_API_URL`. */
  readonly url: string;
  readonly repo: string;
  /** Every request of the API, oldest first; secrets are not kept. */
  readonly requests: readonly RecordedRequest[];
  /** What was changed through the API, in order. */
  readonly effects: readonly Effect[];
  readonly faults: Faults;
  runs(): readonly Run[];
  releases(): readonly Release[];
  latest(): Release | undefined;
  /** By the newest successful deployment. */
  deployedTag(): string | undefined;
  /** Moves a tag to the commit another one points at, as a forced push does. */
  retag(tag: string, to: string): void;
  /** Switches a workflow off, as somebody does on its page. */
  disable(workflow: string): void;
  /** The hour's budget of a token; without one, of anonymous callers. */
  budget(token?: string): Budget;
  leave(remaining: number, token?: string): void;
  close(): Promise<void>;
}

/** The token of the default options. */
export const SANDBOX_TOKEN = 'ghp_sandbox';
export const SANDBOX_GRANT: TokenGrant = { permissions: { contents: 'write', actions: 'write', deployments: 'read' } };
const DEFAULT_TIMING: Timing = { queuedMs: 1_000, buildMs: 2_000, deployMs: 2_000, finishMs: 500 };

export async function startGitHub(options: GitHubOptions): Promise<MiniGitHub> {
  const { clock } = options;
  const repo = options.repo ?? 'acme/shop';
  const [owner = '', name = ''] = repo.split('/');
  const tokens = new Map(Object.entries(options.tokens ?? { [SANDBOX_TOKEN]: SANDBOX_GRANT }));
  const app = options.app && createApp(options.app, tokens);
  const world = createWorld(worldOptions(options, repo));
  const budgets = createBudgets(() => clock.now(), options.writesPerMinute ?? 80);
  const requests = createRequests(() => clock.now());
  const faults = createFaults((on) => server.down(on));
  const desk = createDesk({ world, budgets, tokens, app, faults, requests, gate: options.gate ?? openGate });
  const server = await listen((request, response) => serve(request, response), options.port);
  const at: Addresses = { api: server.url, repo: `${server.url}/repos/${repo}`, web: `${server.url}/${repo}`, owner, name, isPrivate: world.options.isPrivate };

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const page = request.method === 'GET' ? pageFor(world, new URL(request.url ?? '/', at.api).pathname) : undefined;
    if (page !== undefined) return void response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(page);
    await desk(request, response, { at, text: await readBody(request) });
  }
  const callerOf = (token: string | undefined): Caller => {
    const known = identify(token === undefined ? undefined : `Bearer ${token}`, { tokens, app, now: clock.now() });
    return known ?? { kind: 'anonymous', key: `unknown token`, limit: 0 };
  };
  return {
    url: server.url,
    repo,
    requests: requests.all,
    effects: world.effects,
    faults,
    runs: world.ledger.runs,
    releases: world.releases.list,
    latest: world.releases.latest,
    deployedTag: () => deployedTag(world),
    disable(workflow) {
      for (const one of world.workflows) if (one.path.endsWith(`/${workflow}`)) world.setState(one, 'disabled_manually');
    },
    retag: (tag, to) => world.git.moveTag(tag, world.git.tags.get(to)?.commit ?? ''),
    budget: (token) => budgets.look(callerOf(token)),
    leave: (remaining, token) => budgets.leave(callerOf(token), remaining),
    close: server.close,
  };
}

function worldOptions(options: GitHubOptions, fullName: string): WorldOptions {
  const { clock, migration = false } = options;
  return {
    clock,
    fullName,
    isPrivate: options.isPrivate ?? false,
    releases: options.releases ?? shopReleases({ now: clock.now(), migration }),
    workflow: deployWorkflow(options.inputs),
    timing: { ...DEFAULT_TIMING, ...options.timing },
    listedAfterMs: options.listedAfterMs ?? 0,
    oldServer: options.oldServer ?? false,
    outcome: options.outcome ?? (() => 'success'),
    onDeployed: options.onDeployed ?? (() => undefined),
  };
}
