/** Answers GitHub may confirm with a 304, which costs nothing of the hourly budget. Oldest use leaves first. */
import type { Answer } from './refusal.ts';

const ENTRIES_MAX = 200;
const BYTES_MAX = 16 * 1024 * 1024;
const ENTRY_MAX_BYTES = 2 * 1024 * 1024;

interface Entry {
  readonly etag: string;
  readonly data: unknown;
  readonly bytes: number;
}
export interface Etags {
  get(key: string): Entry | undefined;
  keep(key: string, answer: Answer): void;
}

export function createEtags(): Etags {
  const entries = new Map<string, Entry>();
  let bytes = 0;
  function drop(key: string): void {
    bytes -= entries.get(key)?.bytes ?? 0;
    entries.delete(key);
  }
  return {
    get(key) {
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      entries.delete(key);
      entries.set(key, entry);
      return entry;
    },
    keep(key, { headers, data }) {
      const { etag } = headers;
      // Set by our transport to what was really read.
      const size = Number(headers['content-length'] ?? ENTRY_MAX_BYTES + 1);
      drop(key);
      if (typeof etag !== 'string' || !(size <= ENTRY_MAX_BYTES)) return;
      entries.set(key, { etag, data, bytes: size });
      bytes += size;
      for (const oldest of entries.keys()) {
        if (entries.size <= ENTRIES_MAX && bytes <= BYTES_MAX) break;
        drop(oldest);
      }
    },
  };
}
