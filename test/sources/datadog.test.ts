import { afterEach, describe, expect, test } from 'vitest';
import { datadog } from '../../src/sources/datadog.ts';
import { readPayload, readSignals } from '../../src/sources/read.ts';
import { service } from '../core/given.ts';
import { catalog, NOW } from '../http/serve.ts';
import { changed, fixture } from './fixtures.ts';
import { openReception, type Reception } from './reception.ts';

const read = (body: string) => readSignals(datadog, body, { now: NOW, catalog });
const firing = (changes: Record<string, unknown> = {}) => read(changed(fixture('datadog', 'firing'), changes));
const refusal = (changes: Record<string, unknown>) => () =>
  readPayload(datadog, JSON.parse(changed(fixture('datadog', 'firing'), changes)), { now: NOW, catalog });

test('a monitor that triggers is one alert with the labels of its group and its tags, and data are there', () => {
  expect(firing()).toEqual([
    {
      fingerprint: '5826400000000006142',
      state: 'firing',
      at: Date.parse('2026-11-20T06:40:00Z'),
      severity: 'sev1',
      summary: 'Checkout error rate is high',
      labels: {
        alertname: 'Checkout error rate is high',
        monitor: '1234567',
        service: 'checkout-api',
        env: 'production',
        'tag.monitor': 'true',
        team: 'payments',
        org: 'Acme',
      },
      links: [{ title: 'Monitor', url: expect.stringMatching(/^https:\/\/app\.datadoghq\.com\/monitors\/1234567/) }],
    },
    expect.objectContaining({ fingerprint: 'blind:5826400000000006142', state: 'resolved' }),
  ]);
});

test.each([
  ['P1', 'error', 'sev1'],
  ['P2', 'error', 'sev2'],
  ['P5', 'error', 'sev3'],
  ['$ALERT_PRIORITY', 'error', undefined],
  ['', 'warning', 'sev3'],
])('priority %j of a monitor of type %s is %s', (priority, type, severity) => expect(firing({ priority, type })[0]?.severity).toBe(severity));

test.each([
  ['Triggered', 'firing'],
  ['Re-Triggered', 'firing'],
  ['Warn', 'firing'],
  ['Re-Warn', 'firing'],
  ['Renotify', 'firing'],
  ['Recovered', 'resolved'],
])('%s is %s', (transition, state) => expect(firing({ transition })[0]).toMatchObject({ fingerprint: '5826400000000006142', state }));

test('variables that nobody filled in say nothing, and the type decides where the transition is missing', () => {
  const [signal] = firing({
    transition: '$ALERT_TRANSITION',
    type: 'success',
    name: '$ALERT_TITLE',
    scope: '$ALERT_SCOPE',
    date: '$DATE',
    link: '$LINK',
    org: '',
  });
  expect(signal).toMatchObject({ state: 'resolved', at: NOW, summary: expect.stringContaining('Checkout error rate'), links: [] });
  expect(JSON.stringify(signal)).not.toMatch(/\$[A-Z]/);
});

test('without a cycle the monitor and its group are the identity; without either it is refused', () => {
  expect(firing({ cycle: '$ALERT_CYCLE_KEY' })[0]?.fingerprint).toBe('1234567:service:checkout-api,env:production');
  expect(refusal({ cycle: '$ALERT_CYCLE_KEY', alert_id: '' })).toThrow(expect.objectContaining({ code: 'E_SCHEMA', path: 'cycle' }));
  expect(refusal({ transition: '$ALERT_TRANSITION', type: 'info' })).toThrow(expect.objectContaining({ code: 'E_SCHEMA', path: 'transition' }));
  expect(refusal({ date: '4000000000000' })).toThrow(expect.objectContaining({ code: 'E_TIME_RANGE', path: 'date' }));
});

describe('No Data', () => {
  let room: Reception;
  afterEach(() => room.close());

  test('is blindness: labelled, SEV3, not the alert of the monitor; it never resolves that one, and a recovery ends both', async () => {
    room = await openReception([service], NOW);
    await room.take('datadog', fixture('datadog', 'firing'));
    const states = ([incident]: Awaited<ReturnType<Reception['take']>>) => Object.values(incident?.alerts ?? {}).map(({ state }) => state);
    const blind = await room.take('datadog', fixture('datadog', 'no-data'));
    expect(states(blind)).toEqual(['firing', 'firing']);
    expect(Object.values(blind[0]?.alerts ?? {})[1]).toMatchObject({
      severity: 'sev3',
      labels: { alertname: 'MonitoringBlind', blind: 'true', service: 'checkout-api' },
    });
    expect(Object.values(blind[0]?.alerts ?? {})[1]?.labels).not.toHaveProperty('monitor');
    expect(states(await room.take('datadog', fixture('datadog', 'resolved')))).toEqual(['resolved', 'resolved']);
  });

  test('ends when the monitor triggers: there are data again', async () => {
    room = await openReception([service], NOW);
    await room.take('datadog', changed(fixture('datadog', 'no-data'), { date: String(Date.parse('2026-11-20T06:30:00Z')) }));
    const [incident] = await room.take('datadog', fixture('datadog', 'firing'));
    expect(Object.values(incident?.alerts ?? {}).map(({ state, severity }) => [state, severity])).toEqual([
      ['resolved', 'sev3'],
      ['firing', 'sev1'],
    ]);
  });
});
