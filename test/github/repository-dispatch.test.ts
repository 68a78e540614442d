import { describe, expect, it } from 'vitest';
import { apply, eventOf, find, REPO, writes } from './deed-cases.ts';
import { failureOf } from './parts.ts';
import { sandbox } from './sandbox.ts';

describe('sending an event', () => {
  it('carries the type and the payload, and nothing else', async () => {
    const stage = await sandbox();
    await apply(stage, eventOf(stage));
    expect(JSON.parse(writes(stage)[0]?.body ?? '')).toEqual({ event_type: 'rollback', client_payload: { tagback_id: 'INC-1/rb1', tag: 'v2.13.2' } });
  });

  it('is found by its key in the name of the run, however late GitHub lists it', async () => {
    const stage = await sandbox({ server: { listedAfterMs: 5_000 } });
    const since = stage.clock.now();
    expect(await apply(stage, eventOf(stage))).toBeUndefined();
    expect(await find(stage, eventOf(stage), { since })).toBe('absent');
    stage.clock.advance(5_000);
    expect(await find(stage, eventOf(stage), { since })).toMatchObject({ kind: 'run', id: stage.server.runs()[0]?.id });
  });

  it('to nobody in particular is answered with the page of all runs, and nobody can say whether a lost one arrived', async () => {
    const stage = await sandbox();
    const action = eventOf(stage, { workflow: undefined });
    expect(await apply(stage, action)).toEqual({
      kind: 'event',
      id: 0,
      url: `${stage.server.url}/${REPO}/actions`,
      requestId: expect.stringMatching(/^SAND:/),
    });
    expect(await find(stage, action)).toBe('unknown');
  });

  it('does not take the run of another event for ours', async () => {
    const stage = await sandbox();
    await apply(stage, eventOf(stage, { payload: { tagback_id: 'INC-1/rb12', tag: 'v2.13.2' } }));
    expect(await find(stage, eventOf(stage))).toBe('absent');
  });

  it('does not know when a run without any key could be ours', async () => {
    const stage = await sandbox();
    await apply(stage, eventOf(stage, { payload: { tag: 'v2.13.2' } }));
    expect(await find(stage, eventOf(stage))).toBe('unknown');
  });

  it('is not confused by a run that somebody dispatched by hand', async () => {
    const stage = await sandbox();
    await apply(stage, { kind: 'dispatchWorkflow', workflow: 'deploy.yml', ref: 'main', inputs: { tag: 'v2.13.0' }, keyInput: undefined });
    expect(await find(stage, eventOf(stage))).toBe('absent');
  });

  it('with more properties than GitHub takes is refused with its words', async () => {
    const stage = await sandbox();
    const payload = Object.fromEntries(Array.from({ length: 11 }, (_, n) => [`p${n}`, '']));
    // The contract is stricter than the wire: it stands for GitHub here.
    const failure = await failureOf(apply({ ...stage, github: stage.bare }, eventOf(stage, { payload })));
    expect(failure).toMatchObject({ code: 'E_GITHUB_REFUSED', unclear: false, permanent: true });
    expect(stage.server.effects).toEqual([]);
  });
});
