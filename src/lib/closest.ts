/** "Did you mean …?": the candidate nearest to what somebody typed. */

/** Number of letters to insert, remove, replace or swap with the neighbour (optimal string alignment) to turn `a` into `b`. */
export function distance(a: string, b: string): number {
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let cost = Math.min(at(above, column) + 1, at(current, column - 1) + 1, at(above, column - 1) + (same ? 0 : 1));
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) cost = Math.min(cost, at(before, column - 2) + 1);
      current.push(cost);
    }
    before = above;
    above = current;
  }
  return at(above, b.length);
}

const at = (row: readonly number[], column: number): number => row[column] ?? Number.POSITIVE_INFINITY;

// Longer words are cut: nobody mistypes 64 letters, and the cost grows with the product of the lengths.
const LONGEST = 64;

/** The nearest candidate within `most` edits (at most a third of the word), first one on a tie; undefined when nothing is near. */
export function closest(word: string, candidates: Iterable<string>, most = 2): string | undefined {
  const typed = word.slice(0, LONGEST).toLowerCase();
  let best: { candidate: string; edits: number } | undefined;
  for (const candidate of candidates) {
    const edits = distance(typed, candidate.slice(0, LONGEST).toLowerCase());
    if (edits <= Math.min(most, Math.max(1, Math.floor(candidate.length / 3))) && (!best || edits < best.edits)) best = { candidate, edits };
  }
  return best?.candidate;
}

/** ` Did you mean “steps”?`, with a leading space, or nothing. */
export function didYouMean(word: string, candidates: Iterable<string>): string {
  const candidate = closest(word, candidates);
  return candidate === undefined ? '' : ` Did you mean '${candidate}'?`;
}
