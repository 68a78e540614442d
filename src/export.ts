/**
 * `tagback export INC-42`, `tagback export --since 7d`: everything about incidents, with the proof of it. Asks the running program, which
 * holds the database, for one incident after the other, so that no more than one is in memory.
 */
import type { Config } from './config.ts';
import { realClock } from './lib/clock.ts';
import { parseDuration } from './lib/duration.ts';
import { Failure } from './lib/failure.ts';

/** The proof reads every event there is. */
const DEADLINE_MS = 120_000;

export interface Verdict {
  /** False: the record is not what was written. */
  readonly isSound: boolean;
  /** `chain: ok, 1234 rows checked, head 9f86d081…`, or where it is broken; then what of it is shown. */
  readonly chain: string;
}
export interface Export extends Verdict {
  /** JSON. */
  readonly text: string;
}
type Where = Pick<Config, 'apiTokens' | 'host' | 'port'>;

// Our own API's shapes, as far as they are looked at here.
interface Answer {
  readonly events: readonly { readonly at: number }[];
  readonly audit: { readonly events: readonly { readonly number: number }[] };
}
interface Proved extends Answer {
  readonly audit: Answer['audit'] & { readonly chain: string; readonly broken?: unknown; readonly head: { readonly hash: string } };
}
interface Page {
  readonly incidents: readonly { readonly id: string; readonly updatedAt: string }[];
  readonly next: string | null;
}

/** `since` limits the events, and their rows of the record, that are shown; what is proved is always the whole record. */
export async function exportIncident(config: Where, id: string, since?: number): Promise<Export> {
  const answer = await proved(config, id);
  const { audit } = answer;
  const shown = since === undefined ? answer : cut(answer, since);
  const part = since === undefined ? '' : `; shown: ${shown.events.length} of ${answer.events.length} events, since ${iso(since)}`;
  return { text: `${JSON.stringify(shown, null, 2)}\n`, isSound: audit.broken === undefined, chain: `chain: ${audit.chain}, head ${audit.head.hash}${part}` };
}

/** Every incident in which something happened since then, newest first: a line of JSON each, cut as one alone would be. Tells the verdict at its end. */
export async function* exportSince(config: Where, since: number, tell: (verdict: Verdict) => void): AsyncGenerator<string> {
  let [incidents, events] = [0, 0];
  let last: string | undefined;
  for await (const id of changedSince(config, since)) {
    last = id;
    const shown = cut(await read<Answer>(config, `${pathOf(id)}?audit=rows`), since);
    if (shown.events.length === 0) continue;
    incidents += 1;
    events += shown.events.length;
    yield `${JSON.stringify(shown)}\n`;
  }
  // Once, after all was read: the rows that were shown are part of the record that is proved here.
  const audit = last === undefined ? undefined : (await proved(config, last)).audit;
  const part = `shown: ${events} ${events === 1 ? 'event' : 'events'} of ${incidents} ${incidents === 1 ? 'incident' : 'incidents'}, since ${iso(since)}`;
  if (audit) tell({ isSound: audit.broken === undefined, chain: `chain: ${audit.chain}, head ${audit.head.hash}; ${part}` });
  else tell({ isSound: true, chain: `chain: not checked, as there is nothing to show; ${part}` });
}

/** Events come in the order in which they happened: what is left is the end of the list. `first` is the number of the first that is shown. */
function cut(answer: Answer, since: number) {
  const found = answer.events.findIndex(({ at }) => at >= since);
  const first = found === -1 ? answer.events.length : found;
  const { audit, events } = answer;
  return {
    ...answer,
    shown: { since: iso(since), first, of: events.length },
    events: events.slice(first),
    audit: { ...audit, events: audit.events.filter(({ number }) => number >= first) },
  };
}

/** An old incident may have gone on, so that all are looked through; fifty at a time. */
async function* changedSince(config: Where, since: number): AsyncGenerator<string> {
  for (let next: string | null = ''; next !== null; ) {
    const page: Page = await read(config, `/api/incidents${next}`);
    for (const { id, updatedAt } of page.incidents) if (Date.parse(updatedAt) >= since) yield id;
    next = page.next;
  }
}

const pathOf = (id: string): string => `/api/incidents/${encodeURIComponent(id)}`;
const proved = (config: Where, id: string): Promise<Proved> => read(config, `${pathOf(id)}?audit=check`);

async function read<T>({ apiTokens, host, port }: Where, path: string): Promise<T> {
  const [token] = apiTokens;
  if (token === undefined)
    throw new Failure('E_CONFIG', 'API_TOKEN is not set; the export reads through the API of the running program', { hint: 'Set API_TOKEN for both.' });
  const asked = { headers: { authorization: `Bearer ${token}` }, signal: AbortSignal.timeout(DEADLINE_MS) };
  const response = await fetch(`http://${host}:${port}${path}`, asked).catch((cause: unknown) => {
    throw new Failure('E_NOT_FOUND', `the program does not answer at ${host}:${port}`, { hint: 'Start it with: npm start', cause });
  });
  const answer = (await response.json()) as T & { readonly error?: { readonly message?: string; readonly hint?: string } }; // our own API's shape
  if (response.ok) return answer;
  const { message = `HTTP ${response.status}`, hint } = answer.error ?? {};
  throw new Failure('E_NOT_FOUND', message, hint === undefined ? {} : { hint });
}

const iso = (at: number): string => new Date(at).toISOString();

/** `7d`, or a moment with its zone; a day alone begins at midnight UTC. */
export function readSince(text: string, now = realClock.now()): number {
  const ago = parseDuration(text);
  const isMoment = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d))?$/.test(text);
  const at = ago === undefined ? (isMoment ? Date.parse(text) : Number.NaN) : now - ago;
  if (Number.isNaN(at))
    throw new Failure('E_ARGS', `--since ${text.slice(0, 40)} is neither a duration nor a moment; nothing was read`, {
      hint: 'Write 7d or 12h, or a moment with its zone: 2026-11-20T00:00Z.',
    });
  if (at > now) throw new Failure('E_ARGS', `--since ${iso(at)} lies in the future; nothing was read`, { hint: 'Check the year and the zone.' });
  return at;
}
