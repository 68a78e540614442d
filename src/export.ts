/** `tagback export INC-42`: everything about one incident, with the proof of it. Asks the running program, which holds the database. */
import type { Config } from './config.ts';
import { Failure } from './lib/failure.ts';

/** The proof reads every event there is. */
const DEADLINE_MS = 120_000;

export interface Export {
  /** JSON. */
  readonly text: string;
  /** False: the record is not what was written. */
  readonly isSound: boolean;
  /** `chain: ok, 1234 rows checked, head 9f86d081…`, or where it is broken. */
  readonly chain: string;
}
interface Answer {
  readonly audit: { readonly chain: string; readonly broken?: unknown; readonly head: { readonly hash: string } };
  readonly error?: { readonly message?: string; readonly hint?: string };
}

export async function exportIncident(config: Pick<Config, 'apiTokens' | 'host' | 'port'>, id: string): Promise<Export> {
  const [token] = config.apiTokens;
  if (token === undefined)
    throw new Failure('E_CONFIG', 'API_TOKEN is not set; the export reads through the API of the running program', { hint: 'Set API_TOKEN for both.' });
  const url = `http://${config.host}:${config.port}/api/incidents/${encodeURIComponent(id)}?audit=check`;
  const response = await fetch(url, { headers: { authorization: `Bearer ${token}` }, signal: AbortSignal.timeout(DEADLINE_MS) }).catch((cause: unknown) => {
    throw new Failure('E_NOT_FOUND', `the program does not answer at ${config.host}:${config.port}`, { hint: 'Start it with: npm start', cause });
  });
  const answer = (await response.json()) as Answer; // our own API's shape
  if (!response.ok)
    throw new Failure('E_NOT_FOUND', answer.error?.message ?? `HTTP ${response.status}`, answer.error?.hint === undefined ? {} : { hint: answer.error.hint });
  const { chain, broken, head } = answer.audit;
  return { text: `${JSON.stringify(answer, null, 2)}\n`, isSound: broken === undefined, chain: `chain: ${chain}, head ${head.hash}` };
}
