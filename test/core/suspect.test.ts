import { describe, expect, test } from 'vitest';
import type { ReleaseFacts } from '../../src/core/model.ts';
import { suspect } from '../../src/core/suspect.ts';
import { MINUTE, Story, T0 } from './given.ts';

const HOUR = 60 * MINUTE;
const facts = (deployedAt: number | undefined, more: Partial<ReleaseFacts> = {}): ReleaseFacts => ({
  current: 'v2.14.0',
  previous: 'v2.13.2',
  deployedAt,
  ...more,
});
const of = (release: ReleaseFacts | undefined) => suspect({ ...new Story().incident, release });

describe('which release is suspected when an incident opens', () => {
  test.each([
    [3 * MINUTE, 'likely', 'v2.14.0 was deployed 3 min before the trouble began'],
    [30 * MINUTE, 'likely', 'v2.14.0 was deployed 30 min before the trouble began'],
    [0, 'likely', 'v2.14.0 was deployed at the moment the trouble began'],
    [-30_000, 'likely', 'v2.14.0 was deployed at the moment the trouble began'],
    [31 * MINUTE, 'possible', 'v2.14.0 had been running for 31 min'],
    [24 * HOUR, 'possible', 'v2.14.0 had been running for 24 h 0 min'],
    [49 * HOUR, 'unlikely', 'v2.14.0 had been running for 2 d without an alert like this'],
  ] as const)('deployed %i ms before: %s', (ms, sure, because) => {
    expect(of(facts(T0 - ms))).toEqual({ tag: 'v2.14.0', sure, because });
  });

  test('a release that came after the trouble cannot have made it; the one before it may have', () => {
    const because = 'v2.14.0 was deployed 5 min after the trouble began';
    expect(of(facts(T0 + 5 * MINUTE))).toEqual({ tag: 'v2.13.2', sure: 'possible', because: `${because}; v2.13.2 ran before it` });
    expect(of(facts(T0 + 5 * MINUTE, { previous: undefined }))).toEqual({ tag: 'v2.14.0', sure: 'unlikely', because });
  });

  test('the trouble began with the first alert, not when the incident was opened for it', () => {
    const story = new Story();
    const [key = '', alert] = Object.entries(story.incident.alerts)[0] ?? [];
    const alerts = { [key]: { ...(alert ?? expect.fail('an alert fires')), firstAt: T0 - 10 * MINUTE } };
    expect(suspect({ ...story.incident, alerts, release: facts(T0 - 2 * MINUTE) })).toMatchObject({ tag: 'v2.13.2', sure: 'possible' });
  });

  test('what is not known is never guessed', () => {
    expect(of(undefined)).toBeUndefined();
    expect(of(facts(T0, { current: undefined }))).toBeUndefined();
    expect(of(facts(undefined))).toEqual({ tag: 'v2.14.0', sure: 'possible', because: 'v2.14.0 runs, but since when could not be found out' });
  });
});
