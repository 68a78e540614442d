import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Config, describeProblems, type Env, envExample, readConfig, readProcessEnv } from '../src/config.ts';
import { SETTING_NAMES, SETTINGS } from '../src/settings.ts';

const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});
const good: Env = { SLACK_BOT_TOKEN: 'xoxb-1-2-abc', SLACK_APP_TOKEN: 'xapp-1-A-2-abc', GITHUB_TOKEN: 'github_pat_abc123' };

function config(change: Env = {}): Config {
  const outcome = readConfig({ ...good, ...change });
  if (!outcome.ok) throw new Error(describeProblems(outcome.problems));
  return outcome.config;
}
function refusal(change: Env, base: Env = good): { names: string[]; text: string } {
  const outcome = readConfig({ ...base, ...change });
  if (outcome.ok) throw new Error('accepted');
  return { names: outcome.problems.map(({ name }) => name), text: describeProblems(outcome.problems) };
}

test('three values are enough, everything else has a default', () => {
  expect(config()).toEqual({
    slack: { botToken: 'xoxb-1-2-abc', apiUrl: 'https://slack.com/api/', mode: { kind: 'socket', appToken: 'xapp-1-A-2-abc' } },
    github: { auth: { kind: 'token', token: 'github_pat_abc123' }, apiUrl: 'https://api.github.com' },
    webhookTokens: [],
    webhookTokensOf: {},
    webhookSecrets: { github: [], grafana: [], sentry: [], pagerduty: [] },
    snsTopics: [],
    reportTokens: [],
    apiTokens: [],
    consolePassword: undefined,
    database: { kind: 'sqlite', path: './data/tagback.db' },
    playbooksDir: './playbooks',
    host: '127.0.0.1',
    port: 3000,
    logLevel: 'info',
    lang: 'en',
    timeZone: 'UTC',
    secret: expect.any(Function),
    secrets: ['xoxb-1-2-abc', 'xapp-1-A-2-abc', 'github_pat_abc123'],
    notes: [],
  });
});

describe('what senders of alerts prove themselves with', () => {
  test('secrets of those that sign, and the topics of SNS', () => {
    const topics = ['arn:aws:sns:eu-central-1:123456789012:alarms', 'arn:aws-cn:sns:cn-north-1:123456789012:alarms.fifo'];
    expect(
      config({
        GRAFANA_WEBHOOK_SECRET: 'grafana-0123456789',
        SENTRY_WEBHOOK_SECRET: 'sentry-0123456789',
        PAGERDUTY_WEBHOOK_SECRET: 'a,b',
        SNS_TOPICS: topics.join(', '),
      }),
    ).toMatchObject({
      webhookSecrets: { github: [], grafana: ['grafana-0123456789'], sentry: ['sentry-0123456789'], pagerduty: ['a', 'b'] },
      snsTopics: topics,
    });
    for (const wrong of ['alarms', 'arn:aws:sqs:eu-central-1:123456789012:alarms', 'arn:aws:sns:eu-central-1:12:alarms', `${topics[0]}:2bcfbf39-05c3`])
      expect(refusal({ SNS_TOPICS: wrong })).toMatchObject({ names: ['SNS_TOPICS'], text: expect.stringContaining('ARN of a topic') });
  });

  test('a token of one source alone, two while it is changed, kept out of logs and out of services.yml', () => {
    const read = config({ WEBHOOK_TOKEN: 'for-all-0123456789', WEBHOOK_TOKEN_DATADOG: ' datadog-0123456789,datadog-next-01234 ', WEBHOOK_TOKEN_AZURE: '' });
    expect(read.webhookTokensOf).toEqual({ datadog: ['datadog-0123456789', 'datadog-next-01234'] });
    expect(read.secrets).toEqual(expect.arrayContaining(['for-all-0123456789', 'datadog-0123456789', 'datadog-next-01234']));
    expect(read.secret('WEBHOOK_TOKEN_DATADOG')).toBeUndefined();
  });

  test.each([
    ['a,b,c', 'holds more than two values'],
    ['two words', 'contains a space'],
    ['changeme', 'still holds a placeholder'],
    [',', 'holds no value'],
  ])('a token of one source that is %j is refused like the others', (value, message) => {
    const { names, text } = refusal({ WEBHOOK_TOKEN_GCP: value });
    expect(names).toEqual(['WEBHOOK_TOKEN_GCP']);
    expect(text).toContain(message);
  });

  test('a short one is warned about', () => {
    for (const name of ['WEBHOOK_TOKEN', 'WEBHOOK_TOKEN_GCP', 'API_TOKEN', 'REPORT_TOKEN'])
      expect(config({ [name]: 'short' }).notes.join(), name).toContain('can be guessed');
  });
});

test('a signing secret instead of the app token means HTTP mode; two live values are taken', () => {
  expect(config({ SLACK_APP_TOKEN: '', SLACK_SIGNING_SECRET: 'old0123456789,new0123456789' }).slack.mode).toEqual({
    kind: 'http',
    signingSecrets: ['old0123456789', 'new0123456789'],
  });
});

test('a GitHub App needs its number and its key, from the environment or from a file', () => {
  const app = { GITHUB_TOKEN: '', GITHUB_APP_ID: '123' };
  expect(config({ ...app, GITHUB_APP_PRIVATE_KEY: privateKey }).github.auth).toEqual({ kind: 'app', appId: 123, privateKey: privateKey.trim() });
  const outcome = readConfig({ ...good, ...app, GITHUB_APP_PRIVATE_KEY_FILE: '/keys/app.pem' }, () => privateKey);
  expect(outcome.ok && outcome.config.github.auth.kind).toBe('app');
  expect(refusal(app).names).toEqual(['GITHUB_APP_PRIVATE_KEY or GITHUB_APP_PRIVATE_KEY_FILE']);
  expect(refusal({ GITHUB_TOKEN: '', GITHUB_APP_PRIVATE_KEY: privateKey }).names).toEqual(['GITHUB_APP_ID']);
  expect(refusal({ ...app, GITHUB_APP_PRIVATE_KEY_FILE: '/no/such/file.pem' }).text).toContain('the file cannot be read (ENOENT)');
});

describe('every mistake of the corpus is named, with its remedy and without its value', () => {
  test('K01: everything that is missing stands in one message', () => {
    const { names, text } = refusal({}, {});
    expect(names).toEqual(['SLACK_BOT_TOKEN', 'SLACK_APP_TOKEN or SLACK_SIGNING_SECRET', 'GITHUB_TOKEN or GITHUB_APP_ID']);
    expect(text).toMatch(/^E_CONFIG: 3 settings are missing or wrong; nothing was started\./);
    expect(text).not.toMatch(/\n\s+at /);
  });
  test('K02: a token of another kind', () => {
    expect(refusal({ SLACK_BOT_TOKEN: 'xapp-1-abc' }).text).toContain('SLACK_BOT_TOKEN: looks like an app-level token; expected xoxb-…');
    expect(refusal({ SLACK_APP_TOKEN: 'xoxb-1-abc' }).text).toContain('SLACK_APP_TOKEN: looks like a bot token; expected xapp-…');
    expect(refusal({ GITHUB_TOKEN: 'xoxb-1-abc' }).text).toContain('looks like a Slack token');
    expect(refusal({ SLACK_BOT_TOKEN: 'xapp-1-abc' }).text).not.toContain('xapp-1-abc');
  });
  test('K03: a line break inside, with its position', () => {
    const { text } = refusal({ GITHUB_TOKEN: 'github_pat_\nabc123' });
    expect(text).toContain('GITHUB_TOKEN: contains a control character at position 12');
    expect(text).not.toContain('abc123');
  });
  test('K04: a misspelt name', () => {
    expect(refusal({ GITHUB_TOKEN: undefined, GITHUB_TOKN: 'x' }).text).toContain('GITHUB_TOKN: unknown variable; did you mean GITHUB_TOKEN?');
    expect(refusal({ TAGBACK_LNAG: 'en' }).text).toContain('did you mean TAGBACK_LANG?');
    expect(refusal({ TAGBACK_PORT: '1' }).text).toContain('did you mean PORT?');
    expect(refusal({ TAGBACK_COLOUR: 'red' }).names).toEqual(['TAGBACK_COLOUR']);
    expect(config({ HOME: '/root', HOSTNAME: 'a', NPM_TOKEN: 'x', GITHUB_RUN_ID: '1', GITHUB_SHA: 'x', PATH: '/bin', SORT: 'x', LOGNAME: 'x' }).port).toBe(
      3000,
    );
  });
  test.each(['abc', '70000', '0', '-1', '3000.5', '0x10', '１'])('K05: PORT=%s', (PORT) => expect(refusal({ PORT }).text).toContain('PORT: expected 1..65535'));
  test('K06: a database we do not know, with the password never shown', () => {
    expect(refusal({ DATABASE_URL: 'mysql://root:hunter2@db/x' }).text).toContain('DATABASE_URL: expected sqlite:PATH');
    expect(refusal({ DATABASE_URL: 'mysql://root:hunter2@db/x' }).text).not.toContain('hunter2');
    for (const scheme of ['postgres', 'postgresql'])
      expect(refusal({ DATABASE_URL: `${scheme}://u:hunter2@db/x` }).text).toContain(
        'PostgreSQL is not supported by this version; use sqlite:./data/tagback.db',
      );
    expect(config({ DATABASE_URL: 'sqlite:/var/lib/tagback.db' }).database.path).toBe('/var/lib/tagback.db');
    expect(config({ DATABASE_URL: 'sqlite:///var/lib/tagback.db' }).database.path).toBe('/var/lib/tagback.db');
    expect(config({ DATABASE_URL: 'sqlite:data/x.db' }).database.path).toBe('data/x.db');
  });
  test('K07: a key with literal \\n is repaired, a truncated or damaged one is named as such', () => {
    const app = { GITHUB_TOKEN: '', GITHUB_APP_ID: '123' };
    const repaired = config({ ...app, GITHUB_APP_PRIVATE_KEY: privateKey.replaceAll('\n', '\\n') });
    expect(repaired.github.auth).toMatchObject({ privateKey: privateKey.trim() });
    expect(repaired.notes).toContain('GITHUB_APP_PRIVATE_KEY: literal \\n was read as line breaks');
    const truncated = privateKey.slice(0, privateKey.indexOf('-----END'));
    expect(refusal({ ...app, GITHUB_APP_PRIVATE_KEY: truncated }).text).toContain('GITHUB_APP_PRIVATE_KEY: is truncated: the END line is missing');
    const damaged = privateKey.replace(/\n.{40}/, '\n');
    expect(refusal({ ...app, GITHUB_APP_PRIVATE_KEY: damaged }).text).toContain('is damaged');
    expect(refusal({ ...app, GITHUB_APP_PRIVATE_KEY: truncated }).text).not.toContain(privateKey.split('\n')[1]);
  });
  test('K09: an unknown log level', () =>
    expect(refusal({ LOG_LEVEL: 'verbose' }).text).toContain('expected one of fatal, error, warn, info, debug, trace, silent'));
  test('K10: an unknown time zone', () => {
    expect(refusal({ TZ: 'Mars/Phobos' }).text).toContain('TZ: unknown time zone');
    expect(config({ TZ: 'Asia/Shanghai' }).timeZone).toBe('Asia/Shanghai');
  });
  test('K14: certificates are checked unless one says twice that they are not', () => {
    expect(refusal({ NODE_TLS_REJECT_UNAUTHORIZED: '0' }).text).toContain('refused unless ALLOW_INSECURE_TLS=1');
    expect(config({ NODE_TLS_REJECT_UNAUTHORIZED: '0', ALLOW_INSECURE_TLS: '1' }).port).toBe(3000);
    expect(config({ NODE_TLS_REJECT_UNAUTHORIZED: '1' }).port).toBe(3000);
  });
});

test.each([
  'undefined',
  'null',
  '"xoxb-1-abc"',
  "'xoxb-1-abc'",
  '<your token>',
  'xoxb-...',
  'xoxb-your-token',
  'changeme',
  '$SLACK_BOT_TOKEN',
  'xxxx',
  'xoxb-1\u200babc',
  'xoxb-1 abc',
])('SLACK_BOT_TOKEN=%s is no token', (SLACK_BOT_TOKEN) => {
  const { names, text } = refusal({ SLACK_BOT_TOKEN });
  expect(names).toEqual(['SLACK_BOT_TOKEN']);
  expect(text).toContain('→ Slack app → OAuth');
});

test('an address with a password in it, or of another kind, is refused', () => {
  expect(refusal({ GITHUB_API_URL: 'https://u:hunter2@ghe.example.com' }).text).toContain('must not hold a user name or password');
  expect(refusal({ SLACK_API_URL: 'ftp://x' }).text).toContain('expected http:// or https://');
  expect(config({ SLACK_API_URL: 'http://127.0.0.1:4000/api' }).slack.apiUrl).toBe('http://127.0.0.1:4000/api/');
  expect(config({ SLACK_API_URL: 'http://gateway:4000/api' }).notes).toEqual(['SLACK_API_URL: tokens travel unencrypted over http://']);
});

test('white space around a value is left out, with a note; an empty value is none', () => {
  expect(config({ GITHUB_TOKEN: ' github_pat_x\n' })).toMatchObject({
    github: { auth: { token: 'github_pat_x' } },
    notes: ['GITHUB_TOKEN: white space around the value was left out'],
  });
  expect(refusal({ GITHUB_TOKEN: '  ' }).names).toEqual(['GITHUB_TOKEN or GITHUB_APP_ID']);
});

test('no message ever holds a value', () => {
  const canary = 'canary-7f3a';
  for (const name of SETTING_NAMES) {
    const outcome = readConfig({ ...good, [name]: `${canary}\u0007 "${canary}` });
    expect(JSON.stringify(outcome.ok ? '' : outcome.problems)).not.toContain(canary);
    expect(outcome.ok).toBe(false);
  }
});

test('.env wins nothing over the environment, and is not needed', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'tagback-')), '.env');
  writeFileSync(file, `TAGBACK_TEST_A=file\nPATH=file\nTAGBACK_TEST_B="two\nlines"\n`);
  expect(readProcessEnv(file)).toMatchObject({ TAGBACK_TEST_A: 'file', TAGBACK_TEST_B: 'two\nlines', PATH: process.env.PATH });
  expect(readProcessEnv('/no/such/.env').PATH).toBe(process.env.PATH);
});

test('.env.example is what the table says', () => {
  expect(readFileSync(new URL('../.env.example', import.meta.url), 'utf8')).toBe(envExample());
  for (const name of SETTING_NAMES) expect(SETTINGS[name].about).toMatch(/[.]$/);
});

test('.env.example as it is, filled with the three values, starts', () => {
  const filled = envExample()
    .replace('SLACK_BOT_TOKEN=', 'SLACK_BOT_TOKEN=xoxb-1-a')
    .replace('SLACK_APP_TOKEN=', 'SLACK_APP_TOKEN=xapp-1-a')
    .replace('\nGITHUB_TOKEN=', '\nGITHUB_TOKEN=ghp_a');
  const env = Object.fromEntries(
    filled
      .split('\n')
      .filter((line) => /^[A-Z]/.test(line))
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
  expect(readConfig(env).ok).toBe(true);
});

test('a secret that services.yml names is read by its name, but never one of our own', () => {
  const { secret } = config({ MIGRATIONS_TOKEN: 'abc' });
  expect(secret('MIGRATIONS_TOKEN')).toBe('abc');
  for (const name of ['SLACK_BOT_TOKEN', 'GITHUB_TOKEN', 'constructor', 'NOT_SET']) expect(secret(name)).toBeUndefined();
});
