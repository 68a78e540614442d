/** How long it takes until an error is told, reckoned from the settings of whoever measures. Pure. */

export interface DetectionSettings {
  readonly scrapeMs: number;
  readonly evaluationMs: number;
  /** Of the rate in the rule's expression; 0: it looks at the newest sample. */
  readonly windowMs: number;
  readonly forMs: number;
  readonly groupWaitMs: number;
}

/** What docs/examples/prometheus-rules.yml and alertmanager.yml say. */
export const RECOMMENDED: DetectionSettings = { scrapeMs: 15_000, evaluationMs: 15_000, windowMs: 60_000, forMs: 30_000, groupWaitMs: 0 };

export interface DetectionCost {
  /** Until the next scrape and the next evaluation: half an interval each, on average. */
  readonly lookMs: number;
  /** A rate follows a jump as its window fills; the usual threshold, a quarter of the jump (2 % of 8 %), is passed after a quarter of the window. */
  readonly fillMs: number;
  /** `for`, as long as evaluations really take it: in whole intervals. */
  readonly waitMs: number;
  readonly groupMs: number;
  readonly wholeMs: number;
}

export function detectionCost({ scrapeMs, evaluationMs, windowMs, forMs, groupWaitMs }: DetectionSettings): DetectionCost {
  const lookMs = (scrapeMs + evaluationMs) / 2;
  const fillMs = windowMs / 4;
  const waitMs = evaluationMs > 0 ? Math.ceil(forMs / evaluationMs) * evaluationMs : forMs;
  return { lookMs, fillMs, waitMs, groupMs: groupWaitMs, wholeMs: lookMs + fillMs + waitMs + groupWaitMs };
}

/** Prometheus' way to write durations, `1h30m`; undefined: it is none. */
export function promDuration(text: string): number | undefined {
  if (text === '0') return 0;
  if (!/^(?:\d{1,9}(?:ms|[smhdwy]))+$/.test(text)) return undefined;
  return [...text.matchAll(/(\d+)(ms|[smhdwy])/g)].reduce((sum, [, number, unit = '']) => sum + Number(number) * (UNITS_MS[unit] ?? 0), 0);
}
const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000, y: 31_536_000_000 };

/** The expression without its texts, and behind it those of the recording rules it names. */
export function spelledOut(expression: string, recorded: ReadonlyMap<string, string>, depth = 0): string {
  const code = expression.replace(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`|#.*$/gm, '""');
  const names = depth > DEEPEST ? [] : [...new Set(code.match(/[a-zA-Z_:][\w:]*/g) ?? [])];
  return [code, ...names.flatMap((name) => recorded.get(name) ?? []).map((inner) => spelledOut(inner, recorded, depth + 1))].join(' ');
}
const DEEPEST = 4;

/** The longest range of an expression that was spelled out. */
export function windowOf(code: string): number {
  return Math.max(0, ...[...code.matchAll(/\[\s*([\dsmhdwy]+)\s*(?::[^\]]*)?\]/g)].map(([, text = '']) => promDuration(text) ?? 0));
}
