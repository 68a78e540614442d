import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseJson } from '../../src/http/json.ts';
import { CODES } from '../../src/lib/failure.ts';
import { SOURCES } from '../../src/sources/index.ts';
import { readSignals } from '../../src/sources/read.ts';
import { catalog, NOW, type Served, serve } from './serve.ts';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const RUNS = 2_000;
// The seed stands in the name of each test, so a failure can be repeated with SEED=…
const firing = JSON.parse(readFileSync(new URL('../fixtures/alertmanager/firing.json', import.meta.url), 'utf8'));
const flat = { id: 'a1', status: 'firing', severity: 'high', service: 'shop', title: 'Shop is down', url: 'https://x.example/', at: '2026-11-20T06:00:00Z' };

let served: Served;
beforeAll(async () => {
  served = await serve();
});
afterAll(() => served.close());

const strange = fc.oneof(
  fc.constantFrom(
    null,
    '',
    0,
    -1,
    1e308,
    true,
    [],
    {},
    '__proto__',
    '\u0000',
    '\ud800',
    '\u202e',
    'x'.repeat(5_000),
    '9999-12-31T23:59:59Z',
    '0001-01-01T00:00:00Z',
    '-271821-04-20T00:00:00Z',
  ),
  fc.jsonValue({ maxDepth: 3 }),
  fc.string({ unit: 'binary' }),
);
const paths = (value: unknown, at: readonly string[] = []): string[][] =>
  typeof value === 'object' && value !== null ? Object.entries(value).flatMap(([key, inner]) => [[...at, key], ...paths(inner, [...at, key])]) : [];

/** One to five changes of a good body: a member dropped, retyped, doubled or added. */
function mutated(good: object): fc.Arbitrary<string> {
  const change = fc.record({ path: fc.constantFrom(...paths(good)), kind: fc.constantFrom('drop', 'put', 'wrap', 'add'), value: strange });
  return fc.array(change, { minLength: 1, maxLength: 5 }).map((changes) => {
    const body = structuredClone(good);
    for (const { path, kind, value: drawn } of changes) {
      const value: unknown = structuredClone(drawn); // the arbitrary hands out the same [] and {} again and again
      const parent = path
        .slice(0, -1)
        .reduce<unknown>((inner, key) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) : undefined), body);
      if (typeof parent !== 'object' || parent === null) continue;
      const key = path.at(-1) ?? '';
      if (kind === 'drop') Reflect.deleteProperty(parent, key);
      else if (kind === 'put') Reflect.set(parent, key, value);
      else if (kind === 'wrap') Reflect.set(parent, key, [Reflect.get(parent, key), value]);
      else Reflect.set(parent, 'added', value);
    }
    return JSON.stringify(body);
  });
}

const bodies = (good: object): fc.Arbitrary<Buffer> =>
  fc.oneof(
    { weight: 6, arbitrary: mutated(good).map((text) => Buffer.from(text)) },
    { weight: 1, arbitrary: fc.json().map((text) => Buffer.from(text)) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.constant(JSON.stringify(good)), fc.nat(), fc.string({ unit: 'binary' }))
        .map(([text, at, put]) => Buffer.from(text.slice(0, at % text.length) + put + text.slice((at % text.length) + 1))),
    },
  );

test.each([
  ['alertmanager', firing],
  ['generic', flat],
])(
  `${RUNS} bodies for %s: never 5xx, a refusal says code and place, what is accepted can be read again (seed ${seed})`,
  async (name, good) => {
    const source = SOURCES.find((one) => one.name === name) ?? expect.fail(name);
    const seen = { accepted: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(bodies(good), async (body) => {
        const before = served.accepted.length;
        const answer = await served.post(`/webhooks/${name}`, body);
        const text = await answer.text();
        if (answer.status === 202) {
          seen.accepted += 1;
          for (const { body: stored } of served.accepted.slice(before)) {
            const signals = readSignals(source, stored, { now: NOW, catalog });
            expect(signals).toHaveLength(Math.min(1_000, JSON.parse(text).accepted));
            for (const signal of signals) checkSignal(signal);
          }
          return;
        }
        seen.refused += 1;
        expect([400, 413, 422]).toContain(answer.status);
        const { error } = JSON.parse(text);
        expect(Object.keys(CODES)).toContain(error.code);
        expect(error.path).toMatch(/./);
        expect(served.accepted.length).toBe(before);
      }),
      { numRuns: RUNS, seed },
    );
    expect(seen.accepted).toBeGreaterThan(RUNS / 20); // a parser that refuses everything would pass the rest
    expect(seen.refused).toBeGreaterThan(RUNS / 20);
  },
  60_000,
);

function checkSignal(signal: ReturnType<typeof readSignals>[number]): void {
  expect(signal.fingerprint.length).toBeGreaterThan(0);
  expect(signal.fingerprint.length).toBeLessThanOrEqual(256);
  expect(signal.at).toBeGreaterThan(0);
  expect(signal.at).toBeLessThanOrEqual(NOW + 24 * 3_600_000);
  expect(signal.summary.length).toBeGreaterThan(0);
  expect([...signal.summary].length).toBeLessThanOrEqual(300);
  expect(signal.summary).not.toMatch(/[\u0000-\u001f\u200b\u202e]/);
  for (const value of Object.values(signal.labels)) expect(Buffer.byteLength(value)).toBeLessThanOrEqual(4_200);
  for (const { url } of signal.links) expect(url).toMatch(/^https?:\/\//);
}

test(`${RUNS} texts: parseJson agrees with JSON.parse on what is JSON (seed ${seed})`, () => {
  const nearJson = fc.oneof(
    fc.json(),
    fc.string(),
    fc
      .tuple(fc.json(), fc.nat(), fc.constantFrom('', ',', '"', '\\', '}', '{', ' ', '\n', '-', 'e', '.'))
      .map(([text, at, put]) => text.slice(0, at % text.length) + put + text.slice((at % text.length) + 1)),
  );
  fc.assert(
    fc.property(nearJson, (text) => {
      let isJson = true;
      try {
        JSON.parse(text);
      } catch {
        isJson = false;
      }
      const bytes = Buffer.from(text);
      if (isJson) expect(parseJson(bytes).text).toBe(bytes.toString());
      else expect(() => parseJson(bytes)).toThrow(/empty|character \d+ \(line \d+, column \d+\)|deeper|UTF-16/);
    }),
    { numRuns: RUNS, seed },
  );
});

test(`${RUNS} broken bytes: the position named is the first that does not fit (seed ${seed})`, () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom([0xc3, 0x28], [0xff], [0xe2, 0x82, 0x28], [0xf0, 0x9f, 0x94], [0xed, 0xa0, 0x80], [0xc0, 0x80]),
      fc.string(),
      (head, bad, tail) => {
        const bytes = Buffer.concat([Buffer.from(`"${head}`), Buffer.from(bad), Buffer.from(`"${tail}`)]);
        expect(() => parseJson(bytes)).toThrow(`at byte ${Buffer.byteLength(head) + 1}`);
      },
    ),
    { numRuns: RUNS, seed },
  );
});
