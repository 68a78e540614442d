/** A GitHub for one repository on 127.0.0.1: real shapes, real refusals, a workflow that deploys, and faults on demand. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../../lib/clock.ts';
import { type Gate, openGate } from '../gate.ts';
import { listen, readBody } from '../shop/loopback.ts';
import { type AppOptions, createApp } from './app.ts';
import { type Budget, type Caller, createBudgets, identify, type TokenGrant } from './callers.ts';
import type { Deployment } from './deployments.ts';
import { createDesk } from './desk.ts';
import type { Environments } from './environments.ts';
import { createFaults, type Fault, type Faults } from './faults.ts';
import { DEFAULT_BRANCH, resolve } from './git.ts';
import { createHands, type Hands } from './hands.ts';
import { type ReleaseSeed, shopReleases } from './history.ts';
import { type LogText, logFor } from './logs.ts';
import { pageFor } from './pages.ts';
import type { Pull } from './pulls.ts';
import type { Release } from './releases.ts';
import { createRequests, type RecordedRequest } from './requests.ts';
import type { Rules } from './rules.ts';
import type { Outcome, Run, Timing } from './runs.ts';
import type { Addresses } from './shapes.ts';
import { deployWorkflow, type WorkflowInput } from './workflow.ts';
import { type CommitStatus, createWorld, deployedTag, type Effect, type World, type WorldOptions } from './world.ts';

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
  readonly outcome?: (tag: string) => Outcome;
  /** A run that was ordered comes into being only after this long; until then it is nowhere. Default 0. */
  readonly runAppearsAfterMs?: number;
  /** Who carries out deployments that are ordered through the API. Default: a deployer outside that listens. */
  readonly deployer?: 'listens' | 'none';
  /** Events of `repository_dispatch` that the deploy workflow listens to; `[]`: none. Default: any. */
  readonly listensTo?: 'any' | readonly string[];
  /** Statuses of every commit. Default: `ci/test` is good, `e2e/nightly` is not. */
  readonly commitStatuses?: readonly CommitStatus[];
  /** Protection of environments, by name. */
  readonly environments?: Environments;
  /** A ruleset: branches and tags that may not be made, moved or removed. */
  readonly rules?: Rules;
  /** `heads/stable`: production follows this ref; moving it deploys the release it then points at. */
  readonly follows?: string;
  /** A merge into the default branch deploys. Default true. */
  readonly deploysMerges?: boolean;
  /** Of the default history: v2.12.4 as well, deployed 44 days before the newest. */
  readonly oldRelease?: boolean;
  /** Of the default history: tags whose releases are immutable. */
  readonly immutable?: readonly string[];
  /** Called when a deploy lands in production. */
  readonly onDeployed?: (tag: string, at: number) => void;
  readonly port?: number;
  /** For chaos tests: stands between each call and its effect, and between the effect and its answer. */
  readonly gate?: Gate;
}

export interface MiniGitHub extends Hands {
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
  deployments(): readonly Deployment[];
  pulls(): readonly Pull[];
  /** Commit that `heads/…` or `tags/…` leads to; undefined: there is no such ref. */
  commitAt(ref: string): string | undefined;
  /** The hour's budget of a token; without one, of anonymous callers. */
  budget(token?: string): Budget;
  leave(remaining: number, token?: string): void;
  close(): Promise<void>;
}

/** The token of the default options. */
export const SANDBOX_TOKEN = 'ghp_sandbox';
export const SANDBOX_GRANT: TokenGrant = { permissions: { contents: 'write', actions: 'write', deployments: 'write', pull_requests: 'write' } };
// One of them is red, as somewhere in most repositories: who forgets `required_contexts` meets it.
const DEFAULT_STATUSES: readonly CommitStatus[] = [
  { context: 'ci/test', state: 'success' },
  { context: 'e2e/nightly', state: 'failure' },
];
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
    const url = new URL(request.url ?? '/', at.api);
    const log = request.method === 'GET' ? logFor(world, url) : undefined;
    if (log !== undefined) return sendLog(log, response, faults.take(`GET ${url.pathname}`));
    const page = request.method === 'GET' ? pageFor(world, url.pathname) : undefined;
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
    faults,
    ...eyesOn(world),
    ...createHands(world),
    budget: (token) => budgets.look(callerOf(token)),
    leave: (remaining, token) => budgets.leave(callerOf(token), remaining),
    close: server.close,
  };
}

const eyesOn = (world: World) => ({
  effects: world.effects,
  runs: world.ledger.runs,
  releases: world.releases.list,
  latest: world.releases.latest,
  deployedTag: () => deployedTag(world),
  deployments: world.deployments,
  pulls: world.pulls.list,
  commitAt: (ref: string) => resolve(world.git, ref)?.sha,
});

/** The store of the logs is another machine of GitHub's: it can fail by itself. */
function sendLog(log: LogText, response: ServerResponse, fault: Fault | undefined): void {
  if (fault === 'hang' || fault === 'hang-after') return;
  if (fault === 'reset-before' || fault === 'reset-after') return void response.socket?.resetAndDestroy();
  response.writeHead(fault === undefined ? log.status : 503, { 'content-type': 'text/plain; charset=utf-8' });
  response.end(fault === undefined ? log.text : 'ServerBusy\n');
}

function worldOptions(options: GitHubOptions, fullName: string): WorldOptions {
  const { clock, listensTo = 'any', deploysMerges = true, follows } = options;
  const pushes = [...(deploysMerges ? [`heads/${DEFAULT_BRANCH}`] : []), ...(follows === undefined ? [] : [follows])];
  return {
    clock,
    fullName,
    isPrivate: options.isPrivate ?? false,
    releases: options.releases ?? shopReleases({ now: clock.now(), ...options }),
    workflow: deployWorkflow(options.inputs, { events: listensTo, pushes }),
    timing: { ...DEFAULT_TIMING, ...options.timing },
    listedAfterMs: options.listedAfterMs ?? 0,
    runAppearsAfterMs: options.runAppearsAfterMs ?? 0,
    oldServer: options.oldServer ?? false,
    deployer: options.deployer ?? 'listens',
    listensTo,
    commitStatuses: options.commitStatuses ?? DEFAULT_STATUSES,
    environments: options.environments ?? {},
    rules: options.rules,
    follows,
    deploysMerges,
    outcome: options.outcome ?? (() => 'success'),
    onDeployed: options.onDeployed ?? (() => undefined),
  };
}
