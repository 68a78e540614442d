import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import type { Clock } from '../../src/lib/clock.ts';
import { Failure } from '../../src/lib/failure.ts';
import { SOURCES } from '../../src/sources/index.ts';
import { NOW, SECOND_TOKEN, type Served, serve, TOKEN } from './serve.ts';

const BODY = JSON.stringify({ version: '4', alerts: [{ status: 'firing', labels: { alertname: 'a' }, startsAt: '2026-11-20T06:50:39Z' }] });
const authorized = { authorization: `Bearer ${TOKEN}` };

let served: Served;
afterEach(() => served.close());

/** A clock a test moves. */
function handClock(): Clock & { move(ms: number): void; waiting(): number } {
  let now = NOW;
  let timers: { at: number; fn: () => void }[] = [];
  return {
    now: () => now,
    at(at, fn) {
      const timer = { at, fn };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    move(ms) {
      now += ms;
      const due = timers.filter(({ at }) => at <= now);
      timers = timers.filter(({ at }) => at > now);
      for (const { fn } of due) fn();
    },
    waiting: () => timers.length,
  };
}

/** A store that takes its time: `called` when a delivery is there, on disk when the test says `stored`. */
function held() {
  const arrival = Promise.withResolvers<void>();
  const disk = Promise.withResolvers<void>();
  const accept = (): Promise<void> => {
    arrival.resolve();
    return disk.promise;
  };
  return { accept, called: arrival.promise, stored: disk.resolve };
}

async function until(what: () => boolean): Promise<void> {
  while (!what()) await new Promise((resolve) => setImmediate(resolve));
}

describe('the routes of the contract', () => {
  test('answer as written there', async () => {
    served = await serve();
    const get = async (path: string, headers = {}) => {
      const answer = await fetch(served.url + path, { headers });
      return { status: answer.status, text: await answer.text(), type: answer.headers.get('content-type') };
    };
    expect(await get('/healthz')).toMatchObject({ status: 200, text: '{"ok":true}' });
    expect(await get('/readyz')).toMatchObject({
      status: 503,
      text: '{"ready":false,"dependencies":[{"name":"slack","state":"down","cause":"invalid_auth","since":"2026-11-20T07:00:00.000Z"}]}',
    });
    expect(await get('/metrics')).toEqual({ status: 200, text: 'up 1\n', type: 'text/plain; version=0.0.4' });
    expect(await get('/api/incidents?limit=3', authorized)).toMatchObject({ status: 200, text: '{"limit":"3"}' });
    expect(await get('/api/incidents/INC-42', authorized)).toMatchObject({ status: 200, text: '{"id":"INC-42"}' });
    expect((await served.post('/api/incidents', '{"a":1}')).status).toBe(201);
    expect((await fetch(`${served.url}/healthz`, { method: 'HEAD' })).status).toBe(200);
  });

  test('the API is closed without its token', async () => {
    served = await serve();
    for (const path of ['/api/incidents', '/api/incidents/INC-1']) expect((await fetch(served.url + path)).status).toBe(401);
    expect((await fetch(`${served.url}/api/incidents`, { method: 'POST', body: '{}' })).status).toBe(401);
  });

  test('what is no route, or another method, is named as such', async () => {
    served = await serve();
    const answers = await Promise.all(
      ['/', '/nothing', '/slack/events', '/webhooks/', '/webhooks/%zz', '/api/incidents/../x/y'].map((path) => served.post(path, BODY)),
    );
    for (const answer of answers) expect(await answer.json()).toMatchObject({ error: { code: 'E_NOT_FOUND' } });
    const wrong = await fetch(`${served.url}/webhooks/alertmanager`, { method: 'DELETE' });
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'POST']);
    const unknown = await served.post('/webhooks/graphana', BODY);
    expect(await unknown.json()).toMatchObject({ error: { code: 'E_NOT_FOUND', hint: `the sources are: ${SOURCES.map(({ name }) => name).join(', ')}` } });
  });

  test('a library that answers by itself gets the request as it came', async () => {
    served = await serve({ rooms: { slack: (request, response) => void request.pipe(response) } });
    expect(await (await served.post('/slack/events', 'payload=1')).text()).toBe('payload=1');
  });

  test('a fault of our own is 500 without a word about its inside, and the next request is served', async () => {
    const others = [{ method: 'GET' as const, path: '/broken', handle: () => Promise.reject(new Error(`secret detail at /srv/x.ts ${TOKEN}`)) }];
    served = await serve({ rooms: { others } });
    const answer = await fetch(`${served.url}/broken`);
    expect([answer.status, await answer.text()]).toEqual([500, expect.not.stringMatching(/secret|x\.ts|at /)]);
    expect(served.lines.join('')).toContain('secret detail');
    expect((await fetch(`${served.url}/healthz`)).status).toBe(200);
  });
});

describe('storing', () => {
  test('the answer comes after the store has it, and names the number of alerts', async () => {
    const { accept, called, stored } = held();
    served = await serve({ accept });
    let isAnswered = false;
    const answer = served.post('/webhooks/alertmanager', BODY).finally(() => (isAnswered = true));
    await called;
    await new Promise((resolve) => setImmediate(resolve));
    expect(isAnswered).toBe(false);
    stored();
    expect(await (await answer).json()).toEqual({ accepted: 1 });
  });

  test('the body is stored as it came', async () => {
    served = await serve();
    await served.post('/webhooks/alertmanager', BODY);
    expect(served.accepted).toEqual([{ source: 'alertmanager', body: BODY, receivedAt: NOW }]);
  });

  test.each([new Failure('E_STORE', 'the disk is full', { hint: 'make room' }), new Error('SQLITE_FULL at /srv/data')])(
    '%s is 503 with Retry-After, so that the sender comes again',
    async (error) => {
      served = await serve({ accept: () => Promise.reject(error) });
      const answer = await served.post('/webhooks/alertmanager', BODY);
      expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5']);
      expect(await answer.json()).toEqual({
        error: { code: 'E_STORE', message: expect.not.stringContaining('SQLITE'), path: '(request)', hint: expect.stringMatching(/./) },
      });
    },
  );

  test('a store that does not answer is 503 after two seconds', async () => {
    const clock = handClock();
    served = await serve({ clock, accept: () => new Promise(() => undefined) });
    const answer = served.post('/webhooks/alertmanager', BODY);
    await until(() => clock.waiting() === 1);
    clock.move(2_000);
    expect((await answer).status).toBe(503);
  });

  test('an empty delivery is accepted and not stored', async () => {
    served = await serve();
    expect(await (await served.post('/webhooks/alertmanager', '{"version":"4","alerts":[]}')).json()).toEqual({ accepted: 0 });
    expect(served.accepted).toEqual([]);
  });
});

describe('tokens', () => {
  test('two are live at once, the scheme may be written in any case', async () => {
    served = await serve();
    for (const authorization of [`Bearer ${TOKEN}`, `bearer ${SECOND_TOKEN}`])
      expect((await served.post('/webhooks/alertmanager', BODY, { authorization })).status).toBe(202);
  });

  test.each(['Bearer ', 'Bearer', `Bearer ${TOKEN}x`, `Bearer ${TOKEN},${SECOND_TOKEN}`, TOKEN, `Bearer ${'x'.repeat(5_000)}`])(
    '%s is not one',
    async (authorization) => {
      served = await serve();
      expect((await served.post('/webhooks/alertmanager', BODY, { authorization })).status).toBe(401);
    },
  );

  test('after ten failures in a minute the refusal is slow; a right token is not, and after the minute all is forgotten', async () => {
    const clock = handClock();
    served = await serve({ clock });
    const wrong = () => served.post('/webhooks/alertmanager', BODY, { authorization: 'Bearer wrong' });
    for (let n = 0; n < 10; n++) expect((await wrong()).status).toBe(401);
    const slow = wrong();
    await until(() => clock.waiting() === 1);
    expect((await served.post('/webhooks/alertmanager', BODY)).status).toBe(202);
    clock.move(1_000);
    expect(await (await slow).text()).toBe(await (await fetch(`${served.url}/api/incidents`)).text());
    clock.move(60_000);
    expect((await wrong()).status).toBe(401);
  });
});

describe('limits', () => {
  test('a body that grows past the limit without a declared length is refused, and nothing is stored', async () => {
    served = await serve({ limits: { maxBodyBytes: 1_000 } });
    const body = new ReadableStream({ pull: (controller) => controller.enqueue(new TextEncoder().encode('x'.repeat(700))) }, { highWaterMark: 0 });
    const answer = await fetch(`${served.url}/webhooks/alertmanager`, { method: 'POST', headers: authorized, body, duplex: 'half' } as RequestInit); // duplex is missing in lib.dom
    expect([answer.status, await answer.json()]).toMatchObject([413, { error: { code: 'E_TOO_LARGE', hint: expect.stringContaining('limit=1000') } }]);
    expect(served.accepted).toEqual([]);
  });

  test.each([
    [1_000, 400],
    [1_001, 413],
  ])('a streamed body of %i bytes at a limit of 1,000 is %i', async (bytes, status) => {
    served = await serve({ limits: { maxBodyBytes: 1_000 } });
    const body = new Blob(['x'.repeat(bytes)]).stream();
    expect((await fetch(`${served.url}/webhooks/alertmanager`, { method: 'POST', headers: authorized, body, duplex: 'half' } as RequestInit)).status).toBe(
      status,
    ); // as above
  });

  test('brackets inside a text, behind an escaped quote, are no depth', async () => {
    served = await serve();
    const body = BODY.replace('"alertname":"a"', `"alertname":"\\"${'['.repeat(40)}\\\\","b":"${'{'.repeat(40)}"`);
    expect((await served.post('/webhooks/alertmanager', body)).status).toBe(202);
  });

  test('a sender that hangs up in the middle stores nothing and harms nobody', async () => {
    served = await serve();
    const { port } = new URL(served.url);
    await new Promise<void>((resolve) => {
      const socket = connect(Number(port), '127.0.0.1', () => {
        socket.write(`POST /webhooks/alertmanager HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${TOKEN}\r\nContent-Length: 1000\r\n\r\n{"version"`, () =>
          socket.destroy(),
        );
      }).once('close', () => resolve());
    });
    expect((await served.post('/webhooks/alertmanager', BODY)).status).toBe(202);
    expect(served.accepted).toHaveLength(1);
  });

  test.each([
    ['no HTTP at all', 'hello\r\n\r\n', 400],
    ['20 kB of headers', `GET /healthz HTTP/1.1\r\nHost: x\r\nX: ${'y'.repeat(20_000)}\r\n\r\n`, 431],
    ['a length that is no number', 'POST /webhooks/generic HTTP/1.1\r\nHost: x\r\nContent-Length: abc\r\n\r\n', 400],
    ['two lengths, as request smuggling needs', 'POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 400],
  ])('%s is answered and the connection closed', async (_, text, status) => {
    served = await serve();
    const { port } = new URL(served.url);
    const answer = await new Promise<string>((resolve) => {
      let got = '';
      const socket = connect(Number(port), '127.0.0.1', () => socket.write(text));
      socket.on('data', (chunk) => (got += chunk)).once('close', () => resolve(got));
    });
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} [A-Z][\\s\\S]*\\{"error":\\{"code":"E_`));
  });

  test('past the number of connections the longest idle one gives way', async () => {
    served = await serve({ limits: { maxConnections: 3 } });
    const { port } = new URL(served.url);
    const closed: number[] = [];
    const open = (n: number) =>
      new Promise<void>((resolve) => {
        const socket = connect(Number(port), '127.0.0.1', resolve).resume();
        socket.once('close', () => closed.push(n)).on('error', () => undefined);
      });
    for (const n of [1, 2, 3]) await open(n);
    expect((await fetch(`${served.url}/healthz`)).status).toBe(200);
    await until(() => closed.length > 0);
    expect(closed).toEqual([1]);
  });

  test('a request that came in whole is not cut off for a new connection; that one is told to come again', async () => {
    const { accept, called, stored } = held();
    served = await serve({ limits: { maxConnections: 1 }, accept });
    const first = served.post('/webhooks/alertmanager', BODY);
    await called;
    const second = await new Promise<string>((resolve) => {
      httpRequest(`${served.url}/healthz`, { agent: false }, (answer) => resolve(`${answer.statusCode} ${answer.headers['retry-after']}`)).end();
    });
    expect(second).toBe('503 5');
    stored();
    expect((await first).status).toBe(202);
  });
});

describe('stopping', () => {
  test('new deliveries are told to come again, health goes on, the one under way is answered', async () => {
    const { accept, called, stored } = held();
    served = await serve({ accept });
    const underWay = served.post('/webhooks/alertmanager', BODY);
    await called;
    served.http.drain();
    const late = await served.post('/webhooks/alertmanager', BODY);
    expect([late.status, late.headers.get('retry-after'), await late.json()]).toMatchObject([503, '5', { error: { code: 'E_DRAINING' } }]);
    expect((await fetch(`${served.url}/healthz`)).status).toBe(200);
    const closing = served.http.close();
    stored();
    expect((await underWay).status).toBe(202);
    await closing;
    await expect(fetch(`${served.url}/healthz`)).rejects.toThrow();
  });

  test('a port that is taken is an error, not a crash', async () => {
    served = await serve();
    const port = Number(new URL(served.url).port);
    const { createHttp } = await import('../../src/http/server.ts');
    const { createLog } = await import('../../src/lib/log.ts');
    const second = createHttp({ host: '127.0.0.1', port, clock: handClock(), log: createLog({ level: 'silent' }), routes: [] });
    await expect(second.listen()).rejects.toMatchObject({ code: 'E_BUSY', hint: expect.stringContaining('PORT') });
    await second.close();
  });
});
