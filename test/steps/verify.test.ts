import { describe, expect, it } from 'vitest';
import type { Ending, Json } from '../../src/core/model.ts';
import type { Rollback, RollbackPlan } from '../../src/core/rollback.ts';
import type { Service } from '../../src/core/service.ts';
import type { Sample } from '../../src/core/verdict.ts';
import { Failure } from '../../src/lib/failure.ts';
import type { Probe } from '../../src/steps/step.ts';
import { ada, grace, MINUTE, plan, Story, service, T0 } from '../core/given.ts';
import { kind, world } from './world.ts';

type Ask = { query: string; from: number; to: number; stepMs: number };
const measured = service.health.errorRate && { ...service.health.errorRate, traffic: 'traffic' };
const replicas = (urls: readonly string[], times: number): Service => ({
  ...service,
  health: { ...service.health, errorRate: measured, version: { urls, field: 'tag', times } },
});
const versioned = replicas(['http://shop/version'], 1);
const away: Probe = { status: undefined, ms: 1, body: '', error: 'ECONNREFUSED' };
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
const flat = (ask: Ask, value: number): Sample[] => healthy(ask, 0).map(({ at }) => ({ at, value }));
const endOf = (story: Story): number => story.incident.rollbacks.rb1?.endedAt ?? 0;
const range = (story: Story) => (ask: Ask) => Promise.resolve(ask.query === 'traffic' ? flat(ask, 40) : healthy(ask, endOf(story)));
const done = (like: Rollback | undefined, of: RollbackPlan, endedAt: number): Rollback => {
  if (!like) throw new Error('there is no rollback to be like');
  return { ...like, id: 'rb2', stage: 'done', plan: of, endedAt };
};

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

  it('asks each replica so many times, and says on how many the old release still answers', async () => {
    const story = rolledBack();
    const asked: string[] = [];
    const sight = {
      service: replicas(['http://a/version', 'http://b/version', 'http://c/version'], 2),
      metrics: { range: range(story) },
      probe: (url: string) => {
        asked.push(url);
        return Promise.resolve(answers(url === 'http://a/version' ? 'v2.13.2' : 'v2.14.0'));
      },
    };
    expect(await kind('verify').run({}, world(story, sight))).toMatchObject({ kind: 'wait' });
    expect(asked.toSorted()).toEqual(['a', 'a', 'b', 'b', 'c', 'c'].map((host) => `http://${host}/version`));
    story.now += 10 * MINUTE;
    expect(await kind('verify').run({}, world(story, sight))).toMatchObject({
      outcome: 'no-effect',
      say: 'not live: the rollback reported success, but v2.14.0 still answers on 4 of 6 instead of v2.13.2; look why the deploy does not reach every instance',
      data: { verdict: 'no-effect', not_live: true },
      verdict: { runs: undefined, still: { tag: 'v2.14.0', count: 4, asked: 6 }, after: expect.closeTo(0.004) },
    });
  });

  it('never asks more than eight at once, nor more than 64 in one look', async () => {
    const story = rolledBack();
    let [open, most, all] = [0, 0, 0];
    const probe = async () => {
      open += 1;
      all += 1;
      most = Math.max(most, open);
      await Promise.resolve();
      open -= 1;
      return answers('v2.13.2');
    };
    const service = replicas(
      Array.from({ length: 50 }, (_, n) => `http://r${n}/version`),
      9,
    );
    await kind('verify').run({}, world(story, { service, metrics: { range: range(story) }, probe }));
    expect([most, all]).toEqual([8, 64]);
  });

  it('a replica that does not answer proves nothing: recovered by the rate, and the identity is said to be unproven', async () => {
    const story = rolledBack();
    const probe = (url: string) => Promise.resolve(url === 'http://b/version' ? away : answers('2.13.2'));
    const service = replicas(['http://a/version', 'http://b/version', 'http://c/version'], 1);
    expect(await kind('verify').run({}, world(story, { service, metrics: { range: range(story) }, probe }))).toMatchObject({
      outcome: 'recovered',
      verdict: { runs: undefined, because: expect.stringMatching(/; which release runs is not proven: 1 of 3 did not answer$/) },
    });
  });

  it('a commit that answers is the release that points at it', async () => {
    const story = rolledBack();
    const probe = () => Promise.resolve(answers('aaaaaaa'));
    const ending = await kind('verify').run({}, world(story, { service: versioned, metrics: { range: range(story) }, probe }));
    expect(ending).toMatchObject({ outcome: 'recovered', verdict: { runs: 'v2.13.2' } });
  });

  it('the newest rollback that is done counts, forward ones too, and not one that only waits', async () => {
    const story = rolledBack();
    const forward = { ...plan, direction: 'forward' as const, from: plan.to, to: plan.from };
    story.does(ada, { kind: 'undoRollback', rollback: 'rb1', reason: 'no effect' });
    story.when({ kind: 'rollbackPlanned', id: 'rb2', plan: forward });
    const sight = { service: versioned, metrics: { range: range(story) }, probe: () => Promise.resolve(answers('v2.14.0')) };
    expect(await kind('verify').run({}, world(story, sight)), 'only asked for').toMatchObject({ kind: 'wait' });
    const incident = { ...story.incident, rollbacks: { ...story.incident.rollbacks, rb2: done(story.incident.rollbacks.rb1, forward, story.now) } };
    story.now += 5 * MINUTE;
    const ending = await kind('verify').run({}, { ...world(story, sight), incident, memo: { since: 0 } });
    // Since rb2 took effect nothing is bad, and what runs is its target.
    expect(ending).toMatchObject({ kind: 'done', verdict: { runs: 'v2.14.0' } });
  });

  it('what somebody deployed by hand afterwards is what should run', async () => {
    const story = rolledBack();
    const change = { what: 'deployment', tag: 'v2.13.1', environment: 'production', state: 'success', by: 'lin', url: 'u', at: story.now - MINUTE } as const;
    story.when({ kind: 'changedOutside', change });
    story.now += 5 * MINUTE;
    const probe = () => Promise.resolve(answers('v2.13.1'));
    const ending = await kind('verify').run({}, world(story, { service: versioned, metrics: { range: range(story) }, probe }));
    expect(ending).toMatchObject({ outcome: 'recovered', verdict: { runs: 'v2.13.1' } });
  });

  it('a commit that answers is known for a release somebody deployed by hand, where a plan has named it', async () => {
    const story = rolledBack();
    const change = { what: 'deployment', tag: 'v2.14.0', environment: 'Production', state: 'success', by: 'lin', url: 'u', at: story.now - MINUTE } as const;
    story.when({ kind: 'changedOutside', change });
    story.now += 5 * MINUTE;
    const probe = () => Promise.resolve(answers('b'.repeat(40)));
    const ending = await kind('verify').run({}, world(story, { service: versioned, metrics: { range: range(story) }, probe }));
    expect(ending).toMatchObject({ outcome: 'recovered', verdict: { runs: 'v2.14.0' } });
  });

  it('after a deploy that names no release, whatever answers contradicts nothing, and the time before it counts no more', async () => {
    const story = rolledBack();
    const change = { what: 'run', tag: 'main', environment: undefined, state: 'success', by: 'lin', url: 'u', at: story.now - MINUTE } as const;
    story.when({ kind: 'changedOutside', change });
    story.now += 5 * MINUTE;
    const probe = () => Promise.resolve(answers('v2.16.0'));
    const seen = await kind('verify').run({}, world(story, { service: versioned, metrics: { range: range(story) }, probe }));
    expect(seen).toMatchObject({ outcome: 'recovered', verdict: { runs: 'v2.16.0' } });
    const blind = await kind('verify').run({}, world(story, { metrics: { range: () => Promise.resolve([]) } }));
    expect(blind).toMatchObject({ kind: 'wait', memo: { since: story.incident.steps.verify?.startedAt } });
  });

  it('the same release deployed once more is not waited for a second time', async () => {
    const story = rolledBack();
    const change = { what: 'deployment', tag: 'v2.13.2', environment: 'production', state: 'success', by: 'lin', url: 'u', at: story.now - MINUTE } as const;
    story.when({ kind: 'changedOutside', change });
    const ending = await kind('verify').run({}, world(story, { metrics: { range: () => Promise.resolve([]) } }));
    expect(ending).toMatchObject({ kind: 'wait', memo: { since: story.incident.rollbacks.rb1?.endedAt } });
  });

  it('never judges what was before the effect, whatever it wrote down', async () => {
    const story = rolledBack();
    const ending = await kind('verify').run({}, { ...world(story, { metrics: { range: () => Promise.resolve([]) } }), memo: { since: T0 } });
    expect(ending).toMatchObject({ kind: 'wait', memo: { since: story.incident.rollbacks.rb1?.endedAt } });
  });

  it('says what next: take it back when it got worse', async () => {
    const story = rolledBack();
    const worse = (ask: Ask) =>
      Promise.resolve(ask.query === 'traffic' ? flat(ask, 40) : healthy(ask, endOf(story)).map((s) => ({ ...s, value: s.at >= endOf(story) ? 0.4 : s.value })));
    const sight = { service: versioned, metrics: { range: worse }, probe: () => Promise.resolve(answers('v2.13.2')) };
    expect(await kind('verify').run({}, world(story, sight))).toMatchObject({
      outcome: 'worse',
      say: expect.stringMatching(/^worse: 40.0 % for 120 s .*; take it back$/),
    });
  });

  it('asks for a long incident in two parts, so that samples stay as close as they are meant to be', async () => {
    const story = rolledBack();
    const asked: Ask[] = [];
    const incident = { ...story.incident, openedAt: T0 - 3 * 24 * 60 * MINUTE, release: undefined };
    const range = (ask: Ask) => {
      asked.push(ask);
      return Promise.resolve([]);
    };
    await kind('verify').run({}, { ...world(story, { metrics: { range } }), incident });
    expect(asked).toHaveLength(2);
    for (const { from, to, stepMs } of asked) expect((to - from) / stepMs).toBeLessThanOrEqual(10_000);
    expect(asked[1]?.to).toBe(story.now);
  });
});

describe('verify by key addresses alone', () => {
  const url = { url: 'http://shop/checkout', expectStatus: 200, maxMs: 500, contains: undefined, pollMs: 0, forMs: 0 };
  const probed: Service = { ...service, health: { errorRate: undefined, urls: [url], version: undefined } };
  /** Looks as often as the step asks for; what it writes down is JSON. */
  async function looks(answer: (look: number) => Probe): Promise<{ ending: Ending; looks: number }> {
    const story = rolledBack();
    let memo: Json = null;
    for (let look = 1; ; look++) {
      const here = look;
      const ending = await kind('verify').run({}, { ...world(story, { service: probed, probe: () => Promise.resolve(answer(here)) }), memo });
      if (ending.kind !== 'wait') return { ending, looks: look };
      expect(JSON.stringify(ending.memo).length).toBeLessThan(400);
      memo = JSON.parse(JSON.stringify(ending.memo));
      story.now = ending.until;
    }
  }
  const ok: Probe = { status: 200, ms: 3, body: '', error: undefined };

  it('three good ones over the quiet time: recovered', async () => {
    expect(await looks(() => ok)).toMatchObject({
      looks: 3,
      ending: { outcome: 'recovered', verdict: { because: '3 of 3 probes good for 60 s', runs: undefined } },
    });
  });
  it('failing until patience is over: no effect', async () => {
    const { ending } = await looks(() => ({ ...ok, status: 500 }));
    expect(ending).toMatchObject({
      outcome: 'no-effect',
      say: expect.stringMatching(/^no effect: .*answered 500, not 200; go forward again or look for another cause$/),
      data: { not_live: false },
    });
  });
  it('not able to probe: blind, never fine', async () => {
    const { ending } = await looks(() => ({ ...away, error: 'E_TIMEOUT: shop did not answer within 5000 ms' }));
    expect(ending).toMatchObject({ outcome: 'blind', verdict: { because: expect.stringContaining('did not answer within 5000 ms') } });
  });
  it('a relapse starts the count again', async () => {
    expect(await looks((look) => (look === 3 ? { ...ok, status: 500 } : ok))).toMatchObject({ looks: 6, ending: { outcome: 'recovered' } });
  });
});
