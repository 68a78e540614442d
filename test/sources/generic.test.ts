import { describe, expect, test } from 'vitest';
import type { Json } from '../../src/core/model.ts';
import { printProblem } from '../../src/playbook/problem.ts';
import { loadCatalog } from '../../src/playbook/services.ts';
import { DEFAULT_MAPPING, generic, genericMapping } from '../../src/sources/generic.ts';
import { countAlerts, readPayload, readSignals } from '../../src/sources/read.ts';
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

test('a list of its own that is called alerts is one of its values, not a batch', () => {
  const payload = readPayload(generic, { ...flat, alerts: [] }, { now: NOW, catalog });
  expect(countAlerts(generic, payload, { now: NOW, catalog })).toBe(1);
});

test('an identity that is no whole text, or hides characters, is still one', () => {
  const of = (id: string) => read({ ...flat, id })[0]?.fingerprint ?? '';
  expect(of('a\ud800b').isWellFormed()).toBe(true);
  expect(of('a\u200bb')).not.toBe(of('ab'));
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

describe('an expression in place of a path', () => {
  const body = { alert: { id: 7, level: 3 }, host: 'db-1', tags: ['team:data', 'service:shop'], over: false };
  const mapping = {
    fingerprint: { cel: "string(alert.id) + ':' + host" },
    state: { cel: "over ? 'resolved' : 'firing'" },
    severity: { cel: "alert.level >= 3 ? 'critical' : 'warning'" },
    service: { cel: "tags.filter(tag, tag.startsWith('service:'))[0].substring(8)" },
    summary: [{ cel: "alert.title + '!'" }, 'headline', { cel: "'something is wrong on ' + host" }],
  };

  test('makes what no single field holds', () => {
    expect(read(body, mapping)).toMatchObject([
      { fingerprint: '7:db-1', state: 'firing', severity: 'sev1', service: 'shop', summary: 'something is wrong on db-1' },
    ]);
    expect(read({ ...body, over: true }, mapping)).toMatchObject([{ fingerprint: '7:db-1', state: 'resolved' }]);
  });

  test('that reads what is not there finds nothing, as a path does', () => {
    expect(() => read({ ...body, host: undefined }, mapping)).toThrow(
      expect.objectContaining({ code: 'E_SCHEMA', path: 'fingerprint (cel)', message: 'fingerprint (cel): required: a text or a number' }),
    );
    expect(() => read({ ...body, over: 'maybe' }, mapping)).toThrow('state (cel): required');
    expect(read({ ...body, tags: [] }, mapping)[0]).not.toHaveProperty('service');
    expect(() => read([body, { ...body, alert: null }], mapping)).toThrow('1.fingerprint (cel)');
  });

  test('knows the envelope of a CloudEvent, whether it came in the body or in headers', () => {
    const event = { specversion: '1.0', id: 'e1', type: 'com.example.alert.closed', source: '/monitor', subject: 'db-1', data: { text: 'x' } };
    const state = { cel: "ce.type.endsWith('.closed') ? 'resolved' : 'firing'" };
    expect(read(event, { fingerprint: { cel: "ce.source + '/' + ce.subject" }, state })).toMatchObject([{ fingerprint: '/monitor/db-1', state: 'resolved' }]);
    const headers = { 'ce-specversion': '1.0', 'ce-id': 'e1', 'ce-type': 'a%20b', 'ce-source': '%zz', 'ce-subject': ['two', 'of them'] };
    expect(generic.beside?.(headers)).toEqual({ specversion: '1.0', id: 'e1', type: 'a b', source: '%zz', subject: '' });
    expect(generic.beside?.({ 'ce-id': 'e1' })).toBeUndefined();
  });

  test.each([
    ['fingerprint: { cel: "alert.id +" }', /^services\.yml:2:\d+.*unexpected token/s],
    ['fingerprint: { cel: "id.startWith(\'x\')" }', /^services\.yml:2:\d+.*there is no function 'startWith'; did you mean 'startsWith'\?/s],
    ['fingerprint: { cel: "id.matches(\'(a+)+\')" }', /matches\(\) is not available here/],
    ['fingerprint: { cell: id }', /^services\.yml:2:\d+.*unknown key 'cell'; did you mean 'cel'\?/s],
    ['summary: [title, { cel: "\'a\' + 1" }]', /^services\.yml:2:\d+.*no such overload: string \+ int/s],
    ['fingerprint: { cel: 7 }', /^services\.yml:2:\d+.*expected (?:a )?(?:text|string)/s],
    ['fingerprint: alert id', /an expression is written \{ cel: "…" \}/],
  ])('%s is refused when services.yml is loaded, with its place', (line, said) => {
    const outcome = loadCatalog(`generic:\n  ${line}\n`, 'services.yml', { playbooks: [], strategies: [], logBackends: [], generic: genericMapping });
    expect(outcome.ok ? 'accepted' : outcome.problems.map(printProblem).join('\n')).toMatch(said);
  });

  test('is read again by whoever uses it, as it was written', () => {
    const text = 'generic:\n  fingerprint: { cel: "string(alert.id) + \':\' + host" }\n  state: over\n  firing_values: [false]\n';
    const outcome = loadCatalog(text, 'services.yml', { playbooks: [], strategies: [], logBackends: [], generic: genericMapping });
    expect(outcome.ok && read(body, outcome.catalog.generic)).toMatchObject([{ fingerprint: '7:db-1', state: 'firing' }]);
  });
});
