/** Azure Monitor with the common alert schema. The older shapes, one per kind of alert, are not read. */
import { z } from 'zod';
import { bag, field, fields, need } from './field.ts';
import { readMoment } from './moment.ts';
import { defineSource, type RawSignal, type ReadContext } from './source.ts';
import { cleanIdentity, cleanLabels, cleanLinks, cleanSummary } from './text.ts';

const SCHEMA = 'azureMonitorCommonAlertSchema';
const payload = z.object({
  schemaId: z.custom<string>((value) => value === SCHEMA, `expected "${SCHEMA}": turn on "Enable the common alert schema" in the action group`),
  data: z.object({
    essentials: z.object({
      alertId: field,
      alertRule: field,
      severity: field,
      signalType: field,
      monitorCondition: field,
      monitoringService: field,
      alertTargetIDs: fields,
      configurationItems: fields,
      targetResourceType: field,
      targetResourceGroup: field,
      firedDateTime: field,
      resolvedDateTime: field,
      description: field,
      investigationLink: field,
    }),
    customProperties: bag,
  }),
});
type Payload = z.output<typeof payload>;
type Essentials = Payload['data']['essentials'];

const STATES: Readonly<Record<string, RawSignal['state']>> = { Fired: 'firing', Resolved: 'resolved' };
/** Azure's words: critical, error, warning, informational, verbose. Its Sev1 is not ours. */
const SEVERITIES: Readonly<Record<string, NonNullable<RawSignal['severity']>>> = { Sev0: 'sev1', Sev1: 'sev2', Sev2: 'sev3', Sev3: 'sev3', Sev4: 'sev3' };

export const azure = defineSource({
  name: 'azure',
  about: 'Azure Monitor (action group webhook, common alert schema)',
  payload,
  check: (body, context) => void toSignals(body, context),
  toSignals,
});

function toSignals({ data: { essentials, customProperties } }: Payload, { now }: ReadContext): readonly RawSignal[] {
  const at = (name: string): string => `data.essentials.${name}`;
  const id = need(essentials.alertId, at('alertId'), 'required');
  const state = need(wordIn(STATES, essentials.monitorCondition), at('monitorCondition'), `expected ${Object.keys(STATES).join('|')}`);
  const fired = readMoment(essentials.firedDateTime, { path: at('firedDateTime'), now });
  const resolved = readMoment(essentials.resolvedDateTime, { path: at('resolvedDateTime'), now });
  return [
    {
      fingerprint: cleanIdentity(id),
      state,
      at: (state === 'firing' ? fired : resolved) ?? now,
      severity: wordIn(SEVERITIES, essentials.severity),
      summary: summaryOf(essentials),
      labels: labelsOf(essentials, customProperties),
      links: cleanLinks({ Investigation: essentials.investigationLink, Resource: portalUrl(essentials.alertTargetIDs[0]) }),
    },
  ];
}

function wordIn<T>(words: Readonly<Record<string, T>>, word: string | undefined): T | undefined {
  return word !== undefined && Object.hasOwn(words, word) ? words[word] : undefined;
}

function summaryOf({ alertRule, description, configurationItems }: Essentials): string {
  const [item] = configurationItems;
  const rule = alertRule !== undefined && item !== undefined ? `${alertRule} on ${item}` : alertRule;
  return cleanSummary(rule !== undefined && description !== undefined ? `${rule}: ${description}` : rule, description);
}

/** Custom properties are what people wrote for receivers like us: `service`, `team`. */
function labelsOf(of: Essentials, custom: Payload['data']['customProperties']): Record<string, string> {
  return cleanLabels([
    ['alertname', of.alertRule],
    ['severity', of.severity],
    ...custom,
    ['resource', of.configurationItems[0]],
    ['resource_type', of.targetResourceType],
    ['resource_group', of.targetResourceGroup ?? /\/resourcegroups\/([^/]+)/i.exec(of.alertTargetIDs[0] ?? '')?.[1]],
    ['signal_type', of.signalType],
    ['monitoring_service', of.monitoringService],
  ]);
}

function portalUrl(target: string | undefined): string | undefined {
  return target?.startsWith('/subscriptions/') ? `https://portal.azure.com/#@/resource${target}` : undefined;
}
