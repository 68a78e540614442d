import { describe, expect, it } from 'vitest';
import type { LogAsk } from '../../src/logs/backend.ts';
import { cloudwatch } from '../../src/logs/cloudwatch.ts';
import { signed } from '../../src/logs/sigv4.ts';
import { type Asked, ask, failureOf, json, type Reply, SECRET, serve, T0, troubles } from './serve.ts';

const row = (at: number, text: string) => [
  { field: '@timestamp', value: new Date(at).toISOString().replace('T', ' ').replace('Z', '') },
  { field: '@message', value: `${text}\n` },
  { field: '@ptr', value: 'CmEKJgoi' },
];
const GOOD = { status: 'Complete', results: [row(T0 + 2, 'two'), row(T0 + 1, 'one')], statistics: { recordsMatched: 2 } };
const target = ({ headers }: Asked): string => String(headers['x-amz-target']).replace('Logs_20140328.', '');
/** Insights: gives a query its id, and says in turn what became of it. */
const insights = (...turns: readonly unknown[]): Reply => {
  const left = [...turns];
  return (asked, response) =>
    json(target(asked) === 'StartQuery' ? { queryId: 'q-1' } : target(asked) === 'StopQuery' ? { success: true } : left.length > 1 ? left.shift() : left[0])(
      asked,
      response,
    );
};
const search = (url: string, more?: Partial<LogAsk>, options: object = {}) =>
  cloudwatch.search(
    { region: 'eu-central-1', groups: ['/ecs/shop'], url, access_key_id_env: 'TEST_ID', secret_access_key_env: 'TEST_KEY', ...options },
    ask(more),
    AbortSignal.timeout(20_000),
  );

describe('CloudWatch Logs Insights', () => {
  it('starts a query, waits for it, and gives the lines oldest first', async () => {
    const { url, asked } = await serve(insights({ status: 'Scheduled', results: [] }, { status: 'Running', results: [row(T0, 'part')] }, GOOD));
    expect(await search(url, { pattern: 'error|a/b' }, { filter: 'level = "error"' })).toEqual({
      lines: [
        { at: T0 + 1, text: 'one' },
        { at: T0 + 2, text: 'two' },
      ],
      truncated: false,
    });
    expect(asked.map(target)).toEqual(['StartQuery', 'GetQueryResults', 'GetQueryResults', 'GetQueryResults']);
    expect(JSON.parse(asked[0]?.body ?? '')).toEqual({
      logGroupNames: ['/ecs/shop'],
      startTime: T0 / 1_000,
      endTime: T0 / 1_000 + 600,
      queryString: 'fields @timestamp, @message | filter level = "error" | filter @message like /(?i)error|a\\/b/ | sort @timestamp desc | limit 100',
      limit: 100,
    });
    expect(asked[0]?.headers).toMatchObject({
      'content-type': 'application/x-amz-json-1.1',
      authorization: expect.stringMatching(
        /^AWS4-HMAC-SHA256 Credential=\S+\/\d{8}\/eu-central-1\/logs\/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature=[0-9a-f]{64}$/,
      ),
    });
  });

  it('temporary credentials carry their session token, signed', async () => {
    const { url, asked } = await serve(insights(GOOD));
    await search(url, {}, { session_token_env: 'TEST_SESSION' });
    expect(asked[0]?.headers).toMatchObject({ 'x-amz-security-token': SECRET, authorization: expect.stringContaining('x-amz-security-token') });
  });

  it('as many lines as the limit may not be all', async () => {
    const { url } = await serve(insights(GOOD));
    expect(await search(url, { maxLines: 2 })).toMatchObject({ truncated: true });
    expect(await search(url, { maxBytes: 5 })).toEqual({ lines: [{ at: T0 + 2, text: 'two' }], truncated: true });
    const none = await serve(insights({ status: 'Complete', results: [] }));
    expect(await search(none.url)).toEqual({ lines: [], truncated: false });
  });

  it('a query that takes too long is stopped, because it is paid for', async () => {
    const { url, asked } = await serve(insights({ status: 'Running', results: [] }));
    expect(await failureOf(search(url, { timeoutMs: 900 }))).toMatchObject({ code: 'E_TIMEOUT' });
    expect(target(asked.at(-1) as Asked)).toBe('StopQuery');
    expect(JSON.parse(asked.at(-1)?.body ?? '')).toEqual({ queryId: 'q-1' });
  });

  it('a query nobody waits for any more is stopped, too', async () => {
    const abort = new AbortController();
    const running = insights({ status: 'Running', results: [] });
    const { url, asked } = await serve((one, response) => {
      running(one, response);
      if (target(one) === 'GetQueryResults') abort.abort(new Error('enough'));
    });
    await expect(
      cloudwatch.search({ region: 'eu-central-1', groups: ['g'], url, access_key_id_env: 'TEST_ID', secret_access_key_env: 'TEST_KEY' }, ask(), abort.signal),
    ).rejects.toThrow();
    expect(asked.map(target)).toContain('StopQuery');
  });

  it.each(['Failed', 'Cancelled', 'Timeout'])('a query that ended as %s found nothing out', async (status) => {
    const { url } = await serve(insights({ status, results: [] }));
    expect(await failureOf(search(url))).toMatchObject({ code: 'E_LOGS', message: expect.stringContaining(status) });
  });

  it.each([
    ['AccessDeniedException', true, /refuses us/],
    ['UnrecognizedClientException', true, /refuses us/],
    ['ExpiredTokenException', true, /refuses us/],
    ['com.amazonaws.logs#ResourceNotFoundException', true, /no such thing/],
    ['ThrottlingException', false, /no more for now/],
    ['LimitExceededException', false, /no more for now/],
    ['MalformedQueryException', true, /MalformedQueryException, look/],
    ['ServiceUnavailableException', false, /503/],
  ])('%s comes with status 400 and is told apart by its name', async (name, permanent, says) => {
    const { url } = await serve(json({ __type: name, message: 'look here' }, 400));
    expect(await failureOf(search(url))).toMatchObject({ code: 'E_LOGS', permanent, message: expect.stringMatching(says) });
  });

  troubles(search, JSON.stringify({ queryId: 'q-1' }));
});

describe('Signature Version 4', () => {
  // From the test suite AWS published: get-vanilla and post-vanilla.
  const suite = {
    url: new URL('https://example.amazonaws.com/'),
    region: 'us-east-1',
    service: 'service',
    headers: {},
    body: '',
    at: Date.UTC(2015, 7, 30, 12, 36),
  };
  const credential = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: ['wJalrXUtnFEMI', 'K7MDENG+bPxRfiCYEXAMPLEKEY'].join('/'), sessionToken: undefined };
  it.each([
    ['GET', '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'],
    ['POST', '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b'],
  ] as const)('%s is signed as AWS signs it', (method, signature) => {
    expect(signed({ ...suite, method }, credential).authorization).toBe(
      `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=${signature}`,
    );
  });
});
