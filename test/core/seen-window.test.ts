/** A rollback of ours explains what happens while it runs, and a little longer. What others do later under its name is theirs, and is told. */
import { describe, expect, test } from 'vitest';
import type { Incident, OutsideChange } from '../../src/core/model.ts';
import type { Rollback } from '../../src/core/rollback.ts';
import { isOurs, type Seen } from '../../src/core/seen.ts';
import { MINUTE, plan, Story, T0 } from './given.ts';

const ENDED = T0 + 5 * MINUTE;
const rollback = (more: Partial<Rollback> = {}): Pick<Incident, 'id' | 'rollbacks'> => {
  const asked = new Story().asking().incident.rollbacks.rb1 ?? expect.fail('a rollback is asked for');
  const run = { kind: 'run', id: 4711, url: 'https://github.com/acme/shop/actions/runs/4711' } as const;
  return { id: 'INC-1', rollbacks: { rb1: { ...asked, stage: 'done', run, sentAt: T0, endedAt: ENDED, ...more } } };
};
const change: OutsideChange = { what: 'run', tag: undefined, environment: undefined, state: 'success', by: 'eve', url: '', at: T0 };
const at = (when: number, more: Partial<Seen> = {}, of: Partial<OutsideChange> = {}): Seen => ({
  repo: 'acme/shop',
  workflow: 'deploy.yml',
  marks: { texts: [], runId: undefined, sha: undefined },
  ...more,
  change: { ...change, ...of, at: when },
});
const named = { marks: { texts: ['Deploy v2.13.2 (INC-1/rb1)'], runId: undefined, sha: undefined } };
const itsRun = { marks: { texts: [], runId: 4711, sha: undefined } };
const itsTag = { what: 'deployment', tag: plan.to.tag, environment: 'production' } as const;

describe.each([
  ['a run that bears its key', named, {}],
  ['its own run, run again', itsRun, {}],
  ['a deployment of what it deployed', {}, itsTag],
] as const)('%s', (_, marks, of) => {
  test('is ours until shortly after its end, as a webhook may be late', () => {
    expect(isOurs(at(ENDED - MINUTE, marks, of), rollback())).toBe(true);
    expect(isOurs(at(ENDED + 2 * MINUTE, marks, of), rollback())).toBe(true);
  });

  test.each(['done', 'failed'] as const)('is somebody else’s an hour after it was %s, and hides nothing', (stage) => {
    expect(isOurs(at(ENDED + 2 * MINUTE + 1, marks, of), rollback({ stage }))).toBe(false);
    expect(isOurs(at(ENDED + 60 * MINUTE, marks, of), rollback({ stage }))).toBe(false);
  });

  test('is ours however late as long as it goes on', () => {
    expect(isOurs(at(ENDED + 60 * MINUTE, marks, of), rollback({ stage: 'tracking', endedAt: undefined }))).toBe(true);
  });
});

test('of one whose end nobody saw, its key and its run are believed at any time: perhaps it arrives only now', () => {
  expect(isOurs(at(ENDED + 60 * MINUTE, named), rollback({ stage: 'unknown' }))).toBe(true);
  expect(isOurs(at(ENDED + 60 * MINUTE, itsRun), rollback({ stage: 'unknown' }))).toBe(true);
  expect(isOurs(at(ENDED + 60 * MINUTE, {}, itsTag), rollback({ stage: 'unknown' }))).toBe(false);
});
