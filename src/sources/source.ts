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

/** As node:http gives them: names in lower case. */
export type SentHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/** For senders that sign their bodies with a secret both sides know; all others carry our token. Pure. */
export interface Signed {
  /** Why it is not from them; undefined: one of the secrets signed exactly these bytes. Nothing was parsed yet. */
  refusal(headers: SentHeaders, body: Uint8Array, secrets: readonly string[]): Failure | undefined;
  /** When they signed it, if the signature covers that too: such a delivery is refused when it is old. */
  sentAt?(headers: SentHeaders): Instant | undefined;
  /** For those who say in headers what they send. Throws E_HEADER when they do not; `delivery`: the sender's own number of it. */
  label?(headers: SentHeaders): { readonly event: string; readonly delivery: string | undefined };
  /** Of those labels; everything else they may send is ignored. */
  readonly events?: readonly string[];
  /** Said with E_MEDIA_TYPE: how to make them send JSON. */
  readonly mediaTypeHint: string;
  /** It may say the same thing again in the same bytes hours later, and mean it: only within an hour that is a repetition. */
  readonly repeats?: true;
  /** While no secret is set our token is asked for; without this the door is closed then. */
  readonly orToken?: true;
}

/** For senders that sign with a certificate of their own, which has to be fetched. Pure: the door fetches, and only what an envelope names. */
export interface Sealed {
  /** Throws E_SCHEMA when it is no envelope, E_AUTH when it names an address that cannot be the sender's. */
  open(body: unknown): Envelope;
  /** Said with E_AUTH: which setting names those who may send. */
  readonly hint: string;
}

export interface Envelope {
  /** Must be one of those that the settings name, before anything is fetched. */
  readonly sender: string;
  readonly sentAt: Instant;
  readonly certificateUrl: string;
  /** True when the key of this certificate (PEM) signed it. Never throws. */
  isSignedBy(certificate: string): boolean;
  readonly asks: { readonly kind: 'deliver' } | { readonly kind: 'confirm'; readonly url: string } | { readonly kind: 'nothing'; readonly because: string };
}

export interface Source {
  /** `POST /webhooks/<name>`. */
  readonly name: string;
  readonly about: string;
  readonly signed?: Signed;
  readonly sealed?: Sealed;
  /** Its payload is `{ alerts: [...] }`, and each of them is one. */
  readonly batches?: true;
  /** Headers, in lower case, in which this sender can put our token besides `Authorization`. */
  readonly tokenHeaders?: readonly string[];
  /** What the sender says in headers beside the body; then the body is stored as `data` beside these. */
  beside?(headers: SentHeaders): Readonly<Record<string, string>> | undefined;
  /** What the body must look like; unknown keys pass. Checked before the delivery is stored. Of one with a label: `{ event, payload }`. */
  readonly payload: z.ZodType;
  /** Checks zod cannot say (times in range …), throws Failure with `path`. Before storing. */
  check?(payload: unknown, context: ReadContext): void;
  /** Pure. After storing, in order. */
  toSignals(payload: unknown, context: ReadContext): readonly RawSignal[];
  /** Why a payload gives no signal, for the log and the answer. Pure. */
  whyNothing?(payload: unknown): string | undefined;
  /** What it tells about repositories. Pure. */
  toChanges?(payload: unknown, context: ReadContext): readonly Seen[];
}

type Described = Pick<Source, 'name' | 'about' | 'signed' | 'sealed' | 'batches' | 'tokenHeaders' | 'beside'>;

export function defineSource<S extends z.ZodType>(
  source: Described & {
    payload: S;
    check?: (payload: z.output<S>, context: ReadContext) => void;
    toSignals: (payload: z.output<S>, context: ReadContext) => readonly RawSignal[];
    whyNothing?: (payload: z.output<S>) => string | undefined;
    toChanges?: (payload: z.output<S>, context: ReadContext) => readonly Seen[];
  },
): Source {
  const { check, toSignals, whyNothing, toChanges, ...rest } = source;
  return {
    ...rest,
    ...(check && { check: (payload: unknown, context: ReadContext) => check(payload as z.output<S>, context) }), // the caller parsed it with `payload`
    toSignals: (payload, context) => toSignals(payload as z.output<S>, context), // the same
    ...(whyNothing && { whyNothing: (payload: unknown) => whyNothing(payload as z.output<S>) }), // the same
    ...(toChanges && { toChanges: (payload: unknown, context: ReadContext) => toChanges(payload as z.output<S>, context) }), // the same
  };
}
