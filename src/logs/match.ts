/** Which texts a pattern from a playbook matches, ignoring case, without ever blocking the process. */
import { Worker } from 'node:worker_threads';
import { Failure } from '../lib/failure.ts';
import { checkPattern } from '../lib/pattern.ts';

export interface MatchLimits {
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
}

// Only letters and plain signs between bars: V8 searches these in linear time, and a thread would cost more than the search.
const PLAIN = /^[\w \-:=/'"<>,@#%&~!;|]{1,200}$/;
const PLAIN_CHARS = 512 * 1024;
const START_MS = 10_000;

/** Throws E_REGEX_SYNTAX, E_REGEX_UNSAFE, or E_TIMEOUT when the search takes longer than the deadline. */
export async function matchTexts(texts: readonly string[], pattern: string, limits: MatchLimits): Promise<readonly boolean[]> {
  const verdict = checkPattern(pattern);
  if (!verdict.ok) throw new Failure(verdict.code, verdict.because, { permanent: true });
  limits.signal.throwIfAborted();
  const chars = texts.reduce((sum, text) => sum + text.length, 0);
  if (PLAIN.test(pattern) && chars <= PLAIN_CHARS) {
    const expression = new RegExp(pattern, 'i');
    return texts.map((text) => expression.test(text));
  }
  const hits = await inWorker({ texts, patterns: [pattern], about: `the search for '${pattern.slice(0, 80)}'` }, limits);
  return hits.map((hit) => hit >= 0);
}

/** For each text the index of the first pattern that matches it, or -1; undefined: it took longer than the deadline. Patterns were checked when they were loaded. */
export async function matchEach(texts: readonly string[], patterns: readonly string[], limits: MatchLimits): Promise<readonly number[] | undefined> {
  limits.signal.throwIfAborted();
  try {
    return await inWorker({ texts, patterns, about: 'the search for known errors' }, limits);
  } catch (error) {
    if (error instanceof Failure && error.code === 'E_TIMEOUT' && !limits.signal.aborted) return undefined;
    throw error;
  }
}

interface Work {
  readonly texts: readonly string[];
  readonly patterns: readonly string[];
  readonly about: string;
}

function inWorker({ texts, patterns, about }: Work, { deadlineMs, signal }: MatchLimits): Promise<readonly number[]> {
  const worker = new Worker(new URL('./match-worker.ts', import.meta.url), {
    workerData: { patterns, texts },
    resourceLimits: { maxOldGenerationSizeMb: 128 },
  });
  return new Promise<readonly number[]>((resolve, reject) => {
    const late = (): void =>
      reject(new Failure('E_TIMEOUT', `${about} took longer than ${deadlineMs} ms`, { hint: 'use a simpler log_pattern or a shorter window' }));
    // The deadline is the pattern's; on a busy machine the thread itself takes seconds to begin.
    let timer = setTimeout(late, deadlineMs + START_MS);
    worker.once('online', () => {
      clearTimeout(timer);
      timer = setTimeout(late, deadlineMs);
    });
    const aborted = (): void => reject(signal.reason instanceof Error ? signal.reason : new Failure('E_TIMEOUT', 'the log search was cancelled'));
    signal.addEventListener('abort', aborted, { once: true });
    worker.once('message', (found: Int32Array) => resolve([...found]));
    worker.once('error', (error) => reject(new Failure('E_LOGS', 'the log search broke down', { cause: error })));
    worker.once('exit', () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', aborted);
      reject(new Failure('E_LOGS', 'the log search ended without an answer'));
    });
  }).finally(() => worker.terminate());
}
