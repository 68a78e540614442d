/** An address of the service, or of whatever migrates it, that answers with the applied migrations: names, numbers, or lines. */
import { z } from 'zod';
import { fetchConfigured } from '../health/fetch.ts';
import { assertConfiguredUrl } from '../health/url.ts';
import { Failure } from '../lib/failure.ts';
import { defineMigrationReader, type MigrationAsk } from './adapter.ts';
import { entriesOfLines, entriesOfList, envName, lists } from './entries.ts';
import { judgeMigrations } from './judge.ts';

const TIMEOUT_MS = 5_000;
/** 20,000 migrations with long names. */
const ANSWER_MAX_BYTES = 4 * 1024 * 1024;

const dotPath = z.string().regex(/^[\w$-]+(?:\.[\w$-]+){0,9}$/, 'expected a path like data.applied');
const options = z.strictObject({
  url: z
    .string()
    .superRefine((text, context) => {
      try {
        assertConfiguredUrl(text);
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        context.addIssue({ code: 'custom', message: error.message, params: { code: error.code } });
      }
    })
    .describe('Answers GET with the applied migrations'),
  format: z.enum(['json', 'lines']).default('json').describe('lines: one migration per line of text'),
  list: dotPath.optional().describe('Where in the JSON answer the list is (the answer itself)'),
  item: dotPath.optional().describe('Where in each entry its name or number is (the entry itself)'),
  lists,
  token_env: envName.optional().describe('Environment variable with a token, sent as Authorization: Bearer'),
});

export const http = defineMigrationReader({
  use: 'http',
  about: 'An address that answers with the names or numbers of applied migrations, as JSON or one per line.',
  options,
  read,
});

async function read(where: z.output<typeof options>, { files, secrets, signal }: MigrationAsk) {
  const { host } = new URL(where.url);
  const headers = { accept: where.format === 'json' ? 'application/json' : 'text/plain', ...bearer(where.token_env, secrets) };
  const { status, body, isCut } = await fetchConfigured({ url: where.url, headers, timeoutMs: TIMEOUT_MS, maxBytes: ANSWER_MAX_BYTES }, signal);
  if (status === 401 || status === 403) throw unusable(host, `refuses us (HTTP ${status})`, 'set token_env in services.yml → rollback.migrations_run');
  if (status !== 200) throw unusable(host, `answered HTTP ${status}`, 'open the address of services.yml → rollback.migrations_run');
  if (isCut) throw unusable(host, `answered with more than ${ANSWER_MAX_BYTES / 1024 / 1024} MiB`, 'let it answer with the names alone');
  const text = body.toString('utf8');
  const entries = where.format === 'lines' ? entriesOfLines(text) : entriesOfList(parse(text), where);
  if (!entries.ok) throw unusable(host, entries.because, 'open the address of services.yml → rollback.migrations_run');
  return judgeMigrations(files, { entries: entries.entries, lists: where.lists, source: host });
}

function bearer(name: string | undefined, secrets: MigrationAsk['secrets']): Readonly<Record<string, string>> {
  if (name === undefined) return {};
  const token = secrets(name)?.trim();
  if (!token || !/^[\x21-\x7e]+$/.test(token))
    throw new Failure('E_PROBE', `the environment variable ${name} holds no token`, { hint: 'set it for the bot; nothing was asked', permanent: true });
  return { authorization: `Bearer ${token}` };
}

const unusable = (host: string, what: string, hint: string): Failure => new Failure('E_PROBE', `${host} ${what}`, { hint });

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
