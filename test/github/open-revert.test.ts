import { describe, expect, it } from 'vitest';
import { apply, effectsOf, find, revertOf, shaOf, treeOf, writes } from './deed-cases.ts';
import { failureOf } from './parts.ts';
import { type Stage, sandbox } from './sandbox.ts';

const kinds = ({ server }: Stage) => server.effects.map(({ kind }) => kind);

describe('opening a revert', () => {
  it('makes one commit with the files of the target on top of the base, a branch and a pull request', async () => {
    const stage = await sandbox();
    const action = revertOf(stage);
    await apply(stage, action);
    expect(kinds(stage)).toEqual(['commit', 'ref', 'pull']);
    expect(effectsOf(stage, 'commit')[0]?.detail).toMatchObject({ tree: await treeOf(stage, action.targetSha), parents: [action.baseSha] });
    expect(effectsOf(stage, 'ref')[0]?.detail).toMatchObject({ ref: `heads/${action.branch}`, to: effectsOf(stage, 'commit')[0]?.detail.sha });
    expect(stage.server.pulls()[0]).toMatchObject({ title: action.title, body: action.body, head: { branch: action.branch }, base: { branch: 'main' } });
    expect(JSON.parse(writes(stage)[0]?.body ?? '').message).toBe(`${action.title}\n\n${action.body}`);
  });

  it('asked again finds its pull request, open or closed, and sends nothing', async () => {
    const stage = await sandbox();
    const opened = await apply(stage, revertOf(stage));
    expect(await apply(stage, revertOf(stage))).toMatchObject({ kind: 'pull', id: opened?.id });
    stage.server.closePull(opened?.id ?? 0);
    expect(await find(stage, revertOf(stage))).toMatchObject({ kind: 'pull', id: opened?.id });
    expect(await apply(stage, revertOf(stage))).toMatchObject({ kind: 'pull', id: opened?.id });
    expect(kinds(stage)).toEqual(['commit', 'ref', 'pull']);
  });

  it.each([
    ['the commit', 'POST *git/commits', ['commit', 'commit', 'ref', 'pull']],
    ['the branch', 'POST *git/refs', ['commit', 'ref', 'pull']],
    ['the pull request', 'POST *pulls', ['commit', 'ref', 'pull']],
  ] as const)('lost after %s was made goes on there when it is asked again', async (_, request, effects) => {
    const stage = await sandbox();
    stage.server.faults.next(request, 'reset-after');
    expect((await failureOf(apply(stage, revertOf(stage)))).unclear).toBe(true);
    await apply(stage, revertOf(stage));
    // A commit that no branch points at is seen by nobody.
    expect(kinds(stage)).toEqual(effects);
    expect(stage.server.pulls()).toHaveLength(1);
  });

  it('refuses a branch of that name that holds something else', async () => {
    const stage = await sandbox();
    await apply(stage, revertOf(stage, { targetSha: shaOf(stage, 'tags/v2.13.0') }));
    stage.server.closePull(stage.server.pulls()[0]?.number ?? 0);
    // Another base, so that the pull request above is not taken for ours.
    const failure = await failureOf(apply(stage, revertOf(stage, { base: 'stable', baseSha: shaOf(stage, 'heads/stable') })));
    expect(failure).toMatchObject({ code: 'E_PLAN_MOVED', permanent: true, unclear: false });
    expect(failure.message).toContain('the branch tagback/revert-INC-1-rb1 is there already and holds something else; nothing was sent');
  });

  it('refuses a branch of that name with the right files on top of another base', async () => {
    const stage = await sandbox();
    await apply(stage, revertOf(stage, { branch: 'other', targetSha: shaOf(stage, 'tags/v2.13.1') }));
    await apply(stage, revertOf(stage, { base: 'other', baseSha: shaOf(stage, 'heads/other') }));
    expect((await failureOf(apply(stage, revertOf(stage)))).message).toContain('is there already and holds something else');
  });

  it('that GitHub’s list does not show yet is found when GitHub says that it is there', async () => {
    let lists = 0;
    const fetch: typeof globalThis.fetch = async (input, init) => {
      const isList = /\/pulls\?/.test(String(input));
      if (isList) lists += 1;
      return isList && lists === 2 ? Response.json([]) : await globalThis.fetch(input, init);
    };
    const stage = await sandbox({ client: { fetch } });
    const opened = await apply(stage, revertOf(stage));
    expect(await apply(stage, revertOf(stage))).toMatchObject({ kind: 'pull', id: opened?.id });
    expect(lists).toBe(3);
    expect(stage.server.pulls()).toHaveLength(1);
  });

  it('refuses when the base moved since the plan was made', async () => {
    const stage = await sandbox();
    const failure = await failureOf(apply(stage, revertOf(stage, { baseSha: shaOf(stage, 'tags/v2.13.1') })));
    expect(failure).toMatchObject({ code: 'E_PLAN_MOVED', permanent: true });
    expect(failure.message).toContain('main has moved on since the plan was made; nothing was sent');
    expect(writes(stage)).toEqual([]);
  });

  it('refuses a base that does not exist', async () => {
    const stage = await sandbox();
    expect((await failureOf(apply(stage, revertOf(stage, { base: 'trunk' })))).message).toContain('there is no branch trunk; nothing was sent');
  });

  it('refuses when the base holds the files of the target already', async () => {
    const stage = await sandbox();
    const failure = await failureOf(apply(stage, revertOf(stage, { targetSha: shaOf(stage, 'heads/main') })));
    expect(failure).toMatchObject({ code: 'E_NOOP', permanent: true });
    expect(writes(stage)).toEqual([]);
  });

  it('says that its branch is left when the pull request is refused', async () => {
    const permissions = { contents: 'write', pull_requests: 'read' } as const;
    const stage = await sandbox({ server: { tokens: { ghp_sandbox: { permissions } } } });
    const failure = await failureOf(apply(stage, revertOf(stage)));
    expect(failure.code).toBe('E_GITHUB_PERMISSION');
    expect(failure.message).toMatch(/; but the branch tagback\/revert-INC-1-rb1 was made before and is left there$/);
    expect(failure.hint).toContain('pull_requests=write');
    expect(kinds(stage)).toEqual(['commit', 'ref']);
    expect(await find(stage, revertOf(stage))).toBe('absent');
  });

  it('forbidden to make a branch says so with the words of the rule', async () => {
    const stage = await sandbox({ server: { rules: { refs: ['heads/tagback/*'] } } });
    const failure = await failureOf(apply(stage, revertOf(stage)));
    expect(failure.message).toContain('Cannot create ref due to creations being restricted.');
    expect(stage.server.pulls()).toEqual([]);
  });
});
