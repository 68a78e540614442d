/**
 * Sentry, as an internal integration: issue alerts fire, and what becomes of the same issue resolves them; metric alerts do both themselves.
 * Sentry waits one second for the answer, and after a thousand late ones in a day it sends no more: nothing is done before the answer but storing.
 */
import { z } from 'zod';
import { Failure } from '../lib/failure.ts';
import { headerOf, isSignedWith } from './hmac.ts';
import { readMoment } from './moment.ts';
import { defineSource, type RawSignal, type ReadContext, type Signed } from './source.ts';
import { cleanIdentity, cleanLabels, cleanLinks, cleanSummary, readSeverity } from './text.ts';

const text = z.string().nullish();
const id = z.union([z.string().min(1), z.number()], { error: 'expected a text or a number' }).transform(String);
/** A pair is two texts; Sentry's own relay has been seen to send null for a value it filtered. */
const tags = z.array(z.tuple([z.string(), z.string().nullish()]).rest(z.unknown())).nullish();
const event = z.object({
  issue_id: id,
  datetime: text,
  ...{ title: text, level: text, culprit: text, release: text, environment: text, url: text, web_url: text },
  tags,
});
const issue = z.object({
  id,
  ...{ title: text, level: text, culprit: text, shortId: text, substatus: text, web_url: text, permalink: text },
  project: z.object({ slug: text }).nullish(),
});
const metric = z.object({
  id,
  ...{ title: text, date_started: text, date_closed: text },
  projects: z.array(z.string()).nullish(),
  alert_rule: z.object({ id: id.nullish(), ...{ name: text, environment: text, query: text, aggregate: text } }).nullish(),
});

const alerted = z.object({ action: z.string(), data: z.object({ event, triggered_rule: text }) });
const changed = z.object({ action: z.string(), data: z.object({ issue }) });
const measured = z.object({ action: z.string(), data: z.object({ metric_alert: metric, description_title: text, description_text: text, web_url: text }) });
const payload = z.discriminatedUnion('event', [
  z.object({ event: z.literal('event_alert'), payload: alerted }),
  z.object({ event: z.literal('issue'), payload: changed }),
  z.object({ event: z.literal('metric_alert'), payload: measured }),
]);
type Payload = z.output<typeof payload>;

const signed: Signed = {
  repeats: true,
  events: ['event_alert', 'issue', 'metric_alert'],
  mediaTypeHint: 'Sentry sends application/json; a proxy in between must keep it',
  refusal(headers, body, secrets) {
    if (isSignedWith(secrets, [headerOf(headers, 'sentry-hook-signature') ?? ''], [body])) return undefined;
    const hint = 'set SENTRY_WEBHOOK_SECRET to the Client Secret of the integration';
    return new Failure('E_AUTH', 'not allowed', { path: 'headers.sentry-hook-signature', hint });
  },
  label(headers) {
    const resource = headerOf(headers, 'sentry-hook-resource') ?? '';
    if (/^[a-z_]{1,60}$/.test(resource)) return { event: resource, delivery: undefined };
    const hint = 'Sentry sets this header; a proxy in between must keep it';
    throw new Failure('E_HEADER', 'Sentry-Hook-Resource is missing or is no name', { path: 'headers.sentry-hook-resource', hint });
  },
};

export const sentry = defineSource({
  name: 'sentry',
  about: 'Sentry issue alerts, issues and metric alerts (internal integration)',
  signed,
  payload,
  check: (body, context) => void toSignals(body, context),
  toSignals,
  whyNothing: ({ event: kind, payload: { action } }) => `${kind} ${action.slice(0, 40)} changes no state`,
});

function toSignals(body: Payload, { now }: ReadContext): readonly RawSignal[] {
  switch (body.event) {
    case 'event_alert':
      return [ofEvent(body.payload, now)];
    case 'issue':
      return ofIssue(body.payload, now);
    case 'metric_alert':
      return ofMetric(body.payload, now);
  }
}

/** Times of Sentry's clock meet times of ours (an issue says not when it was resolved): none may lie ahead of us. */
const notAhead = (value: string | null | undefined, at: { path: string; now: number }): number => Math.min(readMoment(value, at) ?? at.now, at.now);

function ofEvent({ data: { event: it, triggered_rule: rule } }: z.output<typeof alerted>, now: number): RawSignal {
  const tag = (name: string): string | undefined => it.tags?.find(([key]) => key === name)?.[1] ?? undefined;
  // https://sentry.io/api/0/projects/<organisation>/<project>/events/<id>/ (the event itself holds the number of its project only)
  const project = /\/projects\/[^/]+\/([\w.-]{1,100})\/events\//.exec(it.url ?? '')?.[1];
  return {
    fingerprint: cleanIdentity(`issue:${it.issue_id}`),
    state: 'firing',
    at: notAhead(it.datetime, { path: 'payload.data.event.datetime', now }),
    severity: readSeverity(it.level ?? undefined),
    summary: cleanSummary(it.title ?? undefined, rule ?? undefined, it.culprit ?? undefined),
    labels: cleanLabels([
      ['alertname', rule || undefined],
      ['project', project],
      ['environment', it.environment ?? tag('environment')],
      ['release', it.release ?? tag('release') ?? tag('sentry:release')],
      ['level', it.level ?? undefined],
      ['culprit', it.culprit ?? undefined],
      ...(it.tags ?? []).filter(([name]) => !isPersonal(name)).map(([name, value]) => [name, value ?? undefined] as const),
    ]),
    links: cleanLinks({ Sentry: it.web_url ?? undefined }),
  };
}

/** Who met the error is nobody's business in a channel. */
const isPersonal = (name: string): boolean => /^(?:sentry:)?user\b|^ip(?:_address)?$/i.test(name);

/** `ignored` is what `archived` was called before 2023. A new issue alone is no alert: the rules in Sentry say which are. */
const ISSUE_STATES: Readonly<Record<string, RawSignal['state']>> = { resolved: 'resolved', archived: 'resolved', ignored: 'resolved', unresolved: 'firing' };

function ofIssue({ action, data: { issue: it } }: z.output<typeof changed>, now: number): readonly RawSignal[] {
  const state = Object.hasOwn(ISSUE_STATES, action) ? ISSUE_STATES[action] : undefined;
  if (state === undefined) return [];
  return [
    {
      fingerprint: cleanIdentity(`issue:${it.id}`),
      state,
      at: now,
      severity: readSeverity(it.level ?? undefined),
      summary: cleanSummary(it.title ?? undefined, it.culprit ?? undefined, it.shortId ?? undefined),
      labels: cleanLabels([
        ['project', it.project?.slug ?? undefined],
        ['level', it.level ?? undefined],
        ['culprit', it.culprit ?? undefined],
        ['issue', it.shortId ?? undefined],
        ['substatus', it.substatus ?? undefined],
      ]),
      links: cleanLinks({ Sentry: it.web_url ?? it.permalink ?? undefined }),
    },
  ];
}

const METRIC_STATES: Readonly<Record<string, RawSignal['state']>> = { critical: 'firing', warning: 'firing', resolved: 'resolved' };

function ofMetric({ action, data }: z.output<typeof measured>, now: number): readonly RawSignal[] {
  const state = Object.hasOwn(METRIC_STATES, action) ? METRIC_STATES[action] : undefined;
  if (state === undefined) return [];
  const { metric_alert: it } = data;
  const started = notAhead(it.date_started, { path: 'payload.data.metric_alert.date_started', now });
  const closed = notAhead(it.date_closed, { path: 'payload.data.metric_alert.date_closed', now });
  return [
    {
      fingerprint: cleanIdentity(`metric:${it.id}`),
      state,
      at: state === 'firing' ? started : Math.max(started, closed),
      severity: readSeverity(action),
      summary: cleanSummary(it.alert_rule?.name ?? undefined, data.description_title ?? undefined, it.title ?? undefined),
      labels: cleanLabels([
        ['alertname', it.alert_rule?.name ?? undefined],
        ['project', it.projects?.[0]],
        ['environment', it.alert_rule?.environment ?? undefined],
        ['aggregate', it.alert_rule?.aggregate ?? undefined],
        ['query', it.alert_rule?.query ?? undefined],
        ['description', data.description_text ?? undefined],
      ]),
      links: cleanLinks({ Sentry: data.web_url ?? undefined }),
    },
  ];
}
