/** Door of the alerts, and of what GitHub tells: checked, then stored raw, then answered. What they mean is decided after the answer, in order. */
import type { Catalog } from '../core/service.ts';
import { didYouMean } from '../lib/closest.ts';
import { Failure } from '../lib/failure.ts';
import type { Log } from '../lib/log.ts';
import { countAlerts, readPayload } from '../sources/read.ts';
import type { Source } from '../sources/source.ts';
import { type HttpAnswer, json } from './answer.ts';
import { deliver, type Inbox } from './deliver.ts';
import { bearerBasicOr, checkHeaders, countFailures, createGuard, type Guard } from './guard.ts';
import { parseJson } from './json.ts';
import { type Hand, sealedDoor } from './sealed-door.ts';
import type { HttpRequest } from './server.ts';
import { signedDoor } from './signed-door.ts';

export type { Arriving } from './deliver.ts';

export interface WebhookOptions extends Inbox {
  readonly sources: readonly Source[];
  /** Live tokens; two while one is being changed. None: every delivery is refused. */
  readonly tokens: readonly string[];
  /** By source, in any case: these in place of `tokens`. */
  readonly tokensOf?: Readonly<Record<string, readonly string[]>>;
  /** Of sources that sign instead, by name; the same rules. */
  readonly secrets: Readonly<Record<string, readonly string[]>>;
  /** Of sources that sign with a certificate. Without it they are closed. */
  readonly hand?: Hand;
  readonly catalog: () => Catalog;
  readonly log: Log;
  /** A delivery that is of no use to us. */
  readonly ignored?: (source: string) => void;
}

type Handle = (request: HttpRequest) => Promise<HttpAnswer>;

/**
 * For `POST /webhooks/:source`: 202 `{"accepted":n}`, n = alerts (or changes) in the delivery. Whatever cannot be stored is 503, never 4xx.
 * What is not needed is told 202 with `ignored`; a signed delivery that came before, 200 with `duplicate`.
 * Throws E_CONFIG, with the name, for a source that cannot be loaded and for tokens of a source that is none.
 */
export function webhookHandler(options: WebhookOptions): Handle {
  const tooMany = countFailures(options.clock);
  const guardOf = ({ name, tokenHeaders = [] }: Pick<Source, 'name' | 'tokenHeaders'>): Guard =>
    createGuard({ tokens: tokensFor(options, name), clock: options.clock, given: bearerBasicOr(tokenHeaders), tooMany });
  const doors = new Map<string, Handle>();
  for (const source of options.sources) {
    if (!/^[a-z][a-z0-9-]{1,39}$/.test(source.name) || doors.has(source.name)) throw notLoaded(source.name, 'its name is taken, or is none');
    doors.set(source.name, doorOf(options, source, guardOf));
  }
  const names = [...doors.keys()];
  const byToken = options.sources.filter(takesTokens).map(({ name }) => name);
  for (const name of Object.keys(options.tokensOf ?? {})) if (!byToken.includes(name)) throw unknownSource(name, byToken);
  const anywhere = guardOf({ name: '' });

  return async (request) => {
    const door = doors.get(request.params.source ?? '');
    if (door) return door(request);
    await anywhere.admit(request);
    throw new Failure('E_NOT_FOUND', 'no such source', { path: 'source', hint: `the sources are: ${names.join(', ')}` });
  };
}

const tokensFor = ({ tokens, tokensOf = {} }: WebhookOptions, name: string): readonly string[] =>
  Object.hasOwn(tokensOf, name) ? (tokensOf[name] ?? []) : tokens;

const takesTokens = ({ signed, sealed }: Source): boolean => !sealed && (!signed || signed.orToken === true);

function doorOf(options: WebhookOptions, source: Source, guardOf: (source: Source) => Guard): Handle {
  try {
    const secrets = options.secrets[source.name] ?? [];
    if (source.sealed) return sealedDoor(options, source, source.sealed);
    if (source.signed && (secrets.length > 0 || !source.signed.orToken)) return signedDoor(options, source, source.signed);
    return tokenDoor(options, source, guardOf(source));
  } catch (error) {
    throw notLoaded(source.name, error instanceof Error ? error.message : 'unknown cause', error);
  }
}

function tokenDoor(options: WebhookOptions, source: Source, guard: Guard): Handle {
  return async (request) => {
    await guard.admit(request);
    checkHeaders(request.headers);
    const body = parseJson(await request.body());
    const receivedAt = options.clock.now();
    const context = { now: receivedAt, catalog: options.catalog() };
    const beside = source.beside?.(request.headers);
    const payload = readPayload(source, beside ? { ...beside, data: body.value } : body.value, context);
    if (body.dropped > 0) options.log.info({ source: source.name, dropped: body.dropped }, 'keys named __proto__ left out');
    const accepted = countAlerts(source, payload, context);
    if (accepted === 0) return ignore(options, source, source.whyNothing?.(payload));
    const stored = beside ? `${JSON.stringify(beside).slice(0, -1)},"data":${body.text}}` : body.text;
    await deliver(options, { source: source.name, body: stored, receivedAt });
    return json(202, { accepted });
  };
}

function ignore({ ignored, log }: WebhookOptions, { name }: Source, because?: string): HttpAnswer {
  ignored?.(name);
  if (because !== undefined) log.info({ source: name, because }, 'a delivery tells nothing');
  return json(202, { accepted: 0, ...(because !== undefined && { ignored: true, because }) });
}

function notLoaded(name: string, because: string, cause?: unknown): Failure {
  return new Failure('E_CONFIG', `the source ${name} cannot be loaded: ${because}; nothing was started`, {
    hint: `look at src/sources/${name}.ts and its line in src/sources/index.ts`,
    permanent: true,
    cause,
  });
}

function unknownSource(name: string, names: readonly string[]): Failure {
  return new Failure(
    'E_CONFIG',
    `WEBHOOK_TOKEN_${name.toUpperCase()} is set, and no source with a token is called ${name}; nothing was started.${didYouMean(name, names)}`,
    {
      hint: `rename or remove it; those with a token are: ${names.join(', ')}`,
      permanent: true,
    },
  );
}
