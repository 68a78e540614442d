/** The test alerts of `tagback doctor`: through every door, and nothing opens. */
import { afterEach, describe, expect, test } from 'vitest';
import { correlate } from '../../src/core/correlate.ts';
import { NOISE } from '../../src/core/correlate-rules.ts';
import type { Catalog } from '../../src/core/service.ts';
import { sourceFindings } from '../../src/doctor-sources.ts';
import { createHttp, type Http } from '../../src/http/server.ts';
import { type Arriving, webhookHandler } from '../../src/http/webhooks.ts';
import { realClock } from '../../src/lib/clock.ts';
import { SOURCES } from '../../src/sources/index.ts';
import { readSignals } from '../../src/sources/read.ts';
import { silent } from '../slack/stage.ts';

const CATALOG: Catalog = { services: [], operators: [], announce: undefined, channelPrefix: 'inc', defaultPlaybook: undefined, generic: {} };
const OPEN = {
  webhookTokens: ['a-token-of-doctor'],
  webhookTokensOf: { datadog: ['another-of-datadog'] },
  webhookSecrets: { github: ['h-secret'], grafana: ['g-secret'], sentry: ['s-secret'], pagerduty: ['p-secret'] },
  snsTopics: [],
  host: '127.0.0.1',
  port: 9,
} as const;
const NOTHING = {
  ...OPEN,
  webhookTokens: [],
  webhookTokensOf: {},
  webhookSecrets: { github: [], grafana: [], sentry: [], pagerduty: [] },
};

let http: Http | undefined;
afterEach(async () => {
  await http?.close();
  http = undefined;
});
/** The doors of a program that runs, with settings of its own. */
async function running(config: typeof OPEN | typeof NOTHING): Promise<{ port: number; stored: Arriving[] }> {
  const stored: Arriving[] = [];
  const webhooks = webhookHandler({
    ...{ sources: SOURCES, clock: realClock, log: silent, catalog: () => CATALOG, tokens: config.webhookTokens, tokensOf: config.webhookTokensOf },
    secrets: config.webhookSecrets,
    accept: async (delivery) => stored.push(delivery) > 0,
  });
  const healthz = () => ({ status: 200, headers: {}, body: '{"ok":true}' });
  const routes = [
    { method: 'POST' as const, path: '/webhooks/:source', handle: webhooks },
    { method: 'GET' as const, path: '/healthz', handle: healthz },
  ];
  http = createHttp({ host: '127.0.0.1', port: 0, clock: realClock, log: silent, routes });
  return { port: (await http.listen()).port, stored };
}
const names = SOURCES.filter(({ sealed }) => !sealed).map(({ name }) => name);

describe('a test alert', () => {
  test('is let in by every source that is open, here while the program does not run', async () => {
    const found = await sourceFindings(OPEN, CATALOG);
    expect(found).toEqual([
      { name: 'sources', ok: true, text: `a test alert is let in here (the program does not run), and opens nothing: ${names.join(', ')}` },
    ]);
  });

  test('goes through the running program, where nothing that was stored could open an incident', async () => {
    const { port, stored } = await running(OPEN);
    expect(await sourceFindings({ ...OPEN, port }, CATALOG)).toMatchObject([{ ok: true, text: expect.stringContaining('by the running program') }]);
    expect(stored.map(({ source }) => source).sort()).toEqual(['alertmanager', 'generic']);
    for (const { source: name, body, receivedAt } of stored) {
      const source = SOURCES.find((one) => one.name === name);
      for (const signal of source ? readSignals(source, body, { now: receivedAt, catalog: CATALOG }) : []) {
        const known = { now: receivedAt, desk: { open: [], closed: [] }, heard: undefined, seldom: [] };
        const at = { services: new Map(), snoozes: [] };
        const whole = { ...signal, source: name, service: undefined, severity: 'sev1' as const };
        expect(correlate(whole, known, { ...at, noise: NOISE }).kind).toBe('ignore');
        expect(correlate(whole, known, { ...at, noise: { ...NOISE, own: [] } }).kind).toBe('ignore'); // services.yml may have taken our label away
      }
    }
  });

  test('that the running program refuses says that it runs with other settings', async () => {
    const { port } = await running({ ...OPEN, webhookTokens: ['an-older-token-xx'] } as unknown as typeof OPEN);
    const bad = (await sourceFindings({ ...OPEN, port }, CATALOG)).filter(({ ok }) => !ok);
    expect(bad.map(({ name }) => name)).toContain('source alertmanager');
    expect(bad[0]?.text).toContain('restart it');
  });

  test('is not needed where everything is closed: that is said, as a problem', async () => {
    expect(await sourceFindings(NOTHING, CATALOG)).toEqual([
      { name: 'sources', ok: false, text: `closed, because neither token nor secret is set: ${names.join(', ')}` },
    ]);
  });

  test('with a mapping of services.yml says nothing about its words, only that the door is open', async () => {
    const found = await sourceFindings(OPEN, { ...CATALOG, generic: { fingerprint: 'alert.id' } });
    expect(found).toHaveLength(1);
  });

  test('a token of a source that is none is a problem, and nothing is sent', async () => {
    expect(await sourceFindings({ ...OPEN, webhookTokensOf: { datadgo: ['x'] } }, CATALOG)).toMatchObject([
      { ok: false, text: expect.stringContaining('DATADGO') },
    ]);
  });
});
