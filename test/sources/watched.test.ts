/** Posts of other apps, in the shapes Slack delivers them, through the door's reading and the source's: what they come to mean. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Catalog } from '../../src/core/service.ts';
import type { Watching } from '../../src/core/watched.ts';
import { loadCatalog } from '../../src/playbook/services.ts';
import { watchedPost } from '../../src/slack/listen-watch.ts';
import { readWatchedPost } from '../../src/sources/watched.ts';

const NOW = Date.UTC(2026, 10, 20, 12);
const TS = '1795175990.000100'; // ten seconds before
const FIRES = ['firing', expect.any(String)];

function catalogOf(entry: string, services = '{ shop: {}, checkout-api: {} }'): Catalog & Watching {
  const outcome = loadCatalog(`watch_channels:\n  - ${entry}\nservices: ${services}\n`, 'services.yml', { playbooks: [], strategies: [], logBackends: [] });
  if (!outcome.ok) throw new Error(outcome.problems.map(({ message }) => message).join('\n'));
  return outcome.catalog;
}
const PLAIN = catalogOf('{ channel: C0ALERTS, app: A0MON }');

type Fields = Readonly<Record<string, unknown>>;
const FROM = { bot_id: 'B0MON', app_id: 'A0MON', user: 'U0MON', bot_profile: { app_id: 'A0MON', id: 'B0MON', name: 'Monitor' } };
const envelope = (event: Fields): Fields => ({
  type: 'event_callback',
  api_app_id: 'A0US',
  event_id: 'Ev1',
  event: { type: 'message', channel: 'C0ALERTS', event_ts: TS, ...event },
});
const posted = (message: Fields): Fields => envelope({ ts: TS, ...FROM, ...message });
const edited = (before: Fields, after: Fields): Fields =>
  envelope({
    subtype: 'message_changed',
    event_ts: '1795175995.000000',
    message: { ts: TS, ...FROM, ...after, edited: { user: 'U0MON', ts: '1795175994.000000' } },
    previous_message: { ts: TS, ...FROM, ...before },
  });

function read(body: unknown, catalog = PLAIN) {
  const seen = watchedPost(body, catalog.watched ?? []);
  return seen ? readWatchedPost(JSON.stringify(seen.post), { now: NOW, catalog }) : [];
}
const brief = (body: unknown, catalog = PLAIN) => read(body, catalog).map(({ state, fingerprint }) => [state, fingerprint]);

const ALERTMANAGER = (state: string): Fields => ({
  subtype: 'bot_message',
  text: '',
  attachments: [
    {
      fallback: `[${state}] HighErrorRate | http://am`,
      title: `[${state}] HighErrorRate`,
      title_link: 'http://am.example.com/#/alerts?receiver=slack',
      text: '*Alert:* 12% of requests fail\n*Details:*\n • service: `checkout-api`\n',
      fields: [
        { title: 'Severity', value: 'critical', short: true },
        { title: 'Service', value: 'checkout-api', short: true },
      ],
      color: state.startsWith('FIRING') ? 'danger' : 'good',
    },
  ],
});
const DATADOG = (state: string, rate: string): Fields => ({
  text: '',
  attachments: [
    {
      title: `${state}: [P2] Error rate is ${rate} on shop`,
      title_link: 'https://app.datadoghq.com/monitors/1234?from_ts=1&to_ts=2',
      text: `Error rate above 5% for shop ${rate}`,
      color: state === 'Recovered' ? '#2eb886' : '#a30200',
    },
  ],
});
const GRAFANA_BLOCKS: Fields = {
  text: 'fallback',
  blocks: [
    { type: 'header', text: { type: 'plain_text', text: ':red_circle: Latency of shop is high' } },
    {
      type: 'section',
      fields: [
        { type: 'mrkdwn', text: '*Severity:*\nwarning' },
        { type: 'mrkdwn', text: '*Team*\npayments' },
      ],
    },
    { type: 'section', text: { type: 'mrkdwn', text: 'See <https://grafana.example.com/d/1?a=1&amp;b=2|the dashboard> &amp; act' } },
  ],
};
const RICH: Fields = {
  text: '',
  blocks: [
    {
      type: 'rich_text',
      elements: [
        {
          type: 'rich_text_section',
          elements: [
            { type: 'text', text: 'Backup of ' },
            { type: 'text', text: 'shop', style: { bold: true } },
            { type: 'text', text: ' failed' },
          ],
        },
      ],
    },
  ],
};

describe('a post of a watched app', () => {
  test('whose words stand in attachments only fires, with title, link, fields and severity', () => {
    expect(read(posted(ALERTMANAGER('FIRING:1')))).toEqual([
      {
        fingerprint: 'C0ALERTS:checkout-api:higherrorrate',
        state: 'firing',
        at: NOW - 10_000,
        severity: 'sev1',
        summary: '[FIRING:1] HighErrorRate',
        labels: { slack_channel: 'C0ALERTS', slack_app: 'A0MON', slack_app_name: 'Monitor', severity: 'critical', service: 'checkout-api' },
        links: [{ title: 'Alert', url: 'http://am.example.com/#/alerts?receiver=slack' }],
        service: 'checkout-api',
      },
    ]);
  });

  test('is the same alert when it says that it is over, whatever counter or percentage it carries then', () => {
    expect(brief(posted(ALERTMANAGER('RESOLVED')))).toEqual([['resolved', 'C0ALERTS:checkout-api:higherrorrate']]);
    const [[, fired]] = brief(posted(DATADOG('Triggered', '12.5%'))) as [[string, string]];
    expect(brief(posted(DATADOG('Recovered', '0.1%')))).toEqual([['resolved', fired]]);
    expect(brief(posted(DATADOG('Re-Triggered', '9%')))).toEqual([['firing', fired]]);
  });

  test('in blocks alone is read: header, fields, links, entities', () => {
    const [signal] = read(posted(GRAFANA_BLOCKS));
    expect(signal).toMatchObject({ state: 'firing', severity: 'sev3', service: 'shop', summary: ':red_circle: Latency of shop is high' });
    expect(signal?.labels).toMatchObject({ severity: 'warning', team: 'payments' });
    expect(signal?.links).toEqual([{ title: 'Alert', url: 'https://grafana.example.com/d/1?a=1&b=2' }]);
  });

  test('in rich text is one line of many pieces', () => {
    expect(read(posted(RICH))).toMatchObject([{ summary: 'Backup of shop failed', service: 'shop' }]);
  });

  test('is of no service when two are named, and of the one that services.yml says, whatever it names', () => {
    expect(read(posted({ text: 'shop cannot reach checkout-api' }))[0]?.service).toBeUndefined();
    const fixed = catalogOf('{ channel: C0ALERTS, app: A0MON, service: shop }');
    expect(read(posted({ text: 'shop cannot reach checkout-api' }), fixed)[0]?.service).toBe('shop');
  });

  test('with the same headline about another service is another alert', () => {
    expect(brief(posted({ text: 'Disk full\non shop' }))).not.toEqual(brief(posted({ text: 'Disk full\non checkout-api' })));
  });

  test('is never from the future: the clock of Slack may go ahead of ours', () => {
    expect(read(posted({ text: 'x', ts: '1895176000.000100' }))[0]?.at).toBe(NOW);
  });
});

describe('whose posts are read', () => {
  const text = { text: 'shop is down' };
  test.each<[string, Fields]>([
    ['another channel', { channel: 'C0OTHER' }],
    ['another app', { app_id: 'A0X', bot_id: 'B0X', bot_profile: { app_id: 'A0X', id: 'B0X' } }],
    ['a person', { app_id: undefined, bot_id: undefined, bot_profile: undefined }],
    ['a message that was deleted', { subtype: 'message_deleted' }],
    ['somebody who joined', { subtype: 'channel_join' }],
    ['an event of another kind', { type: 'app_mention' }],
  ])('not those of %s', (_, change) => expect(brief(posted({ ...text, ...change }))).toEqual([]));

  test('never our own, even when services.yml names us', () => {
    const us = catalogOf('{ channel: C0ALERTS, app: A0US }');
    expect(brief(posted({ ...text, app_id: 'A0US', bot_profile: { app_id: 'A0US' } }), us)).toEqual([]);
  });

  test('those of a classic integration by the id of its bot', () => {
    const classic = catalogOf('{ channel: C0ALERTS, app: B0OLD }');
    expect(brief(posted({ ...text, subtype: 'bot_message', app_id: undefined, user: undefined, bot_profile: undefined, bot_id: 'B0OLD' }), classic)).toEqual([
      FIRES,
    ]);
  });
});

describe('an edit', () => {
  test('that resolves is the end of the alert that was posted', () => {
    const [[, fired]] = brief(posted({ text: 'Disk of shop is full' })) as [[string, string]];
    const end = read(edited({ text: 'Disk of shop is full' }, { text: 'Resolved: all is well with shop' }));
    expect(end).toMatchObject([{ state: 'resolved', fingerprint: fired, at: Date.UTC(2026, 10, 20, 11, 59, 54) }]);
  });

  test('that changes nothing of how it stands is no news: links unfurl, replies are counted', () => {
    expect(brief(edited({ text: 'Disk of shop is full' }, { text: 'Disk of shop is full', attachments: [{ from_url: 'https://x' }] }))).toEqual([]);
    expect(brief(edited({ text: 'Resolved: disk' }, { text: 'Resolved: disk (1 reply)' }))).toEqual([]);
  });
});

describe('a reply in the thread', () => {
  const reply = { thread_ts: '1795175000.000100' };
  const byMessage = catalogOf('{ channel: C0ALERTS, app: A0MON, identity: message }');

  test('that resolves is the end of the message above it, where messages are the alerts', () => {
    expect(brief(posted({ text: 'shop is down', ts: reply.thread_ts }), byMessage)).toEqual([['firing', 'C0ALERTS:1795175000.000100']]);
    expect(brief(posted({ ...reply, text: 'Resolved by Ada' }), byMessage)).toEqual([['resolved', 'C0ALERTS:1795175000.000100']]);
    expect(brief(edited({ text: 'shop is down' }, { text: 'Closed' }), byMessage)).toEqual([['resolved', `C0ALERTS:${TS}`]]);
  });

  test('that says anything else is no alert', () => {
    expect(brief(posted({ ...reply, text: 'Acknowledged by Ada' }), byMessage)).toEqual([]);
  });
});

describe('the words of services.yml', () => {
  const own = catalogOf("{ channel: C0ALERTS, app: A0MON, firing: 'ALARM', resolved: 'ENTWARNUNG', identity: link }");

  test('decide alone what fires and what resolves; the rest is chatter', () => {
    expect(brief(posted({ text: 'alarm: <https://x.example/a/1?b=2|shop>' }), own)).toEqual([['firing', 'C0ALERTS:shop:https://x.example/a/1']]);
    expect(brief(posted({ text: 'Entwarnung: <https://x.example/a/1#now|shop>' }), own)).toEqual([['resolved', 'C0ALERTS:shop:https://x.example/a/1']]);
    expect(brief(posted({ text: 'shop resolved' }), own)).toEqual([]);
  });

  test('of a post that tells of both, an incident that stays open is the smaller mistake', () => {
    expect(brief(posted({ text: 'ALARM 1, ENTWARNUNG 2' }), own)).toEqual([FIRES]);
    expect(brief(posted({ text: '[FIRING:1, RESOLVED:2] shop' }))).toEqual([FIRES]);
  });

  test.each([
    ['{ channel: alerts, app: A0MON }', 'expected a Slack channel id (C…)'],
    ['{ channel: C0ALERTS, app: datadog }', 'expected the id of an app (A…) or of a bot (B…)'],
    ["{ channel: C0ALERTS, app: A0MON, firing: '(a+)+b' }", '(a+)+b'],
    ['{ channel: C0ALERTS, app: A0MON, service: shpo }', "there is no service 'shpo'"],
    ['{ channel: C0ALERTS, app: A0MON }\n  - { channel: C0ALERTS, app: A0MON }', 'would never be asked'],
  ])('%s is refused', (entry, because) => expect(() => catalogOf(entry)).toThrow(because));
});

test('whatever Slack sends, nothing throws and every signal has an identity, a state and words', () => {
  const piece = fc.oneof(fc.string(), fc.constantFrom('resolved', ':x:', '[FIRING:1]', '<https://x|y>', '&lt;', '\u202e', 'shop'));
  const shape = fc.letrec((tie) => ({
    any: fc.oneof({ maxDepth: 5 }, piece, fc.integer(), fc.constant(null), fc.array(tie('any'), { maxLength: 4 }), tie('block')),
    block: fc.dictionary(fc.constantFrom('type', 'text', 'fields', 'elements', 'title', 'title_link', 'color', 'blocks', 'url', '__proto__'), tie('any')),
  }));
  const message = fc.record(
    { text: shape.any, blocks: shape.any, attachments: fc.oneof(shape.any, fc.array(shape.block, { maxLength: 3 })) },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(message, fc.boolean(), (said, isEdit) => {
      for (const signal of read(isEdit ? edited({ text: 'shop is down' }, said) : posted(said))) {
        expect(signal.fingerprint.length).toBeLessThanOrEqual(300);
        expect(['firing', 'resolved']).toContain(signal.state);
        expect(signal.summary.trim()).not.toBe('');
      }
    }),
    { numRuns: 2_000 },
  );
});
