/** Each rollback of an incident in the words an auditor asks in: who asked, what was shown, who approved, what was sent, how it ended. */
import type { Incident } from '../core/model.ts';
import type { Approval, Check, Rollback } from '../core/rollback.ts';

export interface RollbackRecord {
  readonly id: string;
  /** Stands in the name of the GitHub run, or in the deployment's payload: `INC-42/rb1`. */
  readonly key: string;
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly repo: string | undefined;
  readonly environment: string | undefined;
  readonly strategy: string | undefined;
  readonly askedBy: string;
  readonly askedAt: string;
  readonly reason: string;
  readonly automatic: boolean;
  /** What the people who approved were shown. */
  readonly preflight: { readonly light: string; readonly checks: readonly Check[] } | undefined;
  readonly approvalsNeeded: number | undefined;
  readonly approvals: readonly (Omit<Approval, 'at'> & { readonly at: string })[];
  readonly sent: { readonly at: string; readonly url: string; readonly requestId: string | undefined } | undefined;
  readonly ended: { readonly at: string; readonly outcome: string; readonly because: string | undefined; readonly code: string | undefined } | undefined;
}

export function rollbackRecords({ id, rollbacks }: Pick<Incident, 'id' | 'rollbacks'>): readonly RollbackRecord[] {
  return Object.values(rollbacks).map((rollback) => recordOf(id, rollback));
}

function recordOf(incident: string, rollback: Rollback): RollbackRecord {
  const { id, plan, tag, reason, automatic, approvals, run, sentAt, endedAt, stage, because, code } = rollback;
  return {
    id,
    key: `${incident}/${id}`,
    from: plan?.from.tag,
    to: plan?.to.tag ?? tag,
    repo: plan?.repo,
    environment: plan?.environment,
    strategy: plan?.strategy,
    askedBy: askedBy(rollback),
    askedAt: iso(rollback.requestedAt),
    reason,
    automatic,
    preflight: plan && { light: plan.light, checks: plan.checks },
    approvalsNeeded: plan?.approve.require,
    approvals: approvals.map((approval) => ({ ...approval, at: iso(approval.at) })),
    sent: run && { at: iso(sentAt ?? 0), url: run.url, requestId: run.requestId },
    ended: endedAt === undefined ? undefined : { at: iso(endedAt), outcome: stage, because, code },
  };
}

/** All of those who did not count as approvers because they had asked. */
function askedBy({ by, plan }: Rollback): string {
  const people = plan?.askers ?? (by.kind === 'human' ? [by] : []);
  const names = people.map(({ name, slackId }) => `${name} (${slackId})`).join(' and ');
  if (names === '') return by.kind === 'source' ? by.name : 'Tagback';
  return plan?.askers === undefined ? names : `${names}, through the playbook`;
}

const iso = (at: number): string => new Date(at).toISOString();
