/** The terminal's side of the socket. Nothing here decides; the program answers, or it is not there. */
import { connect, type Socket } from 'node:net';
import { isTrusted, type Place } from './place.ts';
import { ANSWER_MAX_BYTES, type Answer, type Ask, answer } from './protocol.ts';

export type Heard =
  | { readonly kind: 'answer'; readonly answer: Answer }
  /** Nobody listens: the program does not run. Surely nothing was done. */
  | { readonly kind: 'down'; readonly because: string }
  /** This user may not open the socket, or it is not to be trusted with a token. Surely nothing was done. */
  | { readonly kind: 'barred'; readonly because: string }
  /** It was there, and no answer came: it may have been done. */
  | { readonly kind: 'lost'; readonly because: string };

/** A dry run reads everything around a service. */
const ANSWER_MAX_MS = 90_000;

/** Why nothing can be asked here; undefined: something that may be told a token listens. */
export async function knock(place: Place): Promise<Heard | undefined> {
  const socket = reach(place);
  if ('kind' in socket) return socket;
  return new Promise((resolve) => {
    socket.once('connect', () => {
      socket.destroy();
      resolve(undefined);
    });
    socket.once('error', (error) => resolve(unheard(error, place.path)));
  });
}

export async function tell(place: Place, token: string, ask: Ask): Promise<Heard> {
  const socket = reach(place);
  if ('kind' in socket) return socket;
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    let isThere = false;
    const lost = (because: string): void => {
      socket.destroy();
      resolve({ kind: 'lost', because });
    };
    socket.setTimeout(ANSWER_MAX_MS, () => lost(`no answer came within ${ANSWER_MAX_MS / 1000} s`));
    socket.once('connect', () => {
      isThere = true;
      socket.write(`${JSON.stringify({ v: 1, token, ask })}\n`);
    });
    socket.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > ANSWER_MAX_BYTES) return lost('the answer is too long to be one');
      chunks.push(chunk);
    });
    socket.once('error', (error) => (isThere ? lost(error.message) : resolve(unheard(error, place.path))));
    socket.once('close', () => resolve(readAnswer(Buffer.concat(chunks).toString())));
  });
}

function reach(place: Place): Socket | Heard {
  try {
    if (isTrusted(place)) return connect(place.path);
    return { kind: 'barred', because: `${place.path} belongs to another user than the database; the token was not sent` };
  } catch (error) {
    return unheard(error, place.path);
  }
}

function readAnswer(line: string): Heard {
  if (!line.endsWith('\n')) return { kind: 'lost', because: 'the line was closed before an answer came' };
  try {
    return { kind: 'answer', answer: answer.parse(JSON.parse(line)) };
  } catch {
    return { kind: 'lost', because: 'the answer cannot be read; the program may be of another version' };
  }
}

function unheard(error: unknown, path: string): Heard {
  const { code, message } = error as NodeJS.ErrnoException; // of node:fs or node:net
  if (code === 'ENOENT') return { kind: 'down', because: `there is no ${path}` };
  if (code === 'ECONNREFUSED') return { kind: 'down', because: `nobody answers at ${path}` };
  if (code === 'EACCES' || code === 'EPERM') return { kind: 'barred', because: `only the user the program runs as may open ${path}` };
  return { kind: 'lost', because: message };
}
