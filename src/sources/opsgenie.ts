/** Opsgenie's and Jira Service Management's outgoing webhook. What people do with an alert is no news about the service; its end is. */
import { z } from 'zod';
import { bag, field, fields, need } from './field.ts';
import { readMoment } from './moment.ts';
import { defineSource, type RawSignal, type ReadContext } from './source.ts';
import { cleanIdentity, cleanLabels, cleanSummary, readSeverity, tagLabels } from './text.ts';

const payload = z.object({
  action: field,
  alert: z.object({
    alertId: field,
    /** The same alert of the same sender, also after it was closed and came back. */
    alias: field,
    tinyId: field,
    message: field,
    description: field,
    entity: field,
    source: field,
    /** `P1` or, from some integrations, `1`. */
    priority: field,
    tags: fields,
    details: bag,
    createdAt: field,
    updatedAt: field,
  }),
  integrationName: field,
});
type Payload = z.output<typeof payload>;

const STATES: Readonly<Record<string, RawSignal['state']>> = { create: 'firing', close: 'resolved', delete: 'resolved' };

export const opsgenie = defineSource({
  name: 'opsgenie',
  about: 'Opsgenie and Jira Service Management (outgoing webhook)',
  tokenHeaders: ['x-tagback-token'],
  payload,
  check: (body, context) => void toSignals(body, context),
  toSignals,
  whyNothing: () => 'what people do with an alert is no news about the service',
});

/** Acknowledged, assigned, escalated, a note, a tag: none. */
function toSignals(body: Payload, { now }: ReadContext): readonly RawSignal[] {
  const { alert } = body;
  const action = need(body.action, 'action', 'required: Create, Close …').toLowerCase();
  const id = need(alert.alias ?? alert.alertId, 'alert.alertId', 'required, or alert.alias');
  const began = readMoment(alert.createdAt, { path: 'alert.createdAt', now });
  const changed = readMoment(alert.updatedAt, { path: 'alert.updatedAt', now });
  const state = Object.hasOwn(STATES, action) ? STATES[action] : undefined;
  if (state === undefined) return [];
  return [
    {
      fingerprint: cleanIdentity(id),
      state,
      at: (state === 'firing' ? began : changed) ?? now,
      severity: readSeverity(alert.priority && /^\d$/.test(alert.priority) ? `p${alert.priority}` : alert.priority),
      summary: cleanSummary(alert.message, alert.description, `alert ${id}`),
      labels: labelsOf(body),
      links: [],
    },
  ];
}

function labelsOf({ alert, integrationName }: Payload): Record<string, string> {
  return cleanLabels([
    ['alertname', alert.message],
    ['entity', alert.entity],
    ['origin', alert.source],
    ['priority', alert.priority],
    ['integration', integrationName],
    ['tiny_id', alert.tinyId],
    ...alert.details,
    ...tagLabels(alert.tags),
  ]);
}
