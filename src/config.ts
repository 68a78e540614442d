/** The environment → one checked value. Everything wrong is said at once, each with its remedy; no value is ever printed. */
import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import type { z } from 'zod';
import { closest } from './lib/closest.ts';
import type { LogLevel } from './lib/log.ts';
import { privateKey, SETTING_NAMES, SETTINGS, type Setting, type SettingName, secrets as secretsSchema } from './settings.ts';

export { envExample } from './settings.ts';

export type Env = Readonly<Record<string, string | undefined>>;

export interface Config {
  readonly slack: {
    readonly botToken: string;
    readonly apiUrl: string;
    readonly mode: { readonly kind: 'socket'; readonly appToken: string } | { readonly kind: 'http'; readonly signingSecrets: readonly string[] };
  };
  readonly github: {
    readonly auth: { readonly kind: 'token'; readonly token: string } | { readonly kind: 'app'; readonly appId: number; readonly privateKey: string };
    readonly apiUrl: string;
  };
  /** Empty: closed. */
  readonly webhookTokens: readonly string[];
  /** Of one source alone, in place of `webhookTokens`; by its name. */
  readonly webhookTokensOf: Readonly<Record<string, readonly string[]>>;
  /** Of the sources that sign, by name; none: they are refused, and Grafana sends the token. */
  readonly webhookSecrets: Readonly<Record<'github' | 'grafana' | 'sentry' | 'pagerduty', readonly string[]>>;
  /** ARNs of the topics whose messages are taken; none: closed. */
  readonly snsTopics: readonly string[];
  /** Of the form at /report. Empty: closed. */
  readonly reportTokens: readonly string[];
  /** Empty: closed. */
  readonly apiTokens: readonly string[];
  readonly consolePassword: string | undefined;
  readonly database: { readonly kind: 'sqlite'; readonly path: string };
  readonly playbooksDir: string;
  readonly host: string;
  readonly port: number;
  readonly logLevel: LogLevel;
  readonly lang: 'en' | 'zh-CN';
  readonly timeZone: string;
  /** Everything that must never show in a log line. */
  readonly secrets: readonly string[];
  /** A secret of the team's own that services.yml names by its variable; never one of ours. */
  secret(name: string): string | undefined;
  /** What was repaired or deserves a look; for one warning each at start. */
  readonly notes: readonly string[];
}

export interface Problem {
  readonly name: string;
  readonly message: string;
  readonly hint: string;
}
export type ConfigOutcome = { readonly ok: true; readonly config: Config } | { readonly ok: false; readonly problems: readonly Problem[] };

type Values = { [Name in SettingName]: z.output<(typeof SETTINGS)[Name]['schema']> | undefined };

/** The environment, completed by `.env` where there is one; a name that is set in both keeps the environment's value. */
export function readProcessEnv(file = '.env'): Env {
  let fromFile: Env = {};
  try {
    fromFile = parseEnv(readFileSync(file, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error; // readFileSync throws ErrnoException
  }
  return { ...fromFile, ...process.env };
}

/** `readFile` reads GITHUB_APP_PRIVATE_KEY_FILE; tests hand in their own. */
export function readConfig(env: Env, readFile: (path: string) => string = (path) => readFileSync(path, 'utf8')): ConfigOutcome {
  const problems: Problem[] = [];
  const notes: string[] = [];
  const values = readValues(env, { problems, notes });
  const webhookTokensOf = readTokensOf(env, problems);
  problems.push(...strangers(env), ...insecureTls(env));
  const isBroken = (...names: SettingName[]): boolean => names.some((name) => problems.some((problem) => problem.name === name));

  const slackMode = readSlackMode(values);
  if (values.SLACK_BOT_TOKEN === undefined && !isBroken('SLACK_BOT_TOKEN')) problems.push(missing('SLACK_BOT_TOKEN'));
  if (!slackMode && !isBroken('SLACK_APP_TOKEN', 'SLACK_SIGNING_SECRET')) problems.push(missing('SLACK_APP_TOKEN', 'SLACK_SIGNING_SECRET'));
  const githubAuth = readGithubAuth(values, { problems, notes, readFile, isBroken });

  if (problems.length > 0 || values.SLACK_BOT_TOKEN === undefined || !slackMode || !githubAuth) return { ok: false, problems };
  return { ok: true, config: assemble(values, { botToken: values.SLACK_BOT_TOKEN, mode: slackMode, auth: githubAuth, webhookTokensOf, notes, env }) };
}

export interface TerminalConfig {
  readonly database: Config['database'];
  /** Undefined: it is asked for. */
  readonly operatorToken: string | undefined;
}

/** The little a command needs that talks to the running program; the tokens of the program are not asked of whoever types it. */
export function readTerminalConfig(
  env: Env,
): { readonly ok: true; readonly config: TerminalConfig } | { readonly ok: false; readonly problems: readonly Problem[] } {
  const found: Problem[] = [];
  const { DATABASE_URL: database = DEFAULT_DATABASE, TAGBACK_OPERATOR_TOKEN: operatorToken } = readValues(env, { problems: found, notes: [] });
  const problems = found.filter(({ name }) => name === 'DATABASE_URL' || name === 'TAGBACK_OPERATOR_TOKEN');
  return problems.length > 0 ? { ok: false, problems } : { ok: true, config: { database, operatorToken } };
}

/** One text for all problems, for the terminal. */
export function describeProblems(problems: readonly Problem[]): string {
  const lines = problems.map(({ name, message, hint }) => `  ${name}: ${message}\n    → ${hint}`);
  return `E_CONFIG: ${problems.length === 1 ? 'one setting is' : `${problems.length} settings are`} missing or wrong; nothing was started.\n${lines.join('\n')}\nEvery setting is described in .env.example.`;
}

interface Findings {
  readonly problems: Problem[];
  readonly notes: string[];
}

function readValues(env: Env, { problems, notes }: Findings): Values {
  const values: Partial<Record<SettingName, unknown>> = {};
  for (const name of SETTING_NAMES) {
    const setting: Setting = SETTINGS[name];
    const raw = env[name];
    const text = raw?.trim() || setting.default;
    if (text === undefined) continue;
    if (raw !== undefined && raw.trim() !== raw && raw.trim() !== '') notes.push(`${name}: white space around the value was left out`);
    const wrong = wrongText(text, name);
    const read = setting.schema.safeParse(text);
    if (wrong !== undefined) problems.push({ name, message: wrong, hint: setting.hint });
    else if (!read.success) problems.push({ name, message: read.error.issues[0]?.message ?? 'is wrong', hint: setting.hint });
    else values[name] = read.data;
    if (name === 'GITHUB_APP_PRIVATE_KEY' && text.includes('\\n')) notes.push(`${name}: literal \\n was read as line breaks`);
  }
  return values as Values; // each was read with its own schema just above; a mapped type cannot be filled in a loop
}

/** `WEBHOOK_TOKEN_DATADOG`: which sources there are is known where they are loaded, and a name that is none stops the start there. */
const TOKEN_OF = /^WEBHOOK_TOKEN_([A-Z][A-Z0-9]{0,39})$/;

function readTokensOf(env: Env, problems: Problem[]): Config['webhookTokensOf'] {
  const found: Record<string, readonly string[]> = {};
  for (const [name, raw] of Object.entries(env)) {
    const source = TOKEN_OF.exec(name)?.[1]?.toLowerCase();
    const text = raw?.trim();
    if (source === undefined || !text) continue;
    const wrong = wrongText(text, name);
    const read = secretsSchema.safeParse(text);
    if (wrong === undefined && read.success) found[source] = read.data;
    else problems.push({ name, message: wrong ?? read.error?.issues[0]?.message ?? 'is wrong', hint: SETTINGS.WEBHOOK_TOKEN.hint });
  }
  return found;
}

const PLACEHOLDER =
  /^(?:<.*>|\[.*\]|\{\{.*\}\}|\$\{?\w+\}?|x{3,}|\*{3,}|\.{3}|…|(?:xox[bp]|xapp|ghp|github_pat|sk)[-_]?(?:\.{3}|…|x{3,}|your.*|\*+)|change[-_ ]?me|replace[-_ ]?me|to[-_ ]?do|your[-_ ].*|placeholder|secret|password)$/i;

/** Mistakes no schema should repeat. Positions count from 1; the value itself is never part of the message. */
function wrongText(text: string, name: string): string | undefined {
  const isPem = name === 'GITHUB_APP_PRIVATE_KEY';
  const control = [...text].findIndex(
    (letter) => /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\ufeff]/.test(letter) && !(isPem && /[\r\n]/.test(letter)),
  );
  if (control !== -1) return `contains a control character at position ${control + 1}`;
  if (/^(["'`]).*\1$/s.test(text)) return 'is in quotes; write the value without them';
  if (/^(?:undefined|null|NaN|\[object Object\])$/.test(text)) return `is the word '${text}'; the variable it was made from is not set`;
  if (PLACEHOLDER.test(text)) return 'still holds a placeholder';
  return undefined;
}

function missing(...names: readonly [SettingName, ...SettingName[]]): Problem {
  return {
    name: names.join(' or '),
    message: 'is missing',
    hint: names.map((name) => `${names.length > 1 ? `${name}: ` : ''}${SETTINGS[name].hint}`).join('; '),
  };
}

/** HOST, PORT and TZ are near to HOME, SORT and others that are not ours; API_TOKEN is two letters from NPM_TOKEN. */
const SHORTEST_NEAR = 12;

/** Names that look like ours and are not: a setting nobody reads is worse than one that stops the start. */
function strangers(env: Env): readonly Problem[] {
  const problems: Problem[] = [];
  const unset = SETTING_NAMES.filter((name) => !env[name]?.trim());
  const known: ReadonlySet<string> = new Set(SETTING_NAMES);
  for (const name of Object.keys(env)) {
    if (known.has(name) || TOKEN_OF.test(name)) continue;
    const isOurs = /^TAGBACK_/i.test(name);
    const bare = name.slice('TAGBACK_'.length);
    if (isOurs && known.has(bare)) {
      problems.push({ name, message: `unknown variable; did you mean ${bare}?`, hint: `rename it to ${bare}` });
      continue;
    }
    const near = closest(name, isOurs ? SETTING_NAMES : unset.filter((candidate) => candidate.length >= SHORTEST_NEAR), isOurs ? 3 : 2);
    if (near !== undefined) problems.push({ name, message: `unknown variable; did you mean ${near}?`, hint: `rename it to ${near}` });
    else if (isOurs)
      problems.push({
        name,
        message: 'unknown variable',
        hint: `remove it; the names that begin with TAGBACK_ are: ${SETTING_NAMES.filter((own) => own.startsWith('TAGBACK_')).join(', ')}`,
      });
  }
  return problems;
}

function insecureTls(env: Env): readonly Problem[] {
  if (env.NODE_TLS_REJECT_UNAUTHORIZED !== '0' || env.ALLOW_INSECURE_TLS?.trim() === '1') return [];
  return [
    {
      name: 'NODE_TLS_REJECT_UNAUTHORIZED',
      message: '0 switches off the check of certificates, so anyone on the line could read the tokens',
      hint: 'remove it and trust your CA with NODE_EXTRA_CA_CERTS=/path/ca.pem; refused unless ALLOW_INSECURE_TLS=1',
    },
  ];
}

function readSlackMode(values: Values): Config['slack']['mode'] | undefined {
  if (values.SLACK_APP_TOKEN !== undefined) return { kind: 'socket', appToken: values.SLACK_APP_TOKEN };
  return values.SLACK_SIGNING_SECRET && { kind: 'http', signingSecrets: values.SLACK_SIGNING_SECRET };
}

type GithubFindings = Findings & { readFile: (path: string) => string; isBroken: (...names: SettingName[]) => boolean };

function readGithubAuth(values: Values, found: GithubFindings): Config['github']['auth'] | undefined {
  const { GITHUB_TOKEN: token, GITHUB_APP_ID: appId } = values;
  const key = values.GITHUB_APP_PRIVATE_KEY ?? readKeyFile(values.GITHUB_APP_PRIVATE_KEY_FILE, found);
  if (found.isBroken('GITHUB_TOKEN', 'GITHUB_APP_ID', 'GITHUB_APP_PRIVATE_KEY', 'GITHUB_APP_PRIVATE_KEY_FILE')) return undefined;
  if (appId !== undefined && key !== undefined) {
    if (token !== undefined) found.notes.push('GITHUB_TOKEN is not used: the GitHub App is');
    return { kind: 'app', appId, privateKey: key };
  }
  if (appId !== undefined) found.problems.push(missing('GITHUB_APP_PRIVATE_KEY', 'GITHUB_APP_PRIVATE_KEY_FILE'));
  else if (key !== undefined) found.problems.push(missing('GITHUB_APP_ID'));
  else if (token !== undefined) return { kind: 'token', token };
  else
    found.problems.push({
      ...missing('GITHUB_TOKEN', 'GITHUB_APP_ID'),
      hint: `set GITHUB_TOKEN (${SETTINGS.GITHUB_TOKEN.hint}), or GITHUB_APP_ID with GITHUB_APP_PRIVATE_KEY or GITHUB_APP_PRIVATE_KEY_FILE`,
    });
  return undefined;
}

function readKeyFile(path: string | undefined, { problems, readFile }: GithubFindings): string | undefined {
  if (path === undefined) return undefined;
  const name = 'GITHUB_APP_PRIVATE_KEY_FILE';
  try {
    const read = privateKey.safeParse(readFile(path));
    if (read.success) return read.data;
    problems.push({ name, message: `the key in the file ${read.error.issues[0]?.message ?? 'is wrong'}`, hint: SETTINGS.GITHUB_APP_PRIVATE_KEY.hint });
  } catch (error) {
    problems.push({
      name,
      message: `the file cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`,
      hint: 'check the path and who may read it',
    }); // readFile throws ErrnoException
  }
  return undefined;
}

const DEFAULT_DATABASE: Config['database'] = { kind: 'sqlite', path: './data/tagback.db' };

type Parts = Pick<Config, 'webhookTokensOf'> & { botToken: string; mode: Config['slack']['mode']; auth: Config['github']['auth']; notes: string[]; env: Env };

function assemble(values: Values, { botToken, mode, auth, webhookTokensOf, notes, env }: Parts): Config {
  const { SLACK_API_URL: slackUrl = '', GITHUB_API_URL: githubUrl = '', HOST: host = '', PORT: port = 0 } = values;
  for (const [name, url] of Object.entries({ SLACK_API_URL: slackUrl, GITHUB_API_URL: githubUrl }))
    if (url.startsWith('http:') && !/^http:\/\/(?:127\.|localhost[:/]|\[::1\])/.test(url)) notes.push(`${name}: tokens travel unencrypted over http://`);
  const narrow = Object.values(webhookTokensOf).flat();
  const doors = [...(values.WEBHOOK_TOKEN ?? []), ...narrow, ...(values.API_TOKEN ?? []), ...(values.REPORT_TOKEN ?? [])];
  if (doors.some((token) => token.length < 16))
    notes.push('WEBHOOK_TOKEN, API_TOKEN or REPORT_TOKEN is shorter than 16 characters and can be guessed; make one with: openssl rand -hex 32');
  if (values.TAGBACK_OPERATOR_TOKEN !== undefined)
    notes.push('TAGBACK_OPERATOR_TOKEN is one person’s own; whoever can read the settings of the program could act as that person');
  const secrets = SETTING_NAMES.filter((name) => 'secret' in SETTINGS[name]).flatMap((name) => values[name] ?? []);
  return {
    slack: { botToken, apiUrl: slackUrl.endsWith('/') ? slackUrl : `${slackUrl}/`, mode }, // web-api appends the method's name
    github: { auth, apiUrl: githubUrl.replace(/\/+$/, '') },
    webhookTokens: values.WEBHOOK_TOKEN ?? [],
    webhookTokensOf,
    webhookSecrets: {
      github: values.GITHUB_WEBHOOK_SECRET ?? [],
      grafana: values.GRAFANA_WEBHOOK_SECRET ?? [],
      sentry: values.SENTRY_WEBHOOK_SECRET ?? [],
      pagerduty: values.PAGERDUTY_WEBHOOK_SECRET ?? [],
    },
    snsTopics: values.SNS_TOPICS ?? [],
    reportTokens: values.REPORT_TOKEN ?? [],
    apiTokens: values.API_TOKEN ?? [],
    consolePassword: values.CONSOLE_PASSWORD,
    database: values.DATABASE_URL ?? DEFAULT_DATABASE,
    playbooksDir: values.PLAYBOOKS_DIR ?? './playbooks',
    host,
    port,
    logLevel: values.LOG_LEVEL ?? 'info',
    lang: values.TAGBACK_LANG ?? 'en',
    timeZone: values.TZ ?? 'UTC',
    secret: (name) => (SETTING_NAMES.some((ours) => ours === name) || TOKEN_OF.test(name) || !Object.hasOwn(env, name) ? undefined : env[name]),
    secrets: [...new Set([...secrets.map(String), ...narrow, ...(auth.kind === 'app' ? [auth.privateKey] : [])])],
    notes,
  };
}
