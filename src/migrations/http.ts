/** An address of the service, or of whatever migrates it, that answers with the applied migrations: names, numbers, or lines. */
import { z } from 'zod';
import { configuredUrl, fetchText, parseJson, tokenEnv } from '../health/fetch-text.ts';
import { Failure } from '../lib/failure.ts';
import { defineMigrationReader, type MigrationAsk } from './adapter.ts';
import { entriesOfLines, entriesOfList, lists } from './entries.ts';
import { judgeMigrations } from './judge.ts';

const TIMEOUT_MS = 5_000;
/** 20,000 migrations with long names. */
const ANSWER_MAX_BYTES = 4 * 1024 * 1024;

const dotPath = z.string().regex(/^[\w$-]+(?:\.[\w$-]+){0,9}$/, 'expected a path like data.applied');
const options = z.strictObject({
  url: configuredUrl.describe('Answers GET with the applied migrations'),
  format: z.enum(['json', 'lines']).default('json').describe('lines: one migration per line of text'),
  list: dotPath.optional().describe('Where in the JSON answer the list is (the answer itself)'),
  item: dotPath.optional().describe('Where in each entry its name or number is (the entry itself)'),
  lists,
  token_env: tokenEnv,
});
const HINTS = {
  refused: 'set token_env in services.yml → rollback.migrations_run',
  wrong: 'open the address of services.yml → rollback.migrations_run',
  large: 'let it answer with the names alone',
};

export const http = defineMigrationReader({
  use: 'http',
  about: 'An address that answers with the names or numbers of applied migrations, as JSON or one per line.',
  options,
  read,
});

async function read(where: z.output<typeof options>, { files, secrets, signal }: MigrationAsk) {
  const { host } = new URL(where.url);
  const limits = { timeoutMs: TIMEOUT_MS, maxBytes: ANSWER_MAX_BYTES };
  const headers = { accept: where.format === 'json' ? 'application/json' : 'text/plain' };
  const text = await fetchText({ url: where.url, headers, tokenEnv: where.token_env, secrets, ...limits, who: host, code: 'E_PROBE', hints: HINTS }, signal);
  const entries = where.format === 'lines' ? entriesOfLines(text) : entriesOfList(parseJson(text), where);
  if (!entries.ok) throw new Failure('E_PROBE', `${host} ${entries.because}`, { hint: HINTS.wrong });
  return judgeMigrations(files, { entries: entries.entries, lists: where.lists, source: host });
}
