import { describe, expect, it } from 'vitest';
import type { GitHub } from '../../src/github/client.ts';
import { SANDBOX_TOKEN } from '../../src/sandbox/github/server.ts';
import { API, clientAt, failureOf, handClock, never } from './parts.ts';
import { markLatest, readReleases, sandbox } from './sandbox.ts';

describe('the hourly budget', () => {
  it.each([
    ['less than 200 is left', 5_000, 199],
    ['less than a tenth is left', 15_000, 1_400],
  ])('is kept for rollbacks when %s', async (_, limit, left) => {
    const { server, github } = await sandbox({ server: { tokens: { [SANDBOX_TOKEN]: { permissions: { contents: 'write' }, limit } } } });
    server.leave(left + 1, SANDBOX_TOKEN);
    await readReleases(github);
    const failure = await failureOf(readReleases(github));
    expect({ ...failure }).toMatchObject({ code: 'E_GITHUB_BUDGET', retryAt: github.budget().resetAt });
    expect(server.requests).toHaveLength(1);
    expect(await readReleases(github, 'rollback')).toHaveLength(6);
    await expect(markLatest(github)).resolves.toBeDefined();
  });

  it('is fresh again after its hour', async () => {
    const { clock, server, github } = await sandbox();
    server.leave(10, SANDBOX_TOKEN);
    await readReleases(github);
    await failureOf(readReleases(github));
    clock.advance(3_601_000);
    expect(await readReleases(github)).toHaveLength(6);
  });

  it('that is used up stops every call until GitHub said it may go on, and not one is sent meanwhile', async () => {
    const { clock, server, github } = await sandbox();
    server.faults.next('GET *', 'secondary');
    const first = await failureOf(readReleases(github));
    expect({ ...first }).toMatchObject({ code: 'E_GITHUB_LIMITED', retryAt: clock.now() + 60_000 });
    for (const call of [readReleases(github), readReleases(github, 'rollback'), markLatest(github)])
      expect((await failureOf(call)).code).toBe('E_GITHUB_LIMITED');
    expect(server.requests).toHaveLength(1);
    clock.advance(60_000);
    await markLatest(github);
    expect(server.requests).toHaveLength(2);
  });

  it('waits longer each time GitHub says no without saying how long', async () => {
    const clock = handClock();
    const github = clientAt(API, { clock, fetch: async () => Response.json({ message: 'You have exceeded a secondary rate limit' }, { status: 403 }) });
    const waits: number[] = [];
    for (let round = 0; round < 6; round += 1) {
      const { retryAt = 0 } = await failureOf(readReleases(github));
      waits.push((retryAt - clock.now()) / 60_000);
      clock.advance(retryAt - clock.now());
    }
    expect(waits).toEqual([1, 2, 4, 8, 15, 15]);
  });

  it('is read by GitHub’s clock when ours is wrong', async () => {
    const clock = handClock();
    const theirs = clock.now() + 7 * 3_600_000;
    const headers = {
      date: new Date(theirs).toUTCString(),
      'x-ratelimit-limit': '5000',
      'x-ratelimit-remaining': '4000',
      'x-ratelimit-reset': String(theirs / 1000 + 1800),
    };
    const github = clientAt(API, { clock, fetch: async () => Response.json([], { headers }) });
    await readReleases(github);
    expect(github.budget()).toEqual({ limit: 5000, remaining: 4000, resetAt: clock.now() + 1_800_000, anonymous: false, skewMs: 7 * 3_600_000 });
  });
});

describe('writes', () => {
  it('leave one second apart, in the order they were asked for', async () => {
    const { clock, server, github } = await sandbox();
    await markLatest(github);
    const rest = [markLatest(github), markLatest(github)];
    await readReleases(github);
    expect(server.effects).toHaveLength(1);
    for (const expected of [2, 3]) {
      clock.advance(1_000);
      await rest[expected - 2];
      expect(server.effects).toHaveLength(expected);
    }
    const times = server.effects.map(({ at }) => at);
    expect(times.map((at) => at - (times[0] ?? 0))).toEqual([0, 1_000, 2_000]);
  });

  it('whose turn would come after their deadline are refused at once, surely not sent', async () => {
    const clock = handClock();
    let sent = 0;
    const fetch = async () => {
      sent += 1;
      return Response.json({});
    };
    const github = clientAt(API, { clock, fetch });
    await markLatest(github);
    // The sixteenth may leave at 15 s, which is the deadline of all of them.
    for (let waiting = 1; waiting <= 15; waiting += 1) void markLatest(github).catch(() => {});
    const failure = await failureOf(markLatest(github));
    expect({ ...failure, sent }).toMatchObject({ code: 'E_GITHUB_LIMITED', retryAt: clock.now() + 16_000, unclear: false, sent: 1 });
  });

  it('do not leave when GitHub said "enough" while they waited for their turn', async () => {
    const { clock, server, github } = await sandbox();
    await markLatest(github);
    const waiting = failureOf(markLatest(github));
    server.faults.next('GET *', 'secondary');
    await failureOf(readReleases(github));
    clock.advance(1_000);
    expect({ ...(await waiting) }).toMatchObject({ code: 'E_GITHUB_LIMITED', unclear: false });
    expect(server.effects).toHaveLength(1);
  });

  it.each(['before', 'while'])('of a caller who gives up %s they wait for their turn are never sent', async (when) => {
    const { clock, server, github } = await sandbox();
    await markLatest(github);
    const control = new AbortController();
    if (when === 'before') control.abort();
    const waiting = failureOf(markLatest(github, control.signal));
    while (when === 'while' && !clock.pendingMs().includes(1_000)) await new Promise(setImmediate);
    control.abort();
    expect({ ...(await waiting) }).toMatchObject({ code: 'E_TIMEOUT', unclear: false });
    clock.advance(60_000);
    await readReleases(github);
    expect(server.effects).toHaveLength(1);
  });

  it('stop at 500 an hour', async () => {
    const clock = handClock();
    const github = clientAt(API, { clock, fetch: async () => Response.json({}) });
    for (let sent = 0; sent < 500; sent += 1) {
      await markLatest(github);
      clock.advance(1_000);
    }
    expect({ ...(await failureOf(markLatest(github))) }).toMatchObject({ code: 'E_GITHUB_LIMITED', unclear: false });
    clock.advance(3_600_000);
    await markLatest(github);
  });
});

describe('rollbacks', () => {
  const rollBack = (github: GitHub): Promise<unknown> => markLatest(github, never(), 'rollback');

  it('do not wait for each other, nor for a write that waits for its second', async () => {
    const { server, github } = await sandbox();
    await markLatest(github);
    const waiting = new AbortController();
    const other = failureOf(markLatest(github, waiting.signal));
    await Promise.all(Array.from({ length: 10 }, () => rollBack(github)));
    expect(server.effects).toHaveLength(11);
    waiting.abort();
    await other;
  });

  it('keep to what GitHub takes in a minute: the 76th waits until the first is a minute old', async () => {
    const { clock, server, github } = await sandbox();
    await Promise.all(Array.from({ length: 40 }, () => rollBack(github)));
    clock.advance(50_000);
    await Promise.all(Array.from({ length: 35 }, () => rollBack(github)));
    const last = rollBack(github);
    await readReleases(github);
    expect(server.effects).toHaveLength(75);
    clock.advance(9_999);
    await readReleases(github);
    expect(server.effects).toHaveLength(75);
    clock.advance(1);
    await last;
    expect(server.effects).toHaveLength(76);
  });

  it('are told when to come again if their turn would come after their deadline, and are surely not sent', async () => {
    const clock = handClock();
    let sent = 0;
    const fetch = async () => {
      sent += 1;
      return Response.json({});
    };
    const github = clientAt(API, { clock, fetch });
    await Promise.all(Array.from({ length: 75 }, () => rollBack(github)));
    const failure = await failureOf(rollBack(github));
    expect({ ...failure, sent }).toMatchObject({ code: 'E_GITHUB_LIMITED', retryAt: clock.now() + 60_000, unclear: false, sent: 75 });
  });

  it('stop at 500 an hour, too, and other writes count', async () => {
    const clock = handClock();
    const github = clientAt(API, { clock, fetch: async () => Response.json({}) });
    for (let sent = 0; sent < 500; sent += 1) {
      await (sent % 2 === 0 ? rollBack(github) : markLatest(github));
      clock.advance(1_000);
    }
    expect({ ...(await failureOf(rollBack(github))) }).toMatchObject({ code: 'E_GITHUB_LIMITED', unclear: false });
  });
});
