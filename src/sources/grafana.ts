/**
 * Grafana Alerting, webhook version 1: like Alertmanager's, with links to the rule, its panel and a silence. A rule that could not be
 * evaluated comes as an alert of its own (DatasourceError, DatasourceNoData): then monitoring is blind, and nothing is known of the service.
 */
import { z } from 'zod';
import { Failure } from '../lib/failure.ts';
import { headerOf, isSignedWith } from './hmac.ts';
import { readMoment } from './moment.ts';
import { defineSource, type RawSignal, type ReadContext, type Signed } from './source.ts';
import { cleanIdentity, cleanLabels, cleanLinks, cleanSummary, readSeverity } from './text.ts';

const MOST_ALERTS = 1_000;
const SIGNATURE = 'x-grafana-alerting-signature';
/** Grafana has no name of its own for it: this one is to be typed into the contact point. */
const TIMESTAMP = 'x-grafana-alerting-timestamp';
const LEGACY = 'legacy Grafana payload; use the unified-alerting webhook (see docs/sources.md)';

const words = z.record(z.string(), z.string());
const text = z.string().nullish();
const alert = z.object({
  status: z.enum(['firing', 'resolved']),
  labels: words,
  annotations: words.nullish(),
  startsAt: z.string(),
  /** `0001-01-01T00:00:00Z` while it fires: read only when it is resolved. */
  endsAt: text,
  fingerprint: text,
  ...{ generatorURL: text, silenceURL: text, dashboardURL: text, panelURL: text, imageURL: text },
});
const isLegacy = (body: Readonly<Record<string, unknown>>): boolean => body.version === undefined && ('ruleId' in body || 'evalMatches' in body);
const payload = z
  .looseObject({})
  .refine((body) => !isLegacy(body), { error: LEGACY, abort: true })
  .pipe(
    z.object({
      version: z.custom<'1'>((version) => version === '1', 'only "1" is supported; "4" is Alertmanager’s and belongs to /webhooks/alertmanager'),
      orgId: z.number().nullish(),
      externalURL: text,
      truncatedAlerts: z.number().int().nonnegative().nullish(),
      alerts: z.array(alert),
    }),
  );
type Alert = z.output<typeof alert>;
type Payload = z.output<typeof payload>;

const signed: Signed = {
  repeats: true,
  orToken: true,
  mediaTypeHint: 'leave the payload of the contact point as JSON',
  refusal(headers, body, secrets) {
    const claim = headerOf(headers, SIGNATURE) ?? '';
    const timestamp = headers[TIMESTAMP];
    // Bare lower case hex, as Grafana sends it; with a prefix it is somebody else's format.
    const parts = timestamp === undefined ? [body] : [`${String(timestamp)}:`, body];
    if (/^[0-9a-f]{64}$/.test(claim) && isSignedWith(secrets, [claim], parts)) return undefined;
    const hint =
      'set GRAFANA_WEBHOOK_SECRET as the HMAC secret of the contact point, header X-Grafana-Alerting-Signature, timestamp X-Grafana-Alerting-Timestamp';
    return new Failure('E_AUTH', 'not allowed', { path: `headers.${SIGNATURE}`, hint });
  },
  sentAt(headers) {
    if (headers[TIMESTAMP] === undefined) return undefined;
    const seconds = headerOf(headers, TIMESTAMP) ?? '';
    if (/^\d{1,12}$/.test(seconds)) return Number(seconds) * 1000;
    throw new Failure('E_HEADER', 'the timestamp is no number of seconds since 1970', {
      path: `headers.${TIMESTAMP}`,
      hint: 'Grafana sets this header; a proxy in between must keep it',
    });
  },
};

export const grafana = defineSource({
  name: 'grafana',
  batches: true,
  about: 'Grafana Alerting (contact point of the kind webhook, version 1)',
  signed,
  payload,
  check: (body, context) => void toSignals(body, context),
  toSignals,
});

function toSignals({ alerts, orgId, externalURL, truncatedAlerts }: Payload, { now }: ReadContext): readonly RawSignal[] {
  const truncated = Math.max(0, alerts.length - MOST_ALERTS) + (truncatedAlerts ?? 0);
  return alerts.slice(0, MOST_ALERTS).flatMap((one, index) => {
    if (isGone(one)) return [];
    const signal = toSignal(one, { now, path: `alerts.${index}`, org: orgId ?? undefined, externalURL });
    return [index === 0 && truncated > 0 ? { ...signal, labels: { ...signal.labels, truncated: String(truncated) } } : signal];
  });
}

/** Grafana resolves what it can no longer see, and says so. Nothing seen is never healthy: the alert stays as it was. */
const isGone = ({ status, annotations }: Alert): boolean => status === 'resolved' && /MissingSeries|NoData|Error/.test(annotations?.grafana_state_reason ?? '');

const BLIND: Readonly<Record<string, string>> = { DatasourceError: 'the data source does not answer', DatasourceNoData: 'the query gave no data' };

interface Around {
  readonly now: number;
  readonly path: string;
  readonly org: number | undefined;
  readonly externalURL: string | null | undefined;
}

function toSignal(one: Alert, { now, path, org, externalURL }: Around): RawSignal {
  const { labels, annotations } = one;
  const notes = annotations ?? {};
  // Labels alone, in one order: every delivery of the same alert finds the same.
  const own = one.fingerprint || JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
  const fingerprint = cleanIdentity(org === undefined ? own : `${org}/${own}`);
  const started = readMoment(one.startsAt, { path: `${path}.startsAt`, now });
  const ended = one.status === 'resolved' ? readMoment(one.endsAt, { path: `${path}.endsAt`, now }) : undefined;
  const signal = {
    fingerprint,
    state: one.status,
    at: one.status === 'firing' ? (started ?? now) : ended !== undefined && ended >= (started ?? 0) ? ended : now,
    severity: readSeverity(labels.severity ?? labels.priority),
    summary: cleanSummary(notes.summary, notes.description, labels.alertname),
    labels: cleanLabels([...Object.entries(labels), ['org', org === undefined ? undefined : String(org)]]),
    links: cleanLinks({
      Runbook: notes.runbook_url || undefined,
      Dashboard: one.dashboardURL || undefined,
      Panel: one.panelURL || undefined,
      Rule: one.generatorURL || undefined,
      Screenshot: one.imageURL || undefined,
      Silence: one.silenceURL || undefined,
      Grafana: externalURL || undefined,
    }),
  };
  const because = Object.hasOwn(BLIND, labels.alertname ?? '') ? BLIND[labels.alertname ?? ''] : undefined;
  return because === undefined ? signal : blinded(signal, labels.rulename, because);
}

/** Its fingerprint and name are its own, so that nothing that waits for the rule's alert takes it for one. */
function blinded(signal: RawSignal, rule: string | undefined, because: string): RawSignal {
  return {
    ...signal,
    fingerprint: `blind:${signal.fingerprint}`,
    severity: 'sev3',
    summary: cleanSummary(`Monitoring is blind, ${because}: ${rule ?? 'a rule of Grafana'}`),
    labels: { ...signal.labels, alertname: 'MonitoringBlind', blind: 'true' },
  };
}
