import { expect, test } from 'vitest';
import { cloudwatch } from '../../src/sources/cloudwatch.ts';
import { readSignals } from '../../src/sources/read.ts';
import { service } from '../core/given.ts';
import { catalog, NOW } from '../http/serve.ts';
import { changed, fixture } from './fixtures.ts';
import { openReception } from './reception.ts';

/** The fixture with its alarm changed. */
function bodyOf(name: string, changes: Readonly<Record<string, unknown>> = {}): string {
  const body = fixture('cloudwatch', name);
  const { Message: message } = JSON.parse(body) as { Message: string }; // our own fixture
  return changed(body, { Message: Object.keys(changes).length === 0 ? message : changed(message, changes) });
}
const read = (name: string, changes: Readonly<Record<string, unknown>> = {}) => readSignals(cloudwatch, bodyOf(name, changes), { now: NOW, catalog });
const ARN = 'arn:aws:cloudwatch:eu-central-1:123456789012:alarm:checkout-api-5xx-critical';

test('an alarm is known by its ARN; service, severity and runbook may stand in its name and description', () => {
  expect(read('firing')).toEqual([
    {
      fingerprint: ARN,
      state: 'firing',
      at: Date.parse('2026-11-20T06:50:39.123Z'),
      severity: 'sev1',
      summary: 'checkout-api-5xx-critical: More than 5 % of requests fail',
      labels: {
        alertname: 'checkout-api-5xx-critical',
        service: 'checkout-api',
        account: '123456789012',
        region: 'eu-central-1',
        namespace: 'AWS/ApplicationELB',
        metric: 'HTTPCode_Target_5XX_Count',
        LoadBalancer: 'app/checkout/50dc6c495c0c9188',
        reason: expect.stringMatching(/^Threshold Crossed/),
      },
      links: [
        { title: 'Alarm', url: 'https://eu-central-1.console.aws.amazon.com/cloudwatch/home?region=eu-central-1#alarmsV2:alarm/checkout-api-5xx-critical' },
        { title: 'Runbook', url: 'https://runbooks.example.com/checkout/errors' },
      ],
    },
  ]);
});

test('the same alarm as an event of EventBridge is the same alert', () => {
  const [own] = read('firing');
  const [event] = read('event-alarm');
  const { reason: _, ...labels } = own?.labels ?? {};
  expect(event).toMatchObject({ fingerprint: ARN, state: 'firing', at: own?.at, severity: 'sev1', labels });
  expect(read('event-ok')).toMatchObject([{ fingerprint: ARN, state: 'resolved' }]);
});

test.each([
  ['shop-5xx-critical', '', 'sev1'],
  ['[P2] shop', '', 'sev2'],
  ['shop SEV-3', '', 'sev3'],
  ['shop_warning_cpu', '', 'sev3'],
  ['shop', 'severity: high', 'sev2'],
  ['shop-critical', 'a word (severity=p3)', 'sev3'],
  ['HighErrorRate-low-disk-page-fault', '', undefined],
  ['criticality', '', undefined],
  ['http1', 'up1 p10', undefined],
])('%s, described as %j, is %s', (AlarmName, AlarmDescription, severity) => {
  expect(read('firing', { AlarmName, AlarmDescription })[0]?.severity).toBe(severity);
});

test('without an ARN account, region and name are the identity', () => {
  expect(read('firing', { AlarmArn: null })[0]?.fingerprint).toBe('123456789012:EU (Frankfurt):checkout-api-5xx-critical');
});

test('a composite alarm, which has no metric, is read too', () => {
  expect(read('firing', { Trigger: undefined, AlarmRule: 'ALARM("a")' })[0]?.labels).not.toHaveProperty('metric');
});

test('where the console stands elsewhere there is no link', () => {
  expect(read('firing', { AlarmArn: 'arn:aws-cn:cloudwatch:cn-north-1:1:alarm:x', AlarmDescription: null })[0]?.links).toEqual([]);
});

test('what is no alarm says nothing', () => {
  for (const Message of ['hello', '7', 'null', '[]', '{"a":1}', '{"detail-type":"EC2 Instance State-change Notification"}'])
    expect(readSignals(cloudwatch, changed(fixture('cloudwatch', 'firing'), { Message }), { now: NOW, catalog }), Message).toEqual([]);
});

test('no data neither fires nor resolves; an alarm fires, stays through it, and is resolved by OK alone', async () => {
  const room = await openReception([{ ...service, name: 'checkout-api', match: [] }], NOW);
  const states = async (name: string) =>
    (await room.take('cloudwatch', fixture('cloudwatch', name))).map(({ alerts }) => Object.values(alerts).map(({ state }) => state));
  expect(await states('insufficient-data')).toEqual([]);
  expect(await states('firing')).toEqual([['firing']]);
  expect(await states('insufficient-data')).toEqual([['firing']]);
  expect(await states('refired')).toEqual([['firing']]);
  expect(await states('event-ok')).toEqual([['resolved']]);
  expect(await states('firing')).toEqual([['resolved']]); // older than what is known
  await room.close();
});
