/** RB3: between the approval and the request the world moves: time passes, limits close, the tag or the running release changes. Nothing goes out late. */
import { SANDBOX_TOKEN } from '../../../src/sandbox/github/server.ts';
import type { Random } from '../random.ts';
import { startFaultProxy } from './fault-proxy.ts';
import { approver, type Intent, type Lane, openLane } from './lane.ts';
import type { Scenario, Score } from './scenario.ts';

const MINUTE = 60_000;
/** As long as an approval of this scenario lasts (services.yml's own default). */
const EXPIRES_MS = 10 * MINUTE;
const MOST_MS = 3 * 60 * MINUTE;
const NEVER = { reset: 0, '502': 0, cut: 0 };

interface Trouble {
  readonly name: string;
  /** Whether the rollback may still go out: only if it is what was approved, and in time. */
  readonly mayGo: boolean;
  before(intent: Intent, lane: Lane, random: Random): Promise<void> | void;
}

const TROUBLES: readonly Trouble[] = [
  {
    name: 'GitHub is at its limit for an hour',
    mayGo: false,
    before: ({ github }) => {
      github.leave(0, SANDBOX_TOKEN);
    },
  },
  {
    name: 'the request itself meets the limit',
    mayGo: false,
    before: ({ github }) => github.faults.next('POST *dispatches', 'limit', 50),
  },
  {
    name: 'the secondary limit, a minute long',
    mayGo: true,
    before: ({ github }) => github.faults.next('POST *dispatches', 'secondary'),
  },
  {
    name: 'the clock jumps over the end of the approval',
    mayGo: false,
    before: (_, { clock }, random) => clock.leap(EXPIRES_MS + random.whole(0, 60 * MINUTE)),
  },
  {
    name: 'the tag is moved to another commit',
    mayGo: false,
    before: ({ github }) => github.retag('v2.13.2', 'v2.13.1'),
  },
  {
    name: 'somebody deploys something else',
    mayGo: false,
    before: async ({ github, pass }) => {
      await deployByHand(github.url, github.repo);
      await pass(MINUTE / 2);
    },
  },
  {
    name: 'GitHub is down until after the end',
    mayGo: false,
    before: ({ github }, { clock }, random) => {
      github.faults.down(true);
      clock.at(clock.now() + EXPIRES_MS + random.whole(1, 30 * MINUTE), () => github.faults.down(false));
    },
  },
];

export const lateFire: Scenario = {
  name: 'late-fire',
  intents: 1_000,
  async lane({ share, random, score, troubles }) {
    const proxy = await startFaultProxy(() => NEVER, random, { struck: { reset: 0, '502': 0, cut: 0 } });
    const lane = await openLane(proxy);
    try {
      while (share()) {
        const trouble = TROUBLES[random.whole(0, TROUBLES.length)] ?? TROUBLES[0];
        if (!trouble) return;
        troubles[trouble.name] = (troubles[trouble.name] ?? 0) + 1;
        const intent = await lane.begin();
        const planned = await intent.rollback();
        const before = runs(intent);
        await intent.does(approver(), { kind: 'approveRollback', rollback: 'rb1' });
        await trouble.before(intent, lane, random);
        const end = await intent.untilEnded(MOST_MS);
        weigh(score, { trouble, stage: end?.stage, sent: runs(intent).filter((run) => !before.includes(run)), expiresAt: planned?.expiresAt ?? 0 });
        await intent.end();
      }
    } finally {
      await lane.close();
      await proxy.close();
    }
  },
};

/** Runs we started: they carry our key. */
const runs = ({ github }: Intent) => github.runs().filter(({ title }) => title.includes('/rb1'));

interface Weighed {
  readonly trouble: Trouble;
  readonly stage: string | undefined;
  readonly sent: readonly { readonly createdAt: number }[];
  readonly expiresAt: number;
}

function weigh(score: Score, { trouble, stage = 'lost', sent, expiresAt }: Weighed): void {
  score.intents += 1;
  score.effects += sent.length;
  score.ends[stage] = (score.ends[stage] ?? 0) + 1;
  if (sent.length > 1) score.duplicates += 1;
  if (sent.some(({ createdAt }) => createdAt >= expiresAt) || (!trouble.mayGo && sent.length > 0)) {
    score.late += 1;
    score.notes.push(`${trouble.name}: sent all the same`);
  }
  const truth = sent.length > 0 ? stage === 'done' : stage === 'refused' || stage === 'expired' || stage === 'failed';
  if (!truth) {
    score.wrong += 1;
    score.notes.push(`${trouble.name}: ${stage}, with ${sent.length} sent`);
  }
}

/** What somebody does on the page of the workflow. */
async function deployByHand(url: string, repo: string): Promise<void> {
  await fetch(`${url}/repos/${repo}/actions/workflows/deploy.yml/dispatches`, {
    method: 'POST',
    headers: { authorization: 'Bearer ghp_sandbox', 'content-type': 'application/json' },
    body: JSON.stringify({ ref: 'main', inputs: { tag: 'v2.13.1' } }),
  });
}
