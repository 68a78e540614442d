import { describe, expect, it } from 'vitest';
import type { RollbackFacts } from '../../src/core/rollback-facts.ts';
import { STRATEGIES } from '../../src/rollbacks/index.ts';
import { rekey } from '../../src/rollbacks/rekey.ts';
import { FACTS, RUN, RUN_OF_V3 } from './facts.ts';
import { listed, madePlan, OPTIONS, planOf } from './known.ts';

const [B, C] = ['b'.repeat(40), 'c'.repeat(40)];
const { current: v3, target: v2, compare } = FACTS;
if (v3 === undefined || v2 === undefined || compare === undefined) throw new Error('the facts hold both releases');

/** After the rollback: v2 runs, and v3, which is newer, is asked for. */
const AFTER: Partial<RollbackFacts> = {
  current: v2,
  target: { ...v3, releaseId: 3, immutable: false },
  compare: { ...compare, status: 'behind' },
  refs: { 'heads/main': 'e'.repeat(40), 'heads/stable': B, 'tags/stable': B },
};
const KNOWN_RUNS = { 'deploy.yml': RUN, 'deploy.yml@v3': RUN_OF_V3 };
const back = (use: string, facts: Partial<RollbackFacts> = {}) => madePlan({ deployRuns: KNOWN_RUNS, ...facts }, { configured: [listed(use)] });
const undoOf = (use: string) => ({ plan: back(use), key: 'INC-1/rb2', oldKey: 'INC-1/rb1' });
const ask = (use: string) => ({ configured: [listed(use)], key: 'INC-1/rb2', reason: 'no effect', tag: 'v3', undo: undoOf(use) });

describe('going forward again', () => {
  it('takes the stored way under a key of its own, from what runs to where we came from, and is not refused for being newer', () => {
    const shared = { kind: 'dispatchWorkflow', workflow: 'deploy.yml', ref: 'main', keyInput: 'tagback_id' };
    expect(madePlan(AFTER, ask('dispatch-workflow'))).toMatchObject({
      strategy: 'dispatch-workflow',
      direction: 'forward',
      from: { tag: 'v2', sha: B },
      to: { tag: 'v3', sha: C },
      actions: [{ ...shared, inputs: { tag: 'v3', tagback_id: 'INC-1/rb2' } }],
      undo: [{ ...shared, inputs: { tag: 'v2', tagback_id: 'INC-1/rb2-undo' } }],
      others: [],
    });
    expect(planOf(AFTER, { tag: 'v3' })).toMatchObject({ kind: 'refused', code: 'E_FORWARD' });
  });

  it.each([
    ['create-deployment', [{ ref: 'v3', sha: C, description: 'INC-1/rb2: v2 to v3', payload: { tagback_id: 'INC-1/rb2', tag: 'v3' } }]],
    ['repository-dispatch', [{ payload: { tag: 'v3', tagback_id: 'INC-1/rb2' }, tag: 'v3', sha: C }]],
    ['move-ref', [{ ref: 'heads/stable', from: B, to: C, tag: 'v3' }]],
    ['rerun-deploy', [{ runId: 43, attempt: 1, tag: 'v3' }]],
    [
      'make-latest',
      [
        { tag: 'v3', latest: true, prerelease: false },
        { tag: 'v2', latest: false },
      ],
    ],
  ] as const)('works for %s', (use, actions) => {
    const plan = madePlan(AFTER, ask(use));
    expect(plan).toMatchObject({ strategy: use, direction: 'forward', actions });
    expect(plan.undo.map(({ kind }) => kind)).toEqual(back(use).actions.map(({ kind }) => kind));
  });

  it('reverts a revert on top of where the branch is now', () => {
    expect(madePlan(AFTER, ask('revert-pr'))).toMatchObject({
      actions: [
        {
          branch: 'tagback/revert-INC-1-rb2',
          base: 'main',
          baseSha: 'e'.repeat(40),
          targetSha: C,
          body: expect.stringContaining('Tagback: `INC-1/rb2`'),
        },
      ],
    });
  });

  it('counts on from the attempts a run has by now', () => {
    const plan = madePlan({ ...AFTER, deployRuns: { 'deploy.yml': { ...RUN_OF_V3, attempt: 4 } } }, ask('rerun-deploy'));
    expect(plan).toMatchObject({ actions: [{ runId: 43, attempt: 4 }] });
  });

  it.each(['make-latest', 'move-ref', 'revert-pr'])('of %s is possible although the same release runs as before: only a pointer was moved', (use) => {
    const facts = { ...AFTER, current: v3, compare: { ...compare, status: 'identical' as const } };
    const plan = madePlan(facts, ask(use));
    expect(plan).toMatchObject({ strategy: use, direction: 'forward', from: { tag: 'v3' }, to: { tag: 'v3' } });
    expect(plan.checks.find(({ name }) => name === 'Change')).toMatchObject({ verdict: 'ok', because: expect.stringMatching(/^nothing is deployed/) });
  });

  it('of a deploy is nothing to do when the release runs', () => {
    const facts = { ...AFTER, current: v3, compare: { ...compare, status: 'identical' as const } };
    expect(planOf(facts, ask('dispatch-workflow'))).toMatchObject({ kind: 'refused', code: 'E_NOOP' });
  });

  it.each([
    ['nothing was stored', AFTER, { ...undoOf('dispatch-workflow'), plan: { ...back('dispatch-workflow'), undo: [] } }, /no way back was stored/],
    ['it leads elsewhere', { ...AFTER, target: { ...v2, tag: 'v1', sha: 'a'.repeat(40) } }, undefined, /leads from v2 to v3, not to v1/],
    ['the tag was moved', { ...AFTER, target: { ...v2, tag: 'v3', sha: 'f'.repeat(40) } }, undefined, /points at fffffff now; deploy it the usual way/],
    ['something else runs', { ...AFTER, current: { ...v2, tag: 'v9' } }, undefined, /but v9 runs now; ask for the tag you want/],
    [
      'somebody moved the ref',
      { ...AFTER, refs: { 'heads/stable': C } },
      undoOf('move-ref'),
      /moved by somebody else since: it points at ccccccc, and we left it at bbbbbbb/,
    ],
    ['somebody deleted the ref', { ...AFTER, refs: { 'heads/stable': null } }, undoOf('move-ref'), /it is gone/],
    ['the branch cannot be read', { ...AFTER, refs: {} }, undoOf('revert-pr'), /where main points could not be read/],
  ])('is refused when %s', (_, facts, undo, because) => {
    const planned = planOf(facts, { ...ask('dispatch-workflow'), ...(undo && { undo }) });
    expect(planned).toMatchObject({ kind: 'refused', code: 'E_PREFLIGHT', because: expect.stringMatching(because) });
  });
});

describe('another key', () => {
  it.each(STRATEGIES.map(({ use }) => use).filter((use) => use !== 'redeploy'))('leaves nothing of the old one in what %s prepared', (use) => {
    const template = { inputs: { tag: '{{ tag }}', tagback_id: 'for {{ key }}.' } };
    const options = use === 'dispatch-workflow' ? { ...(OPTIONS[use] as object), ...template } : OPTIONS[use];
    const { actions, undo } = madePlan({ deployRuns: KNOWN_RUNS }, { configured: [{ use, options: options ?? {} }] });
    const text = JSON.stringify([...actions, ...undo].map((action) => rekey(action, 'INC-1/rb1', 'INC-1/rb2')));
    expect(text).not.toMatch(/rb1/);
    expect(text.includes('rb2')).toBe(!['move-ref', 'make-latest', 'rerun-deploy'].includes(use));
  });

  it.each([
    ['INC-1/rb1', 'INC-1/rb2'],
    ['INC-1/rb1-undo', 'INC-1/rb2'],
    ['a (INC-1/rb1-undo) b INC-1/rb1.', 'a (INC-1/rb2) b INC-1/rb2.'],
    ['INC-1/rb12', 'INC-1/rb12'],
    ['XINC-1/rb1', 'XINC-1/rb1'],
    ['INC-1/rb1-undone', 'INC-1/rb1-undone'],
    ['', ''],
  ])('in %j gives %j', (before, after) => {
    const action = { kind: 'dispatchWorkflow', workflow: 'deploy.yml', ref: 'main', inputs: { id: before }, keyInput: 'id' } as const;
    expect(rekey(action, 'INC-1/rb1', 'INC-1/rb2')).toEqual({ ...action, inputs: { id: after } });
  });
});
