/** The last moments before a request leaves: the approval still holds, nobody cancelled, the facts are the same; and an automatic one is not blind. */
import { afterEach, describe, expect, it } from 'vitest';
import type { Person } from '../../src/core/model.ts';
import type { ArtifactFact } from '../../src/core/rollback-facts.ts';
import type { Service } from '../../src/core/service.ts';
import type { Sample } from '../../src/core/verdict.ts';
import { STRATEGIES } from '../../src/rollbacks/index.ts';
import { type MiniGitHub, SANDBOX_TOKEN, startGitHub } from '../../src/sandbox/github/server.ts';
import { createDeed, type RollbackDeed } from '../../src/steps/rollback-deed.ts';
import type { DeedAsk, DeedEnd, DeedParts } from '../../src/steps/rollback-parts.ts';
import { ada, service as anyService, grace, MINUTE, Story } from '../core/given.ts';
import { clientAt, handClock, never } from '../github/parts.ts';

const service: Service = {
  ...anyService,
  health: { ...anyService.health, version: undefined },
  rollback: {
    ...anyService.rollback,
    strategies: [
      { use: 'dispatch-workflow', options: STRATEGIES.find(({ use }) => use === 'dispatch-workflow')?.options.parse({ workflow: 'deploy.yml' }) as never },
    ], // plain JSON
    automatic: { alerts: [{ alertname: '*' }], withinMs: 30 * MINUTE, countdownMs: MINUTE },
  },
};

const open: MiniGitHub[] = [];
afterEach(async () => {
  for (const github of open.splice(0)) await github.close();
});

interface Moments {
  /** While the facts are read the second time. */
  reading?: (scene: Scene) => void | Promise<void>;
  /** When it was asked to store that it is being sent, and it is not yet. */
  storing?: (scene: Scene) => void;
  errorRate?: Sample;
  /** What the first, the second and each later reading finds of the artifacts. */
  first?: readonly ArtifactFact[];
  artifacts?: readonly ArtifactFact[];
  later?: readonly ArtifactFact[];
}
interface Scene {
  readonly story: Story;
  readonly github: MiniGitHub;
  /** What the deed did in order: `sending`, `begin` without words, and the writes GitHub got. */
  readonly did: string[];
  approve(by?: Person): void;
  cancel(): void;
  pass(ms: number): void;
  apply(): Promise<DeedEnd>;
}

/** A plan made by the deed itself, waiting for its approval. */
async function scene(moments: Moments = {}, { automatic = false } = {}): Promise<Scene> {
  const story = new Story({ service }).withChannel();
  if (automatic) story.when({ kind: 'releaseSeen', release: { current: 'v2.14.0', previous: 'v2.13.2', deployedAt: story.now - MINUTE } });
  else story.does(ada, { kind: 'requestRollback', tag: 'v2.13.2', reason: 'errors', step: undefined });
  const clock = handClock(story.now);
  const github = await startGitHub({ clock });
  open.push(github);
  const did: string[] = [];
  let reads = 0;
  const deed: RollbackDeed = createDeed({
    github: clientAt(github.url, { clock, auth: { kind: 'token', token: SANDBOX_TOKEN } }),
    strategies: STRATEGIES,
    now: clock.now,
    probe: () => Promise.reject(new Error('nothing is probed here')),
    async surroundings() {
      reads += 1;
      if (reads === 2) await moments.reading?.(made);
      return { artifacts: [moments.first, moments.artifacts, moments.later][Math.min(reads, 3) - 1] ?? [], migrationRuns: [] };
    },
    errorRate: async () => moments.errorRate,
    incident: async () => story.incident,
  } satisfies DeedParts);
  const ask = (): DeedAsk => ({
    incident: story.incident,
    service,
    id: 'rb1',
    task: { unclearSince: undefined, memo: null, createdAt: story.now },
    aid: {
      signal: never(),
      async begin(input) {
        if (input?.kind === 'rollbackSending') moments.storing?.(made);
        if (input) story.when(input, 0);
        did.push(input?.kind === 'rollbackSending' ? 'sending' : 'begin');
      },
      async report(input) {
        story.when(input, 0);
        did.push(input.kind);
      },
    },
  });
  const made: Scene = {
    story,
    github,
    did,
    approve: (by = grace) => void story.does(by, { kind: 'approveRollback', rollback: 'rb1' }, 0),
    cancel: () => void story.does(ada, { kind: 'cancelRollback', rollback: 'rb1' }, 0),
    pass(ms) {
      clock.advance(ms);
      story.now += ms;
    },
    async apply() {
      const end = await deed.apply(ask());
      did.push(...github.effects.map(({ kind }) => kind));
      return end;
    },
  };
  const planned = await deed.plan(ask());
  if (planned.kind !== 'input' || planned.input.kind !== 'rollbackPlanned') throw new Error(`no plan: ${JSON.stringify(planned)}`);
  story.when(planned.input, 0);
  return made;
}

const refusal = (code: string, because: RegExp) => ({
  kind: 'input',
  input: { kind: 'rollbackEnded', outcome: 'refused', code, because: expect.stringMatching(because) },
});

describe('an approved rollback', () => {
  it('is sent once, after it is on disk that it is being sent', async () => {
    const { approve, apply, did } = await scene();
    approve();
    expect(await apply()).toMatchObject({ kind: 'input', input: { kind: 'rollbackSent', run: { kind: 'run' } } });
    expect(did.map((what) => what.replace(/^.*dispatch.*$/i, 'dispatch'))).toEqual(['sending', 'dispatch']);
  });

  it('is never sent when its time ran out while it waited', async () => {
    const { approve, apply, pass, did } = await scene();
    approve();
    pass(10 * MINUTE);
    expect(await apply()).toMatchObject(refusal('E_EXPIRED', /the approval expired before it could be sent/));
    expect(did).toEqual([]);
  });

  it('is never sent when its time runs out while the facts are read again', async () => {
    const { approve, apply, did } = await scene({ reading: ({ pass }) => pass(10 * MINUTE) });
    approve();
    expect(await apply()).toMatchObject(refusal('E_EXPIRED', /the approval expired before it could be sent/));
    expect(did).toEqual([]);
  });

  it.each(['reading', 'storing'] as const)('is never sent when somebody was told "cancelled" meanwhile (%s)', async (moment) => {
    const { approve, apply, story, github } = await scene({ [moment]: ({ cancel }: Scene) => cancel() });
    approve();
    expect(await apply()).toEqual({ kind: 'done' });
    expect(story.incident.rollbacks.rb1?.stage).toBe('cancelled');
    expect(github.effects).toEqual([]);
  });

  it('is never sent when the tag was moved meanwhile', async () => {
    const { approve, apply, github } = await scene();
    approve();
    github.retag('v2.13.2', 'v2.13.1');
    expect(await apply()).toMatchObject(refusal('E_PLAN_MOVED', /v2\.13\.2 pointed at [0-9a-f]{7} when it was approved/));
    expect(github.effects).toEqual([]);
  });
});

describe('a rollback that nobody asked for', () => {
  const counted = async (errorRate?: Sample): Promise<Scene> => {
    const made = await scene({ ...(errorRate && { errorRate }) }, { automatic: true });
    expect(made.story.incident.rollbacks.rb1?.stage).toBe('counting');
    made.story.when({ kind: 'timer', timer: { name: 'startsItself', rollback: 'rb1' } }, 0);
    return made;
  };

  it('starts while the error rate is above the threshold', async () => {
    const { apply, github } = await counted({ at: 0, value: 0.08 });
    expect(await apply()).toMatchObject({ input: { kind: 'rollbackSent' } });
    expect(github.effects).toHaveLength(1);
  });

  it.each([
    ['nobody can see it', undefined, /never starts blind/],
    ['it is at the threshold again', { at: 0, value: 0.02 }, /the error rate is 2(\.0)? % by now/],
  ] as const)('does not start when %s', async (_, errorRate, because) => {
    const { apply, github } = await counted(errorRate);
    expect(await apply()).toMatchObject(refusal('E_NOT_NOW', because));
    expect(github.effects).toEqual([]);
  });
});

describe('a pre-flight that got worse after the approval', () => {
  const unknown: ArtifactFact = { name: 'image ghcr.io/acme/shop:v2.13.2', state: 'unknown', because: 'the registry does not answer' };

  it('is not what nobody agreed to: an automatic rollback goes out over green only', async () => {
    const bad = { at: Date.now(), value: 0.3 };
    const start = async (artifacts: readonly ArtifactFact[]) => {
      const { story, apply, did } = await scene({ artifacts, errorRate: bad }, { automatic: true });
      story.when({ kind: 'timer', timer: { name: 'startsItself', rollback: 'rb1' } }, MINUTE);
      return { end: await apply(), did };
    };
    const amber = await start([unknown]);
    expect(amber.end).toMatchObject(refusal('E_PLAN_MOVED', /the pre-flight turned amber after the countdown began/));
    expect(amber.did).toEqual([]);
    expect((await start([])).end).toMatchObject({ input: { kind: 'rollbackSent' } });
  });

  it('is not what people agreed to: they are asked again, told what is new, and nothing was sent', async () => {
    const { story, approve, apply, did, github } = await scene({ artifacts: [unknown] });
    approve();
    const end = await apply();
    expect(end).toMatchObject({ input: { kind: 'rollbackPlanned', id: 'rb1', plan: { light: 'amber' } } });
    expect({ did, sent: github.effects }).toEqual({ did: [], sent: [] });
    if (end.kind === 'input') story.when(end.input);
    expect(story.incident.rollbacks.rb1).toMatchObject({ stage: 'asking', approvals: [] });
  });

  it('can be approved again, and is sent then although it says the same once more', async () => {
    const { story, approve, apply, did } = await scene({ artifacts: [unknown], later: [unknown] });
    approve();
    const end = await apply();
    if (end.kind === 'input') story.when(end.input);
    approve();
    expect(await apply()).toMatchObject({ input: { kind: 'rollbackSent' } });
    expect(did).toContain('sending');
  });

  it('is still what was agreed to when only the time has passed', async () => {
    const { approve, apply, pass } = await scene({ artifacts: [unknown], first: [{ ...unknown, because: 'the registry answered 502' }] });
    approve();
    pass(5 * MINUTE);
    expect(await apply()).toMatchObject({ input: { kind: 'rollbackSent' } });
  });
});
