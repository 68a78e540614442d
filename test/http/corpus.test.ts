import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { alertmanager } from '../../src/sources/alertmanager.ts';
import { catalog, NOW, type Served, serve, TOKEN } from './serve.ts';

/** The rows of the shared corpus, so that a row added there without a case here is seen. */
const rows = readFileSync(new URL('../fixtures/bad-inputs/corpus.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as { id: string; surface: string; expect: string; message: string }); // our own fixture
const mine = rows.filter(({ surface }) => surface === 'POST /webhooks/alertmanager');

const firing = JSON.parse(readFileSync(new URL('../fixtures/alertmanager/firing.json', import.meta.url), 'utf8'));
const alert = firing.alerts[0];
const body = (change: object = {}): string => JSON.stringify({ ...firing, ...change });
const one = (change: object): string => body({ alerts: [{ ...alert, ...change }] });
const labelled = (labels: object): string => one({ labels: { ...alert.labels, ...labels } });

interface Case {
  send: string | Buffer;
  headers?: Record<string, string>;
  status: number;
  code?: string;
  path?: string;
  message?: string;
}
const bytesWithBadLabel = Buffer.concat([Buffer.from(labelled({ x: '@' })).subarray(0, 40), Buffer.from([0xc3, 0x28])]);

const cases: Record<string, Case> = {
  A01: { send: '', status: 400, code: 'E_JSON_SYNTAX', message: 'empty' },
  A02: { send: '{"version":"4","alerts":[{', status: 400, code: 'E_JSON_SYNTAX', message: 'character 26' },
  A03: { send: 'null', status: 422, code: 'E_SCHEMA', path: '(root)', message: '(root): expected object, got null' },
  A04: { send: '[]', status: 422, code: 'E_SCHEMA', message: '(root): expected object, got array' },
  A05: { send: '"4"', status: 422, code: 'E_SCHEMA', message: '(root): expected object, got string' },
  A06: { send: body({ version: '3' }), status: 422, code: 'E_SCHEMA', path: 'version', message: 'only "4" is supported' },
  A07: { send: body({ alerts: undefined }), status: 422, code: 'E_SCHEMA', path: 'alerts', message: 'required' },
  A08: { send: body({ alerts: {} }), status: 422, code: 'E_SCHEMA', path: 'alerts', message: 'expected array, got object' },
  A09: {
    send: JSON.stringify({
      version: '4',
      alerts: Array.from({ length: 10_001 }, (_, n) => ({ status: 'firing', labels: { n: `${n}` }, startsAt: '2026-11-20T06:50:39Z' })),
    }),
    status: 202,
  },
  A10: { send: labelled({ pod: 'x'.repeat(900_000) }), status: 202 },
  A11: { send: labelled({ severity: 3 }), status: 422, code: 'E_SCHEMA', path: 'alerts.0.labels.severity', message: 'expected string, got number' },
  A12: { send: body().replace('"labels":{', '"labels":{"__proto__":"x",'), status: 202 },
  A13: { send: one({ startsAt: 'yesterday' }), status: 422, code: 'E_SCHEMA', path: 'alerts.0.startsAt', message: 'expected RFC 3339 time' },
  A14: {
    send: one({ startsAt: '9999-12-31T23:59:59Z' }),
    status: 422,
    code: 'E_TIME_RANGE',
    path: 'alerts.0.startsAt',
    message: 'more than 24 h in the future',
  },
  A15: { send: one({ endsAt: '0001-01-01T00:00:00Z' }), status: 202 },
  A16: { send: body({ status: 'FIRING' }), status: 422, code: 'E_SCHEMA', path: 'status', message: 'firing|resolved' },
  A17: {
    send: body().replace('"summary":"', `"x":${'['.repeat(10_000)}${']'.repeat(10_000)},"summary":"`),
    status: 422,
    code: 'E_JSON_DEPTH',
    message: 'deeper than 32',
  },
  A18: { send: bytesWithBadLabel, status: 400, code: 'E_UTF8', message: 'at byte 40' },
  A19: { send: Buffer.from(`\ufeff${body()}`, 'utf16le'), status: 400, code: 'E_UTF8', message: 'UTF-16' },
  A20: { send: `\ufeff${body()}`, status: 202 },
  A21: { send: body(), headers: { 'content-type': 'text/xml' }, status: 415, code: 'E_MEDIA_TYPE', message: 'expected application/json' },
  A22: {
    send: gzipSync(Buffer.alloc(300_000_000, 'a'), { level: 1 }).subarray(0, 300_000),
    headers: { 'content-encoding': 'gzip' },
    status: 413,
    code: 'E_TOO_LARGE',
  },
  A24: { send: labelled({ alertname: '<!channel> *pwn* <https://evil.example|Runbook>' }), status: 202 },
  A25: { send: labelled({ alertname: `${'\u{1f525}'.repeat(300)}\u202e\u200b` }), status: 202 },
  A26: { send: one({ fingerprint: undefined }), status: 202 },
  A27: { send: one({ generatorURL: 'javascript:alert(1)' }), status: 202 },
  A28: { send: one({ annotations: { runbook_url: 'http://169.254.169.254/latest/' } }), status: 202 },
  A30: { send: 'x'.repeat(5_000_000), status: 413, code: 'E_TOO_LARGE' },
  A31: { send: '{"version":"4","alerts":[NaN,]}', status: 400, code: 'E_JSON_SYNTAX', message: "unexpected 'N' at character 25" },
};

describe('POST /webhooks/alertmanager answers every row of the corpus as written there', () => {
  let served: Served;
  beforeAll(async () => {
    served = await serve();
  });
  afterAll(() => served.close());

  test('every row has a case', () => {
    const elsewhere = ['A23', 'A29']; // below, they need more than one request
    expect([...Object.keys(cases), ...elsewhere].sort()).toEqual(mine.map(({ id }) => id).sort());
    for (const { id, expect: wanted } of mine) if (cases[id]) expect(`${id} ${wanted}`).toContain(`${id} ${cases[id].status}`);
  });

  test.each(Object.entries(cases))('%s', async (_, { send, headers, status, code, path, message }) => {
    const storedBefore = served.accepted.length;
    const startedAt = performance.now();
    const answer = await served.post('/webhooks/alertmanager', send, headers);
    expect(performance.now() - startedAt).toBeLessThan(5_000); // the budget is 50 ms on a quiet machine; this only finds what hangs
    const text = await answer.text();
    expect({ status: answer.status, text }).toMatchObject({ status });
    expect(served.accepted.length - storedBefore).toBe(status === 202 ? 1 : 0);
    if (code === undefined) return;
    const { error } = JSON.parse(text);
    expect(error).toEqual({
      code,
      message: expect.stringContaining(message ?? ''),
      path: path ?? expect.stringMatching(/./),
      hint: expect.stringMatching(/./),
    });
    expect(text).not.toMatch(/node_modules|\bat .*:\d+:\d+|\.ts\b/);
    expect(text.length).toBeLessThan(500);
  });

  test('A23: no token, a wrong one and the right one in the URL get the same bytes, and the token reaches no log line', async () => {
    const answers = await Promise.all([
      fetch(`${served.url}/webhooks/alertmanager`, { method: 'POST', body: body() }),
      served.post('/webhooks/alertmanager', body(), { authorization: 'Bearer wrong' }),
      fetch(`${served.url}/webhooks/alertmanager?token=${TOKEN}`, { method: 'POST', body: body() }),
      served.post('/webhooks/no-such-source', body(), { authorization: `Basic ${TOKEN}` }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 401]);
    expect(new Set(await Promise.all(answers.map((answer) => answer.text()))).size).toBe(1);
    expect(served.lines.join('')).not.toContain(TOKEN);
  });
});

test('A29: 200 slow senders are closed by the time limit, and others are answered meanwhile', async () => {
  const served = await serve({ limits: { headersTimeoutMs: 300, requestTimeoutMs: 400, checkEveryMs: 50 } });
  const port = Number(new URL(served.url).port);
  const closed = Array.from({ length: 200 }, () => {
    const socket = connect(port, '127.0.0.1', () =>
      socket.write(`POST /webhooks/alertmanager HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${TOKEN}\r\nContent-Length: 100\r\n\r\n{`),
    );
    const drip = setInterval(() => socket.write(' '), 50);
    return new Promise<void>((resolve) =>
      socket
        .on('error', () => undefined)
        .resume()
        .once('close', () => {
          clearInterval(drip);
          resolve();
        }),
    );
  });
  for (let n = 0; n < 10; n++) expect((await served.post('/webhooks/alertmanager', body())).status).toBe(202);
  await Promise.all(closed);
  expect((await served.post('/webhooks/alertmanager', body())).status).toBe(202);
  expect(served.accepted).toHaveLength(11);
  await served.close();
}, 10_000);

describe('what the accepted rows become', () => {
  const read = (id: string) => {
    const text = String(cases[id]?.send).replace(/^\ufeff/, '');
    return alertmanager.toSignals(alertmanager.payload.parse(JSON.parse(text)), { now: NOW, catalog });
  };
  const first = (id: string) => read(id)[0] ?? expect.fail('no signal');

  test('A09: the first 1,000 are kept and the other 9,001 are counted', () => {
    expect(read('A09')).toHaveLength(1_000);
    expect(first('A09').labels.truncated).toBe('9001');
  });
  test('A10: a label of 900 kB is cut to 4 KiB, with the hash of the whole', () => {
    const { pod, pod_sha256 } = first('A10').labels;
    expect(Buffer.byteLength(pod ?? '')).toBeLessThanOrEqual(4096 + Buffer.byteLength('…(cut)'));
    expect(pod).toMatch(/…\(cut\)$/);
    expect(pod_sha256).toMatch(/^[0-9a-f]{64}$/);
  });
  test('A12: a label named __proto__ changes no object', () => {
    expect(first('A12').labels).not.toHaveProperty('x');
    expect(Reflect.get({}, 'x')).toBeUndefined();
    expect(Object.getPrototypeOf(first('A12').labels)).toBe(Object.prototype);
  });
  test('A15: year 1 as the end of a firing alert does not resolve it', () => {
    expect(first('A15')).toMatchObject({ state: 'firing', at: Date.parse(alert.startsAt) });
  });
  test('A25: hidden and turning characters are not shown', () => {
    const [signal] = alertmanager.toSignals(
      { version: '4', alerts: [{ ...alert, annotations: { summary: 'a\u202eb\u200bc\u0000d' } }] },
      { now: NOW, catalog },
    );
    expect(signal?.summary).toBe('a b c d');
  });
  test('A26: without a fingerprint the sorted labels make one, the same in any order', () => {
    const turned = { version: '4', alerts: [{ ...alert, fingerprint: undefined, labels: Object.fromEntries(Object.entries(alert.labels).reverse()) }] };
    expect(alertmanager.toSignals(turned, { now: NOW, catalog })[0]?.fingerprint).toBe(first('A26').fingerprint);
    expect(first('A26').fingerprint).toMatch(/^[0-9a-f]{32}$/);
  });
  test('A27: what is no web address is text, never a link', () => {
    expect(first('A27').links.map(({ title }) => title)).not.toContain('Query');
    expect(first('A27').labels.generatorURL).toBe('javascript:alert(1)');
  });
  test('A28: a metadata address is shown as it came; nothing here can fetch it', () => {
    expect(first('A28').links).toContainEqual({ title: 'Runbook', url: 'http://169.254.169.254/latest/' });
  });
});
