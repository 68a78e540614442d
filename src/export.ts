/** `tagback export INC-42`: everything about one incident. Asks the running program, which holds the database. */
import type { Config } from './config.ts';
import { Failure } from './lib/failure.ts';

const DEADLINE_MS = 10_000;

export async function exportIncident(config: Config, id: string): Promise<string> {
  const [token] = config.apiTokens;
  if (token === undefined)
    throw new Failure('E_CONFIG', 'API_TOKEN is not set; the export reads through the API of the running program', { hint: 'Set API_TOKEN for both.' });
  const url = `http://${config.host}:${config.port}/api/incidents/${encodeURIComponent(id)}`;
  const response = await fetch(url, { headers: { authorization: `Bearer ${token}` }, signal: AbortSignal.timeout(DEADLINE_MS) }).catch((cause: unknown) => {
    throw new Failure('E_NOT_FOUND', `the program does not answer at ${config.host}:${config.port}`, { hint: 'Start it with: npm start', cause });
  });
  const answer = (await response.json()) as { error?: { message?: string; hint?: string } }; // our own API's shape
  if (!response.ok)
    throw new Failure('E_NOT_FOUND', answer.error?.message ?? `HTTP ${response.status}`, answer.error?.hint === undefined ? {} : { hint: answer.error.hint });
  return `${JSON.stringify(answer, null, 2)}\n`;
}
