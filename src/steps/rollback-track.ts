/** The effect is out there: reads until GitHub says how it ended. */
import type { Instant } from '../core/model.ts';
import type { Rollback } from '../core/rollback.ts';
import { followAction } from '../github/follow.ts';
import { type DeedAsk, type DeedEnd, type DeedParts, input, later } from './rollback-parts.ts';

export async function track(parts: DeedParts, ask: DeedAsk): Promise<DeedEnd> {
  const rollback = ask.incident.rollbacks[ask.id];
  const action = rollback?.plan?.actions.at(-1);
  if (rollback?.stage !== 'tracking' || !rollback.run || !rollback.plan || !action) return { kind: 'done' };
  const { repo, environment, to, from } = rollback.plan;
  const since = rollback.sentAt ?? ask.task.createdAt;
  const seen = await followAction(parts.github, repo, { reference: rollback.run, action, environment, since, signal: ask.aid.signal });
  switch (seen.kind) {
    case 'going':
      if (seen.status !== rollback.status || seen.job !== rollback.job)
        await ask.aid.report({ kind: 'rollbackMoved', id: ask.id, status: seen.status, job: seen.job });
      return later(parts.now() + pollMs(parts.now() - since), null);
    case 'done':
      return input({ kind: 'rollbackEnded', id: ask.id, outcome: 'done', code: undefined, because: seen.because });
    case 'failed': {
      const because = `${seen.because}; ${from.tag} may still be running instead of ${to.tag}`;
      return input({ kind: 'rollbackEnded', id: ask.id, outcome: 'failed', code: 'E_GITHUB', because, ...(seen.log && { log: seen.log }) });
    }
  }
}

/** People watch the first half minute; a run can take hours. */
function pollMs(ageMs: Instant): number {
  if (ageMs < 30_000) return 1_000;
  return ageMs < 300_000 ? 5_000 : 15_000;
}

/** The workflow whose usual duration readers may expect; undefined: there is none to compare with. */
export function workflowOf({ plan }: Pick<Rollback, 'plan'>): string | undefined {
  const action = plan?.actions.at(-1);
  return action !== undefined && 'workflow' in action ? action.workflow : undefined;
}
