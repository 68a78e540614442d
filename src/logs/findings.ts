/** What a log search found, as the values an incident keeps: new errors first, each with how often, since when, whether the release touches it, and advice. Pure. */
import type { Instant, Json } from '../core/model.ts';
import { scrub } from '../lib/scrub.ts';
import type { LogGroup } from './fingerprint.ts';
import type { KnownError } from './known-errors.ts';
import { type Blame, blameOf, type ReleaseDiff } from './touched.ts';

export interface Span {
  readonly from: Instant;
  readonly to: Instant;
}
export interface Searched {
  readonly groups: readonly LogGroup[];
  readonly span: Span;
  /** True when there was more than the limits let through: only the newest lines were read. */
  readonly truncated: boolean;
}
/** One kind of error of now, held against the time before. */
export interface Judged {
  readonly group: LogGroup;
  /** How often in the window before; undefined: that window could not be searched. */
  readonly before: number | undefined;
  readonly isNew: boolean;
  /** Per minute against the window before, where both are long enough to tell; 3 means three times as often. */
  readonly times: number | undefined;
  readonly blame: Blame;
}

/** Fewer are chance. */
const RISE_MIN_COUNT = 10;
const RISE_MIN_TIMES = 3;
const TITLE_CHARS = 200;
const SAMPLE_CHARS = 1_200;

/** New ones first, then those that grew, then by number. Without a window before, nothing is called new. */
export function judge(now: Searched, before: Searched | undefined, diff: ReleaseDiff | undefined): readonly Judged[] {
  const counts = new Map(before?.groups.map(({ fingerprint, count }) => [fingerprint, count]));
  const judged = now.groups.map((group): Judged => {
    const earlier = before && (counts.get(group.fingerprint) ?? 0);
    const isNew = earlier === 0;
    return { group, before: earlier, isNew, times: before && rise(group.count, earlier ?? 0, { now, before }), blame: blameOf(group.frames, diff) };
  });
  return judged.toSorted(
    (a, b) => Number(b.isNew) - Number(a.isNew) || Number(b.times !== undefined) - Number(a.times !== undefined) || b.group.count - a.group.count,
  );
}

function rise(count: number, earlier: number, { now, before }: { now: Searched; before: Searched }): number | undefined {
  // Of a window that was cut off nobody knows how long it is.
  if (earlier === 0 || count < RISE_MIN_COUNT || now.truncated || before.truncated) return undefined;
  const times = count / lengthOf(now.span) / (earlier / lengthOf(before.span));
  return times >= RISE_MIN_TIMES ? Math.round(times) : undefined;
}
const lengthOf = ({ from, to }: Span): number => Math.max(1, to - from);

/** Whoever changed the file last in the release; that is not always who changed the line. */
export interface Origin {
  readonly sha: string | undefined;
  readonly url: string;
  readonly author: string | undefined;
  readonly pull: number | undefined;
}

/** A release of one pull request leaves no question who changed what. */
export function onlyPull({ pulls, authors, url }: ReleaseDiff): Origin | undefined {
  const [pull] = pulls;
  if (pull === undefined || pulls.length > 1 || !/\/compare\/[^/]+$/.test(url)) return undefined;
  return { sha: undefined, pull, author: authors.length === 1 ? authors[0] : undefined, url: url.replace(/\/compare\/[^/]+$/, `/pull/${pull}`) };
}

export function toJson(
  { group, before, isNew, times, blame }: Judged,
  more: { known: KnownError | undefined; origin: Origin | undefined },
): Readonly<Record<string, Json>> {
  return {
    title: scrub(group.title).slice(0, TITLE_CHARS),
    cause: group.cause === undefined ? null : scrub(group.cause).slice(0, TITLE_CHARS),
    fingerprint: group.fingerprint,
    level: group.level,
    count: group.count,
    before: before ?? null,
    is_new: isNew,
    times: times ?? null,
    first_at: group.firstAt ?? null,
    last_at: group.lastAt ?? null,
    sample: scrub(group.sample).slice(0, SAMPLE_CHARS),
    known: more.known ? { id: more.known.id, title: more.known.title, means: more.known.means, check: more.known.check, do: more.known.do } : null,
    release: blameJson(blame, more.origin),
  };
}

function blameJson(blame: Blame, origin: Origin | undefined): Json {
  if (blame.kind !== 'touched') return { is: blame.kind, because: blame.because };
  const { path, line, function: name, reach, sureness, url } = blame.touch;
  return {
    is: 'touched',
    path,
    line: line ?? null,
    function: scrub(name).slice(0, 100),
    reach,
    sureness,
    url: url ?? null,
    others: blame.others,
    origin: origin ? { sha: origin.sha ?? null, url: origin.url, author: origin.author ?? null, pull: origin.pull ?? null } : null,
  };
}
