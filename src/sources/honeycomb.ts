/** Honeycomb triggers and SLO burn alerts: the webhook's own body (v0.1.0), or the template of docs/sources/honeycomb.md. */
import { z } from 'zod';
import { bag, field, fields, need } from './field.ts';
import { readMoment } from './moment.ts';
import { defineSource, type RawSignal, type ReadContext } from './source.ts';
import { cleanIdentity, cleanLabels, cleanLinks, cleanSummary, readSeverity } from './text.ts';

const groups = z.array(z.object({ Group: bag })).nullish();
const payload = z.object({
  /** `.Alert.InstanceID`; the trigger's own in the default body. */
  id: field,
  status: field,
  name: field,
  summary: field,
  description: field,
  trigger_description: field,
  severity: field,
  service: field,
  environment: field,
  dataset: field,
  datasets: fields,
  trigger_url: field,
  slo_url: field,
  result_url: field,
  result_groups_triggered: groups,
  at: field,
  is_test: z.boolean().nullish(),
});
type Payload = z.output<typeof payload>;

const STATES: Readonly<Record<string, RawSignal['state']>> = { TRIGGERED: 'firing', OK: 'resolved' };

export const honeycomb = defineSource({
  name: 'honeycomb',
  about: 'Honeycomb triggers and SLO burn alerts (webhook recipient)',
  tokenHeaders: ['x-honeycomb-webhook-token', 'x-tagback-token'],
  payload,
  check: (body, context) => void toSignals(body, context),
  toSignals,
  whyNothing: () => 'a test',
});

/** Honeycomb's button "Test" is answered, and opens nothing. */
function toSignals(body: Payload, { now }: ReadContext): readonly RawSignal[] {
  const word = body.status?.toUpperCase() ?? '';
  const state = need(Object.hasOwn(STATES, word) ? STATES[word] : undefined, 'status', `expected ${Object.keys(STATES).join('|')}`);
  const id = need(body.id ?? body.name, 'id', 'required: put {{ .Alert.InstanceID }} there');
  const at = readMoment(body.at, { path: 'at', now }) ?? now;
  if (body.is_test === true) return [];
  return [
    {
      fingerprint: cleanIdentity(id),
      state,
      at,
      severity: readSeverity(body.severity),
      summary: cleanSummary(body.summary, body.name, body.description),
      labels: labelsOf(body),
      links: cleanLinks({ Results: body.result_url, Trigger: body.trigger_url, SLO: body.slo_url }),
    },
  ];
}

/** Of the groups over the threshold the first one is named. */
function labelsOf(body: Payload): Record<string, string> {
  return cleanLabels([
    ['alertname', body.name],
    ['service', body.service],
    ['environment', body.environment],
    ['dataset', body.dataset ?? body.datasets[0]],
    ...(body.result_groups_triggered?.[0]?.Group ?? []),
    ['description', body.trigger_description ?? body.description],
  ]);
}
