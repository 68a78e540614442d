/** What every hand at GitHub promises, whatever kind of action it performs. */
import { describe, expect, it } from 'vitest';
import { apply, CASES, effectsOf, find, withoutRequest } from './deed-cases.ts';
import { failureOf } from './parts.ts';
import { sandbox } from './sandbox.ts';

describe.each(CASES)('$kind', ({ request, effect, action, answer }) => {
  it('happens once, is answered with where to watch it, and is found again as what it was', async () => {
    const stage = await sandbox();
    const planned = action(stage);
    expect(await find(stage, planned)).toBe('absent');
    const answered = await apply(stage, planned);
    expect(effectsOf(stage, effect)).toHaveLength(1);
    expect(withoutRequest(answered)).toEqual(answer(stage));
    const found = await find(stage, planned);
    if (answered === undefined) expect(found).toMatchObject({ kind: 'run', id: stage.server.runs()[0]?.id });
    else expect(found).toEqual(answer(stage));
  });

  it.each(['reset-after', '502-after'] as const)('ended by %s is unclear, was sent once, and is found', async (fault) => {
    const stage = await sandbox();
    const planned = action(stage);
    const since = stage.clock.now();
    stage.server.faults.next(request, fault);
    expect({ ...(await failureOf(apply(stage, planned))) }).toMatchObject({ unclear: true, permanent: false });
    stage.clock.advance(20_000);
    expect(effectsOf(stage, effect)).toHaveLength(1);
    expect(await find(stage, planned, { since })).toMatchObject({ kind: expect.any(String), url: expect.stringContaining('http') });
  });

  it.each(['reset-before', '500', 'html'] as const)('ended by %s is unclear, was sent once, and is not found', async (fault) => {
    const stage = await sandbox();
    const planned = action(stage);
    const since = stage.clock.now();
    stage.server.faults.next(request, fault);
    expect({ ...(await failureOf(apply(stage, planned))) }).toMatchObject({ unclear: true });
    expect(effectsOf(stage, effect)).toEqual([]);
    expect(await find(stage, planned, { since })).toBe('absent');
  });

  it.each(['401', 'limit', 'secondary'] as const)('refused with %s is not unclear, says so, and nothing happened', async (fault) => {
    const stage = await sandbox();
    stage.server.faults.next(request, fault);
    const failure = await failureOf(apply(stage, action(stage)));
    expect(failure.unclear).toBe(false);
    expect(failure.message).toMatch(/^could not .*nothing was (changed|sent)/);
    expect(failure.hint).toBeDefined();
    expect(effectsOf(stage, effect)).toEqual([]);
  });

  it('without the permission says which one is missing, and nothing happened', async () => {
    const read = { contents: 'read', actions: 'read', deployments: 'read', pull_requests: 'read' } as const;
    const stage = await sandbox({ server: { tokens: { ghp_sandbox: { permissions: read } } } });
    const failure = await failureOf(apply(stage, action(stage)));
    expect(failure).toMatchObject({ code: 'E_GITHUB_PERMISSION', unclear: false, permanent: true });
    expect(failure.hint).toMatch(/needs the permission (actions|contents|deployments)=write/);
    expect(stage.server.effects).toEqual([]);
  });

  it('is not known to have happened when GitHub cannot be asked', async () => {
    const stage = await sandbox();
    const planned = action(stage);
    await apply(stage, planned);
    stage.server.faults.next('GET *', '500', 30);
    expect(await find(stage, planned)).toBe('unknown');
  });
});
