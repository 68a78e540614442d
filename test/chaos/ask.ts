/** What a person at a terminal asks the running bot. */
import { setTimeout as sleep } from 'node:timers/promises';

export interface Dependency {
  readonly name: string;
  readonly state: string;
  readonly cause?: string | null;
  readonly since: string;
}
export interface Ready {
  readonly status: number;
  readonly dependencies: readonly Dependency[];
}

export const healthz = async (url: string): Promise<number> => (await fetch(`${url}/healthz`)).status;

export async function readyz(url: string): Promise<Ready> {
  const answer = await fetch(`${url}/readyz`);
  const body = (await answer.json()) as Pick<Ready, 'dependencies'>; // our own documented shape
  return { status: answer.status, dependencies: body.dependencies };
}

/** Status of one alert that is handed in. */
export async function sendAlert(url: string, token: string, labels: Readonly<Record<string, string>>): Promise<number> {
  const alert = {
    status: 'firing',
    labels,
    annotations: { summary: `${labels.alertname} of ${labels.service}` },
    startsAt: new Date().toISOString(),
    endsAt: '0001-01-01T00:00:00Z',
    generatorURL: '',
  };
  const body = {
    version: '4',
    status: 'firing',
    receiver: 'tagback',
    alerts: [alert],
    groupKey: '{}',
    groupLabels: {},
    commonLabels: {},
    commonAnnotations: {},
  };
  const answer = await fetch(`${url}/webhooks/alertmanager`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ ...body, externalURL: '', truncatedAlerts: 0 }),
  });
  await answer.arrayBuffer();
  return answer.status;
}

/** How long it took, in ms, until `look` gave something; rejects after `maxMs`. */
export async function within<T>(maxMs: number, what: string, look: () => Promise<T | undefined> | T | undefined): Promise<{ value: T; tookMs: number }> {
  const begin = performance.now();
  for (;;) {
    const value = await look();
    const tookMs = performance.now() - begin;
    if (value !== undefined) return { value, tookMs };
    if (tookMs > maxMs) throw new Error(`${what} did not come within ${maxMs / 1000} s`);
    await sleep(50);
  }
}
