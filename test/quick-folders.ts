/**
 * Where tests write their files, and where Node keeps what it compiled: a folder of this run, in memory where there is room. What tests kill
 * are processes, never the machine, so nothing is proved by waiting for a disk; nor by compiling the same files for each of a thousand threads.
 */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statfsSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const IN_MEMORY = '/dev/shm';
/** A container's own is 64 MiB small unless it is told otherwise, and browsers want some of it. */
const ROOM_BYTES = 2 * 1024 ** 3;
/** Longer than any run; what is older and whose process is gone was left behind by a run that was killed. */
const OLD_MS = 3_600_000;

export default function setup(): () => void {
  const place = hasRoom() ? IN_MEMORY : tmpdir();
  sweep(place);
  const folder = mkdtempSync(join(place, `tagback-${process.pid}-`));
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

function sweep(place: string): void {
  for (const name of readdirSync(place)) {
    const [, pid] = /^tagback-(\d+)-\w{6}$/.exec(name) ?? [];
    if (pid === undefined || existsSync(`/proc/${pid}`)) continue;
    const path = join(place, name);
    const { mtimeMs = Date.now() } = statSync(path, { throwIfNoEntry: false }) ?? {};
    if (Date.now() - mtimeMs > OLD_MS) rmSync(path, { recursive: true, force: true });
  }
}
