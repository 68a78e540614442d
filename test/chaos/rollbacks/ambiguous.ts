/** RB1, RB2: answers get lost after the effect. Nothing is done twice, and what we say at the end is true. */
import type { Rollback } from '../../../src/core/rollback.ts';
import type { MiniGitHub } from '../../../src/sandbox/github/server.ts';
import type { Random } from '../random.ts';
import { type Rates, startFaultProxy } from './fault-proxy.ts';
import { approver, openLane } from './lane.ts';
import type { Scenario, Score } from './scenario.ts';

const WRITES: Rates = { reset: 0.2, '502': 0.1, cut: 0.1 };
/** Reads lose answers too, but mostly they come: otherwise no plan would ever be made. */
const READS: Rates = { reset: 0.02, '502': 0.01, cut: 0.01 };
const MOST_MS = 30 * 60_000;

export const ambiguous: Scenario = {
  name: 'rollback-ambiguous',
  intents: 10_000,
  async lane({ share, random, score, tally }) {
    const proxy = await startFaultProxy((method) => (method === 'GET' ? READS : WRITES), random, tally);
    const lane = await openLane(proxy);
    try {
      while (share()) {
        const intent = await lane.begin(appearing(random));
        await intent.does(approver(), { kind: 'approveRollback', rollback: 'rb1' });
        const end = await intent.untilEnded(MOST_MS);
        weigh(score, { end, github: intent.github });
        await intent.end();
      }
    } finally {
      await lane.close();
      await proxy.close();
    }
  },
};

/** Some runs show themselves late. Old Enterprise servers name no run and are left out: a lost answer of theirs is unknown by nature. */
function appearing(random: Random) {
  return { listedAfterMs: random.next() < 0.3 ? random.whole(1_000, 60_000) : 0 };
}

/** What is said at the end against what happened. `unknown` is honest as long as people are told; a wrong word is not. */
export function weigh(score: Score, { end, github }: { end: Rollback | undefined; github: MiniGitHub }): void {
  const runs = github.runs().filter(({ event }) => event === 'workflow_dispatch').length;
  score.intents += 1;
  score.effects += runs;
  if (runs > 1) score.duplicates += 1;
  const stage = end?.stage ?? 'lost';
  score.ends[stage] = (score.ends[stage] ?? 0) + 1;
  const truth =
    stage === 'done'
      ? runs === 1
      : stage === 'refused' || stage === 'expired' || stage === 'cancelled'
        ? runs === 0
        : stage === 'asking'
          ? // What could not be read is shown to people, who are asked about it: nothing was sent.
            runs === 0 && end?.plan?.light !== 'green'
          : stage === 'unknown' || (stage === 'failed' && runs === 1);
  if (!truth) {
    score.wrong += 1;
    score.notes.push(`${stage} (${end?.code}: ${end?.because}), but ${runs} runs were started; checks ${end?.plan?.light ?? 'not made'}`);
  }
}
