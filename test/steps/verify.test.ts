import { describe, expect, it } from 'vitest';
import type { Service } from '../../src/core/service.ts';
import type { Sample } from '../../src/core/verdict.ts';
import { Failure } from '../../src/lib/failure.ts';
import type { Probe } from '../../src/steps/step.ts';
import { ada, grace, MINUTE, Story, service, T0 } from '../core/given.ts';
import { kind, world } from './world.ts';

const versioned: Service = { ...service, health: { ...service.health, version: { urls: ['http://shop/version'], field: 'tag', times: 1 } } };
/** The rollback ended five minutes ago. */
const rolledBack = (): Story => {
  const story = new Story().when({ kind: 'releaseSeen', release: { current: 'v2.14.0', previous: 'v2.13.2', deployedAt: T0 - 4 * MINUTE } }).asking(ada);
  story.does(grace, { kind: 'approveRollback', rollback: 'rb1' }, MINUTE);
  story.sent();
  story.when({ kind: 'rollbackEnded', id: 'rb1', outcome: 'done', code: undefined, because: 'ok' }, 2 * MINUTE);
  story.now += 5 * MINUTE;
  return story;
};
const answers = (tag: string): Probe => ({ status: 200, ms: 3, body: JSON.stringify({ tag }), error: undefined });
const healthy = (ask: { from: number; to: number; stepMs: number }, since: number): Sample[] => {
  const samples: Sample[] = [];
  for (let at = ask.from; at <= ask.to; at += ask.stepMs) samples.push({ at, value: at > T0 - 3 * MINUTE && at < since ? 0.08 : 0.004 });
  return samples;
};
const range = (story: Story) => (ask: { from: number; to: number; stepMs: number }) =>
  Promise.resolve(healthy(ask, story.incident.rollbacks.rb1?.endedAt ?? 0));

describe('verify', () => {
  it('recovered: the target answers and the rate is what it was before the release', async () => {
    const story = rolledBack();
    const ending = await kind('verify').run(
      {},
      world(story, { service: versioned, metrics: { range: range(story) }, probe: () => Promise.resolve(answers('v2.13.2')) }),
    );
    expect(ending).toMatchObject({
      kind: 'done',
      outcome: 'recovered',
      verdict: { kind: 'recovered', runs: 'v2.13.2', baseline: expect.closeTo(0.004), during: expect.closeTo(0.08) },
    });
  });

  it('waits while the old answer is still given, and says so in the end, however good the rate looks', async () => {
    const story = rolledBack();
    const sight = { service: versioned, metrics: { range: range(story) }, probe: () => Promise.resolve(answers('v2.14.0')) };
    expect(await kind('verify').run({}, world(story, sight))).toMatchObject({ kind: 'wait' });
    story.now += 10 * MINUTE;
    const ending = await kind('verify').run({}, world(story, sight));
    expect(ending).toMatchObject({ kind: 'done', outcome: 'no-effect', verdict: { because: expect.stringContaining('v2.14.0 still answers') } });
  });

  it('a version endpoint that is away proves nothing and blocks nothing', async () => {
    const story = rolledBack();
    const away: Probe = { status: undefined, ms: 1, body: '', error: 'ECONNREFUSED' };
    const ending = await kind('verify').run({}, world(story, { service: versioned, metrics: { range: range(story) }, probe: () => Promise.resolve(away) }));
    expect(ending).toMatchObject({ outcome: 'recovered', verdict: { runs: undefined } });
  });

  it('is blind, never fine, without anything to look at', async () => {
    const nothing = { ...service, health: { ...service.health, errorRate: undefined } };
    expect(await kind('verify').run({}, world(rolledBack(), { service: nothing }))).toMatchObject({ outcome: 'blind' });
  });

  it('is blind after the patience when the metrics stay away', async () => {
    const story = rolledBack();
    const sight = { metrics: { range: () => Promise.reject(new Failure('E_METRICS', 'Prometheus does not answer')) } };
    expect(await kind('verify').run({}, world(story, sight))).toMatchObject({ kind: 'wait' });
    story.now += 10 * MINUTE;
    expect(await kind('verify').run({}, world(story, sight))).toMatchObject({
      outcome: 'blind',
      verdict: { because: expect.stringContaining('Prometheus does not answer') },
    });
  });

  it('counts its patience from when the rollback ended, over any number of runs', async () => {
    const story = rolledBack();
    const ending = await kind('verify').run({}, world(story, { metrics: { range: () => Promise.resolve([]) } }));
    expect(ending).toMatchObject({ kind: 'wait', memo: { since: story.incident.rollbacks.rb1?.endedAt } });
  });
});
