/**
 * Every way back × everything GitHub may do to it, through our real core, engine, store, deed and client (test/chaos/rollbacks/lane.ts):
 * the right end, an error with a name, and no half of a rollback left behind.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Json } from '../../src/core/model.ts';
import type { Rollback } from '../../src/core/rollback.ts';
import { STRATEGIES } from '../../src/rollbacks/index.ts';
import type { GitHubOptions } from '../../src/sandbox/github/server.ts';
import { seeded } from '../chaos/random.ts';
import { type FaultProxy, startFaultProxy } from '../chaos/rollbacks/fault-proxy.ts';
import { approver, type Intent, type Lane, openLane } from '../chaos/rollbacks/lane.ts';

interface Way {
  readonly use: string;
  readonly options: Json;
  readonly github?: Partial<GitHubOptions>;
  readonly tag?: string;
  /** The request that does it, `METHOD /path`; of several, the last. */
  readonly writes: readonly RegExp[];
  /** A run carries it out: it can fail, be cancelled, appear late. */
  readonly runs: boolean;
  /** What a person still has to do on GitHub. */
  readonly finish?: (intent: Intent) => void;
}

const DISPATCH = /^POST .*\/deploy\.yml\/dispatches$/;
const merge = ({ github }: Intent): void => {
  for (const { number, end } of github.pulls()) if (end === undefined) github.merge(number);
};
const WAYS: readonly Way[] = [
  { use: 'dispatch-workflow', options: { workflow: 'deploy.yml' }, writes: [DISPATCH], runs: true },
  { use: 'create-deployment', options: {}, writes: [/^POST .*\/deployments$/], runs: false },
  { use: 'rerun-deploy', options: { workflow: 'deploy.yml' }, writes: [/^POST .*\/rerun$/], runs: true },
  { use: 'repository-dispatch', options: { event_type: 'rollback', workflow: 'deploy.yml' }, writes: [/^POST \/repos\/acme\/shop\/dispatches$/], runs: true },
  { use: 'move-ref', options: { ref: 'heads/stable' }, github: { follows: 'heads/stable' }, writes: [/^PATCH .*\/git\/refs/], runs: false },
  { use: 'make-latest', options: {}, writes: [/^PATCH .*\/releases\//, /^PATCH .*\/releases\//], runs: false },
  { use: 'revert-pr', options: {}, writes: [/^POST .*\/git\/commits/, /^POST .*\/git\/refs/, /^POST .*\/pulls/], runs: false, finish: merge },
  { use: 'redeploy', options: { with: { use: 'dispatch-workflow', options: { workflow: 'deploy.yml' } } }, tag: 'v2.14.0', writes: [DISPATCH], runs: true },
];

let proxy: FaultProxy;
const lanes = new Map<string, Lane>();
beforeAll(async () => {
  proxy = await startFaultProxy(() => ({ reset: 0, '502': 0, cut: 0 }), seeded(1), { struck: { reset: 0, '502': 0, cut: 0 } });
});
afterAll(async () => {
  for (const lane of lanes.values()) await lane.close();
  await proxy.close();
});

const MINUTE = 60_000;
const attempt = (act: () => void): void => {
  try {
    act();
  } catch {
    // the page has no such button
  }
};

async function laneOf({ use, options }: Way): Promise<Lane> {
  const strategy = STRATEGIES.find((known) => known.use === use);
  const lane = lanes.get(use) ?? (await openLane(proxy, [{ use, options: (strategy?.options.parse(options) ?? {}) as Json }])); // parse gives JSON for JSON
  lanes.set(use, lane);
  return lane;
}

interface Told {
  readonly end: Rollback | undefined;
  readonly intent: Intent;
  /** Writes that had an effect, since the plan was made. */
  readonly effects: number;
}

/** Plans, makes the trouble, approves, and lets the time pass until it is over. */
async function play(way: Way, { github, trouble }: { github?: Partial<GitHubOptions>; trouble?: (intent: Intent) => void }): Promise<Told> {
  const intent = await (await laneOf(way)).begin({ ...way.github, ...github }, way.tag);
  const planned = await intent.rollback();
  if (planned?.stage === 'asking') {
    trouble?.(intent);
    await intent.does(approver(1), { kind: 'approveRollback', rollback: 'rb1', reason: 'the old code was checked' });
    await intent.does(approver(2), { kind: 'approveRollback', rollback: 'rb1', reason: 'the old code was checked' });
    await intent.pass(5_000);
    way.finish?.(intent);
  }
  const end = await intent.untilEnded(30 * MINUTE);
  const told = { end, intent, effects: intent.github.effects.length };
  await intent.end();
  return told;
}

describe.each(WAYS)('$use', (way) => {
  const last = way.writes.at(-1) ?? /^$/;
  const once = way.use === 'make-latest' ? 2 : 1;

  it('goes back, once', async () => {
    const { end, intent, effects } = await play(way, {});
    expect(end, `${end?.code}: ${end?.because}`).toMatchObject({ stage: 'done', code: undefined });
    if (way.use !== 'revert-pr') expect(effects).toBe(once);
    if (way.use !== 'make-latest') expect(intent.github.deployedTag()).toBe(way.tag ?? 'v2.13.2');
    else expect(intent.github.latest()?.tag).toBe('v2.13.2');
  });

  it.each([
    ['401', 401, 'Bad credentials', /E_GITHUB_AUTH/],
    ['403 for a missing permission', 403, 'Resource not accessible by integration', /E_GITHUB_PERMISSION/],
    ['403 of a ruleset', 403, 'Repository rule violations found: Cannot update this protected ref.', /E_GITHUB_(PERMISSION|REFUSED)/],
    ['404', 404, 'Not Found', /E_GITHUB|E_PREFLIGHT/],
    ['409', 409, 'Conflict', /E_GITHUB_REFUSED/],
    ['422 of an immutable release', 422, 'Cannot change an immutable release', /E_GITHUB_REFUSED/],
    ['422 for wrong inputs', 422, 'Unexpected inputs provided: ["tag"]', /E_GITHUB_REFUSED/],
  ])('%s: nothing was done, and the error has a name', async (_, status, message, code) => {
    const passing = way.use === 'make-latest' ? 1 : 0;
    const { end, intent } = await play(way, { trouble: () => proxy.refuse(last, { status, message, passing }) });
    expect(end?.code, end?.because).toMatch(code);
    expect(end?.stage).toBe(passing > 0 ? 'failed' : 'refused');
    // No half of it is left.
    expect(intent.github.deployedTag()).toBe('v2.14.0');
    expect(intent.github.latest()?.tag).toBe('v2.14.0');
    expect(intent.github.releases().filter(({ prerelease, tag }) => prerelease && tag === 'v2.14.0')).toEqual([]);
    expect(intent.github.pulls()).toEqual([]);
    expect(intent.github.commitAt('heads/tagback/revert-INC-1-rb1')).toBeUndefined();
  });

  it.each(['502-after', 'reset-after', 'hang-after'] as const)('%s: it is found, not repeated', async (fault) => {
    const { end, intent } = await play(way, { trouble: ({ github }) => github.faults.next(last, fault) });
    expect(end, `${end?.code}: ${end?.because}`).toMatchObject({ stage: 'done' });
    const sent = intent.github.requests.filter(({ method, path }) => last.test(`${method} ${path}`));
    expect(sent.length).toBeLessThanOrEqual(once);
  });

  it('a hanging request that did nothing ends as unknown, and people are told', async () => {
    const { end, intent } = await play(way, { trouble: ({ github }) => github.faults.next(way.writes[0] ?? last, 'hang') });
    expect(end).toMatchObject({ stage: 'unknown', code: 'E_UNCLEAR' });
    expect(intent.github.deployedTag()).toBe('v2.14.0');
  });

  it.runIf(way.runs)('a run that fails is a failure, with the job and its last lines', async () => {
    const { end } = await play(way, { github: { outcome: () => 'failure' } });
    expect(end).toMatchObject({ stage: 'failed', code: 'E_GITHUB' });
    expect(end?.because).toMatch(/job/);
    expect(end?.log.length).toBeGreaterThan(0);
  });

  it.runIf(way.runs)('a run that somebody cancels is a failure that says so', async () => {
    const cancel: Way = {
      ...way,
      finish: ({ github }) => {
        // Only the one that is under way can be cancelled.
        for (const { id } of github.runs()) attempt(() => github.cancel(id));
      },
    };
    const { end } = await play(cancel, { github: { timing: { queuedMs: 60_000, buildMs: 60_000, deployMs: 60_000, finishMs: 60_000 } } });
    expect(end?.stage).toBe('failed');
    expect(end?.because).toMatch(/cancel/i);
  });

  it.runIf(way.runs)('a run that appears a minute late is waited for', async () => {
    const { end, intent } = await play(way, { github: { runAppearsAfterMs: 60_000, listedAfterMs: 60_000 } });
    expect(end, `${end?.code}: ${end?.because}`).toMatchObject({ stage: 'done' });
    expect(intent.github.requests.filter(({ method, path }) => last.test(`${method} ${path}`))).toHaveLength(1);
  });
});
