/** `tagback doctor` sends itself a test alert through each door that is open: of the running program, else of one made for this moment. */
import type { Config } from './config.ts';
import type { Catalog } from './core/service.ts';
import type { Finding } from './doctor-detection.ts';
import { fetchConfigured } from './health/fetch.ts';
import { refusal } from './http/answer.ts';
import { webhookHandler } from './http/webhooks.ts';
import { type Clock, realClock } from './lib/clock.ts';
import { Failure } from './lib/failure.ts';
import { createLog } from './lib/log.ts';
import { SOURCES } from './sources/index.ts';
import { type Knock, knockOn } from './sources/knock.ts';
import type { Source } from './sources/source.ts';

const TIMEOUT_MS = 3_000;
const ANSWER_MAX_BYTES = 64 * 1024;

interface Told {
  readonly status: number;
  readonly body: string;
}
type Send = (knock: Knock) => Promise<Told>;
type Doors = Pick<Config, 'webhookTokens' | 'webhookTokensOf' | 'webhookSecrets' | 'snsTopics' | 'host' | 'port'>;

export async function sourceFindings(config: Doors, catalog: Catalog, clock: Clock = realClock): Promise<readonly Finding[]> {
  const running = await isRunning(config);
  const send = running ? overHttp(config) : inProcess(config, catalog, clock);
  if (send instanceof Failure) return [{ name: 'sources', ok: false, text: `${send.message}; ${send.hint ?? ''}` }];
  const isMapped = JSON.stringify(catalog.generic) !== '{}';
  const knocks = SOURCES.map((source) => ({
    source,
    knock: knockOn(source.name, keysOf(config, source), { iso: new Date(clock.now()).toISOString(), isMapped }),
  }));
  const closed = knocks.filter(({ source, knock }) => !knock && !source.sealed).map(({ source }) => source.name);
  const sent = await Promise.all(knocks.flatMap(({ knock }) => (knock ? [judge(knock, send, running)] : [])));
  const bad = sent.filter(({ ok }) => !ok);
  const where = running ? 'by the running program' : 'here (the program does not run)';
  const open = sent.filter(({ ok }) => ok).map(({ source }) => source);
  return [
    ...(open.length > 0 ? [{ name: 'sources', ok: true, text: `a test alert is let in ${where}, and opens nothing: ${open.join(', ')}` }] : []),
    ...bad.map(({ source, text }) => ({ name: `source ${source}`, ok: false, text })),
    ...(closed.length > 0 ? [{ name: 'sources', ok: open.length > 0, text: `closed, because neither token nor secret is set: ${closed.join(', ')}` }] : []),
    ...(config.snsTopics.length > 0 ? [{ name: 'sources', ok: true, text: 'cloudwatch: open for its topics; only Amazon can sign a test' }] : []),
  ];
}

async function judge(knock: Knock, send: Send, running: boolean): Promise<{ source: string; ok: boolean; text: string }> {
  const { source, isAlert } = knock;
  const say = (ok: boolean, text: string) => ({ source, ok, text });
  try {
    const { status, body } = await send(knock);
    if (status === 200 || status === 202) return say(true, 'taken');
    // It was let in, and looked at: there is nothing in it to read, which is what we sent.
    if (!isAlert && (status === 422 || status === 400)) return say(true, 'let in');
    if (status === 401 && running) return say(false, 'the running program refuses the token or secret of these settings; restart it, so that it reads them');
    return say(false, `a test alert was answered ${status}: ${said(body)}`);
  } catch (error) {
    return say(false, error instanceof Failure ? error.message : 'a test alert could not be sent');
  }
}

function keysOf({ webhookTokens, webhookTokensOf, webhookSecrets }: Doors, { name, signed, sealed }: Source): Parameters<typeof knockOn>[1] {
  const secrets: Readonly<Record<string, readonly string[]>> = webhookSecrets;
  const tokens = webhookTokensOf[name] ?? webhookTokens;
  const takesToken = !sealed && (!signed || signed.orToken === true);
  return { token: takesToken ? tokens[0] : undefined, secret: secrets[name]?.[0] };
}

const addressOf = ({ host, port }: Doors): string =>
  `http://${host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '[::1]' : host.includes(':') ? `[${host}]` : host}:${port}`;

async function isRunning(config: Doors): Promise<boolean> {
  try {
    const { status, body } = await fetchConfigured(
      { url: `${addressOf(config)}/healthz`, timeoutMs: TIMEOUT_MS, maxBytes: ANSWER_MAX_BYTES },
      AbortSignal.timeout(TIMEOUT_MS),
    );
    return status === 200 && body.toString('utf8') === '{"ok":true}';
  } catch {
    return false;
  }
}

const overHttp =
  (config: Doors): Send =>
  async ({ source, headers, body }) => {
    const url = `${addressOf(config)}/webhooks/${source}`;
    const { status, body: answer } = await fetchConfigured(
      { url, method: 'POST', headers, body, timeoutMs: TIMEOUT_MS, maxBytes: ANSWER_MAX_BYTES },
      AbortSignal.timeout(TIMEOUT_MS),
    );
    return { status, body: answer.toString('utf8') };
  };

/** The same door with an inbox that forgets. */
function inProcess({ webhookTokens, webhookTokensOf, webhookSecrets }: Doors, catalog: Catalog, clock: Clock): Send | Failure {
  const log = createLog({ level: 'silent' });
  try {
    const handle = webhookHandler({
      ...{ sources: SOURCES, accept: async () => true, catalog: () => catalog, clock, log },
      ...{ tokens: webhookTokens, tokensOf: webhookTokensOf, secrets: webhookSecrets },
    });
    return async ({ source, headers, body }) => {
      const request = { method: 'POST', path: `/webhooks/${source}`, params: { source }, query: new URLSearchParams(), headers, ip: '127.0.0.1' };
      const answer = await handle({ ...request, body: async () => Buffer.from(body) }).catch((error: unknown) => {
        if (error instanceof Failure) return refusal(error);
        throw error;
      });
      return { status: answer.status, body: answer.body.toString() };
    };
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
}

function said(body: string): string {
  try {
    const { error } = JSON.parse(body) as { error?: { message?: unknown; hint?: unknown } }; // our own answer
    return `${String(error?.message ?? '')}; ${String(error?.hint ?? '')}`;
  } catch {
    return 'an answer that is not ours; another program may have that port';
  }
}
