/** Who may ask, who may approve, how many it takes. Judged on the plan's own frozen policy, at the moment of the click. */
import { askersOf } from './askers.ts';
import type { Instant, Person } from './model.ts';
import type { Approve, QuietHours, Rollback, RollbackPlan } from './rollback.ts';

/** A reason shorter than this explains nothing to whoever reads the postmortem. */
export const REASON_MIN = 10;

/** Why this person may not ask for a rollback; undefined: they may. */
export function mayAsk(by: Person, policy: Approve): string | undefined {
  if (by.rank !== 'member') return 'Only full members of this workspace may ask for a rollback.';
  return named(by, policy.ask) ? undefined : 'You are not among the people who may ask for rollbacks of this service.';
}

/** Why this person may not approve; undefined: they may. */
export function mayApprove(rollback: Rollback, by: Person, policy: Approve): string | undefined {
  if (by.rank !== 'member') return 'Only full members of this workspace may approve a rollback.';
  if (!policy.requesterMay && askersOf(rollback).some(({ slackId }) => slackId === by.slackId)) {
    const how = rollback.plan?.askers === undefined ? '' : ', by your answer in the playbook';
    return `You asked for this rollback${how}; somebody else has to approve it.`;
  }
  if (rollback.approvals.some(({ slackId }) => slackId === by.slackId)) return 'You have approved this already; another person is needed.';
  return named(by, policy.from) ? undefined : 'You are not among the people who may approve rollbacks of this service.';
}

/** Why this person may not go alone; undefined: they may. Nobody may unless services.yml names them. */
export function mayBreakGlass(by: Person, policy: Approve): string | undefined {
  if (by.rank !== 'member') return 'Only full members of this workspace may break the glass.';
  if (policy.breakGlass.length === 0) return 'services.yml names nobody who may break the glass here (rollback.approve.break_glass).';
  return named(by, policy.breakGlass) ? undefined : 'You are not among the people who may break the glass here.';
}

const named = (by: Person, list: readonly string[]): boolean =>
  list.length === 0 || list.includes(by.slackId) || by.groups.some((group) => list.includes(group));

/** Red needs two people, whatever the policy says; quiet hours may need more. */
export function needed({ approve, light }: Pick<RollbackPlan, 'approve' | 'light'>, at: Instant): number {
  return Math.max(approve.require, light === 'red' ? 2 : 1, quietNow(approve.quiet, at)?.require ?? 0);
}

/** The strictest quiet hours that hold now. */
export function quietNow(quiet: readonly QuietHours[], at: Instant): QuietHours | undefined {
  return quiet.filter((hours) => holds(hours, at)).toSorted((a, b) => b.require - a.require)[0];
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

function holds({ days, from, to, zone }: QuietHours, at: Instant): boolean {
  const parts = new Intl.DateTimeFormat('en-US', { timeZone: zone, weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).formatToParts(at);
  const read = (type: string): string => parts.find((part) => part.type === type)?.value ?? '';
  const minute = Number(read('hour')) * 60 + Number(read('minute'));
  const today = DAYS.indexOf(read('weekday'));
  const on = (day: number): boolean => days.length === 0 || days.includes(day);
  if (from <= to) return on(today) && minute >= from && minute < to;
  // Over midnight: the early hours belong to the night that began the day before.
  return (on(today) && minute >= from) || (on((today + 6) % 7) && minute < to);
}
