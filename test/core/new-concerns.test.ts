/** What voids an approval: something that speaks against the plan and was not shown. What does not: time that passes, and other words for the same. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newConcerns, RENEWED, renewed } from '../../src/core/new-concerns.ts';
import { preflight } from '../../src/core/preflight.ts';
import type { Check } from '../../src/core/rollback.ts';
import type { RollbackFacts } from '../../src/core/rollback-facts.ts';
import { FILES } from '../fixtures/preflight/files.ts';
import { CODE_MIGRATIONS } from '../fixtures/preflight/migrations-code.ts';
import { SQL_MIGRATIONS } from '../fixtures/preflight/migrations-sql.ts';
import { RELEASES } from '../fixtures/preflight/releases.ts';
import { plan } from './given.ts';
import { draft, landed, MIN, SAFE } from './preflight-given.ts';

const PAIRS = [...SQL_MIGRATIONS, ...CODE_MIGRATIONS, ...FILES, ...RELEASES];
const warn = (more: Partial<Check> = {}): Check => ({ name: 'Artifacts', verdict: 'warn', because: 'the image is unknown', ...more });
const news = (before: readonly Check[], now: readonly Check[]): readonly string[] => newConcerns({ checks: before }, { checks: now }).map(({ name }) => name);

describe('what was not shown', () => {
  it.each<[string, readonly Check[], readonly Check[]]>([
    ['a warning where there was none', [], [warn()]],
    ['a warning where the check was fine', [warn({ verdict: 'ok' })], [warn()]],
    ['a danger where a warning stood', [warn()], [warn({ verdict: 'danger' })]],
    ['the same check for another reason', [warn()], [warn({ because: 'the package is unknown' })]],
    ['the same words about more files', [warn({ files: ['a.sql'] })], [warn({ files: ['a.sql', 'b.sql'] })]],
    ['the same words about something else', [warn({ about: ['image'] })], [warn({ about: ['image', 'package'] })]],
    ['another red beside a red', [warn({ verdict: 'danger', name: 'Migrations' })], [warn({ verdict: 'danger', name: 'Migrations' }), warn()]],
  ])('%s is new', (_, before, now) => {
    expect(news(before, now)).toEqual(['Artifacts']);
  });

  it.each<[string, readonly Check[], readonly Check[]]>([
    ['the same once more', [warn()], [warn()]],
    ['a check that is fine now', [warn()], [warn({ verdict: 'ok' })]],
    ['a warning where a danger stood', [warn({ verdict: 'danger' })], [warn()]],
    ['fewer files', [warn({ files: ['a.sql', 'b.sql'] })], [warn({ files: ['b.sql'] })]],
    ['another cause of the same', [warn({ about: ['image'] })], [warn({ about: ['image'], because: 'the registry answers 502' })]],
    ['less of the same', [warn({ about: ['image', 'package'] })], [warn({ about: ['package'], because: 'the package is unknown' })]],
    ['a plan of an older version, which says only its reason', [warn()], [warn({ about: ['image'] })]],
    ['a new check that is fine', [], [warn({ verdict: 'ok' })]],
  ])('%s is not', (_, before, now) => {
    expect(news(before, now)).toEqual([]);
  });
});

it('a plan that is asked for again says first what is new, and is not new itself the next time', () => {
  const again = renewed({ ...plan, light: 'amber', checks: [warn()] }, [warn()], 'Grace');
  expect(again.checks).toEqual([
    { name: RENEWED, verdict: 'warn', because: 'Artifacts: Grace approved a plan that did not show this; nothing was sent' },
    warn(),
  ]);
  expect(newConcerns(again, { checks: [warn()] })).toEqual([]);
});

const age = fc.integer({ min: 0, max: 9 * 60 }).map((minutes) => minutes * MIN);
const word = fc.constantFrom('GitHub answered 502', 'timed out after 10 s', 'the line was cut', 'GitHub answered 503 (request C0FE:1)');
const state = fc.constantFrom('success', 'failure', 'error', 'queued', 'in_progress', 'waiting', 'inactive', 'unknown');
const deployment = fc.record({
  id: fc.integer({ min: 1, max: 99 }),
  ref: fc.constantFrom('v1', 'v2', 'v3', 'main'),
  letter: fc.constantFrom('a', 'b', 'c'),
  state,
  age,
});
const missing = <T>(of: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(of, { nil: undefined, freq: 3 });

/** Facts of every kind of trouble, with the ages and causes that stand in the words. */
const troubled = fc
  .record({
    deployments: missing(fc.array(deployment, { maxLength: 5 })),
    unknown: fc.subarray(['image a', 'image b', 'release file c']),
    protection: missing(fc.record({ reviewers: fc.boolean(), waitMinutes: fc.constantFrom(0, 30), branchPolicy: fc.boolean() })),
    compare: missing(fc.constant(SAFE.compare)),
    workflow: missing(fc.constantFrom(SAFE.workflows['deploy.yml@main'])),
    running: missing(fc.constant([])),
  })
  .map(({ deployments, unknown, protection, compare, workflow, running }) => {
    const listed = deployments?.map(({ age: since, letter, ...rest }) => landed(rest.id, rest.ref, letter, { ...rest, at: SAFE.readAt - since }));
    return (cause: string, readAt: number): RollbackFacts => ({
      ...SAFE,
      readAt,
      deployments: listed?.toSorted((a, b) => b.at - a.at),
      artifacts: unknown.map((name) => ({ name, state: 'unknown', because: cause })),
      protection,
      compare,
      workflows: { 'deploy.yml@main': workflow },
      running,
      gaps: ['protection', 'compare', 'workflow'].map((name) => `${name}: ${cause}`),
    });
  });

describe('the same facts, read again', () => {
  it('are never new some minutes later, in any of the fixture pairs', () => {
    for (const { name, facts, draft: of } of PAIRS)
      for (const minutes of [1, 9, 29, 61, 600]) {
        const later = preflight({ ...facts, readAt: facts.readAt + minutes * MIN }, of);
        expect(news(preflight(facts, of), later), `${name}, ${minutes} min later`).toEqual([]);
      }
  });

  it('are never new some minutes later, nor for another cause of not knowing, whatever the trouble is', () => {
    let [warned, reworded] = [0, 0];
    const again = fc.property(troubled, word, word, fc.integer({ min: 0, max: 120 * MIN }), (facts, was, is, laterMs) => {
      const before = preflight(facts(was, SAFE.readAt), draft);
      const after = preflight(facts(is, SAFE.readAt + laterMs), draft);
      if (before.some(({ verdict }) => verdict !== 'ok')) warned += 1;
      if (JSON.stringify(before) !== JSON.stringify(after)) reworded += 1;
      return news(before, after).length === 0;
    });
    fc.assert(again, { numRuns: 3_000 });
    // A test of words that never differ would prove nothing.
    expect(warned).toBeGreaterThan(1_000);
    expect(reworded).toBeGreaterThan(1_000);
  });

  it('with one more trouble are always new', () => {
    const worse = fc.property(troubled, word, (facts, cause) => {
      const before = facts(cause, SAFE.readAt);
      const more: RollbackFacts = { ...before, artifacts: [...before.artifacts, { name: 'image new', state: 'unknown', because: cause }] };
      return news(preflight(before, draft), preflight(more, draft)).includes('Artifacts');
    });
    fc.assert(worse, { numRuns: 500 });
  });
});
