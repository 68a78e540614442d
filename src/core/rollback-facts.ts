/** What a rollback is planned from: everything read from GitHub and from the service at one moment. */
import type { Instant } from './model.ts';
import type { Release } from './rollback.ts';

/** `undefined` = could not be found out, never "none". */
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
  /** By the name a strategy asked for, `deploy.yml@main`. */
  readonly workflows: Readonly<Record<string, WorkflowFacts | undefined>>;
  /** Runs of these workflows that have not ended. */
  readonly running: readonly { readonly id: number; readonly url: string; readonly title: string }[] | undefined;
  readonly latestReleaseTag: string | undefined;
  /** The newest successful deploy run of the target, by the workflow file a strategy asked for; null: there is none. */
  readonly deployRuns: Readonly<Record<string, DeployRun | null | undefined>>;
  /** Commits of the refs a strategy asked for (`heads/stable`, `tags/stable`); null: there is no such ref. */
  readonly refs: Readonly<Record<string, string | null | undefined>>;
  /** Rules of the environment that stand between a run and its deploy. */
  readonly protection: { readonly reviewers: boolean; readonly waitMinutes: number; readonly branchPolicy: boolean } | undefined;
  /** What the service needs of the target to be there: one entry per artifact that services.yml names. */
  readonly artifacts: readonly ArtifactFact[];
  /** Was each of `compare.migrations` run? One entry per file that could be answered; people's answers are in. */
  readonly migrationRuns: readonly MigrationRun[];
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
  /** Names of the files attached to it. */
  readonly assets: readonly string[];
}
export interface DeploymentEntry {
  readonly id: number;
  readonly ref: string;
  readonly sha: string;
  readonly state: string;
  readonly at: Instant;
}
export interface DeployRun {
  readonly id: number;
  /** Counts from 1; a re-run gets the next. */
  readonly attempt: number;
  readonly url: string;
  readonly title: string;
  readonly createdAt: Instant;
  readonly sha: string;
}
export interface CompareFacts {
  readonly commits: number;
  readonly authors: readonly string[];
  /** Numbers of the pull requests that are undone, newest first, as far as commit messages name them. */
  readonly pulls: readonly number[];
  /** Files changed between target and current, at most 300. */
  readonly files: readonly ChangedFile[];
  /** GitHub lists at most 300 files; true when it stopped there. */
  readonly truncated: boolean;
  readonly url: string;
  readonly status: 'ahead' | 'behind' | 'diverged' | 'identical';
  /** Those of `files` that a migration glob of the service matches. */
  readonly migrations: readonly string[];
}
export interface ChangedFile {
  readonly path: string;
  /** added, removed, modified, renamed, copied, changed, unchanged. */
  readonly status: string;
  /** Before it was renamed. */
  readonly before?: string;
  /** The changed lines as GitHub gives them; undefined: too large, or binary. */
  readonly patch?: string;
  readonly url?: string;
}
export interface WorkflowFacts {
  readonly id: number;
  readonly path: string;
  readonly state: string;
  /** Names of `workflow_dispatch` inputs; undefined: could not be read; `dispatchable` false: the trigger is missing. */
  readonly dispatchable: boolean;
  readonly inputs: readonly { readonly name: string; readonly required: boolean; readonly options: readonly string[] | undefined }[] | undefined;
}
export interface ArtifactFact {
  /** `image ghcr.io/acme/shop:v2.13.0`, `release file shop.tar.gz`. */
  readonly name: string;
  readonly state: 'there' | 'missing' | 'unknown';
  readonly because: string;
}
export interface MigrationRun {
  readonly file: string;
  readonly state: 'run' | 'not-run' | 'unknown';
  /** `schema_migrations has 20261120`, `ada says so`. */
  readonly because: string;
}

/** What a strategy needs to plan: named here, found in `RollbackFacts` under the same name. */
export interface Reads {
  /** `deploy.yml@main`: the file, its state and its inputs. */
  readonly workflow?: string;
  /** `deploy.yml`: its newest successful run for the target. */
  readonly deployRunOf?: string;
  /** `heads/stable`, `tags/stable`. */
  readonly ref?: string;
}
