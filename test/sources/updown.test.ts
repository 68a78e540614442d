import { expect, test } from 'vitest';
import { readPayload, readSignals } from '../../src/sources/read.ts';
import { updown } from '../../src/sources/updown.ts';
import { catalog, NOW } from '../http/serve.ts';
import { changed, fixture } from './fixtures.ts';

const read = (body: string) => readSignals(updown, body, { now: NOW, catalog });

test('Healthchecks.io: a check that is down, with its tags as labels', () => {
  expect(read(fixture('updown', 'firing'))).toEqual([
    {
      fingerprint: 'f618072a-7bde-4eee-af63-71a77c5723bc',
      state: 'firing',
      at: Date.parse('2026-11-20T06:40:00Z'),
      severity: undefined,
      summary: 'Checkout nightly "settlement" is down',
      labels: {
        alertname: 'Checkout nightly "settlement"',
        check: 'Checkout nightly "settlement"',
        slug: 'checkout-settlement',
        service: 'checkout-api',
        'tag.prod': 'true',
      },
      links: [],
    },
  ]);
});

test('UptimeRobot: down with the reason and the page, up with the same identity, a certificate tells nothing', () => {
  expect(read(fixture('updown', 'uptimerobot-down'))[0]).toMatchObject({
    fingerprint: '777712827',
    state: 'firing',
    at: Date.parse('2026-11-20T06:40:00Z'),
    summary: 'Checkout page is down: HTTP 500 - Internal Server Error',
    labels: { check: 'Checkout page', host: 'shop.example.com', service: 'checkout-api' },
    links: [{ title: 'Page', url: 'https://shop.example.com/checkout' }],
  });
  expect(read(fixture('updown', 'uptimerobot-up'))[0]).toMatchObject({ fingerprint: '777712827', state: 'resolved', at: Date.parse('2026-11-20T06:55:00Z') });
  expect(read(fixture('updown', 'uptimerobot-certificate'))).toEqual([]);
});

test.each([
  [{ alertType: 1 }, 'firing'],
  [{ alertType: '*alertType*' }, 'firing'],
  [{ alertType: '2', alertTypeFriendlyName: '' }, 'resolved'],
])('the number or the word is enough: %j is %s', (changes, state) => {
  expect(read(changed(fixture('updown', 'uptimerobot-down'), changes))[0]?.state).toBe(state);
});

test.each([
  ['firing', { check: '$CODE' }, 'check'],
  ['firing', { status: 'grace' }, 'status'],
  ['firing', { at: 'just now' }, 'at'],
  ['uptimerobot-down', { alertType: '99' }, 'alertType'],
  ['uptimerobot-down', { alertDateTime: 'x' }, 'alertDateTime'],
])('%s with %j is refused at %s', (name, changes, path) => {
  const body: unknown = JSON.parse(changed(fixture('updown', name), changes));
  expect(() => readPayload(updown, body, { now: NOW, catalog })).toThrow(expect.objectContaining({ code: 'E_SCHEMA', path }));
});
