/** Stack frame ∩ release diff: does the release that runs touch the code an error comes from? Pure. */
import type { CompareFacts } from '../core/rollback-facts.ts';
import { type Frame, isForeign } from './frames.ts';
import { hunksOf } from './hunks.ts';
import { type Sureness, sameFile } from './same-file.ts';

/** What lies between the release before and the one that runs. */
export interface ReleaseDiff extends Pick<CompareFacts, 'files' | 'truncated' | 'url' | 'pulls' | 'authors'> {
  /** The tag before, and the one that runs. */
  readonly base: string;
  readonly head: string;
  /** Characters of a patch its reader keeps; a longer one was cut. */
  readonly patchKeptChars?: number;
}

/** `line`: the very line changed. `function`: a change within the same function. `nearby`: within a few lines. `file`: elsewhere in the file, or nobody knows where. */
export type Reach = 'line' | 'function' | 'nearby' | 'file';
export interface Touch {
  readonly path: string;
  readonly line: number | undefined;
  readonly function: string;
  readonly reach: Reach;
  readonly sureness: Sureness;
  /** The file as it is at the running release. */
  readonly url: string | undefined;
}
/** `unknown` is never read as "untouched": no diff, no frame of ours, or a diff GitHub cut off. */
export type Blame =
  | { readonly kind: 'touched'; readonly touch: Touch; readonly others: number }
  | { readonly kind: 'untouched'; readonly because: string }
  | { readonly kind: 'unknown'; readonly because: string };

const MOST_FRAMES = 10;
const RANK: Record<Reach, number> = { line: 0, function: 1, nearby: 2, file: 3 };
const SURE: Record<Sureness, number> = { sure: 0, likely: 1, guess: 2 };

/** `frames` innermost first. The best touch is the surest match with the closest change, and among equals the innermost. */
export function blameOf(frames: readonly Frame[], diff: ReleaseDiff | undefined): Blame {
  if (!diff) return { kind: 'unknown', because: 'what the release changed could not be read' };
  const own = frames.filter((frame) => !isForeign(frame) && frame.file !== '').slice(0, MOST_FRAMES);
  if (own.length === 0)
    return { kind: 'unknown', because: frames.length === 0 ? 'the log holds no stack trace for it' : 'its stack trace shows libraries only' };
  const touches = own.flatMap((frame) => touchOf(frame, diff) ?? []).sort((a, b) => SURE[a.sureness] - SURE[b.sureness] || RANK[a.reach] - RANK[b.reach]);
  const [touch] = touches;
  if (touch) return { kind: 'touched', touch, others: new Set(touches.map(({ path }) => path)).size - 1 };
  if (diff.truncated) return { kind: 'unknown', because: 'the release changes more files than GitHub lists' };
  return { kind: 'untouched', because: noneOf(new Set(own.map(({ file }) => file)).size, diff.files.length) };
}

/** `traced`: files in the stack trace; `changed`: files of the release. */
function noneOf(traced: number, changed: number): string {
  const among = changed === 1 ? 'the one file' : `among the ${changed} files`;
  return traced === 1 ? `the file in its stack trace is not ${among} it changes` : `none of the ${traced} files in its stack trace is ${among} it changes`;
}

function touchOf(frame: Frame, diff: ReleaseDiff): Touch | undefined {
  const there = diff.files.filter(({ status }) => status !== 'removed' && status !== 'unchanged');
  const same = sameFile(
    frame,
    there.map(({ path }) => path),
  );
  const file = same && there.find(({ path }) => path === same.path);
  if (!same || !file) return undefined;
  const line = same.linesHold ? frame.line : undefined;
  const reach = reachOf({ ...frame, line }, file.patch, diff.patchKeptChars);
  const url = file.url !== undefined && line !== undefined ? `${file.url}#L${line}` : file.url;
  return { path: same.path, line, function: frame.function, reach, sureness: same.sureness, url };
}

function reachOf({ line, function: name }: Frame, patch: string | undefined, keptChars: number | undefined): Reach {
  const { hunks } = hunksOf(patch, keptChars);
  if (line !== undefined && hunks.some(({ touched }) => touched.has(line))) return 'line';
  const word = name.split(/[.:#>]+/).at(-1) ?? '';
  const named = word.length > 2 ? new RegExp(`\\b${word.replace(/[^\w]/g, '\\$&')}\\b`) : undefined;
  if (named && hunks.some(({ section }) => named.test(section))) return 'function';
  return line !== undefined && hunks.some(({ from, to }) => line >= from && line <= to) ? 'nearby' : 'file';
}
