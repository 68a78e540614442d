/** Half a plan at GitHub: what is done when the rest is refused, or cannot be sent now, and when even the way back is refused. */
import { afterEach, describe, expect, it } from 'vitest';
import type { Json } from '../../src/core/model.ts';
import { STRATEGIES } from '../../src/rollbacks/index.ts';
import type { Fault } from '../../src/sandbox/github/faults.ts';
import { type MiniGitHub, SANDBOX_TOKEN, startGitHub } from '../../src/sandbox/github/server.ts';
import { createDeed } from '../../src/steps/rollback-deed.ts';
import type { DeedAsk, DeedEnd, DeedParts } from '../../src/steps/rollback-parts.ts';
import { ada, service as anyService, grace, MINUTE, Story } from '../core/given.ts';
import { clientAt, handClock, never } from '../github/parts.ts';

const service = { ...anyService, rollback: { ...anyService.rollback, strategies: [{ use: 'make-latest', options: {} }] } };

const open: MiniGitHub[] = [];
afterEach(async () => {
  for (const github of open.splice(0)) await github.close();
});

/** An approved plan of two requests: v2.13.2 becomes the latest release, v2.14.0 a pre-release. */
async function scene() {
  const story = new Story({ service }).withChannel().does(ada, { kind: 'requestRollback', tag: 'v2.13.2', reason: 'errors', step: undefined });
  const clock = handClock(story.now);
  const github = await startGitHub({ clock });
  open.push(github);
  const deed = createDeed({
    github: clientAt(github.url, { clock, auth: { kind: 'token', token: SANDBOX_TOKEN } }),
    strategies: STRATEGIES,
    now: clock.now,
    probe: () => Promise.reject(new Error('nothing is probed here')),
    surroundings: async () => ({ artifacts: [], migrationRuns: [] }),
    errorRate: async () => undefined,
    incident: async () => story.incident,
  } satisfies DeedParts);
  let [memo, unclearSince]: [Json, number | undefined] = [null, undefined];
  const ask = (): DeedAsk => ({
    incident: story.incident,
    service,
    id: 'rb1',
    task: { unclearSince, memo, createdAt: story.now },
    aid: { signal: never(), begin: async (input) => void (input && story.when(input, 0)), report: async (input) => void story.when(input, 0) },
  });
  const planned = await deed.plan(ask());
  if (planned.kind === 'input') story.when(planned.input, 0);
  story.does(grace, { kind: 'approveRollback', rollback: 'rb1' }, 0);
  const [good, bad] = ['v2.13.2', 'v2.14.0'].map((wanted) => github.releases().find(({ tag }) => tag === wanted)?.id ?? 0);
  const isWriteOf = (id = 0) => new RegExp(`^PATCH /repos/acme/shop/releases/${id}$`);
  const sent = (id?: number): number => github.requests.filter(({ method, path }) => isWriteOf(id).test(`${method} ${path}`)).length;
  return {
    clock,
    github,
    story,
    /** How the next writes about the bad release end: the first is request 2 of the plan, the others belong to the way back. */
    badEnds: (...faults: readonly Fault[]) => {
      for (const fault of faults) github.faults.next(isWriteOf(bad), fault);
    },
    /** Requests about either release. */
    sent: () => [sent(good), sent(bad)],
    told: () => story.events.flatMap((event) => (event.kind === 'noted' ? [event.text] : [])),
    latest: () => github.latest()?.tag,
    isMarkedBad: () => github.releases().find(({ id }) => id === bad)?.prerelease,
    /** As the engine does it: again when it is due, until there is a result; at most so long. */
    async ends(mostMs = 20 * MINUTE): Promise<Extract<DeedEnd, { kind: 'input' }>['input'] & { tries: number }> {
      const until = clock.now() + mostMs;
      for (let tries = 1; clock.now() <= until; tries++) {
        const end = await deed.apply(ask());
        if (end.kind === 'done') throw new Error('there was nothing to do');
        if (end.kind === 'input') return { ...end.input, tries };
        [memo, unclearSince] = [JSON.parse(JSON.stringify(end.memo)) as Json, unclearSince ?? clock.now()];
        clock.advance(Math.max(0, end.due - clock.now()));
      }
      throw new Error('it never came to an end');
    },
  };
}

const failed = (because: RegExp, code = 'E_GITHUB_AUTH') => ({ kind: 'rollbackEnded', outcome: 'failed', code, because: expect.stringMatching(because) });

it('both requests go out once when nothing is wrong', async () => {
  const { ends, sent, latest, isMarkedBad } = await scene();
  expect(await ends()).toMatchObject({ kind: 'rollbackSent', tries: 1 });
  expect({ sent: sent(), latest: latest(), isMarkedBad: isMarkedBad() }).toEqual({ sent: [1, 1], latest: 'v2.13.2', isMarkedBad: true });
});

describe('the second request meets a limit', () => {
  it('goes on where it stopped when the limit is over, and sends the first only once', async () => {
    const { ends, badEnds, sent, latest, isMarkedBad, clock } = await scene();
    badEnds('secondary');
    const began = clock.now();
    expect(await ends()).toMatchObject({ kind: 'rollbackSent' });
    expect(clock.now() - began).toBeGreaterThanOrEqual(MINUTE);
    expect({ sent: sent(), latest: latest(), isMarkedBad: isMarkedBad() }).toEqual({ sent: [1, 2], latest: 'v2.13.2', isMarkedBad: true });
  });

  it('is taken back, as soon as GitHub takes requests again, when the approval ends before that; people are told meanwhile', async () => {
    const { ends, badEnds, sent, latest, isMarkedBad, told } = await scene();
    badEnds('limit');
    const end = await ends(90 * MINUTE);
    expect(end).toMatchObject({ kind: 'rollbackEnded', outcome: 'failed' });
    expect({ latest: latest(), isMarkedBad: isMarkedBad() }, JSON.stringify(end)).toEqual({ latest: 'v2.14.0', isMarkedBad: false });
    expect(sent()).toEqual([1, 2]);
    expect(told()).toEqual([
      expect.stringMatching(/^rb1: half of it is done, and is being taken back: .* Until then this is so at GitHub: v2\.13\.2 is the latest release\.$/),
    ]);
  });
});

describe('the second request is refused, and what the first had done is taken back', () => {
  it('at once, with one write: what stands already is not sent', async () => {
    const { ends, badEnds, sent, latest, isMarkedBad } = await scene();
    badEnds('401');
    expect(await ends()).toMatchObject(failed(/^GitHub refused request 2 of 2 \(.*; what the first had done was taken back$/));
    expect({ sent: sent(), latest: latest(), isMarkedBad: isMarkedBad() }).toEqual({ sent: [1, 2], latest: 'v2.14.0', isMarkedBad: false });
  });

  it.each<[Fault, number]>([
    ['500', 3],
    ['reset-before', 3],
    ['secondary', 3],
  ])('again when taking it back met %s, which did nothing', async (fault, writes) => {
    const { ends, badEnds, sent, latest, told } = await scene();
    badEnds('401', fault);
    expect(await ends()).toMatchObject(failed(/what the first had done was taken back$/));
    expect({ sent: sent(), latest: latest() }).toEqual({ sent: [1, writes], latest: 'v2.14.0' });
    expect(told()).toHaveLength(1);
  });

  it.each<Fault>(['502-after', 'reset-after'])('is found, and not sent a second time, when its answer was lost after it had been done (%s)', async (fault) => {
    const { ends, badEnds, sent, latest } = await scene();
    badEnds('401', fault);
    expect(await ends()).toMatchObject(failed(/what the first had done was taken back$/));
    expect({ sent: sent(), latest: latest() }).toEqual({ sent: [1, 2], latest: 'v2.14.0' });
  });

  it('never within the time in which a request whose answer was lost may still arrive', async () => {
    const { ends, badEnds, github, clock } = await scene();
    badEnds('401', 'reset-before');
    await ends();
    const times = github.requests.filter(({ method }) => method === 'PATCH').map(({ at }) => at);
    const [, , lost = 0, next = 0] = times;
    expect(next - lost).toBeGreaterThanOrEqual(20_000);
    expect(clock.now() - lost).toBeLessThan(MINUTE);
  });

  it('is given up at once when GitHub refuses that, too: people read what is left and what to do', async () => {
    const { ends, badEnds, sent, latest } = await scene();
    badEnds('401', '401');
    const end = await ends();
    expect(end).toMatchObject(
      failed(
        /^half of it is done and could not be taken back\. Left at GitHub: v2\.13\.2 is the latest release\. Make it so by hand: v2\.14\.0 is the latest release, then v2\.13\.2 is not the latest release\. GitHub refused request 2 of 2 \(.*\); taking it back: /,
      ),
    );
    expect({ sent: sent(), latest: latest() }).toEqual({ sent: [1, 2], latest: 'v2.13.2' });
  });

  it('is given up after ten minutes of trouble that should have passed, and never sent again by itself', async () => {
    const { ends, badEnds, latest, clock } = await scene();
    badEnds('401', ...Array<Fault>(60).fill('500'));
    const began = clock.now();
    const end = await ends();
    expect(end).toMatchObject(failed(/^half of it is done and could not be taken back/));
    expect(clock.now() - began).toBeLessThanOrEqual(10 * MINUTE);
    expect(clock.now() - began).toBeGreaterThan(8 * MINUTE);
    expect(end.tries).toBeLessThan(60);
    expect(latest()).toBe('v2.13.2');
  });
});
