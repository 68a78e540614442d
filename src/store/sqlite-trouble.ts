/** What SQLite's error codes mean to the person who runs Tagback. */
import { Failure } from '../lib/failure.ts';

/** A `Failure` as it crosses from the writer thread. */
export interface Trouble {
  readonly code: Failure['code'];
  readonly message: string;
  readonly hint: string | undefined;
  readonly permanent: boolean;
}

// Primary result codes, sqlite.org/rescode.html; extended codes carry them in the lowest byte.
const LOCKED = [5, 6];
const READ_ONLY = 8;
const IO = 10;
const DAMAGED = [11, 26];
const FULL = 13;
const CANNOT_OPEN = 14;
/** These spoil the whole transaction, not only the statement that met them: no memory, read-only, interrupted, I/O, damaged, full, not a database. */
const SPOILS_ALL = new Set([7, READ_ONLY, 9, IO, FULL, ...DAMAGED]);

function primaryCode(error: unknown): number | undefined {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode & 0xff : undefined;
}

export function spoilsAll(error: unknown): boolean {
  return SPOILS_ALL.has(primaryCode(error) ?? -1);
}

export function describe(error: unknown, path: string): Trouble {
  if (error instanceof Failure) return { code: error.code, message: error.message, hint: error.hint, permanent: error.permanent };
  const code = primaryCode(error);
  const text = error instanceof Error ? error.message : String(error);
  if (code === undefined) return { code: 'E_STORE', message: `${path}: ${text}; this write was not stored`, hint: undefined, permanent: false };
  const [message, hint, permanent] = explain(code, path);
  return { code: 'E_STORE', message: `${message} (${text})`, hint, permanent };
}

function explain(code: number, path: string): readonly [message: string, hint: string | undefined, permanent: boolean] {
  if (LOCKED.includes(code)) {
    const hint = 'stop the other Tagback, or the sqlite3 shell, that has it open; one database belongs to one process';
    return [`${path} is in use by another process; nothing was changed`, hint, false];
  }
  if (DAMAGED.includes(code)) {
    return [`${path} is damaged or is not a Tagback database; nothing was changed`, 'keep the file for analysis and restore the latest backup', true];
  }
  if (code === FULL) {
    return [`no space left to write ${path}; this write was not stored`, 'free space on that disk; Tagback goes on by itself, repeat the call later', false];
  }
  if (code === READ_ONLY || code === CANNOT_OPEN) {
    const hint = 'the folder must exist and both folder and file must be writable for the user that runs Tagback';
    return [`${path} cannot be opened for writing; nothing was changed`, hint, true];
  }
  if (code === IO) {
    const hint = 'check the disk, its free space and its limits; Tagback goes on by itself once writes work, repeat the call later';
    return [`reading or writing ${path} failed; this write was not stored`, hint, false];
  }
  return [`${path} refused a statement; this write was not stored`, undefined, false];
}
