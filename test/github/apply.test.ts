import { describe, expect, it } from 'vitest';
import type { RollbackAction } from '../../src/core/rollback.ts';
import { applyAction, findAction } from '../../src/github/apply.ts';
import type { GitHub } from '../../src/github/client.ts';
import { Failure } from '../../src/lib/failure.ts';
import { API, clientAt, failureOf, never } from './parts.ts';
import { type Stage, sandbox } from './sandbox.ts';

const REPO = 'acme/shop';
const dispatchOf = (key = 'INC-1/rb1', tag = 'v2.13.2'): RollbackAction => ({
  kind: 'dispatchWorkflow',
  workflow: 'deploy.yml',
  ref: 'main',
  inputs: { tag, tagback_id: key },
  keyInput: 'tagback_id',
});
const marked: RollbackAction = { kind: 'markRelease', releaseId: 231_500_102, tag: 'v2.13.2', latest: true, prerelease: false };
const apply = (github: GitHub, action: RollbackAction) => applyAction(github, REPO, { action, signal: never() });
const find = ({ github, clock }: Stage, action: RollbackAction, key = 'INC-1/rb1') =>
  findAction(github, REPO, { action, since: clock.now(), key, signal: never() });
const posts = ({ server }: Stage) => server.requests.filter(({ method }) => method === 'POST');

describe('a dispatch', () => {
  it('is sent once and answers with its run', async () => {
    const stage = await sandbox();
    const run = await apply(stage.github, dispatchOf());
    expect(run).toEqual({
      kind: 'run',
      id: stage.server.runs().at(0)?.id,
      url: expect.stringContaining(`/actions/runs/${run?.id}`),
      requestId: posts(stage)[0]?.id,
    });
    expect(posts(stage)).toHaveLength(1);
    expect(JSON.parse(posts(stage)[0]?.body ?? '')).toEqual({ ref: 'main', inputs: { tag: 'v2.13.2', tagback_id: 'INC-1/rb1' }, return_run_details: true });
  });

  it('to an Enterprise server that does not know return_run_details is sent again without it, happens once and is found by its key', async () => {
    const stage = await sandbox({ server: { oldServer: true } });
    expect(await apply(stage.github, dispatchOf())).toBeUndefined();
    expect(posts(stage).map(({ status }) => status)).toEqual([422, 204]);
    expect(stage.server.effects).toHaveLength(1);
    expect(await find(stage, dispatchOf())).toMatchObject({ kind: 'run', id: stage.server.runs().at(0)?.id });
  });

  it.each([
    ['another field', { message: 'Unexpected inputs provided: ["tagback_id"]' }, 422],
    ['the field, but in a 500', { message: 'return_run_details crashed' }, 500],
    ['the field, but in a 409', { message: 'return_run_details conflicts' }, 409],
    ['the field, but in a 403', { message: 'return_run_details needs a permission' }, 403],
  ])('refused for %s is not sent again', async (_, body, status) => {
    let sent = 0;
    const fetch = async () => {
      sent += 1;
      return Response.json(body, { status });
    };
    await failureOf(apply(clientAt(API, { fetch }), dispatchOf()));
    expect(sent).toBe(1);
  });

  it.each([
    ['reset-after', 1],
    ['502-after', 1],
    ['reset-before', 0],
    ['500', 0],
    ['html', 0],
  ] as const)('ended by %s is unclear, was sent once, and looking tells: %s run', async (fault, effects) => {
    const stage = await sandbox();
    stage.server.faults.next('POST *dispatches', fault);
    expect({ ...(await failureOf(apply(stage.github, dispatchOf()))) }).toMatchObject({ unclear: true });
    const since = stage.clock.now();
    stage.clock.advance(3_600_000);
    expect(posts(stage)).toHaveLength(1);
    expect(stage.server.effects).toHaveLength(effects);
    expect(await findAction(stage.github, REPO, { action: dispatchOf(), since, key: 'INC-1/rb1', signal: never() })).toEqual(
      effects === 1 ? expect.objectContaining({ kind: 'run' }) : 'absent',
    );
  });

  it.each(['401', 'limit', 'secondary'] as const)('refused with %s is not unclear, and nothing was started', async (fault) => {
    const stage = await sandbox();
    stage.server.faults.next('POST *dispatches', fault);
    expect({ ...(await failureOf(apply(stage.github, dispatchOf()))) }).toMatchObject({ unclear: false });
    expect(stage.server.effects).toEqual([]);
  });

  it('to a server that is down is surely not sent', async () => {
    const stage = await sandbox();
    stage.server.faults.down(true);
    const { code, unclear } = await failureOf(apply(stage.github, dispatchOf()));
    stage.server.faults.down(false);
    expect(code).toBe('E_GITHUB');
    // Down may mean refused or cut; only the former is certain.
    if (!unclear) expect(await find(stage, dispatchOf())).toBe('absent');
    expect(stage.server.effects).toEqual([]);
  });
});

describe('looking for a dispatch', () => {
  it('finds it late, because GitHub lists runs late', async () => {
    const stage = await sandbox({ server: { listedAfterMs: 5_000 } });
    await apply(stage.github, dispatchOf());
    expect(await find(stage, dispatchOf())).toBe('absent');
    stage.clock.advance(5_000);
    expect(await find(stage, dispatchOf())).toMatchObject({ kind: 'run' });
  });

  it('does not take another rollback for ours', async () => {
    const stage = await sandbox();
    await apply(stage.github, dispatchOf('INC-1/rb12'));
    expect(await find(stage, dispatchOf('INC-1/rb1'), 'INC-1/rb1')).toBe('absent');
  });

  it('does not know when a run without any key could be ours', async () => {
    const stage = await sandbox();
    await apply(stage.github, dispatchOf('', 'v2.13.1'));
    expect(await find(stage, dispatchOf())).toBe('unknown');
    stage.clock.advance(3 * 60_000);
    expect(await find(stage, dispatchOf())).toBe('absent');
  });

  it('does not know when the workflow carries no key and something was dispatched', async () => {
    const stage = await sandbox();
    const keyless: RollbackAction = { kind: 'dispatchWorkflow', workflow: 'deploy.yml', ref: 'main', inputs: { tag: 'v2.13.2' }, keyInput: undefined };
    expect(await find(stage, keyless)).toBe('absent');
    await apply(stage.github, keyless);
    expect(await find(stage, keyless)).toBe('unknown');
  });

  it.each(['500', 'html', '401', 'reset-before'] as const)('does not know when GitHub answers %s', async (fault) => {
    const stage = await sandbox();
    stage.server.faults.next('GET *runs', fault, 3);
    expect(await find(stage, dispatchOf())).toBe('unknown');
  });
});

describe('marking a release', () => {
  it("says make_latest with the word 'true', and reading back finds it done", async () => {
    const stage = await sandbox();
    expect(await find(stage, marked)).toBe('absent');
    expect(await apply(stage.github, marked)).toEqual({
      kind: 'release',
      id: 231_500_102,
      url: expect.stringContaining('/releases/tag/v2.13.2'),
      requestId: stage.server.requests.find(({ method }) => method === 'PATCH')?.id,
    });
    expect(stage.server.latest()?.tag).toBe('v2.13.2');
    expect(stage.server.requests.find(({ method }) => method === 'PATCH')?.body).toBe('{"make_latest":"true","prerelease":false}');
    expect(await find(stage, marked)).toMatchObject({ kind: 'release', id: 231_500_102 });
  });

  it.each(['reset-after', '502-after'] as const)('ended by %s is unclear and found by reading back', async (fault) => {
    const stage = await sandbox();
    stage.server.faults.next('PATCH *', fault);
    expect({ ...(await failureOf(apply(stage.github, marked))) }).toMatchObject({ unclear: true });
    expect(await find(stage, marked)).toMatchObject({ kind: 'release' });
  });

  it('is not known to have happened when the release cannot be read', async () => {
    const stage = await sandbox();
    expect(await find(stage, { ...marked, releaseId: 1 })).toBe('unknown');
  });
});

describe('a hundred rollbacks through a bad line', () => {
  it('start nothing twice and lose nothing: look first, then send again', async () => {
    const stage = await sandbox();
    const { server, github, clock } = stage;
    const seed = Number(process.env.SEED ?? Date.now() % 1e9);
    console.info(`SEED=${seed}`);
    const random = seeded(seed);
    for (let number = 1; number <= 100; number += 1) {
      const roll = random();
      if (roll < 0.2) server.faults.next('POST *dispatches', 'reset-after');
      else if (roll < 0.3) server.faults.next('POST *dispatches', '502-after');
      else if (roll < 0.4) server.faults.next('POST *dispatches', 'reset-before');
      else if (roll < 0.5) server.faults.next('POST *dispatches', '500');
      const action = dispatchOf(`INC-${number}/rb1`);
      const since = clock.now();
      for (let tries = 0; tries < 5; tries += 1) {
        clock.advance(2_000);
        const ended = await apply(github, action).catch((error: unknown) => error);
        if (!(ended instanceof Failure)) break;
        expect(ended.unclear).toBe(true);
        const found = await findAction(github, REPO, { action, since, key: `INC-${number}/rb1`, signal: never() });
        expect(found).not.toBe('unknown');
        if (found !== 'absent') break;
      }
    }
    const titles = server
      .runs()
      .map(({ title }) => title)
      .filter((title) => title.includes('INC-'));
    expect(titles).toHaveLength(100);
    expect(new Set(titles).size).toBe(100);
    for (const fault of ['reset-after', '502-after', 'reset-before', '500'] as const) expect(server.faults.struck[fault]).toBeGreaterThanOrEqual(1);
  });
});

/** Mulberry32: small, seeded, good enough to choose faults. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
