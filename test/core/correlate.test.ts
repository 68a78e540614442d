import { describe, expect, it } from 'vitest';
import { correlate, type Desk, type Known, type LastHeard, type OpenIncident } from '../../src/core/correlate.ts';
import { rulesOf } from '../../src/core/correlate-rules.ts';
import type { Signal } from '../../src/core/model.ts';
import { outline, service, signal, T0 } from './given.ts';

const rules = rulesOf({ services: [service] }, []);
const known = (desk: Partial<Desk>, heard?: LastHeard): Known => ({ now: T0, desk: { open: [], closed: [], ...desk }, heard, seldom: [] });
const open1 = outline('INC-1');
const here: LastHeard = { state: 'firing', at: T0, incident: 'INC-1' };

describe('correlation', () => {
  const cases: [string, Signal, readonly OpenIncident[], LastHeard | undefined, string][] = [
    ['opens for the first alert of a service', signal(), [], undefined, 'open'],
    ['joins by the alert itself', signal({ service: undefined }), [open1], here, 'join'],
    ['joins by the service', signal({ fingerprint: 'f2' }), [open1], undefined, 'join'],
    ['keeps services apart', signal({ fingerprint: 'f2', service: 'search' }), [open1], undefined, 'open'],
    ['keeps alerts of no service apart', signal({ fingerprint: 'f2', service: undefined }), [{ ...open1, service: 'unknown-service' }], undefined, 'open'],
    ['does not open for a resolution', signal({ state: 'resolved' }), [], undefined, 'ignore'],
    ['does not open for a firing older than its own resolution', signal({ at: T0 }), [], { state: 'resolved', at: T0 + 5 }, 'ignore'],
    ['opens again when it fires after its resolution', signal({ at: T0 + 9 }), [], { state: 'resolved', at: T0 + 5 }, 'open'],
  ];
  it.each(cases)('%s', (_, arriving, incidents, heard, expected) => {
    const found = correlate(arriving, known({ open: incidents }, heard), rules);
    expect(found.kind).toBe(expected);
    expect(found.because.length).toBeGreaterThan(10);
  });
});
