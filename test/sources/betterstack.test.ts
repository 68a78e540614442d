import { expect, test } from 'vitest';
import { betterstack } from '../../src/sources/betterstack.ts';
import { readPayload, readSignals } from '../../src/sources/read.ts';
import { catalog, NOW } from '../http/serve.ts';
import { changed, fixture } from './fixtures.ts';

const read = (body: string) => readSignals(betterstack, body, { now: NOW, catalog });
const firing = (changes: Record<string, unknown> = {}) => read(changed(fixture('betterstack', 'firing'), changes));

test('an incident that started', () => {
  expect(firing()).toEqual([
    {
      fingerprint: '25',
      state: 'firing',
      at: Date.parse('2026-11-20T06:40:00Z'),
      severity: undefined,
      summary: 'Checkout page: Status 500',
      labels: {
        alertname: 'Checkout page',
        monitor: 'Checkout page',
        url: 'https://shop.example.com/checkout',
        host: 'shop.example.com',
        team: 'Payments',
        cause: 'Status 500',
      },
      links: [
        { title: 'Page', url: 'https://shop.example.com/checkout' },
        { title: 'Screenshot', url: 'https://uptime.betterstack.com/screenshots/1.png' },
      ],
    },
  ]);
});

test.each([
  ['Started', ['firing']],
  ['Acknowledged', ['firing']],
  ['Validating', ['firing']],
  ['Resolved', ['resolved']],
  ['Unconfirmed', []],
])('%s gives %j', (status, states) => expect(firing({ 'data.attributes.status': status }).map(({ state }) => state)).toEqual(states));

test('somebody on the way says it with the time it began, so it is the same alert again and never a new one', () => {
  expect(read(fixture('betterstack', 'refired'))[0]?.at).toBe(firing()[0]?.at);
});

test('what a webhook for monitors sends is taken and tells nothing', () => {
  expect(read(fixture('betterstack', 'monitor'))).toEqual([]);
  expect(betterstack.whyNothing?.(readPayload(betterstack, JSON.parse(fixture('betterstack', 'monitor')), { now: NOW, catalog }))).toBe(
    'not about an incident',
  );
});

test.each([
  [{ 'data.attributes.status': 'Gone' }, 'E_SCHEMA', 'data.attributes.status'],
  [{ 'data.id': null }, 'E_SCHEMA', 'data.id'],
  [{ 'data.type': null }, 'E_SCHEMA', 'data.type'],
  [{ 'data.attributes': [] }, 'E_SCHEMA', 'data.attributes'],
  [{ 'data.attributes.started_at': '2026-11-22T00:00:00Z' }, 'E_TIME_RANGE', 'data.attributes.started_at'],
])('%j is refused: %s at %s', (changes, code, path) => {
  const body: unknown = JSON.parse(changed(fixture('betterstack', 'firing'), changes));
  expect(() => readPayload(betterstack, body, { now: NOW, catalog })).toThrow(expect.objectContaining({ code, path }));
});
