import { describe, expect, test } from 'vitest';
import type { Json } from '../../src/core/model.ts';
import { DEFAULT_MAPPING, generic, genericMapping } from '../../src/sources/generic.ts';
import { readSignals } from '../../src/sources/read.ts';
import { catalog, NOW } from '../http/serve.ts';

const read = (body: unknown, mapping: Json = null) => readSignals(generic, JSON.stringify(body), { now: NOW, catalog: { ...catalog, generic: mapping } });
const flat = {
  id: 'disk-1',
  status: 'firing',
  severity: 'high',
  service: 'shop',
  title: 'Disk is full',
  url: 'https://x.example/1',
  at: '2026-11-20T06:00:00Z',
};

test('without a mapping the plain names hold', () => {
  expect(read(flat)).toEqual([
    {
      fingerprint: 'disk-1',
      state: 'firing',
      at: Date.parse('2026-11-20T06:00:00Z'),
      severity: 'sev2',
      summary: 'Disk is full',
      labels: flat,
      links: [{ title: 'Source', url: 'https://x.example/1' }],
      service: 'shop',
    },
  ]);
});

test('a mapping finds its values anywhere, and has its own words for states and severities', () => {
  const mapping = {
    fingerprint: 'incident.key',
    state: 'events[0].transition',
    firing_values: ['Triggered'],
    resolved_values: ['Recovered'],
    severity: 'incident.level',
    severity_values: { blocker: 'sev1' },
    summary: ['incident.headline', 'incident.key'],
    at: 'events[0].ts',
  };
  const body = { incident: { key: 7, level: 'blocker' }, events: [{ transition: 'recovered', ts: 1_795_150_000 }] };
  expect(read(body, mapping)).toMatchObject([{ fingerprint: '7', state: 'resolved', severity: 'sev1', summary: '7', at: 1_795_150_000_000 }]);
});

test('a CloudEvent is unwrapped', () => {
  expect(read({ specversion: '1.0', id: 'e1', type: 'x', source: '/y', time: '2026-11-20T05:00:00Z', data: { id: 'a', status: 'ok' } })).toMatchObject([
    { fingerprint: 'a', state: 'resolved', at: Date.parse('2026-11-20T05:00:00Z'), labels: { id: 'a', status: 'ok' } },
  ]);
});

test('a list is one signal each', () =>
  expect(read([flat, { ...flat, id: 'disk-2', status: 'resolved' }]).map(({ fingerprint, state }) => `${fingerprint} ${state}`)).toEqual([
    'disk-1 firing',
    'disk-2 resolved',
  ]));

test('plain values become labels by their path, for match: in services.yml', () => {
  expect(read({ ...flat, host: { name: 'db-1', cores: 8, up: true }, list: [1] })[0]?.labels).toMatchObject({
    'host.name': 'db-1',
    'host.cores': '8',
    'host.up': 'true',
  });
});

describe('what is missing or strange is named', () => {
  test.each([
    [{ ...flat, id: undefined }, 'E_SCHEMA', 'id', 'required'],
    [{ ...flat, status: undefined }, 'E_SCHEMA', 'status', 'required'],
    [{ ...flat, status: 'perhaps' }, 'E_SCHEMA', 'status', 'expected one of firing|triggered'],
    [{ ...flat, status: { a: 1 } }, 'E_SCHEMA', 'status', 'required'],
    [{ ...flat, at: 'yesterday' }, 'E_TIME_RANGE', 'at', 'expected an RFC 3339 time'],
    [{ ...flat, at: '2027-11-20T06:00:00Z' }, 'E_TIME_RANGE', 'at', 'at most 24 h ahead'],
    [[flat, { id: 'x' }], 'E_SCHEMA', '1.status', 'required'],
    [{ specversion: '1.0', data: { status: 'firing' } }, 'E_SCHEMA', 'data.id', 'required'],
    ['text', 'E_SCHEMA', '(root)', 'expected an object, or a list'],
    [[], 'E_SCHEMA', '(root)', 'expected an object, or a list'],
  ])('%j → %s at %s', (body, code, path, message) => {
    expect(() => read(body)).toThrow(expect.objectContaining({ code, path, message: expect.stringContaining(message) }));
  });
  test('prototype names find nothing', () => {
    expect(() => read(flat, { fingerprint: 'constructor' })).toThrow('constructor: required');
    expect(() => read(flat, { fingerprint: 'constructor.name' })).toThrow('constructor.name: required');
    expect(() => read({ ...flat, toString: 1 }, { state: '__proto__' })).toThrow('required');
  });
  test('a mapping with an expression or an unknown key is refused', () => {
    expect(genericMapping.safeParse({ state: '= alert.x > 3' }).error?.issues[0]?.path).toEqual(['state']);
    expect(genericMapping.safeParse({ stat: 'x' }).success).toBe(false);
    expect(() => read(flat, { stat: 'x' })).toThrow('services.yml: generic is not a mapping');
    expect(genericMapping.parse({})).toEqual(DEFAULT_MAPPING);
  });
});
