/** RB4 in one process: a hundred people approve the same plan at the same moment. One effect, and a clear answer for everybody else. */
import { startFaultProxy } from './fault-proxy.ts';
import { approver, openLane } from './lane.ts';
import type { Scenario } from './scenario.ts';

const PEOPLE = 100;
const MOST_MS = 30 * 60_000;

export const approvals: Scenario = {
  name: 'approvals-at-once',
  intents: 100,
  async lane({ share, random, score }) {
    const proxy = await startFaultProxy(() => ({ reset: 0, '502': 0, cut: 0 }), random, { struck: { reset: 0, '502': 0, cut: 0 } });
    const lane = await openLane(proxy);
    try {
      while (share()) {
        const intent = await lane.begin();
        const answers = await Promise.all(Array.from({ length: PEOPLE }, (_, n) => intent.does(approver(n + 1), { kind: 'approveRollback', rollback: 'rb1' })));
        const end = await intent.untilEnded(MOST_MS);
        const runs = intent.github.runs().filter(({ title }) => title.includes('/rb1')).length;
        const taken = answers.filter(({ reply }) => reply?.ok).length;
        const clear = answers.filter(({ reply }) => reply?.ok === false && reply.code !== undefined && reply.text !== '').length;
        score.intents += 1;
        score.effects += runs;
        score.ends[end?.stage ?? 'lost'] = (score.ends[end?.stage ?? 'lost'] ?? 0) + 1;
        if (runs > 1) score.duplicates += 1;
        if (runs !== 1 || taken !== 1 || clear !== PEOPLE - 1 || end?.stage !== 'done') {
          score.wrong += 1;
          score.notes.push(`${taken} taken, ${clear} clear refusals, ${runs} runs, ended ${end?.stage}`);
        }
        await intent.end();
      }
    } finally {
      await lane.close();
      await proxy.close();
    }
  },
};
