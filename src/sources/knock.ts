/** What `tagback doctor` sends to each door of its own: proof of who sends, and a body that opens nothing. */
import { createHmac } from 'node:crypto';

export interface Knock {
  readonly source: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** True: an alert that is taken; false: nothing an alert could be read from, so the door says what is missing after it let us in. */
  readonly isAlert: boolean;
}
export interface Keys {
  /** Undefined: this source is let in by no token. */
  readonly token: string | undefined;
  /** Undefined: it signs nothing, or no secret is set. */
  readonly secret: string | undefined;
}

/** Over twice: resolved, so that nothing could open whatever services.yml says, and marked as our own. */
const ALERTS: Readonly<Record<string, (iso: string) => object>> = {
  alertmanager: (iso) => ({
    version: '4',
    alerts: [
      {
        status: 'resolved',
        startsAt: iso,
        endsAt: iso,
        labels: { alertname: 'TagbackDoctor', tagback: 'self' },
        annotations: { summary: 'a test of tagback doctor' },
      },
    ],
  }),
  generic: () => ({ id: 'tagback-doctor', status: 'resolved', title: 'a test of tagback doctor', tagback: 'self' }),
};

/** Undefined: its door is closed, or it cannot be opened from here (signed with somebody else's certificate). */
export function knockOn(source: string, { token, secret }: Keys, { iso, isMapped }: { readonly iso: string; readonly isMapped: boolean }): Knock | undefined {
  const alert = source === 'generic' && isMapped ? undefined : ALERTS[source]?.(iso);
  const body = JSON.stringify(alert ?? {});
  const proof = secret === undefined ? token && { authorization: `Bearer ${token}` } : signatureOf(source, body, secret);
  return proof ? { source, headers: { 'content-type': 'application/json', ...proof }, body, isAlert: alert !== undefined } : undefined;
}

function signatureOf(source: string, body: string, secret: string): Readonly<Record<string, string>> | undefined {
  const hex = createHmac('sha256', secret).update(body).digest('hex');
  switch (source) {
    case 'grafana':
      return { 'x-grafana-alerting-signature': hex };
    case 'sentry':
      return { 'sentry-hook-signature': hex, 'sentry-hook-resource': 'tagback_doctor' };
    case 'pagerduty':
      return { 'x-pagerduty-signature': `v1=${hex}` };
    case 'github':
      return { 'x-hub-signature-256': `sha256=${hex}`, 'x-github-event': 'ping' };
    default:
      return undefined;
  }
}
