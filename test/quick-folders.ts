/**
 * Where tests write their files, and where Node keeps what it compiled: a folder of this run, in memory where there is room. What tests kill
 * are processes, never the machine, so nothing is proved by waiting for a disk; nor by compiling the same files for each of a thousand threads.
 */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const IN_MEMORY = '/dev/shm';
/** A container's own is 64 MiB small unless it is told otherwise, and browsers want some of it. */
const ROOM_BYTES = 2 * 1024 ** 3;

export default function setup(): () => void {
  const folder = mkdtempSync(join(hasRoom() ? IN_MEMORY : tmpdir(), 'tagback-'));
  // Like the common one: some tests run programs as somebody else.
  chmodSync(folder, 0o1777);
  const compiled = join(folder, 'compiled');
  mkdirSync(compiled, { mode: 0o777 });
  const before = { TMPDIR: process.env.TMPDIR, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE };
  Object.assign(process.env, { TMPDIR: folder, NODE_COMPILE_CACHE: compiled });
  return () => {
    for (const [name, value] of Object.entries(before)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    rmSync(folder, { recursive: true, force: true });
  };
}

function hasRoom(): boolean {
  try {
    const { bavail, bsize } = statfsSync(IN_MEMORY);
    return bavail * bsize >= ROOM_BYTES;
  } catch {
    return false; // no Linux
  }
}
