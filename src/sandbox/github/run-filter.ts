/** The filters of `GET …/runs`. */
import { lastAttempt, progressOf, type Run } from './runs.ts';
import type { World } from './world.ts';

const ORDERED = ['workflow_dispatch', 'repository_dispatch'];
// `created` takes GitHub's search syntax for dates.
const CREATED = /^(>=|<=|>|<)?(\S+?)(?:\.\.(\S+))?$/;

export function filterRuns(world: World, query: URLSearchParams): readonly Run[] {
  const now = world.now();
  const created = createdFilter(query.get('created'));
  return world.runs().filter((run) => {
    const isListed = now >= run.createdAt + (ORDERED.includes(run.event) ? world.options.listedAfterMs : 0);
    const given = (key: string, values: () => readonly (string | null)[]) => !query.has(key) || values().includes(query.get(key));
    return (
      isListed &&
      created(run.createdAt) &&
      given('event', () => [run.event]) &&
      given('branch', () => [run.ref]) &&
      given('head_sha', () => [run.sha]) &&
      given('actor', () => [lastAttempt(run).actor]) &&
      given('status', () => statesOf(run, now))
    );
  });
}

/** `status` asks for a status or a conclusion. */
function statesOf(run: Run, now: number): readonly (string | null)[] {
  const { status, conclusion } = progressOf(run, now);
  return [status, conclusion];
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
