import { describe, expect, it } from 'vitest';
import type { OutsideChange, ReleaseFacts, Signal } from '../../src/core/model.ts';
import type { RollbackPlan } from '../../src/core/rollback.ts';
import type { Automatic } from '../../src/core/service.ts';
import { ada, MINUTE, plan, Story, service, signal, T0 } from './given.ts';

const rule: Automatic = { alerts: [{ alertname: 'CheckoutHigh5xx' }], withinMs: 30 * MINUTE, countdownMs: 2 * MINUTE };
const released = (minutesAgo: number): ReleaseFacts => ({ current: 'v2.14.0', previous: 'v2.13.2', deployedAt: T0 - minutesAgo * MINUTE });
const begun = (automatic: Automatic | null = rule, first: Signal = signal()): Story =>
  new Story({ service: { ...service, rollback: { ...service.rollback, automatic: automatic ?? undefined } } }, first).withChannel();
const seen = (story: Story, release: ReleaseFacts = released(5)): Story => story.when({ kind: 'releaseSeen', release });
const counting = (more: Partial<RollbackPlan> = {}): Story => seen(begun()).when({ kind: 'rollbackPlanned', id: 'rb1', plan: { ...plan, ...more } });
const byHand: OutsideChange = { what: 'deployment', tag: 'v2.13.2', environment: 'production', state: 'success', by: 'ada', url: 'u', at: T0 };

describe('an alert soon after a release', () => {
  it('asks for the rollback by itself, counts down, and begins when nobody stops it', () => {
    const story = counting();
    expect(story.incident.rollbacks.rb1).toMatchObject({ automatic: true, stage: 'counting', by: { kind: 'bot' }, startsAt: story.now + 2 * MINUTE });
    story.when({ kind: 'timer', timer: { name: 'startsItself', rollback: 'rb1' } }, 2 * MINUTE);
    expect(story.incident.rollbacks.rb1?.stage).toBe('applying');
    expect(story.keys()).toContain('rollback:rb1:apply');
  });

  it('is stopped by anyone of the workspace, for good', () => {
    const story = counting().does(ada, { kind: 'cancelRollback', rollback: 'rb1' });
    expect(story.incident.rollbacks.rb1).toMatchObject({ stage: 'cancelled', because: `stopped by ${ada.name}` });
    expect(story.last.cancel).toContain('wake:startsItself:rb1');
    expect(story.when({ kind: 'timer', timer: { name: 'startsItself', rollback: 'rb1' } }, 2 * MINUTE).kinds()).toEqual([]);
    expect(seen(story).incident.rollbacks.rb2).toBeUndefined();
  });

  it.each(['amber', 'red'] as const)('leaves it to people when the pre-flight is %s', (light) => {
    const story = counting({ light });
    expect(story.incident.rollbacks.rb1?.stage).toBe('asking');
    expect(story.when({ kind: 'timer', timer: { name: 'startsItself', rollback: 'rb1' } }, 2 * MINUTE).kinds()).toEqual([]);
  });

  it('is left alone when people have changed what runs', () => {
    expect(seen(begun().when({ kind: 'changedOutside', change: byHand })).incident.rollbacks).toEqual({});
    const late = seen(begun()).when({ kind: 'changedOutside', change: byHand }).when({ kind: 'rollbackPlanned', id: 'rb1', plan });
    expect(late.incident.rollbacks.rb1?.stage).toBe('asking');
    const during = counting().when({ kind: 'changedOutside', change: byHand });
    during.when({ kind: 'timer', timer: { name: 'startsItself', rollback: 'rb1' } }, 2 * MINUTE);
    expect(during.incident.rollbacks.rb1).toMatchObject({ stage: 'cancelled', because: 'somebody else changed what runs' });
  });

  it.each([
    ['services.yml does not allow it', seen(begun(null))],
    ['the release is too old', seen(begun(), released(31))],
    ['it is not known when it was released', seen(begun(), { ...released(5), deployedAt: undefined })],
    ['the alert is not one of those named', seen(begun({ ...rule, alerts: [{ alertname: 'Other' }] }))],
    ['the alert is older than the release', seen(begun(rule, signal({ at: T0 - 6 * MINUTE })))],
    ['the release comes from the future', seen(begun(), released(-60))],
  ] as const)('starts nothing when %s', (_, story) => {
    expect(story.incident.rollbacks).toEqual({});
  });

  it('starts nothing a second time for the same incident, whatever alerts follow', () => {
    const story = counting().when({ kind: 'rollbackEnded', id: 'rb1', outcome: 'failed', code: undefined, because: 'x' });
    story.when({ kind: 'signal', signal: signal({ fingerprint: 'second' }), because: 'again' });
    expect(Object.keys(story.incident.rollbacks)).toEqual(['rb1']);
  });

  it('also begins when the alert comes after the release was read', () => {
    const story = seen(begun(rule, signal({ labels: { alertname: 'Other' } })));
    expect(story.incident.rollbacks).toEqual({});
    story.when({ kind: 'signal', signal: signal({ fingerprint: 'f2', at: story.now }), because: 'joined' });
    expect(story.incident.rollbacks.rb1?.automatic).toBe(true);
  });

  it('asks people again as soon as one of them has answered or chosen, however green the new plan is', () => {
    const story = counting({ light: 'red', checks: [{ name: 'Migrations', verdict: 'danger', because: 'was it run?', asks: 'migrations' }] })
      .does(ada, { kind: 'answerMigrations', rollback: 'rb1', run: false })
      .when({ kind: 'rollbackPlanned', id: 'rb1', plan });
    expect(story.incident.rollbacks.rb1?.stage).toBe('asking');
  });

  it('is not stopped by the end of the run that deployed the release we blame, nor by a new tag', () => {
    const ownEnd: OutsideChange = { what: 'run', tag: 'v2.14.0', environment: 'production', state: 'success', by: 'ci', url: 'r', at: T0 + MINUTE };
    const tag: OutsideChange = { what: 'tag', tag: 'nightly', environment: undefined, state: 'created', by: 'ci', url: '', at: T0 + MINUTE };
    const story = counting().when({ kind: 'changedOutside', change: ownEnd }).when({ kind: 'changedOutside', change: tag });
    expect(story.incident.rollbacks.rb1?.stage).toBe('counting');
    story.when({ kind: 'timer', timer: { name: 'startsItself', rollback: 'rb1' } }, 2 * MINUTE);
    expect(story.incident.rollbacks.rb1?.stage).toBe('applying');
  });
});
