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
