import { describe, expect, test } from 'vitest';
import { draft } from '../../src/core/draft.ts';
import { fold } from '../../src/core/evolve.ts';
import type { Decision, OutsideChange, ReleaseFacts } from '../../src/core/model.ts';
import { keepLooking, LOOK_EVERY_MS, onReleaseSeen } from '../../src/core/outside.ts';
import { runningNow } from '../../src/core/running.ts';
import { ada, grace, MINUTE, plan, playbook, Story, service, T0 } from './given.ts';

const BEFORE: ReleaseFacts = { current: 'v2.14.0', previous: 'v2.13.2', deployedAt: T0 - 3 * MINUTE };
const LATER = T0 + 5 * MINUTE;
const deployment = (more: Partial<OutsideChange> = {}): OutsideChange => ({
  what: 'deployment',
  tag: 'v2.13.0',
  environment: 'production',
  state: 'success',
  by: 'eve',
  url: 'https://github.com/acme/shop/actions/runs/99',
  at: LATER,
  ...more,
});
/** Opened, with a channel, its playbook under way, and what ran known. */
const open = (): Story => new Story().withChannel().when({ kind: 'releaseSeen', release: BEFORE });
const changed = (story: Story, more: Partial<OutsideChange> = {}): Story => story.when({ kind: 'changedOutside', change: deployment(more) });

/** … until the rollback of INC-1 is through. */
function rolledBack(): Story {
  const story = open().asking();
  story.does(grace, { kind: 'approveRollback', rollback: 'rb1' });
  return story.sent().when({ kind: 'rollbackEnded', id: 'rb1', outcome: 'done', code: undefined, because: 'the run succeeded' });
}

describe('a change somebody else made', () => {
  test('joins the timeline once, whoever tells of it', () => {
    const story = changed(open());
    expect(story.last.events[0]).toMatchObject({ kind: 'changedOutside', by: { kind: 'bot' }, change: { tag: 'v2.13.0', by: 'eve' } });
    expect(changed(story).kinds()).toEqual([]);
    expect(changed(story, { url: '', by: undefined, at: LATER + 30_000 }).kinds()).toEqual([]); // the poll that stands in for the webhook
    expect(changed(story, { at: LATER + 10 * MINUTE }).kinds()).toEqual(['changedOutside']); // the same tag, deployed again
    expect(changed(story, { state: 'failure' }).kinds()).toEqual(['changedOutside']);
  });

  test('starts the verification of the playbook, and a fresh look, when another release was deployed', () => {
    const story = changed(open());
    expect(story.kinds()).toEqual(['changedOutside', 'stepEnded', 'stepStarted']);
    expect(story.incident).toMatchObject({ current: 'verify', steps: { collect: { state: 'skipped' }, verify: { state: 'active', run: 1 } } });
    expect(story.last.events[2]).toMatchObject({ because: 'v2.13.0 was deployed by eve, not by Tagback' });
    expect(story.keys()).toEqual(expect.arrayContaining(['run:verify:1', 'show:verdict:verify:1', 'look']));
    expect(story.last.cancel).toEqual(expect.arrayContaining(['run:collect:1']));
  });

  test.each([
    ['the release that runs anyway', { tag: 'v2.14.0' }],
    ['a deployment that failed', { state: 'failure' }],
    ['a deployment that was retired', { state: 'inactive' }],
    ['a release that was published', { what: 'release', state: 'published', environment: undefined }],
    ['a tag that was moved', { what: 'tag', state: 'moved', environment: undefined }],
    ['a run that failed', { what: 'run', state: 'failure', environment: undefined }],
  ] as const)('%s is told and disturbs nobody', (_, more) => {
    const story = changed(open(), more);
    expect(story.kinds()).toEqual(['changedOutside']);
    expect(story.incident.current).toBe('collect');
    expect(story.keys()).not.toContain('look');
  });

  test('a deploy run verifies by itself, and not again after the deployment it made', () => {
    const run = { what: 'run', environment: undefined, tag: 'main' } as const;
    expect(changed(open(), run).kinds()).toContain('stepStarted');
    const story = changed(open());
    expect(changed(story, { ...run, at: LATER + 20_000 }).kinds()).toEqual(['changedOutside']);
    expect(story.incident.steps.verify?.run).toBe(1);
  });

  test('while a rollback of ours is under way it is told, and the rollback goes on', () => {
    const story = open().asking();
    expect(changed(story).kinds()).toEqual(['changedOutside']);
    expect(story.incident.rollbacks.rb1?.stage).toBe('asking');
    expect(story.keys()).toContain('look');
  });

  test('after a rollback of ours, a deployment of yet another release is verified anew', () => {
    const story = rolledBack();
    expect(story.incident.current).toBe('verify');
    changed(story, { tag: 'v2.13.2', at: story.now });
    expect(story.kinds()).toEqual(['changedOutside']); // it is what we went back to
    changed(story, { tag: 'v2.15.0', at: story.now });
    expect(story.kinds()).toEqual(['changedOutside', 'stepEnded', 'stepStarted']);
    expect(story.incident.steps.verify?.run).toBe(2);
  });

  test('an incident whose playbook cannot verify is told, and nothing is started', () => {
    const story = new Story({ playbook: { ...playbook, steps: playbook.steps.slice(0, 2) } }).withChannel().when({ kind: 'releaseSeen', release: BEFORE });
    expect(changed(story).kinds()).toEqual(['changedOutside']);
    expect(changed(new Story(), { at: LATER }).kinds()).toEqual(['changedOutside']); // its playbook has not begun
  });

  test('what happened before it opened, or after it was resolved, does not belong to it', () => {
    expect(changed(open(), { at: T0 - 1 }).kinds()).toEqual([]);
    const story = open().does(ada, { kind: 'resolve', summary: 'done' });
    expect(changed(story).kinds()).toEqual([]);
  });

  test('a repository that tags every build buries nothing; a deployment is told all the same', () => {
    const story = open();
    for (let n = 0; n < 100; n++) changed(story, { what: 'tag', state: 'created', tag: `build-${n}`, environment: undefined });
    expect(story.incident.outside).toHaveLength(20);
    expect(changed(story).kinds()).toContain('changedOutside');
  });

  test('stops a rollback that was about to start by itself, and nothing is sent', () => {
    const automatic = { alerts: [{ alertname: 'CheckoutHigh5xx' }], withinMs: 10 * MINUTE, countdownMs: MINUTE };
    const story = new Story({ service: { ...service, rollback: { ...service.rollback, automatic } } })
      .withChannel()
      .when({ kind: 'releaseSeen', release: BEFORE });
    // The alert must have come after the release; the story's does.
    expect(story.incident.rollbacks.rb1).toMatchObject({ automatic: true });
    story.when({ kind: 'rollbackPlanned', id: 'rb1', plan });
    expect(story.incident.rollbacks.rb1?.stage).toBe('counting');
    changed(story);
    expect(story.incident.rollbacks.rb1).toMatchObject({ stage: 'cancelled', code: 'E_PLAN_MOVED' });
    expect(story.last.cancel).toContain('wake:startsItself:rb1');
    expect(story.when({ kind: 'timer', timer: { name: 'startsItself', rollback: 'rb1' } }).kinds()).toEqual([]);
  });
});

describe('looking every minute, because a webhook may never come', () => {
  /** What one look decides; the incident goes on from there. */
  function look(story: Story, release: ReleaseFacts, afterMs = MINUTE): Decision {
    story.now += afterMs;
    const d = draft(story.incident, story.context());
    onReleaseSeen(d, release, story.context());
    const decision = d.done();
    story.events.push(...decision.events);
    story.incident = fold(story.events) ?? expect.fail('an incident is open');
    return decision;
  }
  const kinds = ({ events }: Decision) => events.map(({ kind }) => kind);
  const nextLook = ({ effects }: Decision) => effects.find(({ key }) => key === 'look')?.due;

  test('the first look is what ran when it opened; the next ones say nothing while nothing changes', () => {
    const story = new Story().withChannel();
    expect(kinds(look(story, BEFORE))).toEqual(['releaseSeen']);
    const next = look(story, BEFORE);
    expect(kinds(next)).toEqual([]);
    expect(nextLook(next)).toBe(story.now + LOOK_EVERY_MS);
  });

  test('a look that could not tell is made good by a later one', () => {
    const unknown = { current: undefined, previous: undefined, deployedAt: undefined };
    const story = new Story().withChannel();
    expect(kinds(look(story, unknown))).toEqual(['releaseSeen']);
    expect(kinds(look(story, unknown))).toEqual([]);
    expect(kinds(look(story, BEFORE))).toEqual(['releaseSeen']);
    expect(story.incident.release).toEqual(BEFORE);
  });

  test('another release was deployed and nobody told us: it is told, verified, and what ran at first stays known', () => {
    const story = new Story().withChannel();
    look(story, BEFORE);
    const decision = look(story, { current: 'v2.13.0', previous: 'v2.14.0', deployedAt: story.now + 10_000 });
    expect(kinds(decision)).toEqual(['changedOutside', 'stepEnded', 'stepStarted']);
    expect(story.incident.outside[0]).toMatchObject({ what: 'deployment', tag: 'v2.13.0', state: 'success', environment: 'production' });
    expect(story.incident.release).toEqual(BEFORE);
    expect(kinds(look(story, { current: 'v2.13.0', previous: 'v2.14.0', deployedAt: story.now - 50_000 }))).toEqual([]);
  });

  test('our own rollback is no change of others, and a list that lags behind it is not believed', () => {
    const story = rolledBack();
    expect(kinds(look(story, BEFORE, 1_000))).toEqual([]);
    expect(kinds(look(story, { current: 'v2.15.0', previous: 'v2.14.0', deployedAt: story.now - 1_500 }, 1_000))).toEqual([]); // before ours was through
    expect(kinds(look(story, { current: 'v2.13.2', previous: 'v2.14.0', deployedAt: story.now - 1_000 }, 1_000))).toEqual([]);
    expect(kinds(look(story, { current: 'v2.15.0', previous: 'v2.13.2', deployedAt: story.now }, 1_000))).toContain('changedOutside');
  });

  test('our own rollback that has landed and is still being watched is no change of others', () => {
    const story = open().asking();
    story.does(grace, { kind: 'approveRollback', rollback: 'rb1' });
    story.sent();
    expect(kinds(look(story, { current: 'v2.13.2', previous: 'v2.14.0', deployedAt: story.now + 1_000 }, 5_000))).toEqual([]);
  });

  test('looking ends with the incident, and is not done for a service without a repository', () => {
    const story = open().does(ada, { kind: 'resolve', summary: 'done' });
    expect(look(story, BEFORE)).toMatchObject({ events: [], effects: [] });
    const without = new Story({ service: { ...service, repo: undefined } });
    const d = draft(without.incident, without.context());
    keepLooking(d, without.context());
    expect(d.done().effects).toEqual([]);
  });
});

describe('what runs now', () => {
  test('is what the last deploy brought, whoever made it', () => {
    expect(runningNow(new Story().incident)).toBeUndefined();
    const story = open();
    expect(runningNow(story.incident)).toEqual({ tag: 'v2.14.0', since: T0 - 3 * MINUTE, by: 'before' });
    changed(story);
    expect(runningNow(story.incident)).toEqual({ tag: 'v2.13.0', since: LATER, by: 'outside' });
    changed(story, { tag: 'main', at: LATER + 20 * MINUTE });
    expect(runningNow(story.incident)).toEqual({ tag: undefined, since: LATER + 20 * MINUTE, by: 'outside' });
    const back = rolledBack();
    expect(runningNow(back.incident)).toMatchObject({ tag: 'v2.13.2', since: back.now, by: 'rollback', rollback: { id: 'rb1' } });
  });

  test('a tag nobody may ever be offered is no release', () => {
    expect(runningNow(changed(open(), { tag: 'v1.0.0$(id)' }).incident)?.tag).toBeUndefined();
  });
});
