import { describe, expect, it } from 'vitest';
import { applyAction } from '../../src/github/apply.ts';
import type { GitHub } from '../../src/github/client.ts';
import { carries, seeRun } from '../../src/github/runs.ts';
import { API, clientAt, never } from './parts.ts';
import { sandbox } from './sandbox.ts';

const REPO = 'acme/shop';
const see = (github: GitHub, runId = 0) => seeRun({ github, repo: REPO, signal: never() }, runId);
const dispatch = {
  kind: 'dispatchWorkflow',
  workflow: 'deploy.yml',
  ref: 'main',
  inputs: { tag: 'v2.13.2', tagback_id: 'INC-1/rb1' },
  keyInput: 'tagback_id',
} as const;

describe('reading a run', () => {
  it('follows it from the queue to success', async () => {
    const { github, clock } = await sandbox();
    const run = await applyAction(github, REPO, { action: dispatch, signal: never() });
    const read = () => see(github, run?.id);
    expect(await read()).toMatchObject({ status: 'queued', conclusion: undefined, title: 'Deploy v2.13.2 (INC-1/rb1)', url: run?.url });
    clock.advance(3_500);
    expect(await read()).toMatchObject({ status: 'in_progress', job: expect.stringMatching(/^deploy › /) });
    clock.advance(60_000);
    expect(await read()).toMatchObject({ status: 'completed', conclusion: 'success', job: undefined });
  });

  it('names the job that failed', async () => {
    const { github, clock } = await sandbox({ server: { outcome: () => 'failure' } });
    const run = await applyAction(github, REPO, { action: dispatch, signal: never() });
    clock.advance(60_000);
    expect(await see(github, run?.id)).toMatchObject({
      status: 'completed',
      conclusion: 'failure',
      job: expect.stringMatching(/^deploy/),
    });
  });

  it('does without the jobs when they cannot be read', async () => {
    const { github, server } = await sandbox();
    const run = await applyAction(github, REPO, { action: dispatch, signal: never() });
    server.faults.next('GET *jobs', '500', 3);
    expect(await see(github, run?.id)).toMatchObject({ status: 'queued', job: undefined });
  });

  it('a run that is not there, or not yet, is none', async () => {
    const { github } = await sandbox();
    expect(await see(github, 5)).toBeUndefined();
  });

  it('takes a status GitHub has not invented yet', async () => {
    const body = { id: 1, status: 'paused', conclusion: null, html_url: 'u', display_title: 't', created_at: '2026-11-20T09:00:00Z' };
    const fetch: typeof globalThis.fetch = async (input) => Response.json(String(input).includes('/jobs') ? { jobs: [] } : body);
    expect(await see(clientAt(API, { fetch }), 1)).toMatchObject({ status: 'paused' });
  });
});

describe('a title carries a key', () => {
  it.each([
    ['Deploy v1 (INC-4/rb1)', true],
    ['INC-4/rb1', true],
    ['INC-4/rb12 then INC-4/rb1', true],
    ['Deploy v1 (INC-4/rb12)', false],
    ['Deploy v1 (INC-4/rb1-undo)', false],
    ['Deploy v1 (XINC-4/rb1)', false],
    ['Deploy v1 (INC-44/rb1)', false],
    ['Deploy v1', false],
  ])('%s: %s', (title, is) => {
    expect(carries(title, 'INC-4/rb1')).toBe(is);
  });
});
