/** Following what was sent: each kind of effect has a time in which it must show itself; then people are told, and nothing is sent again. */
import { afterEach, describe, expect, it } from 'vitest';
import type { Json } from '../../src/core/model.ts';
import type { RunReference } from '../../src/core/rollback.ts';
import { STRATEGIES } from '../../src/rollbacks/index.ts';
import { type GitHubOptions, type MiniGitHub, SANDBOX_TOKEN, startGitHub } from '../../src/sandbox/github/server.ts';
import { createDeed } from '../../src/steps/rollback-deed.ts';
import type { DeedAsk, DeedEnd, DeedParts } from '../../src/steps/rollback-parts.ts';
import { FOLLOWED_MOST_MS } from '../../src/steps/rollback-track.ts';
import { ada, service as anyService, grace, MINUTE, Story } from '../core/given.ts';
import { clientAt, handClock, never } from '../github/parts.ts';

const HOUR = 60 * MINUTE;

const open: MiniGitHub[] = [];
afterEach(async () => {
  for (const github of open.splice(0)) await github.close();
});

interface Way {
  readonly use: string;
  readonly options?: Json;
  readonly github?: Partial<GitHubOptions>;
  /** GitHub answers that it took it, and never shows it: it is not sent at all. */
  readonly lost?: RunReference;
}

/** A rollback that was sent, by this way. */
async function following({ use, options = {}, github: given = {}, lost }: Way) {
  const strategies = [{ use, options: STRATEGIES.find((known) => known.use === use)?.options.parse(options) as Json }]; // parse gives JSON for JSON
  const service = { ...anyService, rollback: { ...anyService.rollback, strategies } };
  const story = new Story({ service }).withChannel().does(ada, { kind: 'requestRollback', tag: 'v2.13.2', reason: 'errors', step: undefined });
  const clock = handClock(story.now);
  const github = await startGitHub({ clock, ...given });
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
  let memo: Json = null;
  const ask = (): DeedAsk => ({
    incident: story.incident,
    service,
    id: 'rb1',
    task: { unclearSince: undefined, memo, createdAt: story.now },
    aid: { signal: never(), begin: async (input) => void (input && story.when(input, 0)), report: async (input) => void story.when(input, 0) },
  });
  const hear = (end: DeedEnd): void => void (end.kind === 'input' && story.when(end.input, 0));
  hear(await deed.plan(ask()));
  story
    .does(grace, { kind: 'approveRollback', rollback: 'rb1', reason: 'looked at it' }, 0)
    .does({ ...grace, slackId: 'U0LIN' }, { kind: 'approveRollback', rollback: 'rb1', reason: 'looked at it' }, 0);
  if (lost) story.when({ kind: 'rollbackSending', id: 'rb1' }, 0).when({ kind: 'rollbackSent', id: 'rb1', run: lost, because: 'accepted' }, 0);
  else hear(await deed.apply(ask()));
  const sentAt = story.incident.rollbacks.rb1?.sentAt ?? expect.fail(`it was not sent: ${story.incident.rollbacks.rb1?.because}`);
  return {
    github,
    clock,
    run: story.incident.rollbacks.rb1?.run,
    /** As the engine does it: again when it is due, until it is over. Hours pass in steps of minutes. */
    async ends(mostMs: number) {
      const writes = github.requests.filter(({ method }) => method !== 'GET').length;
      for (let looks = 1; clock.now() - sentAt <= mostMs; looks++) {
        const end = await deed.track(ask());
        if (end.kind === 'input')
          return { ...end.input, afterMs: clock.now() - sentAt, looks, writes: github.requests.filter(({ method }) => method !== 'GET').length - writes };
        if (end.kind === 'done') throw new Error('there was nothing to follow');
        memo = end.memo;
        // Every due time lies within the limit, the last exactly at it: only then may a test skip some of those between.
        expect(end.due - sentAt).toBeLessThanOrEqual(mostMs);
        const skip = end.due - sentAt < mostMs - 20 * MINUTE ? 15 * MINUTE : 0;
        clock.advance(Math.max(1, end.due - clock.now()) + skip);
      }
      throw new Error('it was followed for longer than it may be');
    },
  };
}

const QUEUED = { timing: { queuedMs: 100 * HOUR, buildMs: 0, deployMs: 0, finishMs: 0 } };
const WAYS: readonly [RunReference['kind'], string, Way][] = [
  [
    'ref',
    '2 min',
    { use: 'move-ref', options: { ref: 'heads/stable' }, github: { follows: 'heads/stable' }, lost: { kind: 'ref', id: 0, url: 'https://gh.test/stable' } },
  ],
  ['release', '2 min', { use: 'make-latest', lost: { kind: 'release', id: 1, url: 'https://gh.test/v2.13.2' } }],
  ['run', '6 h', { use: 'dispatch-workflow', options: { workflow: 'deploy.yml' }, github: QUEUED }],
  ['deployment', '2 h', { use: 'create-deployment', github: { deployer: 'none' } }],
  ['event', '60 min', { use: 'repository-dispatch', options: { event_type: 'rollback' }, github: { listensTo: [], deployer: 'none' } }],
  ['pull', '24 h', { use: 'revert-pr' }],
];

describe('what never comes to an end', () => {
  it.each(WAYS)('of the kind “%s” is followed for %s, then its outcome is unknown, and nothing is sent again', async (kind, said, way) => {
    const { ends, run } = await following(way);
    expect(run?.kind).toBe(kind);
    const most = FOLLOWED_MOST_MS[kind];
    const end = await ends(most);
    expect(end).toMatchObject({ kind: 'rollbackEnded', outcome: 'unknown', code: 'E_UNCLEAR', writes: 0, afterMs: most });
    expect('because' in end && end.because).toMatch(
      new RegExp(`^it was sent, and no end of it was seen in ${said}, .* \\(last: .+\\); look at https?://\\S+; it is not sent again by itself$`),
    );
  });

  it('and what GitHub answered at once is looked up for two minutes at most', () => {
    expect(FOLLOWED_MOST_MS.ref).toBeLessThanOrEqual(120_000);
    expect(FOLLOWED_MOST_MS.release).toBeLessThanOrEqual(120_000);
    for (const most of Object.values(FOLLOWED_MOST_MS)) expect(Number.isFinite(most)).toBe(true);
  });
});

describe('when GitHub cannot be read', () => {
  const LONG = { ...QUEUED, timing: { ...QUEUED.timing, queuedMs: 3 * HOUR } };

  it('one failed reading ends nothing, however old the run is', async () => {
    const { ends, clock, github } = await following({ use: 'dispatch-workflow', options: { workflow: 'deploy.yml' }, github: LONG });
    clock.advance(2 * HOUR);
    github.faults.next('GET *', '500', 1);
    expect(await ends(6 * HOUR)).toMatchObject({ outcome: 'done' });
  });

  it('what is done at once is unknown after its two minutes all the same', async () => {
    const [, , way] = WAYS[0] ?? expect.fail('the ways are listed');
    const { ends, github } = await following(way);
    github.faults.next('GET *', '500', 1_000);
    expect(await ends(2 * MINUTE)).toMatchObject({ outcome: 'unknown', afterMs: 2 * MINUTE });
  });

  it('for an hour, that is for people: the task fails, and its outcome is unknown', async () => {
    const { ends, github, clock } = await following({ use: 'dispatch-workflow', options: { workflow: 'deploy.yml' }, github: QUEUED });
    const began = clock.now();
    github.faults.next('GET *', '500', 100_000);
    await expect(ends(6 * HOUR)).rejects.toMatchObject({ code: 'E_GITHUB' });
    expect(clock.now() - began).toBeGreaterThanOrEqual(HOUR);
    expect(clock.now() - began).toBeLessThan(2 * HOUR);
  });
});
