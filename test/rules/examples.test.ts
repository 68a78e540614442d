import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, posix } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { RollbackFacts } from '../../src/core/rollback-facts.ts';
import type { LogBackend } from '../../src/logs/backend.ts';
import { STRATEGIES } from '../../src/rollbacks/index.ts';
import type { RollbackStrategy } from '../../src/rollbacks/strategy.ts';
import type { Source } from '../../src/sources/source.ts';
import type { StepKind, World } from '../../src/steps/step.ts';
import { ROOT, read } from './tree.ts';

describe('the examples of docs/adding.md', () => {
  // Inside the repository, so that packages are found; out/ is never committed.
  const folder = `out/examples-${process.pid}`;
  const examples = [...read('docs/adding.md').matchAll(/^```ts (src\/(\w+)\/([\w-]+)\.ts)\n([\s\S]*?)^```$/gm)]
    .map(([, path = '', room = '', name = '', body = '']) => ({ path, room, name, body }))
    .filter(({ name }) => name !== 'index');

  beforeAll(() => {
    mkdirSync(join(ROOT, folder), { recursive: true });
    for (const { room, name, body } of examples) {
      const text = body.replace(/from '(\.[^']+)'/g, (_, from: string) => `from '../../${posix.join('src', room, from)}'`);
      writeFileSync(join(ROOT, folder, `${name}.ts`), text);
    }
    writeFileSync(join(ROOT, folder, 'tsconfig.json'), JSON.stringify({ extends: '../../tsconfig.json', include: ['*.ts'] }));
  });
  afterAll(() => rmSync(join(ROOT, folder), { recursive: true, force: true }));

  /** The one thing an example exports. */
  async function load<T>(name: string): Promise<T> {
    const module = (await import(pathToFileURL(join(ROOT, folder, `${name}.ts`)).href)) as Record<string, T>; // whatever the example exports
    return Object.values(module)[0] as T; // an example exports one plug
  }

  test('there is one for each kind of plug, and the compiler takes them', () => {
    expect(examples.map(({ room }) => room)).toEqual(['sources', 'steps', 'rollbacks', 'logs']);
    const errors = (() => {
      try {
        return execFileSync(join(ROOT, 'node_modules/.bin/tsc'), ['-p', join(ROOT, folder)], { encoding: 'utf8' });
      } catch (error) {
        return (error as { stdout: string }).stdout; // execFileSync throws an Error with the output
      }
    })();
    expect(errors).toBe('');
  });

  test('the source reads a message', async () => {
    const source = await load<Source>('uptime');
    const message = source.payload.parse({ monitor: { id: 7, name: 'shop' }, isUp: false, message: 'timeout', more: 1 });
    const catalog = { services: [], operators: [], announce: undefined, channelPrefix: 'inc', defaultPlaybook: undefined, generic: {} };
    expect(source.toSignals(message, { now: 1_000, catalog })).toMatchObject([{ fingerprint: '7', state: 'firing', summary: 'timeout', links: [] }]);
  });

  test('the step asks the key URLs', async () => {
    const step = await load<StepKind>('probe');
    const urls = ['good', 'bad'].map((url) => ({ url, expectStatus: 200, maxMs: 1, contains: undefined, pollMs: 0, forMs: 0 }));
    const world = {
      service: { health: { urls } },
      signal: AbortSignal.timeout(1_000),
      probe: (url: string) => Promise.resolve({ status: url === 'good' ? 200 : 500, ms: 1, body: '', error: undefined }),
    } as unknown as World; // only what the step reads
    expect(await step.run?.({}, world)).toEqual({ kind: 'done', outcome: 'failing', say: '1 of 2 key URLs fail', data: { failing: 1 } });
  });

  test('the strategy makes a plan, or says why not', async () => {
    const strategy = await load<RollbackStrategy>('demote');
    const release = { id: 5, tag: 'v2', draft: false, prerelease: false, immutable: false, publishedAt: 1, url: '' };
    const facts = { current: { tag: 'v2' }, releases: [release], latestReleaseTag: 'v2' } as unknown as RollbackFacts; // only what the strategy reads
    const context = { key: 'INC-1/rb1', reason: '' };
    expect(strategy.plan(facts, {}, context)).toMatchObject({ kind: 'applicable', actions: [{ releaseId: 5, latest: false, prerelease: true }] });
    expect(strategy.plan({ ...facts, current: undefined }, {}, context)).toMatchObject({ kind: 'not-applicable' });
  });

  test('the log backend searches, and says when there was more', async () => {
    const backend = await load<LogBackend>('plain-http');
    const server = createServer((_, response) => response.end('one\nan error\ntwo\nanother error\n'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo; // a TCP server that listens
    const query = { from: 0, to: 1, pattern: 'error', maxLines: 1, maxBytes: 1_000 };
    const found = await backend.search({ url: `http://127.0.0.1:${port}/` }, query, AbortSignal.timeout(5_000));
    await new Promise((resolve) => server.close(resolve));
    expect(found).toEqual({ lines: [{ at: undefined, text: 'another error' }], truncated: true });
  });
});

interface Workflow {
  readonly 'run-name': string;
  readonly permissions: object;
  readonly on: { readonly workflow_dispatch: { readonly inputs: Readonly<Record<string, { readonly required?: boolean }>> } };
  readonly jobs: Readonly<
    Record<
      string,
      { readonly permissions: object; readonly environment?: string; readonly steps: readonly { readonly run?: string; readonly uses?: string }[] }
    >
  >;
}

describe('docs/examples/deploy.yml', () => {
  const workflow = parse(read('docs/examples/deploy.yml')) as Workflow; // GitHub's own shape; the tests look at what they use
  const jobs = Object.values(workflow.jobs);
  const steps = jobs.flatMap((job) => job.steps);

  test('takes what dispatch-workflow sends when nothing is configured', () => {
    const strategy = STRATEGIES.find(({ use }) => use === 'dispatch-workflow');
    const release = { sha: 'a'.repeat(40), publishedAt: 1, url: '' };
    const facts = { current: { ...release, tag: 'v2' }, target: { ...release, tag: 'v1' } } as unknown as RollbackFacts; // only what the strategy reads
    const proposal = strategy?.plan(facts, { workflow: 'deploy.yml' }, { key: 'INC-1/rb1', reason: 'r' });
    const sent = proposal?.kind === 'applicable' && proposal.actions[0]?.kind === 'dispatchWorkflow' ? proposal.actions[0].inputs : {};
    const { inputs } = workflow.on.workflow_dispatch;
    expect(Object.keys(sent)).toEqual(['tag', 'tagback_id']);
    expect(Object.keys(sent).filter((name) => !(name in inputs))).toEqual([]);
    expect(Object.keys(inputs).filter((name) => inputs[name]?.required && !(name in sent))).toEqual([]);
  });

  test('carries the key into the name of the run', () => {
    expect(workflow['run-name']).toMatch(/inputs\.tagback_id/);
  });

  test('never puts an expression into a script', () => {
    const scripts = steps.flatMap(({ run }) => (run === undefined ? [] : [run]));
    expect(scripts.length).toBeGreaterThan(2);
    expect(scripts.filter((script) => script.includes('${{'))).toEqual([]);
  });

  test('has the least permissions, and actions pinned to a commit', () => {
    expect(workflow.permissions).toEqual({});
    expect(jobs.map(({ permissions }) => permissions)).toEqual([{ contents: 'read', deployments: 'write' }]);
    for (const { uses } of steps) if (uses !== undefined) expect(uses).toMatch(/@[0-9a-f]{40}$/);
  });
});
