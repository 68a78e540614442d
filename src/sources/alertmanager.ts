/**
 * Prometheus Alertmanager, webhook version 4 (notify/webhook/webhook.go of 0.34). One body may hold many alerts in both states.
 * Alertmanager repeats 5xx only: a 4xx loses the alert, so only what can never be read is refused.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Link } from '../core/model.ts';
import { Failure } from '../lib/failure.ts';
import { defineSource, type RawSignal, type ReadContext } from './source.ts';
import { cleanIdentity, cleanLink, cleanSummary, cleanValue, isCut, readSeverity } from './text.ts';

/** More alerts of one delivery than anybody can read are one storm; the delivery itself is kept whole. */
const MOST_ALERTS = 1_000;
const FUTURE_MAX_MS = 24 * 3_600_000;
/** A real one has 16 hex digits. */
const FINGERPRINT_MAX = 128;

const time = z.iso.datetime({ offset: true });
const words = z.record(z.string(), z.string());
const alert = z.object({
  status: z.enum(['firing', 'resolved']),
  labels: words,
  annotations: words.optional(),
  startsAt: time,
  /** `0001-01-01T00:00:00Z`, or a time-out in the future, while the alert fires: read only when it is resolved. */
  endsAt: time.optional(),
  generatorURL: z.string().optional(),
  fingerprint: z.string().optional(),
});
const payload = z.object({
  version: z.custom<'4'>((value) => value === '4', 'only "4" is supported'),
  status: z.enum(['firing', 'resolved']).optional(),
  externalURL: z.string().optional(),
  truncatedAlerts: z.number().int().nonnegative().optional(),
  alerts: z.array(alert),
});
type Alert = z.output<typeof alert>;
type Payload = z.output<typeof payload>;

export const alertmanager = defineSource({
  name: 'alertmanager',
  batches: true,
  about: 'Prometheus Alertmanager (webhook_configs, version 4)',
  payload,
  check: checkTimes,
  toSignals,
});

function checkTimes({ alerts }: Payload, { now }: ReadContext): void {
  for (const [index, { startsAt, endsAt, status }] of alerts.entries()) {
    if (Date.parse(startsAt) - now > FUTURE_MAX_MS) throw future(`alerts.${index}.startsAt`);
    if (status === 'resolved' && endsAt !== undefined && Date.parse(endsAt) - now > FUTURE_MAX_MS) throw future(`alerts.${index}.endsAt`);
  }
}

function future(path: string): Failure {
  return new Failure('E_TIME_RANGE', `${path}: more than 24 h in the future`, { path, hint: 'check the clock of the sender', permanent: true });
}

function toSignals({ alerts, externalURL, truncatedAlerts = 0 }: Payload, { now }: ReadContext): readonly RawSignal[] {
  const kept = alerts.slice(0, MOST_ALERTS);
  const truncated = alerts.length - kept.length + truncatedAlerts;
  return kept.map((one, index) => toSignal(one, { now, externalURL, truncated: index === 0 ? truncated : 0 }));
}

function toSignal(one: Alert, around: { now: number; externalURL: string | undefined; truncated: number }): RawSignal {
  const { labels, annotations = {} } = one;
  return {
    fingerprint: one.fingerprint && one.fingerprint.length <= FINGERPRINT_MAX ? cleanIdentity(one.fingerprint) : ownFingerprint(labels),
    state: one.status,
    at: moment(one, around.now),
    severity: readSeverity(labels.severity ?? labels.priority),
    summary: cleanSummary(annotations.summary, annotations.title, annotations.description, annotations.message, labels.alertname),
    labels: cleanLabels(one, around.truncated),
    links: links(one, around.externalURL),
  };
}

/** From the labels alone, in one order: every replica and every delivery finds the same. */
function ownFingerprint(labels: Readonly<Record<string, string>>): string {
  const sorted = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  return sha256(JSON.stringify(sorted)).slice(0, 32);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Go's zero time (year 1) and times before 1970 mean "not known". */
function moment({ status, startsAt, endsAt }: Alert, now: number): number {
  const started = Date.parse(startsAt);
  const ended = status === 'resolved' && endsAt !== undefined ? Date.parse(endsAt) : Number.NaN;
  if (status === 'firing') return started > 0 ? started : now;
  return ended > 0 && ended >= started ? ended : now;
}

/** Cut values keep the hash of the whole; what looks like a link and is none is kept as text. */
function cleanLabels({ labels, generatorURL }: Alert, truncated: number): Record<string, string> {
  const clean: Record<string, string> = {};
  for (const [name, value] of Object.entries(labels)) {
    clean[name] = cleanValue(value);
    if (isCut(clean[name])) clean[`${name}_sha256`] = sha256(value);
  }
  if (generatorURL && !cleanLink('', generatorURL)) clean.generatorURL = cleanValue(generatorURL);
  if (truncated > 0) clean.truncated = String(truncated);
  return clean;
}

function links({ annotations = {}, generatorURL }: Alert, externalURL: string | undefined): readonly Link[] {
  return [
    cleanLink('Runbook', annotations.runbook_url ?? annotations.runbook),
    cleanLink('Dashboard', annotations.dashboard_url ?? annotations.dashboard),
    cleanLink('Query', generatorURL),
    cleanLink('Alertmanager', externalURL),
  ].filter((link) => link !== undefined);
}
