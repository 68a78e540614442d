import { describe, expect, it } from 'vitest';
import type { Json } from '../../src/core/model.ts';
import { Failure } from '../../src/lib/failure.ts';
import type { LogQuery } from '../../src/logs/backend.ts';
import type { LogHelp } from '../../src/logs/help.ts';
import type { ReleaseDiff } from '../../src/logs/touched.ts';
import { shippedErrors } from '../../src/playbook/known-errors.ts';
import { SANDBOX_TOKEN } from '../../src/sandbox/github/server.ts';
import { logFindings } from '../../src/slack/view-logs.ts';
import type { World } from '../../src/steps/step.ts';
import { logHelp } from '../../src/wire-parts.ts';
import { MINUTE, Story, service, T0 } from '../core/given.ts';
import { sandbox } from '../github/sandbox.ts';
import { kind, world } from './world.ts';

const logged = { ...service, logs: [{ use: 'loki', options: {} }] };
const DEPLOYED = T0 - 4 * MINUTE;
const released = (release = { current: 'v2.14.0', previous: 'v2.13.2', deployedAt: DEPLOYED } as const) =>
  new Story().withChannel().when({ kind: 'releaseSeen', release });
const params = { window: '10m', max_lines: 500, max_seconds: 5 };
const OLD = 'ERROR gateway timeout after 2000 ms';
const NEW =
  "ERROR TypeError: Cannot read properties of undefined (reading 'total')\n    at cartTotal (/srv/app/src/cart/total.ts:41:23)\n    at get (/srv/app/node_modules/x/y.js:1:1)";

/** Lines by whether they are from before or after the release. */
const logs =
  (before: readonly string[], after: readonly string[], truncated = false) =>
  (_: unknown, query: LogQuery) => {
    const texts = query.to <= DEPLOYED ? before : after;
    return Promise.resolve({ lines: texts.map((text, index) => ({ at: query.from + index, text })), truncated });
  };
const diff: ReleaseDiff = {
  base: 'v2.13.2',
  head: 'v2.14.0',
  files: [
    {
      path: 'src/cart/total.ts',
      status: 'modified',
      patch: '@@ -39,4 +39,5 @@ export function cartTotal(\n a\n b\n+c\n d\n e',
      url: 'https://github.example/blob/total.ts',
    },
  ],
  truncated: false,
  url: 'https://github.example/compare',
  pulls: [482],
  authors: ['ada'],
};
const run = (more: Partial<World & LogHelp> = {}, story = released()) => kind('check-logs').run(params, world(story, { service: logged, ...more }));
type Data = Readonly<Record<string, Json>>;
const dataOf = async (ending: ReturnType<typeof run>): Promise<Data> => {
  const ended = await ending;
  if (ended.kind !== 'done') throw new Error(`the step ${ended.kind}`);
  return ended.data;
};

describe('check-logs', () => {
  it('says which errors are new since the release, and lists those first', async () => {
    const ending = await run({ searchLogs: logs([OLD, OLD], [OLD, OLD, OLD, NEW]) });
    expect(ending).toMatchObject({ kind: 'done', data: { total: 4, groups: 2, new_errors: 1 } });
    expect(ending.kind === 'done' && ending.say).toContain('new since v2.14.0');
    expect(ending.kind === 'done' && ending.data.found).toMatchObject([
      { is_new: true, count: 1, before: 0, first_at: DEPLOYED + 3 },
      { is_new: false, count: 3, before: 2 },
    ]);
  });

  it('compares with the time right before the release, as long as the time since and never shorter than the window', async () => {
    const asked: LogQuery[] = [];
    const searchLogs = (_: unknown, query: LogQuery) => {
      asked.push(query);
      return Promise.resolve({ lines: [], truncated: false });
    };
    expect(await run({ searchLogs })).toMatchObject({ kind: 'done', say: 'no errors in the logs' });
    expect(asked.map(({ from, to }) => [from, to])).toEqual(
      expect.arrayContaining([
        [DEPLOYED, expect.any(Number)],
        [DEPLOYED - 10 * MINUTE, DEPLOYED],
      ]),
    );
    expect(asked.every(({ timeoutMs, maxLines }) => timeoutMs === 5_000 && maxLines === 500)).toBe(true);
  });

  it('an old release is compared with the time before it, too: what has been failing since is still new since it', async () => {
    const asked: LogQuery[] = [];
    const deployedAt = T0 - 300 * MINUTE;
    const searchLogs = (_: unknown, query: LogQuery) => {
      asked.push(query);
      return Promise.resolve({ lines: query.to <= deployedAt ? [] : [{ at: query.from, text: NEW }], truncated: false });
    };
    const story = new Story().withChannel().when({ kind: 'releaseSeen', release: { current: 'v2.14.0', previous: 'v2.13.2', deployedAt } });
    expect(await run({ searchLogs }, story)).toMatchObject({ say: expect.stringContaining('1 kind of error, new since v2.14.0') });
    const [now, before] = asked;
    expect(now?.from).toBeGreaterThan(deployedAt);
    expect(before?.to).toBe(deployedAt);
    expect((before?.to ?? 0) - (before?.from ?? 0)).toBeGreaterThanOrEqual((now?.to ?? 0) - (now?.from ?? 0));
  });

  it('without a known release nothing is said to be new since one', async () => {
    const ending = await run(
      { searchLogs: (_, { to }) => Promise.resolve({ lines: to >= T0 ? [{ at: to, text: NEW }] : [], truncated: false }) },
      new Story().withChannel(),
    );
    expect(ending).toMatchObject({ say: expect.stringMatching(/^1 kind of error, new; most: TypeError/), data: { since: null } });
  });

  it('names the changed file, who changed it last, and what the error means', async () => {
    const asks: unknown[] = [];
    const data = await dataOf(
      run({
        searchLogs: logs([OLD], [OLD, NEW, NEW]),
        releaseDiff: (ask) => {
          asks.push(ask);
          return Promise.resolve(diff);
        },
        lastChange: () => Promise.resolve({ sha: 'abcdef0123', url: 'https://github.example/pull/482', author: 'ada', pull: 482 }),
        knownErrors: () => [{ id: 'missing-value', match: ['of undefined'], title: 'Empty', means: 'm', check: 'c', do: 'd', in: {} }],
      }),
    );
    expect(asks).toEqual([{ repo: logged.repo, base: 'v2.13.2', head: 'v2.14.0' }]);
    expect(data).toMatchObject({ in_release: 1, known: ['missing-value'], since: 'v2.14.0' });
    expect(data.found).toMatchObject([
      {
        known: { id: 'missing-value', do: 'd' },
        release: { is: 'touched', path: 'src/cart/total.ts', line: 41, reach: 'line', sureness: 'sure', origin: { pull: 482, author: 'ada' } },
      },
      { known: null, release: { is: 'unknown' } },
    ]);
  });

  it('shows author, pull request and commit of the touched line, as GitHub has them', async () => {
    const { github, server } = await sandbox();
    const data = await dataOf(run({ searchLogs: logs([OLD], [OLD, NEW]), ...logHelp(github) }));
    const shown = JSON.stringify(logFindings(data));
    expect(shown).toMatch(/v2\.14\.0 changed this very line, <[^|]*\/src\/cart\/total\.ts#L41\|src\/cart\/total\.ts:41>/);
    expect(shown).toContain(` · last by mira-k in <${server.url}/acme/shop/pull/474|#474> (`);
    // The commit is the one that brought the line, not the tip of the release.
    const sha = /\|#474> \(([0-9a-f]{7})\)/.exec(shown)?.[1];
    const commit = await fetch(`${server.url}/repos/acme/shop/commits/${sha}`, { headers: { authorization: `Bearer ${SANDBOX_TOKEN}` } });
    expect(await commit.json()).toMatchObject({ commit: { message: 'Cart totals: apply the loyalty discount per line (#474)' } });
  });

  it('asks once who changed a file, however many errors come from it, and nothing of a file the release leaves alone', async () => {
    const asked: unknown[] = [];
    const other = NEW.replace('TypeError: Cannot read properties of undefined', 'RangeError: Invalid').replace('cartTotal', 'cartSum');
    const elsewhere = NEW.replace('TypeError', 'SyntaxError').replace('src/cart/total.ts', 'src/api/cart.ts');
    const data = await dataOf(
      run({
        searchLogs: logs([], [NEW, NEW, NEW, other, other, elsewhere]),
        releaseDiff: () => Promise.resolve(diff),
        lastChange: (ask) => {
          asked.push(ask);
          return Promise.resolve({ sha: 'abcdef0123', url: 'https://github.example/pull/482', author: 'ada', pull: 482 });
        },
      }),
    );
    expect(asked).toEqual([{ repo: logged.repo, base: 'v2.13.2', head: 'v2.14.0', path: 'src/cart/total.ts' }]);
    expect(data.found).toMatchObject([{ release: { origin: { pull: 482 } } }, { release: { origin: { pull: 482 } } }, { release: { is: 'untouched' } }]);
  });

  it('names nobody when no commit of the release touched the file; when GitHub cannot say, the only pull request of the release is named', async () => {
    const by = async (lastChange: LogHelp['lastChange']) => {
      const releaseDiff = () => Promise.resolve({ ...diff, url: 'https://github.example/compare/v2.13.2...v2.14.0' });
      return (await dataOf(run({ searchLogs: logs([], [NEW]), releaseDiff, ...(lastChange && { lastChange }) }))).found;
    };
    const only = [{ release: { is: 'touched', origin: { sha: null, pull: 482, author: 'ada', url: 'https://github.example/pull/482' } } }];
    expect(await by(() => Promise.resolve(undefined))).toMatchObject([{ release: { is: 'touched', origin: null } }]);
    expect(await by(() => Promise.reject(new Failure('E_GITHUB', 'GitHub is away')))).toMatchObject(only);
    expect(await by(undefined)).toMatchObject(only);
    await expect(by(() => Promise.reject(new Error('a bug')))).rejects.toThrow('a bug');
  });

  it('says that rolling back may not help when nothing in the release touches what is new', async () => {
    const elsewhere = { ...diff, files: [{ path: 'README.md', status: 'modified' }] };
    const ending = await run({ searchLogs: logs([], [NEW]), releaseDiff: () => Promise.resolve(elsewhere) });
    expect(ending).toMatchObject({ say: expect.stringContaining('nothing in v2.14.0 touches it: rolling back may not help'), data: { in_release: 0 } });
    // GitHub stopped listing: then nobody knows.
    const cut = await run({ searchLogs: logs([], [NEW]), releaseDiff: () => Promise.resolve({ ...elsewhere, truncated: true }) });
    expect(cut.kind === 'done' && cut.say).not.toContain('may not help');
  });

  it('with GitHub away, or the time before out of reach, it shows what there is and claims nothing', async () => {
    const away = () => Promise.reject(new Failure('E_GITHUB', 'GitHub is away'));
    expect(await run({ searchLogs: logs([], [NEW]), releaseDiff: away, lastChange: away })).toMatchObject({
      kind: 'done',
      data: { new_errors: 1, in_release: 0 },
    });
    const half = (_: unknown, query: LogQuery) => (query.to <= DEPLOYED ? Promise.reject(new Failure('E_LOGS', 'too old')) : logs([], [NEW])(_, query));
    expect(await run({ searchLogs: half })).toMatchObject({
      say: expect.stringContaining('the time before could not be searched'),
      data: { new_errors: 0, compared: null, found: [{ is_new: false, before: null }] },
    });
  });

  it('an old error that became much more frequent stands above one that did not', async () => {
    const many = Array.from({ length: 40 }, () => OLD);
    const rare = Array.from({ length: 60 }, () => 'ERROR mail could not be sent');
    const data = await dataOf(run({ searchLogs: logs([OLD, OLD, ...rare, ...rare], [...many, ...rare]) }));
    expect(data.found).toMatchObject([{ title: 'gateway timeout after 2000 ms', is_new: false, times: expect.any(Number) }, { times: null }]);
  });

  it('keeps no secret, whatever the backend let through', async () => {
    const token = `ghp_${'a1B2'.repeat(9)}`;
    const ending = await run({
      searchLogs: logs([], [`ERROR login with ${token} failed`, `ERROR ${'x'.repeat(150)} password=hunter2hunter2 ${'y'.repeat(900)} ${token}`]),
    });
    expect(JSON.stringify(ending)).not.toContain(token.slice(4, 20));
    expect(JSON.stringify(ending)).not.toContain('hunter2');
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
    expect(await run({ service: two, searchLogs })).toMatchObject({ kind: 'done', data: { total: 1 } });
    await expect(run({ searchLogs })).rejects.toMatchObject({ code: 'E_LOGS' });
  });

  it('when none answers, a reason that may pass is thrown before one that cannot: the step is tried again', async () => {
    const away = new Failure('E_LOGS', 'Loki is away');
    const wrong = new Failure('E_LOGS', 'the folder is not there', { permanent: true });
    const throwing = async (...reasons: readonly Failure[]) => {
      const backends = { ...service, logs: reasons.map((_, at) => ({ use: `b${at}`, options: {} })) };
      const ending = run({ service: backends, searchLogs: ({ use }) => Promise.reject(reasons[Number(use.slice(1))]) });
      return await ending.catch((error: unknown) => error);
    };
    expect(await throwing(away, wrong)).toBe(away);
    expect(await throwing(wrong, away)).toBe(away);
    expect(await throwing(wrong, wrong)).toBe(wrong);
  });

  it('without logs in services.yml it fails in words', async () => {
    expect(await kind('check-logs').run(params, world(released()))).toMatchObject({ kind: 'failed', code: 'E_LOGS' });
  });

  it('a missed migration: one KeyError however it surfaces, counted, new since v2, and its line is in what the release changed', async () => {
    const KEY = 'inapplicable_skill_misconception_ids';
    const trace = (id: number) =>
      [
        `2026-11-20 10:0${id % 10}:00,${100 + id} ERROR [worker-${id}] core.events: recording the start of exploration ${id} failed`,
        'Traceback (most recent call last):',
        '  File "/srv/app/core/controllers/events.py", line 212, in post',
        '    event_services.StartEventHandler.record(payload)',
        '  File "/srv/app/core/domain/exp_fetchers.py", line 301, in get_exploration_by_id',
        `    cached = caching_services.get_multi('exploration', ['${id}'])`,
        '  File "/srv/app/core/domain/caching_services.py", line 188, in get_multi',
        '    return deserialize(value)',
        '  File "/srv/app/core/domain/state_domain.py", line 1624, in from_dict',
        `    state_dict['${KEY}'],`,
        `KeyError: '${KEY}'`,
      ].join('\n');
    const release: ReleaseDiff = {
      ...diff,
      files: [
        {
          path: 'core/domain/state_domain.py',
          status: 'modified',
          patch: `@@ -1621,5 +1621,6 @@ def from_dict(cls, state_dict):\n a\n b\n c\n+            state_dict['${KEY}'],\n d\n e`,
        },
        { path: 'core/jobs/state_migration.py', status: 'added' },
      ],
    };
    const ending = await run({
      searchLogs: logs([OLD], [...Array.from({ length: 38 }, (_, id) => trace(id)), OLD]),
      releaseDiff: () => Promise.resolve(release),
      knownErrors: shippedErrors,
      // A thread takes seconds to begin where the machine is busy.
      signal: AbortSignal.timeout(18_000),
    });
    expect(ending).toMatchObject({
      say: `1 of 2 kinds of error is new since v2.14.0; most: KeyError: '${KEY}' (38×); v2.14.0 changes core/domain/state_domain.py (line 1624)`,
      data: {
        new_errors: 1,
        in_release: 1,
        found: [
          {
            count: 38,
            before: 0,
            is_new: true,
            known: { id: 'missing-key' },
            release: { path: 'core/domain/state_domain.py', line: 1624, reach: 'line', sureness: 'sure' },
          },
          { known: { id: 'timeout' }, is_new: false, release: { is: 'unknown' } },
        ],
      },
    });
  });
});
