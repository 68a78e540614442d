/**
 * Half of a plan was done and the rest never will be: the prepared way back is taken, request by request. Each is looked for before it is
 * sent, so that it is sent again only when GitHub shows that it is not there. What passes is waited for; what does not is told to people.
 */
import type { Instant } from '../core/model.ts';
import type { RollbackAction } from '../core/rollback.ts';
import { shortOf } from '../core/short.ts';
import { applyAction } from '../github/apply.ts';
import { deedOf } from '../github/deeds/index.ts';
import type { Desk } from '../github/desk.ts';
import { Failure } from '../lib/failure.ts';
import type { Approved } from './rollback-deliver.ts';
import { again, type DeedAsk, type DeedEnd, type DeedParts, type Half, input, isFinal, keyOf, LOOK_EVERY_MS } from './rollback-parts.ts';
import { stateAfter, statesAfter } from './rollback-words.ts';

/** As long as an approval stands by default: what GitHub has not taken by then, people do faster by hand. */
const TAKE_BACK_MS = 10 * 60_000;
/** Where GitHub has said when it takes requests again: its limits are counted by the hour. */
const LIMITED_MS = 65 * 60_000;
/** Longer than a write may take: by then one whose answer was lost has arrived or never will. */
const SETTLE_MS = 20_000;
const LONGEST_WAIT_MS = 30_000;

/** Stored before its first request leaves, so that a crash in the middle does not forget it. */
export const beginTakingBack = (parts: DeedParts, { done, because, code }: Pick<Half, 'done' | 'because' | 'code'>): DeedEnd =>
  again(parts.now(), { half: { done, because, code, since: parts.now(), back: 0, tries: 0 } });

interface TakingBack {
  readonly rollback: Approved;
  readonly half: Half;
}

export async function takeBack(parts: DeedParts, ask: DeedAsk, { rollback, half }: TakingBack): Promise<DeedEnd> {
  const { undo } = rollback.plan;
  const action = undo[half.back];
  if (action === undefined) return taken(ask, half);
  const tried = await takeOneBack(parts, ask, { rollback, half, action });
  if (tried === 'done') return takeBack(parts, ask, { rollback, half: { ...half, back: half.back + 1, tries: 0, lostAt: undefined } });
  const { failure, lostAt } = tried;
  const waitMs = Math.min(LONGEST_WAIT_MS, LOOK_EVERY_MS * 2 ** half.tries);
  const due = Math.max(failure?.retryAt ?? 0, parts.now() + waitMs);
  const mostMs = failure?.retryAt === undefined ? TAKE_BACK_MS : LIMITED_MS;
  const isHopeless = failure !== undefined && !failure.unclear && isFinal(failure);
  if (isHopeless || due - half.since > mostMs) return left(ask, { rollback, half, failure });
  // Once: it may take a while, and meanwhile half of it is what people's users get.
  if (half.tries === 0) await ask.aid.report({ kind: 'rollbackMoved', id: ask.id, status: standing({ rollback, half }), job: undefined });
  return again(due, { half: { ...half, tries: half.tries + 1, lostAt } });
}

interface Tried {
  /** undefined: GitHub could not say whether it is there, or may still be at work on it. */
  readonly failure: Failure | undefined;
  /** When a request went out whose answer never came. */
  readonly lostAt: Instant | undefined;
}

async function takeOneBack(parts: DeedParts, ask: DeedAsk, { rollback, half, action }: TakingBack & { action: RollbackAction }): Promise<'done' | Tried> {
  const { repo } = rollback.plan;
  const { signal } = ask.aid;
  let { lostAt } = half;
  try {
    const desk: Desk = { github: parts.github, repo, signal, priority: 'rollback' };
    const found = await deedOf(action.kind).find(desk, action, { since: half.since, key: keyOf(ask) });
    if (typeof found === 'object') return 'done';
    const mayArrive = lostAt !== undefined && parts.now() - lostAt < SETTLE_MS;
    if (found === 'unknown' || mayArrive) return { failure: undefined, lostAt };
    await ask.aid.begin();
    lostAt = parts.now();
    await applyAction(parts.github, repo, { action, signal });
    return 'done';
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    // A refused request has done nothing; a reading that failed says nothing about the request before it.
    return { failure: error, lostAt: error.unclear || lostAt === half.lostAt ? lostAt : undefined };
  }
}

const failed = ({ id }: DeedAsk, code: string, because: string): DeedEnd => input({ kind: 'rollbackEnded', id, outcome: 'failed', code, because });

const taken = (ask: DeedAsk, { because, code, done }: Half): DeedEnd =>
  failed(ask, code, `${because}; ${done === 1 ? 'what the first had done' : `what the first ${done} had done`} was taken back`);

/** Exactly what stands and what is missing, before the reasons, which may be long: nobody but people will look at it again. */
function left(ask: DeedAsk, { rollback, half, failure }: TakingBack & { failure: Failure | undefined }): DeedEnd {
  const { undo } = rollback.plan;
  const todo = undo.slice(half.back).map(stateAfter).join(', then ');
  const why = failure ? shortOf(failure) : 'GitHub could not say whether that had been done';
  const stands = `half of it is done and could not be taken back. Left at GitHub: ${leftOf({ rollback, half })}`;
  return failed(ask, half.code, `${stands}. Make it so by hand: ${todo}. ${half.because}; taking it back: ${why}`);
}

const standing = (taking: TakingBack): string =>
  `half of it is done, and is being taken back: ${taking.half.because}. Until then this is so at GitHub: ${leftOf(taking)}`;

function leftOf({ rollback: { plan }, half }: TakingBack): string {
  const back = half.back === 0 ? '' : `; taken back: ${statesAfter(plan.undo.slice(0, half.back))}`;
  return `${statesAfter(plan.actions.slice(0, half.done))}${back}`;
}
