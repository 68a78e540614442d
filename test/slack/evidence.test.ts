import { describe, expect, it, test } from 'vitest';
import type { Incident } from '../../src/core/model.ts';
import { evidenceForm } from '../../src/slack/forms.ts';
import { readForm } from '../../src/slack/forms-read.ts';
import { urlsIn } from '../../src/slack/listen-evidence.ts';
import { plainBlocks } from '../../src/slack/plain-blocks.ts';
import { render } from '../../src/slack/view.ts';
import { question } from '../../src/slack/view-reporters.ts';
import { checkMessage, checkView } from '../contracts/slack.ts';
import { guest, Story, service, T0 } from '../core/given.ts';

const NASTY = '<!channel> <https://evil.example|x> *bold* `code` | \u202egnp.exe';

describe('addresses in a message', () => {
  it.each([
    ['<https://a.example/x?y=1&amp;z=2|label> and <https://a.example/x?y=1&amp;z=2>', ['https://a.example/x?y=1&z=2']],
    ['see <@U123> in <#C123|general>, mail <mailto:a@b.example|a@b.example>', []],
    ['https://not.a/link in plain text', []],
    ['<https://user:secret@a.example/>', []],
    ['<https://a.example/?token=abcdefgh12345678>', ['https://a.example/?token=[REDACTED]']],
    ['<javascript:alert(1)|x>', []],
    [`<https://a.example/${'x'.repeat(2_500)}>`, []],
  ])('%s', (text, urls) => expect(urlsIn(text)).toEqual(urls));

  it('are no more than twenty of one message, and a long one costs nothing', () => {
    const text = Array.from({ length: 5_000 }, (_, n) => `<https://a.example/${n}>`).join('<https://'.repeat(3));
    const startedAt = process.cpuUsage();
    expect(urlsIn(text).length).toBeLessThanOrEqual(20);
    expect(process.cpuUsage(startedAt).user).toBeLessThan(1_000_000);
  });
});

describe('the form for evidence', () => {
  const send = (values: Readonly<Record<string, string>>) =>
    readForm('addEvidence', Object.fromEntries(Object.entries(values).map(([id, value]) => [id, { value: { value } }])), '{"incident":"INC-1"}');

  test('is one Slack takes', () => expect(checkView(evidenceForm({ incident: 'INC-1' }, '1 request id'))).toEqual([]));

  test('takes request ids and names of people, each once', () => {
    expect(send({ requests: 'req-1  req-2,req-1', users: 'Kim Lee, lee@example.com\nKim  Lee' })).toMatchObject({
      found: { requests: ['req-1', 'req-2'], users: ['Kim Lee', 'lee@example.com'] },
    });
  });

  test.each([
    ['requests', 'req<1>'],
    ['requests', 'x'.repeat(201)],
    ['users', Array.from({ length: 51 }, (_, n) => `user ${n}`).join(',')],
  ])('says under the field %s what is wrong with it', (field, text) => {
    expect(send({ [field]: text })).toMatchObject({ ok: false, errors: { [field]: expect.stringContaining('E_ARGS') } });
  });
});

describe('what is shown', () => {
  const incident = (): Incident => {
    const story = new Story({ service }, undefined).withChannel().does({ ...guest, name: NASTY }, { kind: 'report', text: NASTY });
    const looks = Array.from({ length: 30 }, (_, n) => ({
      url: `https://shop.example.com/${n}?q=${'<!channel>'.repeat(180)}`,
      look: { kind: 'silent', because: NASTY, at: T0 } as const,
    }));
    return story.when({ kind: 'urlsProbed', round: 'before', looks }).does({ ...guest, name: NASTY }, { kind: 'sayFixed', fixed: false }).incident;
  };

  test('a full board of hostile addresses is a message Slack takes, with nothing in it that calls anybody; in old blocks, too', () => {
    const message = render(incident(), 'board', { links: {} });
    for (const blocks of [message?.blocks ?? [], plainBlocks(message?.blocks ?? [])]) {
      expect(blocks.length).toBeGreaterThan(2);
      expect(checkMessage(blocks)).toEqual([]);
      expect(JSON.stringify(blocks)).not.toMatch(/<!channel|<https:\/\/evil|\u202e/);
    }
  });

  test('the question and the card are, too, and the card says who has not seen it fixed', () => {
    const asked = question({ ...incident(), title: NASTY });
    const elsewhere = question({ ...incident(), title: NASTY }, { from: NASTY });
    const card = render(incident(), 'card', { links: {} });
    for (const blocks of [asked.blocks, elsewhere.blocks, card?.blocks ?? []]) {
      expect(checkMessage(blocks)).toEqual([]);
      expect(JSON.stringify(blocks)).not.toMatch(/<!channel>|<https:\/\/evil/);
    }
    expect(JSON.stringify(card?.blocks)).toContain('⛔ no');
  });
});
