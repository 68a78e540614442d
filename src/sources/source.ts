/** What a source of alerts is. A source is one file here and one line in index.ts. */
import type { z } from 'zod';
import type { Instant, Severity } from '../core/model.ts';
import type { Catalog } from '../core/service.ts';

/** A signal before it is matched to a service. */
export interface RawSignal {
  readonly fingerprint: string;
  readonly state: 'firing' | 'resolved';
  readonly at: Instant;
  readonly severity: Severity | undefined;
  readonly summary: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly links: readonly { readonly title: string; readonly url: string }[];
  /** Set by sources that know it (polling, a person). */
  readonly service?: string;
}

export interface ReadContext {
  readonly now: Instant;
  readonly catalog: Catalog;
}

export interface Source {
  /** `POST /webhooks/<name>`. */
  readonly name: string;
  readonly about: string;
  /** What the body must look like; unknown keys pass. Checked before the delivery is stored. */
  readonly payload: z.ZodType;
  /** Checks zod cannot say (times in range …), throws Failure with `path`. Before storing. */
  check?(payload: unknown, context: ReadContext): void;
  /** Pure. After storing, in order. */
  toSignals(payload: unknown, context: ReadContext): readonly RawSignal[];
}

export function defineSource<S extends z.ZodType>(source: {
  name: string;
  about: string;
  payload: S;
  check?: (payload: z.output<S>, context: ReadContext) => void;
  toSignals: (payload: z.output<S>, context: ReadContext) => readonly RawSignal[];
}): Source {
  const { check, toSignals, ...rest } = source;
  return {
    ...rest,
    ...(check && { check: (payload: unknown, context: ReadContext) => check(payload as z.output<S>, context) }), // the caller parsed it with `payload`
    toSignals: (payload, context) => toSignals(payload as z.output<S>, context), // the same
  };
}
