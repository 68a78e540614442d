/** Door of the alerts, and of what GitHub tells: checked, then stored raw, then answered. What they mean is decided after the answer, in order. */
import { createHash } from 'node:crypto';
import type { Catalog } from '../core/service.ts';
import type { Clock } from '../lib/clock.ts';
import { Failure } from '../lib/failure.ts';
import type { Log } from '../lib/log.ts';
import { countAlerts, readPayload } from '../sources/read.ts';
import type { Signed, Source } from '../sources/source.ts';
import { type HttpAnswer, json } from './answer.ts';
import { checkHeaders, createGuard } from './guard.ts';
import { parseJson } from './json.ts';
import type { HttpRequest } from './server.ts';

/** A database that does not answer must not hold the sender: it gets 503 and sends again. */
const ACCEPT_MAX_MS = 2_000;
const HOUR_MS = 3_600_000;

export interface Arriving {
  readonly source: string;
  readonly body: string;
  readonly receivedAt: number;
  /** A delivery with the same word within 72 h is the same delivery. */
  readonly once?: string;
}

export interface WebhookOptions {
  readonly sources: readonly Source[];
  /** On disk when it resolves; false: it was there already. */
  readonly accept: (delivery: Arriving) => Promise<boolean>;
  /** Live tokens; two while one is being changed. None: every delivery is refused. */
  readonly tokens: readonly string[];
  /** Of sources that sign instead, by name; the same rules. */
  readonly secrets: Readonly<Record<string, readonly string[]>>;
  readonly catalog: () => Catalog;
  readonly clock: Clock;
  readonly log: Log;
  /** A delivery that is of no use to us. */
  readonly ignored?: (source: string) => void;
}

type Handle = (request: HttpRequest) => Promise<HttpAnswer>;

/**
 * For `POST /webhooks/:source`: 202 `{"accepted":n}`, n = alerts (or changes) in the delivery. Whatever cannot be stored is 503, never 4xx.
 * Signed sources are told 202 with `ignored` for what is not needed, and 200 with `duplicate` for what came before.
 */
export function webhookHandler(options: WebhookOptions): Handle {
  const guard = createGuard(options);
  const sources = new Map(options.sources.map((source) => [source.name, source]));
  const signed = new Map(options.sources.flatMap((source) => (source.signed ? [[source.name, signedHandler(options, source, source.signed)] as const] : [])));

  return async (request) => {
    const handle = signed.get(request.params.source ?? '');
    if (handle) return handle(request);
    await guard.admit(request);
    const source = sources.get(request.params.source ?? '');
    if (!source) throw new Failure('E_NOT_FOUND', 'no such source', { path: 'source', hint: `the sources are: ${[...sources.keys()].join(', ')}` });
    checkHeaders(request.headers);
    const body = parseJson(await request.body());
    const receivedAt = options.clock.now();
    const payload = readPayload(source, body.value, { now: receivedAt, catalog: options.catalog() });
    if (body.dropped > 0) options.log.info({ source: source.name, dropped: body.dropped }, 'keys named __proto__ left out');
    const accepted = countAlerts(payload);
    if (accepted > 0) await store(options, { source: source.name, body: body.text, receivedAt });
    return json(202, { accepted });
  };
}

/** Who signs is known by the signature on the raw bytes; only then is anything else looked at. */
function signedHandler(options: WebhookOptions, source: Source, door: Signed): Handle {
  const strangers = oncePerHour(options.clock);
  const ignore = (): HttpAnswer => {
    options.ignored?.(source.name);
    return json(202, { accepted: 0, ignored: true });
  };
  return async ({ headers, body }) => {
    const bytes = await body();
    const refusal = door.refusal(headers, bytes, options.secrets[source.name] ?? []);
    if (refusal) throw refusal;
    const { event } = door.label(headers);
    checkMediaType(headers, door);
    if (event === 'ping') return json(200, { accepted: 0, pong: true });
    if (!door.events.includes(event)) return ignore();
    const { text, value } = parseJson(bytes);
    const receivedAt = options.clock.now();
    const context = { now: receivedAt, catalog: options.catalog() };
    const changes = source.toChanges?.(readPayload(source, { event, payload: value }, context), context) ?? [];
    const wanted = changes.filter(({ repo }) => isOfService(repo, context.catalog));
    for (const { repo } of changes) if (!wanted.some((one) => one.repo === repo) && strangers(repo)) sayNotAllowed(options.log, source.name, repo);
    if (wanted.length === 0) return ignore();
    // What was sent stays as it came; only its name, which stood in a header, is put beside it.
    const stored = `{"event":${JSON.stringify(event)},"payload":${text}}`;
    // By what was signed: the number of a delivery stands in a header, which anybody who captured the rest can change.
    const once = `${source.name}:${createHash('sha256').update(stored).digest('hex')}`;
    const isNew = await store(options, { source: source.name, body: stored, receivedAt, once });
    return isNew ? json(202, { accepted: wanted.length }) : json(200, { accepted: 0, duplicate: true });
  };
}

function checkMediaType(headers: HttpRequest['headers'], { mediaTypeHint }: Signed): void {
  try {
    checkHeaders(headers);
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'E_MEDIA_TYPE') throw error;
    throw new Failure('E_MEDIA_TYPE', error.message, { path: error.path ?? '', hint: mediaTypeHint });
  }
}

const isOfService = (repo: string, { services }: Catalog): boolean => services.some((service) => service.repo?.toLowerCase() === repo.toLowerCase());

function sayNotAllowed(log: Log, source: string, repo: string): void {
  log.warn({ code: 'E_REPO_NOT_ALLOWED', source, repo }, 'no service in services.yml has this repository; what it tells is ignored');
}

/** True the first time in an hour; the oldest of many are forgotten. */
function oncePerHour(clock: Clock): (word: string) => boolean {
  const said = new Map<string, number>();
  return (word) => {
    const now = clock.now();
    if (now - (said.get(word) ?? -Infinity) < HOUR_MS) return false;
    said.delete(word);
    said.set(word, now);
    const oldest = said.size > MOST_SAID ? said.keys().next().value : undefined;
    if (oldest !== undefined) said.delete(oldest);
    return true;
  };
}
const MOST_SAID = 1_000;

/** False: it was stored before. */
async function store({ accept, clock }: WebhookOptions, delivery: Arriving): Promise<boolean> {
  let takeBack = (): void => undefined;
  const tooLate = new Promise<never>((_, reject) => {
    takeBack = clock.at(delivery.receivedAt + ACCEPT_MAX_MS, () => reject(notStored('the database did not answer in time')));
  });
  try {
    return await Promise.race([accept(delivery), tooLate]);
  } catch (error) {
    throw error instanceof Failure ? error : notStored('the delivery could not be stored', error);
  } finally {
    takeBack();
  }
}

function notStored(message: string, cause?: unknown): Failure {
  return new Failure('E_STORE', message, { hint: 'send it again; nothing is lost as long as you do', cause });
}
