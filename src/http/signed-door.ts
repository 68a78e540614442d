/** Door of those who sign with a secret: known by the signature on the raw bytes; only then is anything else looked at. */
import { createHash } from 'node:crypto';
import type { Catalog } from '../core/service.ts';
import type { Clock } from '../lib/clock.ts';
import { Failure } from '../lib/failure.ts';
import type { Log } from '../lib/log.ts';
import { countAlerts, readPayload } from '../sources/read.ts';
import type { Signed, Source } from '../sources/source.ts';
import { type HttpAnswer, json } from './answer.ts';
import { deliver, type Inbox } from './deliver.ts';
import { checkHeaders } from './guard.ts';
import { parseJson } from './json.ts';
import type { HttpRequest } from './server.ts';

const HOUR_MS = 3_600_000;
/** Either way: clocks differ. As Slack asks of its own signatures. */
const STALE_MS = 5 * 60_000;

export interface SignedParts extends Inbox {
  readonly secrets: Readonly<Record<string, readonly string[]>>;
  readonly catalog: () => Catalog;
  readonly log: Log;
  readonly ignored?: (source: string) => void;
}

export function signedDoor(parts: SignedParts, source: Source, door: Signed): (request: HttpRequest) => Promise<HttpAnswer> {
  const take = takeSigned(parts, source);
  return async ({ headers, body }) => {
    const bytes = await body();
    const refusal = door.refusal(headers, bytes, parts.secrets[source.name] ?? []);
    if (refusal) throw refusal;
    const sentAt = door.sentAt?.(headers);
    if (sentAt !== undefined) checkAge(sentAt, parts.clock.now(), STALE_MS);
    const event = door.label?.(headers).event;
    checkMediaType(headers, door);
    if (event === 'ping') return json(200, { accepted: 0, pong: true });
    if (event !== undefined && !door.events?.includes(event)) return take.ignore();
    const { text, value } = parseJson(bytes);
    const signedAt = sentAt === undefined ? repeated(door, parts.clock.now()) : `${sentAt}:`;
    if (event === undefined) return take.all({ text, value, identity: `${signedAt}${text}` });
    // What was sent stays as it came; only its name, which stood in a header, is put beside it.
    const stored = `{"event":${JSON.stringify(event)},"payload":${text}}`;
    return take.all({ text: stored, value: { event, payload: value }, identity: `${signedAt}${stored}` });
  };
}

/** What came earlier than in this hour is no repetition for those who say the same thing twice; a captured request gains nothing, its times are old. */
const repeated = ({ repeats }: Signed, now: number): string => (repeats ? `${Math.floor(now / HOUR_MS)}:` : '');

/** Throws E_STALE: what was signed longer ago than this, or lies as far ahead. */
export function checkAge(sentAt: number, now: number, mostMs: number): void {
  if (Math.abs(now - sentAt) <= mostMs) return;
  const because = sentAt < now ? `signed more than ${mostMs / 60_000} min ago` : 'signed in the future';
  throw new Failure('E_STALE', because, {
    path: '(root)',
    hint: 'send it anew; if it was sent just now, look at the clocks of both machines',
    permanent: true,
  });
}

interface Delivered {
  readonly text: string;
  readonly value: unknown;
  /** What was signed: the number of a delivery stands in a header, which anybody who captured the rest can change. */
  readonly identity: string;
}

export interface Taking {
  all(delivered: Delivered): Promise<HttpAnswer>;
  ignore(because?: string): HttpAnswer;
}

/** What is done with a delivery whose signature is right. */
export function takeSigned(parts: Omit<SignedParts, 'secrets'>, source: Source): Taking {
  const strangers = oncePerHour(parts.clock);
  const ignore = (because?: string): HttpAnswer => {
    parts.ignored?.(source.name);
    if (because !== undefined) parts.log.info({ source: source.name, because }, 'a delivery tells nothing');
    return json(202, { accepted: 0, ignored: true, ...(because !== undefined && { because }) });
  };
  const all = async ({ text, value, identity }: Delivered): Promise<HttpAnswer> => {
    const receivedAt = parts.clock.now();
    const context = { now: receivedAt, catalog: parts.catalog() };
    const payload = readPayload(source, value, context);
    const changes = source.toChanges?.(payload, context) ?? [];
    const wanted = changes.filter(({ repo }) => isOfService(repo, context.catalog));
    for (const { repo } of changes) if (!wanted.some((one) => one.repo === repo) && strangers(repo)) sayNotAllowed(parts.log, source.name, repo);
    const accepted = Math.max(wanted.length, countAlerts(source, payload, context)); // a failed deployment is a change and an alert
    if (accepted === 0) return ignore(source.whyNothing?.(payload));
    const once = `${source.name}:${createHash('sha256').update(identity).digest('hex')}`;
    const isNew = await deliver(parts, { source: source.name, body: text, receivedAt, once });
    return isNew ? json(202, { accepted }) : json(200, { accepted: 0, duplicate: true });
  };
  return { all, ignore };
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

const MOST_SAID = 1_000;

/** True the first time in an hour; the oldest of many are forgotten. */
export function oncePerHour(clock: Clock): (word: string) => boolean {
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
