/** The filters of `GET …/runs`. */
import { lastAttempt, progressOf, type Run } from './runs.ts';
import type { World } from './world.ts';

// `created` takes GitHub's search syntax for dates.
const CREATED = /^(>=|<=|>|<)?(\S+?)(?:\.\.(\S+))?$/;

export function filterRuns(world: World, query: URLSearchParams): readonly Run[] {
  const now = world.now();
  const created = createdFilter(query.get('created'));
  return world.ledger.runs().filter((run) => {
    const isListed = now >= run.createdAt + (run.event === 'workflow_dispatch' ? world.options.listedAfterMs : 0);
    const { status, conclusion } = progressOf(run, now);
    const given = (key: string, ...values: readonly (string | null)[]) => !query.has(key) || values.includes(query.get(key));
    const fits =
      given('event', run.event) &&
      given('branch', run.ref) &&
      given('head_sha', run.sha) &&
      given('status', status, conclusion) &&
      given('actor', lastAttempt(run).actor);
    return isListed && fits && created(run.createdAt);
  });
}

/** Compared to the second, as GitHub stores it; a day without a time means all of it. */
function createdFilter(text: string | null): (at: number) => boolean {
  const [, sign, from = '', to] = CREATED.exec(text ?? '') ?? [];
  const first = startOf(from);
  if (first === undefined) return () => text === null; // not a date: nothing was created then
  const last = endOf(to ?? from);
  return (at) => {
    const second = Math.floor(at / 1000) * 1000;
    if (sign === '>=') return second >= first;
    if (sign === '>') return second > last;
    if (sign === '<=') return second <= last;
    if (sign === '<') return second < first;
    return second >= first && second <= last;
  };
}

function startOf(text: string): number | undefined {
  if (text === '*') return Number.NEGATIVE_INFINITY;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.floor(at / 1000) * 1000;
}

function endOf(text: string): number {
  if (text === '*') return Number.POSITIVE_INFINITY;
  const at = Date.parse(text);
  return /^\d{4}-\d{2}-\d{2}$/.test(text) ? at + 86_399_000 : Math.floor(at / 1000) * 1000;
}
