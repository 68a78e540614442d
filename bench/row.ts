/** One row of the table of goals: what is measured, beside which floor, and what it printed. */
export interface Ask {
  /** Waits minutes instead of seconds where only that shows the whole effect. */
  readonly long: boolean;
  /** Says what is going on, on a line of its own. */
  tell(text: string): void;
}

export interface Line {
  readonly id: string;
  readonly what: string;
  readonly ours: string;
  /** What the least that does the job needs, measured in the same run. */
  readonly floor: string;
  /** ours / floor; undefined: the goal is no ratio. */
  readonly ratio: number | undefined;
  readonly goal: string;
  readonly ok: boolean;
  /** A wide spread, another figure worth knowing. */
  readonly note: string | undefined;
}

export interface Row {
  readonly ids: readonly string[];
  run(ask: Ask): Promise<readonly Line[]>;
}

export const ms = (value: number): string => `${value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)} ms`;

/** What a goal in milliseconds was set beside: what its floor needed then, and needs in this run. */
export interface Beside {
  readonly thenMs: number;
  readonly nowMs: number;
}

/** A slower machine stretches the floor and us alike, so a goal in milliseconds stretches with its floor; it never shrinks. */
export const allowed = (goalMs: number, { thenMs, nowMs }: Beside): number => goalMs * Math.max(1, nowMs / thenMs);

/** `p50 ≤ 2 D + 10 ms (here 24.1: the floor needs 8.4 ms, not 3.5)`. */
export function sayAllowed(what: string, goalMs: number, beside: Beside): string {
  const here = allowed(goalMs, beside);
  return `${what} ${goalMs} ms${here === goalMs ? '' : ` (here ${here.toFixed(0)}: the floor needs ${ms(beside.nowMs)}, not ${ms(beside.thenMs)})`}`;
}
