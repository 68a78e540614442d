import { describe, expect, test } from 'vitest';
import type { Incident, OutsideChange } from '../../src/core/model.ts';
import type { Rollback, RollbackStage } from '../../src/core/rollback.ts';
import { concerns, incidentsNamed, isOurs, type Seen } from '../../src/core/seen.ts';
import { MINUTE, plan, Story, service, T0 } from './given.ts';

const change: OutsideChange = { what: 'deployment', tag: 'v9.9.9', environment: 'production', state: 'success', by: 'eve', url: '', at: T0 + MINUTE };
const NOBODY: Seen['marks'] = { texts: [], runId: undefined, sha: undefined };
const seen = (more: Partial<Seen> = {}, of: Partial<OutsideChange> = {}): Seen => ({
  repo: 'acme/shop',
  workflow: undefined,
  marks: NOBODY,
  ...more,
  change: { ...change, ...of },
});

describe('whom a change concerns', () => {
  const with_ = (rollback: Partial<typeof service.rollback>) => ({ ...service, rollback: { ...service.rollback, ...rollback } });

  test('the services of its repository and environment, in any case', () => {
    expect(concerns(seen(), service)).toBe(true);
    expect(concerns(seen({ repo: 'ACME/Shop' }, { environment: 'Production' }), service)).toBe(true);
    expect(concerns(seen({ repo: 'acme/other' }), service)).toBe(false);
    expect(concerns(seen({}, { environment: 'staging' }), service)).toBe(false);
    expect(concerns(seen({}, { environment: undefined }), service)).toBe(true);
    expect(concerns(seen(), { ...service, repo: undefined })).toBe(false);
  });

  test('a run only those that deploy with its workflow', () => {
    const deploys = with_({
      strategies: [
        { use: 'make-latest', options: {} },
        { use: 'dispatch-workflow', options: { workflow: 'deploy.yml' } },
      ],
    });
    expect(concerns(seen({ workflow: 'deploy.yml' }, { what: 'run' }), deploys)).toBe(true);
    expect(concerns(seen({ workflow: 'tests.yml' }, { what: 'run' }), deploys)).toBe(false);
    expect(concerns(seen({ workflow: 'deploy.yml' }, { what: 'run' }), service)).toBe(false);
  });

  test('of several services in one repository, the one whose tags begin so; a branch is nobody’s alone', () => {
    const api = with_({ tagPrefix: 'api-' });
    expect(concerns(seen({}, { tag: 'api-v1.2.3' }), api)).toBe(true);
    expect(concerns(seen({}, { tag: 'web-v1.2.3' }), api)).toBe(false);
    expect(concerns(seen({}, { tag: 'main' }), api)).toBe(true);
    expect(concerns(seen({}, { tag: undefined }), api)).toBe(true);
  });
});

describe('whether we did it', () => {
  const sentAt = T0;
  const tracked = (more: Partial<Rollback> = {}): Pick<Incident, 'id' | 'rollbacks'> => {
    const story = new Story().asking();
    const rb1 = story.incident.rollbacks.rb1 ?? expect.fail('a rollback is asked for');
    const run = { kind: 'run', id: 4711, url: 'https://github.com/acme/shop/actions/runs/4711' } as const;
    return { id: 'INC-1', rollbacks: { rb1: { ...rb1, stage: 'tracking', run, sentAt, ...more } } };
  };
  const named = (text: string): Seen => seen({ marks: { ...NOBODY, texts: ['', text] } });

  test('by our key in the name of the run or in the payload, whole and not in part', () => {
    expect(isOurs(named('Deploy v2.13.2 (INC-1/rb1)'), tracked())).toBe(true);
    expect(isOurs(named('{"tagback_id":"INC-1/rb1"}'), tracked())).toBe(true);
    expect(isOurs(named('INC-1/rb1-undo'), tracked())).toBe(true);
    for (const other of ['INC-1/rb12', 'INC-11/rb1', 'XINC-1/rb1', 'INC-1 rb1', 'INC-1/rb']) expect(isOurs(named(other), tracked()), other).toBe(false);
  });

  test.each<RollbackStage>(['planning', 'asking', 'counting', 'applying', 'declined', 'expired', 'cancelled', 'refused'])(
    'a run that bears the key of a rollback that is %s is somebody’s disguise, and is told',
    (stage) => {
      expect(isOurs(named('INC-1/rb1'), tracked({ stage, run: undefined, sentAt: undefined }))).toBe(false);
    },
  );

  test.each<RollbackStage>(['sending', 'tracking', 'done', 'failed', 'unknown'])('of a rollback that is %s it is believed', (stage) => {
    expect(isOurs(named('INC-1/rb1'), tracked({ stage }))).toBe(true);
  });

  test('by the run we started, whatever it is called', () => {
    expect(isOurs(seen({ marks: { ...NOBODY, runId: 4711 } }), tracked())).toBe(true);
    expect(isOurs(seen({ marks: { ...NOBODY, runId: 4712 } }), tracked())).toBe(false);
    expect(isOurs(seen({ marks: { ...NOBODY, runId: 0 } }), tracked({ run: { kind: 'event', id: 0, url: '' } }))).toBe(false);
  });

  test('without a key: the tag we deploy, to where, while we do it', () => {
    const target = plan.to.tag;
    expect(isOurs(seen({}, { tag: target }), tracked())).toBe(true);
    expect(isOurs(seen({}, { tag: 'main' }), tracked())).toBe(true); // the branch the workflow was taken from
    expect(isOurs(seen({}, { tag: 'v9.9.9' }), tracked())).toBe(false);
    expect(isOurs(seen({}, { tag: target, environment: 'staging' }), tracked())).toBe(false);
    expect(isOurs(seen({}, { tag: target, at: sentAt - 10 * MINUTE }), tracked())).toBe(false);
    const done = tracked({ stage: 'done', endedAt: T0 + 3 * MINUTE });
    expect(isOurs(seen({}, { tag: target, at: T0 + 4 * MINUTE }), done)).toBe(true); // a webhook that is late
    expect(isOurs(seen({}, { tag: target, at: T0 + 30 * MINUTE }), done)).toBe(false);
  });

  test('GitHub retires the deployment ours takes the place of', () => {
    expect(isOurs(seen({}, { tag: plan.from.tag, state: 'inactive' }), tracked())).toBe(true);
    expect(isOurs(seen({}, { tag: plan.from.tag, state: 'failure' }), tracked())).toBe(false);
  });

  test('a tag we moved', () => {
    const move = { kind: 'moveRef', ref: 'tags/stable', from: 'b'.repeat(40), to: 'a'.repeat(40), tag: 'v2.13.2' } as const;
    const mover = tracked({ plan: { ...plan, actions: [move] } });
    const moved = (sha: string, tag = 'stable') => seen({ marks: { ...NOBODY, sha } }, { what: 'tag', tag, state: 'moved', environment: undefined });
    expect(isOurs(moved('a'.repeat(40)), mover)).toBe(true);
    expect(isOurs(moved('c'.repeat(40)), mover)).toBe(false);
    expect(isOurs(moved('a'.repeat(40), 'nightly'), mover)).toBe(false);
  });

  test('whose key it bears is read from any number of texts, each incident once', () => {
    expect(incidentsNamed(seen({ marks: { ...NOBODY, texts: ['a INC-7/rb1 b', 'INC-7/rb2 INC-12/rb3', 'INC-x/rb1'] } }))).toEqual(['INC-7', 'INC-12']);
  });
});
