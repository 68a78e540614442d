/** What may be typed where a release tag is meant. Git itself allows `v1$(id)`, so the grammar is our own and narrow. */

/** Letters and digits first; then also . _ + - ; 128 at most. */
const TAG = /^[A-Za-z0-9][A-Za-z0-9._+-]{0,127}$/;
const LONGEST = 128;
const ECHO_MAX = 60;
const QUOTES = /^["'`“”„‘’«»]+|["'`“”„‘’«»]+$/gu;
// Controls, zero-width and direction marks, spaces that are no plain space, variation selectors, fillers: invisible or nearly so.
const HIDDEN = /\p{Cf}|\p{Cc}|\p{Zl}|\p{Zp}|[^\P{Zs} ]|\p{Default_Ignorable_Code_Point}/u;

export type CheckedTag =
  /** `note` says what was taken away, for the answer. */
  | { readonly ok: true; readonly tag: string; readonly note: string | undefined }
  | { readonly ok: false; readonly code: 'E_TAG_SYNTAX' | 'E_ARGS'; readonly message: string };

/** Whether a tag may be handed to a deploy workflow. The names GitHub tells us are as foreign as typed ones. */
export const isTag = (text: string): boolean => TAG.test(text);

/** Reads one tag. Quotes around it are taken off. Says nothing about whether the tag exists. */
export function checkTag(text: string): CheckedTag {
  const bare = text.trim().replace(QUOTES, '');
  const refuse = (message: string, code: 'E_TAG_SYNTAX' | 'E_ARGS' = 'E_TAG_SYNTAX'): CheckedTag => ({ ok: false, code, message });
  if (bare === '') return refuse('Not a tag: nothing was typed; name a release tag.');
  if (bare.length > LONGEST) return refuse(`Not a tag: longer than ${LONGEST} characters (“${echo(bare)}”).`);
  if (bare.toLowerCase() === 'latest') return refuse("'latest' is not a tag; name a release tag.");
  if (TAG.test(bare)) return { ok: true, tag: bare, note: bare === text.trim() ? undefined : `quotes around ${bare} were taken off` };
  const words = bare.split(/ +/);
  if (words.length > 1 && words.every((word) => TAG.test(word))) return refuse(`One tag expected, got ${words.length}.`, 'E_ARGS');
  return refuse(`Not a tag: ${whatIsWrong(bare)}`);
}

function whatIsWrong(text: string): string {
  const hidden = HIDDEN.exec(text);
  if (hidden) {
    const rest = [...text].filter((character) => !HIDDEN.test(character)).join('');
    const advice = TAG.test(rest) ? `did you mean ${rest}?` : 'type the tag by hand.';
    return `hidden character ${codePoint(hidden[0])} at position ${hidden.index}; ${advice}`;
  }
  const ref = /^(?:refs\/)?tags\/(.+)$/.exec(text)?.[1];
  if (ref !== undefined && TAG.test(ref)) return `write the tag alone; did you mean ${ref}?`;
  if (/^(refs\/|heads\/|origin\/)/.test(text)) return 'a branch is not a release; name a release tag.';
  const odd = /[^A-Za-z0-9._+ -]/u.exec(text);
  if (odd) return `character ${named(odd[0])} not allowed at position ${odd.index}; a tag looks like v1.2.3.`;
  const space = text.indexOf(' ');
  if (space !== -1) return `a space is not allowed at position ${space}; a tag looks like v1.2.3.`;
  return `it must begin with a letter or a digit, not with ${named(text[0] ?? '')}.`;
}

/** Plain signs are shown; those that mean something to Slack or to no reader are named. */
function named(character: string): string {
  return /^[!-~]$/.test(character) && !/[<>&@`]/.test(character) ? `'${character}'` : codePoint(character);
}

function codePoint(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}

/** What somebody typed, cut and without anything that could ping, link or hide. */
function echo(text: string): string {
  const plain = text.replace(/[^A-Za-z0-9._+/ -]/gu, '·');
  return plain.length > ECHO_MAX ? `${plain.slice(0, ECHO_MAX)}…` : plain;
}

/** The known tags that look most like the one that was not found, best first; earlier ones win a tie, so hand them in newest first. */
export function nearestTags(tag: string, known: readonly string[], count = 3): readonly string[] {
  return known
    .map((candidate) => ({ candidate, score: likeness(version(tag), version(candidate)) + likeness(tag, candidate) / 100 }))
    .toSorted((a, b) => b.score - a.score)
    .slice(0, count)
    .map(({ candidate }) => candidate);
}

/** Without what stands before the first digit: the v that was left out. */
const version = (tag: string): string => tag.replace(/^\D+(?=\d)/, '');

/** Common beginning plus common end, less half the difference in length: 1.2.99 is nearest to the other 1.2.x. */
function likeness(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  let head = 0;
  while (head < shorter && a[head] === b[head]) head += 1;
  let tail = 0;
  while (tail < shorter - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail += 1;
  return head + tail - Math.abs(a.length - b.length) / 2;
}
