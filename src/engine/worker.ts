/**
 * The task loop: claim what is due, perform it, write down how it ended. Truth is the task table; a kick only saves the wait.
 *
 * After an end nobody saw (crash, timeout, cut line) a task rests for the settle time, is looked up at the outside, and only then
 * repeated (docs/decisions/0003-look-before-repeating.md).
 */
import type { Input, Instant, Json } from '../core/model.ts';
import type { Clock } from '../lib/clock.ts';
import { Failure } from '../lib/failure.ts';
import type { Store, Task } from '../store/store.ts';
import type { Handle } from './handle.ts';

/** How one attempt at an effect ended. */
export type Performed =
  | { readonly kind: 'done' }
  | { readonly kind: 'input'; readonly input: Input }
  /** Not over yet: look again at `due`. Waiting is not failing. */
  | { readonly kind: 'later'; readonly due: Instant; readonly memo: Json; readonly unclear?: boolean };

export interface Hands {
  perform(task: Task, aid: Aid): Promise<Performed>;
  /** Keys of the effects that call the outside first of all. */
  readonly begins: readonly string[];
  /** How long an effect of this kind is tried before people are told, in ms. */
  patienceMs(task: Task): number;
}

export interface Aid {
  readonly signal: AbortSignal;
  /** On disk before the outside is called for a write, together with what the incident shall know of it. Rejects when the task is not ours any more. */
  begin(input?: Input): Promise<void>;
  /** An interim result; the task goes on. */
  report(input: Input): Promise<void>;
}

export interface WorkerParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly hands: Hands;
  readonly handle: Handle;
  readonly limits: WorkerLimits;
  /** Told how each attempt ended, for metrics. */
  performed(kind: string, end: string): void;
  readonly log: { warn(fields: object, message: string): void; error(fields: object, message: string): void };
}
export interface WorkerLimits {
  readonly leaseMs: number;
  /** Longer than any deadline of a write: by then a request that was under way has ended. */
  readonly settleMs: number;
  readonly atOnce: number;
  readonly firstRetryMs: number;
  readonly longestRetryMs: number;
}

export const WORKER_LIMITS: WorkerLimits = { leaseMs: 30_000, settleMs: 20_000, atOnce: 32, firstRetryMs: 500, longestRetryMs: 15_000 };

export interface Worker {
  /** Something may be due; also by a change that is just being stored: its tasks are claimed with it, and performed when `storing` has ended. */
  kick(storing?: Promise<unknown>): void;
  /** Resolves when nothing is due and nothing runs. */
  idle(): Promise<void>;
  /** No new work; resolves when what runs has ended or `graceMs` is over, then aborts the rest. */
  stop(graceMs: number): Promise<void>;
}

export function startWorker(parts: WorkerParts): Worker {
  const { store, clock, limits, log } = parts;
  const abort = new AbortController();
  const running = new Set<Promise<void>>();
  let stopped = false;
  let looping: Promise<void> | undefined;
  let again = false;
  const storing = new Set<Promise<unknown>>();
  let cancelTimer = (): void => undefined;

  const loop = async (): Promise<void> => {
    do {
      again = false;
      const room = limits.atOnce - running.size;
      if (room <= 0 || stopped) break; // the next end kicks
      const claim = store.claim({ now: clock.now(), limit: room, leaseMs: limits.leaseMs, settleMs: limits.settleMs, begins: parts.hands.begins });
      const [tasks] = await Promise.all([claim, ...storing]);
      for (const task of tasks) launch(task);
      if (tasks.length > 0) again = true;
    } while (again && !stopped);
    if (stopped) return;
    const due = await store.nextDue();
    cancelTimer();
    if (due !== undefined) cancelTimer = clock.at(Math.max(due, clock.now() + 1), kick);
  };

  const kick = (change?: Promise<unknown>): void => {
    if (stopped) return;
    if (change !== undefined) {
      const end = change.then(
        () => void storing.delete(end),
        () => void storing.delete(end), // whoever stored it hears of it
      );
      storing.add(end);
    }
    again = true;
    looping ??= loop()
      .catch((error: unknown) => {
        log.error({ err: error }, 'task loop failed; it starts again');
        cancelTimer = clock.at(clock.now() + limits.firstRetryMs, kick);
      })
      .finally(() => {
        looping = undefined;
        if (again && !stopped) kick();
      });
  };

  const launch = (task: Task): void => {
    const work = attempt(parts, task, abort.signal).catch((error: unknown) => {
      log.error({ err: error, task: task.effect.key, incident: task.incident }, 'the end of a task could not be stored; its lease will run out');
    });
    running.add(work);
    void work.finally(() => {
      running.delete(work);
      kick();
    });
  };

  return {
    kick,
    async idle() {
      while (looping || running.size > 0) await Promise.race([looping, ...running].filter((wait) => wait !== undefined));
    },
    async stop(graceMs) {
      stopped = true;
      cancelTimer();
      const ended = Promise.all([...running, looping]);
      let timer: NodeJS.Timeout | undefined;
      await Promise.race([ended, new Promise((resolve) => (timer = setTimeout(resolve, graceMs)))]);
      clearTimeout(timer);
      abort.abort();
    },
  };
}

/** Thrown by `begin` when the lease went to somebody else: this attempt simply stops. */
const LOST = new Error('the lease is lost');

async function attempt(parts: WorkerParts, task: Task, stop: AbortSignal): Promise<void> {
  const { store, clock, limits, handle } = parts;
  const beat = setInterval(() => void store.beat(task, clock.now() + limits.leaseMs).catch(() => undefined), limits.leaseMs / 3);
  beat.unref();
  const aid: Aid = {
    signal: stop,
    begin: async (input) => {
      // Whatever else came of it than “done”: it is not on the disk, so nothing may leave.
      if (input ? (await handle(task.incident, { input, begins: task })).outcome !== 'done' : !(await begun(parts, task))) throw LOST;
    },
    report: async (input) => void (await handle(task.incident, { input })),
  };
  try {
    const end = await parts.hands.perform(task, aid);
    parts.performed(task.effect.kind, end.kind);
    if (end.kind === 'input') await handle(task.incident, { input: end.input, finishes: task });
    else if (end.kind === 'done') await store.finish(task, clock.now());
    else await store.postpone(task, { due: end.due, unclear: end.unclear ?? false, memo: end.memo, counts: false, because: 'waiting' });
  } catch (error) {
    if (error !== LOST) await failed(parts, task, error);
  } finally {
    clearInterval(beat);
  }
}

/** What begins by being claimed is on disk as begun already. */
const begun = async ({ store, clock, hands }: WorkerParts, task: Task): Promise<boolean> =>
  hands.begins.includes(task.effect.key) || (await store.begin(task, clock.now()));

async function failed(parts: WorkerParts, task: Task, error: unknown): Promise<void> {
  const { store, clock, limits, hands, handle, log } = parts;
  const failure = error instanceof Failure ? error : new Failure('E_INTERNAL', 'an internal error; the log has the details', { cause: error });
  const now = clock.now();
  parts.performed(task.effect.kind, failure.code);
  const fields = { incident: task.incident, task: task.effect.key, attempt: task.attempt, code: failure.code, because: failure.message };
  if (failure.code === 'E_INTERNAL') log.error({ ...fields, err: error }, 'task failed');
  else log.warn(fields, 'task not done');
  if (failure.permanent || now - task.createdAt >= hands.patienceMs(task)) {
    const text = failure.hint === undefined ? failure.message : `${failure.message}. ${failure.hint}`;
    await handle(task.incident, { input: { kind: 'effectFailed', effect: task.effect, code: failure.code, text }, finishes: task });
    return;
  }
  const backoff = Math.min(limits.longestRetryMs, limits.firstRetryMs * 2 ** Math.min(task.attempt - 1, 10));
  // Full jitter on the upper half: many tasks that failed together do not come back together.
  const due = failure.retryAt ?? now + (failure.unclear ? Math.max(limits.settleMs, backoff) : backoff * (0.5 + Math.random() / 2));
  await store.postpone(task, {
    due,
    // A doubt from an earlier attempt lasts until somebody has looked, and this attempt may have failed before it could.
    unclear: failure.unclear || task.unclearSince !== undefined,
    memo: task.memo,
    counts: failure.retryAt === undefined,
    because: `${failure.code}: ${failure.message}`,
  });
}
