/** One GET of a key URL. */
import { Failure } from '../lib/failure.ts';
import { fetchConfigured } from './fetch.ts';

export interface ProbeLimits {
  readonly timeoutMs: number;
  readonly maxBytes: number;
}
export const PROBE_LIMITS: ProbeLimits = { timeoutMs: 5_000, maxBytes: 64 * 1024 };

/** The shape of `Probe` in steps/step.ts. */
export interface ProbeAnswer {
  /** undefined: no answer, `error` says why. */
  readonly status: number | undefined;
  readonly ms: number;
  readonly body: string;
  readonly error: string | undefined;
}

/** Never throws: no answer is an answer. `ms` is the time until the body was there. */
export async function probe(url: string, limits: Partial<ProbeLimits>, signal: AbortSignal): Promise<ProbeAnswer> {
  const startedAt = performance.now();
  const ms = (): number => Math.round(performance.now() - startedAt);
  try {
    const { status, body } = await fetchConfigured({ url, ...PROBE_LIMITS, ...limits }, signal);
    return { status, ms: ms(), body: body.toString('utf8'), error: undefined };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { status: undefined, ms: ms(), body: '', error: `${error.code}: ${error.message}` };
  }
}
