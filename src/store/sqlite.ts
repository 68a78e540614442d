/** The default store: one SQLite file, owned by a thread of its own. */
import { setImmediate } from 'node:timers';
import { Worker } from 'node:worker_threads';
import { Failure } from '../lib/failure.ts';
import { type Ask, storeOver } from './port.ts';
import type { Counts } from './sqlite-file.ts';
import type { Trouble } from './sqlite-trouble.ts';
import type { Call, FromWriter, Reply, WriterData } from './sqlite-writer.ts';
import type { Store } from './store.ts';

export interface SqliteOptions {
  /** Created with its folder when missing; `:memory:` keeps nothing. */
  readonly path: string;
  /** How long to wait for a predecessor that is still closing the file. */
  readonly busyMs?: number;
  /** A commit slower than this is logged. */
  readonly slowMs?: number;
  readonly log?: (message: string, fields: Readonly<Record<string, unknown>>) => void;
}

/**
 * Rejects with E_STORE when the file cannot be used: in use elsewhere, damaged, newer than this program, not writable.
 * An open store keeps the process alive until `close()`.
 */
export async function openSqlite(options: SqliteOptions): Promise<Store> {
  const { path, busyMs = 2_000, slowMs = 1_000 } = options;
  const data: WriterData = { path, busyMs, slowMs };
  const worker = new Worker(new URL('./sqlite-writer.ts', import.meta.url), { workerData: data });
  const line = lineTo(worker);
  const exited = new Promise<void>((resolve) => {
    worker.on('exit', () => {
      line.end(died(path, undefined));
      resolve();
    });
  });
  worker.on('error', (error) => line.end(died(path, error)));
  await opened(worker, line, options);
  const ask = ((name, ...args) => line.call(name, args)) as Ask; // the writer runs the operation of that name, so the answer is of that operation's type
  return storeOver(ask, {
    counts: async () => (await line.call('counts', [])) as Counts, // as above
    async close() {
      if (!line.ended()) {
        const closing = line.call('close', []);
        line.refuseFrom(
          new Failure('E_STORE', `${path} was closed; this call did nothing`, { hint: 'Tagback is stopping; repeat the call after its restart' }),
        );
        await closing;
      }
      await exited;
    },
  });
}

function opened(worker: Worker, line: Line, { path, log }: SqliteOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.on('message', (message: FromWriter) => {
      if (message.kind === 'replies') for (const reply of message.replies) line.settle(reply);
      else if (message.kind === 'refused') reject(failureOf(message.trouble));
      else if (message.kind === 'slow') log?.('the disk is slow', { path, ms: Math.round(message.ms), writes: message.writes });
      else {
        log?.('store opened', { path, ...message.opened });
        resolve();
      }
    });
    worker.on('exit', () => reject(died(path, undefined))); // after an answer this changes nothing
    worker.on('error', (error) => reject(died(path, error)));
  });
}

/** The main thread's end of the line to the writer: matches answers to calls. */
interface Line {
  call(name: Call['name'], args: readonly unknown[]): Promise<unknown>;
  settle(reply: Reply): void;
  /** New calls are refused with this; those on their way are still answered. */
  refuseFrom(failure: Failure): void;
  /** Nothing more will be answered. */
  end(failure: Failure): void;
  ended(): boolean;
}

function lineTo(worker: Worker): Line {
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (failure: Failure) => void }>();
  let refused: Failure | undefined;
  let outgoing: Call[] = [];
  let lastId = 0;
  // Everything asked for in one turn of the loop crosses as one message.
  const flush = (): void => {
    worker.postMessage(outgoing);
    outgoing = [];
  };
  return {
    call(name, args) {
      if (refused) return Promise.reject(refused);
      const { promise, resolve, reject } = Promise.withResolvers<unknown>();
      const id = ++lastId;
      waiting.set(id, { resolve, reject });
      if (outgoing.push({ id, name, args }) === 1) setImmediate(flush);
      return promise;
    },
    settle(reply) {
      const waiter = waiting.get(reply.id);
      waiting.delete(reply.id);
      if ('trouble' in reply) waiter?.reject(failureOf(reply.trouble));
      else waiter?.resolve(reply.value);
    },
    refuseFrom(failure) {
      refused ??= failure;
    },
    end(failure) {
      refused ??= failure;
      for (const { reject } of waiting.values()) reject(failure);
      waiting.clear();
    },
    ended: () => refused !== undefined,
  };
}

function failureOf({ code, message, hint, permanent }: Trouble): Failure {
  return new Failure(code, message, { permanent, ...(hint !== undefined && { hint }) });
}

function died(path: string, cause: unknown): Failure {
  const reason = cause instanceof Error ? ` (${cause.message})` : '';
  const hint = 'restart Tagback; everything it answered for is on disk';
  return new Failure('E_STORE', `the thread that writes ${path} has stopped${reason}; what was being written may be lost`, { hint, permanent: true, cause });
}
