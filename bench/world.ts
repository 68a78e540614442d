/** Slack and GitHub for the program under test: the sandbox's, behind a line with a delay, and a catalog of services to break. */
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { realClock } from '../src/lib/clock.ts';
import { SANDBOX_TOKEN } from '../src/sandbox/github/server.ts';
import type { MiniSlack } from '../src/sandbox/slack/mini-slack.ts';
import { startSlack } from '../src/sandbox/slack/server.ts';
import { CAST, GROUPS } from '../src/sandbox/stage.ts';
import { freePort, node, ROOT, start } from './child.ts';
import { type Delayed, delayLine } from './delay.ts';
import type { Books } from './github.ts';

export const SECRETS = { bot: 'xoxb-1-bench', signing: 'f'.repeat(32), webhook: 'bench-webhook-token' } as const;

export interface World {
  /** Settings for the program, as they would stand in `.env`; HTTP mode. */
  readonly env: Readonly<Record<string, string>>;
  readonly url: string;
  readonly slack: MiniSlack;
  readonly slackLine: Delayed;
  readonly githubUrl: string;
  /** What GitHub was asked since this was asked last. */
  githubBooks(): Promise<Books>;
  readonly dir: string;
  close(): Promise<void>;
}

/** Each service has its own people on call: nothing that was learnt for one incident helps the next. */
const onCallOf = (number: number): string => `S0CALL${number}`;
export const serviceName = (number: number): string => `service-${number}`;

export const serviceNames = (count: number): readonly string[] => Array.from({ length: count }, (_, n) => serviceName(n + 1));

export interface WorldSize {
  readonly services?: number;
  readonly delayMs?: number;
  /** `acme/shop-1`, … : one for each service; undefined: all are of `acme/shop`. */
  readonly repositories?: number;
  /** Slack keeps its limits, a storm is what is one by default, and the catalog says nothing but the names. */
  readonly isStormy?: boolean;
}

export async function openWorld({ services = 1, delayMs = 0, repositories, isStormy = false }: WorldSize = {}): Promise<World> {
  const dir = mkdtempSync(join(tmpdir(), 'tagback-bench-'));
  const port = await freePort();
  const github = start(node('bench/github.ts', String(delayMs), String(repositories ?? 1)), { talks: true });
  const slack = await startSlack({ ...slackOptions(services), ...(isStormy && { limits: 'real' as const }) });
  const slackLine = await delayLine(slack.origin, { delayMs, handshakeMs: delayMs });
  const [, githubUrl = ''] = await github.found(/github at (\S+) /);
  const playbooksDir = join(dir, 'playbooks');
  mkdirSync(playbooksDir);
  copyFileSync(join(ROOT, 'playbooks', 'error-rate.yml'), join(playbooksDir, 'error-rate.yml'));
  writeFileSync(join(playbooksDir, 'services.yml'), isStormy ? stormyCatalog(services) : catalog(services, repositories !== undefined));
  return {
    slack,
    slackLine,
    githubUrl,
    async githubBooks() {
      const heard = github.heard();
      github.send({});
      return (await heard) as Books; // what github.ts sends
    },
    dir,
    url: `http://127.0.0.1:${port}`,
    env: {
      SLACK_BOT_TOKEN: SECRETS.bot,
      SLACK_SIGNING_SECRET: SECRETS.signing,
      SLACK_API_URL: `${slackLine.url}/api/`,
      GITHUB_TOKEN: SANDBOX_TOKEN,
      GITHUB_API_URL: githubUrl,
      WEBHOOK_TOKEN: SECRETS.webhook,
      DATABASE_URL: `sqlite:${join(dir, 'tagback.db')}`,
      PLAYBOOKS_DIR: playbooksDir,
      HOST: '127.0.0.1',
      PORT: String(port),
    },
    async close() {
      await Promise.all([slackLine.close(), github.kill()]);
      await slack.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** Limits off: forty incidents in a minute are our doing, not a storm. No events: both sides are only called, never told. */
function slackOptions(services: number) {
  return {
    clock: realClock,
    people: CAST,
    groups: [...GROUPS, ...Array.from({ length: services }, (_, n) => ({ id: onCallOf(n + 1), handle: `oncall-${n + 1}`, members: ['U0ADA', 'U0LIN'] }))],
    channels: ['general'],
    botToken: SECRETS.bot,
    signingSecret: SECRETS.signing,
    commands: ['/incident', '/rollback'],
    events: [],
    limits: 'off' as const,
    mode: { http: 'http://127.0.0.1:9' },
  };
}

/** Each incident here is one of its own, as on a day with one trouble after the other. */
export const NO_STORM = 'storm: { incidents: 200, alerts: 10000 }\n';
const catalog = (services: number, isOwn: boolean): string =>
  `playbook: error-rate\n${NO_STORM}services:\n${Array.from({ length: services }, (_, n) => service(n + 1, isOwn ? `acme/shop-${n + 1}` : 'acme/shop')).join('')}`;

const stormyCatalog = (services: number): string =>
  `services:\n${serviceNames(services)
    .map((name) => `  ${name}: { alerts: { match: [{ service: ${name} }] } }\n`)
    .join('')}`;

const service = (number: number, repository: string): string => {
  const name = serviceName(number);
  return `  ${name}:
    repository: ${repository}
    environment: production
    severity: sev2
    call: [${onCallOf(number)}]
    alerts: { match: [{ service: ${name} }] }
    links:
      Dashboard: https://grafana.example.com/d/${name}
      Runbook: https://runbooks.example.com/${name}
    rollback:
      strategies: [{ use: dispatch-workflow, workflow: deploy.yml, ref: main, inputs: { tag: '{{ tag }}' } }]
      approve: { require: 1, from: [S0APPROVE], expires: 10m }
`;
};

/** One firing alert in Alertmanager's own shape. */
export function alertBody(labels: Readonly<Record<string, string>>, fingerprint: string): string {
  const alert = {
    status: 'firing',
    labels: { alertname: 'HighErrorRate', severity: 'critical', ...labels },
    annotations: { summary: `Errors of ${labels.service ?? 'a service'} are at 24 %` },
    startsAt: new Date().toISOString(),
    endsAt: '0001-01-01T00:00:00Z',
    generatorURL: 'http://prometheus.example.com/graph',
    fingerprint,
  };
  return JSON.stringify({ version: '4', receiver: 'tagback', status: 'firing', alerts: [alert], externalURL: 'http://alertmanager.example.com' });
}

export async function sendAlert(url: string, body: string): Promise<void> {
  const answer = await fetch(`${url}/webhooks/alertmanager`, {
    method: 'POST',
    headers: { authorization: `Bearer ${SECRETS.webhook}`, 'content-type': 'application/json' },
    body,
  });
  await answer.text();
  if (answer.status !== 202) throw new Error(`the alert was answered with ${answer.status}`);
}
