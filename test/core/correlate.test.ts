import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { correlate, type LastHeard, remember } from '../../src/core/correlate.ts';
import { decide, open } from '../../src/core/decide.ts';
import { evolve } from '../../src/core/evolve.ts';
import type { Incident, Signal } from '../../src/core/model.ts';
import { playbook, service, signal, T0 } from './given.ts';

const open1 = { id: 'INC-1', key: 'service:checkout-api', service: 'checkout-api', openedAt: T0, alerts: ['alertmanager:f1'] };

describe('correlation', () => {
  const cases: [string, Signal, readonly (typeof open1)[], LastHeard | undefined, string][] = [
    ['opens for the first alert of a service', signal(), [], undefined, 'open'],
    ['joins by the alert itself', signal(), [open1], undefined, 'join'],
    ['joins by the service', signal({ fingerprint: 'f2' }), [open1], undefined, 'join'],
    ['keeps services apart', signal({ fingerprint: 'f2', service: 'search' }), [open1], undefined, 'open'],
    ['keeps alerts of no service apart', signal({ fingerprint: 'f2', service: undefined }), [{ ...open1, service: 'unknown-service' }], undefined, 'open'],
    ['does not open for a resolution', signal({ state: 'resolved' }), [], undefined, 'ignore'],
    ['does not open for a firing older than its own resolution', signal({ at: T0 }), [], { state: 'resolved', at: T0 + 5 }, 'ignore'],
    ['opens again when it fires after its resolution', signal({ at: T0 + 9 }), [], { state: 'resolved', at: T0 + 5 }, 'open'],
  ];
  it.each(cases)('%s', (_, arriving, incidents, heard, expected) => {
    const found = correlate(arriving, incidents, heard, T0);
    expect(found.kind).toBe(expected);
    expect(found.because.length).toBeGreaterThan(10);
  });

  it('any order of any set of deliveries gives the same open alerts', () => {
    const one = fc.record({
      fingerprint: fc.constantFrom('f1', 'f2'),
      state: fc.constantFrom('firing' as const, 'resolved' as const),
      at: fc.integer({ min: 0, max: 6 }),
    });
    const sets = fc.uniqueArray(one, { minLength: 1, maxLength: 7, selector: (s) => `${s.fingerprint}${s.at}` });
    fc.assert(
      fc.property(
        sets.chain((set) => fc.tuple(fc.constant(set), fc.shuffledSubarray(set, { minLength: set.length }))),
        ([inOrder, shuffled]) => {
          const byTime = [...inOrder].sort((a, b) => a.at - b.at);
          expect(firingAfter(shuffled)).toEqual(firingAfter(byTime));
        },
      ),
      { numRuns: 2000, verbose: 1 },
    );
  });
});

/** The alerts that fire in the end, in whatever incident. */
function firingAfter(deliveries: readonly { fingerprint: string; state: 'firing' | 'resolved'; at: number }[]): string[] {
  const heard = new Map<string, LastHeard>();
  let incident: Incident | undefined;
  const context = { now: T0, service, playbook, noLeadMs: 0, announces: false };
  for (const delivery of deliveries) {
    const arriving = signal({ ...delivery, at: T0 + delivery.at });
    const outline = incident ? [{ ...open1, alerts: Object.keys(incident.alerts) }] : [];
    const found = correlate(arriving, outline, heard.get(arriving.fingerprint), T0);
    heard.set(arriving.fingerprint, remember(heard.get(arriving.fingerprint), arriving));
    if (found.kind === 'ignore') continue;
    const opening = {
      id: 'INC-1',
      key: 'k',
      title: 't',
      service: 'checkout-api',
      severity: 'sev2',
      by: { kind: 'bot' },
      because: 'b',
      signal: arriving,
      evidence: [],
    } as const;
    const decision = incident ? decide(incident, { kind: 'signal', signal: arriving, because: 'b' }, context) : open(opening, context);
    incident = decision.events.reduce<Incident | undefined>(evolve, incident);
  }
  return Object.values(incident?.alerts ?? {})
    .filter(({ state }) => state === 'firing')
    .map(({ fingerprint }) => fingerprint)
    .sort();
}
