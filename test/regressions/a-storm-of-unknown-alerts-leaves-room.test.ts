/**
 * One rule that fires for every pod and matches no service opened a channel per alert: after 1,000 of them the alert that mattered waited
 * 16 s for its incident and minutes for its channel. And 300 alerts of one service held its plan back behind 300 lines, one a second.
 */
import { expect, it } from 'vitest';
import { correlate, type OpenIncident, UNKNOWN_SERVICE } from '../../src/core/correlate.ts';
import { MINUTE, Story, signal, T0 } from '../core/given.ts';

const stray = (n: number, openedAt = T0): OpenIncident => {
  const key = `alert:alertmanager:f${n}`;
  return { id: `INC-${n}`, key, service: UNKNOWN_SERVICE, openedAt, alerts: [`alertmanager:f${n}`] };
};
const next = signal({ fingerprint: 'new', service: undefined });
const five = [1, 2, 3, 4, 5].map((n) => stray(n, T0 + n));

it('the sixth alert of no service within ten minutes joins the newest of the five', () => {
  expect(correlate(next, five.slice(1), undefined, T0 + MINUTE).kind).toBe('open');
  expect(correlate(next, five, undefined, T0 + MINUTE)).toMatchObject({ kind: 'join', incident: 'INC-5' });
});

it('an alert of a known service opens its own incident all the same', () => {
  expect(correlate(signal({ fingerprint: 'new' }), five, undefined, T0 + MINUTE)).toMatchObject({ kind: 'open', service: 'checkout-api' });
});

it('old incidents and what people reported are no storm', () => {
  expect(correlate(next, five, undefined, T0 + 11 * MINUTE).kind).toBe('open');
  expect(
    correlate(
      next,
      five.map((one) => ({ ...one, alerts: [] })),
      undefined,
      T0 + MINUTE,
    ).kind,
  ).toBe('open');
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
