import { describe, expect, it } from 'vitest';
import type { LogAsk } from '../../src/logs/backend.ts';
import { elasticsearch } from '../../src/logs/elasticsearch.ts';
import { grouped } from './grouped.ts';
import { ask, failureOf, json, SECRET, serve, T0, troubles } from './serve.ts';

const hit = (at: number, message: string, more: object = {}) => ({ _source: { '@timestamp': new Date(at).toISOString(), message, ...more }, sort: [at] });
const found = (...hits: readonly object[]) => ({ took: 3, timed_out: false, _shards: { total: 5, successful: 5, skipped: 0, failed: 0 }, hits: { hits } });
const search = (url: string, more?: Partial<LogAsk>, options: object = {}) =>
  elasticsearch.search({ url, index: 'logs-shop-*', ...options }, ask(more), AbortSignal.timeout(10_000));
const GOOD = found(hit(T0 + 2, 'two'), hit(T0 + 1, 'one'));

describe('Elasticsearch and OpenSearch', () => {
  it('is asked for the newest entries of the time, and gives them oldest first', async () => {
    const { url, asked } = await serve(json(GOOD));
    expect(await search(`${url}/es/`, {}, { query: 'service.name:shop' })).toEqual({
      lines: [
        { at: T0 + 1, text: 'one' },
        { at: T0 + 2, text: 'two' },
      ],
      truncated: false,
    });
    expect(asked[0]).toMatchObject({ method: 'POST', url: '/es/logs-shop-*/_search' });
    expect(JSON.parse(asked[0]?.body ?? '')).toMatchObject({
      size: 100,
      sort: [{ '@timestamp': { order: 'desc' } }],
      query: {
        bool: {
          filter: [{ range: { '@timestamp': { gte: T0, lte: T0 + 600_000, format: 'epoch_millis' } } }, { query_string: { query: 'service.name:shop' } }],
        },
      },
      _source: ['@timestamp', 'message', 'log.level', 'error.stack_trace'],
    });
  });

  it('level and stack trace become part of the line, nested or with dots in the name', async () => {
    const stack = 'TypeError: x\n    at total (/srv/cart.js:41:18)';
    const { url } = await serve(json(found(hit(T0, 'failed', { log: { level: 'error' }, 'error.stack_trace': stack }))));
    expect(await grouped((await search(url)).lines)).toMatchObject([{ level: 'error', title: 'TypeError: x', frames: [{ file: '/srv/cart.js', line: 41 }] }]);
  });

  it('nothing found is an empty list, and no index at all is not', async () => {
    const { url } = await serve(json(found()));
    expect(await search(url)).toEqual({ lines: [], truncated: false });
    const none = await serve(json({ timed_out: false, _shards: { total: 0, failed: 0 }, hits: { hits: [] } }));
    expect(await failureOf(search(none.url))).toMatchObject({ code: 'E_LOGS', permanent: true, message: expect.stringContaining('logs-shop-*') });
  });

  it('says so when there was more: by number, by bytes, or because shards were late or lost', async () => {
    const { url } = await serve(json(GOOD));
    expect(await search(url, { maxLines: 2 })).toMatchObject({ truncated: true });
    expect(await search(url, { maxBytes: 5 })).toEqual({ lines: [{ at: T0 + 2, text: 'two' }], truncated: true });
    const late = await serve(json({ ...GOOD, timed_out: true }));
    expect(await search(late.url)).toMatchObject({ truncated: true, lines: [{}, {}] });
    const lost = await serve(json({ ...GOOD, _shards: { total: 5, failed: 2 } }));
    expect(await search(lost.url)).toMatchObject({ truncated: true });
    const all = await serve(json({ ...found(), _shards: { total: 5, failed: 5 } }));
    expect(await failureOf(search(all.url))).toMatchObject({ code: 'E_LOGS', permanent: false });
  });

  it('a pattern thins out what was found', async () => {
    const { url } = await serve(json(found(hit(T0 + 2, 'job Failed'), hit(T0 + 1, 'fine'))));
    expect((await search(url, { pattern: 'error|fail' })).lines).toEqual([{ at: T0 + 2, text: 'job Failed' }]);
  });

  it.each([
    [{ api_key_env: 'TEST_KEY' }, `ApiKey ${SECRET}`],
    [{ token_env: 'TEST_TOKEN' }, `Bearer ${SECRET}`],
    [{ user: 'tagback', password_env: 'TEST_PASSWORD' }, `Basic ${Buffer.from(`tagback:${SECRET}`).toString('base64')}`],
    [{}, undefined],
  ])('logs in with %j', async (options, authorization) => {
    const { url, asked } = await serve(json(GOOD));
    await search(url, {}, options);
    expect(asked[0]?.headers.authorization).toBe(authorization);
  });

  it('asks nothing when the credential it should send is not set', async () => {
    const { url, asked } = await serve(json(GOOD));
    expect(await failureOf(search(url, {}, { api_key_env: 'NOT_SET' }))).toMatchObject({
      code: 'E_LOGS',
      permanent: true,
      message: expect.stringContaining('NOT_SET'),
    });
    expect(asked).toEqual([]);
  });

  it('repeats what it says about a wrong query', async () => {
    const { url } = await serve(json({ error: { type: 'parsing_exception', reason: 'Failed to parse query [a:]' }, status: 400 }, 400));
    expect((await failureOf(search(url))).message).toContain('Failed to parse query');
  });

  it.each(['../_cluster/state', '/etc', 'Upper', '_all/_delete'])('the index %s is refused when services.yml is read', (index) => {
    expect(elasticsearch.options.safeParse({ url: 'http://es:9200', index }).success).toBe(false);
  });

  troubles((url, more) => search(url, more, { api_key_env: 'TEST_KEY' }), JSON.stringify(GOOD));
});
