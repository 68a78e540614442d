/** The whole local world around the bot: Slack, GitHub, a shop with metrics and logs, alerts, a playground in the browser. */
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Clock } from '../lib/clock.ts';
import { type HistoryOptions, shopReleases } from './github/history.ts';
import { type GitHubOptions, type MiniGitHub, SANDBOX_TOKEN, startGitHub } from './github/server.ts';
import { type Alerting, type AlertRule, startAlerting } from './shop/alerting.ts';
import { type MiniPrometheus, startPrometheus } from './shop/prometheus.ts';
import { type Shop, type ShopOptions, startShop } from './shop/shop.ts';
import type { MiniSlack, SlackOptions } from './slack/mini-slack.ts';
import { startSlack } from './slack/server.ts';

/** The people of the story. */
export const CAST = [
  { id: 'U0ADA', name: 'ada', realName: 'Ada Byron', kind: 'member', role: 'on call' },
  { id: 'U0GRACE', name: 'grace', realName: 'Grace Murray', kind: 'member', role: 'approver' },
  { id: 'U0LIN', name: 'lin', realName: 'Lin Wei', kind: 'member', role: 'engineer' },
  { id: 'U0GUS', name: 'gus', realName: 'Gus Guest', kind: 'single-channel-guest', role: 'guest' },
] as const;
export const GROUPS = [
  { id: 'S0ONCALL', handle: 'shop-oncall', name: 'Shop on call', members: ['U0ADA', 'U0LIN'] },
  { id: 'S0APPROVE', handle: 'release-approvers', name: 'Release approvers', members: ['U0GRACE', 'U0LIN'] },
] as const;
const TOKENS = {
  bot: 'xoxb-1-sandbox-bot',
  app: 'xapp-1-A0-sandbox',
  webhook: 'sandbox-webhook-token',
  report: 'sandbox-report-token',
  api: 'sandbox-api-token',
  signing: 'f'.repeat(32),
} as const;
const PLAYBOOKS = fileURLToPath(new URL('../../playbooks/', import.meta.url));
const DEMO = fileURLToPath(new URL('./demo/', import.meta.url));

export interface StageOptions {
  readonly clock: Clock;
  readonly slack?: Partial<SlackOptions>;
  readonly github?: Partial<GitHubOptions>;
  readonly shop?: Partial<ShopOptions>;
  /** What the releases are like. */
  readonly history?: Partial<HistoryOptions>;
  /** How long ago the bad release landed. */
  readonly badDeployedMsAgo?: number;
  /** Changes to the text of services.yml. */
  readonly services?: (text: string) => string;
}

export interface Stage {
  /** Settings for the bot, as they would stand in `.env`. */
  readonly env: Readonly<Record<string, string>>;
  readonly slack: MiniSlack;
  readonly github: MiniGitHub;
  readonly shop: Shop;
  readonly prometheus: MiniPrometheus;
  /** Folder of this run: playbooks and database. */
  readonly dir: string;
  /** Watches the shop from now on and sends alerts to the bot. */
  alerting(botUrl: string, rule?: Partial<AlertRule>, retryMs?: number): Alerting;
  close(): Promise<void>;
}

export async function openStage(options: StageOptions): Promise<Stage> {
  const { clock } = options;
  const now = clock.now();
  const badDeployedMsAgo = options.badDeployedMsAgo ?? 5_000;
  const dir = mkdtempSync(join(tmpdir(), 'tagback-'));
  const releases = shopReleases({ now, badDeployedMsAgo, migration: options.github?.migration ?? false, ...options.history });
  const shop = await startShop({
    clock,
    requestsPerSecond: 200,
    release: 'v2.14.0',
    before: { release: 'v2.13.2', until: now - badDeployedMsAgo },
    ...options.shop,
  });
  const [prometheus, github, slack] = await Promise.all([
    startPrometheus({ clock, shop }),
    startGitHub({ clock, releases, onDeployed: (tag) => shop.deploy(tag), ...options.github }),
    startSlack(slackOptions(options)),
  ]);
  const playbooksDir = join(dir, 'playbooks');
  mkdirSync(playbooksDir);
  for (const name of ['error-rate.yml', 'dead-service.yml']) copyFileSync(join(PLAYBOOKS, name), join(playbooksDir, name));
  const urls = { shop: shop.url, prometheus: prometheus.url, loki: shop.url };
  const announce = [...slack.world.channels.values()].find(({ name }) => name === 'incidents')?.id ?? '';
  const services = fill(readFileSync(join(DEMO, 'services.yml'), 'utf8'), { ...urls, announce });
  writeFileSync(join(playbooksDir, 'services.yml'), options.services?.(services) ?? services);
  return {
    slack,
    github,
    shop,
    prometheus,
    dir,
    env: {
      SLACK_BOT_TOKEN: TOKENS.bot,
      ...(slackMode(options) === 'socket' ? { SLACK_APP_TOKEN: TOKENS.app } : { SLACK_SIGNING_SECRET: TOKENS.signing }),
      SLACK_API_URL: slack.url,
      GITHUB_TOKEN: SANDBOX_TOKEN,
      GITHUB_WEBHOOK_SECRET: 'sandbox-github-secret-0123',
      GITHUB_API_URL: github.url,
      WEBHOOK_TOKEN: TOKENS.webhook,
      REPORT_TOKEN: TOKENS.report,
      API_TOKEN: TOKENS.api,
      DATABASE_URL: `sqlite:${join(dir, 'tagback.db')}`,
      PLAYBOOKS_DIR: playbooksDir,
      HOST: '127.0.0.1',
    },
    alerting: (botUrl, rule, retryMs) =>
      startAlerting({
        clock,
        prometheusUrl: prometheus.url,
        webhookUrl: `${botUrl}/webhooks/alertmanager`,
        bearer: TOKENS.webhook,
        rule: { threshold: 0.02, forMs: 2_000, everyMs: 500, ...rule },
        ...(retryMs !== undefined && { retryMs }),
      }),
    async close() {
      await Promise.all([slack.close(), github.close(), shop.close(), prometheus.close()]);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

const slackMode = (options: StageOptions): 'socket' | 'http' => (typeof options.slack?.mode === 'object' ? 'http' : 'socket');

function slackOptions(options: StageOptions): SlackOptions {
  return {
    clock: options.clock,
    people: CAST,
    groups: GROUPS,
    channels: ['general', 'incidents'],
    botToken: TOKENS.bot,
    appToken: TOKENS.app,
    signingSecret: TOKENS.signing,
    commands: ['/incident', '/inc', '/rollback'],
    shortcuts: ['report_problem', 'declare_incident'],
    messageShortcuts: ['add_to_timeline'],
    escapeCommands: true,
    mode: 'socket',
    ...options.slack,
  };
}

/** `${shop}` → its address. */
const fill = (text: string, values: Readonly<Record<string, string>>): string => text.replace(/\$\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
