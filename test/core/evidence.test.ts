import { describe, expect, it } from 'vitest';
import {
  BOARD_MAX,
  type Evidence,
  freshOf,
  isLookDue,
  lackOf,
  mayOpen,
  sayBoard,
  type UrlLook,
  unopened,
  withLooks,
  withReporter,
} from '../../src/core/evidence.ts';
import { postmortem } from '../../src/core/postmortem.ts';
import type { Service } from '../../src/core/service.ts';
import type { Verdict } from '../../src/core/verdict.ts';
import { ada, grace, guest, service as plain, playbook, Story, signal, step, T0 } from './given.ts';

const check = (url: string): Service['health']['urls'][number] => ({ url, expectStatus: 200, maxMs: 1, contains: undefined, pollMs: 0, forMs: 0 });
const health = { ...plain.health, urls: [check('https://shop.example.com/health')] };
const service: Service = { ...plain, health, evidence: { hosts: ['learn.internal:8080'], commands: [] } };

const url = (address: string): Evidence => ({ kind: 'url', url: address, by: 'Ada', at: T0 });
const answered = (status: number): UrlLook => ({ kind: 'answered', status, ms: 12, at: T0 });
const picture: Evidence = { kind: 'screenshot', fileId: 'F1', name: 'a.png', permalink: undefined, by: 'Ada', at: T0 };
const A = 'https://shop.example.com/chapters/1';
const B = 'https://elsewhere.example.com/';

describe('an address is opened only where services.yml names its host and port, word for word', () => {
  it.each([
    ['https://shop.example.com/chapters/1', true],
    ['https://SHOP.example.com:443/x?y=z', true],
    ['http://shop.example.com/', true],
    ['http://learn.internal:8080/a', true],
    ['http://learn.internal/a', false],
    ['https://shop.example.com:8443/', false],
    ['https://shop.example.com.evil.example/', false],
    ['https://evil.example/?shop.example.com', false],
    ['https://shop.example.com@evil.example/', false],
    ['https://sub.shop.example.com/', false],
    ['https://shop.example.com./', false],
    ['ftp://shop.example.com/', false],
    ['file:///etc/passwd', false],
    ['http://169.254.169.254/latest/meta-data', false],
    ['not an address', false],
  ])('%s: %s', (address, may) => expect(mayOpen(address, service)).toBe(may));

  it('without a service none is', () => expect(mayOpen(A, undefined)).toBe(false));
});

describe('the board', () => {
  it('is begun by the first address that may be opened, and then lists those that may not', () => {
    expect(isLookDue({ evidence: [url(B)], board: [] }, service)).toBe(false);
    expect(isLookDue({ evidence: [url(B), url(A)], board: [] }, service)).toBe(true);
    const board = withLooks([], { round: 'before', looks: [{ url: A, look: answered(500) }] });
    expect(isLookDue({ evidence: [url(A), url(B)], board }, service)).toBe(true);
    expect(unopened({ evidence: [url(A), url(B)], board })).toEqual([B]);
  });

  it('keeps what was seen first, and of later looks the newest', () => {
    let board = withLooks([], { round: 'before', looks: [{ url: A, look: answered(500) }] });
    board = withLooks(board, { round: 'before', looks: [{ url: A, look: answered(200) }] });
    board = withLooks(board, {
      round: 'after',
      looks: [
        { url: A, look: answered(502) },
        { url: B, look: answered(200) },
      ],
    });
    board = withLooks(board, { round: 'after', looks: [{ url: A, look: answered(200) }] });
    expect(board).toEqual([{ url: A, before: answered(500), after: answered(200) }]);
  });

  it('holds so many and no more', () => {
    const evidence = Array.from({ length: 200 }, (_, n) => url(`${A}?n=${n}`));
    expect(unopened({ evidence, board: [] })).toHaveLength(BOARD_MAX);
  });

  it.each([
    [[answered(500), answered(200)], '1 of 1 address failed when named; after the fix it answers'],
    [[answered(500), answered(503)], '1 of 1 address failed when named; after the fix 1 of 1 still fails'],
    [[{ kind: 'silent', because: 'x', at: T0 }], '1 of 1 address failed when named'],
    [[answered(200)], '0 of 1 address failed when named'],
  ] as const)('says %j as “%s”', ([before, after], said) => expect(sayBoard([{ url: A, before, after }])).toBe(said));
});

describe('an incident', () => {
  const verdict = (kind: Verdict['kind']): Verdict => ({ kind, at: T0, because: 'x', baseline: 0, during: 0.1, after: 0, runs: undefined });
  /** A report of Gus, with a playbook that only looks whether it helped. */
  const reported = (): Story => {
    const watch = { ...playbook, steps: [step('verify', 'verify')] };
    const story = new Story({ service, playbook: watch }, undefined).withChannel();
    story.does(guest, { kind: 'report', text: 'Chapter 1 is broken' });
    story.does(ada, { kind: 'addEvidence', items: [url(A), url(B)] });
    return story;
  };
  const verified = (story: Story, kind: Verdict['kind']): Story =>
    story.when({ kind: 'stepEnded', step: 'verify', run: 1, ending: { kind: 'done', outcome: kind, say: '', data: {}, verdict: verdict(kind) } });

  it('wants its addresses opened as soon as they are named, whoever brings them and how, and again when there is a verdict', () => {
    const story = reported();
    expect(story.keys()).toContain('inspect:before');
    story.when({
      kind: 'urlsProbed',
      round: 'before',
      looks: [
        { url: A, look: answered(500) },
        { url: B, look: { kind: 'not-opened' } },
      ],
    });
    expect(story.keys()).toContain('show:board');
    expect(verified(story, 'no-effect').keys()).toContain('inspect:after');
  });

  it('asks who reported it when they can know, and only those who have not said that it is fixed', () => {
    expect(verified(reported(), 'recovered').keys()).toContain('ask:U0GUEST');
    expect(verified(reported(), 'blind').keys()).toContain('ask:U0GUEST');
    expect(
      verified(reported(), 'worse')
        .keys()
        .filter((key) => key.startsWith('ask:')),
    ).toEqual([]);
    const content = reported().does(guest, { kind: 'sayFixed', fixed: true });
    expect(
      verified(content, 'recovered')
        .keys()
        .filter((key) => key.startsWith('ask:')),
    ).toEqual([]);
  });

  it('is not closed by itself while somebody says that it is not fixed for them; a “yes” takes that back, and so does a reopening', () => {
    const story = reported().does(guest, { kind: 'sayFixed', fixed: false });
    story.when({ kind: 'signal', signal: signal(), because: 'x' }).when({ kind: 'signal', signal: signal({ state: 'resolved' }), because: 'x' });
    story.when({ kind: 'timer', timer: { name: 'quiet' } });
    expect(story.last.events).toMatchObject([{ kind: 'noted', text: expect.stringContaining('not fixed for Gus') }]);
    expect(story.incident.phase).toBe('open');
    story.does(guest, { kind: 'sayFixed', fixed: true });
    expect(story.when({ kind: 'timer', timer: { name: 'quiet' } }).last.events).toEqual([]);
    story.does(ada, { kind: 'resolve', summary: '' }).does(guest, { kind: 'sayFixed', fixed: false });
    expect(story.last.reply).toMatchObject({ ok: true });
    expect(story.does(grace, { kind: 'reopen', reason: '' }).incident.reporters).toMatchObject([{ slackId: 'U0GUEST', said: undefined }]);
  });

  it('takes from the channel what belongs to the service, without being told twice', () => {
    const story = new Story({ service, playbook }).withChannel();
    story.does(ada, { kind: 'addEvidence', items: [url(A), url(A), url(B)], from: 'chat' });
    expect(story.incident.evidence).toEqual([url(A)]);
    expect(story.does(ada, { kind: 'addEvidence', items: [url(A)], from: 'chat' }).last.events).toEqual([]);
    // The step asks for a picture, and this is one.
    expect(story.does(ada, { kind: 'addEvidence', items: [picture], from: 'chat' }).incident.steps.collect?.state).toBe('done');
    expect(story.does(ada, { kind: 'addEvidence', items: [{ ...picture, fileId: 'F2' }], from: 'chat' }).last.events).toEqual([]);
  });

  it('keeps one snapshot, and tells of everything in the postmortem, as text', () => {
    const story = reported();
    story
      .when({ kind: 'snapshotTaken', facts: [{ name: 'release', value: '<b>v1</b> | x' }] })
      .when({ kind: 'snapshotTaken', facts: [{ name: 'release', value: 'v2' }] });
    expect(story.incident.evidence.filter(({ kind }) => kind === 'snapshot')).toHaveLength(1);
    story.when({
      kind: 'urlsProbed',
      round: 'before',
      looks: [
        { url: `${A}?a|b`, look: answered(500) },
        { url: B, look: { kind: 'silent', because: 'a | b', at: T0 } },
      ],
    });
    const written = postmortem({ incident: story.incident, events: story.events, chart: undefined, record: undefined, iso: () => '2026-11-20 03:00:00' });
    expect(written).toContain('| `https://shop.example.com/chapters/1?a%7Cb` | 500 in 12 ms at 03:00:00 | not opened again |');
    expect(written).toContain('no answer at 03:00:00: a \\| b');
    expect(written).toContain('release &lt;b&gt;v1&lt;/b&gt; \\| x');
  });
});

it('the API, which is nobody in Slack, is no reporter that could be asked', () => {
  for (const slackId of ['API', 'web']) expect(withReporter([], { slackId, name: 'somebody' }, T0)).toEqual([]);
  expect(withReporter([], { slackId: 'U0GUS', name: 'gus' }, T0)).toHaveLength(1);
});

it('the same thing is evidence once, and what a step still needs is said in words', () => {
  const user = (name: string): Evidence => ({ kind: 'user', name, by: 'Ada', at: T0 });
  expect(freshOf([user('Kim'), user('kim'), url(A)], [url(A)])).toEqual([user('Kim')]);
  expect(lackOf([url(A)], { urls: 4, screenshots: 1, request_ids: 1, users: 2 })).toBe('3 URLs, 1 screenshot, 1 request id and 2 affected users');
  expect(lackOf([url(A), picture], { urls: 1, screenshots: 1 })).toBeUndefined();
});
