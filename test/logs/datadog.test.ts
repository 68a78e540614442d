import { describe, expect, it } from 'vitest';
import type { LogAsk } from '../../src/logs/backend.ts';
import { datadog } from '../../src/logs/datadog.ts';
import { grouped } from './grouped.ts';
import { ask, failureOf, json, SECRET, serve, T0, troubles } from './serve.ts';

const entry = (at: number, message: string, more: object = {}) => ({
  id: `AQ${at}`,
  type: 'log',
  attributes: { timestamp: new Date(at).toISOString(), message, service: 'shop', ...more },
});
const page = (entries: readonly object[], after?: string) => ({
  data: entries,
  meta: { status: 'done', elapsed: 3, ...(after !== undefined && { page: { after } }) },
});
const search = (url: string, more?: Partial<LogAsk>, options: object = {}) =>
  datadog.search({ url, query: 'service:shop', api_key_env: 'TEST_API', app_key_env: 'TEST_APP', ...options }, ask(more), AbortSignal.timeout(10_000));
const GOOD = page([entry(T0 + 2, 'two'), entry(T0 + 1, 'one')]);

describe('Datadog', () => {
  it('is asked with both keys, newest first, and gives the lines oldest first', async () => {
    const { url, asked } = await serve(json(GOOD));
    expect(await search(url, {}, { indexes: ['main'] })).toEqual({
      lines: [
        { at: T0 + 1, text: 'one' },
        { at: T0 + 2, text: 'two' },
      ],
      truncated: false,
    });
    expect(asked[0]).toMatchObject({ method: 'POST', url: '/api/v2/logs/events/search', headers: { 'dd-api-key': SECRET, 'dd-application-key': SECRET } });
    expect(JSON.parse(asked[0]?.body ?? '')).toEqual({
      filter: { query: 'service:shop', from: String(T0), to: String(T0 + 600_000), indexes: ['main'] },
      sort: '-timestamp',
      page: { limit: 100 },
    });
  });

  it('turns pages until there are enough lines, and no further', async () => {
    const { url, asked } = await serve(({ body }, response) => {
      const { page: wanted } = JSON.parse(body) as { page: { limit: number; cursor?: string } };
      const first = wanted.cursor === undefined ? 0 : Number(wanted.cursor);
      json(
        page(
          Array.from({ length: wanted.limit }, (_, index) => entry(T0 + 5_000 - first - index, `line ${first + index}`)),
          String(first + wanted.limit),
        ),
      )(asked[0] as never, response);
    });
    const { lines, truncated } = await search(url, { maxLines: 1_500, maxBytes: 1_000_000 });
    expect(lines).toHaveLength(1_500);
    expect(lines.at(-1)?.text).toBe('line 0');
    expect(truncated).toBe(true);
    expect(asked.map(({ body }) => (JSON.parse(body) as { page: object }).page)).toEqual([{ limit: 1_000 }, { limit: 500, cursor: '1000' }]);
  });

  it('an empty page ends it, whatever cursor it names', async () => {
    const { url, asked } = await serve(json(page([], 'again')));
    expect(await search(url)).toEqual({ lines: [], truncated: false });
    expect(asked).toHaveLength(1);
  });

  it('status and stack trace become part of the line, and a search that Datadog gave up is said to be one', async () => {
    const stack = 'KeyError: x\n    at total (/srv/cart.js:41:18)';
    const body = { ...page([entry(T0, 'failed', { status: 'error', attributes: { error: { stack, kind: 'KeyError' } } })]), meta: { status: 'timeout' } };
    const { url } = await serve(json(body));
    const found = await search(url);
    expect(await grouped(found.lines)).toMatchObject([{ level: 'error', frames: [{ line: 41 }] }]);
    expect(found.truncated).toBe(true);
  });

  it('a pattern thins out, and bytes limit what is kept', async () => {
    const { url } = await serve(json(GOOD));
    expect((await search(url, { pattern: 'ONE' })).lines).toEqual([{ at: T0 + 1, text: 'one' }]);
    expect(await search(url, { maxBytes: 5 })).toEqual({ lines: [{ at: T0 + 2, text: 'two' }], truncated: true });
  });

  it('only sites of Datadog are taken, and nothing is asked without both keys', async () => {
    expect(datadog.options.safeParse({ query: 'x', site: 'evil.example.com' }).success).toBe(false);
    expect(
      ['datadoghq.eu', 'us5.datadoghq.com', 'ap1.datadoghq.com', 'ddog-gov.com'].every((site) => datadog.options.safeParse({ query: 'x', site }).success),
    ).toBe(true);
    const { url, asked } = await serve(json(GOOD));
    expect(await failureOf(search(url, {}, { app_key_env: 'NOT_SET' }))).toMatchObject({ permanent: true });
    expect(asked).toEqual([]);
  });

  troubles(search, JSON.stringify(GOOD));
});
