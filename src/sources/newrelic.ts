/** New Relic workflows: the webhook's default template, or the one of docs/sources/newrelic.md, which says more. One body is one issue. */
import { z } from 'zod';
import { bag, field, fields, need } from './field.ts';
import { readMoment } from './moment.ts';
import { defineSource, type RawSignal, type ReadContext } from './source.ts';
import { cleanIdentity, cleanLabels, cleanLinks, cleanSummary, readSeverity } from './text.ts';

const payload = z.object({
  id: field,
  state: field,
  trigger: field,
  priority: field,
  title: field,
  issueUrl: field,
  impactedEntities: fields,
  alertPolicyNames: fields,
  alertConditionNames: fields,
  runbookUrl: fields,
  workflowName: field,
  muting: field,
  createdAt: field,
  updatedAt: field,
  closedAt: field,
  /** Tags that somebody added to the template: `{"service":{{ json accumulations.tag.service }}}`. */
  tags: bag,
});
type Payload = z.output<typeof payload>;

const STATES: Readonly<Record<string, RawSignal['state']>> = { CREATED: 'firing', ACTIVATED: 'firing', CLOSED: 'resolved' };

export const newrelic = defineSource({
  name: 'newrelic',
  about: 'New Relic issues (workflow with a webhook)',
  payload,
  check: (body, context) => void toSignals(body, context),
  toSignals,
});

function toSignals(body: Payload, { now }: ReadContext): readonly RawSignal[] {
  const id = need(body.id, 'id', 'required: put {{ json issueId }} there');
  const word = body.state?.toUpperCase() ?? '';
  const state = need(Object.hasOwn(STATES, word) ? STATES[word] : undefined, 'state', `expected ${Object.keys(STATES).join('|')}`);
  return [
    {
      fingerprint: cleanIdentity(id),
      state,
      at: momentOf(body, state, now),
      severity: readSeverity(body.priority),
      summary: cleanSummary(body.title, body.alertConditionNames[0], `issue ${id}`),
      labels: labelsOf(body),
      links: cleanLinks({ Issue: body.issueUrl, Runbook: body.runbookUrl[0] }),
    },
  ];
}

/** An issue begins once, so every later word that it is active is the same one; one that was merged away ends like any other. */
function momentOf({ createdAt, updatedAt, closedAt }: Payload, state: RawSignal['state'], now: number): number {
  const began = readMoment(createdAt, { path: 'createdAt', now });
  const changed = readMoment(updatedAt, { path: 'updatedAt', now });
  const ended = readMoment(closedAt, { path: 'closedAt', now });
  return (state === 'firing' ? began : (ended ?? changed)) ?? now;
}

function labelsOf(body: Payload): Record<string, string> {
  return cleanLabels([
    ['alertname', body.alertConditionNames[0] ?? body.title],
    ...several('condition', body.alertConditionNames),
    ...several('entity', body.impactedEntities),
    ...several('policy', body.alertPolicyNames),
    ['workflow', body.workflowName],
    ['priority', body.priority],
    ['trigger', body.trigger],
    ['muting', body.muting],
    ...body.tags,
  ]);
}

/** `match` in services.yml compares one value: the first has the name, and all of them stand beside it when there are more. */
function several(name: string, values: readonly string[]): readonly (readonly [string, string | undefined])[] {
  return [[name, values[0]], ...(values.length > 1 ? [[`${name}.all`, values.slice(0, 20).join(', ')] as const] : [])];
}
