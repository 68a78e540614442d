/**
 * The polling door: node-cron only pokes; what is due is reckoned from the catalog and the store. What a poll sees becomes a delivery
 * in the same inbox as every webhook, so that a crash between seeing and opening loses nothing.
 */
import type { ScheduledTask } from 'node-cron';
import type { Instant, Json } from '../core/model.ts';
import type { Catalog, Service, UrlProbe } from '../core/service.ts';
import type { Sample } from '../core/verdict.ts';
import type { Clock } from '../lib/clock.ts';
import { Failure } from '../lib/failure.ts';
import { POLL_START, type PollDecision, type PollState, type ProbeSeen, pollDecision, probeDecision, type Reading } from '../sources/poll.ts';
import type { Delivery, Store } from '../store/store.ts';

export interface PollParts {
  readonly store: Pick<Store, 'accept' | 'get' | 'put'>;
  readonly clock: Clock;
  catalog(): Catalog;
  range(ask: { url: string; query: string; from: Instant; to: Instant; stepMs: number }, signal: AbortSignal): Promise<readonly Sample[]>;
  probe(url: string, signal: AbortSignal): Promise<ProbeSeen>;
  /** A delivery was stored. */
  arrived(): void;
  readonly log: { warn(fields: object, message: string): void; error(fields: object, message: string): void };
}

export interface Polling {
  /** Begins when services.yml names something to poll; to be called again when that may have changed. */
  start(): void;
  /** Runs what is due now; cron calls it every second. */
  poke(): Promise<void>;
  stop(): Promise<void>;
}

/** The source name of polled signals in the inbox. */
export const POLL_SOURCE = 'poll';
const DEADLINE_MS = 10_000;

/** One thing to look at again and again. */
interface Poll {
  readonly key: string;
  readonly everyMs: number;
  look(state: PollState, now: Instant, signal: AbortSignal): Promise<PollDecision>;
}

export function createPolling(parts: PollParts): Polling {
  const { clock, log } = parts;
  const abort = new AbortController();
  const last = new Map<string, Instant>();
  const running = new Set<string>();
  const one = async (poll: Poll): Promise<void> => {
    running.add(poll.key);
    last.set(poll.key, clock.now());
    try {
      await run(parts, poll, abort.signal);
    } catch (error) {
      if (!abort.signal.aborted) log.error({ err: error, poll: poll.key }, 'poll failed; it runs again when it is due');
    } finally {
      running.delete(poll.key);
    }
  };
  const poke = async (): Promise<void> => {
    const now = clock.now();
    // A poll that is still running is not started beside itself.
    const due = polls(parts).filter(({ key, everyMs }) => !running.has(key) && now - (last.get(key) ?? -Infinity) >= everyMs);
    await Promise.all(due.map(one));
  };
  let pokes: Promise<ScheduledTask> | undefined;
  return {
    poke,
    start() {
      if (polls(parts).length > 0) pokes ??= everySecond(poke, log);
    },
    async stop() {
      abort.abort();
      await (await pokes)?.destroy();
    },
  };
}

async function everySecond(poke: () => Promise<void>, log: PollParts['log']): Promise<ScheduledTask> {
  const { createTask } = (await import('node-cron')).default;
  const task = createTask('* * * * * *', poke, { name: 'polls', noOverlap: false, suppressMissedWarning: true, logger: quietLogger(log) });
  await task.start();
  return task;
}

function polls(parts: PollParts): readonly Poll[] {
  return parts
    .catalog()
    .services.flatMap((service) => [
      ...ratePolls(parts, service),
      ...service.health.urls.filter(({ pollMs }) => pollMs > 0).map((check) => urlPoll(parts, service, check)),
    ]);
}

function ratePolls(parts: PollParts, service: Service): readonly Poll[] {
  const rate = service.health.errorRate;
  if (!rate || rate.pollMs <= 0) return [];
  const look: Poll['look'] = async (state, now, signal) => {
    const from = now - Math.max(rate.forMs, rate.stepMs) - 2 * rate.stepMs;
    const reading: Reading = await parts.range({ url: rate.url, query: rate.query, from, to: now, stepMs: rate.stepMs }, signal).then(
      (samples) => ({ kind: 'samples' as const, samples }),
      (error: unknown) => ({ kind: 'failed' as const, because: error instanceof Failure ? error.message : 'the metrics could not be read' }),
    );
    return pollDecision(state, reading, { service: service.name, rate, now });
  };
  return [{ key: `poll:rate:${service.name}`, everyMs: rate.pollMs, look }];
}

function urlPoll(parts: PollParts, service: Service, check: UrlProbe): Poll {
  const look: Poll['look'] = async (state, now, signal) => probeDecision(state, await parts.probe(check.url, signal), { service: service.name, check, now });
  return { key: `poll:url:${service.name}:${check.url}`, everyMs: check.pollMs, look };
}

async function run(parts: PollParts, poll: Poll, stop: AbortSignal): Promise<void> {
  const { store, clock, log } = parts;
  const state = ((await store.get(poll.key)) as PollState | undefined) ?? POLL_START; // written by `put` below only
  const decision = await poll.look(state, clock.now(), AbortSignal.any([stop, AbortSignal.timeout(DEADLINE_MS)]));
  if (decision.say === 'blind' && state.blindPolls === 0) log.warn({ poll: poll.key }, 'blind: no data; nothing is concluded from that');
  // The delivery first: a crash in between sends it once more, and a signal that is known only counts.
  if (decision.signals.length > 0) {
    await store.accept({ source: POLL_SOURCE, body: JSON.stringify(decision.signals), receivedAt: clock.now() } satisfies Omit<Delivery, 'id'>);
    parts.arrived();
  }
  if (JSON.stringify(decision.state) !== JSON.stringify(state)) await store.put(poll.key, { ...decision.state } as Json); // PollState holds numbers, booleans and undefined
}

/** node-cron logs to its own console otherwise, past our redaction. */
function quietLogger(log: PollParts['log']) {
  return {
    info: () => undefined,
    debug: () => undefined,
    warn: (message: string) => log.warn({ cron: message }, 'cron'),
    error: (message: string | Error, error?: Error) => log.error({ err: error ?? message }, 'cron'),
  };
}
