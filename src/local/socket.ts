/** The door for terminals: a Unix socket that only the user the program runs as may open. One request a connection. */
import { lstatSync, unlinkSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Log } from '../lib/log.ts';
import { makeRoom, type Place } from './place.ts';
import { type Answer, REQUEST_MAX_BYTES, type Request, refuse, request } from './protocol.ts';

/** A terminal sends its one line at once. */
const LIMITS = { connections: 16, requestMs: 5_000 };

export interface LocalDoorParts {
  readonly place: Place | undefined;
  readonly log: Log;
  readonly limits?: Partial<typeof LIMITS>;
  /** Never rejects. */
  answer(request: Request): Promise<Answer>;
}
export interface LocalDoor {
  /** Never rejects: without it everything else works, and the log says what does not. */
  listen(): Promise<void>;
  /** Takes nothing new; the file goes away. */
  close(): Promise<void>;
}

export function createLocalDoor({ place, log, answer, limits }: LocalDoorParts): LocalDoor {
  const { connections, requestMs } = { ...LIMITS, ...limits };
  const lines = new Set<Socket>();
  const server = createServer((socket) => {
    lines.add(socket);
    socket.once('close', () => lines.delete(socket));
    receive(socket, answer, requestMs);
  });
  server.maxConnections = connections;
  return {
    async listen() {
      if (!place) return log.info('a database in memory has no socket beside it: the commands of the terminal do not reach this program');
      try {
        makeRoom(place);
        await takePlace(server, place.path);
        server.on('error', (error) => log.warn({ err: error }, 'the socket for terminals has trouble'));
        log.info({ path: place.path, ...(place.isAway && { because: 'the path beside the database is too long for a socket' }) }, 'terminals may call');
      } catch (error) {
        log.warn({ err: error, path: place.path }, 'no socket for terminals: tagback rollback will not work; everything else does');
      }
    },
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve())); // also when it never listened
      for (const line of lines) line.destroy();
      await closed;
    },
  };
}

/** A file that nobody answers behind was left by a process that is gone. */
async function takePlace(server: Server, path: string): Promise<void> {
  try {
    await listenAt(server, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error; // net gives ErrnoException
    if (!lstatSync(path).isSocket()) throw new Error(`${path} is no socket; it was left as it is`);
    if (await isAnswered(path)) throw new Error(`another process answers at ${path}; it was left as it is`);
    unlinkSync(path);
    await listenAt(server, path);
  }
}

/** The file is made in this very call, and is never, not for an instant, open to others. */
function listenAt(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    const before = process.umask(0o177);
    try {
      server.listen(path, () => {
        server.off('error', reject);
        resolve();
      });
    } finally {
      process.umask(before);
    }
  });
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    // Only a refusal says that nobody is there; a full queue or a missing right does not.
    socket.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code !== 'ECONNREFUSED' && code !== 'ENOENT'));
  });
}

function receive(socket: Socket, serve: LocalDoorParts['answer'], requestMs: number): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const late = setTimeout(() => socket.destroy(), requestMs);
  const hear = (chunk: Buffer): void => {
    const end = chunk.indexOf(10);
    const part = end === -1 ? chunk : chunk.subarray(0, end);
    bytes += part.length;
    chunks.push(part);
    if (end === -1 && bytes <= REQUEST_MAX_BYTES) return;
    clearTimeout(late);
    socket.off('data', hear).resume();
    const read = bytes > REQUEST_MAX_BYTES ? { refusal: TOO_LARGE } : readRequest(Buffer.concat(chunks));
    void ('refusal' in read ? Promise.resolve(read.refusal) : serve(read.request)).then((said) => socket.end(`${JSON.stringify(said)}\n`)); // never rejects
  };
  socket.on('data', hear);
  socket.once('close', () => clearTimeout(late));
  socket.on('error', () => socket.destroy()); // whoever called is gone
}

const TOO_LARGE = refuse('E_TOO_LARGE', `a request is at most ${REQUEST_MAX_BYTES} bytes; nothing was done`);

function readRequest(line: Buffer): { readonly request: Request } | { readonly refusal: Answer } {
  try {
    const read = request.safeParse(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(line)));
    if (read.success) return { request: read.data };
    const [issue] = read.error.issues;
    const place = issue?.path.join('.') || '(root)';
    const isOld = issue?.path[0] === 'v';
    return {
      refusal: refuse('E_ARGS', `${isOld ? 'the running program is of another version' : `${place}: ${issue?.message ?? 'is wrong'}`}; nothing was done`),
    };
  } catch {
    return { refusal: refuse('E_JSON_SYNTAX', 'a request is one line of JSON in UTF-8; nothing was done') };
  }
}
