/** What came in, for tests to look at. Secrets stay out: of the Authorization header only the scheme is kept. */
import type { Fault } from './faults.ts';

export interface RecordedRequest {
  readonly at: number;
  readonly id: string;
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: string;
  /** `none`, `bearer`, `token`, `basic`, … */
  readonly auth: string;
  readonly caller: 'anonymous' | 'unknown' | 'app' | { readonly login: string };
  /** As it came, cut at 10 000 characters. */
  readonly body: string;
  /** undefined: no answer was given. */
  readonly status: number | undefined;
  readonly fault: Fault | undefined;
}
export interface Requests {
  readonly all: readonly RecordedRequest[];
  nextId(): string;
  add(request: Omit<RecordedRequest, 'at'>): void;
}

// A playground may be open for days; older requests than these are forgotten.
const MOST_KEPT = 20_000;
const LONGEST_BODY_CHARS = 10_000;

export function createRequests(now: () => number): Requests {
  const all: RecordedRequest[] = [];
  let count = 0;
  return {
    all,
    nextId: () => `SAND:${(++count).toString(16).toUpperCase().padStart(6, '0')}`,
    add(request) {
      all.push({ at: now(), ...request, body: request.body.slice(0, LONGEST_BODY_CHARS) });
      if (all.length > MOST_KEPT) all.splice(0, MOST_KEPT / 10);
    },
  };
}
