import { describe, expect, test } from 'vitest';
import type { Catalog } from '../../src/core/service.ts';
import { Failure } from '../../src/lib/failure.ts';
import { github } from '../../src/sources/github.ts';
import { readChanges, readPayload, readSignals } from '../../src/sources/read.ts';
import { deploymentStatus, push, release, repository, signatureOf, workflowRun } from './github-payloads.ts';

const NOW = Date.parse('2026-11-20T07:00:00Z');
const catalog: Catalog = { services: [], operators: [], announce: undefined, channelPrefix: 'inc', defaultPlaybook: undefined, generic: null };
const read = (event: string, payload: object) => readChanges(github, JSON.stringify({ event, payload }), { now: NOW, catalog });
const one = (event: string, payload: object) => {
  const seen = read(event, payload);
  expect(seen).toHaveLength(1);
  return seen[0] ?? expect.fail('nothing was told');
};
const at = (text: string) => Date.parse(`2026-11-20T${text}Z`);

describe('what GitHub tells', () => {
  test('a release that was published, taken back or deleted', () => {
    expect(one('release', release())).toEqual({
      repo: 'acme/shop',
      change: {
        what: 'release',
        tag: 'v2.15.0',
        environment: undefined,
        state: 'published',
        by: 'mallory',
        url: 'https://github.com/acme/shop/releases/tag/v2.15.0',
        at: at('06:59:00'),
      },
      workflow: undefined,
      marks: { texts: [], runId: undefined, sha: undefined },
    });
    expect(one('release', release('unpublished')).change).toMatchObject({ state: 'unpublished', at: NOW });
    expect(one('release', release('deleted')).change.state).toBe('deleted');
  });

  test.each(['edited', 'created', 'released', 'prereleased', 'strange'])('a release that was %s says nothing', (action) => {
    expect(read('release', release(action))).toEqual([]);
  });

  test.each(['success', 'failure', 'error', 'inactive'])('a deployment that came to %s, with its environment and its doer', (state) => {
    const { change, marks } = one('deployment_status', deploymentStatus(state));
    expect(change).toEqual({
      what: 'deployment',
      tag: 'v2.13.0',
      environment: 'production',
      state,
      by: 'eve',
      url: 'https://github.com/acme/shop/actions/runs/99/job/5',
      at: at('06:59:30'),
    });
    expect(marks).toMatchObject({ runId: undefined, sha: 'c'.repeat(40) });
  });

  test.each(['pending', 'queued', 'in_progress', 'waiting'])('a deployment that is %s says nothing yet', (state) => {
    expect(read('deployment_status', deploymentStatus(state))).toEqual([]);
  });

  test('a deployment brings the marks of whoever made it: payload, run and the name of the run', () => {
    const run = { id: 4711, display_title: 'Deploy v2.13.0 (INC-42/rb1)', html_url: 'https://github.com/acme/shop/actions/runs/4711' };
    const { change, marks } = one('deployment_status', deploymentStatus('success', { deployment: { payload: { tagback_id: 'INC-42/rb1' } }, run }));
    expect(change.url).toBe(run.html_url);
    expect(marks).toMatchObject({ runId: 4711, texts: [run.display_title, '{"tagback_id":"INC-42/rb1"}'] });
    expect(one('deployment_status', deploymentStatus('success', { deployment: { payload: '{"a":1}' }, run: null })).marks.texts).toEqual(['', '"{\\"a\\":1}"']);
  });

  test('a deployment of a ref that is written in full is of its short name', () => {
    expect(one('deployment_status', deploymentStatus('success', { deployment: { ref: 'refs/tags/v2.13.0' } })).change.tag).toBe('v2.13.0');
    expect(one('deployment_status', deploymentStatus('success', { deployment: { ref: 'refs/heads/main' } })).change.tag).toBe('main');
  });

  test('a run that ended, with the file of its workflow', () => {
    expect(one('workflow_run', workflowRun('failure', { path: '.github/workflows/deploy.yml@main' }))).toMatchObject({
      change: { what: 'run', tag: 'main', state: 'failure', by: 'eve', url: 'https://github.com/acme/shop/actions/runs/99', at: at('06:59:40') },
      workflow: 'deploy.yml',
      marks: { runId: 99, texts: ['Deploy v2.13.0'] },
    });
    expect(read('workflow_run', workflowRun(null, {}, 'requested'))).toEqual([]);
    expect(read('workflow_run', workflowRun('skipped'))).toEqual([]);
  });

  test('tags that were made, moved and removed; branches say nothing', () => {
    expect(one('push', push()).change).toMatchObject({ what: 'tag', tag: 'v2.15.0', state: 'created', by: 'mallory', at: NOW });
    expect(one('push', push({ created: false, forced: true })).change.state).toBe('moved');
    expect(one('push', push({ created: false, deleted: true })).change.state).toBe('deleted');
    expect(read('push', push({ ref: 'refs/heads/main' }))).toEqual([]);
  });

  test('it opens nothing: there is no alert in it', () => {
    expect(readSignals(github, JSON.stringify({ event: 'release', payload: release() }), { now: NOW, catalog })).toEqual([]);
  });
});

describe('what comes from outside stays text', () => {
  test('H07: a tag git allows and we would never use is kept as it is', () => {
    expect(one('release', release('published', { tag_name: 'v1.0.0$(id)' })).change.tag).toBe('v1.0.0$(id)');
  });

  test('what is no web address is no link, and a time that cannot be or lies ahead is now', () => {
    const odd = { html_url: 'javascript:alert(1)', published_at: '9999-12-31T23:59:59Z' };
    expect(one('release', release('published', odd)).change).toMatchObject({ url: '', at: NOW });
    const home = { ...repository, html_url: 'javascript:alert(1)' };
    const bare = { ...deploymentStatus('success', { status: { log_url: null, created_at: 'yesterday' } }), repository: home };
    expect(one('deployment_status', bare).change).toMatchObject({ url: '', at: NOW });
  });

  test('names of any length are cut, and a payload of any size is read in part', () => {
    const long = deploymentStatus('success', {
      deployment: { ref: 'x'.repeat(5_000), payload: { big: 'y'.repeat(100_000) } },
      status: { creator: { login: 'z'.repeat(900) } },
    });
    const { change, marks } = one('deployment_status', long);
    expect([change.tag?.length, change.by?.length]).toEqual([200, 200]);
    expect(marks.texts.join('').length).toBeLessThanOrEqual(4_000);
  });

  test.each([
    ['release', {}, 'payload.repository'],
    ['release', { ...release(), release: { html_url: 'https://x' } }, 'payload.release.tag_name'],
    ['deployment_status', { ...deploymentStatus(), deployment: null }, 'payload.deployment'],
    ['push', push({ created: 'yes' }), 'payload.created'],
  ])('a %s that lacks what it must have is refused with the place', (event, payload, path) => {
    expect(() => readPayload(github, { event, payload }, { now: NOW, catalog })).toThrow(expect.objectContaining({ code: 'E_SCHEMA', path }));
  });
});

describe('the signature', () => {
  const body = Buffer.from('{"zen":"ü"}');
  const refusal = (headers: Record<string, string>, secrets: readonly string[] = ['one', 'two']) => github.signed?.refusal(headers, body, secrets);

  test('of either secret is taken, upper case or lower', () => {
    for (const secret of ['one', 'two']) expect(refusal({ 'x-hub-signature-256': signatureOf(body, secret) })).toBeUndefined();
    expect(refusal({ 'x-hub-signature-256': signatureOf(body, 'one').replace(/[0-9a-f]{64}/, (hex) => hex.toUpperCase()) })).toBeUndefined();
  });

  test.each([
    ['none', {}],
    ['an empty one', { 'x-hub-signature-256': '' }],
    ['of another secret', { 'x-hub-signature-256': signatureOf(body, 'three') }],
    ['of other bytes', { 'x-hub-signature-256': signatureOf('{"zen": "ü"}', 'one') }],
    ['too short', { 'x-hub-signature-256': 'sha256=abcd' }],
    ['no hex', { 'x-hub-signature-256': `sha256=${'z'.repeat(64)}` }],
    ['one more byte', { 'x-hub-signature-256': `${signatureOf(body, 'one')}00` }],
    ['without the name', { 'x-hub-signature-256': signatureOf(body, 'one').slice(7) }],
  ])('%s is refused', (_, headers) => {
    expect(refusal(headers)).toMatchObject({ code: 'E_AUTH' });
  });

  test('no secret at all refuses everybody', () => {
    expect(refusal({ 'x-hub-signature-256': signatureOf(body, '') }, [])).toBeInstanceOf(Failure);
  });
});
