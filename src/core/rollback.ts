/** A rollback, from the wish to the proof. */
import type { Actor, Instant, Json } from './model.ts';
import type { StepId } from './playbook.ts';

/** `rb1`, `rb2`, … within one incident. */
export type RollbackId = string;

/** One release tag and the commit it pointed at when we read it. */
export interface Release {
  readonly tag: string;
  /** 40 hex digits; annotated tags are followed to their commit. */
  readonly sha: string;
  readonly publishedAt: Instant | undefined;
  readonly url: string;
}

export interface Check {
  readonly name: string;
  /** `block` refuses; `danger` makes the plan red, `warn` amber; what could not be found out is never `ok`. */
  readonly verdict: 'ok' | 'warn' | 'danger' | 'block';
  readonly because: string;
  readonly files?: readonly string[];
  readonly url?: string;
  /** What it is about, where `because` also tells an age or a cause that the next reading words differently. */
  readonly about?: readonly string[];
  /** For `warn`: what to keep an eye on while and after it is done. */
  readonly watch?: string;
  /** A question only people can answer now; the card asks it. */
  readonly asks?: 'migrations';
}

/** Of all checks together: red needs two people and their written reasons, amber names what to watch. */
export type Light = 'green' | 'amber' | 'red';
export const lightOf = (checks: readonly Check[]): Light =>
  checks.some(({ verdict }) => verdict === 'danger' || verdict === 'block') ? 'red' : checks.some(({ verdict }) => verdict === 'warn') ? 'amber' : 'green';

/** One deed at GitHub, as data. Only `github/deeds/` does it. */
export type RollbackAction =
  | {
      readonly kind: 'dispatchWorkflow';
      readonly workflow: string;
      readonly ref: string;
      readonly inputs: Readonly<Record<string, string>>;
      /** Which of `inputs` carries our key into the run's name; undefined: a run can only be recognised by time. */
      readonly keyInput: string | undefined;
    }
  | { readonly kind: 'markRelease'; readonly releaseId: number; readonly tag: string; readonly latest: boolean; readonly prerelease: boolean }
  | {
      readonly kind: 'createDeployment';
      /** Tag name; `sha` is what it pointed at when the plan was made. */
      readonly ref: string;
      readonly sha: string;
      readonly environment: string;
      readonly task: string;
      readonly description: string;
      /** Carries our key as `tagback_id`. */
      readonly payload: Readonly<Record<string, string>>;
      /** Commit statuses that must be good; [] = none is looked at. */
      readonly requiredContexts: readonly string[];
    }
  | { readonly kind: 'rerunRun'; readonly runId: number; readonly attempt: number; readonly workflow: string; readonly tag: string; readonly url: string }
  | {
      readonly kind: 'repositoryDispatch';
      readonly eventType: string;
      readonly payload: Readonly<Record<string, string>>;
      /** Workflow file whose run-name carries `payload.tagback_id`; undefined: the deployment of the target, or the version endpoint, tells the end. */
      readonly workflow: string | undefined;
      readonly tag: string;
      readonly sha: string;
    }
  /** `from`: where it pointed when the plan was made; it is read again before it is moved, because GitHub cannot compare and swap. */
  | { readonly kind: 'moveRef'; readonly ref: string; readonly from: string; readonly to: string; readonly tag: string }
  | {
      readonly kind: 'openRevert';
      /** `tagback/revert-INC-42-rb1`: found again by this name. */
      readonly branch: string;
      readonly base: string;
      /** Commit of the base branch when the plan was made. */
      readonly baseSha: string;
      /** Its files are what the revert brings back. */
      readonly targetSha: string;
      readonly title: string;
      readonly body: string;
    };

/** A rollback as a printable plan. While you can read it, nothing has happened. */
export interface RollbackPlan {
  readonly strategy: string;
  /** `forward`: the way back from a rollback that did not help. */
  readonly direction: 'back' | 'forward';
  readonly repo: string;
  readonly environment: string;
  readonly from: Release;
  readonly to: Release;
  readonly checks: readonly Check[];
  readonly light: Light;
  readonly actions: readonly RollbackAction[];
  /** What to do to be back where we were: same kind of actions, prepared before acting. */
  readonly undo: readonly RollbackAction[];
  /** The other strategies of the service, in its order, each with the reason why it is not the one proposed. */
  readonly others: readonly { readonly strategy: string; readonly applicable: boolean; readonly because: string }[];
  readonly compareUrl: string | undefined;
  readonly commits: number | undefined;
  readonly authors: readonly string[];
  readonly pulls: readonly number[];
  /** Who may approve and how many are needed; frozen with the plan. */
  readonly approve: Approve;
  /** Everybody whose answers led a playbook to it, the last of them last; undefined: it was asked for outright. */
  readonly askers?: readonly Asker[];
}
export interface Asker {
  readonly slackId: string;
  readonly name: string;
}
export interface Approve {
  readonly require: number;
  /** Slack user ids (U…, W…) and user-group ids (S…). Empty: any member. */
  readonly from: readonly string[];
  /** Who may ask; the same kinds of ids. Empty: any member. */
  readonly ask: readonly string[];
  readonly requesterMay: boolean;
  readonly expiresMs: number;
  /** Who may break the glass: go alone, with a reason, everybody told. Empty: nobody. */
  readonly breakGlass: readonly string[];
  /** Times with stricter rules. */
  readonly quiet: readonly QuietHours[];
}
export interface QuietHours {
  /** 0 = Sunday … 6; empty: every day. */
  readonly days: readonly number[];
  /** Minutes since midnight in `zone`; `to` before `from` runs over midnight. */
  readonly from: number;
  readonly to: number;
  /** IANA, `Europe/Berlin`. */
  readonly zone: string;
  /** Approvals needed then. */
  readonly require: number;
}

/** Where the effect can be watched. */
export interface RunReference {
  readonly kind: 'run' | 'release' | 'deployment' | 'ref' | 'pull' | 'event';
  /** Of the run, release, deployment or pull request; 0 where GitHub gives none. */
  readonly id: number;
  readonly url: string;
  /** Of a re-run: the attempt to watch. */
  readonly attempt?: number;
  /** GitHub's own id of the answered request, for its support and our audit. */
  readonly requestId?: string;
}

export type RollbackStage =
  | 'planning'
  | 'asking'
  | 'counting'
  | 'applying'
  | 'sending'
  | 'tracking'
  | 'done'
  | 'refused'
  | 'declined'
  | 'expired'
  | 'cancelled'
  | 'failed'
  | 'unknown';

export interface Approval {
  readonly slackId: string;
  readonly name: string;
  readonly at: Instant;
  /** Written by the person; needed over a red pre-flight and to break the glass. */
  readonly reason: string | undefined;
  readonly glass: boolean;
}

export interface Rollback {
  readonly id: RollbackId;
  readonly stage: RollbackStage;
  readonly by: Actor;
  readonly step: StepId | undefined;
  readonly tag: string | undefined;
  readonly reason: string;
  readonly requestedAt: Instant;
  /** The rollback this one takes back: the plan is made of what that one stored. */
  readonly undoes: RollbackId | undefined;
  /** Somebody chose another one of the service's strategies than the first. */
  readonly strategy: string | undefined;
  /** Nobody asked: an alert did, by the service's own rule. Anyone may stop it while it counts down. */
  readonly automatic: boolean;
  /** What people said to the question of a check. */
  readonly answers: { readonly migrations?: { readonly run: boolean; readonly by: string } };
  readonly plan: RollbackPlan | undefined;
  readonly expiresAt: Instant | undefined;
  /** When an automatic one begins unless it is stopped. */
  readonly startsAt: Instant | undefined;
  readonly approvals: readonly Approval[];
  readonly run: RunReference | undefined;
  readonly sentAt: Instant | undefined;
  readonly status: string | undefined;
  readonly job: string | undefined;
  /** How long the last good run of its kind took, in ms. */
  readonly usualMs: number | undefined;
  readonly endedAt: Instant | undefined;
  readonly because: string | undefined;
  readonly code: string | undefined;
  /** The last lines of the job that failed, scrubbed. */
  readonly log: readonly string[];
}

/** Nothing more will happen to a rollback in one of these stages. */
export const ENDED: readonly RollbackStage[] = ['done', 'refused', 'declined', 'expired', 'cancelled', 'failed', 'unknown'];

/** Two plans that would do exactly the same thing to the same thing: what was approved is what is applied. */
export function samePlan(a: RollbackPlan, b: RollbackPlan): boolean {
  const bound = (p: RollbackPlan): Json => [
    p.strategy,
    p.direction,
    p.repo,
    p.environment,
    p.from.tag,
    p.from.sha,
    p.to.tag,
    p.to.sha,
    p.actions as unknown as Json,
  ]; // actions are plain JSON by construction
  return JSON.stringify(bound(a)) === JSON.stringify(bound(b));
}

type Ended = 'done' | 'refused' | 'failed' | 'unknown';

/** What happened to a rollback. */
export type RollbackEventBody =
  | {
      readonly kind: 'rollbackRequested';
      readonly id: RollbackId;
      readonly step: StepId | undefined;
      readonly tag: string | undefined;
      readonly reason: string;
      readonly undoes?: RollbackId;
      readonly automatic?: boolean;
    }
  | { readonly kind: 'rollbackPlanned'; readonly id: RollbackId; readonly plan: RollbackPlan; readonly expiresAt: Instant }
  /** A question was answered or another strategy chosen: the plan is made again, and approvals of the old one are void. */
  | { readonly kind: 'rollbackReplanned'; readonly id: RollbackId; readonly strategy?: string; readonly migrationsRun?: boolean }
  /** Nobody needs to approve; it begins at `at` unless somebody stops it. */
  | { readonly kind: 'rollbackCounting'; readonly id: RollbackId; readonly startsAt: Instant }
  | { readonly kind: 'rollbackApproved'; readonly id: RollbackId; readonly complete: boolean; readonly reason?: string; readonly glass?: boolean }
  /** From here on it is too late to cancel: stored before the first request leaves. */
  | { readonly kind: 'rollbackSending'; readonly id: RollbackId }
  | { readonly kind: 'rollbackSent'; readonly id: RollbackId; readonly run: RunReference; readonly usualMs?: number }
  | { readonly kind: 'rollbackMoved'; readonly id: RollbackId; readonly status: string; readonly job: string | undefined }
  | {
      readonly kind: 'rollbackEnded';
      readonly id: RollbackId;
      readonly outcome: Ended | 'declined' | 'expired' | 'cancelled';
      readonly code: string | undefined;
      readonly log?: readonly string[];
    };

/** What people may ask of a rollback. */
export type RollbackCommand =
  | { readonly kind: 'requestRollback'; readonly tag: string | undefined; readonly reason: string; readonly step: StepId | undefined }
  | { readonly kind: 'undoRollback'; readonly rollback: RollbackId; readonly reason: string }
  /** `plan`: when the plan that the person saw expires; another one in its place is not approved by it. */
  | { readonly kind: 'approveRollback'; readonly rollback: RollbackId; readonly plan?: Instant | undefined; readonly reason?: string }
  | { readonly kind: 'breakGlass'; readonly rollback: RollbackId; readonly plan?: Instant | undefined; readonly reason: string }
  | { readonly kind: 'answerMigrations'; readonly rollback: RollbackId; readonly run: boolean }
  | { readonly kind: 'chooseStrategy'; readonly rollback: RollbackId; readonly strategy: string }
  | { readonly kind: 'declineRollback'; readonly rollback: RollbackId; readonly reason: string }
  | { readonly kind: 'cancelRollback'; readonly rollback: RollbackId };

/** What the deed reports. */
export type RollbackInput =
  | { readonly kind: 'rollbackPlanned'; readonly id: RollbackId; readonly plan: RollbackPlan }
  | { readonly kind: 'rollbackSending'; readonly id: RollbackId }
  | { readonly kind: 'rollbackSent'; readonly id: RollbackId; readonly run: RunReference; readonly because: string; readonly usualMs?: number }
  | { readonly kind: 'rollbackMoved'; readonly id: RollbackId; readonly status: string; readonly job: string | undefined }
  | {
      readonly kind: 'rollbackEnded';
      readonly id: RollbackId;
      readonly outcome: Ended;
      readonly code: string | undefined;
      readonly because: string;
      readonly log?: readonly string[];
    };
