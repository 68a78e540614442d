import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { groupErrors, normalise } from '../../src/logs/fingerprint.ts';
import { framesOf } from '../../src/logs/frames.ts';
import { readLine, timeOf } from '../../src/logs/read-line.ts';
import { joinRecords } from '../../src/logs/records.ts';
import { grouped } from './grouped.ts';

const linesOf = (text: string, at?: number) => text.split('\n').map((line) => ({ at, text: line }));

const PYTHON = (
  key: string,
  line = 1624,
  minute = 4,
): string => `2026-11-20 10:0${minute}:00,123 ERROR [worker-${minute}] shop.content: loading lesson ${minute}4711 failed
Traceback (most recent call last):
  File "/srv/app/releases/2026112${minute}/core/platform/cache.py", line 88, in get_multi
    return self._load(ids)
  File "/srv/app/releases/2026112${minute}/core/domain/state_domain.py", line ${line}, in from_dict
    state_dict['${key}'],
KeyError: '${key}'`;

const JAVA = `2026-11-20T10:04:00.001Z ERROR [http-nio-8080-exec-7] c.a.shop.CheckoutController - order 8812 failed
java.lang.IllegalStateException: cart 77f1c0de is empty
\tat com.acme.shop.CartService.total(CartService.java:120)
\tat com.acme.shop.CheckoutController.post(CheckoutController.java:58)
\tat org.springframework.web.servlet.DispatcherServlet.doDispatch(DispatcherServlet.java:1040)
Caused by: java.lang.NullPointerException: null
\tat com.acme.shop.Cart.items(Cart.java:12)
\t... 42 more`;

const JAVASCRIPT = `TypeError: Cannot read properties of undefined (reading 'price')
    at total (/srv/shop/src/cart.js:41:18)
    at async checkout (file:///srv/shop/src/checkout.js:12:3)
    at /srv/shop/src/server.js:9:1
    at node:internal/process/task_queues:105:5`;

const GO = `panic: runtime error: index out of range [5] with length 3

goroutine 18 [running]:
main.(*Cart).Item(0xc0000a4000, 0x5)
\t/app/cart.go:42 +0x1d
main.handle({0x7f2a, 0xc00001})
\t/app/main.go:17 +0x85
created by main.main in goroutine 1
\t/app/main.go:9 +0x2a`;

describe('errors of one kind are one group', () => {
  it.each([
    ['Python', PYTHON('inapplicable_skill_misconception_ids'), "KeyError: 'inapplicable_skill_misconception_ids'", ['from_dict', 'get_multi']],
    ['Java', JAVA, 'java.lang.IllegalStateException: cart 77f1c0de is empty', ['com.acme.shop.CartService.total', 'com.acme.shop.CheckoutController.post']],
    ['JavaScript', JAVASCRIPT, "TypeError: Cannot read properties of undefined (reading 'price')", ['total', 'checkout']],
    ['Go', GO, 'panic: runtime error: index out of range [5] with length 3', ['main.(*Cart).Item', 'main.handle']],
  ])('a trace of %s is one record, named by its exception, innermost frame first', async (_, text, title, functions) => {
    const groups = await grouped(linesOf(text));
    expect(groups).toHaveLength(1);
    expect(groups[0]).toMatchObject({ title, count: 1, sample: expect.stringContaining(title) });
    expect(groups[0]?.frames.slice(0, 2).map((frame) => frame.function)).toEqual(functions);
  });

  it('ids, times, line numbers, folders of releases and threads do not make another error', async () => {
    const twice = [PYTHON('inapplicable_skill_misconception_ids'), PYTHON('inapplicable_skill_misconception_ids', 1630, 5)].flatMap((text) => linesOf(text));
    expect(await grouped(twice)).toMatchObject([{ count: 2, firstAt: Date.parse('2026-11-20T10:04:00.123Z'), lastAt: Date.parse('2026-11-20T10:05:00.123Z') }]);
    const java = linesOf(`${JAVA}\n${JAVA.replaceAll('8812', '9').replace('77f1c0de', 'a0b1c2d3').replace(':120', ':123')}`);
    expect(await grouped(java)).toMatchObject([{ count: 2 }]);
  });

  it('another exception, or the same one elsewhere in the code, is another error', async () => {
    const [a] = await grouped(linesOf(JAVASCRIPT));
    const [b] = await grouped(linesOf(JAVASCRIPT.replace('TypeError', 'RangeError')));
    const [c] = await grouped(linesOf(JAVASCRIPT.replace('at total', 'at shipping')));
    expect(new Set([a?.fingerprint, b?.fingerprint, c?.fingerprint]).size).toBe(3);
  });

  it('JSON lines give message, level, time and stack', async () => {
    const line = (id: number) => ({
      at: undefined,
      text: JSON.stringify({
        level: 50,
        time: 1_763_632_800_000 + id,
        reqId: id,
        msg: `checkout ${id} failed`,
        err: { message: 'no price', stack: JAVASCRIPT },
      }),
    });
    expect(await grouped([line(1), line(2), line(3)])).toMatchObject([
      {
        count: 3,
        level: 'error',
        title: "TypeError: Cannot read properties of undefined (reading 'price')",
        firstAt: 1_763_632_800_001,
        lastAt: 1_763_632_800_003,
      },
    ]);
  });

  it('what is no error is left out, whatever words are in it', async () => {
    const lines = [
      'INFO 0 errors, all checks passed',
      '{"level":30,"msg":"retry after error succeeded"}',
      'GET /error-page HTTP/1.1" 200 12',
      '2026-11-20T10:00:00Z [info] failover drill done',
      'all is well',
    ];
    expect(await grouped(lines.flatMap((text) => linesOf(text)))).toEqual([]);
  });

  it('plain lines without a level count when they speak of trouble, and access logs when they end in 5xx', async () => {
    const lines = [
      'connection refused by 10.0.0.7:5432',
      'connection refused by 10.0.0.8:5432',
      '10.0.0.1 - - [20/Nov/2026:10:00:00 +0000] "GET /x HTTP/1.1" 500 12',
    ];
    expect((await grouped(lines.flatMap((text) => linesOf(text)))).map(({ count }) => count)).toEqual([2, 1]);
  });

  it('the most frequent comes first, and the sample is the newest', async () => {
    const lines = ['ERROR rare thing', 'ERROR often 1', 'ERROR often 2', 'ERROR often 3'].map((text, index) => ({ at: index, text }));
    expect(await grouped(lines)).toMatchObject([
      { count: 3, sample: 'ERROR often 3', firstAt: 1, lastAt: 3 },
      { count: 1, title: 'rare thing' },
    ]);
  });

  it('an exception group that an unfinished trace begins does not swallow the next record', async () => {
    const text = `${PYTHON('a')}\n2026-11-20 10:06:00,000 ERROR shop: something else\n${PYTHON('b', 1, 7)}`;
    expect((await grouped(linesOf(text))).map(({ count }) => count)).toEqual([2, 1]);
  });
});

describe('records', () => {
  it('a dump of indented lines is cut into records of 200 lines', () => {
    const lines = linesOf(`ERROR dump\n${'  more\n'.repeat(1_000)}`);
    expect(Math.max(...joinRecords(lines).map((record) => record.lines.length))).toBe(200);
  });
});

describe('reading lines', () => {
  it.each([
    ['2026-11-20T10:00:00.123Z ERROR x', '2026-11-20T10:00:00.123Z'],
    ['2026-11-20 10:00:00,123 ERROR x', '2026-11-20T10:00:00.123Z'],
    ['[2026-11-20T10:00:00+01:00] x', '2026-11-20T09:00:00.000Z'],
    ['2026/11/20 10:00:00 http: panic', '2026-11-20T10:00:00.000Z'],
    ['time=2026-11-20T10:00:00Z level=error msg=x', '2026-11-20T10:00:00.000Z'],
    ['10.0.0.1 - - [20/Nov/2026:10:00:00 +0200] "GET / HTTP/1.1" 500 1', '2026-11-20T08:00:00.000Z'],
    ['{"@timestamp":"2026-11-20T10:00:00.5Z","message":"x"}', '2026-11-20T10:00:00.500Z'],
    ['{"ts":1795168800.25,"msg":"x"}', '2026-11-20T10:00:00.250Z'],
  ])('%s happened at %s', (line, iso) => expect(new Date(readLine(line).at ?? 0).toISOString()).toBe(iso));

  it('seconds, milliseconds, microseconds and nanoseconds are told apart', () => {
    expect([1_795_168_800, 1_795_168_800_000, 1_795_168_800_000_000, '1795168800000000000'].map(timeOf)).toEqual(Array(4).fill(1_795_168_800_000));
    expect([-1, 0, 'soon', Number.NaN, null, '2026-99-99T00:00:00Z'].map(timeOf)).toEqual(Array(6).fill(undefined));
  });

  it.each([
    ['{"level":50,"msg":"x"}', 'error'],
    ['{"level":"WARN","msg":"x"}', 'warn'],
    ['{"severity":"CRITICAL","message":"x"}', 'fatal'],
    ['level=error msg=x', 'error'],
    ['[error] 1#1: upstream timed out', 'error'],
    ['2026-11-20 INFO an ERROR was fixed', 'info'],
    ['the error is fixed', undefined],
  ])('%s has level %s', (line, level) => expect(readLine(line).level).toBe(level));

  it('what differs between two occurrences is taken out', () => {
    expect(normalise("user 42 at 10.0.0.7:80 sent 'abc' in 0xdeadbeef req 3f2504e0-4f89-41d3-9a0c-0305e82c3301 commit 9fceb02d")).toBe(
      'user <n> at <address> sent <text> in <hex> req <id> commit <hex>',
    );
    expect(normalise('faced a deadbeef decade')).toBe('faced a deadbeef decade');
  });
});

const seed = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31);
describe(`whatever stands in a log (seed ${seed})`, () => {
  const piece = fc.oneof(
    fc.constantFrom(
      ...PYTHON('x').split('\n'),
      ...JAVA.split('\n'),
      ...JAVASCRIPT.split('\n'),
      ...GO.split('\n'),
      '{"level":50,',
      '{"msg":{}}',
      '{"err":{"stack":5}}',
      '',
      '\t',
    ),
    fc.string({ maxLength: 60, unit: 'binary' }),
  );
  it('lines are grouped, none is lost between records, and nothing throws', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 60 }), async (texts) => {
        const lines = texts.map((text) => ({ at: undefined, text }));
        expect(joinRecords(lines).flatMap((record) => record.lines.map(({ text }) => text))).toEqual(texts.flatMap((text) => text.split(/\r?\n/)));
        for (const group of await grouped(lines)) {
          expect(group.fingerprint).toMatch(/^[0-9a-f]{12}$/);
          expect(group.count).toBeGreaterThan(0);
          expect(group.title.length).toBeLessThanOrEqual(200);
        }
      }),
      { seed, numRuns: 2_000 },
    );
  });

  it('ordinary lines cost little: 1 MB is grouped in 500 ms of processor time, with the same result in slices as at once', async () => {
    const at = (n: number): string => new Date(Date.UTC(2026, 10, 20, 10) + n * 10).toISOString();
    const lines = Array.from({ length: 2_500 }, (_, n) => [
      { at: n, text: `${at(n)} INFO [http-${n % 20}] GET /api/v1/orders/${n} 200 ${n % 900}ms trace_id=${n}${'ab'.repeat(16)}` },
      { at: n, text: JSON.stringify({ time: at(n), level: 'info', msg: 'request completed', reqId: n, status: 200, hostname: 'shop-7f9c6d' }) },
      {
        at: n,
        text: `${at(n)} ERROR [worker-${n % 9}] shop.cart: order ${n} failed\nTraceback (most recent call last):\n  File "/srv/a.py", line 8, in f\n    x\nKeyError: '${n}'`,
      },
    ]).flat();
    expect(lines.reduce((sum, { text }) => sum + text.length, 0)).toBeGreaterThan(850_000);
    const never = new AbortController().signal;
    await groupErrors(lines.slice(0, 1_500), never); // compiled by now
    const before = process.threadCpuUsage();
    const groups = await groupErrors(lines, never);
    const { user, system } = process.threadCpuUsage(before);
    expect((user + system) / 1_000).toBeLessThan(500);
    expect(groups).toMatchObject([{ count: 2_500 }]);
  });

  it.each([
    ['one line of 1 MB', 'x'.repeat(1_000_000)],
    ['at', 'at '.repeat(100_000)],
    ['brackets', `at ${'('.repeat(100_000)}`],
    ['deep JSON', `{"a":${'['.repeat(50_000)}`],
    ['quotes', "'".repeat(100_000)],
    ['frames', '    at a (b:1:1)\n'.repeat(20_000)],
    ['digits', '1'.repeat(100_000)],
    ['hex', 'a1'.repeat(50_000)],
  ])('%s is done with in 300 ms', async (_, text) => {
    const before = process.threadCpuUsage();
    await grouped([{ at: 1, text: `ERROR ${text}` }]);
    framesOf(text);
    const { user, system } = process.threadCpuUsage(before);
    expect((user + system) / 1_000).toBeLessThan(300);
  });
});
