/**
 * One rule that fires for every pod and matches no service opened a channel per alert: after 1,000 of them the alert that mattered waited
 * 16 s for its incident and minutes for its channel. And 300 alerts of one service held its plan back behind 300 lines, one a second.
 */
import { expect, it } from 'vitest';
import { correlate, type OpenIncident, UNKNOWN_SERVICE } from '../../src/core/correlate.ts';
import { rulesOf } from '../../src/core/correlate-rules.ts';
import { MINUTE, outline, Story, service, signal, T0 } from '../core/given.ts';

const stray = (n: number, openedAt = T0): OpenIncident =>
  outline(`INC-${n}`, { key: `alert:alertmanager:f${n}`, service: UNKNOWN_SERVICE, services: [], openedAt, joinedAt: openedAt });
const next = signal({ fingerprint: 'new', service: undefined });
const five = [1, 2, 3, 4, 5].map((n) => stray(n, T0 + n));
const found = (arriving: typeof next, open: readonly OpenIncident[], now: number) =>
  correlate(arriving, { now, desk: { open, closed: [] }, heard: undefined, seldom: [] }, rulesOf({ services: [service] }, []));

it('the sixth alert of no service within ten minutes joins the newest of the five', () => {
  expect(found(next, five.slice(1), T0 + 2 * MINUTE).kind).toBe('open');
  expect(found(next, five, T0 + 2 * MINUTE)).toMatchObject({ kind: 'join', incident: 'INC-5' });
});

it('an alert of a known service opens its own incident all the same', () => {
  expect(found(signal({ fingerprint: 'new' }), five, T0 + 2 * MINUTE)).toMatchObject({ kind: 'open', service: 'checkout-api' });
});

it('old incidents and what people reported are no storm', () => {
  expect(found(next, five, T0 + 11 * MINUTE).kind).toBe('open');
  const reported = five.map((one) => ({ ...one, opened: 'person' as const }));
  expect(found(next, reported, T0 + MINUTE).kind).toBe('open');
});

it('a hundred alerts of one service are ten lines in its channel at most, and all of them are kept', () => {
  const story = new Story().withChannel();
  const lines = new Set<string>();
  for (let n = 0; n < 100; n += 1) {
    story.when({ kind: 'signal', signal: signal({ fingerprint: `more${n}` }), because: 'same service' });
    for (const key of story.keys()) if (key.startsWith('show:line:')) lines.add(key);
  }
  expect(Object.keys(story.incident.alerts)).toHaveLength(101);
  expect(lines.size).toBeGreaterThan(0);
  expect(lines.size).toBeLessThanOrEqual(10);
});
