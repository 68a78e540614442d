import { describe, expect, it } from 'vitest';
import { applyAction } from '../../src/github/apply.ts';
import { apply, effectsOf, find, moveOf, REPO, shaOf, writes } from './deed-cases.ts';
import { API, clientAt, failureOf, never } from './parts.ts';
import { sandbox } from './sandbox.ts';

const [FROM, TO, ELSEWHERE] = ['a', 'b', 'c'].map((digit) => digit.repeat(40));
const ACTION = { kind: 'moveRef', ref: 'heads/stable', from: FROM ?? '', to: TO ?? '', tag: 'v1' } as const;

describe('moving a branch or a tag', () => {
  it.each(['heads/stable', 'tags/stable'])('%s is forced to the commit and reads back', async (ref) => {
    const stage = await sandbox();
    const action = moveOf(stage, { ref });
    await apply(stage, action);
    expect(stage.server.commitAt(ref)).toBe(action.to);
    expect(writes(stage).map(({ method, path, body }) => [method, decodeURIComponent(path), JSON.parse(body)])).toEqual([
      ['PATCH', `/repos/${REPO}/git/refs/${ref}`, { sha: action.to, force: true }],
    ]);
  });

  it('that is there already is done, and nothing is sent', async () => {
    const stage = await sandbox();
    const action = moveOf(stage, { to: shaOf(stage, 'heads/stable') });
    expect(await apply(stage, action)).toEqual({ kind: 'ref', id: 0, url: `${stage.server.url}/${REPO}/tree/stable` });
    expect(writes(stage)).toEqual([]);
  });

  it('that somebody moved since the plan was made sends nothing and says where it points', async () => {
    const stage = await sandbox();
    const action = moveOf(stage, { from: shaOf(stage, 'tags/v2.13.0') });
    const failure = await failureOf(apply(stage, action));
    expect(failure).toMatchObject({ code: 'E_PLAN_MOVED', unclear: false, permanent: true });
    expect(failure.message).toBe(
      `could not move stable of acme/shop to v2.13.2: it points at ${shaOf(stage, 'heads/stable').slice(0, 7)} now, and the plan was made when it pointed at ${action.from.slice(0, 7)}; nothing was sent`,
    );
    expect(writes(stage)).toEqual([]);
    expect(await find(stage, action)).toBe('unknown');
  });

  it('that does not exist sends nothing and says so', async () => {
    const stage = await sandbox();
    const failure = await failureOf(apply(stage, moveOf(stage, { ref: 'heads/nowhere' })));
    expect(failure.message).toContain('there is no nowhere; nothing was sent');
    expect(writes(stage)).toEqual([]);
  });

  it('compares an annotated tag by the commit it leads to', async () => {
    const stage = await sandbox();
    // v2.13.1 is an object of its own in the sandbox.
    const action = moveOf(stage, { ref: 'tags/v2.13.1', from: shaOf(stage, 'tags/v2.13.1') });
    expect(await find(stage, action)).toBe('absent');
    await apply(stage, action);
    expect(stage.server.commitAt('tags/v2.13.1')).toBe(action.to);
  });

  it.each([
    ['a ruleset', { rules: { refs: ['heads/stable'] } }, 'heads/stable', 'Cannot update this protected ref.'],
    ['a ruleset with words of its own', { rules: { refs: ['*'], message: 'Changes must be made through a pull request.' } }, 'heads/stable', 'pull request'],
    ['an immutable release', { immutable: ['v2.13.1'] }, 'tags/v2.13.1', 'Cannot update this protected ref.'],
  ])('forbidden by %s says which rule, not which permission', async (_, server, ref, words) => {
    const stage = await sandbox({ server });
    const before = shaOf(stage, ref);
    const failure = await failureOf(apply(stage, moveOf(stage, { ref, from: before })));
    expect(failure).toMatchObject({ code: 'E_GITHUB_REFUSED', unclear: false, permanent: true });
    expect(failure.message).toContain(words);
    expect(failure.hint).toContain('a rule of the repository forbids the move');
    expect(stage.server.commitAt(ref)).toBe(before);
    expect(effectsOf(stage, 'ref')).toEqual([]);
  });

  it('forbidden by a protection that answers 403 is told in its words as well', async () => {
    const forbidden = () => Response.json({ message: 'Cannot force-push to this protected branch' }, { status: 403 });
    const failure = await failureOf(moveThrough([FROM], forbidden));
    expect(failure.code).toBe('E_GITHUB_REFUSED');
    expect(failure.hint).toContain('a rule of the repository forbids the move');
  });

  it('that somebody moves on at once says so', async () => {
    const failure = await failureOf(moveThrough([FROM, ELSEWHERE]));
    expect(failure).toMatchObject({ code: 'E_PLAN_MOVED', unclear: false });
    expect(failure.message).toContain('it was moved to bbbbbbb, and somebody moved it on to ccccccc at once');
  });

  it.each([
    ['still shows the old commit for a moment', [FROM, FROM]],
    ['cannot be read back', [FROM, undefined]],
  ])('is done as GitHub answered when it %s', async (_, reads) => {
    expect(await moveThrough(reads)).toMatchObject({ kind: 'ref', url: 'https://github.test/acme/shop/tree/stable' });
  });

  it('leads to the tree of a name with slashes and signs', async () => {
    const github = clientAt(API, { fetch: async () => Response.json({ object: { type: 'commit', sha: TO } }) });
    const action = { ...ACTION, ref: 'heads/release/a#b' };
    expect(await applyAction(github, REPO, { action, signal: never() })).toMatchObject({ url: 'https://github.test/acme/shop/tree/release/a%23b' });
  });
});

/** What each read of the ref shows, in order (undefined: an error), and what the move is answered. */
async function moveThrough(reads: readonly (string | undefined)[], move = () => Response.json(at(TO))): Promise<unknown> {
  let read = 0;
  const fetch: typeof globalThis.fetch = async (_, init) => {
    if (init?.method === 'PATCH') return move();
    const sha = reads[Math.min(read, reads.length - 1)];
    read += 1;
    return sha === undefined ? Response.json({ message: 'no' }, { status: 422 }) : Response.json(at(sha));
  };
  return await applyAction(clientAt(API, { fetch }), REPO, { action: ACTION, signal: never() });
}
const at = (sha: string | undefined) => ({ object: { type: 'commit', sha } });
