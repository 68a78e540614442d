/** Door of the alerts: checked, then stored raw, then answered. What they mean is decided after the answer, in order. */
import type { Catalog } from '../core/service.ts';
import type { Clock } from '../lib/clock.ts';
import { Failure } from '../lib/failure.ts';
import type { Log } from '../lib/log.ts';
import { countAlerts, readPayload } from '../sources/read.ts';
import type { Source } from '../sources/source.ts';
import { type HttpAnswer, json } from './answer.ts';
import { checkHeaders, createGuard } from './guard.ts';
import { parseJson } from './json.ts';
import type { HttpRequest } from './server.ts';

/** A database that does not answer must not hold the sender: it gets 503 and sends again. */
const ACCEPT_MAX_MS = 2_000;

export interface WebhookOptions {
  readonly sources: readonly Source[];
  /** On disk when it resolves. */
  readonly accept: (delivery: { source: string; body: string; receivedAt: number }) => Promise<unknown>;
  /** Live tokens; two while one is being changed. None: every delivery is refused. */
  readonly tokens: readonly string[];
  readonly catalog: () => Catalog;
  readonly clock: Clock;
  readonly log: Log;
}

/** For `POST /webhooks/:source`: 202 `{"accepted":n}`, n = alerts in the delivery. Whatever cannot be stored is 503, never 4xx. */
export function webhookHandler(options: WebhookOptions): (request: HttpRequest) => Promise<HttpAnswer> {
  const guard = createGuard(options);
  const sources = new Map(options.sources.map((source) => [source.name, source]));

  return async (request) => {
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

async function store({ accept, clock }: WebhookOptions, delivery: { source: string; body: string; receivedAt: number }): Promise<void> {
  let takeBack = (): void => undefined;
  const tooLate = new Promise<never>((_, reject) => {
    takeBack = clock.at(delivery.receivedAt + ACCEPT_MAX_MS, () => reject(notStored('the database did not answer in time')));
  });
  try {
    await Promise.race([accept(delivery), tooLate]);
  } catch (error) {
    throw error instanceof Failure ? error : notStored('the delivery could not be stored', error);
  } finally {
    takeBack();
  }
}

function notStored(message: string, cause?: unknown): Failure {
  return new Failure('E_STORE', message, { hint: 'send it again; nothing is lost as long as you do', cause });
}
