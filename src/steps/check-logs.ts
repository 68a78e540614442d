/** Searches the service's logs around the incident: what errors there are, and which of them are new since the release. */
import { z } from 'zod';
import type { Ending, Instant } from '../core/model.ts';
import { durationText, parseDuration } from '../lib/duration.ts';
import { Failure } from '../lib/failure.ts';
import { patternText } from '../lib/pattern.ts';
import { scrub } from '../lib/scrub.ts';
import type { LogLine } from '../logs/backend.ts';
import { groupErrors, type LogGroup } from '../logs/fingerprint.ts';
import { defineStep, type World } from './step.ts';

/** Enough lines to group, little enough to read within a second. */
const MOST_BYTES = 4 * 1024 * 1024;
const LONGEST_SAY = 300;
/** Groups kept with the incident; the rest is in the logs themselves. */
const KEPT_GROUPS = 5;
const SAMPLE_CHARS = 1_200;

export const checkLogs = defineStep({
  use: 'check-logs',
  by: 'machine',
  about: 'Searches the logs of the service, groups errors by fingerprint, and says which are new since the release.',
  params: z.strictObject({
    window: durationText().default('10m').describe('How far back, and how far before the release to compare with.'),
    log_pattern: patternText().optional().describe('Only lines that match this regular expression; default: what looks like an error.'),
    max_lines: z.int().min(10).max(20_000).default(2_000),
  }),
  outcomes: [],
  facts: { total: 'int', groups: 'int', new_errors: 'int', top: 'string' },
  run: search,
});

interface Params {
  readonly window: string;
  readonly log_pattern?: string | undefined;
  readonly max_lines: number;
}

async function search(params: Params, world: World): Promise<Ending> {
  const backends = world.service?.logs ?? [];
  if (backends.length === 0) return { kind: 'failed', code: 'E_LOGS', say: `services.yml names no logs for ${world.incident.service}` };
  const { release, openedAt } = world.incident;
  const windowMs = parseDuration(params.window) ?? 600_000; // checked by the schema
  const recent = release?.deployedAt !== undefined && world.now - release.deployedAt < windowMs ? release.deployedAt : Math.min(openedAt, world.now) - windowMs;
  // Logs may be delayed by seconds: what the old release wrote last belongs to the time before.
  const [now, before] = await Promise.all([
    linesFrom(world, params, { from: recent, to: world.now }),
    linesFrom(world, params, { from: recent - windowMs, to: recent }),
  ]);
  const known = new Set(groupErrors(before).map(({ fingerprint }) => fingerprint));
  return report(groupErrors(now), known, release?.current);
}

/** The first backend that answers is used; when none does, the last one's reason is thrown. */
async function linesFrom(world: World, params: Params, span: { from: Instant; to: Instant }): Promise<readonly LogLine[]> {
  let last: unknown;
  for (const backend of world.service?.logs ?? []) {
    try {
      const query = { ...span, pattern: params.log_pattern, maxLines: params.max_lines, maxBytes: MOST_BYTES };
      const { lines } = await world.searchLogs(backend, query, world.signal);
      // Secrets end here: nothing behind this line has seen them.
      return lines.map(({ at, text }) => ({ at, text: scrub(text) }));
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      last = error;
    }
  }
  throw last;
}

function report(groups: readonly LogGroup[], known: ReadonlySet<string>, release: string | undefined): Ending {
  const fresh = groups.filter(({ fingerprint }) => !known.has(fingerprint));
  const ordered = [...fresh, ...groups.filter(({ fingerprint }) => known.has(fingerprint))];
  const total = groups.reduce((sum, { count }) => sum + count, 0);
  const top = ordered[0];
  const data = {
    total,
    groups: groups.length,
    new_errors: fresh.length,
    top: top?.title ?? '',
    found: ordered
      .slice(0, KEPT_GROUPS)
      .map((group) => ({ title: group.title, count: group.count, is_new: !known.has(group.fingerprint), sample: group.sample.slice(0, SAMPLE_CHARS) })),
  };
  if (!top) return { kind: 'done', outcome: 'done', say: 'no errors in the logs', data };
  const since = release === undefined ? 'new' : `new since ${release}`;
  return {
    kind: 'done',
    outcome: 'done',
    say: `${counted(groups.length, fresh.length, since)}; most: ${top.title} (${top.count}×)`.slice(0, LONGEST_SAY),
    data,
  };
}

function counted(all: number, fresh: number, since: string): string {
  if (all === 1) return fresh === 1 ? `1 kind of error, ${since}` : '1 kind of error, not new';
  if (fresh === 0) return `${all} kinds of error, none of them new`;
  return fresh === all ? `${all} kinds of error, all ${since}` : `${fresh} of ${all} kinds of error ${fresh === 1 ? 'is' : 'are'} ${since}`;
}
