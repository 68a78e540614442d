/**
 * Datadog's webhook integration. The body is what somebody pasted into the payload field (docs/sources/datadog.md); variables that mean nothing
 * for a monitor stay as they were written, `$ALERT_SCOPE`. Datadog sends 5xx again, and nothing else.
 */
import { z } from 'zod';
import { field, need } from './field.ts';
import { readMoment } from './moment.ts';
import { defineSource, type RawSignal, type ReadContext } from './source.ts';
import { cleanIdentity, cleanLabels, cleanLinks, cleanSummary, readSeverity, tagLabels } from './text.ts';

const payload = z.object({
  /** `$ALERT_CYCLE_KEY`: one from the trigger to the recovery, and the same for nothing else. */
  cycle: field,
  alert_id: field,
  scope: field,
  transition: field,
  type: field,
  priority: field,
  name: field,
  title: field,
  body: field,
  tags: field,
  link: field,
  snapshot: field,
  date: field,
  org: field,
});
type Payload = z.output<typeof payload>;

export const datadog = defineSource({
  name: 'datadog',
  about: 'Datadog monitors (webhook integration with the payload of docs/sources/datadog.md)',
  payload,
  check: (body, context) => void toSignals(body, context),
  toSignals,
});

/** More labels than this are not kept of any alert. */
const MOST_TAGS = 50;
type Meaning = 'firing' | 'resolved' | 'blind';

/** While a monitor has no data nobody knows how the service is: that is an alert of its own, and it never ends the real one. */
function toSignals(body: Payload, { now }: ReadContext): readonly RawSignal[] {
  const identity = identityOf(body);
  const at = readMoment(body.date, { path: 'date', now }) ?? now;
  const meaning = need(meaningOf(body), 'transition', 'expected Triggered, Warn, No Data or Recovered, or one of them again ($ALERT_TRANSITION)');
  const blindness = (state: RawSignal['state']): RawSignal => ({ ...signalOf(body, state, at), ...blindOf(body, identity) });
  if (meaning === 'blind') return [blindness('firing')];
  return [{ ...signalOf(body, meaning, at), fingerprint: identity }, blindness('resolved')];
}

function identityOf({ cycle, alert_id, scope }: Payload): string {
  return cleanIdentity(need(cycle ?? (alert_id && `${alert_id}:${scope ?? '*'}`), 'cycle', 'required: put $ALERT_CYCLE_KEY there'));
}

/** What monitors say since 2015, and `Re-` before it; an unknown word is judged by `$ALERT_TYPE`. */
function meaningOf({ transition = '', type }: Payload): Meaning | undefined {
  if (/no data$/i.test(transition) && !/^recovered/i.test(transition)) return 'blind';
  if (/^recovered/i.test(transition)) return 'resolved';
  if (/^(?:re-?)?(?:triggered|warn|notify)$/i.test(transition)) return 'firing';
  return type === 'success' ? 'resolved' : type === 'error' || type === 'warning' ? 'firing' : undefined;
}

function signalOf(body: Payload, state: RawSignal['state'], at: number): Omit<RawSignal, 'fingerprint'> {
  const isWarning = body.type === 'warning' || /warn$/i.test(body.transition ?? '');
  return {
    state,
    at,
    severity: readSeverity(body.priority) ?? (isWarning ? 'sev3' : undefined),
    summary: cleanSummary(body.name, body.title, body.body),
    labels: cleanLabels([['alertname', body.name ?? body.title], ['monitor', body.alert_id], ...tagsOf(body)]),
    links: cleanLinks({ Monitor: body.link, Graph: body.snapshot }),
  };
}

/** Its labels do not name the monitor, so that nothing that waits for the monitor's alert takes it for one. */
function blindOf(body: Payload, identity: string): Pick<RawSignal, 'fingerprint' | 'severity' | 'summary' | 'labels'> {
  return {
    fingerprint: `blind:${identity}`,
    severity: 'sev3',
    summary: cleanSummary(`Monitoring is blind, no data: ${body.name ?? body.title ?? `monitor ${body.alert_id ?? identity}`}`),
    labels: cleanLabels([['alertname', 'MonitoringBlind'], ['blind', 'true'], ...tagsOf(body)]),
  };
}

/** The group that fired comes before the tags of the monitor. Both are lists with commas. */
function tagsOf({ scope = '', tags = '', org }: Payload): readonly (readonly [string, string | undefined])[] {
  const list = [...scope.split(',', MOST_TAGS), ...tags.split(',', MOST_TAGS)].filter((tag) => tag.trim() !== '' && tag.trim() !== '*');
  return [...tagLabels(list), ['org', org]];
}
