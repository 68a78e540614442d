import type { PlanBlock } from '@slack/types';
import { describe, expect, test } from 'vitest';
import { Failure } from '../../src/lib/failure.ts';
import { escapeText } from '../../src/slack/escape.ts';
import { createTalk, type Talk } from '../../src/slack/talk.ts';
import { section } from '../../src/slack/view-parts.ts';
import { handClock, type Say, scripted, silent, TOKEN } from './stage.ts';

const text = escapeText('hello');
const post = (talk: Talk, channel = 'C1'): Promise<string> => talk.post({ channel, text, blocks: [section(text)], key: 'k' });

async function failureOf(call: Promise<unknown>): Promise<Failure> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof Failure) return error;
  throw new Error(`expected a Failure, got ${String(error)}`);
}

describe('an answer that is no success is one Failure, sent once', () => {
  test.each<[string, Say, Partial<Failure>]>([
    ['a channel that is not there', { body: { ok: false, error: 'channel_not_found' } }, { code: 'E_SLACK', permanent: true, unclear: false }],
    ['an archived channel', { body: { ok: false, error: 'is_archived' } }, { code: 'E_SLACK', permanent: true, unclear: false }],
    ['a policy of the workspace', { body: { ok: false, error: 'restricted_action_read_only_channel' } }, { code: 'E_SLACK', permanent: true }],
    ['a word nobody knows', { body: { ok: false, error: 'brand_new_error' } }, { code: 'E_SLACK', permanent: false, unclear: false }],
    ['Slack is ill', { body: { ok: false, error: 'internal_error' } }, { code: 'E_SLACK', permanent: false, unclear: true }],
    ['HTTP 500', { status: 500, body: 'oops' }, { code: 'E_SLACK', permanent: false, unclear: true }],
    ['HTTP 503', { status: 503, body: '' }, { code: 'E_SLACK', unclear: true }],
    ['HTTP 403 of a proxy', { status: 403, body: '<html>' }, { code: 'E_SLACK', unclear: false }],
    ['a page of a proxy with 200', { body: '<html>sign in</html>' }, { code: 'E_SLACK', unclear: true }],
    ['a success without ts', { body: { ok: true } }, { code: 'E_SLACK', unclear: true }],
    ['no answer in time', { breaks: 'timeout' }, { code: 'E_SLACK', unclear: true }],
    ['a line cut in the middle', { breaks: 'ECONNRESET' }, { code: 'E_SLACK', unclear: true }],
    ['a closed socket', { breaks: 'UND_ERR_SOCKET' }, { code: 'E_SLACK', unclear: true }],
    ['nobody listening', { breaks: 'ECONNREFUSED' }, { code: 'E_SLACK', unclear: false }],
    ['no such host', { breaks: 'ENOTFOUND' }, { code: 'E_SLACK', unclear: false }],
    ['a limit with its time', { status: 429, headers: { 'retry-after': '7' } }, { code: 'E_SLACK_LIMITED', unclear: false }],
    ['a limit without a time', { status: 429 }, { code: 'E_SLACK_LIMITED', unclear: false }],
    ['a limit in the body', { body: { ok: false, error: 'ratelimited' } }, { code: 'E_SLACK_LIMITED', unclear: false }],
    ['a missing scope', { body: { ok: false, error: 'missing_scope', needed: 'chat:write' } }, { code: 'E_SLACK_SCOPE', permanent: true }],
  ])('%s', async (_, say, expected) => {
    const { talk, sent } = scripted(() => say);
    const failure = await failureOf(post(talk));
    expect(failure).toMatchObject(expected);
    expect(sent).toHaveLength(1);
    expect(failure.message).toMatch(/nothing was done|may have been done|probably done/);
    expect(`${failure.message} ${failure.hint}`).not.toMatch(/xoxb|<html|secret/);
  });

  test('a scope is named', async () => {
    const { talk } = scripted(() => ({ body: { ok: false, error: 'missing_scope', needed: 'pins:write', provided: 'chat:write' } }));
    expect((await failureOf(talk.pin('C1', '1.0'))).message).toContain('pins:write');
  });

  test('a read that failed never counts as done', async () => {
    const { talk } = scripted(({ method }) => (method === 'auth.test' ? undefined : { breaks: 'ECONNRESET' }));
    expect(await failureOf(talk.person('U1', []))).toMatchObject({ unclear: false });
    expect(await failureOf(talk.findPosted('C1', 'k', 0))).toMatchObject({ unclear: false });
  });

  // The list is Grafana OnCall's, plus those of docs.slack.dev common to all methods.
  test.each([
    'invalid_auth',
    'not_authed',
    'token_revoked',
    'token_expired',
    'account_inactive',
    'not_allowed_token_type',
    'ekm_access_denied',
    'org_login_required',
    'team_access_not_granted',
    'two_factor_setup_required',
  ])('a dead token (%s) is E_SLACK_AUTH', async (word) => {
    const { talk } = scripted(() => ({ body: { ok: false, error: word } }));
    const failure = await failureOf(post(talk));
    expect(failure).toMatchObject({ code: 'E_SLACK_AUTH', unclear: false });
    expect(failure.hint).toContain('SLACK_BOT_TOKEN');
  });
  test.each([
    'message_not_found',
    'cant_update_message',
    'edit_window_closed',
    'msg_too_long',
    'no_text',
    'not_in_channel',
    'user_not_found',
    'invalid_arguments',
    'too_many_attachments',
    'messages_tab_disabled',
    'plan_upgrade_required',
    'method_not_supported_for_channel_type',
  ])('%s can never work', async (word) => {
    const { talk } = scripted(() => ({ body: { ok: false, error: word } }));
    expect(await failureOf(post(talk))).toMatchObject({ code: 'E_SLACK', permanent: true });
  });
});

test('a token with a line break is refused before any library can quote it', () => {
  expect(() => createTalk({ url: 'https://slack.com/api/', token: 'xoxb-1\n2', clock: handClock(), log: silent, deadlineMs: 10 })).toThrow(/SLACK_BOT_TOKEN/);
});

describe('limits', () => {
  const limitOn = (channel: string) => (sent: { method: string; args: Readonly<Record<string, unknown>> }) =>
    sent.method === 'chat.postMessage' && sent.args.channel === channel ? { status: 429, headers: { 'retry-after': '30' } } : undefined;

  test('a 429 delays its own channel only, and nothing is sent there before Retry-After', async () => {
    const { talk, sent, clock } = scripted((one) => (sent.length > 3 ? undefined : limitOn('C1')(one)));
    const first = await failureOf(post(talk, 'C1'));
    expect(first.retryAt).toBe(clock.now() + 30_000);
    clock.move(29_999);
    expect(await failureOf(post(talk, 'C1'))).toMatchObject({ code: 'E_SLACK_LIMITED', retryAt: first.retryAt });
    expect(sent).toHaveLength(1);
    const began = performance.now();
    await post(talk, 'C2');
    await talk.update({ channel: 'C1', ts: '1.0', text, blocks: [] });
    expect(performance.now() - began).toBeLessThan(200);
    expect(sent).toHaveLength(3);
    clock.move(1);
    await expect(post(talk, 'C1')).resolves.toBe('1.0');
  });

  test('a limited method leaves the others alone', async () => {
    const { talk, sent } = scripted(({ method }) => (method === 'conversations.setTopic' ? { status: 429, headers: { 'retry-after': '60' } } : undefined));
    await failureOf(talk.setTopic('C1', 'x'));
    await failureOf(talk.setTopic('C2', 'x'));
    await talk.pin('C1', '1.0');
    await post(talk, 'C1');
    expect(sent.map(({ method }) => method)).toEqual(['conversations.setTopic', 'pins.add', 'chat.postMessage']);
  });

  test('posts that queue behind a limited one are not sent', async () => {
    const { talk, sent } = scripted(limitOn('C1'));
    const failures = await Promise.all([1, 2, 3, 4].map(() => failureOf(post(talk, 'C1'))));
    expect(failures.every(({ code }) => code === 'E_SLACK_LIMITED')).toBe(true);
    expect(sent).toHaveLength(1);
  });

  test('posts of one channel keep their order, other channels do not wait', async () => {
    const gates: (() => void)[] = [];
    const { talk, sent } = scripted(({ args }) => (args.channel === 'C1' ? new Promise((open) => gates.push(() => open(undefined))) : undefined));
    const slow = [post(talk, 'C1'), post(talk, 'C1')];
    await post(talk, 'C2');
    expect(sent.map(({ args }) => args.channel)).toEqual(['C1', 'C2']);
    gates[0]?.();
    await slow[0];
    await expect.poll(() => gates.length).toBe(2);
    gates[1]?.();
    await Promise.all(slow);
  });
});

describe('a dead token', () => {
  test('is asked about once a minute, says why, and is forgotten with the first good call', async () => {
    let dead = true;
    const { talk, sent, clock } = scripted(() => (dead ? { body: { ok: false, error: 'token_revoked' } } : undefined));
    await failureOf(post(talk));
    expect(talk.state()).toMatchObject({ kind: 'down', code: 'E_SLACK_AUTH', because: expect.stringContaining('token_revoked') });
    for (let call = 0; call < 120; call += 1) {
      clock.move(5_000);
      await failureOf(talk.pin('C1', '1.0'));
    }
    expect(sent.length).toBeLessThanOrEqual(11);
    dead = false;
    clock.move(60_000);
    await talk.pin('C1', '1.0');
    await post(talk);
    expect(talk.state()).toMatchObject({ kind: 'ok' });
  });

  test('an outage shows in the state, a refusal does not', async () => {
    const { talk } = scripted(({ args }) => (args.channel === 'C1' ? { breaks: 'ECONNREFUSED' } : { body: { ok: false, error: 'channel_not_found' } }));
    expect(talk.state()).toEqual({ kind: 'unknown' });
    await failureOf(post(talk, 'C1'));
    expect(talk.state()).toMatchObject({ kind: 'down', code: 'E_SLACK' });
    await failureOf(post(talk, 'C2'));
    expect(talk.state()).toMatchObject({ kind: 'ok' });
  });
});

describe('blocks Slack does not know', () => {
  const plan: PlanBlock = { type: 'plan', title: 'Playbook', tasks: [{ type: 'task_card', task_id: 't', title: 'Collect', status: 'in_progress' }] };

  test('are sent once more in plain ones', async () => {
    const { talk, sent } = scripted(({ args }) =>
      JSON.stringify(args.blocks).includes('"plan"') ? { body: { ok: false, error: 'invalid_blocks' } } : undefined,
    );
    await talk.post({ channel: 'C1', text, blocks: [section(text), plan], key: 'k' });
    expect(sent).toHaveLength(2);
    expect(JSON.stringify(sent[1]?.args.blocks)).toContain('▶ now: Collect');
  });

  test('are not tried a third time, and the place of the fault is named', async () => {
    const { talk, sent } = scripted(() => ({
      body: { ok: false, error: 'invalid_blocks', response_metadata: { messages: ['[ERROR] must be shorter [json-pointer:/blocks/0/text/text]'] } },
    }));
    const failure = await failureOf(talk.post({ channel: 'C1', text, blocks: [plan], key: 'k' }));
    expect(failure).toMatchObject({ permanent: true, message: expect.stringContaining('/blocks/0/text/text') });
    expect(sent).toHaveLength(2);
  });
});

test('a post is quiet: metadata with its key, no previews, nothing parsed, no call outside the API', async () => {
  const { talk, sent } = scripted(() => undefined);
  await talk.post({ channel: 'C1', text, blocks: [section(text)], key: 'INC-1/card', metadata: { slot: 'card' } });
  expect(sent[0]).toMatchObject({
    auth: `Bearer ${TOKEN}`,
    args: {
      unfurl_links: 'false',
      unfurl_media: 'false',
      link_names: 'false',
      parse: 'none',
      metadata: { event_type: 'tagback', event_payload: { key: 'INC-1/card', slot: 'card' } },
    },
  });
});

describe('addresses Slack names', () => {
  test('get our bytes only at Slack, and never our token', async () => {
    const { talk, sent } = scripted(({ method }) => {
      if (method === 'files.getUploadURLExternal') return { body: { ok: true, upload_url: 'https://files.slack.com/upload/v1/abc', file_id: 'F1' } };
      return method === 'files.completeUploadExternal' ? { body: { ok: true, files: [{ id: 'F1' }] } } : undefined;
    });
    await expect(talk.uploadImage({ name: '../../x.png', png: new Uint8Array([1]), altText: 'a chart' })).resolves.toBe('F1');
    expect(sent.map(({ method, auth }) => [method, auth !== undefined])).toEqual([
      ['files.getUploadURLExternal', true],
      ['/upload/v1/abc', false],
      ['files.completeUploadExternal', true],
    ]);
    expect(sent[0]?.args).toMatchObject({ filename: '..-..-x.png', alt_txt: 'a chart' });
  });

  test('elsewhere get nothing', async () => {
    const { talk, sent } = scripted(() => ({ body: { ok: true, upload_url: 'https://evil.example/upload', file_id: 'F1' } }));
    expect(await failureOf(talk.uploadImage({ name: 'x.png', png: new Uint8Array([1]), altText: '' }))).toMatchObject({ code: 'E_URL_HOST' });
    expect(await failureOf(talk.respond('https://hooks.slack.com.evil.example/x', { text }))).toMatchObject({ code: 'E_URL_HOST' });
    expect(await failureOf(talk.respond('http://hooks.slack.com/x', { text }))).toMatchObject({ code: 'E_URL_HOST' });
    expect(sent).toHaveLength(1);
  });
});
