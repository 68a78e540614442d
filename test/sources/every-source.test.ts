import { afterEach, describe, expect, test } from 'vitest';
import { CODES, Failure } from '../../src/lib/failure.ts';
import { SOURCES } from '../../src/sources/index.ts';
import { readPayload, readSignals } from '../../src/sources/read.ts';
import { service } from '../core/given.ts';
import { catalog, NOW } from '../http/serve.ts';
import { fixture, goodFixtures } from './fixtures.ts';
import { openReception, type Reception } from './reception.ts';

/** What somebody would write under `alerts.match` for this sender; the label `service` needs no line. */
const MATCH: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  betterstack: { host: 'shop.example.com' },
  gcp: { service_name: 'checkout-api' },
  newrelic: { entity: 'checkout-api' },
};
const deploys = { ...service.rollback, strategies: [{ use: 'dispatch-workflow', options: { workflow: 'deploy.yml' } }] };
const shop = (name: string) => ({ ...service, name: 'checkout-api', match: MATCH[name] ? [MATCH[name]] : [], rollback: deploys });

const names = SOURCES.map(({ name }) => name);
const sourceOf = (name: string) => SOURCES.find((one) => one.name === name) ?? expect.fail(name);

let opened: Reception | undefined;
async function openRoom(name: string): Promise<Reception> {
  opened = await openReception([shop(name)], NOW);
  return opened;
}
afterEach(async () => {
  await opened?.close();
  opened = undefined;
});

describe.each(names)('%s', (name) => {
  test('fires: an incident is open; fires again: it is the same one; is resolved: its alert is cleared', async () => {
    const room = await openRoom(name);
    const first = await room.take(name, fixture(name, 'firing'));
    expect(first).toHaveLength(1);
    const alerts = Object.values(first[0]?.alerts ?? {});
    expect(alerts.map(({ state, source }) => [state, source])).toEqual(alerts.map(() => ['firing', name]));
    expect(alerts.length).toBeGreaterThan(0);

    const again = await room.take(name, fixture(name, 'refired'));
    expect(again.map(({ id }) => id)).toEqual(first.map(({ id }) => id));
    expect(Object.keys(again[0]?.alerts ?? {})).toEqual(Object.keys(first[0]?.alerts ?? {}));

    const [after] = await room.take(name, fixture(name, 'resolved'));
    expect(Object.values(after?.alerts ?? {}).map(({ state }) => state)).toEqual(alerts.map(() => 'resolved'));
  });

  test('what is malformed is refused with a code of the 4xx, a path and a hint', () => {
    const read = (): unknown => readPayload(sourceOf(name), JSON.parse(fixture(name, 'malformed')), { now: NOW, catalog });
    expect(read).toThrow(Failure);
    try {
      read();
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      expect(CODES[error.code]).toSatisfy((status: number) => status >= 400 && status < 500);
      expect(error.path).toMatch(/^[\w.()-]{2,}$/);
      expect(error.hint).toMatch(/.{10}/);
    }
  });

  test('every payload we know of it can be read, and gives the same signals each time', () => {
    for (const [file, body] of goodFixtures(name)) {
      const read = () => readSignals(sourceOf(name), body, { now: NOW, catalog: { ...catalog, services: [shop(name)] } });
      expect(read(), file).toEqual(read());
    }
  });
});

describe.each(['azure', 'betterstack', 'datadog', 'gcp', 'github', 'newrelic', 'opsgenie', 'updown'])('%s, which says when', (name) => {
  test('delivered again after the end, the beginning changes nothing', async () => {
    const room = await openRoom(name);
    await room.take(name, fixture(name, 'firing'));
    const after = await room.take(name, fixture(name, 'resolved'));
    expect(await room.take(name, fixture(name, 'firing'))).toEqual(after);
  });

  test('before its beginning, the end opens nothing, and the beginning that comes late does not either', async () => {
    const room = await openRoom(name);
    expect(await room.take(name, fixture(name, 'resolved'))).toEqual([]);
    expect(await room.take(name, fixture(name, 'firing'))).toEqual([]);
  });
});

test.each(Object.keys(MATCH).concat('azure', 'datadog', 'honeycomb', 'opsgenie', 'updown'))(
  'an alert of %s finds its service by a label that is natural there',
  (name) => {
    const [signal] = readSignals(sourceOf(name), fixture(name, 'firing'), { now: NOW, catalog });
    expect(signal?.labels).toMatchObject(MATCH[name] ?? { service: 'checkout-api' });
  },
);
