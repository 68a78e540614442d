import type { Instant } from './model.ts';

export interface Sample {
  readonly at: Instant;
  readonly value: number;
}

/** Did it help? No data is never healthy: that is `blind`. */
export interface Verdict {
  readonly kind: 'recovered' | 'better' | 'no-effect' | 'worse' | 'blind';
  readonly at: Instant;
  readonly because: string;
  /** Error fractions 0…1; undefined where there was no data. */
  readonly baseline: number | undefined;
  readonly during: number | undefined;
  readonly after: number | undefined;
  /** Tag that was proven to run, by its own answer; undefined: not proven. */
  readonly runs: string | undefined;
}
