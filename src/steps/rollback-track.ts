/** The effect is out there: reads until GitHub says how it ended, or until the time is over in which such an effect shows itself. */
import type { Instant } from '../core/model.ts';
import { span } from '../core/preflight-check.ts';
import type { Rollback, RunReference } from '../core/rollback.ts';
import { followAction } from '../github/follow.ts';
import { Failure } from '../lib/failure.ts';
import { type DeedAsk, type DeedEnd, type DeedParts, input, isFinal, later, unknown } from './rollback-parts.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Nothing is followed for ever: while it is, nobody else may deploy the service, and the incident cannot be resolved. */
export const FOLLOWED_MOST_MS: Readonly<Record<RunReference['kind'], number>> = {
  // GitHub answered that it is done; only its copies lag, by seconds.
  ref: 2 * MINUTE_MS,
  release: 2 * MINUTE_MS,
  // Hosted jobs end after six hours at the latest (GitHub Actions limits).
  run: 6 * HOUR_MS,
  // Carried out by others, who may never have heard of it.
  deployment: 2 * HOUR_MS,
  event: HOUR_MS,
  // People merge it.
  pull: 24 * HOUR_MS,
};

const UNREADABLE_MS = HOUR_MS;

/** How long GitHub could not be read. */
interface TrackMemo {
  readonly failingSince?: Instant;
}

const NAMES: Readonly<Record<RunReference['kind'], string>> = {
  ref: 'a ref that was moved',
  release: 'a release that was marked',
  run: 'a run',
  deployment: 'a deployment',
  event: 'what follows an event',
  pull: 'a pull request',
};

export async function track(parts: DeedParts, ask: DeedAsk): Promise<DeedEnd> {
  const rollback = ask.incident.rollbacks[ask.id];
  const action = rollback?.plan?.actions.at(-1);
  if (rollback?.stage !== 'tracking' || !rollback.run || !rollback.plan || !action) return { kind: 'done' };
  const { repo, environment, to, from } = rollback.plan;
  const { run } = rollback;
  const since = rollback.sentAt ?? ask.task.createdAt;
  const until = since + FOLLOWED_MOST_MS[run.kind];
  const seen = await followAction(parts.github, repo, { reference: run, action, environment, since, signal: ask.aid.signal }).catch(failureOf);
  const isOver = parts.now() >= until;
  const pollAt = Math.min(parts.now() + pollMs(parts.now() - since), until);
  if (seen instanceof Failure) return isOver ? unknown(ask.id, lostSight(run, seen.message)) : unreadable(parts, ask, { failure: seen, pollAt, until });
  switch (seen.kind) {
    case 'going': {
      if (isOver) return unknown(ask.id, lostSight(run, seen.status));
      if (seen.status !== rollback.status || seen.job !== rollback.job)
        await ask.aid.report({ kind: 'rollbackMoved', id: ask.id, status: seen.status, job: seen.job });
      return later(pollAt, null);
    }
    case 'done':
      return input({ kind: 'rollbackEnded', id: ask.id, outcome: 'done', code: undefined, because: seen.because });
    case 'failed': {
      const because = `${seen.because}; ${from.tag} may still be running instead of ${to.tag}`;
      return input({ kind: 'rollbackEnded', id: ask.id, outcome: 'failed', code: 'E_GITHUB', because, ...(seen.log && { log: seen.log }) });
    }
  }
}

function lostSight({ kind, url }: RunReference, status: string): string {
  const most = span(FOLLOWED_MOST_MS[kind]);
  return `it was sent, and no end of it was seen in ${most}, as long as ${NAMES[kind]} is followed (last: ${status}); look at ${url}; it is not sent again by itself`;
}

function failureOf(error: unknown): Failure {
  if (error instanceof Failure) return error;
  throw error;
}

/** One reading that fails says nothing about a run that has been going for an hour. An hour of them is for people. */
function unreadable(parts: DeedParts, { task }: DeedAsk, { failure, pollAt, until }: { failure: Failure; pollAt: Instant; until: Instant }): DeedEnd {
  const { failingSince = parts.now() } = (task.memo ?? {}) as TrackMemo; // written here only
  if (isFinal(failure) || parts.now() - failingSince >= UNREADABLE_MS) throw failure;
  return later(Math.min(Math.max(failure.retryAt ?? 0, pollAt), until), { failingSince });
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
