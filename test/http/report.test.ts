/** The form for people without Slack, over HTTP. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Incident } from '../../src/core/model.ts';
import { type ReportEngine, reportRoutes } from '../../src/http/report.ts';
import { createHttp, type Http } from '../../src/http/server.ts';
import { handClock, silent } from '../slack/stage.ts';

const TOKEN = 'report-token-0123456789';
const ALLOWED = { authorization: `Basic ${Buffer.from(`anybody:${TOKEN}`).toString('base64')}` };

let http: Http;
let url: string;
let clock: ReturnType<typeof handClock>;
let asked: { ask: Parameters<ReportEngine['openIncident']>[0]; once: string }[];

async function serve(tokens: readonly string[]): Promise<void> {
  asked = [];
  clock = handClock();
  let ids = 0;
  const engine: ReportEngine = {
    openIncident: async (ask, once) => {
      asked.push({ ask, once });
      return {
        incident: { id: 'INC-7' } as Incident /* the page shows its id alone */,
        reply: { ok: true, text: 'INC-7 is open; its channel is on its way.' },
      };
    },
    services: () => [{ name: 'shop' }, { name: '<b>odd</b>' }],
  };
  const routes = reportRoutes({ tokens, engine, clock, log: silent, key: 'of this run', newId: () => `id-${++ids}` });
  http = createHttp({ host: '127.0.0.1', port: 0, clock, log: silent, routes });
  url = `${(await http.listen()).url}/report`;
}
beforeEach(() => serve([TOKEN]));
afterEach(() => http.close());

const get = (headers: Record<string, string> = ALLOWED): Promise<Response> => fetch(url, { headers });
const ticketIn = (html: string): string => /name="ticket" value="([^"]+)"/.exec(html)?.[1] ?? '';
const fresh = async (): Promise<string> => ticketIn(await (await get()).text());
async function post(fields: Record<string, string>, headers: Record<string, string> = ALLOWED): Promise<{ status: number; html: string; headers: Headers }> {
  const ticket = fields.ticket ?? (await fresh());
  const answer = await fetch(url, { method: 'POST', headers, body: new URLSearchParams({ description: 'Paying fails', ...fields, ticket }) });
  return { status: answer.status, html: await answer.text(), headers: answer.headers };
}

describe('who may see it', () => {
  test('nobody without the token, and the browser asks for it; nothing of services.yml is told', async () => {
    for (const headers of [{}, { authorization: 'Basic eDp5' }]) {
      const answer = await get(headers as Record<string, string>);
      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toMatch(/^Basic realm="Report a problem"/);
      expect(await answer.text()).not.toMatch(/shop|<form/);
    }
    expect((await fetch(`${url}?token=${TOKEN}`)).status).toBe(401);
  });

  test('nobody at all while no token is set', async () => {
    await http.close();
    await serve([]);
    expect((await get()).status).toBe(401);
    expect((await post({ ticket: 'x' })).status).toBe(401);
  });
});

describe('the page', () => {
  test('has no script, loads nothing, may stand in no frame, is kept nowhere', async () => {
    const answer = await get();
    expect(answer.headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'sha256-[^']+'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'$/,
    );
    expect(Object.fromEntries(answer.headers)).toMatchObject({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY' });
    const html = await answer.text();
    expect(html).not.toMatch(/<script|<link|<img|\son\w+=|style="|javascript:/i);
    expect(html).toContain('&lt;b&gt;odd&lt;/b&gt;');
  });

  test('shows what was typed again, escaped, when something is wrong', async () => {
    const { status, html } = await post({ url: 'javascript:alert(1)', description: '</textarea><script>x</script>', name: '"><i>' });
    expect(status).toBe(422);
    expect(html).toContain('as it begins with https://');
    expect(html).toContain('&lt;/textarea&gt;&lt;script&gt;x&lt;/script&gt;');
    expect(html).toContain('value="&quot;&gt;&lt;i&gt;"');
    expect(asked).toEqual([]);
  });
});

describe('a report', () => {
  test('opens or joins an incident, with address and words as evidence and the person named', async () => {
    const { status, html } = await post({ service: 'shop', url: 'https://shop.example.com/pay', description: 'Paying fails\r\nsince noon', name: 'Kim' });
    expect(status).toBe(200);
    expect(html).toContain('INC-7');
    const at = clock.now();
    expect(asked[0]?.ask).toEqual({
      title: 'Paying fails',
      service: 'shop',
      severity: undefined,
      by: { slackId: 'web', name: 'Kim', rank: 'member', groups: [] },
      evidence: [
        { kind: 'url', url: 'https://shop.example.com/pay', by: 'Kim', at },
        { kind: 'note', text: 'Paying fails\nsince noon', by: 'Kim', at },
      ],
    });
  });

  test('sent twice by an impatient finger carries the same word, so that the engine takes it once', async () => {
    const ticket = await fresh();
    await post({ ticket });
    await post({ ticket });
    expect(new Set(asked.map(({ once }) => once))).toEqual(new Set([`web:${ticket}`]));
  });

  test('never carries a pasted secret on', async () => {
    await post({ description: 'login with ghp_0123456789abcdefghijABCDEFGHIJ012345 fails' });
    expect(JSON.stringify(asked)).not.toContain('ghp_0123');
  });

  test.each<[string, Record<string, string>, string]>([
    ['without words', { description: ' ' }, 'what goes wrong'],
    ['about a service that is none', { service: 'shpo' }, 'choose again'],
    ['with a password in the address', { url: 'https://me:pw@shop.example.com' }, 'without a password'],
    ['longer than anybody reads', { description: 'x'.repeat(2_001) }, 'longer than 2000'],
  ])('%s is asked for again', async (_, fields, because) => {
    const { status, html } = await post(fields);
    expect([status, html.includes(because)]).toEqual([422, true]);
    expect(asked).toEqual([]);
  });
});

describe('what another page makes the browser send', () => {
  test('is not taken without a ticket of ours, and what was typed is not lost', async () => {
    for (const ticket of ['', 'x', `${Date.now() + 1e6}.id.${'0'.repeat(64)}`]) {
      const { status, html } = await post({ ticket });
      expect([status, html.includes('Paying fails'), ticketIn(html) !== '']).toEqual([403, true, true]);
    }
    expect((await post({}, { ...ALLOWED, 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect(asked).toEqual([]);
  });

  test('a ticket is good for an hour', async () => {
    const ticket = await fresh();
    clock.move(3_600_001);
    expect((await post({ ticket })).status).toBe(403);
  });
});

test('the 21st report within a minute waits, the one a minute later does not', async () => {
  for (let n = 0; n < 20; n += 1) expect((await post({})).status).toBe(200);
  const late = await post({});
  expect([late.status, late.headers.get('retry-after')]).toEqual([429, '60']);
  clock.move(60_000);
  expect((await post({})).status).toBe(200);
});

test.each<[string, RequestInit, number]>([
  ['JSON', { body: '{}', headers: { ...ALLOWED, 'content-type': 'application/json' } }, 415],
  ['bytes that are no text', { body: Buffer.from([0x61, 0xff]), headers: { ...ALLOWED, 'content-type': 'application/x-www-form-urlencoded' } }, 400],
  ['too much', { body: `description=${'x'.repeat(70_000)}`, headers: { ...ALLOWED, 'content-type': 'application/x-www-form-urlencoded' } }, 413],
])('%s is refused', async (_, init, status) => expect((await fetch(url, { method: 'POST', ...init })).status).toBe(status));
