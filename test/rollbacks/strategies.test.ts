import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import type { RollbackFacts } from '../../src/core/rollback-facts.ts';
import { STRATEGIES } from '../../src/rollbacks/index.ts';
import { FACTS, RUN_OF_V3 } from './facts.ts';
import { applicable, CONTEXT, OPTIONS, strategyOf } from './known.ts';

/** What the planner and the strategies share. */
const SHARED = ['fill.ts', 'go-forward.ts', 'index.ts', 'plan.ts', 'propose.ts', 'rekey.ts', 'requests.ts', 'revert-body.ts', 'strategy.ts', 'way.ts'];

describe('every strategy', () => {
  it('is a file in the folder and a line in the list', () => {
    const files = readdirSync(new URL('../../src/rollbacks', import.meta.url)).filter((file) => !SHARED.includes(file));
    expect(STRATEGIES.map(({ use }) => `${use}.ts`).sort()).toEqual(files.sort());
  });

  it.each(STRATEGIES)('$use describes its options and itself', ({ use, about, options }) => {
    expect(about).toMatch(/^[A-Z].*\.$/);
    expect(z.toJSONSchema(options, { io: 'input' })).toMatchObject({ type: 'object', additionalProperties: false });
    expect(options.safeParse(OPTIONS[use]).success).toBe(true);
    expect(options.safeParse({ ...(OPTIONS[use] as object), surprise: 1 }).success).toBe(false);
  });

  it.each(STRATEGIES)('$use does not apply where it is not known from which release to which', ({ use, plan }) => {
    for (const missing of [{ target: undefined }, { current: undefined }] satisfies Partial<RollbackFacts>[])
      expect(plan({ ...FACTS, ...missing }, OPTIONS[use] ?? {}, CONTEXT)).toEqual({ kind: 'not-applicable', because: expect.stringMatching(/not known/) });
  });

  it.each(STRATEGIES.filter(({ use }) => use !== 'redeploy'))(
    '$use applies where nothing speaks against it, and has prepared the way back',
    ({ use, plan }) => {
      const { actions, undo } = applicable(plan({ ...FACTS, deployRuns: { ...FACTS.deployRuns, 'deploy.yml@v3': RUN_OF_V3 } }, OPTIONS[use] ?? {}, CONTEXT));
      expect(actions.length).toBeGreaterThan(0);
      expect(undo.map(({ kind }) => kind).sort()).toEqual(actions.map(({ kind }) => kind).sort());
    },
  );
});

describe('dispatch-workflow', () => {
  const plan = (options: object, reason = CONTEXT.reason) =>
    strategyOf('dispatch-workflow').plan(FACTS, { workflow: 'deploy.yml', ...options }, { ...CONTEXT, reason });
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
    expect(strategyOf('dispatch-workflow').reads({ workflow: 'deploy.yml', ref: 'trunk' })).toEqual({ workflow: 'deploy.yml@trunk' });
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

  it('is not given a tag that a command line could take for more; where it is not sent, one may go back from it, but not forward again', () => {
    const odd = (facts: Partial<RollbackFacts>, inputs: Record<string, string>) =>
      strategyOf('dispatch-workflow').plan({ ...FACTS, ...facts }, { workflow: 'deploy.yml', inputs }, CONTEXT);
    const named = (release: 'target' | 'current') => ({ [release]: { ...FACTS[release], tag: 'v1$(id)' } }) as Partial<RollbackFacts>; // a release with another tag
    const refused = { kind: 'not-applicable', because: expect.stringMatching(/v1\$\(id\) holds characters that a deploy script could take for a command/) };
    expect(odd(named('target'), { tag: '{{ tag }}' })).toEqual(refused);
    expect(odd(named('current'), { tag: '{{ tag }}', from: '{{from}}' })).toEqual(refused);
    expect(odd(named('current'), { tag: '{{ tag }}' })).toMatchObject({ kind: 'applicable', actions: [{ inputs: { tag: 'v2' } }], undo: [] });
    expect(odd(named('target'), { environment: 'production' })).toMatchObject({ kind: 'applicable' });
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
    const checked = strategyOf('dispatch-workflow').options.safeParse(options);
    expect(checked.error && z.prettifyError(checked.error)).toMatch(says);
  });
});

describe('make-latest', () => {
  const plan = (facts: Partial<RollbackFacts> = {}) => strategyOf('make-latest').plan({ ...FACTS, ...facts }, {}, CONTEXT);
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
