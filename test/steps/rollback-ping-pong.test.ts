/** An automatic rollback that did not help must not be followed by the next one, and the next: where a newer release is out, people decide. */
import { afterEach, describe, expect, it } from 'vitest';
import type { Service } from '../../src/core/service.ts';
import { STRATEGIES } from '../../src/rollbacks/index.ts';
import { type MiniGitHub, SANDBOX_TOKEN, startGitHub } from '../../src/sandbox/github/server.ts';
import { createDeed } from '../../src/steps/rollback-deed.ts';
import { ada, service as anyService, MINUTE, Story, signal } from '../core/given.ts';
import { clientAt, handClock, never } from '../github/parts.ts';

const options = STRATEGIES.find(({ use }) => use === 'dispatch-workflow')?.options.parse({ workflow: 'deploy.yml' }) as never; // plain JSON
const service = (tagPrefix = ''): Service => ({
  ...anyService,
  rollback: {
    ...anyService.rollback,
    strategies: [{ use: 'dispatch-workflow', options }],
    tagPrefix,
    automatic: { alerts: [{ alertname: '*' }], withinMs: 30 * MINUTE, countdownMs: MINUTE },
  },
});

const open: MiniGitHub[] = [];
afterEach(async () => {
  for (const github of open.splice(0)) await github.close();
});

interface Scene {
  /** What runs: the newest release, or an older one that somebody went back to. */
  readonly runs: 'v2.14.0' | 'v2.13.2';
  readonly asked?: 'by a person';
}

/** An alert right after a deploy, and the plan the deed makes of it. */
async function planned({ runs, asked }: Scene) {
  const clock = handClock(new Story().now);
  const github = await startGitHub({ clock });
  open.push(github);
  if (runs !== 'v2.14.0') {
    github.deploy(runs);
    clock.advance(MINUTE);
    expect(github.deployedTag()).toBe(runs);
  }
  const story = new Story({ service: service() }, signal({ at: clock.now() })).withChannel();
  if (asked) story.does(ada, { kind: 'requestRollback', tag: 'v2.13.1', reason: 'errors', step: undefined });
  else story.when({ kind: 'releaseSeen', release: { current: runs, previous: 'v2.13.1', deployedAt: story.now - MINUTE } });
  expect(story.incident.rollbacks.rb1?.automatic).toBe(asked === undefined);
  const deed = createDeed({
    github: clientAt(github.url, { clock, auth: { kind: 'token', token: SANDBOX_TOKEN } }),
    strategies: STRATEGIES,
    now: clock.now,
    probe: () => Promise.reject(new Error('nothing is probed here')),
    surroundings: async () => ({ artifacts: [], migrationRuns: [] }),
    errorRate: async () => undefined,
    incident: async () => story.incident,
  });
  const end = await deed.plan({
    incident: story.incident,
    service: service(),
    id: 'rb1',
    task: { unclearSince: undefined, memo: null, createdAt: story.now },
    aid: { signal: never(), begin: async () => undefined, report: async () => undefined },
  });
  if (end.kind !== 'input') throw new Error('no plan was made');
  story.when(end.input);
  const rollback = story.incident.rollbacks.rb1;
  return { story, rollback, check: rollback?.plan?.checks.find(({ name }) => name === 'Automatic') };
}

describe('an automatic rollback', () => {
  it('counts down when the newest release runs', async () => {
    const { rollback, check } = await planned({ runs: 'v2.14.0' });
    expect(rollback, rollback?.because).toMatchObject({ stage: 'counting', plan: { light: 'green', from: { tag: 'v2.14.0' } } });
    expect(check).toBeUndefined();
  });

  it('of a release that was gone back to waits for people, in whatever incident: it never goes back further by itself', async () => {
    const { story, rollback, check } = await planned({ runs: 'v2.13.2' });
    expect(check).toMatchObject({ verdict: 'warn', because: 'v2.14.0 is newer than what runs: somebody went back already, so people decide' });
    expect(rollback).toMatchObject({ stage: 'asking', plan: { from: { tag: 'v2.13.2' } } });
    expect(rollback?.plan?.light).not.toBe('green');
    expect(story.when({ kind: 'timer', timer: { name: 'startsItself', rollback: 'rb1' } }, 2 * MINUTE).kinds()).toEqual([]);
  });

  it('is the only one that is held up so: what a person asks for says nothing of it', async () => {
    const { check, rollback } = await planned({ runs: 'v2.13.2', asked: 'by a person' });
    expect(rollback?.stage, rollback?.because).toBe('asking');
    expect(check).toBeUndefined();
  });
});
