/** What went wrong → one log line (path without its query, never the body) and one answer. */
import type { Clock } from '../lib/clock.ts';
import { Failure } from '../lib/failure.ts';
import type { Log } from '../lib/log.ts';
import { type HttpAnswer, refusal } from './answer.ts';

/** Lines per code; a guesser of tokens must not fill the disk. */
const LINES_PER_MINUTE = 10;
const MINUTE_MS = 60_000;

export type Refuse = (error: unknown, asked: { method: string; path: string; ip: string }) => HttpAnswer;

export function createRefusals({ log, clock }: { log: Log; clock: Clock }): Refuse {
  const lines = new Map<string, { minute: number; count: number }>();

  const isWorthALine = (code: string): boolean => {
    const minute = Math.floor(clock.now() / MINUTE_MS);
    const known = lines.get(code);
    const entry = known?.minute === minute ? known : { minute, count: 0 };
    lines.set(code, entry);
    entry.count += 1;
    return entry.count <= LINES_PER_MINUTE;
  };

  return (error, { method, path, ip }) => {
    const asked = { method, path: path.slice(0, 200), ip };
    if (!(error instanceof Failure)) {
      log.error({ err: error, ...asked }, 'request failed');
      return refusal(new Failure('E_INTERNAL', 'something nobody planned for', { hint: 'the log says more' }));
    }
    if (isWorthALine(error.code)) log.warn({ code: error.code, because: error.message, at: error.path, err: error.cause, ...asked }, 'request refused');
    return refusal(error);
  };
}
