/**
 * The thread that owns the file. A slow disk blocks here, never the main loop. All writes that arrived while one commit was being
 * written share the next (group commit); each runs in its own savepoint, so a refused or broken one does not harm its neighbours.
 */
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { giveBackMemory } from '../lib/memory.ts';
import { isWrite, type Name, operations, stands } from './operations.ts';
import { openFile, type SqliteFile } from './sqlite-file.ts';
import { describe, spoilsAll, type Trouble } from './sqlite-trouble.ts';
import type { Work } from './work.ts';

export interface Call {
  readonly id: number;
  readonly name: Name | 'counts' | 'close';
  readonly args: readonly unknown[];
}
export type Reply = { readonly id: number; readonly value: unknown } | { readonly id: number; readonly trouble: Trouble };
export type FromWriter =
  | { readonly kind: 'opened'; readonly opened: SqliteFile['opened'] }
  | { readonly kind: 'refused'; readonly trouble: Trouble }
  | { readonly kind: 'replies'; readonly replies: readonly Reply[] }
  | { readonly kind: 'slow'; readonly ms: number; readonly writes: number };
export interface WriterData {
  readonly path: string;
  readonly busyMs: number;
  /** A commit that takes longer is reported. */
  readonly slowMs: number;
}

/** As long as main.ts waits: by then what only the start needed is garbage. */
const SETTLED_MS = 4_000;

// Only sqlite.ts starts this file, with exactly these data and messages.
const port = parentPort as NonNullable<typeof parentPort>;
const { path, busyMs, slowMs } = workerData as WriterData;
const send = (message: FromWriter): void => port.postMessage(message);

function start(): void {
  let file: SqliteFile;
  try {
    file = openFile(path, busyMs);
  } catch (error) {
    send({ kind: 'refused', trouble: describe(error, path) });
    port.close();
    return;
  }
  port.on('message', (calls: readonly Call[]) => serve(file, drain(calls)));
  send({ kind: 'opened', opened: file.opened });
  setTimeout(giveBackMemory, SETTLED_MS).unref();
}

function drain(firstCalls: readonly Call[]): readonly Call[] {
  const batches = [firstCalls];
  for (let more = receiveMessageOnPort(port); more; more = receiveMessageOnPort(port)) batches.push(more.message as readonly Call[]); // see above
  return batches.flat();
}

/** Writes first: what a caller wrote before it read must be seen, and answers about what is on disk must not wait for somebody's list. */
function serve(file: SqliteFile, calls: readonly Call[]): void {
  const writes: Call[] = [];
  const others: Call[] = [];
  for (const call of calls) (call.name !== 'counts' && call.name !== 'close' && isWrite(call.name) ? writes : others).push(call);
  if (writes.length > 0) send({ kind: 'replies', replies: commitTogether(file, writes) });
  if (others.length > 0) send({ kind: 'replies', replies: others.map((call) => guarded(call, () => answer(file, call))) });
  if (others.some(({ name }) => name === 'close')) port.close();
}

function commitTogether(file: SqliteFile, writes: readonly Call[]): readonly Reply[] {
  const startedAt = performance.now();
  try {
    file.exec('begin immediate');
    const replies = writes.map((call) => inSavepoint(file, call));
    file.exec('commit');
    const ms = performance.now() - startedAt;
    if (ms >= slowMs) send({ kind: 'slow', ms, writes: writes.length });
    return replies;
  } catch (error) {
    rollBack(file);
    const trouble = describe(error, path);
    return writes.map(({ id }) => ({ id, trouble }));
  }
}

/** Throws when the whole transaction is lost. */
function inSavepoint(file: SqliteFile, call: Call): Reply {
  file.exec('savepoint one');
  try {
    const value = answer(file, call);
    if (call.name !== 'counts' && call.name !== 'close' && !stands(call.name, value)) file.exec('rollback to one');
    file.exec('release one');
    return { id: call.id, value };
  } catch (error) {
    if (!file.inTransaction() || spoilsAll(error)) throw error;
    file.exec('rollback to one');
    file.exec('release one');
    return { id: call.id, trouble: describe(error, path) };
  }
}

function rollBack(file: SqliteFile): void {
  try {
    if (file.inTransaction()) file.exec('rollback');
  } catch {
    // SQLite has rolled back by itself; the reason for it is what the callers get.
  }
}

function guarded(call: Call, run: () => unknown): Reply {
  try {
    return { id: call.id, value: run() };
  } catch (error) {
    return { id: call.id, trouble: describe(error, path) };
  }
}

function answer(file: SqliteFile, { name, args }: Call): unknown {
  if (name === 'counts') return file.counts();
  if (name === 'close') return file.close();
  const operation = operations[name] as (...given: readonly unknown[]) => Work<unknown>; // `name` and `args` were tied together by Ask's type on the other side
  return file.perform(operation(...args));
}

start();
