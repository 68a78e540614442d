import { describe, expect, it } from 'vitest';
import { usualDurationMs } from '../../src/github/follow.ts';
import { REPO } from './deed-cases.ts';
import { API, clientAt, never } from './parts.ts';
import { sandbox } from './sandbox.ts';

describe('how long it usually takes', () => {
  const ran = (seconds: number, more: object = {}) => ({
    id: 1,
    status: 'completed',
    conclusion: 'success',
    html_url: 'u',
    created_at: '2026-11-20T08:00:00Z',
    run_started_at: '2026-11-20T09:00:00Z',
    updated_at: new Date(Date.parse('2026-11-20T09:00:00Z') + seconds * 1_000).toISOString(),
    ...more,
  });
  const measure = (runs: readonly unknown[]) =>
    usualDurationMs(clientAt(API, { fetch: async () => Response.json({ workflow_runs: runs }) }), REPO, { workflow: 'deploy.yml', signal: never() });

  it.each([
    ['the middle of five', [ran(100), ran(300), ran(9_000), ran(200), ran(250)], 250_000],
    ['between the two in the middle', [ran(100), ran(200)], 150_000],
    ['the only one', [ran(100)], 100_000],
    ['none', [], undefined],
    ['none of those without times', [ran(100, { run_started_at: undefined })], undefined],
  ])('%s', async (_, runs, usualMs) => {
    expect(await measure(runs)).toBe(usualMs);
  });

  it('asks for the last five that succeeded, and is unknown when GitHub does not answer', async () => {
    const stage = await sandbox();
    expect(await usualDurationMs(stage.github, REPO, { workflow: 'deploy.yml', signal: never() })).toBeGreaterThan(0);
    expect(stage.server.requests.at(-1)?.query).toContain('status=success&per_page=5');
    stage.server.faults.next('GET *', '500', 9);
    expect(await usualDurationMs(stage.github, REPO, { workflow: 'deploy.yml', signal: never() })).toBeUndefined();
  });
});
