import { describe, expect, it } from 'vitest';
import { CHECKS, type Draft } from '../../src/core/preflight.ts';
import type { RollbackAction } from '../../src/core/rollback.ts';
import type { CompareFacts, RollbackFacts } from '../../src/core/rollback-facts.ts';
import { compare, current, dispatch, run, target, WORKFLOW, worries } from './preflight-given.ts';

describe('migrations', () => {
  const files = ['db/migrate/001.sql', 'db/migrate/002.sql'];
  const checkOf = (facts: Partial<RollbackFacts>, of: Partial<Draft> = {}) => run(facts, of).find(({ name }) => name === CHECKS.migrations);
  const between = { ...compare, migrations: files };
  it('in between are named, with the question that decides', () => {
    const check = checkOf({ compare: between });
    expect(check).toMatchObject({ verdict: 'danger', files, url: 'https://github.test/compare', asks: 'migrations' });
    expect(check?.because).toMatch(/^2 migrations between v2 and v3 \(001, 002\): were they run\? .*Not run: rolling back is safe$/);
  });

  it('are asked about until every one has an answer', () => {
    const [first = '', second = ''] = files;
    const answer = (file: string, state: 'run' | 'not-run' | 'unknown') => ({ file, state, because: 'ada says so' });
    const asks = (...answers: readonly ReturnType<typeof answer>[]) => {
      const check = checkOf({ compare: between, migrationRuns: answers });
      return [check?.verdict, check?.asks];
    };
    expect(asks(answer(first, 'not-run'))).toEqual(['danger', 'migrations']);
    expect(asks(answer(first, 'not-run'), answer(second, 'unknown'))).toEqual(['danger', 'migrations']);
    expect(asks(answer(first, 'not-run'), answer(second, 'not-run'))).toEqual(['warn', undefined]);
    expect(asks(answer(first, 'not-run'), answer(second, 'run'))).toEqual(['danger', undefined]);
    expect(asks(answer(first, 'unknown'), answer(second, 'unknown'), answer(first, 'not-run'), answer(second, 'not-run'))).toEqual(['warn', undefined]);
  });

  it('with two answers that contradict each other take the worse one, whichever way it goes', () => {
    const [file = ''] = files;
    const both = (['run', 'not-run'] as const).map((state) => ({ file, state, because: 'somebody says so' }));
    const one = { ...compare, migrations: [file] };
    expect(checkOf({ compare: one, migrationRuns: both })?.because).toMatch(/^001 ran after v2/);
    const forward = { target: { ...current, releaseId: 3, immutable: false }, current: target, compare: { ...one, status: 'behind' as const } };
    expect(checkOf({ ...forward, migrationRuns: both.toReversed() }, { direction: 'forward' })?.because).toMatch(/^001 not run: v3 meets the old schema/);
  });

  it('of two places with the same number are told apart', () => {
    const twins = ['shop/migrations/0007_a.py', 'cart/migrations/0007_b.py'];
    expect(checkOf({ compare: { ...compare, migrations: twins } })?.because).toContain('(0007_a, 0007_b)');
    const same = ['shop/migrations/0007_a.py', 'cart/migrations/0007_a.py', 'shop/sql/migrations/0007_a.py'];
    expect(checkOf({ compare: { ...compare, migrations: same } })?.because).toContain('(shop/migrations/0007_a.py, cart/migrations/0007_a.py, ');
  });

  it('beyond the 300 files GitHub lists are not taken for none', () => {
    expect(worries({ compare: { ...compare, truncated: true } })).toEqual([
      'Migrations warn: diff larger than GitHub lists: no migration among the 1 files listed, the rest is unseen',
      'Changed files warn: diff larger than GitHub lists: only the first 1 were looked at',
    ]);
    const [file = ''] = files;
    const truncated = {
      compare: { ...compare, truncated: true, migrations: [file] },
      migrationRuns: [{ file, state: 'not-run' as const, because: 'ada says so' }],
    };
    expect(worries(truncated)[0]).toMatch(/^Migrations warn: 001 not run: .*; diff larger than GitHub lists: there may be more$/);
  });

  it('are what counts, not the dump that the tools write beside them', () => {
    const [file = ''] = files;
    const check = checkOf({ compare: { ...compare, migrations: [file, 'db/schema.rb'] }, migrationRuns: [{ file, state: 'not-run', because: 'no' }] });
    expect(check).toMatchObject({ verdict: 'warn', because: '001 not run: run it, or roll back safely (no)', files: [file] });
  });

  it('a hundred of them make no sentence that is too long, and no list that fills the card', () => {
    const many = Array.from({ length: 100 }, (_, index) => `db/migrate/${20260000000000 + index}_${'x'.repeat(200)}.rb`);
    const check = checkOf({ compare: { ...compare, migrations: many } });
    expect(check?.because).toMatch(/^100 migrations between v2 and v3 \(20260000000000, 20260000000001, 20260000000002 and 97 more\)/);
    expect(check?.because.length).toBeLessThanOrEqual(200);
    expect(check?.files?.length).toBe(20);
  });
});

describe('the environment', () => {
  const protection = { reviewers: false, waitMinutes: 0, branchPolicy: false };
  it.each([
    ['a reviewer', { ...protection, reviewers: true }, ['Environment warn: production is protected: GitHub will wait for a reviewer']],
    ['a timer', { ...protection, waitMinutes: 1 }, ['Environment warn: production is protected: GitHub will wait for 1 minute']],
    ['rules for branches, and ours runs on one', { ...protection, branchPolicy: true }, []],
    ['nobody knows what', undefined, ['Environment warn: whether production is protected could not be found out']],
  ])('has %s', (_, rules, expected) => {
    expect(worries({ protection: rules })).toEqual(expected);
  });

  it('has rules for branches, and the run is of the tag', () => {
    const actions: readonly RollbackAction[] = [{ ...dispatch, ref: 'v2' }];
    const workflows = { 'deploy.yml@v2': WORKFLOW };
    expect(worries({ workflows, protection: { ...protection, branchPolicy: true } }, { actions })).toEqual([
      'Environment warn: production takes only certain branches and tags, and the run would be of v2',
    ]);
  });
});

describe('the artifacts', () => {
  const artifact = (name: string, state: 'there' | 'missing' | 'unknown') => ({ name, state, because: 'the registry said so' });
  it('that are missing refuse, those of which nothing is known warn, and the worse one is said', () => {
    expect(worries({ artifacts: [artifact('image a', 'there'), artifact('file b', 'there')] })).toEqual([]);
    expect(worries({ artifacts: [artifact('image a', 'there'), artifact('file b', 'unknown')] })).toEqual([
      'Artifacts warn: whether file b still exists could not be found out: the registry said so',
    ]);
    expect(worries({ artifacts: [artifact('image a', 'unknown'), artifact('file b', 'missing')] })).toEqual([
      'Artifacts block: v2 cannot be deployed: file b is missing (the registry said so)',
    ]);
  });
});

describe('the globs of the service', () => {
  const files = [{ path: 'etc/limits.cue', status: 'modified' }];
  it('decide what is configuration; without them the usual places do', () => {
    const watch = { config: ['etc/**'], locks: [], api: [], infrastructure: [] };
    expect(worries({ compare: { ...compare, files } }, { watch })).toEqual(['Configuration warn: 1 file differs (etc/limits.cue): v2 comes with its own']);
    expect(worries({ compare: { ...compare, files } })).toEqual([]);
    const lock = [{ path: 'package-lock.json', status: 'modified' }];
    expect(worries({ compare: { ...compare, files: lock } }, { watch })).toEqual([]);
    expect(worries({ compare: { ...compare, files: lock } })).toEqual([expect.stringMatching(/^Dependencies warn/)]);
  });
});

describe('whatever the names', () => {
  it('no check says more than 200 characters', () => {
    const tag = (letter: string) => letter.repeat(128);
    const facts = {
      releases: [],
      current: { ...current, tag: tag('c') },
      target: { ...target, tag: tag('b') },
      compare: { ...compare, migrations: ['db/migrations/0007.sql'], files: [{ path: `config/${'x'.repeat(900)}`, status: 'modified' }] },
      artifacts: [{ name: `image ${'x'.repeat(900)}`, state: 'missing' as const, because: 'y'.repeat(900) }],
      gaps: [`current: ${'z'.repeat(900)}`],
    };
    for (const { name, because } of run(facts)) expect(because.length, name).toBeLessThanOrEqual(200);
  });
});

describe('the way forward again', () => {
  const forward = { current: target, target: { ...current, releaseId: 3, immutable: false } };
  const way = (status: CompareFacts['status']) => worries({ ...forward, compare: { ...compare, status } }, { direction: 'forward' });
  it('wants the newer release, by commits and where they cannot tell by date', () => {
    expect(way('behind')).toEqual([]);
    expect(way('ahead')[0]).toBe('Direction block: v3 is older than v2: this is a rollback, not the way forward again');
    expect(way('diverged')).toEqual([
      'Direction warn: published after v2, but on another line of commits: what only v2 has is not listed',
      'Migrations warn: none on the side of v3; the other line of commits is not listed',
    ]);
  });
});
