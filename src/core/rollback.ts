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

/** Everything `plan` and `preflight` look at, read from GitHub at one moment. `undefined` = could not be found out, never "none". */
export interface RollbackFacts {
  readonly readAt: Instant;
  readonly repo: string;
  readonly environment: string;
  /** Published releases, newest first; drafts and pre-releases are in, marked. */
  readonly releases: readonly ReleaseEntry[];
  /** The release that runs now, by the newest successful deployment (or the version endpoint). */
  readonly current: Release | undefined;
  readonly target: (Release & { readonly releaseId: number; readonly immutable: boolean }) | undefined;
  /** The deploys we know of, newest first. */
  readonly deployments: readonly DeploymentEntry[] | undefined;
  readonly compare: CompareFacts | undefined;
  readonly workflow: WorkflowFacts | undefined;
  /** Runs of the deploy workflow that have not ended. */
  readonly running: readonly { readonly id: number; readonly url: string; readonly title: string }[] | undefined;
  readonly latestReleaseTag: string | undefined;
  /** What could not be read, with the reason: `compare: 404 Not Found`. */
  readonly gaps: readonly string[];
}
export interface ReleaseEntry {
  readonly id: number;
  readonly tag: string;
  readonly draft: boolean;
  readonly prerelease: boolean;
  readonly immutable: boolean;
  readonly publishedAt: Instant | undefined;
  readonly url: string;
}
export interface DeploymentEntry {
  readonly id: number;
  readonly ref: string;
  readonly sha: string;
  readonly state: string;
  readonly at: Instant;
}
export interface CompareFacts {
  readonly commits: number;
  readonly authors: readonly string[];
  /** Files changed between target and current, at most 300. */
  readonly files: readonly { readonly path: string; readonly status: string }[];
  /** GitHub lists at most 300 files; true when it stopped there. */
  readonly truncated: boolean;
  readonly url: string;
  readonly status: 'ahead' | 'behind' | 'diverged' | 'identical';
  /** Those of `files` that a migration glob of the service matches. */
  readonly migrations: readonly string[];
}
export interface WorkflowFacts {
  readonly id: number;
  readonly path: string;
  readonly state: string;
  /** Names of `workflow_dispatch` inputs; undefined: could not be read; `dispatchable` false: the trigger is missing. */
  readonly dispatchable: boolean;
  readonly inputs: readonly { readonly name: string; readonly required: boolean; readonly options: readonly string[] | undefined }[] | undefined;
}

export interface Check {
  readonly name: string;
  readonly verdict: 'ok' | 'warn' | 'block';
  readonly because: string;
  readonly files?: readonly string[];
  readonly url?: string;
}

/** One request to GitHub, as data. `github/apply.ts` is the only place that sends it. */
export type RollbackAction =
  | {
      readonly kind: 'dispatchWorkflow';
      readonly workflow: string;
      readonly ref: string;
      readonly inputs: Readonly<Record<string, string>>;
      /** Which of `inputs` carries our key into the run's name; undefined: a run can only be recognised by time. */
      readonly keyInput: string | undefined;
    }
  | { readonly kind: 'markRelease'; readonly releaseId: number; readonly tag: string; readonly latest: boolean; readonly prerelease: boolean };

/** A rollback as a printable plan. While you can read it, nothing has happened. */
export interface RollbackPlan {
  readonly strategy: string;
  readonly repo: string;
  readonly environment: string;
  readonly from: Release;
  readonly to: Release;
  readonly checks: readonly Check[];
  readonly actions: readonly RollbackAction[];
  /** What to do to be back where we were: same kind of actions, prepared before acting. */
  readonly undo: readonly RollbackAction[];
  readonly compareUrl: string | undefined;
  readonly commits: number | undefined;
  readonly authors: readonly string[];
  /** Who may approve and how many are needed; frozen with the plan. */
  readonly approve: Approve;
}
export interface Approve {
  readonly require: number;
  /** Slack user ids (U…, W…) and user-group ids (S…). Empty: any member. */
  readonly from: readonly string[];
  readonly requesterMay: boolean;
  readonly expiresMs: number;
}

/** Where the effect can be watched. */
export interface RunReference {
  readonly kind: 'run' | 'release';
  readonly id: number;
  readonly url: string;
}

export type RollbackStage = 'planning' | 'asking' | 'applying' | 'tracking' | 'done' | 'refused' | 'declined' | 'expired' | 'cancelled' | 'failed' | 'unknown';

export interface Rollback {
  readonly id: RollbackId;
  readonly stage: RollbackStage;
  readonly by: Actor;
  readonly step: StepId | undefined;
  readonly tag: string | undefined;
  readonly reason: string;
  readonly requestedAt: Instant;
  readonly plan: RollbackPlan | undefined;
  readonly expiresAt: Instant | undefined;
  readonly approvals: readonly { readonly slackId: string; readonly name: string; readonly at: Instant }[];
  readonly run: RunReference | undefined;
  readonly sentAt: Instant | undefined;
  readonly status: string | undefined;
  readonly job: string | undefined;
  readonly endedAt: Instant | undefined;
  readonly because: string | undefined;
  readonly code: string | undefined;
}

/** Nothing more will happen to a rollback in one of these stages. */
export const ENDED: readonly RollbackStage[] = ['done', 'refused', 'declined', 'expired', 'cancelled', 'failed', 'unknown'];

/** Two plans that would do exactly the same thing to the same thing: what was approved is what is applied. */
export function samePlan(a: RollbackPlan, b: RollbackPlan): boolean {
  const bound = (p: RollbackPlan): Json => [p.strategy, p.repo, p.environment, p.from.tag, p.from.sha, p.to.tag, p.to.sha, p.actions as unknown as Json]; // actions are plain JSON by construction
  return JSON.stringify(bound(a)) === JSON.stringify(bound(b));
}
