import { describe, expect, test } from 'vitest';
import type { ReleaseFacts } from '../../src/core/model.ts';
import { saySuspect, suspect, suspectNow } from '../../src/core/suspect.ts';
import { grace, MINUTE, Story, T0 } from './given.ts';

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
    [3 * MINUTE, 'likely', 'deployed 3 min before the first alert'],
    [30 * MINUTE, 'likely', 'deployed 30 min before the first alert'],
    [0, 'likely', 'deployed at the moment of the first alert'],
    [-30_000, 'likely', 'deployed at the moment of the first alert'],
    [31 * MINUTE, 'possible', 'running for 31 min when the first alert came'],
    [24 * HOUR, 'possible', 'running for 24 h 0 min when the first alert came'],
    [49 * HOUR, 'unlikely', 'running for 2 d when the first alert came'],
  ] as const)('deployed %i ms before: %s', (ms, sure, because) => {
    expect(of(facts(T0 - ms))).toEqual({ tag: 'v2.14.0', sure, because });
  });

  test('a release that came after the trouble cannot have made it; the one before it may have', () => {
    const because = 'deployed 5 min after the first alert';
    expect(of(facts(T0 + 5 * MINUTE))).toEqual({ tag: 'v2.13.2', sure: 'possible', because: `in place until v2.14.0 was ${because}` });
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
    expect(of(facts(undefined))).toEqual({
      tag: 'v2.14.0',
      sure: 'possible',
      because: 'found running when the incident opened; since when could not be found out',
    });
  });

  test('what people reported began with the report, unless an alert was there before', () => {
    const openedBy = { kind: 'human', slackId: 'U0ADA', name: 'Ada' } as const;
    const reported = { ...new Story().incident, openedBy, release: facts(T0 - 3 * MINUTE) };
    expect(suspect({ ...reported, alerts: {} })?.because).toBe('deployed 3 min before the report');
    const [alert] = Object.values(reported.alerts);
    if (!alert) throw new Error('an alert fires');
    expect(suspect({ ...reported, alerts: { one: { ...alert, firstAt: T0 - MINUTE } } })?.because).toBe('deployed 2 min before the first alert');
    expect(suspect({ ...reported, alerts: { one: { ...alert, firstAt: T0 + MINUTE } } })?.because).toBe('deployed 3 min before the report');
  });
});

describe('the suspicion as people read it', () => {
  const said = (release: ReleaseFacts): string => saySuspect(of(release) ?? expect.fail('something is known'));

  test('one sentence; what is unlikely is not called suspected', () => {
    expect(said(facts(T0 - 4 * MINUTE))).toBe('Suspected: v2.14.0 (likely), deployed 4 min before the first alert');
    expect(said(facts(T0 + 5 * MINUTE))).toBe('Suspected: v2.13.2 (possible), in place until v2.14.0 was deployed 5 min after the first alert');
    expect(said(facts(T0 - 49 * HOUR))).toBe('Hardly the cause: v2.14.0 (unlikely), running for 2 d when the first alert came');
  });

  test('is silent once a rollback is through, or users are well: then the verdict speaks', () => {
    const story = new Story().when({ kind: 'releaseSeen', release: facts(T0 - 4 * MINUTE) }).asking();
    expect(suspectNow(story.incident)?.tag).toBe('v2.14.0');
    story.does(grace, { kind: 'approveRollback', rollback: 'rb1' }).sent();
    expect(suspectNow(story.incident)?.tag).toBe('v2.14.0');
    story.when({ kind: 'rollbackEnded', id: 'rb1', outcome: 'done', code: undefined, because: 'ok' });
    expect(suspectNow(story.incident)).toBeUndefined();
    expect(suspectNow({ ...story.incident, rollbacks: {}, phase: 'mitigated' })).toBeUndefined();
  });
});
