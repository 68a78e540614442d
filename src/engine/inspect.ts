/** Looks at the outside for evidence: opens the addresses people named, where services.yml allows it, and writes down how the service was at the beginning. */
import { mayOpen, openedBefore, type Round, type SnapshotFact, type UrlLook, unopened } from '../core/evidence.ts';
import type { Json } from '../core/model.ts';
import type { Service } from '../core/service.ts';
import { Failure } from '../lib/failure.ts';
import { redactText } from '../lib/redact.ts';
import type { Doing, HandsParts } from './perform.ts';
import type { Performed } from './worker.ts';

type Inspecting = Doing & { readonly service: Service | undefined };

/** Addresses opened at the same moment: those of one service, which is in trouble already. */
const AT_ONCE = 4;
/** Which release runs is asked of GitHub at the same time; without its answer the rest is written down after this long. */
const RELEASE_WAIT_MS = 15_000;
const RELEASE_LOOK_MS = 1_000;
const FACTS_MAX = 30;
const VALUE_CHARS = 300;
const OUTPUT_CHARS = 2_000;
const OUTPUT_LINES = 30;
const COMMAND_MS = 10_000;

export function inspect(parts: HandsParts, doing: Inspecting, what: Round | 'surroundings'): Promise<Performed> {
  return what === 'surroundings' ? lookAround(parts, doing) : openUrls(parts, doing, what);
}

async function openUrls(parts: HandsParts, doing: Inspecting, round: Round): Promise<Performed> {
  const { incident, service, aid } = doing;
  const urls = round === 'before' ? unopened(incident) : openedBefore(incident.board);
  const looks: { url: string; look: UrlLook }[] = [];
  for (let at = 0; at < urls.length; at += AT_ONCE) {
    const some = urls.slice(at, at + AT_ONCE);
    looks.push(...(await Promise.all(some.map(async (url) => ({ url, look: await lookAt(parts, { url, service, signal: aid.signal }) })))));
    // What our own stop cut off says nothing about the service.
    if (aid.signal.aborted) throw new Failure('E_TIMEOUT', 'the program stops; the addresses are opened again later');
  }
  return looks.length === 0 ? { kind: 'done' } : { kind: 'input', input: { kind: 'urlsProbed', round, looks } };
}

async function lookAt(parts: HandsParts, { url, service, signal }: { url: string; service: Service | undefined; signal: AbortSignal }): Promise<UrlLook> {
  // Asked here as well as where it was decided: services.yml may have changed meanwhile, and this is the door.
  if (!mayOpen(url, service)) return { kind: 'not-opened' };
  const { status, ms, error } = await parts.outside.probe(url, signal);
  const at = parts.clock.now();
  return status === undefined ? { kind: 'silent', because: lineOf(error ?? 'no answer'), at } : { kind: 'answered', status, ms, at };
}

async function lookAround(parts: HandsParts, { incident, service, aid }: Inspecting): Promise<Performed> {
  if (!service?.evidence || incident.evidence.some(({ kind }) => kind === 'snapshot')) return { kind: 'done' };
  const now = parts.clock.now();
  if (service.repo !== undefined && !incident.release && now - incident.openedAt < RELEASE_WAIT_MS)
    return { kind: 'later', due: now + RELEASE_LOOK_MS, memo: null };
  const { current, deployedAt } = incident.release ?? {};
  const known: SnapshotFact[] = [
    ...(current === undefined ? [] : [{ name: 'release', value: current }]),
    ...(deployedAt === undefined ? [] : [{ name: 'deployed at', value: new Date(deployedAt).toISOString() }]),
    { name: 'environment', value: service.environment },
  ];
  const [answered, printed] = await Promise.all([versionFacts(parts, service, aid.signal), commandFacts(parts, service, { now, signal: aid.signal })]);
  return { kind: 'input', input: { kind: 'snapshotTaken', facts: [...known, ...answered, ...printed].slice(0, FACTS_MAX) } };
}

/** Whatever the service says about itself where it says its version: build, configuration, flags. */
async function versionFacts({ outside }: HandsParts, { health }: Service, signal: AbortSignal): Promise<readonly SnapshotFact[]> {
  const [url] = health.version?.urls ?? [];
  if (url === undefined) return [];
  const { status, body, error } = await outside.probe(url, signal);
  if (status !== 200) return [{ name: 'version', value: lineOf(error ?? `HTTP ${status}`) }];
  const said = parsed(body);
  if (said === undefined) return [{ name: 'version', value: lineOf(body) }];
  return flat(said, '').slice(0, FACTS_MAX / 2);
}

function parsed(body: string): Json | undefined {
  try {
    return JSON.parse(body) as Json; // what JSON.parse gives is Json
  } catch {
    return undefined;
  }
}

/** `{"config":{"version":7}}` → `config.version: 7`; lists are counted. */
function flat(value: Json, path: string, depth = 0): SnapshotFact[] {
  if (value === null || typeof value !== 'object') return [{ name: lineOf(path || 'version', 80), value: secretFree(path, String(value)) }];
  if (Array.isArray(value)) return [{ name: lineOf(path, 80), value: `${value.length} entries` }];
  return depth > 3 ? [] : Object.entries(value).flatMap(([name, inner]) => flat(inner, path === '' ? name : `${path}.${name}`, depth + 1));
}

/** With its name beside it: what stands under `token` is one. */
const secretFree = (path: string, value: string): string => {
  const named = redactText(`${path}=${value}`);
  return lineOf(named.startsWith(`${path}=`) ? named.slice(path.length + 1) : '[REDACTED]');
};

async function commandFacts(parts: HandsParts, { evidence }: Service, { now, signal }: { now: number; signal: AbortSignal }): Promise<readonly SnapshotFact[]> {
  const span = { from: 0, to: Number.MAX_SAFE_INTEGER, maxLines: OUTPUT_LINES, maxBytes: 64 * 1024, timeoutMs: COMMAND_MS, pattern: undefined };
  const run = async ({ title, argv, env }: NonNullable<Service['evidence']>['commands'][number]): Promise<SnapshotFact> => {
    try {
      const { lines } = await parts.outside.searchLogs({ use: 'command', options: { argv, env } }, { ...span, to: now + 86_400_000 }, signal);
      const text = lines.map((line) => line.text).join('\n');
      return { name: title, value: text.trim() === '' ? '(nothing)' : redactText(text).slice(0, OUTPUT_CHARS) };
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      return { name: title, value: lineOf(`not known: ${error.message}`) };
    }
  };
  return Promise.all((evidence?.commands ?? []).map(run));
}

/** Text from outside, on one line and without secrets. */
const lineOf = (text: string, maxChars = VALUE_CHARS): string =>
  redactText(text)
    .replace(/[\p{C}\s]+/gu, ' ')
    .trim()
    .slice(0, maxChars);
