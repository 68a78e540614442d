import { describe, expect, it } from 'vitest';
import { Failure } from '../../src/lib/failure.ts';
import type { LogQuery } from '../../src/logs/backend.ts';
import { MINUTE, Story, service, T0 } from '../core/given.ts';
import { kind, world } from './world.ts';

const logged = { ...service, logs: [{ use: 'loki', options: {} }] };
const story = () => new Story().withChannel().when({ kind: 'releaseSeen', release: { current: 'v2.14.0', previous: 'v2.13.2', deployedAt: T0 - 4 * MINUTE } });
const params = { window: '10m', max_lines: 500 };
const OLD = 'ERROR gateway timeout after 2000 ms';
const NEW = "ERROR TypeError: Cannot read properties of undefined (reading 'total')";

/** Lines by whether they are from before or after the release. */
const logs = (before: readonly string[], after: readonly string[]) => (_: unknown, query: LogQuery) => {
  const texts = query.to <= T0 - 4 * MINUTE ? before : after;
  return Promise.resolve({ lines: texts.map((text) => ({ at: query.from, text })), truncated: false });
};

describe('check-logs', () => {
  it('says which errors are new since the release, and lists those first', async () => {
    const ending = await kind('check-logs').run(params, world(story(), { service: logged, searchLogs: logs([OLD, OLD], [OLD, OLD, OLD, NEW]) }));
    expect(ending).toMatchObject({ kind: 'done', data: { total: 4, groups: 2, new_errors: 1 } });
    expect(ending.kind === 'done' && ending.say).toContain('new since v2.14.0');
    expect(ending.kind === 'done' && ending.data.found).toMatchObject([
      { is_new: true, count: 1 },
      { is_new: false, count: 3 },
    ]);
  });

  it('compares with the time right before the release', async () => {
    const asked: LogQuery[] = [];
    const searchLogs = (_: unknown, query: LogQuery) => {
      asked.push(query);
      return Promise.resolve({ lines: [], truncated: false });
    };
    expect(await kind('check-logs').run(params, world(story(), { service: logged, searchLogs }))).toMatchObject({ kind: 'done', say: 'no errors in the logs' });
    const deployed = T0 - 4 * MINUTE;
    expect(asked.map(({ from, to }) => [from, to])).toEqual(
      expect.arrayContaining([
        [deployed, expect.any(Number)],
        [deployed - 10 * MINUTE, deployed],
      ]),
    );
  });

  it('keeps no secret, whatever the backend let through', async () => {
    const token = `ghp_${'a1B2'.repeat(9)}`;
    const ending = await kind('check-logs').run(params, world(story(), { service: logged, searchLogs: logs([], [`ERROR login with ${token} failed`]) }));
    expect(JSON.stringify(ending)).not.toContain(token);
    expect(JSON.stringify(ending)).toContain('[REDACTED');
  });

  it('asks the next backend when one is away, and throws the reason when none answers', async () => {
    const two = {
      ...service,
      logs: [
        { use: 'loki', options: {} },
        { use: 'file', options: {} },
      ],
    };
    const searchLogs = (backend: { use: string }, query: LogQuery) =>
      backend.use === 'loki' ? Promise.reject(new Failure('E_LOGS', 'Loki is away')) : logs([], [NEW])(backend, query);
    expect(await kind('check-logs').run(params, world(story(), { service: two, searchLogs }))).toMatchObject({ kind: 'done', data: { total: 1 } });
    await expect(kind('check-logs').run(params, world(story(), { service: logged, searchLogs }))).rejects.toMatchObject({ code: 'E_LOGS' });
  });

  it('without logs in services.yml it fails in words', async () => {
    expect(await kind('check-logs').run(params, world(story()))).toMatchObject({ kind: 'failed', code: 'E_LOGS' });
  });
});
