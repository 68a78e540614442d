/**
 * What is on its way in this process and will arrive without anybody's clock: bytes between our sockets, questions to our threads, Node's own
 * requests. Both ends of every connection of these tests are here, so that "nothing is on its way" can be known instead of waited for.
 */
import { subscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { Worker } from 'node:worker_threads';

/** Files, names, connections, bytes not yet handed over, immediates. Sockets, timers and threads as such may rest. */
const NODE_AT_WORK = /^(?:FSReq|GetAddrInfo|GetNameInfo|TCPConnect|PipeConnect|Write|Shutdown|Process|Immediate)/;

const clients = new Set<Socket>();
const servers = new Map<string, Socket>();
const threads = new Map<Worker, { readonly asked: Set<number>; isNew: boolean }>();

/** In words, for who waits too long; undefined: whatever comes next, a clock or a test has to begin it. */
export function underway(): string | undefined {
  const node = process.getActiveResourcesInfo().find((name) => NODE_AT_WORK.test(name));
  return node ?? onTheWire() ?? inThreads();
}

function onTheWire(): string | undefined {
  const known = new Set<string>();
  for (const client of clients) {
    if (client.connecting) return `a connection to port ${client.remotePort}`;
    // A pipe or a socket in the file system has no ports, and no other end that could be found.
    if (client.remotePort === undefined || client.localPort === undefined) continue;
    const line = `${client.localPort}>${client.remotePort}`;
    const server = servers.get(line);
    if (!server || server.bytesRead !== client.bytesWritten || client.bytesRead !== server.bytesWritten) return `bytes on ${line}`;
    known.add(line);
  }
  const left = [...servers.keys()].find((line) => !known.has(line));
  return left && `the end of ${left}`;
}

function inThreads(): string | undefined {
  const busy = [...threads.values()].find(({ asked, isNew }) => isNew || asked.size > 0);
  return busy && (busy.isNew ? 'the start of a thread' : `${busy.asked.size} questions to a thread`);
}

subscribe('net.client.socket', (message) => {
  const { socket } = message as { socket: Socket }; // documented with the channel
  clients.add(socket);
  socket.once('close', () => clients.delete(socket));
});
subscribe('net.server.socket', (message) => {
  const { socket } = message as { socket: Socket }; // documented with the channel
  if (socket.remotePort === undefined) return;
  const line = `${socket.remotePort}>${socket.localPort}`;
  servers.set(line, socket);
  socket.once('close', () => servers.get(line) === socket && servers.delete(line));
});
subscribe('worker_threads', (message) => {
  const { worker } = message as { worker: Worker }; // documented with the channel
  const thread = { asked: new Set<number>(), isNew: true };
  threads.set(worker, thread);
  worker.once('exit', () => threads.delete(worker));
  worker.on('message', (answer: unknown) => {
    thread.isNew = false;
    for (const id of idsOf(answer)) thread.asked.delete(id);
  });
});

const post = Worker.prototype.postMessage;
Worker.prototype.postMessage = function (this: Worker, ...args: Parameters<typeof post>) {
  for (const id of idsOf(args[0])) threads.get(this)?.asked.add(id);
  return post.apply(this, args);
};

/** Our threads are asked `{ id, … }`, one or a list, and answer `{ id, … }` or `{ replies: [{ id, … }] }`. */
function idsOf(message: unknown): readonly number[] {
  if (Array.isArray(message)) return message.flatMap(idsOf);
  if (typeof message !== 'object' || message === null) return [];
  if ('replies' in message) return idsOf(message.replies);
  return 'id' in message && typeof message.id === 'number' ? [message.id] : [];
}
