/** What the error-rate picture of one incident shows: the stretch worth seeing, and what happened in it. */
import { atOpening, isForward } from '../core/course.ts';
import type { Incident, Instant } from '../core/model.ts';
import type { Rollback } from '../core/rollback.ts';
import type { ErrorRate } from '../core/service.ts';
import type { Sample } from '../core/verdict.ts';
import { percent } from '../core/verdict.ts';
import type { Chart, Marker } from './svg.ts';
import { clockText } from './ticks.ts';

/** Never less than this many samples, never more than Prometheus gives (11,000) nor than pixels need. */
const MOST_SAMPLES = 360;
/** A release older than this before the alert is not the story of this picture. */
const DEPLOY_WITHIN_MS = 2 * 3_600_000;

export function spanOf(incident: Incident, rate: ErrorRate, now: Instant): { from: Instant; to: Instant; stepMs: number } {
  const { openedAt, resolvedAt } = incident;
  const deployedAt = atOpening(incident)?.deployedAt;
  const story = deployedAt !== undefined && openedAt - deployedAt < DEPLOY_WITHIN_MS ? Math.min(deployedAt, openedAt) : openedAt;
  const to = resolvedAt === undefined ? now : Math.min(now, resolvedAt + rate.windowMs / 4);
  // A third of the picture shows how it was before.
  const lead = Math.max(rate.windowMs / 2, (to - story) / 3);
  const from = story - lead;
  return { from, to, stepMs: Math.max(rate.stepMs, Math.ceil((to - from) / MOST_SAMPLES / 1000) * 1000) };
}

export function chartOf(incident: Incident, rate: ErrorRate, data: { samples: readonly Sample[]; from: Instant; to: Instant; stepMs: number }): Chart {
  const peak = data.samples.reduce<Sample | undefined>((top, sample) => (top === undefined || sample.value > top.value ? sample : top), undefined);
  const about = [incident.id, incident.severity.toUpperCase(), peak ? `peak ${percent(peak.value)} at ${clockText(peak.at, true)} UTC` : 'no data'];
  return {
    ...data,
    title: `${incident.service} · error rate`,
    subtitle: about.join(' · '),
    threshold: rate.threshold,
    markers: markersOf(incident),
    shaded: { from: incident.openedAt, to: incident.mitigatedAt ?? incident.resolvedAt ?? data.to },
  };
}

function markersOf(incident: Incident): readonly Marker[] {
  const { openedAt, mitigatedAt } = incident;
  const release = atOpening(incident);
  const markers: (Marker | undefined)[] = [
    release?.deployedAt === undefined ? undefined : { at: release.deployedAt, label: `deploy ${release.current ?? ''}`.trim(), kind: 'deploy' },
    { at: openedAt, label: 'alert', kind: 'alert' },
    ...Object.values(incident.rollbacks).map(deed),
    mitigatedAt === undefined ? undefined : { at: mitigatedAt, label: 'recovered', kind: 'recovered' },
  ];
  return markers.filter((marker) => marker !== undefined);
}

/** Everything that went out, back and forward. */
function deed(rollback: Rollback): Marker | undefined {
  const { plan, sentAt } = rollback;
  return sentAt === undefined || !plan
    ? undefined
    : { at: sentAt, label: `${isForward(rollback) ? 'forward' : 'rollback'} → ${plan.to.tag}`, kind: 'rollback' };
}
