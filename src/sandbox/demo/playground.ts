/** The playground with everything a visitor of the demo can try. */
import type { PlaygroundStatus } from '../playground/extras.ts';
import { type Playground, startPlayground } from '../playground/server.ts';
import type { Alerting } from '../shop/alerting.ts';
import { CAST, type Stage } from '../stage.ts';

const CURVE_SAMPLES = 60;
const ERROR_RATE = 'sum(rate(http_requests_total{service="checkout-api",code=~"5.."}[5s])) / sum(rate(http_requests_total{service="checkout-api"}[5s]))';

export async function openPlayground(parts: { stage: Stage; alerting: () => Alerting; port: number }): Promise<Playground> {
  const { stage, alerting } = parts;
  const curve = watchRate(stage);
  const playground = await startPlayground({
    slack: stage.slack,
    port: parts.port,
    extras: {
      cast: CAST.map(({ id, role }) => ({ id, role })),
      commands: [
        { command: '/incident', description: 'Open and lead incidents', usage: '[new|status|lead|severity|note|update|next|timeline|resolve|help]' },
        { command: '/rollback', description: 'Go back to an earlier release', usage: '[service] [tag] [--reason why]' },
      ],
      shortcuts: [
        { callbackId: 'report_problem', label: 'Report a problem' },
        { callbackId: 'declare_incident', label: 'Declare incident' },
      ],
      messageShortcuts: [{ callbackId: 'add_to_timeline', label: 'Add to timeline' }],
      tries: [
        {
          label: 'Fire an alert',
          icon: '⚡',
          act: async () => {
            await alerting().fire();
            return 'Alertmanager has sent an alert to Tagback.';
          },
        },
        {
          label: 'Release v2.14.0 again',
          icon: '🚀',
          act: () => {
            stage.shop.deploy('v2.14.0');
            return 'The bad release is out again; errors follow within seconds.';
          },
        },
        {
          label: 'Break the shop',
          icon: '💥',
          act: () => {
            stage.shop.breakNow('dependency');
            return 'Something the shop depends on is broken; no rollback will cure that.';
          },
        },
        {
          label: 'Heal the shop',
          icon: '🩹',
          act: () => {
            stage.shop.heal();
            return 'The shop is well again.';
          },
        },
      ],
      status: () => statusOf(stage, curve.values()),
    },
  });
  return {
    url: playground.url,
    async close() {
      curve.stop();
      await playground.close();
    },
  };
}

function statusOf(stage: Stage, values: readonly number[]): PlaygroundStatus {
  const release = stage.shop.release();
  const rate = values.at(-1);
  return {
    title: stage.shop.service,
    rows: [
      { label: 'Release', value: release, tone: release === 'v2.14.0' ? 'warn' : 'good' },
      {
        label: 'Errors',
        value: rate === undefined ? 'no data' : `${(rate * 100).toFixed(1)} %`,
        tone: rate === undefined ? 'warn' : rate > 0.02 ? 'bad' : 'good',
      },
    ],
    curve: { label: 'Error rate, last minute', values },
  };
}

/** Asks the sandbox's Prometheus once a second; the sidebar shows what monitoring sees, not what we know. */
function watchRate(stage: Stage): { values(): readonly number[]; stop(): void } {
  const values: number[] = [];
  const timer = setInterval(() => {
    void fetch(`${stage.prometheus.url}/api/v1/query?${new URLSearchParams({ query: ERROR_RATE })}`)
      .then((response) => response.json())
      .then((answer: { data?: { result?: { value?: [number, string] }[] } }) => {
        const value = Number(answer.data?.result?.[0]?.value?.[1]);
        if (Number.isFinite(value)) values.push(value);
        if (values.length > CURVE_SAMPLES) values.shift();
      })
      .catch(() => undefined); // the curve has a hole, as a real dashboard would
  }, 1_000);
  timer.unref();
  return { values: () => values, stop: () => clearInterval(timer) };
}
