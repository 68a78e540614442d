import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import type { Json } from '../../src/core/model.ts';
import type { DeployRun, RollbackFacts } from '../../src/core/rollback-facts.ts';
import { FACTS, RUN, RUN_OF_V3 } from './facts.ts';
import { applicable, CONTEXT, strategyOf } from './known.ts';

const DAY = 86_400_000;
const B = 'b'.repeat(40);
const C = 'c'.repeat(40);
const withTag = (release: 'target' | 'current', tag: string) => ({ [release]: { ...FACTS[release], tag } }) as Partial<RollbackFacts>; // the same release by another name
const says = (use: string, options: object): string => {
  const { error } = strategyOf(use).options.safeParse(options);
  return error === undefined ? 'fine' : z.prettifyError(error);
};

describe('create-deployment', () => {
  const plan = (options: object = {}, facts: Partial<RollbackFacts> = {}, reason = CONTEXT.reason) =>
    strategyOf('create-deployment').plan({ ...FACTS, ...facts }, { ...options }, { ...CONTEXT, reason });

  it('asks for the tag and its commit, looks at no statuses, carries our key, and knows the way back', () => {
    const shared = { kind: 'createDeployment', environment: 'production', task: 'deploy', requiredContexts: [] };
    expect(plan()).toEqual({
      kind: 'applicable',
      actions: [{ ...shared, ref: 'v2', sha: B, description: 'INC-1/rb1: v3 to v2', payload: { tagback_id: 'INC-1/rb1', tag: 'v2', from: 'v3' } }],
      undo: [{ ...shared, ref: 'v3', sha: C, description: 'INC-1/rb1-undo: v2 to v3', payload: { tagback_id: 'INC-1/rb1-undo', tag: 'v3', from: 'v2' } }],
    });
    expect(strategyOf('create-deployment').reads({})).toEqual({});
  });

  it('takes task, statuses and words of the description from its options', () => {
    const options = { task: 'deploy:rollback', required_contexts: ['ci/build'], description: '{{ reason }} ({{ key }})' };
    const { actions } = applicable(plan(options));
    expect(actions).toMatchObject([{ task: 'deploy:rollback', requiredContexts: ['ci/build'], description: 'checkout fails (INC-1/rb1)' }]);
  });

  it('cuts the description where GitHub would refuse it, and not inside a character', () => {
    const { actions } = applicable(plan({ description: `${'x'.repeat(139)}{{ reason }}` }, {}, '😀'));
    expect(actions).toMatchObject([{ description: 'x'.repeat(139) }]);
  });

  it('hands no odd name to a deployer: neither as the target, nor in a text, nor on the way back', () => {
    expect(plan({}, withTag('target', 'v1;id'))).toEqual({ kind: 'not-applicable', because: expect.stringMatching(/v1;id holds characters/) });
    expect(plan({}, withTag('current', 'v1;id'))).toMatchObject({ kind: 'not-applicable' });
    expect(plan({ description: '{{ key }}' }, withTag('current', 'v1;id'))).toMatchObject({
      kind: 'applicable',
      actions: [{ payload: { tagback_id: 'INC-1/rb1', tag: 'v2' } }],
      undo: [],
    });
    expect(JSON.stringify(plan({ description: '{{ key }}' }, withTag('current', 'v1;id')))).not.toContain('v1;id');
  });

  it.each([
    [{ task: '-x' }, /expected a word such as deploy/],
    [{ description: '{{ sha }}' }, /unknown variable/],
    [{ required_contexts: [''] }, /required_contexts/],
  ])('refuses the options %j', (options, message) => expect(says('create-deployment', options)).toMatch(message));
});

describe('rerun-deploy', () => {
  const plan = (run: DeployRun | null | undefined, more: RollbackFacts['deployRuns'] = {}) =>
    strategyOf('rerun-deploy').plan({ ...FACTS, deployRuns: { 'deploy.yml': run, ...more } }, { workflow: 'deploy.yml' }, CONTEXT);
  const rerun = { kind: 'rerunRun', runId: 42, attempt: 1, workflow: 'deploy.yml', tag: 'v2', url: 'https://github.test/runs/42' };

  it('runs again what deployed the target, after the attempt there was', () => {
    expect(plan(RUN)).toEqual({ kind: 'applicable', actions: [rerun], undo: [] });
    expect(plan({ ...RUN, attempt: 3 })).toMatchObject({ actions: [{ runId: 42, attempt: 3 }] });
  });

  it('asks for the run, and for what runs now', () => {
    expect(strategyOf('rerun-deploy').reads({ workflow: 'deploy.yml' })).toEqual({ workflow: 'deploy.yml', deployRunOf: 'deploy.yml' });
  });

  it('goes back the same way where the run of the release that runs is known, and no way where it is not', () => {
    const back = { ...rerun, runId: 43, tag: 'v3', url: 'https://github.test/runs/43' };
    expect(plan(RUN, { 'deploy.yml@v3': RUN_OF_V3 })).toMatchObject({ actions: [rerun], undo: [back] });
    for (const unfit of [null, { ...RUN_OF_V3, createdAt: FACTS.readAt - 31 * DAY }, RUN])
      expect(plan(RUN, { 'deploy.yml@v3': unfit })).toMatchObject({ undo: [] });
  });

  it.each(['Deploy v2', 'Deploy v2 (INC-9/rb1)', '“v2” to production', 'v2', 'Deploy v2.'])(
    'knows its run by the name %j, whatever commit it ran at',
    (title) => {
      expect(plan({ ...RUN, title, sha: 'e'.repeat(40) })).toMatchObject({ kind: 'applicable' });
    },
  );

  it('knows its run by the commit', () => expect(plan({ ...RUN, title: 'Deploy' })).toMatchObject({ kind: 'applicable' }));

  it.each([
    ['could not be read', undefined, /the runs of deploy\.yml could not be read/],
    ['are not there', null, /no successful run of deploy\.yml for v2 is known/],
    ['are 31 days old', { ...RUN, createdAt: FACTS.readAt - 31 * DAY }, /run 42 of deploy\.yml for v2 is 31 days old; GitHub re-runs for 30 days only/],
    ...['Deploy', 'Deploy v2.1', 'Deploy v2-rc1', 'Deploy rv2', 'Deploy v20', 'x-v2', 'shop/v2'].map(
      (title) => [`are named ${title}`, { ...RUN, title, sha: 'e'.repeat(40) }, /run 42 of deploy\.yml cannot be told to be one of v2/] as const,
    ),
  ] as const)('does not apply to runs that %s', (_, run, because) => {
    expect(plan(run)).toEqual({ kind: 'not-applicable', because: expect.stringMatching(because) });
  });

  it('applies to the minute: thirty days are not too old', () => {
    expect(plan({ ...RUN, createdAt: FACTS.readAt - 30 * DAY })).toMatchObject({ kind: 'applicable' });
    expect(plan({ ...RUN, createdAt: FACTS.readAt - 30 * DAY - 1 })).toMatchObject({ kind: 'not-applicable' });
  });
});

describe('repository-dispatch', () => {
  const plan = (options: object = {}, facts: Partial<RollbackFacts> = {}) =>
    strategyOf('repository-dispatch').plan({ ...FACTS, ...facts }, { event_type: 'rollback', ...options }, CONTEXT);

  it('sends the tag and our key, and knows the way back', () => {
    const shared = { kind: 'repositoryDispatch', eventType: 'rollback', workflow: undefined };
    expect(plan()).toEqual({
      kind: 'applicable',
      actions: [{ ...shared, payload: { tag: 'v2', tagback_id: 'INC-1/rb1' }, tag: 'v2', sha: B }],
      undo: [{ ...shared, payload: { tag: 'v3', tagback_id: 'INC-1/rb1-undo' }, tag: 'v3', sha: C }],
    });
  });

  it('fills the payload and names the workflow whose run is watched', () => {
    const { actions } = applicable(plan({ payload: { to: '{{ tag }}', was: '{{ from }}', why: '{{ reason }}' }, workflow: 'on-event.yml' }));
    expect(actions).toMatchObject([{ payload: { to: 'v2', was: 'v3', why: 'checkout fails', tagback_id: 'INC-1/rb1' }, workflow: 'on-event.yml' }]);
    expect(strategyOf('repository-dispatch').reads({ event_type: 'x', workflow: 'on-event.yml' })).toEqual({ workflow: 'on-event.yml' });
    expect(strategyOf('repository-dispatch').reads({ event_type: 'x' })).toEqual({});
  });

  it('hands no odd name on', () => {
    expect(plan({ payload: {} }, withTag('target', 'v1|id'))).toMatchObject({ kind: 'not-applicable' });
    expect(plan({ payload: { was: '{{ from }}' } }, withTag('current', 'v1|id'))).toMatchObject({ kind: 'not-applicable' });
    expect(plan({}, withTag('current', 'v1|id'))).toMatchObject({ kind: 'applicable', undo: [] });
  });

  it.each([
    [{}, /event_type/],
    [{ event_type: 'a b' }, /expected a word such as rollback/],
    [{ event_type: 'x'.repeat(101) }, /at most 100 characters/],
    [{ event_type: 'x', payload: { tagback_id: '1' } }, /tagback_id is added by itself/],
    [{ event_type: 'x', payload: { 'a b': '1' } }, /payload/],
    [{ event_type: 'x', payload: Object.fromEntries(Array.from({ length: 10 }, (_, n) => [`k${n}`, ''])) }, /at most 9: GitHub takes ten/],
    [{ event_type: 'x', workflow: '../x.yml' }, /file name/],
  ])('refuses the options %j', (options, message) => expect(says('repository-dispatch', options)).toMatch(message));
});

describe('redeploy', () => {
  const inner = (use: string, options: Json) => ({ with: { use, options } });
  const again: Partial<RollbackFacts> = { target: FACTS.current && { ...FACTS.current, releaseId: 3, immutable: false } };
  const plan = (options: object, facts: Partial<RollbackFacts> = again) => strategyOf('redeploy').plan({ ...FACTS, ...facts }, { ...options }, CONTEXT);

  it.each([
    ['dispatch-workflow', { workflow: 'deploy.yml' }, { kind: 'dispatchWorkflow', inputs: { tag: 'v3', tagback_id: 'INC-1/rb1' } }],
    ['create-deployment', {}, { kind: 'createDeployment', ref: 'v3', sha: C }],
    ['repository-dispatch', { event_type: 'again' }, { kind: 'repositoryDispatch', payload: { tag: 'v3' } }],
  ])('has what runs deployed once more by %s, and has no way back', (use, options, action) => {
    expect(plan(inner(use, options))).toMatchObject({ kind: 'applicable', actions: [action], undo: [] });
  });

  it('re-runs what deployed it', () => {
    expect(plan(inner('rerun-deploy', { workflow: 'deploy.yml' }), { ...again, deployRuns: { 'deploy.yml': RUN_OF_V3 } })).toMatchObject({
      actions: [{ kind: 'rerunRun', runId: 43 }],
    });
  });

  it('reads what the inner strategy needs', () => {
    expect(strategyOf('redeploy').reads(inner('dispatch-workflow', { workflow: 'a.yml', ref: 'trunk' }))).toEqual({ workflow: 'a.yml@trunk' });
    expect(strategyOf('redeploy').reads({ with: { use: 'create-deployment' } })).toEqual({});
  });

  it('does not apply to another tag, nor where the inner strategy does not', () => {
    const options = inner('rerun-deploy', { workflow: 'deploy.yml' });
    expect(plan(options, {})).toEqual({ kind: 'not-applicable', because: expect.stringMatching(/deploys what runs once more, and that is v3; name this tag/) });
    expect(plan(options, { ...again, deployRuns: {} })).toEqual({ kind: 'not-applicable', because: expect.stringMatching(/^rerun-deploy: the runs of/) });
  });

  it.each([
    [{}, /with/],
    [inner('move-ref', { ref: 'heads/stable' }), /with\.use/],
    [inner('redeploy', inner('create-deployment', {})), /with\.use/],
    [inner('dispatch-workflow', {}), /with\.options\.workflow/],
    [inner('dispatch-workflow', { workflow: 'deploy.yml', more: 1 }), /"more".*\n.*with\.options/],
    [{ with: { use: 'create-deployment', options: {}, more: 1 } }, /"more"/],
  ])('refuses the options %j', (options, message) => expect(says('redeploy', options)).toMatch(message));
});
