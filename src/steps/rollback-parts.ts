/** What the deed of a rollback is given, and how its stages end. */
import type { Incident, IncidentId, Input, Instant, Json } from '../core/model.ts';
import type { RollbackId, RunReference } from '../core/rollback.ts';
import type { RollbackFacts } from '../core/rollback-facts.ts';
import type { Service } from '../core/service.ts';
import type { Sample } from '../core/verdict.ts';
import type { GitHub } from '../github/client.ts';
import type { Failure } from '../lib/failure.ts';
import type { RollbackStrategy } from '../rollbacks/strategy.ts';
import type { Probe } from './step.ts';

export interface DeedParts {
  readonly github: GitHub;
  readonly strategies: readonly RollbackStrategy[];
  now(): Instant;
  probe(url: string, signal: AbortSignal): Promise<Probe>;
  /** What only the service's own surroundings can tell: do its artifacts exist, were its migrations run. Never rejects. */
  surroundings(service: Service, facts: RollbackFacts, signal: AbortSignal): Promise<Pick<RollbackFacts, 'artifacts' | 'migrationRuns'>>;
  /** The newest error rate of the service; undefined: there is none to see. Never rejects. */
  errorRate(service: Service, signal: AbortSignal): Promise<Sample | undefined>;
  /** As it is now, not as it was when the task began. */
  incident(id: IncidentId): Promise<Incident>;
}
export interface DeedAsk {
  readonly incident: Incident;
  readonly service: Service | undefined;
  readonly id: RollbackId;
  readonly task: { readonly unclearSince: Instant | undefined; readonly memo: Json; readonly createdAt: Instant };
  readonly aid: { readonly signal: AbortSignal; begin(input?: Input): Promise<void>; report(input: Input): Promise<void> };
}
export type DeedEnd =
  | { readonly kind: 'done' }
  | { readonly kind: 'input'; readonly input: Input }
  | { readonly kind: 'later'; readonly due: Instant; readonly memo: Json; readonly unclear?: boolean };

/** The key everything we send is recognised by, `INC-42/rb1`. */
export const keyOf = (ask: DeedAsk): string => `${ask.incident.id}/${ask.id}`;

export const input = (value: Input): DeedEnd => ({ kind: 'input', input: value });
export const later = (due: Instant, memo: Json) => ({ kind: 'later' as const, due, memo });
export const refused = (id: RollbackId, code: string, because: string): DeedEnd => input({ kind: 'rollbackEnded', id, outcome: 'refused', code, because });
export const unknown = (id: RollbackId, because: string): DeedEnd => input({ kind: 'rollbackEnded', id, outcome: 'unknown', code: 'E_UNCLEAR', because });
export const sent = (id: RollbackId, run: RunReference, { because, usualMs }: { because: string; usualMs?: number | undefined }): DeedEnd =>
  input({ kind: 'rollbackSent', id, run, because, ...(usualMs !== undefined && { usualMs }) });

export const LOOK_EVERY_MS = 3_000;
/** Written by one attempt at sending, read by the next. */
export interface ApplyMemo {
  /** The answer of a request we surely sent was lost at this time. */
  readonly lostAt?: Instant;
  /** GitHub took the request but did not say which run it started. */
  readonly acceptedAt?: Instant;
  /** How many of the plan's requests were done before that one. */
  readonly done?: number;
  readonly looks?: number;
  readonly half?: Half;
}
/** Of a plan whose first requests were done and whose next one never will be: how far taking them back has come. */
export interface Half {
  /** Requests of the plan that were done. */
  readonly done: number;
  /** Why it could not go on. */
  readonly because: string;
  readonly code: string;
  /** When taking back began. */
  readonly since: Instant;
  /** Requests of the way back that stand. */
  readonly back: number;
  /** Attempts at the next one that failed for a cause that passes. */
  readonly tries: number;
  /** The answer to the last attempt was lost at this time. */
  readonly lostAt?: Instant | undefined;
}
/** Nothing is sent again before it was looked for. */
export const again = (due: Instant, memo: ApplyMemo) => ({ ...later(due, memo as Json), unclear: true }); // ApplyMemo holds numbers and texts only

/** GitHub has said no, and will say it again. */
export const isFinal = ({ permanent, code }: Failure): boolean =>
  permanent || code === 'E_GITHUB_REFUSED' || code === 'E_GITHUB_PERMISSION' || code === 'E_GITHUB_AUTH';
