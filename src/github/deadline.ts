/** One deadline over everything a call needs: the credential, the tries, the pauses between them. */
import type { Clock } from '../lib/clock.ts';
import type { Lost } from './transport.ts';

export interface Deadline {
  readonly signal: AbortSignal;
  passed(): boolean;
  /** Why it ended, for a sentence. */
  says(): string;
  leftMs(): number;
  /** The promise, or `lost` as soon as time is up, whatever the promise still does. */
  race<T>(promise: Promise<T>): Promise<T | Lost>;
  /** Resolves at that time, or at once when the deadline passes. */
  rest(ms: number): Promise<void>;
  end(): void;
}

export function deadline(clock: Clock, { ms, signal }: { readonly ms: number; readonly signal: AbortSignal }): Deadline {
  const control = new AbortController();
  const endsAt = clock.now() + ms;
  const cancelled = (): void => control.abort();
  const takeBack = clock.at(endsAt, () => control.abort());
  signal.addEventListener('abort', cancelled, { once: true });
  if (signal.aborted) control.abort();

  /** Calls back once when time is up; gives back how to stop listening. */
  function onEnd(fn: () => void): () => void {
    if (control.signal.aborted) fn();
    else control.signal.addEventListener('abort', fn, { once: true });
    return () => control.signal.removeEventListener('abort', fn);
  }
  return {
    signal: control.signal,
    passed: () => control.signal.aborted,
    says: () => (signal.aborted ? 'it was cancelled before an answer came' : `no answer came within ${ms / 1000} s`),
    leftMs: () => endsAt - clock.now(),
    race: (promise) =>
      new Promise((resolve, reject) => {
        const quit = onEnd(() => resolve({ kind: 'lost', sent: true, cause: 'deadline' }));
        promise.then(resolve, reject).finally(quit);
      }),
    rest: (restMs) => new Promise((resolve) => (restMs <= 0 || control.signal.aborted ? resolve() : wakeOnce(resolve, { clock, restMs, onEnd }))),
    end() {
      takeBack();
      signal.removeEventListener('abort', cancelled);
    },
  };
}

interface Rest {
  readonly clock: Clock;
  readonly restMs: number;
  onEnd(fn: () => void): () => void;
}
function wakeOnce(fn: () => void, { clock, restMs, onEnd }: Rest): void {
  // The clock's timers let the process end, but a call that rests is not over: `tagback doctor` would leave without a word.
  const awake = setInterval(() => {}, restMs);
  const stop = clock.at(clock.now() + restMs, wake);
  const quit = onEnd(wake);
  function wake(): void {
    clearInterval(awake);
    stop();
    quit();
    fn();
  }
}
