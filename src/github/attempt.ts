import { Failure } from '../lib/failure.ts';

export type Tried<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly gap: string };

/** A Failure becomes a gap with a name; anything else is a mistake of ours and is thrown. */
export async function attempt<T>(name: string, work: Promise<T>): Promise<Tried<T>> {
  try {
    return { ok: true, value: await work };
  } catch (error) {
    return { ok: false, gap: gapOf(name, error) };
  }
}

export function gapOf(name: string, error: unknown): string {
  if (error instanceof Failure) return `${name}: ${error.message}`;
  throw error;
}
