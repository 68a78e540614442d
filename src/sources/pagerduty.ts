/** PagerDuty, webhooks version 3: one event per request. PagerDuty waits 5 s, repeats 5xx for two days, and takes another 4xx for an answer. */
import { z } from 'zod';
import { Failure } from '../lib/failure.ts';
import { headerOf, isSignedWith } from './hmac.ts';
import { readMoment } from './moment.ts';
import { readPart } from './read.ts';
import { defineSource, type RawSignal, type ReadContext, type Signed } from './source.ts';
import { cleanIdentity, cleanLabels, cleanLinks, cleanSummary, readSeverity } from './text.ts';

const text = z.string().nullish();
const named = z.object({ summary: text, id: text, html_url: text }).nullish();
const incident = z.object({
  id: z.string().min(1),
  title: text,
  number: z.number().nullish(),
  ...{ incident_key: text, urgency: text, html_url: text },
  priority: named,
  service: named,
  escalation_policy: named,
  teams: z.array(z.object({ summary: text })).nullish(),
});
const payload = z.object({
  event: z.object({
    /** New types come unannounced. */
    event_type: z.string(),
    occurred_at: z.string(),
    /** An incident in the events that are read; in others it may be anything. */
    data: z.unknown(),
  }),
});
type Payload = z.output<typeof payload>;

const STATES: Readonly<Record<string, RawSignal['state']>> = {
  'incident.triggered': 'firing',
  'incident.reopened': 'firing',
  'incident.unacknowledged': 'firing',
  'incident.resolved': 'resolved',
};

const signed: Signed = {
  mediaTypeHint: 'PagerDuty sends application/json; a proxy in between must keep it',
  refusal(headers, body, secrets) {
    // `v1=<hex>,v1=<hex>`: one for each secret that is live on their side.
    const claims = (headerOf(headers, 'x-pagerduty-signature') ?? '').split(',', MOST_SIGNATURES).map((one) => /^\s*v1=(\S+)\s*$/.exec(one)?.[1] ?? '');
    if (isSignedWith(secrets, claims, [body])) return undefined;
    const hint = 'set PAGERDUTY_WEBHOOK_SECRET to the secret PagerDuty showed when the subscription was made';
    return new Failure('E_AUTH', 'not allowed', { path: 'headers.x-pagerduty-signature', hint });
  },
};
const MOST_SIGNATURES = 10;

export const pagerduty = defineSource({
  name: 'pagerduty',
  about: 'PagerDuty incidents (generic webhooks, version 3)',
  signed,
  payload,
  check: (body, context) => void toSignals(body, context),
  toSignals,
  whyNothing: ({ event: { event_type: type } }) => `${type.slice(0, 60)} changes no state`,
});

function toSignals({ event: { event_type: type, occurred_at: occurred, data } }: Payload, { now }: ReadContext): readonly RawSignal[] {
  const state = Object.hasOwn(STATES, type) ? STATES[type] : undefined;
  if (state === undefined) return [];
  const it = readPart(incident, data, { source: 'pagerduty', path: 'event.data' });
  const priority = it.priority?.summary ?? undefined;
  return [
    {
      fingerprint: cleanIdentity(it.id),
      state,
      at: readMoment(occurred, { path: 'event.occurred_at', now }) ?? now,
      severity: readSeverity(priority?.replace(/[\s-]/g, '')) ?? URGENCIES[it.urgency === 'low' ? 'low' : 'high'],
      summary: cleanSummary(it.title ?? undefined, it.number === null || it.number === undefined ? undefined : `PagerDuty incident ${it.number}`),
      labels: cleanLabels([
        ['alertname', it.title ?? undefined],
        ['service', it.service?.summary ?? undefined],
        ['service_id', it.service?.id ?? undefined],
        ['urgency', it.urgency ?? undefined],
        ['priority', priority],
        ['team', it.teams?.[0]?.summary ?? undefined],
        ['escalation_policy', it.escalation_policy?.summary ?? undefined],
        ['incident_key', it.incident_key ?? undefined],
      ]),
      links: cleanLinks({ PagerDuty: it.html_url ?? undefined, 'PagerDuty service': it.service?.html_url ?? undefined }),
    },
  ];
}

const URGENCIES = { high: 'sev2', low: 'sev3' } as const;
