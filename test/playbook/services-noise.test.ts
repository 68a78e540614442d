/** The words of services.yml about joining, storms and silence. */
import { describe, expect, test } from 'vitest';
import { JOINING, NOISE } from '../../src/core/correlate-rules.ts';
import { loadCatalog } from '../../src/playbook/services.ts';

const load = (text: string) => loadCatalog(text, 'services.yml', { playbooks: [], strategies: [], logBackends: [] });
const said = (text: string): string => {
  const outcome = load(text);
  return outcome.ok ? 'ok' : outcome.problems.map(({ message, line }) => `${line}: ${[message].flat().join(' ')}`).join('\n');
};
const catalog = (text: string) => {
  const outcome = load(text);
  if (!outcome.ok) throw new Error(said(text));
  return outcome.catalog;
};

describe('what services.yml says about alerts', () => {
  test('is what the core assumes when it says nothing', () => {
    const { noise, services } = catalog('services: { shop: {} }');
    expect([noise, services[0]?.joining]).toEqual([NOISE, JOINING]);
  });

  test('is read as it stands', () => {
    const { noise, services } = catalog(`
storm: { incidents: 3, within: 2m, quiet: 5m }
own_alerts: [{ app: bot }]
maintenance:
  - { services: [shop], from: 2026-11-24T22:00:00+01:00, until: 2026-11-24T23:30:00+01:00, reason: new schema }
  - { match: { team: batch }, days: [sun], from: "22:00", until: "04:00", zone: Europe/Berlin, reason: rebuild }
services:
  shop:
    join_within: 2h
    open_after: [{ times: 2, within: 5m, match: { severity: info } }, { times: 3, within: 10m }]
    flap: off
`);
    expect(noise?.storm).toEqual({ ...NOISE.storm, incidents: 3, withinMs: 120_000, quietMs: 300_000 });
    expect(noise?.own).toEqual([{ app: 'bot' }]);
    const once = { kind: 'once', from: Date.UTC(2026, 10, 24, 21), until: Date.UTC(2026, 10, 24, 22, 30) };
    const weekly = { kind: 'weekly', days: [0], from: 1320, to: 240, zone: 'Europe/Berlin' };
    expect(noise?.maintenance).toMatchObject([
      { services: ['shop'], time: once },
      { labels: { team: 'batch' }, time: weekly },
    ]);
    expect(services[0]?.joining).toMatchObject({ joinWithinMs: 7_200_000, flapMs: 0, openAfter: [{ times: 2, match: { severity: 'info' } }, { times: 3 }] });
  });

  test.each([
    ['storm: { incidents: 1 }', 'storm'],
    ['services: { shop: { open_after: { times: 1, within: 5m } } }', 'times'],
    ['services: { shop: { flap: never } }', 'flap'],
    ['maintenance: [{ from: "22:00", until: "23:00", zone: Europe/Berlin, reason: all of it }]', 'maintenance'],
    ['maintenance: [{ services: [shpo], from: "22:00", until: "23:00", zone: Europe/Berlin, reason: typo }]\nservices: { shop: {} }', 'shpo'],
  ])('%s is refused where it stands', (text, says) => {
    expect(said(text)).toMatch(/^\d+: /);
    expect(said(text)).toContain(says);
  });
});
