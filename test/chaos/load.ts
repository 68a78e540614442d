/** Senders like Alertmanager, a few on one loopback, that remember what was answered with 2xx. They end when told to. */
import { setTimeout as sleep } from 'node:timers/promises';
import { fingerprintOf } from '../../src/sandbox/shop/alert-payload.ts';
import type { Random } from './random.ts';

export interface LoadOptions {
  readonly url: string;
  readonly token: string;
  readonly services: readonly string[];
  readonly random: Random;
  readonly senders: number;
  /** Between two requests of one sender. */
  readonly pauseMs: number;
  /** Different alerts per service; everything beyond repeats one of them. */
  readonly alertsPerService: number;
}
export interface Ledger {
  /** By fingerprint: how often it was sent, and how often that was answered with 202. */
  readonly alerts: ReadonlyMap<string, { readonly service: string; sent: number; acknowledged: number }>;
  acknowledged(): number;
  /** Answers by status; 0: none came. */
  readonly answers: ReadonlyMap<number, number>;
}
export interface Load extends Ledger {
  stop(): Promise<void>;
}

const POST_MAX_MS = 3_000;
/** Nobody answers: the bot is between two lives. */
const AWAY_MS = 150;
const ALERTS_PER_REQUEST_MAX = 4;

export function startLoad(options: LoadOptions): Load {
  const { random, services, senders, pauseMs, alertsPerService } = options;
  const alerts = new Map<string, { service: string; sent: number; acknowledged: number }>();
  const answers = new Map<number, number>();
  let stopped = false;
  const sender = async (): Promise<void> => {
    while (!stopped) {
      const service = services[random.whole(0, services.length)] ?? '';
      // One service a request: a delivery over several incidents is stored in several steps and may be counted again after a crash.
      const batch = [...new Set(Array.from({ length: random.whole(1, ALERTS_PER_REQUEST_MAX + 1) }, () => random.whole(0, alertsPerService)))].map((n) =>
        alertOf(service, n),
      );
      for (const { fingerprint } of batch) entry(alerts, fingerprint, service).sent += 1;
      const status = await post(options, batch);
      answers.set(status, (answers.get(status) ?? 0) + 1);
      if (status === 202) for (const { fingerprint } of batch) entry(alerts, fingerprint, service).acknowledged += 1;
      await sleep(status === 0 ? AWAY_MS : pauseMs);
    }
  };
  const running = Array.from({ length: senders }, sender);
  return {
    alerts,
    answers,
    acknowledged: () => [...alerts.values()].reduce((sum, { acknowledged }) => sum + acknowledged, 0),
    async stop() {
      stopped = true;
      await Promise.all(running);
    },
  };
}

function entry(
  alerts: Map<string, { service: string; sent: number; acknowledged: number }>,
  fingerprint: string,
  service: string,
): { sent: number; acknowledged: number } {
  const known = alerts.get(fingerprint) ?? { service, sent: 0, acknowledged: 0 };
  alerts.set(fingerprint, known);
  return known;
}

function alertOf(service: string, n: number) {
  const labels = { alertname: `Alert${n}`, service, severity: 'warning' };
  return {
    status: 'firing',
    labels,
    annotations: { summary: `Alert ${n} of ${service}` },
    startsAt: '2026-11-20T08:00:00Z',
    endsAt: '0001-01-01T00:00:00Z',
    generatorURL: 'http://127.0.0.1/graph',
    fingerprint: fingerprintOf(labels),
  };
}

async function post({ url, token }: LoadOptions, batch: readonly ReturnType<typeof alertOf>[]): Promise<number> {
  const body = {
    version: '4',
    status: 'firing',
    receiver: 'tagback',
    alerts: batch,
    groupKey: '{}:{}',
    groupLabels: {},
    commonLabels: {},
    commonAnnotations: {},
    externalURL: 'http://127.0.0.1',
    truncatedAlerts: 0,
  };
  try {
    const answer = await fetch(`${url}/webhooks/alertmanager`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(POST_MAX_MS),
    });
    await answer.arrayBuffer();
    return answer.status;
  } catch {
    return 0; // the bot is down, or died while it answered: nothing was acknowledged
  }
}

/** 20 services that alerts find by their label; nothing to roll back. */
export const SERVICES: readonly string[] = Array.from({ length: 20 }, (_, index) => `load-${String(index + 1).padStart(2, '0')}`);
/** Twenty at once would be a storm; here each service shall have its own. */
export const LOAD_SERVICES_YML = `storm: { incidents: 100, alerts: 10000 }\nservices:\n${SERVICES.map((name) => `  ${name}:\n    alerts: { match: [{ service: ${name} }] }\n`).join('')}`;
