/** The dry run is exact: what is printed is what the sandbox's GitHub is sent when the plan is carried out, there and back. */
import { describe, expect, it } from 'vitest';
import type { Json } from '../../src/core/model.ts';
import type { Release, RollbackPlan } from '../../src/core/rollback.ts';
import type { RollbackFacts } from '../../src/core/rollback-facts.ts';
import { applyAction } from '../../src/github/apply.ts';
import { STRATEGIES } from '../../src/rollbacks/index.ts';
import { makePlan, type PlanAsk } from '../../src/rollbacks/plan.ts';
import { printRequests } from '../../src/rollbacks/requests.ts';
import { never } from '../github/parts.ts';
import { type Stage, sandbox } from '../github/sandbox.ts';
import { FACTS, RUN } from './facts.ts';
import { APPROVE, listed, madePlan } from './known.ts';

/** What a plan needs to know, as the sandbox has it. */
function factsOf({ server, clock }: Stage, to: string): RollbackFacts {
  const { deployRuns: _, ...rest } = FACTS;
  const shaOf = (ref: string): string => server.commitAt(ref) ?? '';
  const release = (tag: string): Release => ({ tag, sha: shaOf(`tags/${tag}`), publishedAt: undefined, url: '' });
  const from = server.deployedTag() ?? '';
  const runs = server.runs().filter(({ attempts }) => attempts.length > 0);
  const runOf = (tag: string) => {
    const run = runs.find((one) => one.tag === tag);
    return run && { ...RUN, id: run.id, attempt: run.attempts.length, title: run.title, createdAt: run.createdAt, sha: run.sha };
  };
  return {
    ...rest,
    readAt: clock.now(),
    releases: server.releases().map((one) => ({ ...one, url: '', assets: [] })),
    current: release(from),
    target: { ...release(to), releaseId: server.releases().find(({ tag }) => tag === to)?.id ?? 0, immutable: false },
    deployments: undefined,
    compare: { ...(FACTS.compare ?? failing()), status: to < from ? 'ahead' : 'behind' },
    workflows: {},
    running: [],
    latestReleaseTag: server.latest()?.tag,
    deployRuns: { 'deploy.yml': runOf(to), [`deploy.yml@${from}`]: runOf(from) },
    refs: Object.fromEntries(['heads/main', 'heads/stable', 'tags/stable'].map((ref) => [ref, shaOf(ref)])),
  };
}
function failing(): never {
  throw new Error('the facts hold a comparison');
}

function planAt(stage: Stage, to: string, ask: Pick<PlanAsk, 'configured' | 'key'> & Partial<PlanAsk>): RollbackPlan {
  const planned = makePlan({ facts: factsOf(stage, to), strategies: STRATEGIES, approve: APPROVE, reason: 'checkout "fails" – ünïcode', ...ask });
  if (planned.kind !== 'plan') throw new Error(`${planned.code}: ${planned.because}`);
  return planned.plan;
}

/** Carries the plan out and says what GitHub was sent for it. Writes keep a second between them, so time is moved while they wait. */
async function sent({ server, github, clock }: Stage, plan: RollbackPlan): Promise<readonly string[]> {
  const before = server.requests.length;
  let over = false;
  const work = (async () => {
    for (const action of plan.actions) await applyAction(github, plan.repo, { action, signal: never() });
  })().finally(() => {
    over = true;
  });
  while (!over) {
    await new Promise(setImmediate);
    const [nextMs] = clock.pendingMs().filter((ms) => ms > 0 && ms <= 1_000);
    if (nextMs !== undefined) clock.advance(nextMs);
  }
  await work;
  return server.requests.slice(before).map(({ method, path, query, body }) => `${method} ${path}${query}${body === '' ? '' : ` ${body}`}`);
}

/** Reads that go out together arrive in any order; the second look at a tag object (git tag -a) is no part of a plan. */
function comparable(requests: readonly string[]): readonly string[] {
  const groups: string[][] = [];
  for (const request of requests.filter((one) => !/^GET \S+\/git\/tags\//.test(one))) {
    const last = groups.at(-1);
    if (last?.[0]?.startsWith('GET ') && request.startsWith('GET ')) last.push(request);
    else groups.push([request]);
  }
  return groups.flatMap((group) => group.toSorted());
}

/** What only GitHub can say stands in `<>`; it is put in from what was sent. */
function filled(printed: readonly string[], requests: readonly string[]): readonly string[] {
  const find = (pattern: RegExp): string => requests.map((one) => pattern.exec(one)?.[1]).find((one) => one !== undefined) ?? 'nothing';
  const tree = find(/\/git\/commits \{.*"tree":"([0-9a-f]{40})"/);
  const commit = find(/\/git\/refs \{.*"sha":"([0-9a-f]{40})"/);
  return printed.map((line) => line.replace(/"<tree of [\w.]+>"/, `"${tree}"`).replace('"<the new commit>"', `"${commit}"`));
}

const again = (use: string, options: Json) => listed('redeploy', { with: { use, options } });
const CASES = [
  listed('dispatch-workflow', { workflow: 'deploy.yml', inputs: { tag: '{{ tag }}', reason: '{{ reason }}', tagback_id: '{{ key }}' } }),
  listed('make-latest'),
  listed('create-deployment', { required_contexts: ['ci/test'], description: '{{ reason }}' }),
  listed('rerun-deploy'),
  listed('repository-dispatch', { event_type: 'rollback', payload: { tag: '{{ tag }}', reason: '{{ reason }}' } }),
  listed('move-ref', { ref: 'heads/stable' }),
  listed('move-ref', { ref: 'tags/stable' }),
  listed('revert-pr'),
];

describe('what is printed is what is sent', () => {
  it.each(CASES)('by $use with $options, back and forward again', async (configured) => {
    const stage = await sandbox({ server: { deploysMerges: false } });
    const { server, clock } = stage;
    const [bad, good] = [server.deployedTag() ?? '', 'v2.13.2'];

    const back = planAt(stage, good, { configured: [configured], key: 'INC-1/rb1' });
    const printed = printRequests(back);
    const requests = await sent(stage, back);
    expect(comparable(requests)).toEqual(comparable(filled(printed, requests)));
    expect(printed.filter((line) => !line.startsWith('GET ')).length).toBeGreaterThan(0);

    clock.advance(120_000);
    for (const { number } of server.pulls()) server.merge(number);
    const undo = { plan: back, key: 'INC-1/rb2', oldKey: 'INC-1/rb1' };
    const forward = planAt(stage, bad, { configured: [configured], key: 'INC-1/rb2', undo });
    const requestsAgain = await sent(stage, forward);
    expect(comparable(requestsAgain)).toEqual(comparable(filled(printRequests(forward), requestsAgain)));
    expect(requestsAgain).not.toEqual(requests);
  });

  it.each([
    again('dispatch-workflow', { workflow: 'deploy.yml' }),
    again('create-deployment', {}),
    again('repository-dispatch', { event_type: 'again' }),
    again('rerun-deploy', { workflow: 'deploy.yml' }),
  ])('by $use with $options', async (configured) => {
    const stage = await sandbox();
    const plan = planAt(stage, stage.server.deployedTag() ?? '', { configured: [configured], key: 'INC-1/rb1' });
    const requests = await sent(stage, plan);
    expect(comparable(requests)).toEqual(comparable(printRequests(plan)));
  });

  it('covers every strategy there is', () => {
    expect(new Set([...CASES.map(({ use }) => use), 'redeploy'])).toEqual(new Set(STRATEGIES.map(({ use }) => use)));
  });
});

describe('the dry run', () => {
  it('is one line per request, with method, path and JSON body', () => {
    expect(printRequests(madePlan({}, { configured: [listed('dispatch-workflow')] }))).toEqual([
      'POST /repos/acme/shop/actions/workflows/deploy.yml/dispatches {"ref":"main","inputs":{"tag":"v2","tagback_id":"INC-1/rb1"},"return_run_details":true}',
    ]);
    expect(printRequests(madePlan({}, { configured: [listed('make-latest')] }))).toEqual([
      'PATCH /repos/acme/shop/releases/2 {"make_latest":"true","prerelease":false}',
      'PATCH /repos/acme/shop/releases/3 {"make_latest":"false","prerelease":true}',
    ]);
  });

  it('shows what is only known later in angle brackets, and no line break of a text', () => {
    const lines = printRequests(madePlan({}, { configured: [listed('revert-pr')], reason: 'a\nb' }));
    expect(lines.filter((line) => line.startsWith('POST')).map((line) => line.split(' ', 2)[1])).toEqual([
      '/repos/acme/shop/git/commits',
      '/repos/acme/shop/git/refs',
      '/repos/acme/shop/pulls',
    ]);
    expect(lines.join(' ')).toMatch(/"tree":"<tree of v2>".*"sha":"<the new commit>"/);
    expect(lines.filter((line) => line.includes('\n'))).toEqual([]);
  });
});
