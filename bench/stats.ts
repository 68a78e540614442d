/** Medians and the like. A mean hides the one answer somebody waited for. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);
export const p99 = (values: readonly number[]): number => quantile(values, 0.99);

/** Rounds that differ by more than this are worth a word: the machine was busy, or the program is uneven. */
const WIDE = 0.25;

/** `rounds 0.81–1.12`, when the rounds lie far apart. */
export function wideSpread(rounds: readonly number[], digits = 2): string | undefined {
  const [low, high] = [Math.min(...rounds), Math.max(...rounds)];
  return (high - low) / median(rounds) > WIDE ? `rounds ${low.toFixed(digits)}–${high.toFixed(digits)}` : undefined;
}

/** The notes that say something, in one line. */
export function notes(...parts: readonly (string | undefined)[]): string | undefined {
  const said = parts.filter((part) => part !== undefined);
  return said.length === 0 ? undefined : said.join('; ');
}
