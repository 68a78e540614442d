import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import type { RollbackFacts } from '../../src/core/rollback-facts.ts';
import { FACTS } from './facts.ts';
import { applicable, CONTEXT, strategyOf } from './known.ts';

const B = 'b'.repeat(40);
const C = 'c'.repeat(40);
const D = 'd'.repeat(40);
const says = (use: string, options: object): string => {
  const { error } = strategyOf(use).options.safeParse(options);
  return error === undefined ? 'fine' : z.prettifyError(error);
};

describe('move-ref', () => {
  const plan = (ref: string, facts: Partial<RollbackFacts> = {}) => strategyOf('move-ref').plan({ ...FACTS, ...facts }, { ref }, CONTEXT);
  const released = (tag: string, more: { immutable?: boolean; draft?: boolean } = {}) => {
    const [first] = FACTS.releases;
    if (first === undefined) throw new Error('the facts hold releases');
    return { releases: [...FACTS.releases, { ...first, id: 9, tag, ...more }] };
  };

  it.each(['heads/stable', 'tags/stable'])('moves %s to the commit of the target, and knows where it was', (ref) => {
    expect(plan(ref)).toEqual({
      kind: 'applicable',
      actions: [{ kind: 'moveRef', ref, from: C, to: B, tag: 'v2' }],
      undo: [{ kind: 'moveRef', ref, from: B, to: C, tag: 'v3' }],
    });
    expect(strategyOf('move-ref').reads({ ref })).toEqual({ ref });
  });

  it('puts it back to where it was, even if that was not the release that runs', () => {
    expect(plan('tags/stable', { refs: { 'tags/stable': D } })).toMatchObject({ actions: [{ from: D }], undo: [{ from: B, to: D }] });
  });

  it.each([
    ['that could not be read', 'heads/stable', { refs: {} }, /where heads\/stable points could not be read/],
    ['that is not there', 'heads/stable', { refs: { 'heads/stable': null } }, /there is no heads\/stable in acme\/shop/],
    ['that is there already', 'heads/stable', { refs: { 'heads/stable': B } }, /heads\/stable points at v2 already/],
    ['that is the tag of a release', 'tags/v1', { refs: { 'tags/v1': C } }, /a release's own tag is never moved/],
    ['that is the tag of what runs, though it is not listed', 'tags/v3', { releases: [], refs: { 'tags/v3': C } }, /never moved/],
    ['that an immutable release stands on', 'tags/stable', { ...released('stable', { immutable: true }) }, /immutable release: GitHub has locked it/],
    ['that a release stands on', 'tags/stable', { ...released('stable') }, /never moved/],
  ] as const)('does not apply to a ref %s', (_, ref, facts, because) => {
    expect(plan(ref, facts)).toEqual({ kind: 'not-applicable', because: expect.stringMatching(because) });
  });

  it('is not misled by a draft, nor by a branch called like a release', () => {
    expect(plan('tags/stable', released('stable', { draft: true }))).toMatchObject({ kind: 'applicable' });
    expect(plan('heads/v1', { refs: { 'heads/v1': C } })).toMatchObject({ kind: 'applicable' });
  });

  it.each([
    ['stable', /expected e\.g\. heads\/stable/],
    ['refs/heads/stable', /expected/],
    ['heads/', /expected/],
    ['heads/../tags/v1', /expected/],
    ['heads/a..b', /Git takes no such name/],
    ['heads/a.lock', /Git takes no such name/],
    ['heads/a b', /expected/],
    ['heads/$(id)', /expected/],
    ['pull/1/head', /expected/],
    ['heads/main', /the main line is never moved back by force; use revert-pr/],
    ['heads/master', /never moved back by force/],
  ])('refuses the ref %s', (ref, message) => expect(says('move-ref', { ref })).toMatch(message));

  it.each(['heads/production', 'heads/env/eu-1', 'tags/v1.x'])('takes the ref %s', (ref) => expect(says('move-ref', { ref })).toBe('fine'));
});

describe('revert-pr', () => {
  const { compare } = FACTS;
  const plan = (options: object = {}, facts: Partial<RollbackFacts> = {}, reason = CONTEXT.reason) =>
    strategyOf('revert-pr').plan({ ...FACTS, ...facts }, { ...options }, { ...CONTEXT, reason });
  const bodyOf = (facts: Partial<RollbackFacts> = {}, reason?: string): string => {
    const [action] = applicable(plan({}, facts, reason)).actions;
    return action?.kind === 'openRevert' ? action.body : '';
  };
  const file = (path: string) => ({ path, status: 'modified' });

  it('opens a pull request that brings the files of the target back to main, and knows the way back', () => {
    const shared = { kind: 'openRevert', base: 'main', baseSha: C };
    expect(plan()).toEqual({
      kind: 'applicable',
      actions: [{ ...shared, branch: 'tagback/revert-INC-1-rb1', targetSha: B, title: 'Revert v3 to v2', body: expect.any(String) }],
      undo: [
        {
          ...shared,
          branch: 'tagback/revert-INC-1-rb1-undo',
          targetSha: C,
          title: 'Revert v2 to v3',
          body: expect.stringMatching(/Takes the revert to `v2` back/),
        },
      ],
    });
    expect(strategyOf('revert-pr').reads({})).toEqual({ ref: 'heads/main' });
    expect(strategyOf('revert-pr').reads({ base: 'release/2.x' })).toEqual({ ref: 'heads/release/2.x' });
  });

  it('says what it undoes: commits, pull requests, authors, the comparison, files, reason, key', () => {
    const facts = compare && { compare: { ...compare, pulls: [12, 11], files: [file('src/a.ts'), file('src/b.ts')] } };
    expect(bodyOf(facts)).toBe(
      [
        'Brings the files of `v2` (bbbbbbb) back to `main`, because of an incident with `v3` (ccccccc).',
        'Reason: `checkout fails`',
        'Tagback: `INC-1/rb1`',
        'What this undoes: 4 commits. <https://github.test/compare>',
        'Pull requests: #12, #11',
        'Authors: `mira-k`, `jonas-w`',
        'Files:',
        '- `src/a.ts`\n- `src/b.ts`',
        'Changes of the database are not undone by this.',
      ].join('\n\n'),
    );
  });

  it('lists twenty files, and says how many more there are, or that GitHub lists no more', () => {
    const files = Array.from({ length: 30 }, (_, n) => file(`f${n}`));
    const body = bodyOf(compare && { compare: { ...compare, files } });
    expect(body.match(/^- `f\d+`$/gm)).toHaveLength(20);
    expect(body).toContain('- and 10 more\n');
    expect(bodyOf(compare && { compare: { ...compare, files, truncated: true } })).toContain('- and 10 more; GitHub lists no more than 30\n');
  });

  it('says that newer commits are undone as well when main is not the release that runs', () => {
    expect(bodyOf({ refs: { 'heads/main': D } })).toContain('`main` is at ddddddd, not at `v3`: newer commits that are not released yet are undone as well.');
    expect(bodyOf()).not.toContain('undone as well');
  });

  it('says when it cannot say what it undoes', () => {
    expect(bodyOf({ compare: undefined })).toContain('What this undoes could not be read from GitHub');
  });

  it('calls nobody and links nothing that a name from outside asks for', () => {
    const bad = '`@team/all` #1 [x](https://evil.test) <img src=x> <!-- \u202e';
    const facts: Partial<RollbackFacts> = compare
      ? { compare: { ...compare, authors: [bad], files: [file(bad)], pulls: [Number.NaN, -1, 1.5, 7], url: 'https://e.test/a>b @x' } }
      : {};
    const outside = bodyOf(facts, bad).replace(/`[^`\n]*`/g, '');
    expect(outside).not.toMatch(/[@[\]!]|evil|img/);
    expect(outside.match(/#\d+/g)).toEqual(['#7']);
    expect(outside).not.toContain('<http');
  });

  it.each([
    ['could not be read', {}, /where main points could not be read/],
    ['is not there', { 'heads/main': null }, /there is no branch main in acme\/shop/],
    ['is at the target already', { 'heads/main': B }, /main is at v2 already/],
  ] as const)('does not apply where the base %s', (_, refs, because) => {
    expect(plan({}, { refs })).toEqual({ kind: 'not-applicable', because: expect.stringMatching(because) });
  });

  it('makes a title of one line', () => {
    expect(plan({ title: 'Back: {{ reason }}' }, {}, 'a\nb')).toMatchObject({ actions: [{ title: 'Back: a b' }] });
    expect(applicable(plan({ title: '{{ reason }} '.repeat(3) }, {}, 'x'.repeat(300))).actions).toMatchObject([{ title: expect.stringMatching(/^.{200}$/) }]);
  });

  it.each([
    [{ base: 'a b' }, /expected a branch such as main/],
    [{ base: '-x' }, /expected a branch/],
    [{ title: '{{ sha }}' }, /unknown variable/],
  ])('refuses the options %j', (options, message) => expect(says('revert-pr', options)).toMatch(message));
});
