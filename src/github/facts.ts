/** Everything a rollback is planned from, read at one moment. What could not be read is named in `gaps`; it is never taken for "none". */
import type { ReleaseFacts } from '../core/model.ts';
import type { Release } from '../core/rollback.ts';
import type { DeploymentEntry, Reads, ReleaseEntry, RollbackFacts, WorkflowFacts } from '../core/rollback-facts.ts';
import { type Asked, deployRunsOf, readAsked } from './asked.ts';
import { attempt, gapOf, type Tried } from './attempt.ts';
import type { GitHub } from './client.ts';
import { readCompare } from './compare.ts';
import { defaultTarget, type ListedDeployment, listDeployments, newestFirst, readState, runningByDeployments, tagOfRunning } from './deployments.ts';
import type { Desk } from './desk.ts';
import { readTagSha } from './refs.ts';
import { findLatest, findRelease, listReleases } from './releases.ts';
import { readRunning, readWorkflow, readWorkflowFile, type WorkflowFile, type WorkflowName, workflowName } from './workflow.ts';

export interface FactsAsk {
  readonly repo: string;
  readonly environment: string;
  /** undefined: choose by the rule of `defaultTarget`. */
  readonly tag: string | undefined;
  readonly tagPrefix: string;
  /** What the service's strategies need. A workflow without `@…` is read from the default branch. */
  readonly reads: readonly Reads[];
  /** Globs; one without a slash matches the file name in any folder. */
  readonly migrations: readonly string[];
  /** What the service itself says it runs: a tag, with or without prefix or `v`, or a commit. Wins over GitHub's deployments. */
  readonly runningTag: string | undefined;
}

interface Names {
  readonly current: string | undefined;
  readonly target: string | undefined;
  /** What a reader should know about how they were found. */
  readonly notes: readonly string[];
}

/**
 * Throws `Failure` only when the releases cannot be read: without them nothing can be planned. Two rounds of parallel requests;
 * a third one when the newest deployment turns out to have failed, or for a tag that is an object of its own (git tag -a).
 */
export async function gatherRollbackFacts(github: GitHub, ask: FactsAsk, at: { readonly now: number; readonly signal: AbortSignal }): Promise<RollbackFacts> {
  const desk: Desk = { github, repo: ask.repo, signal: at.signal, priority: 'rollback' };
  const lists = await readLists(desk, ask);
  const { releases, listed } = lists;
  const gaps: string[] = [...lists.gaps];

  // Nearly always every recent deployment succeeded; reading ahead on that assumption saves a round.
  const guess = choose(ask, releases, listed?.map(assumeSuccess));
  const ahead = readPair(desk, ask, guess);
  const deployments = listed && newestFirst(await Promise.all(listed.map((one) => readState(desk, one, (error) => gaps.push(gapOf('deployments', error))))));
  const names = choose(ask, releases, deployments);
  const same = names.current === guess.current && names.target === guess.target;
  const pair = same ? await ahead : await readPair(desk, ask, names);

  gaps.push(...names.notes);
  const ends = endsOf(pair, { names, releases, deployments }, gaps);
  const target = ends.target && { ...ends.target, tags: releases.map(({ tag }) => tag) };
  return {
    readAt: at.now,
    repo: ask.repo,
    environment: ask.environment,
    releases,
    ...ends,
    deployments,
    workflows: lists.workflows,
    running: lists.running,
    latestReleaseTag: lists.latestTag,
    deployRuns: deployRunsOf(lists.asked, target, (gap) => gaps.push(gap)),
    refs: lists.asked.refs,
    protection: lists.asked.protection,
    // Of the service's own, not of GitHub: whoever asked for these facts fills them in.
    artifacts: [],
    migrationRuns: [],
    gaps,
  };
}

/** From which release to which, and what lies between them; what could not be read is added to `gaps`. */
function endsOf(
  pair: Awaited<ReturnType<typeof readPair>>,
  { names, releases, deployments }: { readonly names: Names; readonly releases: readonly ReleaseEntry[]; readonly deployments: RollbackFacts['deployments'] },
  gaps: string[],
): Pick<RollbackFacts, 'current' | 'target' | 'compare'> {
  const take = <T>(tried: Tried<T | undefined>): T | undefined => {
    if (!tried.ok) gaps.push(tried.gap);
    return tried.ok ? tried.value : undefined;
  };
  const targetSha = take(pair.target);
  const currentSha = take(pair.current) ?? deployments?.find(({ ref }) => ref === names.current)?.sha;
  return {
    current: releaseOf(names.current, currentSha, releases),
    target: targetOf(names.target, targetSha, releases),
    compare: take(pair.compare),
  };
}

/** What ran when an incident opened and what ran before it. Members that cannot be found out are undefined; throws only `Failure`. */
export async function readReleaseFacts(
  github: GitHub,
  ask: { readonly repo: string; readonly environment: string; readonly tagPrefix?: string },
  signal: AbortSignal,
): Promise<ReleaseFacts> {
  const desk: Desk = { github, repo: ask.repo, signal };
  const prefix = ask.tagPrefix ?? '';
  const [releases, listed] = await Promise.all([listReleases(desk), listDeployments(desk, ask.environment)]);
  const deployments = newestFirst(await Promise.all(listed.map((one) => readState(desk, one, () => {}))));
  const isTag = (ref: string): boolean => releases.some((release) => release.tag === ref && !release.draft);
  const running = runningByDeployments(deployments, isTag, prefix);
  if (!('tag' in running)) return { current: undefined, previous: undefined, deployedAt: undefined };
  const landed = deployments.filter(({ state, ref }) => state === 'success' && isTag(ref) && ref.startsWith(prefix));
  return {
    current: running.tag,
    previous: landed.find(({ ref }) => ref !== running.tag)?.ref,
    deployedAt: landed.find(({ ref }) => ref === running.tag)?.at,
  };
}

interface Lists {
  readonly releases: readonly ReleaseEntry[];
  readonly listed: readonly ListedDeployment[] | undefined;
  readonly latestTag: string | undefined;
  readonly workflows: RollbackFacts['workflows'];
  readonly running: RollbackFacts['running'];
  readonly asked: Asked;
  readonly gaps: readonly string[];
}

/** The first round: everything that needs nothing else to be known. */
async function readLists(desk: Desk, ask: FactsAsk): Promise<Lists> {
  const gaps: string[] = [];
  const optional = async <T>(name: string, work: Promise<T>): Promise<T | undefined> => {
    const tried = await attempt(name, work);
    if (!tried.ok) gaps.push(tried.gap);
    return tried.ok ? tried.value : undefined;
  };
  const names = [...new Set(ask.reads.flatMap(({ workflow }) => workflow ?? []))];
  const files = [...new Map(names.map((name) => [workflowName(name).file, workflowName(name)])).values()];
  const [releases, named, latest, listed, ofTag, workflows, running, asked] = await Promise.all([
    listReleases(desk),
    ask.tag === undefined ? undefined : optional('target', findRelease(desk, ask.tag)),
    optional('latest release', findLatest(desk)),
    optional('deployments', listDeployments(desk, ask.environment)),
    ask.tag === undefined ? [] : optional('deployments', listDeployments(desk, ask.environment, ask.tag)),
    Promise.all(names.map(async (name) => [name, await readWorkflowFacts(desk, workflowName(name), gaps)] as const)),
    Promise.all(files.map((file) => optional('running', readRunning(desk, file)))),
    readAsked(desk, ask.reads, ask.environment),
  ]);
  const known = new Map([...releases, ...(named ? [named] : [])].map((release) => [release.id, release]));
  const all = new Map([...(listed ?? []), ...(ofTag ?? [])].map((one) => [one.id, one]));
  const byAge = [...known.values()].toSorted((a, b) => (b.publishedAt ?? Number.POSITIVE_INFINITY) - (a.publishedAt ?? Number.POSITIVE_INFINITY));
  return {
    releases: byAge,
    listed: listed && [...all.values()],
    latestTag: latest?.tag,
    workflows: Object.fromEntries(workflows),
    running: together(running),
    asked,
    gaps: [...gaps, ...asked.gaps],
  };
}

/** What one workflow hides, all of them hide. */
function together(lists: readonly RollbackFacts['running'][]): RollbackFacts['running'] {
  return lists.every((list) => list !== undefined) ? lists.flat() : undefined;
}

const assumeSuccess = (one: ListedDeployment): DeploymentEntry => ({ ...one, state: 'success', at: one.created_at });

function choose(ask: FactsAsk, releases: readonly ReleaseEntry[], deployments: readonly DeploymentEntry[] | undefined): Names {
  const isTag = (ref: string): boolean => releases.some((release) => release.tag === ref && !release.draft);
  const notes: string[] = [];
  const deployed = runningByDeployments(deployments ?? [], isTag, ask.tagPrefix);
  const byDeployments = 'tag' in deployed ? deployed.tag : undefined;
  const bySelf = ask.runningTag === undefined ? undefined : tagOfRunning(ask.runningTag, { releases, deployments: deployments ?? [], prefix: ask.tagPrefix });
  if (ask.runningTag !== undefined && bySelf === undefined)
    notes.push(`current: the service says it runs "${ask.runningTag.slice(0, 60)}", which is no release`);
  if (bySelf !== undefined && byDeployments !== undefined && bySelf !== byDeployments) {
    notes.push(`current: the service says it runs ${bySelf}, the newest successful deployment says ${byDeployments}`);
  }
  if (bySelf === undefined && deployments !== undefined && 'because' in deployed) notes.push(`current: ${deployed.because}`);
  const current = bySelf ?? byDeployments;
  const wrong = ask.tag === undefined ? undefined : whyNot(ask, isTag(ask.tag));
  if (wrong !== undefined) return { current, target: undefined, notes: [...notes, `target: ${wrong}`] };
  if (ask.tag !== undefined || current === undefined) return { current, target: ask.tag, notes };
  const mine = releases.filter(({ tag }) => tag.startsWith(ask.tagPrefix));
  const target = defaultTarget(mine, deployments, current);
  return { current, target: target.tag, notes: target.because === undefined ? notes : [...notes, `target: ${target.because}`] };
}

/** A repository may hold several services; a tag of another one would deploy that one's code here. */
function whyNot({ tag = '', tagPrefix, repo }: FactsAsk, exists: boolean): string | undefined {
  if (!tag.startsWith(tagPrefix)) return `${tag} is no release of this service, whose tags begin with ${tagPrefix}`;
  return exists ? undefined : `there is no published release ${tag} in ${repo}`;
}

/** The two commits and what lies between them. */
async function readPair(desk: Desk, ask: FactsAsk, { current, target }: Names) {
  const nothing = { ok: true, value: undefined } as const;
  const [targetSha, currentSha, compare] = await Promise.all([
    target === undefined ? nothing : attempt('target', readTagSha(desk, target)),
    current === undefined ? nothing : attempt('current', readTagSha(desk, current)),
    target === undefined || current === undefined ? nothing : attempt('compare', readCompare(desk, { target, current, migrations: ask.migrations })),
  ]);
  return { target: targetSha, current: currentSha, compare };
}

async function readWorkflowFacts(desk: Desk, name: WorkflowName, gaps: string[]): Promise<WorkflowFacts | undefined> {
  const [meta, file] = await Promise.all([attempt('workflow', readWorkflow(desk, name)), attempt('workflow', readWorkflowFile(desk, name))]);
  if (!meta.ok) {
    gaps.push(meta.gap);
    return undefined;
  }
  const read: WorkflowFile = file.ok ? file.value : { kind: 'unreadable', because: file.gap };
  // Our own word in GitHub's place: it answered that there is no such workflow.
  if (meta.value === undefined) return { id: 0, path: `.github/workflows/${name.file}`, state: 'missing', dispatchable: false, inputs: undefined };
  if (read.kind === 'unreadable') gaps.push(read.because);
  if (read.kind === 'missing') gaps.push(`workflow: ${meta.value.path} does not exist at ${name.ref ?? 'the default branch'}`);
  const inputs = read.kind === 'read' ? read.inputs : undefined;
  return { ...meta.value, inputs, dispatchable: read.kind === 'read' ? read.dispatchable : read.kind === 'unreadable' };
}

function releaseOf(tag: string | undefined, sha: string | undefined, releases: readonly ReleaseEntry[]): Release | undefined {
  const entry = releases.find((release) => release.tag === tag && !release.draft);
  return entry === undefined || sha === undefined ? undefined : { tag: entry.tag, sha, publishedAt: entry.publishedAt, url: entry.url };
}

function targetOf(tag: string | undefined, sha: string | undefined, releases: readonly ReleaseEntry[]): RollbackFacts['target'] {
  const entry = releases.find((release) => release.tag === tag && !release.draft);
  const release = releaseOf(tag, sha, releases);
  return entry && release && { ...release, releaseId: entry.id, immutable: entry.immutable };
}
