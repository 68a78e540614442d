import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import type { RollbackFacts } from '../../src/core/rollback-facts.ts';
import { STRATEGIES } from '../../src/rollbacks/index.ts';
import { FACTS } from './facts.ts';

const strategy = (use: string) => {
  const found = STRATEGIES.find((one) => one.use === use);
  if (found === undefined) throw new Error(`no strategy ${use}`);
  return found;
};
const context = { key: 'INC-1/rb1', reason: 'checkout fails' };

describe('every strategy', () => {
  it('is a file in the folder and a line in the list', () => {
    const files = readdirSync(new URL('../../src/rollbacks', import.meta.url)).filter((file) => !['index.ts', 'plan.ts', 'strategy.ts'].includes(file));
    expect(STRATEGIES.map(({ use }) => `${use}.ts`).sort()).toEqual(files.sort());
  });

  it.each(STRATEGIES)('$use describes its options and itself', ({ about, options }) => {
    expect(about).toMatch(/^[A-Z].*\.$/);
    expect(z.toJSONSchema(options, { io: 'input' })).toMatchObject({ type: 'object', additionalProperties: false });
    expect(options.safeParse({ workflow: 'deploy.yml', surprise: 1 }).success).toBe(false);
  });

  it.each(STRATEGIES)('$use does not apply where it is not known from which release to which', (one) => {
    for (const missing of [{ target: undefined }, { current: undefined }] satisfies Partial<RollbackFacts>[]) {
      expect(one.plan({ ...FACTS, ...missing }, one.use === 'dispatch-workflow' ? { workflow: 'deploy.yml' } : {}, context)).toMatchObject({
        kind: 'not-applicable',
      });
    }
  });
});

describe('dispatch-workflow', () => {
  const plan = (options: object, reason = context.reason) =>
    strategy('dispatch-workflow').plan(FACTS, { workflow: 'deploy.yml', ...options }, { ...context, reason });
  const inputsOf = (options: object, reason?: string) => {
    const proposal = plan(options, reason);
    const [action] = proposal.kind === 'applicable' ? proposal.actions : [];
    return action?.kind === 'dispatchWorkflow' ? action.inputs : undefined;
  };

  it('gives the tag and our key by default, on main, and prepares the way back', () => {
    const shared = { kind: 'dispatchWorkflow', workflow: 'deploy.yml', ref: 'main', keyInput: 'tagback_id' };
    expect(plan({})).toEqual({
      kind: 'applicable',
      actions: [{ ...shared, inputs: { tag: 'v2', tagback_id: 'INC-1/rb1' } }],
      undo: [{ ...shared, inputs: { tag: 'v3', tagback_id: 'INC-1/rb1-undo' } }],
    });
  });

  it('names the workflow and the branch that must be read', () => {
    expect(strategy('dispatch-workflow').reads({ workflow: 'deploy.yml', ref: 'trunk' })).toEqual({ workflow: 'deploy.yml@trunk' });
  });

  it('fills every template', () => {
    expect(inputsOf({ inputs: { version: '{{tag}}', was: 'from {{ from }} to {{ tag }}', why: '{{ reason }}', id: '{{ key }}', env: 'production' } })).toEqual({
      version: 'v2',
      was: 'from v3 to v2',
      why: 'checkout fails',
      id: 'INC-1/rb1',
      env: 'production',
    });
  });

  it.each([
    [{ inputs: { tag: '{{ tag }}', id: '{{ key }}' } }, undefined],
    [{ inputs: { tag: '{{ tag }}', id: '{{ key }}' }, key_input: 'id' }, 'id'],
    [{ inputs: { tag: '{{ tag }}', tagback_id: '{{ key }}' } }, 'tagback_id'],
  ])('knows which input carries the key (%#)', (options, keyInput) => {
    expect(plan(options)).toMatchObject({ actions: [{ keyInput }] });
  });

  it('makes one line of a reason, once: it cannot smuggle in lines or templates', () => {
    expect(inputsOf({ inputs: { why: '{{ reason }}' } }, 'a\nb\u0000\u200b {{ key }} $(id)')).toEqual({ why: 'a b {{ key }} $(id)' });
    expect(inputsOf({ inputs: { why: '{{ reason }}' } }, 'x'.repeat(999))?.why).toHaveLength(200);
  });

  it.each([
    [{ workflow: '../evil.yml' }, /file name/],
    [{ workflow: 'deploy' }, /file name/],
    [{ workflow: 'deploy.yml', inputs: { t: '{{ env.GITHUB_TOKEN }}' } }, /allowed are \{\{ tag \}\}, \{\{ from \}\}, \{\{ reason \}\}, \{\{ key \}\}/],
    [{ workflow: 'deploy.yml', inputs: { t: '{{ constructor }}' } }, /unknown variable/],
    [{ workflow: 'deploy.yml', key_input: 'id' }, /key_input must be one of inputs/],
    [{ workflow: 'deploy.yml', ref: '' }, /ref/],
    [{ workflow: 'deploy.yml', inputs: Object.fromEntries(Array.from({ length: 26 }, (_, n) => [`i${n}`, ''])) }, /at most 25/],
    [{}, /workflow/],
  ])('refuses the options %j', (options, says) => {
    const checked = strategy('dispatch-workflow').options.safeParse(options);
    expect(checked.error && z.prettifyError(checked.error)).toMatch(says);
  });
});

describe('make-latest', () => {
  const plan = (facts: Partial<RollbackFacts> = {}) => strategy('make-latest').plan({ ...FACTS, ...facts }, {}, context);
  const mark = (releaseId: number, tag: string, latest: boolean, prerelease: boolean) => ({ kind: 'markRelease', releaseId, tag, latest, prerelease });

  it('marks the good release first, then the bad one, and can put both back', () => {
    expect(plan()).toEqual({
      kind: 'applicable',
      actions: [mark(2, 'v2', true, false), mark(3, 'v3', false, true)],
      undo: [mark(3, 'v3', true, false), mark(2, 'v2', false, false)],
    });
  });

  it('puts the badge back where it was, even if that was not the bad release', () => {
    expect(plan({ latestReleaseTag: 'v2' })).toMatchObject({ undo: [mark(3, 'v3', false, false), mark(2, 'v2', true, false)] });
  });

  it.each([
    ['a pre-release as the target', { releases: FACTS.releases.map((one) => ({ ...one, prerelease: one.tag === 'v2' })) }, /cannot be the latest/],
    ['what is done already', { latestReleaseTag: 'v2', releases: FACTS.releases.map((one) => ({ ...one, prerelease: one.tag === 'v3' })) }, /already/],
    ['releases it cannot see', { releases: [] }, /not known/],
  ])('does not apply to %s', (_, facts, because) => {
    expect(plan(facts)).toEqual({ kind: 'not-applicable', because: expect.stringMatching(because) });
  });
});
