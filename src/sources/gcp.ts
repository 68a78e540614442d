/** Google Cloud Monitoring's webhook channel, schema 1.2. */
import { z } from 'zod';
import { bag, field, need } from './field.ts';
import { readMoment } from './moment.ts';
import { defineSource, type RawSignal, type ReadContext } from './source.ts';
import { cleanIdentity, cleanLabels, cleanLinks, cleanSummary, readSeverity } from './text.ts';

const described = z.object({ type: field, labels: bag }).nullish();
const payload = z.object({
  version: field,
  incident: z.object({
    incident_id: field,
    state: field,
    started_at: field,
    ended_at: field,
    summary: field,
    policy_name: field,
    condition_name: field,
    severity: field,
    url: field,
    scoping_project_id: field,
    resource_name: field,
    resource: described,
    metric: described,
    metadata: z.object({ user_labels: bag }).nullish(),
    policy_user_labels: bag,
  }),
});
type Incident = z.output<typeof payload>['incident'];

const STATES: Readonly<Record<string, RawSignal['state']>> = { open: 'firing', closed: 'resolved' };

export const gcp = defineSource({
  name: 'gcp',
  about: 'Google Cloud Monitoring (webhook channel with basic authentication)',
  payload,
  check: (body, context) => void toSignals(body, context),
  toSignals,
  whyNothing: ({ version }) => (version?.toLowerCase() === 'test' ? 'a test' : 'somebody acknowledged it'),
});

/** The button "Send test notification" sends version `test` and hardly anything that is true: it is answered and opens nothing. */
function toSignals({ version, incident }: z.output<typeof payload>, { now }: ReadContext): readonly RawSignal[] {
  if (version?.toLowerCase() === 'test') return [];
  const id = need(incident.incident_id, 'incident.incident_id', 'required');
  const word = need(incident.state, 'incident.state', 'required: open or closed').toLowerCase();
  const began = readMoment(incident.started_at, { path: 'incident.started_at', now });
  const ended = readMoment(incident.ended_at, { path: 'incident.ended_at', now });
  if (word === 'acknowledged') return [];
  const state = need(Object.hasOwn(STATES, word) ? STATES[word] : undefined, 'incident.state', 'expected open|closed|acknowledged');
  return [
    {
      fingerprint: cleanIdentity(id),
      state,
      at: (state === 'firing' ? began : ended) ?? now,
      severity: readSeverity(incident.severity) ?? readSeverity(incident.policy_user_labels.find(([name]) => name === 'severity')?.[1]),
      summary: cleanSummary(incident.summary, incident.condition_name, incident.policy_name),
      labels: labelsOf(incident),
      links: cleanLinks({ Incident: incident.url }),
    },
  ];
}

/** What people wrote on the policy comes before what Google knows of the resource. */
function labelsOf(incident: Incident): Record<string, string> {
  return cleanLabels([
    ['alertname', incident.policy_name],
    ['condition', incident.condition_name],
    ...incident.policy_user_labels,
    ['project', incident.scoping_project_id],
    ['resource_type', incident.resource?.type],
    ['metric_type', incident.metric?.type],
    ...(incident.resource?.labels ?? []),
    ...(incident.metric?.labels ?? []),
    ...(incident.metadata?.user_labels ?? []),
    ['resource', incident.resource_name],
  ]);
}
