/**
 * CloudWatch alarms through Amazon SNS: as an alarm's own notification, or as the event EventBridge makes of it. SNS repeats 5xx for an hour
 * at most and takes another 4xx for an answer.
 */
import { z } from 'zod';
import { Failure } from '../lib/failure.ts';
import { readMoment } from './moment.ts';
import { readPart } from './read.ts';
import { openSns, snsMessage } from './sns-signature.ts';
import { defineSource, type RawSignal, type ReadContext, type Sealed } from './source.ts';
import { cleanIdentity, cleanLabels, cleanLinks, cleanSummary, readSeverity } from './text.ts';

const text = z.string().nullish();
const STATE = z.enum(['ALARM', 'OK', 'INSUFFICIENT_DATA']);
const dimensions = z.array(z.object({ name: z.string(), value: z.string() })).nullish();
const notification = z.object({
  AlarmName: z.string().min(1),
  NewStateValue: STATE,
  ...{ AlarmDescription: text, AlarmArn: text, AWSAccountId: text, Region: text, NewStateReason: text, StateChangeTime: text },
  /** A composite alarm has none. */
  Trigger: z.object({ MetricName: text, Namespace: text, Dimensions: dimensions }).nullish(),
});
const metric = z.object({
  metricStat: z.object({ metric: z.object({ name: text, namespace: text, dimensions: z.record(z.string(), z.string()).nullish() }) }).nullish(),
});
const event = z.object({
  'detail-type': z.literal('CloudWatch Alarm State Change'),
  ...{ account: text, region: text, time: text },
  resources: z.array(z.string()).nullish(),
  detail: z.object({
    alarmName: z.string().min(1),
    state: z.object({ value: STATE, reason: text, timestamp: text }),
    configuration: z.object({ description: text, metrics: z.array(metric).nullish() }).nullish(),
  }),
});

/** The two shapes in one. */
interface Alarm {
  readonly name: string;
  readonly state: z.output<typeof STATE>;
  readonly arn: string;
  readonly at: string | null | undefined;
  /** Where `at` stands. */
  readonly path: string;
  readonly reason: string | null | undefined;
  readonly description: string;
  readonly account: string | null | undefined;
  readonly metric: string | null | undefined;
  readonly namespace: string | null | undefined;
  readonly dimensions: readonly (readonly [string, string])[];
}

const sealed: Sealed = { open: openSns, hint: 'name the ARN of the topic in SNS_TOPICS; nothing else opens this door' };

export const cloudwatch = defineSource({
  name: 'cloudwatch',
  about: 'CloudWatch alarms (through Amazon SNS, also as EventBridge events)',
  sealed,
  payload: snsMessage,
  check: (body, context) => void toSignals(body, context),
  toSignals,
  whyNothing({ Message: message }) {
    const alarm = readAlarm(message);
    return alarm === undefined ? 'the message is no alarm' : `${alarm.name.slice(0, 100)} is ${alarm.state}: no data is neither a failure nor healthy`;
  },
});

function toSignals({ Message: message, Timestamp: sent }: z.output<typeof snsMessage>, { now }: ReadContext): readonly RawSignal[] {
  const alarm = readAlarm(message);
  if (alarm === undefined || alarm.state === 'INSUFFICIENT_DATA') return [];
  const { name, description, dimensions: axes } = alarm;
  const region = alarm.arn.split(':')[3] ?? '';
  return [
    {
      fingerprint: cleanIdentity(alarm.arn),
      state: alarm.state === 'ALARM' ? 'firing' : 'resolved',
      at: readMoment(alarm.at ?? sent, { path: alarm.path, now }) ?? now,
      severity: severityOf(name, description),
      summary: cleanSummary(description.split('\n', 1)[0] === '' ? name : `${name}: ${description.split('\n', 1)[0]}`),
      labels: cleanLabels([
        ['alertname', name],
        ['service', said('service', description)],
        ['account', alarm.account ?? undefined],
        ['region', region],
        ['namespace', alarm.namespace ?? undefined],
        ['metric', alarm.metric ?? undefined],
        ...axes,
        ['reason', alarm.reason ?? undefined],
      ]),
      links: cleanLinks({ Alarm: consoleUrl(alarm.arn, name), Runbook: /https?:\/\/[^\s<>"')\]]+/.exec(description)?.[0] }),
    },
  ];
}

/** undefined: something else was published to the topic. Throws E_SCHEMA for an alarm that cannot be read. */
function readAlarm(message: string): Alarm | undefined {
  const value = jsonOf(message);
  if (typeof value !== 'object' || value === null) return undefined;
  if ('AlarmName' in value) return ofNotification(readPart(notification, value, { source: 'cloudwatch', path: 'Message' }));
  if ('detail-type' in value && value['detail-type'] === 'CloudWatch Alarm State Change')
    return ofEvent(readPart(event, value, { source: 'cloudwatch', path: 'Message' }));
  return undefined;
}

/** undefined: no JSON. What begins like an alarm and is cut off is refused, so that it is seen. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    if (!/^\s*\{\s*"AlarmName"/.test(text)) return undefined;
    throw new Failure('E_SCHEMA', 'Message: an alarm that is no whole JSON', {
      path: 'Message',
      hint: 'see docs/sources.md for what cloudwatch must send',
      permanent: true,
    });
  }
}

function ofNotification(it: z.output<typeof notification>): Alarm {
  return {
    name: it.AlarmName,
    state: it.NewStateValue,
    arn: it.AlarmArn || `${it.AWSAccountId ?? ''}:${it.Region ?? ''}:${it.AlarmName}`,
    ...{ at: it.StateChangeTime, path: 'Message.StateChangeTime' },
    reason: it.NewStateReason,
    description: it.AlarmDescription ?? '',
    account: it.AWSAccountId,
    metric: it.Trigger?.MetricName,
    namespace: it.Trigger?.Namespace,
    dimensions: (it.Trigger?.Dimensions ?? []).map(({ name, value }) => [name, value]),
  };
}

function ofEvent(it: z.output<typeof event>): Alarm {
  const { alarmName: name, state, configuration } = it.detail;
  const first = configuration?.metrics?.find(({ metricStat }) => metricStat)?.metricStat?.metric;
  return {
    name,
    state: state.value,
    arn: it.resources?.find((one) => one.includes(':alarm:')) ?? `${it.account ?? ''}:${it.region ?? ''}:${name}`,
    ...{ at: state.timestamp ?? it.time, path: 'Message.detail.state.timestamp' },
    reason: state.reason,
    description: configuration?.description ?? '',
    account: it.account,
    metric: first?.name,
    namespace: first?.namespace,
    dimensions: Object.entries(first?.dimensions ?? {}),
  };
}

/**
 * CloudWatch has no severity: a word of its own in the name (`shop-5xx-critical`), or `severity: …` in the description. In a name, words that
 * also describe what is measured (error, high, low) do not count.
 */
function severityOf(name: string, description: string): RawSignal['severity'] {
  const word = /(?:^|[^a-z0-9])(critical|warning|sev-?[1-4]|p[1-4])(?=$|[^a-z0-9])/i.exec(name)?.[1];
  return readSeverity(said('severity', description) ?? word?.replace('-', ''));
}

/** `service: shop` in a description. */
const said = (what: 'service' | 'severity', description: string): string | undefined =>
  new RegExp(`(?:^|[\\s,;(\\[])${what}\\s?[:=]\\s?([\\w.-]{1,100})`, 'i').exec(description.slice(0, 4_000))?.[1];

/** Made of the ARN; undefined where the console stands elsewhere. */
function consoleUrl(arn: string, name: string): string | undefined {
  const [, partition, , region] = arn.split(':');
  if (partition !== 'aws' || !/^[a-z0-9-]{3,40}$/.test(region ?? '')) return undefined;
  const host = [region, 'console', 'aws', 'amazon', 'com'].join('.');
  return `https://${host}/cloudwatch/home?region=${region}#alarmsV2:alarm/${encodeURIComponent(name.toWellFormed())}`;
}
