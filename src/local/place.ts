/** Where the socket is: beside the database, so that whoever has the settings finds it, and nobody else may open it. */
import { hash } from 'node:crypto';
import { lstatSync, mkdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

/** sun_path holds 108 bytes on Linux and 104 elsewhere, the closing NUL included (unix(7), sys/un.h). */
const PATH_MAX_BYTES = process.platform === 'linux' ? 107 : 103;
const NAME = 'tagback.sock';

export interface Place {
  readonly path: string;
  /** The folder of the database. */
  readonly home: string;
  /** Its path is too long for a socket: it is in a folder of our own in the system's temporary one. */
  readonly isAway: boolean;
}

/** Undefined: a database that is not in a file has nothing beside it. */
export function placeOf(databasePath: string): Place | undefined {
  if (databasePath === ':memory:') return undefined;
  const home = dirname(resolve(databasePath));
  const path = join(home, NAME);
  if (Buffer.byteLength(path) <= PATH_MAX_BYTES) return { path, home, isAway: false };
  const away = join(tmpdir(), `tagback-${uid()}-${hash('sha256', resolve(databasePath), 'hex').slice(0, 16)}`);
  return { path: join(away, NAME), home, isAway: true };
}

const uid = (): number => process.getuid?.() ?? 0;

/** Everybody may write to the temporary folder: what lies there counts only when it is ours and closed to all others. */
export function makeRoom({ path, isAway }: Place): void {
  if (!isAway) return;
  const folder = dirname(path);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (!isClosed(folder, [uid()])) throw new Error(`${folder} belongs to somebody else or is open to others`);
}

function isClosed(folder: string, owners: readonly number[]): boolean {
  const found = lstatSync(folder);
  return found.isDirectory() && owners.includes(found.uid) && (found.mode & 0o077) === 0;
}

/** Whether a token may be told to what listens there. Throws ENOENT and EACCES of the file system. */
export function isTrusted({ path, home, isAway }: Place): boolean {
  const socket = lstatSync(path);
  const owners = [uid(), statSync(home).uid];
  return socket.isSocket() && owners.includes(socket.uid) && (!isAway || isClosed(dirname(path), owners));
}
