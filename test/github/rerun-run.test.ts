import { describe, expect, it } from 'vitest';
import { apply, effectsOf, find, rerunOf, writes } from './deed-cases.ts';
import { failureOf } from './parts.ts';
import { sandbox } from './sandbox.ts';

const DAY_MS = 86_400_000;

describe('running a deploy again', () => {
  it('keeps the run and raises its attempt', async () => {
    const stage = await sandbox();
    const action = rerunOf(stage);
    expect(await apply(stage, action)).toMatchObject({ kind: 'run', id: action.runId, attempt: 2 });
    expect(rerunOf(stage).attempt).toBe(2);
  });

  it('that somebody re-ran since the plan was made sends nothing and says so', async () => {
    const stage = await sandbox();
    const action = rerunOf(stage);
    await apply(stage, action);
    stage.clock.advance(60_000);
    const failure = await failureOf(apply(stage, action));
    expect(failure).toMatchObject({ code: 'E_PLAN_MOVED', unclear: false, permanent: true });
    expect(failure.message).toContain('somebody re-ran it since the plan was made (attempt 2, planned after 1); nothing was sent');
    expect(writes(stage)).toHaveLength(1);
  });

  it('that is running sends nothing and says so', async () => {
    const stage = await sandbox();
    const action = rerunOf(stage);
    await apply(stage, action);
    const failure = await failureOf(apply(stage, { ...action, attempt: 2 }));
    expect(failure).toMatchObject({ code: 'E_BUSY', unclear: false, permanent: true });
    expect(failure.message).toContain('it is running; nothing was sent');
    expect(writes(stage)).toHaveLength(1);
  });

  it('older than 30 days is refused before it is sent', async () => {
    const stage = await sandbox();
    const action = rerunOf(stage);
    stage.clock.advance(31 * DAY_MS);
    const failure = await failureOf(apply(stage, action));
    expect(failure).toMatchObject({ code: 'E_GITHUB_REFUSED', unclear: false, permanent: true });
    expect(failure.message).toContain('GitHub re-runs nothing older than 30 days; nothing was sent');
    expect(writes(stage)).toEqual([]);
  });

  it('older than 30 days by GitHub’s clock alone is refused in the same words, not for a permission', async () => {
    const stage = await sandbox();
    const action = rerunOf(stage);
    const createdAt = stage.server.runs().find(({ id }) => id === action.runId)?.createdAt ?? 0;
    const behind = { ...stage.github, now: () => createdAt + 29 * DAY_MS };
    stage.clock.advance(31 * DAY_MS);
    const failure = await failureOf(apply({ ...stage, github: behind }, action));
    expect(failure.code).toBe('E_GITHUB_REFUSED');
    expect(failure.message).toContain('GitHub re-runs nothing older than 30 days; nothing was sent');
    expect(writes(stage)).toHaveLength(1);
    expect(effectsOf(stage, 'rerun')).toEqual([]);
  });

  it('that is gone says so', async () => {
    const stage = await sandbox();
    const action = rerunOf(stage, { runId: 5 });
    expect((await failureOf(apply(stage, action))).message).toContain('could not read run 5 of acme/shop: GitHub answered 404');
    expect(await find(stage, action)).toBe('unknown');
  });
});
