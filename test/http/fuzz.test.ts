import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseJson } from '../../src/http/json.ts';
import { CODES } from '../../src/lib/failure.ts';
import { SOURCES } from '../../src/sources/index.ts';
import type { Source } from '../../src/sources/source.ts';
import { bodyOf, fuzz } from '../sources/fuzz.ts';
import { world } from '../sources/fuzz-world.ts';
import { signatureOf } from '../sources/github-payloads.ts';
import { GITHUB_SECRETS, type Served, serve } from './serve.ts';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const RUNS = 2_000;
const OVER_THE_SOCKET = 50;
// The seed stands in the name of each test, so a failure can be repeated with SEED=…; 100,000 bodies for each: npm run fuzz

let served: Served;
beforeAll(async () => {
  served = await serve({ catalog: world.catalog });
});
afterAll(() => served.close());

const sources = SOURCES.map((source) => [source.name, source] as const);

test.each(sources)(
  `${RUNS} bodies for %s: no crash, none takes long, a refusal says code, place and hint, what is accepted can be kept (seed ${seed})`,
  (_, source) => {
    const { problems, accepted, refused } = fuzz(source, { seed, runs: RUNS, world });
    expect(problems.join('\n')).toBe('');
    expect(accepted).toBeGreaterThan(RUNS / 20); // a parser that refuses everything would pass the rest
    expect(refused).toBeGreaterThan(RUNS / 20);
  },
  60_000,
);

test.each(sources)(`${OVER_THE_SOCKET} of them through the door of %s: never 5xx, and nothing refused is stored (seed ${seed})`, async (_, source) => {
  for (let n = 0; n < OVER_THE_SOCKET; n++) {
    const before = served.accepted.length;
    const { body, headers } = sent(source, bodyOf(source.name, seed, n));
    const answer = await served.post(`/webhooks/${source.name}`, body, headers);
    const text = await answer.text();
    if (answer.status === 202 || answer.status === 200) continue;
    expect([400, 401, 413, 422]).toContain(answer.status);
    const { error } = JSON.parse(text);
    expect(Object.keys(CODES)).toContain(error.code);
    expect(error.path).toMatch(/./);
    expect(error.hint).toMatch(/./);
    expect(served.accepted.length).toBe(before);
  }
});

/** GitHub's are signed as GitHub signs them; what other senders sign comes unsigned here, and is turned away. */
function sent({ name }: Source, stored: Buffer): { body: Buffer; headers: Record<string, string> } {
  if (name !== 'github') return { body: stored, headers: {} };
  const { event, inner } = labelled(stored);
  return { body: inner, headers: { 'x-github-event': event, 'x-hub-signature-256': signatureOf(inner, GITHUB_SECRETS[0]) } };
}

function labelled(stored: Buffer): { event: string; inner: Buffer } {
  try {
    const { event, payload } = JSON.parse(stored.toString('utf8'));
    if (typeof event === 'string' && /^[a-z_]{1,60}$/.test(event)) return { event, inner: Buffer.from(JSON.stringify(payload ?? null)) };
  } catch {
    // As bytes that are no JSON they are sent, too.
  }
  return { event: 'workflow_run', inner: stored };
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
