import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Hand } from '../../src/http/sealed-door.ts';
import { fixture } from '../sources/fixtures.ts';
import { NOW, type Served, serve, TOKEN } from './serve.ts';
import { CERTIFICATE, confirmation, signedSns, TOPIC, WRONG_KIND } from './sns.ts';

type Answer = Awaited<ReturnType<Hand['get']>>;
const answerOf = (text: string, status = 200): Answer => ({ status, body: Buffer.from(text), isCut: false });

let served: Served;
/** What was asked of Amazon. */
let asked: string[];
let amazon: (url: string) => Promise<Answer>;
beforeEach(async () => {
  asked = [];
  amazon = async (url) => answerOf(url.endsWith('.pem') ? CERTIFICATE : '<ConfirmSubscriptionResponse/>');
  served = await open({ cloudwatch: [TOPIC] });
});
afterEach(() => served.close());

const open = (senders: Hand['senders']): Promise<Served> => {
  const get = (url: string): Promise<Answer> => {
    asked.push(url);
    return amazon(url);
  };
  return serve({ webhooks: { hand: { senders, get } } });
};
const send = (body: string, headers: Record<string, string> = {}) =>
  fetch(`${served.url}/webhooks/cloudwatch`, { method: 'POST', body, headers: { 'content-type': 'text/plain; charset=UTF-8', ...headers } });
const told = async (answer: Response) => ({ status: answer.status, ...((await answer.json()) as object) });
const sent = async (body: string, headers: Record<string, string> = {}) => told(await send(body, headers));
const refused = { status: 401, error: { code: 'E_AUTH', message: 'not allowed' } };
const PEM = 'https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-0123456789abcdef0123456789abcdef.pem';

describe('a notification', () => {
  test('of version 1 and of version 2 is stored as it came', async () => {
    const bodies = [signedSns({ SignatureVersion: '1' }), signedSns({}, 'refired')];
    for (const body of bodies) expect(await sent(body)).toEqual({ status: 202, accepted: 1 });
    expect(served.accepted.map(({ body }) => body)).toEqual(bodies);
  });

  test('without a subject is signed without one', async () => {
    expect((await send(signedSns({}, 'event-alarm'))).status).toBe(202);
    expect((await send(signedSns({ Subject: undefined }))).status).toBe(202);
  });

  test('of which anything that is signed was changed is refused, and nothing is stored', async () => {
    const good = JSON.parse(signedSns()) as Record<string, string>; // made right here
    const changes = { Message: '{}', MessageId: 'x', Subject: 'another', Timestamp: '2026-11-20T06:50:41.000Z', Signature: 'AAAA', SignatureVersion: '1' };
    for (const [name, value] of Object.entries(changes)) expect(await sent(JSON.stringify({ ...good, [name]: value })), name).toMatchObject(refused);
    const { Subject: _, ...without } = good;
    expect(await sent(JSON.stringify(without))).toMatchObject(refused);
    expect(served.accepted).toEqual([]);
  });

  test('that comes again is the same delivery', async () => {
    await send(signedSns());
    expect(await sent(signedSns())).toEqual({ status: 200, accepted: 0, duplicate: true });
  });

  test('signed more than an hour ago, or an hour ahead, is stale, and no certificate is fetched for it', async () => {
    const at = (ms: number) => signedSns({ Timestamp: new Date(NOW + ms).toISOString() });
    for (const ms of [-3_601_000, 3_601_000]) expect(await sent(at(ms))).toMatchObject({ status: 401, error: { code: 'E_STALE' } });
    expect(asked).toEqual([]);
    expect((await send(at(-3_599_000))).status).toBe(202);
  });

  test('that is no alarm, or has no data, is ignored with a note', async () => {
    expect(await sent(signedSns({}, 'message'))).toEqual({ status: 202, accepted: 0, ignored: true, because: 'the message is no alarm' });
    expect(await sent(signedSns({}, 'insufficient-data'))).toMatchObject({
      accepted: 0,
      because: 'checkout-api-5xx-critical is INSUFFICIENT_DATA: no data is neither a failure nor healthy',
    });
    expect(served.accepted).toEqual([]);
  });

  test('whose alarm cannot be read is named with its place', async () => {
    expect(await sent(signedSns({}, 'malformed'))).toMatchObject({ status: 422, error: { code: 'E_SCHEMA', path: 'Message.NewStateValue' } });
    expect(await sent(signedSns({ Message: '{"AlarmName":"x",' }))).toMatchObject({ status: 422, error: { path: 'Message' } });
  });
});

describe('the certificate', () => {
  test('is fetched once for all, also for those who come meanwhile', async () => {
    const gate = Promise.withResolvers<void>();
    amazon = async () => {
      await gate.promise;
      return answerOf(CERTIFICATE);
    };
    const answers = [signedSns(), signedSns({}, 'refired'), signedSns({}, 'resolved')].map((body) => send(body));
    while (asked.length === 0) await new Promise((resolve) => setImmediate(resolve));
    gate.resolve();
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([202, 202, 202]);
    await send(signedSns({ MessageId: 'one more' }));
    expect(asked).toEqual([PEM]);
  });

  test.each<[string, () => Promise<Answer>]>([
    ['is not there', async () => answerOf('', 404)],
    ['is redirected to', async () => answerOf(CERTIFICATE, 302)],
    ['is too long', async () => ({ ...answerOf(CERTIFICATE), isCut: true })],
    ['cannot be reached', () => Promise.reject(new Error('ECONNREFUSED'))],
  ])('that %s makes SNS send again, and is asked for again', async (_, answer) => {
    amazon = answer;
    expect(await sent(signedSns())).toMatchObject({ status: 503, error: { code: 'E_STORE', message: expect.stringContaining('certificate') } });
    amazon = async () => answerOf(CERTIFICATE);
    expect((await send(signedSns())).status).toBe(202);
  });

  test.each([
    ['no certificate', 'no certificate'],
    ['of another kind of key', WRONG_KIND],
  ])('that is %s signs nothing', async (_, text) => {
    amazon = async () => answerOf(text);
    expect(await sent(signedSns())).toMatchObject(refused);
  });

  test.each([
    'http://sns.eu-central-1.amazonaws.com/a.pem',
    'https://sns.eu-central-1.amazonaws.com.evil.example/a.pem',
    'https://evil.example/sns.eu-central-1.amazonaws.com/a.pem',
    'https://sns.eu-central-1.amazonaws.com@evil.example/a.pem',
    'https://user:word@sns.eu-central-1.amazonaws.com/a.pem',
    'https://sns.eu-central-1.amazonaws.com:8443/a.pem',
    'https://sns.eu-central-1.amazonaws.com/a.pem?x=y',
    'https://sns.eu-central-1.amazonaws.com/a.txt',
    'https://sns.eu-central-1.amazonaws.com/%2e%2e/b/a.pem',
    'https://bucket.s3.amazonaws.com/a.pem',
    'https://sns.a.b.amazonaws.com/a.pem',
    'https://169.254.169.254/a.pem',
    'file:///etc/passwd.pem',
    'a.pem',
    '',
  ])('at %j is never fetched', async (url) => {
    expect(await sent(signedSns({ SigningCertURL: url }))).toMatchObject({ status: 401, error: { code: 'E_AUTH', path: 'SigningCertURL' } });
    expect(asked).toEqual([]);
  });

  test('at ever new addresses is fetched for four at a time', async () => {
    amazon = () => new Promise(() => undefined);
    const url = (n: number) => `https://sns.eu-central-1.amazonaws.com/${n}.pem`;
    const hanging = [1, 2, 3, 4].map((n) => send(signedSns({ SigningCertURL: url(n) })).catch(() => undefined));
    while (asked.length < 4) await new Promise((resolve) => setImmediate(resolve));
    expect(await sent(signedSns({ SigningCertURL: url(5) }))).toMatchObject({ status: 503 });
    expect([asked.length, hanging.length]).toEqual([4, 4]);
    await served.http.close();
  });

  test('in China stands in China', async () => {
    const topic = 'arn:aws-cn:sns:cn-north-1:123456789012:alarms';
    await served.close();
    served = await open({ cloudwatch: [TOPIC, topic] });
    expect((await send(signedSns({ TopicArn: topic, SigningCertURL: 'https://sns.cn-north-1.amazonaws.com.cn/a.pem' }))).status).toBe(202);
  });
});

describe('a topic', () => {
  const foreign = 'arn:aws:sns:eu-central-1:666666666666:alarms';

  test('that the settings do not name is refused, fetches nothing, and is named in the log once an hour', async () => {
    for (const body of [signedSns({ TopicArn: foreign }), confirmation({ TopicArn: foreign })])
      expect(await sent(body)).toMatchObject({ ...refused, error: { ...refused.error, hint: expect.stringContaining('SNS_TOPICS') } });
    expect(asked).toEqual([]);
    expect(served.lines.filter((line) => line.includes(foreign))).toHaveLength(1);
  });

  test('cannot be written over the one that signed', async () => {
    const body = { ...(JSON.parse(signedSns({ TopicArn: foreign })) as object), TopicArn: TOPIC }; // made right here
    expect(await sent(JSON.stringify(body))).toMatchObject(refused);
  });

  test('opens nothing while no topic is named, and our token does not either', async () => {
    await served.close();
    served = await serve();
    expect(await sent(signedSns(), { authorization: `Bearer ${TOKEN}` })).toMatchObject(refused);
  });
});

describe('a subscription', () => {
  test('of a topic that is named is confirmed by the one address that confirms it', async () => {
    expect(await sent(confirmation())).toEqual({ status: 200, accepted: 0, confirmed: true });
    expect(asked).toEqual([PEM, `https://sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=${TOPIC}&Token=2336412f37`]);
    expect(served.accepted).toEqual([]);
  });

  test.each([
    'https://evil.example/?Action=ConfirmSubscription&TopicArn=arn:aws:sns:eu-central-1:123456789012:alarms',
    'https://sns.eu-central-1.amazonaws.com/?Action=DeleteTopic&TopicArn=arn:aws:sns:eu-central-1:123456789012:alarms',
    'https://sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=arn:aws:sns:eu-central-1:123456789012:other',
    'https://sns.eu-central-1.amazonaws.com/x/?Action=ConfirmSubscription&TopicArn=arn:aws:sns:eu-central-1:123456789012:alarms',
    'http://127.0.0.1/?Action=ConfirmSubscription&TopicArn=arn:aws:sns:eu-central-1:123456789012:alarms',
    '',
  ])('is never confirmed at %j, however well it is signed', async (SubscribeURL) => {
    expect((await send(confirmation({ SubscribeURL }))).status).toBe(401);
    expect(asked).toEqual([]);
  });

  test('with a wrong signature is not confirmed', async () => {
    expect((await send(confirmation().replace('2336412f37', '0000000000'))).status).toBe(401);
    expect(asked).toEqual([PEM]);
  });

  test('that could not be confirmed is tried again when SNS asks again', async () => {
    amazon = async (url) => (url.endsWith('.pem') ? answerOf(CERTIFICATE) : answerOf('', 302));
    expect(await sent(confirmation())).toMatchObject({ status: 503, error: { message: expect.stringContaining('HTTP 302') } });
    amazon = async () => answerOf('');
    expect((await send(confirmation())).status).toBe(200);
  });

  test('that has ended is told in the log', async () => {
    const answer = await sent(confirmation({ Type: 'UnsubscribeConfirmation' }));
    expect(answer).toMatchObject({ status: 202, ignored: true, because: expect.stringContaining('ended') });
    expect(served.lines.join('')).toContain('the subscription has ended');
  });
});

test('raw message delivery, which signs nothing, is named as the cause', async () => {
  const raw = (JSON.parse(fixture('cloudwatch', 'firing')) as { Message: string }).Message; // our own fixture
  expect(await sent(raw)).toMatchObject({ status: 422, error: { code: 'E_SCHEMA', hint: expect.stringContaining('raw message delivery') } });
});

test('what is no envelope is refused with code, path and hint', async () => {
  expect(await sent('hello')).toMatchObject({ status: 400, error: { code: 'E_JSON_SYNTAX' } });
  expect(await sent('{}')).toMatchObject({ status: 422, error: { code: 'E_SCHEMA', path: 'Type', hint: expect.any(String) } });
  expect(await sent(signedSns(), { 'content-encoding': 'gzip' })).toMatchObject({ status: 413 });
});
