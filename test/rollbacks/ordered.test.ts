import { describe, expect, it } from 'vitest';
import type { RollbackFacts } from '../../src/core/rollback-facts.ts';
import { FACTS } from './facts.ts';
import { listed, madePlan, planOf } from './known.ts';

const deploy = listed('dispatch-workflow');
const latest = listed('make-latest');
const move = listed('move-ref', { ref: 'heads/stable' });
const revert = listed('revert-pr');
const again = listed('redeploy');
/** make-latest does not apply to a pre-release. */
const PRE: Partial<RollbackFacts> = { releases: FACTS.releases.map((one) => ({ ...one, prerelease: one.tag === 'v2' })) };
/** Asked for the tag that runs. */
const SAME: Partial<RollbackFacts> = {
  target: FACTS.current && { ...FACTS.current, releaseId: 3, immutable: false },
  compare: FACTS.compare && { ...FACTS.compare, commits: 0, status: 'identical' },
};

describe('the strategies of a service', () => {
  it('are tried in its order: the first that applies makes the plan, the others say why they do not', () => {
    expect(madePlan(PRE, { configured: [latest, deploy, move, listed('rerun-deploy', { workflow: 'other.yml' })] })).toMatchObject({
      strategy: 'dispatch-workflow',
      actions: [{ kind: 'dispatchWorkflow' }],
      others: [
        { strategy: 'make-latest', applicable: false, because: 'v2 is a pre-release and cannot be the latest one' },
        { strategy: 'move-ref', applicable: true, because: 'comes later in services.yml' },
        { strategy: 'rerun-deploy', applicable: false, because: 'the runs of other.yml could not be read' },
      ],
    });
  });

  it('are chosen by a person: that one makes the plan', () => {
    expect(madePlan({}, { configured: [deploy, latest, move], strategy: 'make-latest' })).toMatchObject({
      strategy: 'make-latest',
      actions: [{ kind: 'markRelease' }, { kind: 'markRelease' }],
      others: [
        { strategy: 'dispatch-workflow', applicable: true, because: 'make-latest was chosen instead' },
        { strategy: 'move-ref', applicable: true, because: 'comes later in services.yml' },
      ],
    });
  });

  it.each([
    ['does not apply', PRE, 'make-latest', /the strategy that was chosen does not apply \(make-latest: v2 is a pre-release/],
    ['is not one of the service', {}, 'revert-pr', /services\.yml does not list revert-pr for this service; it lists dispatch-workflow, make-latest/],
  ] as const)('make no plan when the one that was chosen %s, though another would', (_, facts, strategy, because) => {
    expect(planOf(facts, { configured: [deploy, latest], strategy })).toMatchObject({
      kind: 'refused',
      code: 'E_PREFLIGHT',
      because: expect.stringMatching(because),
    });
  });

  it('may be there twice with other options: the first that applies is taken, also when it was chosen', () => {
    const [there, gone] = [listed('move-ref', { ref: 'heads/stable' }), listed('move-ref', { ref: 'heads/gone' })];
    for (const strategy of [undefined, 'move-ref'])
      expect(madePlan({}, { configured: [gone, there], strategy })).toMatchObject({
        actions: [{ ref: 'heads/stable' }],
        others: [{ strategy: 'move-ref', applicable: false }],
      });
  });

  it('all say why when none applies', () => {
    const planned = planOf(PRE, { configured: [latest, listed('move-ref', { ref: 'heads/gone' })] });
    expect(planned).toMatchObject({
      because: expect.stringMatching(/no strategy applies \(make-latest: .*; move-ref: where heads\/gone points could not be read\)/),
    });
  });

  it('none applies because of a name nobody may be handed: the name is at fault', () => {
    const odd = FACTS.current && { current: { ...FACTS.current, tag: 'v3`id`' } };
    const inputs = { tag: '{{ tag }}', from: '{{ from }}' };
    expect(planOf(odd, { configured: [listed('dispatch-workflow', { workflow: 'deploy.yml', inputs })] })).toMatchObject({ code: 'E_TAG_SYNTAX' });
  });
});

describe('the tag that runs', () => {
  it('is deployed once more by redeploy, wherever that stands, and by nothing else', () => {
    expect(madePlan(SAME, { configured: [deploy, again], tag: 'v3' })).toMatchObject({
      strategy: 'redeploy',
      direction: 'back',
      from: { tag: 'v3' },
      to: { tag: 'v3' },
      actions: [{ kind: 'dispatchWorkflow', inputs: { tag: 'v3' } }],
      undo: [],
      others: [{ strategy: 'dispatch-workflow', applicable: false, because: 'v3 runs already; only redeploy deploys it once more' }],
    });
  });

  it('is refused as nothing to do where the service has no redeploy', () => {
    expect(planOf(SAME, { configured: [deploy, latest], tag: 'v3' })).toMatchObject({ kind: 'refused', code: 'E_NOOP' });
  });

  it('is refused with the reason of the inner strategy where that does not apply', () => {
    const rerun = listed('redeploy', { with: { use: 'rerun-deploy', options: { workflow: 'other.yml' } } });
    expect(planOf(SAME, { configured: [deploy, rerun], tag: 'v3' })).toMatchObject({
      because: expect.stringMatching(/redeploy: rerun-deploy: the runs of other\.yml/),
    });
  });

  it('is not what redeploy is for when another tag was asked for', () => {
    expect(planOf({}, { configured: [again] })).toMatchObject({ kind: 'refused', because: expect.stringMatching(/name this tag to use it/) });
    expect(madePlan({}, { configured: [again, deploy] })).toMatchObject({
      strategy: 'dispatch-workflow',
      others: [{ strategy: 'redeploy', applicable: false }],
    });
  });
});

describe('a revert', () => {
  it('warns where main is ahead of the release that runs: what is not released yet is undone as well', () => {
    const ahead = madePlan({ refs: { 'heads/main': 'd'.repeat(40) } }, { configured: [revert] });
    expect(ahead.checks).toContainEqual({
      name: 'Revert',
      verdict: 'warn',
      because: 'main is at ddddddd, not at v3: newer commits that are not released yet are undone as well',
      watch: expect.stringMatching(/merged into main and is not released yet/),
    });
    expect(ahead.light).not.toBe('green');
    expect(madePlan({}, { configured: [revert] }).checks.filter(({ name }) => name === 'Revert')).toEqual([]);
  });
});
