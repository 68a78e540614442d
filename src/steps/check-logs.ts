/** Searches the service's logs around the incident: which errors, which of them are new, whether the release touches them, what they mean. */
import { z } from 'zod';
import type { Ending, Instant } from '../core/model.ts';
import { runningNow } from '../core/running.ts';
import { durationText, parseDuration } from '../lib/duration.ts';
import { Failure } from '../lib/failure.ts';
import { patternText } from '../lib/pattern.ts';
import type { LogQuery, LogResult } from '../logs/backend.ts';
import { cleanLines } from '../logs/clean.ts';
import { type Judged, judge, type Origin, onlyPull, type Searched, type Span, toJson } from '../logs/findings.ts';
import { groupErrors } from '../logs/fingerprint.ts';
import { type KnownError, recognise } from '../logs/known-errors.ts';
import type { ReleaseDiff } from '../logs/touched.ts';
import { defineStep, type World } from './step.ts';

/** Enough lines to group, little enough to read within a second. */
const MOST_BYTES = 4 * 1024 * 1024;
const LONGEST_SAY = 300;
/** Groups kept with the incident; the rest is in the logs themselves. */
const KEPT_GROUPS = 5;
const MOST_KNOWN = 20;

export const checkLogs = defineStep({
  use: 'check-logs',
  by: 'machine',
  about: 'Searches the logs of the service, groups errors by fingerprint, and says which are new since the release.',
  params: z.strictObject({
    window: durationText().default('10m').describe('How far back, and how far before the release to compare with.'),
    log_pattern: patternText().optional().describe('Only lines that match this regular expression; default: what looks like an error.'),
    max_lines: z.int().min(10).max(20_000).default(2_000).describe('The newest of each window.'),
    max_seconds: z.int().min(1).max(60).default(15).describe('For each search; a backend that takes longer has not answered.'),
  }),
  outcomes: [],
  facts: { total: 'int', groups: 'int', new_errors: 'int', in_release: 'int', top: 'string', known: 'list<string>' },
  run: search,
});

interface Params {
  readonly window: string;
  readonly log_pattern?: string | undefined;
  readonly max_lines: number;
  readonly max_seconds: number;
}

async function search(params: Params, world: World): Promise<Ending> {
  const backends = world.service?.logs ?? [];
  if (backends.length === 0) return { kind: 'failed', code: 'E_LOGS', say: `services.yml names no logs for ${world.incident.service}` };
  const spans = spansOf(params, world);
  const [now, before, diff] = await Promise.all([
    searched(world, params, spans.now),
    // Without it nothing can be called new, and what is there can still be shown.
    searched(world, params, spans.before).catch(tolerate),
    readDiff(world).catch(tolerate),
  ]);
  const judged = judge(now, before, diff);
  const kept = judged.slice(0, KEPT_GROUPS);
  const known = await recognise(
    judged.map(({ group }) => `${group.title}\n${group.cause ?? ''}\n${group.sample}`),
    world.knownErrors?.() ?? [],
    world.signal,
  );
  const origins = await originsOf(world, kept, diff);
  return report({ judged, known, origins, now, before, since: spans.since });
}

function tolerate(error: unknown): undefined {
  if (error instanceof Failure) return undefined;
  throw error;
}

interface Spans {
  readonly now: Span;
  readonly before: Span;
  /** The release both are compared around; undefined: the time before the incident is what there is. */
  readonly since: string | undefined;
}

/** Now: since the release, at most `window` before the incident. Before: as long, at least `window`, and right before the release where that is known. */
function spansOf(params: Params, { incident, now }: World): Spans {
  const windowMs = parseDuration(params.window) ?? 600_000; // checked by the schema
  const { release, openedAt } = incident;
  const start = Math.min(openedAt, now) - windowMs;
  // After a rollback something else runs, and the release's own window says nothing about it.
  const runs = release?.current !== undefined && runningNow(incident)?.tag === release.current;
  const deployedAt: Instant | undefined = runs && release.deployedAt !== undefined && release.deployedAt < now ? release.deployedAt : undefined;
  const from = deployedAt === undefined ? start : Math.max(deployedAt, start);
  const end = deployedAt ?? from;
  return {
    now: { from, to: now },
    before: { from: end - Math.max(windowMs, now - from), to: end },
    since: deployedAt === undefined ? undefined : release?.current,
  };
}

async function readDiff(world: World): Promise<ReleaseDiff | undefined> {
  const { release } = world.incident;
  const repo = world.service?.repo;
  if (!world.releaseDiff || repo === undefined || release?.current === undefined || release.previous === undefined) return undefined;
  if (runningNow(world.incident)?.tag !== release.current) return undefined;
  return world.releaseDiff({ repo, base: release.previous, head: release.current }, world.signal);
}

/** Who changed the touched files last. Each file is asked for once, whichever errors come from it. */
async function originsOf(world: World, kept: readonly Judged[], diff: ReleaseDiff | undefined): Promise<readonly (Origin | undefined)[]> {
  if (!diff) return [];
  const paths = kept.map(({ blame }) => (blame.kind === 'touched' ? blame.touch.path : undefined));
  const asked = new Map([...new Set(paths)].map((path) => [path, path === undefined ? undefined : originOf(world, path, diff)]));
  return await Promise.all(paths.map((path) => asked.get(path)));
}

/** Where GitHub does not say it, a release of one pull request still does. */
async function originOf(world: World, path: string, diff: ReleaseDiff): Promise<Origin | undefined> {
  const repo = world.service?.repo;
  if (!world.lastChange || repo === undefined) return onlyPull(diff);
  try {
    return await world.lastChange({ repo, base: diff.base, head: diff.head, path }, world.signal);
  } catch (error) {
    tolerate(error);
    return onlyPull(diff);
  }
}

async function searched(world: World, params: Params, span: Span): Promise<Searched> {
  const query = { ...span, pattern: params.log_pattern, maxLines: params.max_lines, maxBytes: MOST_BYTES, timeoutMs: params.max_seconds * 1_000 };
  const { lines, truncated } = await linesFrom(world, query);
  // Secrets end here: nothing behind this line has seen them.
  return { groups: await groupErrors(await cleanLines(lines), world.signal), span, truncated };
}

/** The first backend that answers is used. When none does, a reason that may pass is thrown before one that cannot: then the step is tried again. */
async function linesFrom(world: World, query: LogQuery): Promise<LogResult> {
  const reasons: Failure[] = [];
  for (const backend of world.service?.logs ?? []) {
    try {
      return await world.searchLogs(backend, query, world.signal);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      reasons.push(error);
    }
  }
  throw reasons.find(({ permanent }) => !permanent) ?? reasons[0];
}

interface Found {
  readonly judged: readonly Judged[];
  readonly known: readonly (KnownError | undefined)[];
  readonly origins: readonly (Origin | undefined)[];
  readonly now: Searched;
  readonly before: Searched | undefined;
  readonly since: string | undefined;
}

function report(found: Found): Ending {
  const { judged, known, origins, now, before, since } = found;
  const fresh = judged.filter(({ isNew }) => isNew);
  const inRelease = fresh.filter(({ blame }) => blame.kind === 'touched').length;
  const kept = judged.slice(0, KEPT_GROUPS).map((one, index) => toJson(one, { known: known[index], origin: origins[index] }));
  const [top] = judged;
  const title = kept[0]?.title;
  const data = {
    total: judged.reduce((sum, { group }) => sum + group.count, 0),
    groups: judged.length,
    new_errors: fresh.length,
    in_release: inRelease,
    top: typeof title === 'string' ? title : '',
    known: [...new Set(known.flatMap((entry) => entry?.id ?? []))].slice(0, MOST_KNOWN),
    since: since ?? null,
    window: { from: now.span.from, to: now.span.to, truncated: now.truncated },
    compared: before ? { from: before.span.from, to: before.span.to, truncated: before.truncated } : null,
    found: kept,
  };
  if (!top) return { kind: 'done', outcome: 'done', say: 'no errors in the logs', data };
  const parts = [counted(found, fresh.length), `most: ${data.top} (${top.group.count}×)`, ...blamed(fresh, since)];
  return { kind: 'done', outcome: 'done', say: parts.join('; ').slice(0, LONGEST_SAY), data };
}

function counted({ judged, before, since }: Found, fresh: number): string {
  const all = judged.length;
  const kinds = all === 1 ? '1 kind of error' : `${all} kinds of error`;
  if (!before) return `${kinds}; the time before could not be searched`;
  const news = since === undefined ? 'new' : `new since ${since}`;
  if (fresh === 0) return all === 1 ? `${kinds}, not ${news}` : `${kinds}, none of them ${news}`;
  if (fresh === all) return all === 1 ? `${kinds}, ${news}` : `${kinds}, all ${news}`;
  return `${fresh} of ${kinds} ${fresh === 1 ? 'is' : 'are'} ${news}`;
}

/** What the diff says about all new errors together; about none where it could not be read. */
function blamed(fresh: readonly Judged[], since: string | undefined): readonly string[] {
  const touch = fresh.flatMap(({ blame }) => (blame.kind === 'touched' ? [blame.touch] : []))[0];
  if (touch) return [`${since ?? 'the release'} changes ${touch.path}${touch.line === undefined ? '' : ` (line ${touch.line})`}`];
  const isUntouched = fresh.length > 0 && fresh.every(({ blame }) => blame.kind === 'untouched');
  return isUntouched ? [`nothing in ${since ?? 'the release'} touches ${fresh.length === 1 ? 'it' : 'them'}: rolling back may not help`] : [];
}
