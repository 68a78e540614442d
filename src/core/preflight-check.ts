/** What the checks of the pre-flight share: their names, what they are given, and how they speak. */
import type { Check, RollbackAction } from './rollback.ts';
import type { ChangedFile, RollbackFacts } from './rollback-facts.ts';
import type { WatchGlobs } from './service.ts';

/** What is to be checked besides the facts. */
export interface Draft {
  /** The tag somebody named; undefined: it was chosen. */
  readonly tag: string | undefined;
  readonly actions: readonly RollbackAction[];
  /** `forward`: a rollback is taken back, so the target is the newer one. Default: back. */
  readonly direction?: 'back' | 'forward';
  /** The release that runs is deployed once more: nothing changes, so nothing about a change is asked. */
  readonly redeploy?: boolean;
  /** The service's own; default: `WATCH_GLOBS`. */
  readonly watch?: WatchGlobs;
}

/** Names of the checks: they stand in Slack as they are. */
export const CHECKS = {
  target: 'Target',
  current: 'Running now',
  differs: 'Change',
  older: 'Direction',
  between: 'Releases between',
  deployed: 'Proven before',
  migrations: 'Migrations',
  files: 'Changed files',
  config: 'Configuration',
  locks: 'Dependencies',
  api: 'Public API',
  infrastructure: 'Infrastructure',
  artifacts: 'Artifacts',
  workflow: 'Workflow',
  environment: 'Environment',
  quiet: 'Other deployments',
} as const;

/** Facts of which both ends are known, and the way between them. */
export type Known = RollbackFacts & { readonly target: NonNullable<RollbackFacts['target']>; readonly current: NonNullable<RollbackFacts['current']> };
export interface Way {
  readonly facts: Known;
  readonly draft: Draft;
  readonly forward: boolean;
  /** Tags. `from` runs now. */
  readonly from: string;
  readonly to: string;
}

/** More than a tired reader takes in; a name from outside may be as long as it likes. */
const BECAUSE_MAX = 200;
const FILES_MAX = 20;

export function check(name: string, verdict: Check['verdict'], because: string, more: Omit<Check, 'name' | 'verdict' | 'because'> = {}): Check {
  const { files, ...rest } = more;
  return { name, verdict, because: clip(because, BECAUSE_MAX), ...rest, ...(files !== undefined && { files: files.slice(0, FILES_MAX) }) };
}

export const clip = (text: string, longest: number): string => (text.length > longest ? `${text.slice(0, longest - 1)}…` : text);
export const short = (sha: string): string => sha.slice(0, 7);
export const plural = (count: number, noun: string, several = `${noun}s`): string => `${count} ${count === 1 ? noun : several}`;
/** `a, b and 3 more`. */
export function some(names: readonly string[], most: number): string {
  const shown = names.slice(0, most).map((name) => clip(name, 60));
  return names.length > most ? `${shown.join(', ')} and ${names.length - most} more` : shown.join(', ');
}

/** Why something could not be read, without the name of the thing. */
export const gap = (facts: RollbackFacts, about: string): string | undefined =>
  facts.gaps.find((text) => text.startsWith(`${about}: `))?.slice(about.length + 2);

const MINUTE_MS = 60_000;
export function span(ms: number): string {
  const minutes = Math.max(0, Math.floor(ms / MINUTE_MS));
  if (minutes < 1) return 'less than a minute';
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 72 ? `${hours} h` : `${Math.floor(hours / 24)} days`;
}
export const ago = (facts: RollbackFacts, at: number): string => `${span(facts.readAt - at)} ago`;

/** What stands before the first number: `shop-v2.1.0` is of the family `shop-v`. Tags of one service share it. */
export const familyOf = (tag: string): string => tag.replace(/\d.*$/s, '');

export const names = (files: readonly ChangedFile[]): string =>
  some(
    files.map(({ path }) => path.split('/').slice(-2).join('/')),
    3,
  );

/** One file: to its lines. Several: to the whole difference. */
export function linked(files: readonly ChangedFile[], compareUrl: string | undefined): Pick<Check, 'files' | 'url'> {
  const url = files.length === 1 ? (files[0]?.url ?? compareUrl) : compareUrl;
  return { files: files.map(({ path }) => path), ...(url !== undefined && { url }) };
}
