import { describe, expect, it } from 'vitest';
import { CHECKS } from '../../src/core/preflight.ts';
import type { RollbackAction } from '../../src/core/rollback.ts';
import type { WorkflowFacts } from '../../src/core/rollback-facts.ts';
import { compare, current, dispatch, entry, landed, MIN, mark, NOW, run, target, WORKFLOW, worries } from './preflight-given.ts';

describe('a safe rollback', () => {
  it('comes out all ok, with a reason for each', () => {
    const checks = run({});
    expect(checks.map(({ name, verdict }) => `${name} ${verdict}`)).toEqual([
      'Target ok',
      'Running now ok',
      'Change ok',
      'Direction ok',
      'Releases between ok',
      'Proven before ok',
      'Migrations ok',
      'Changed files ok',
      'Workflow ok',
      'Environment ok',
      'Other deployments ok',
    ]);
    expect(checks.map(({ because }) => because)).toEqual([
      'v2 is published and points at bbbbbbb',
      'v3 runs in production',
      'v3 is replaced by v2',
      'v3 is 6 commits ahead of v2',
      'no release lies between v2 and v3',
      'v2 was deployed to production with success 8 h ago and ran until 7 h ago',
      'none among 1 changed file',
      '1 changed file, nothing among them that needs a look before going',
      'deploy.yml at main is active and takes tag, tagback_id',
      'production makes nobody wait',
      'no run and no deployment is open',
    ]);
  });

  it('by release mark asks nothing of a workflow', () => {
    expect(run({ workflows: {}, running: undefined }, { actions: [mark] }).every(({ verdict }) => verdict === 'ok')).toBe(true);
  });

  it('is also one whose target was deployed twice, or is immutable, or whose current release is a pre-release', () => {
    expect(worries({ deployments: [landed(4, 'v3', 'c'), landed(3, 'v2', 'b'), landed(2, 'v3', 'c'), landed(1, 'v2', 'b')] })).toEqual([]);
    expect(worries({ target: { ...target, immutable: true } })).toEqual([]);
    expect(worries({ releases: [entry(3, 'v3', { prerelease: true }), entry(2, 'v2')] })).toEqual([]);
  });
});

describe('the target', () => {
  it.each([
    ['unknown', { target: undefined }, { tag: 'v22' }, 'Target block: there is no release v22 in acme/shop; nearest: v2, v3, v1'],
    ['unknown in a repository without releases', { target: undefined, releases: [] }, { tag: 'v22' }, 'Target block: there is no release v22 in acme/shop'],
    ['a draft', { target: undefined }, { tag: 'v4' }, 'Target block: v4 is a draft; publish it or name another tag'],
    [
      'unreadable',
      { target: undefined, gaps: ['target: could not read which commit v2 of acme/shop points at: GitHub answered 500'] },
      { tag: 'v2' },
      'Target block: could not read which commit v2 of acme/shop points at: GitHub answered 500',
    ],
    ['not found by the rule', { target: undefined, gaps: ['target: no release before v3 ran'] }, {}, 'Target block: no release before v3 ran'],
    ['not found, nobody knows why', { target: undefined }, {}, 'Target block: no earlier release to go back to is known in acme/shop; name a tag'],
    [
      'a pre-release',
      { releases: [entry(3, 'v3'), entry(2, 'v2', { prerelease: true })] },
      {},
      'Target warn: v2 is published and points at bbbbbbb, but is marked as a pre-release',
    ],
  ] as const)('%s', (_, facts, of, worry) => {
    expect(worries(facts, of)).toEqual([worry]);
  });

  it('that runs already is refused, and only that is said', () => {
    expect(worries({ target: { ...current, releaseId: 3, immutable: false } })).toEqual(['Change block: v3 is already live since 7 h ago; nothing to do']);
  });

  it.each([[{ target: { ...target, sha: current.sha } }], [{ compare: { ...compare, status: 'identical' as const } }]])(
    'that is the same commit is refused (%#)',
    (facts) => {
      expect(worries(facts)).toContainEqual(expect.stringMatching(/^Change block: v2 and v3 are the same commit/));
    },
  );
});

describe('what runs now', () => {
  it('must be known', () => {
    expect(worries({ current: undefined, target: undefined, gaps: ['current: no successful deployment was found'] })[1]).toBe(
      'Running now block: what runs in production could not be found out: no successful deployment was found',
    );
    expect(worries({ current: undefined })).toEqual(['Running now block: what runs in production could not be found out']);
  });

  it('is doubted aloud when two sources differ', () => {
    expect(worries({ gaps: ['current: the service says it runs v3, the newest successful deployment says v2'] })).toEqual([
      'Running now warn: v3 is taken for what runs; the service says it runs v3, the newest successful deployment says v2',
    ]);
  });
});

describe('the direction', () => {
  const forward = 'Direction block: v2 is newer than v3: this is a roll-forward; use the deploy flow';
  it.each([
    ['behind by commits', { compare: { ...compare, status: 'behind' as const } }, [forward]],
    ['behind by commits, although published before', { compare: { ...compare, status: 'behind' as const }, target: { ...target, publishedAt: 0 } }, [forward]],
    ['ahead by commits, although published later', { target: { ...target, publishedAt: NOW } }, []],
    [
      'diverged and published later',
      { compare: { ...compare, status: 'diverged' as const }, target: { ...target, publishedAt: NOW } },
      [forward, expect.stringMatching(/^Migrations warn/)],
    ],
    [
      'diverged',
      { compare: { ...compare, status: 'diverged' as const } },
      [
        'Direction warn: published before v3, but on another line of commits: what only v2 has is not listed',
        'Migrations warn: none on the side of v3; the other line of commits is not listed',
      ],
    ],
    [
      'not comparable',
      { compare: undefined },
      [
        'Migrations danger: whether migrations lie between v2 and v3 could not be found out',
        'Direction warn: published before v3, but the commits could not be compared',
      ],
    ],
    [
      'not comparable and without dates',
      { compare: undefined, target: { ...target, publishedAt: undefined } },
      [
        expect.stringMatching(/^Migrations danger/),
        'Direction warn: whether v2 is older than v3 could not be determined',
        'Releases between warn: how many releases lie between v2 and v3 could not be found out',
      ],
    ],
  ])('%s', (_, facts, expected) => {
    expect(worries(facts)).toEqual(expected);
  });
});

describe('whether the target ever ran', () => {
  it.each([
    [
      'not known',
      { deployments: undefined },
      [
        'Proven before warn: whether v2 ever ran in production could not be determined',
        'Other deployments warn: whether something else is being deployed could not be determined',
      ],
    ],
    ['never', { deployments: [landed(3, 'v3', 'c')] }, ['Proven before warn: v2 is not known to have run in production: no deployment of it was found']],
    [
      'failed',
      { deployments: [landed(3, 'v3', 'c'), landed(2, 'v2', 'b', { state: 'failure' })] },
      ['Proven before danger: the last deployment of v2 to production ended as failure 8 h ago'],
    ],
    [
      'failed the last time, although it ran before',
      { deployments: [landed(4, 'v2', 'b', { state: 'error' }), landed(3, 'v3', 'c'), landed(2, 'v2', 'b')] },
      ['Proven before danger: the last deployment of v2 to production ended as error 6 h ago'],
    ],
    [
      'of unknown state',
      { deployments: [landed(3, 'v3', 'c'), landed(2, 'v2', 'b', { state: 'unknown' })] },
      ['Proven before warn: v2 is not known to have run in production: its last deployment is of unknown state'],
    ],
    [
      'ran for nine minutes',
      { deployments: [landed(3, 'v3', 'c'), landed(2, 'v2', 'b', { at: landed(3, 'v3', 'c').at - 9 * MIN })] },
      ['Proven before warn: v2 ran in production for 9 min only, then v3 took its place'],
    ],
    ['ran for ten minutes', { deployments: [landed(3, 'v3', 'c'), landed(2, 'v2', 'b', { at: landed(3, 'v3', 'c').at - 10 * MIN })] }, []],
    [
      'ran for a day once and for a minute later',
      {
        deployments: [
          landed(5, 'v3', 'c'),
          landed(4, 'v2', 'b', { at: landed(5, 'v3', 'c').at - MIN }),
          landed(3, 'v1', 'a', { at: landed(5, 'v3', 'c').at - 60 * MIN }),
          landed(2, 'v2', 'b', { at: NOW - 24 * 60 * MIN }),
        ],
      },
      [],
    ],
    [
      'moved since',
      { deployments: [landed(3, 'v3', 'c'), landed(2, 'v2', 'a')] },
      ['Proven before warn: v2 ran as aaaaaaa, but the tag was moved and points at bbbbbbb now'],
    ],
  ])('%s', (_, facts, expected) => {
    expect(worries(facts)).toEqual(expected);
  });
});

describe('the workflow', () => {
  const because = (of: Partial<WorkflowFacts> | undefined, gaps: readonly string[] = [], actions: readonly RollbackAction[] = [dispatch]) =>
    worries({ workflows: { 'deploy.yml@main': of && { ...WORKFLOW, ...of } }, gaps }, { actions });
  const given = (inputs: Record<string, string>): readonly RollbackAction[] => [{ ...dispatch, inputs }];
  it.each([
    ['missing', because({ state: 'missing' }), 'block: there is no workflow deploy.yml in acme/shop; check services.yml → rollback.strategies → workflow'],
    ['switched off', because({ state: 'disabled_manually' }), 'block: deploy.yml is switched off (disabled_manually); enable it on GitHub'],
    ['not dispatchable', because({ dispatchable: false }), 'block: deploy.yml at main has no workflow_dispatch trigger'],
    ['not on the branch', because({ dispatchable: false }, ['workflow: deploy.yml does not exist at main']), 'block: deploy.yml does not exist at main'],
    [
      'unreadable',
      because(undefined, ['workflow: GitHub answered 500']),
      'warn: deploy.yml could not be read: GitHub answered 500; GitHub refuses the dispatch if it does not fit',
    ],
    ['with unreadable inputs', because({ inputs: undefined }), 'warn: which inputs deploy.yml takes could not be read'],
    [
      'without an input we send',
      because({}, [], given({ tag: 'v2', version: '2' })),
      'block: deploy.yml at main has no input "version"; it takes tag, tagback_id',
    ],
    ['with an input we do not send', because({}, [], given({ tagback_id: 'k' })), 'block: deploy.yml at main requires the input "tag", which is not given'],
    ['with an input we send empty', because({}, [], given({ tag: '' })), 'block: deploy.yml at main requires the input "tag", which is not given'],
    [
      'with a choice that lacks our value',
      because({ inputs: [{ name: 'tag', required: true, options: ['v1', 'v3'] }] }, [], given({ tag: 'v2' })),
      'block: deploy.yml at main takes for "tag" only v1, v3',
    ],
  ])('%s', (_, found, expected) => {
    expect(found).toEqual([`Workflow ${expected}`]);
  });
});

describe('other deployments', () => {
  it('that run block, with a link', () => {
    const [check] = run({ running: [{ id: 9, url: 'https://github.test/run/9', title: 'Deploy v3' }] });
    expect(check).toMatchObject({ name: CHECKS.quiet, verdict: 'block', url: 'https://github.test/run/9', because: expect.stringContaining('Deploy v3') });
  });

  it('that cannot be seen are not taken for none', () => {
    expect(worries({ running: undefined })).toEqual(['Other deployments warn: whether something else is being deployed could not be determined']);
  });

  it('left open by others are a danger for half an hour and a warning for six', () => {
    const open = (ageMs: number) =>
      worries({ deployments: [landed(4, 'v3', 'c', { state: 'in_progress', at: NOW - ageMs }), landed(3, 'v3', 'c'), landed(2, 'v2', 'b')] });
    expect(open(5 * MIN)).toEqual(['Other deployments danger: a deployment of v3 has not ended (in_progress, begun 5 min ago)']);
    expect(open(31 * MIN)).toEqual(['Other deployments warn: a deployment of v3 has not ended (in_progress, begun 31 min ago)']);
    expect(open(7 * 60 * MIN)).toEqual([]);
  });
});

describe('a name that a shell could take for a command', () => {
  it.each([
    ['as the target', { target: { ...target, tag: 'v1$(id)' } }, {}],
    [
      'as what runs, when it is sent',
      { current: { ...current, tag: 'v3;id' } },
      { actions: [{ ...dispatch, inputs: { tag: 'v2', tagback_id: 'k', reason: 'from v3;id' } }] },
    ],
  ] as const)('%s is refused', (_, facts, of) => {
    expect(worries(facts, of)[0]).toMatch(/^Target block: the name .* holds characters that a deploy script could take for a command/);
  });
});
