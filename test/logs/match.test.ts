import { describe, expect, it } from 'vitest';
import { Failure } from '../../src/lib/failure.ts';
import { matchTexts } from '../../src/logs/match.ts';

const never = new AbortController().signal;
const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'no failure',
    (error: unknown) => (error instanceof Failure ? error.code : String(error)),
  );

describe('matching texts', () => {
  it('plain words and real patterns ignore case and give one answer per text', async () => {
    const texts = ['ERROR one', 'fine', 'Failed two', ''];
    expect(await matchTexts(texts, 'error|fail', { deadlineMs: 5_000, signal: never })).toEqual([true, false, true, false]);
    expect(await matchTexts(texts, '^(?:error|failed) \\w+$', { deadlineMs: 5_000, signal: never })).toEqual([true, false, true, false]);
    expect(await matchTexts([], '\\d+', { deadlineMs: 5_000, signal: never })).toEqual([]);
  });

  it('a pattern that is slow without being exponential is ended at the deadline, while the process goes on', async () => {
    // Passes the check at load: a text of this length takes it minutes all the same.
    const slow = { pattern: '.*.*.*.*=x', texts: ['a'.repeat(4_000)] };
    let beats = 0;
    const timer = setInterval(() => beats++, 10);
    expect(await codeOf(matchTexts(slow.texts, slow.pattern, { deadlineMs: 400, signal: never }))).toBe('E_TIMEOUT');
    clearInterval(timer);
    expect(beats).toBeGreaterThan(5);
  });

  it('a search that nobody waits for any more is ended', async () => {
    const controller = new AbortController();
    const search = codeOf(matchTexts(['a'.repeat(4_000)], '.*.*.*.*=x', { deadlineMs: 60_000, signal: controller.signal }));
    controller.abort(new Failure('E_TIMEOUT', 'enough'));
    expect(await search).toBe('E_TIMEOUT');
    expect(await codeOf(matchTexts(['a'], 'a', { deadlineMs: 1, signal: controller.signal }))).toBe('E_TIMEOUT');
  });

  it('unsafe and broken patterns are never run', async () => {
    expect(await codeOf(matchTexts(['a'], '(a+)+$', { deadlineMs: 1_000, signal: never }))).toBe('E_REGEX_UNSAFE');
    expect(await codeOf(matchTexts(['a'], '([', { deadlineMs: 1_000, signal: never }))).toBe('E_REGEX_SYNTAX');
  });
});
