/** What a source of alerts is. A source is one file here and one line in index.ts. */
import type { z } from 'zod';
import type { Instant, Severity } from '../core/model.ts';
import type { Seen } from '../core/seen.ts';
import type { Catalog } from '../core/service.ts';
import type { Failure } from '../lib/failure.ts';

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

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

/** For senders that sign their bodies and say in headers what they are; all others carry our bearer token. */
export interface Signed {
  /** Why it is not from them; undefined: one of the secrets signed exactly these bytes. Nothing was parsed yet. */
  refusal(headers: Headers, body: Uint8Array, secrets: readonly string[]): Failure | undefined;
  /** Throws E_HEADER when they do not say what it is. `delivery`: the sender's own number of it; the same number twice is the same delivery. */
  label(headers: Headers): { readonly event: string; readonly delivery: string | undefined };
  /** Everything else they may send is ignored. */
  readonly events: readonly string[];
  /** Said with E_MEDIA_TYPE: how to make them send JSON. */
  readonly mediaTypeHint: string;
}

export interface Source {
  /** `POST /webhooks/<name>`. */
  readonly name: string;
  readonly about: string;
  readonly signed?: Signed;
  /** What the body must look like; unknown keys pass. Checked before the delivery is stored. Of a signed one: `{ event, payload }`. */
  readonly payload: z.ZodType;
  /** Checks zod cannot say (times in range …), throws Failure with `path`. Before storing. */
  check?(payload: unknown, context: ReadContext): void;
  /** Pure. After storing, in order. */
  toSignals(payload: unknown, context: ReadContext): readonly RawSignal[];
  /** What it tells about repositories. Pure. */
  toChanges?(payload: unknown, context: ReadContext): readonly Seen[];
}

export function defineSource<S extends z.ZodType>(source: {
  name: string;
  about: string;
  signed?: Signed;
  payload: S;
  check?: (payload: z.output<S>, context: ReadContext) => void;
  toSignals: (payload: z.output<S>, context: ReadContext) => readonly RawSignal[];
  toChanges?: (payload: z.output<S>, context: ReadContext) => readonly Seen[];
}): Source {
  const { check, toSignals, toChanges, ...rest } = source;
  return {
    ...rest,
    ...(check && { check: (payload: unknown, context: ReadContext) => check(payload as z.output<S>, context) }), // the caller parsed it with `payload`
    toSignals: (payload, context) => toSignals(payload as z.output<S>, context), // the same
    ...(toChanges && { toChanges: (payload: unknown, context: ReadContext) => toChanges(payload as z.output<S>, context) }), // the same
  };
}
