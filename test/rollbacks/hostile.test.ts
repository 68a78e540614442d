/** What comes from outside fills values; it never adds one, never adds a line, and never becomes more than text. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../src/core/model.ts';
import type { RollbackAction } from '../../src/core/rollback.ts';
import type { RollbackFacts } from '../../src/core/rollback-facts.ts';
import { isTag } from '../../src/core/tag.ts';
import { STRATEGIES } from '../../src/rollbacks/index.ts';
import type { Proposal } from '../../src/rollbacks/strategy.ts';
import { FACTS, RUN_OF_V3 } from './facts.ts';
import { OPTIONS, strategyOf } from './known.ts';

const SEED = Number(process.env.SEED ?? Date.now() % 1e9);
console.info(`SEED=${SEED}`);
const RUNS = { seed: SEED, numRuns: 400 };

const PARTS = [
  '\n',
  '\r\n',
  '\u2028',
  '\u0000',
  '\u202e',
  '`',
  '$'.concat('{{ github.token }}'),
  '{{ key }}',
  '{{ reason }}',
  '$(id)',
  '"',
  '\\',
  '@team',
  '#1',
  '](',
  '<!--',
  '-->',
  '", "x": "',
];
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 400 }),
  fc.array(fc.oneof(fc.constantFrom(...PARTS), fc.string({ maxLength: 9 })), { maxLength: 40 }).map((parts) => parts.join('')),
);
/** Options in which every text that may be filled is filled with everything. */
const ALL = '{{ tag }} {{ from }} {{ reason }} {{ key }}';
const TALKATIVE: Readonly<Record<string, Json>> = {
  ...OPTIONS,
  'dispatch-workflow': { workflow: 'deploy.yml', inputs: { a: ALL, b: '{{ tag }}', tagback_id: '{{ key }}' } },
  'create-deployment': { description: ALL },
  'repository-dispatch': { event_type: 'rollback', payload: { a: ALL, b: '{{ tag }}' } },
  'revert-pr': { title: ALL },
};
const plain = STRATEGIES.map(({ use }) => use).filter((use) => use !== 'redeploy');
const plan = (use: string, facts: Partial<RollbackFacts>, reason: string): Proposal =>
  strategyOf(use).plan({ ...FACTS, deployRuns: { ...FACTS.deployRuns, 'deploy.yml@v3': RUN_OF_V3 }, ...facts }, TALKATIVE[use] ?? {}, {
    key: 'INC-1/rb1',
    reason,
  });
const actionsOf = (proposal: Proposal): readonly RollbackAction[] => (proposal.kind === 'applicable' ? [...proposal.actions, ...proposal.undo] : []);

/** All names and all texts of an action, as deep as they go. */
function leaves(value: unknown, path = ''): readonly (readonly [string, unknown])[] {
  if (typeof value !== 'object' || value === null) return [[path, value]];
  return Object.entries(value).flatMap(([name, inner]) => leaves(inner, `${path}.${name}`));
}
const namesOf = (actions: readonly RollbackAction[]): readonly string[] => actions.flatMap((action) => leaves(action).map(([path]) => path));
const isBody = (path: string): boolean => path === '.body';

describe.each(plain)('%s, whatever stands in a reason', (use) => {
  const usual = actionsOf(plan(use, {}, 'errors'));

  it('sends the same inputs and keys as ever, each of them one line without anything invisible', () => {
    expect(usual.length).toBeGreaterThan(0);
    fc.assert(
      fc.property(text, (reason) => {
        const actions = actionsOf(plan(use, {}, reason));
        expect(namesOf(actions)).toEqual(namesOf(usual));
        for (const [path, value] of actions.flatMap((action) => leaves(action))) {
          if (typeof value !== 'string') continue;
          expect(isBody(path) ? value.replaceAll('\n', '') : value, path).not.toMatch(/[\p{C}\u2028\u2029]/u);
          expect(value.length).toBeLessThan(isBody(path) ? 20_000 : 1_000);
        }
      }),
      RUNS,
    );
  });

  it('sends the tag, the key and the branch untouched by it', () => {
    fc.assert(
      fc.property(text, (reason) => {
        const fixed = (actions: readonly RollbackAction[]) =>
          actions.flatMap((action) => leaves(action)).filter(([path]) => /\.(?:tagback_id|b|tag|ref|sha|branch|runId|eventType|kind)$/.test(path));
        expect(fixed(actionsOf(plan(use, {}, reason)))).toEqual(fixed(usual));
      }),
      RUNS,
    );
  });
});

describe.each(plain)('%s, whatever a release is called', (use) => {
  it('sends no name that is not a tag where a script could read it', () => {
    fc.assert(
      fc.property(
        text.filter((tag) => !isTag(tag) && tag.trim() !== ''),
        fc.boolean(),
        (tag, isTarget) => {
          const release = isTarget ? { target: FACTS.target && { ...FACTS.target, tag } } : { current: FACTS.current && { ...FACTS.current, tag } };
          for (const action of actionsOf(plan(use, release, 'errors'))) {
            // These carry ids and commits to GitHub; their tag is for people. A pull request is text, looked at below.
            if (['markRelease', 'moveRef', 'rerunRun', 'openRevert'].includes(action.kind)) continue;
            for (const [path, value] of leaves(action))
              if (/\.(?:tag|ref|b|from)$/.test(path)) expect(isTag(String(value)), `${path} ${String(value)}`).toBe(true);
          }
        },
      ),
      RUNS,
    );
  });
});

describe('the text of a pull request', () => {
  const outside = (body: string): string => body.replace(/`[^`\n]*`/g, '');

  it('has the same lines whatever is in it, and everything foreign stands in code spans', () => {
    const { compare, current } = FACTS;
    if (compare === undefined || current === undefined) throw new Error('the facts hold them');
    const bodies = (foreign: string) => {
      const facts = {
        current: { ...current, tag: foreign },
        compare: { ...compare, authors: [foreign, foreign], files: [{ path: foreign, status: 'added' }] },
      };
      return actionsOf(plan('revert-pr', facts, foreign)).flatMap((action) => (action.kind === 'openRevert' ? [outside(action.body)] : []));
    };
    const usual = bodies('x');
    expect(usual).toHaveLength(2);
    fc.assert(
      fc.property(text, (foreign) => {
        expect(bodies(foreign)).toEqual(usual);
      }),
      RUNS,
    );
  });
});
