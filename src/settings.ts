/** Every setting: schema, default, unit, one line of doc. `.env.example` is made from this table. */
import { createPrivateKey } from 'node:crypto';
import { z } from 'zod';
import { LOG_LEVELS } from './lib/log.ts';

export interface Setting {
  readonly group: 'Slack' | 'GitHub' | 'Alerts and API' | 'Storage and files' | 'Process' | 'Terminal';
  /** One line; says the unit where there is one. */
  readonly about: string;
  readonly schema: z.ZodType;
  /** As one would write it; undefined: none. */
  readonly default?: string;
  /** What to do when it is missing or wrong. */
  readonly hint: string;
  /** The value is never shown, and taken out of every log line. */
  readonly secret?: true;
}

const secretText = z.string().regex(/^[\x21-\x7e]+$/, 'contains a space or a character outside ASCII');
/** One or two values: the second is for the days in which a secret is being changed. */
export const secrets = secretText
  .transform((text) => text.split(',').filter((part) => part !== ''))
  .pipe(z.array(z.string()).min(1, 'holds no value').max(2, 'holds more than two values'));

function slackToken(prefix: 'xoxb-' | 'xapp-'): z.ZodType<string> {
  return secretText.superRefine((text, context) => {
    if (text.startsWith(prefix) || (prefix === 'xoxb-' && text.startsWith('xoxe.xoxb-'))) return;
    const kinds = { 'xapp-': 'an app-level token', 'xoxb-': 'a bot token', 'xoxp-': 'a user token', xoxe: 'a refresh token' };
    const kind = Object.entries(kinds).find(([start]) => text.startsWith(start))?.[1];
    context.addIssue({ code: 'custom', message: kind ? `looks like ${kind}; expected ${prefix}…` : `expected ${prefix}…` });
  });
}

const githubToken = secretText.superRefine((text, context) => {
  if (/^xox|^xapp-/.test(text)) context.addIssue({ code: 'custom', message: 'looks like a Slack token' });
  else if (/^(?:bearer|token)$/i.test(text)) context.addIssue({ code: 'custom', message: 'holds the word before the token, not the token' });
});

const httpUrl = z.string().superRefine((text, context) => {
  const say = (message: string): void => context.addIssue({ code: 'custom', message });
  if (!URL.canParse(text)) return say('is no URL');
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') say('expected http:// or https://');
  else if (url.username !== '' || url.password !== '') say('must not hold a user name or password');
});

const port = z
  .string()
  .regex(/^\d{1,5}$/, 'expected 1..65535')
  .transform(Number)
  .refine((number) => number >= 1 && number <= 65_535, 'expected 1..65535');

const databaseUrl = z
  .string()
  .superRefine((text, context) => {
    const say = (message: string): void => context.addIssue({ code: 'custom', message });
    if (/^postgres(?:ql)?:/i.test(text)) say('PostgreSQL is not supported by this version; use sqlite:./data/tagback.db');
    else if (!/^sqlite:/.test(text)) say('expected sqlite:PATH, e.g. sqlite:./data/tagback.db');
    else if (/^sqlite:(?:\/\/)?$/.test(text)) say('names no file; expected sqlite:PATH');
  })
  .transform((text) => ({ kind: 'sqlite' as const, path: text.replace(/^sqlite:(?:\/\/(?=[./]))?/, '') })); // sqlite:///abs and sqlite://./rel are common spellings

/** Literal `\n`, as `.env` files and secret stores write it, is repaired; the key is read once so that a damaged one is named at start. */
export const privateKey = z
  .string()
  .transform((text) => text.replaceAll('\\r', '').replaceAll('\\n', '\n').trim())
  .superRefine((pem, context) => {
    const say = (message: string): void => context.addIssue({ code: 'custom', message });
    if (!/^-----BEGIN (?:RSA )?PRIVATE KEY-----/.test(pem)) return say('expected a PEM that begins with -----BEGIN RSA PRIVATE KEY-----');
    if (!/-----END (?:RSA )?PRIVATE KEY-----$/.test(pem)) return say('is truncated: the END line is missing');
    try {
      createPrivateKey(pem);
    } catch {
      say('is damaged: no private key can be read from it');
    }
  });

const timeZone = z.string().refine((name) => {
  try {
    return name === 'UTC' || new Intl.DateTimeFormat('en', { timeZone: name.replace(/^:/, '') }) !== undefined;
  } catch {
    return false;
  }
}, 'unknown time zone');

const plain = z.string().min(1);

/** arn:aws:sns:<region>:<account>:<topic> */
const topics = z
  .string()
  .transform((text) => text.split(/[\s,]+/).filter((part) => part !== ''))
  .pipe(
    z
      .array(z.string().regex(/^arn:aws[a-z-]{0,20}:sns:[a-z0-9-]{1,40}:\d{12}:[\w-]{1,256}(?:\.fifo)?$/, 'holds something that is not the ARN of a topic'))
      .min(1, 'holds no value')
      .max(100, 'holds more than 100 topics'),
  );

export const SETTINGS = {
  SLACK_BOT_TOKEN: {
    group: 'Slack',
    about: 'Bot token of the Slack app (xoxb-…). Required.',
    schema: slackToken('xoxb-'),
    secret: true,
    hint: 'Slack app → OAuth & Permissions → Bot User OAuth Token',
  },
  SLACK_APP_TOKEN: {
    group: 'Slack',
    about: 'App-level token (xapp-…, scope connections:write): Socket Mode, needs no public address.',
    schema: slackToken('xapp-'),
    secret: true,
    hint: 'Slack app → Basic Information → App-Level Tokens',
  },
  SLACK_SIGNING_SECRET: {
    group: 'Slack',
    about: 'Instead of SLACK_APP_TOKEN: HTTP mode, Slack posts to /slack/events. Two values with a comma while it is changed.',
    schema: secrets,
    secret: true,
    hint: 'Slack app → Basic Information → Signing Secret',
  },
  SLACK_API_URL: {
    group: 'Slack',
    about: 'Another Slack API address, for tests and gateways.',
    schema: httpUrl,
    default: 'https://slack.com/api/',
    hint: 'leave it out to use Slack itself',
  },
  GITHUB_TOKEN: {
    group: 'GitHub',
    about: 'Token with access to the repositories of services.yml; or use a GitHub App, below.',
    schema: githubToken,
    secret: true,
    hint: 'GitHub → Settings → Developer settings → Fine-grained tokens',
  },
  GITHUB_APP_ID: {
    group: 'GitHub',
    about: 'Number of the GitHub App; together with its private key.',
    schema: z
      .string()
      .regex(/^\d{1,12}$/, 'expected a number')
      .transform(Number),
    hint: 'GitHub App → General → App ID',
  },
  GITHUB_APP_PRIVATE_KEY: {
    group: 'GitHub',
    about: 'The App’s private key as PEM; line breaks may be written as \\n.',
    schema: privateKey,
    secret: true,
    hint: 'GitHub App → General → Private keys; or name the file in GITHUB_APP_PRIVATE_KEY_FILE',
  },
  GITHUB_APP_PRIVATE_KEY_FILE: {
    group: 'GitHub',
    about: 'Instead of the key itself: the file that holds it.',
    schema: plain,
    hint: 'give the path of the .pem file',
  },
  GITHUB_API_URL: {
    group: 'GitHub',
    about: 'API address of GitHub Enterprise Server, e.g. https://github.example.com/api/v3.',
    schema: httpUrl,
    default: 'https://api.github.com',
    hint: 'leave it out to use github.com',
  },
  GITHUB_WEBHOOK_SECRET: {
    group: 'GitHub',
    about: 'Secret GitHub signs POST /webhooks/github with. Two values with a comma while it is changed. Empty: they are refused.',
    schema: secrets,
    secret: true,
    hint: 'repository or App → Webhooks → Secret',
  },
  WEBHOOK_TOKEN: {
    group: 'Alerts and API',
    about:
      'Token of POST /webhooks/<source>; WEBHOOK_TOKEN_DATADOG=… is of that source alone, in place of it. Two values with a comma while it is changed. Empty: closed.',
    schema: secrets,
    secret: true,
    hint: 'make one with: openssl rand -hex 32',
  },
  GRAFANA_WEBHOOK_SECRET: {
    group: 'Alerts and API',
    about: 'HMAC secret of Grafana’s contact point. Two values with a comma while it is changed. Empty: Grafana sends the token instead.',
    schema: secrets,
    secret: true,
    hint: 'Grafana → contact point → HMAC signature → Secret; make one with: openssl rand -hex 32',
  },
  SENTRY_WEBHOOK_SECRET: {
    group: 'Alerts and API',
    about: 'Client Secret of Sentry’s internal integration. Two values with a comma while it is changed. Empty: Sentry is refused.',
    schema: secrets,
    secret: true,
    hint: 'Sentry → Settings → Custom Integrations → Client Secret',
  },
  PAGERDUTY_WEBHOOK_SECRET: {
    group: 'Alerts and API',
    about: 'Secret of PagerDuty’s webhook subscription. Two values with a comma: two subscriptions, or while it is changed. Empty: PagerDuty is refused.',
    schema: secrets,
    secret: true,
    hint: 'PagerDuty shows it once, when the subscription is made',
  },
  SNS_TOPICS: {
    group: 'Alerts and API',
    about: 'ARNs of the Amazon SNS topics that CloudWatch alarms may come from, with commas. Empty: POST /webhooks/cloudwatch is closed.',
    schema: topics,
    hint: 'write arn:aws:sns:REGION:ACCOUNT:NAME',
  },
  REPORT_TOKEN: {
    group: 'Alerts and API',
    about: 'Token of the form at /report, for people without Slack; the browser asks for it. Two values with a comma while it is changed. Empty: closed.',
    schema: secrets,
    secret: true,
    hint: 'make one with: openssl rand -hex 16',
  },
  API_TOKEN: {
    group: 'Alerts and API',
    about: 'Bearer token of /api/incidents. Two values with a comma while it is changed. Empty: the API is closed.',
    schema: secrets,
    secret: true,
    hint: 'make one with: openssl rand -hex 32',
  },
  CONSOLE_PASSWORD: {
    group: 'Alerts and API',
    about: 'Not used yet: password of the web console.',
    schema: z.string().min(8, 'is shorter than 8 characters'),
    secret: true,
    hint: 'choose a longer one, or put your own proxy in front',
  },
  DATABASE_URL: {
    group: 'Storage and files',
    about: 'Where incidents are kept; the folder is made when it is missing.',
    schema: databaseUrl,
    default: 'sqlite:./data/tagback.db',
    hint: 'use sqlite:./data/tagback.db',
  },
  PLAYBOOKS_DIR: {
    group: 'Storage and files',
    about: 'Folder with services.yml and the playbooks; read again when a file changes.',
    schema: plain,
    default: './playbooks',
    hint: 'give a folder',
  },
  HOST: {
    group: 'Process',
    about: 'Address to listen on; 0.0.0.0 for all, e.g. in a container.',
    schema: z.string().regex(/^[\w.:-]+$/, 'expected an address or a host name'),
    default: '127.0.0.1',
    hint: 'use 127.0.0.1 or 0.0.0.0',
  },
  PORT: { group: 'Process', about: 'Port to listen on.', schema: port, default: '3000', hint: 'use a free port, e.g. 3000' },
  LOG_LEVEL: {
    group: 'Process',
    about: `How much is logged: ${LOG_LEVELS.join(', ')}.`,
    schema: z.enum(LOG_LEVELS, { error: `expected one of ${LOG_LEVELS.join(', ')}` }),
    default: 'info',
    hint: 'use info',
  },
  TAGBACK_LANG: {
    group: 'Process',
    about: 'Language of what the bot says in Slack. Only en is there yet; zh-CN is accepted and speaks English, too.',
    schema: z.enum(['en', 'zh-CN'], { error: 'expected en or zh-CN' }),
    default: 'en',
    hint: 'use en',
  },
  TZ: {
    group: 'Process',
    about: 'Time zone of printed times, e.g. Europe/Berlin.',
    schema: timeZone,
    default: 'UTC',
    hint: 'use a name like UTC or Europe/Berlin',
  },
  ALLOW_INSECURE_TLS: {
    group: 'Process',
    about: '1: accept NODE_TLS_REJECT_UNAUTHORIZED=0, which lets anyone on the line read the tokens. For tests only.',
    schema: z.enum(['0', '1'], { error: 'expected 0 or 1' }),
    default: '0',
    hint: 'leave it out',
  },
  TAGBACK_OPERATOR_TOKEN: {
    group: 'Terminal',
    about: 'Personal token of whoever types `tagback rollback`; it belongs into that person’s shell and not into this file.',
    schema: z.string().regex(/^tbop_[A-Za-z0-9_-]{43}$/, 'expected a whole token as `tagback operator-token` prints it (tbop_…)'),
    secret: true,
    hint: 'make one with: tagback operator-token NAME',
  },
} as const satisfies Record<string, Setting>;

export type SettingName = keyof typeof SETTINGS;
export const SETTING_NAMES = Object.keys(SETTINGS) as readonly SettingName[]; // Object.keys loses the literal type

/** The text of `.env.example`. */
export function envExample(): string {
  const lines = ['# Every setting of Tagback. Copy this file to .env and fill in what you need; the environment wins over .env.'];
  let group = '';
  for (const name of SETTING_NAMES) {
    const setting: Setting = SETTINGS[name];
    if (setting.group !== group) lines.push('', `# --- ${setting.group} ---`);
    group = setting.group;
    lines.push(`# ${setting.about}`, `${setting.default === undefined ? '' : '# '}${name}=${setting.default ?? ''}`);
  }
  return `${lines.join('\n')}\n`;
}
