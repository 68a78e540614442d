/** What a kind of step is. A kind is one file here and one line in index.ts. */
import type { z } from 'zod';
import type { Ending, Incident, Instant, Json } from '../core/model.ts';
import type { QuotaHelp } from '../core/quota.ts';
import type { Service } from '../core/service.ts';
import type { Sample } from '../core/verdict.ts';
import type { LogQuery, LogResult } from '../logs/backend.ts';
import type { LogHelp } from '../logs/help.ts';

/** The outside as a machine step may see it. Every call has a deadline and throws `Failure`. */
export interface World extends LogHelp, QuotaHelp {
  readonly now: Instant;
  readonly incident: Incident;
  readonly service: Service | undefined;
  /** Values conditions may read: `alert`, `service`, `release`, and one entry per ended step, dashes as underscores. */
  readonly facts: Readonly<Record<string, Json>>;
  /** What this step's last run of the same number wrote down with `wait`. */
  readonly memo: Json;
  readonly signal: AbortSignal;
  evaluate(expression: string, facts: Readonly<Record<string, Json>>): Json;
  readonly metrics: {
    range(ask: { url: string; query: string; from: Instant; to: Instant; stepMs: number }, signal: AbortSignal): Promise<readonly Sample[]>;
  };
  /** GET of an allow-listed URL from services.yml. */
  probe(url: string, signal: AbortSignal): Promise<Probe>;
  searchLogs(backend: { use: string; options: Json }, query: LogQuery, signal: AbortSignal): Promise<LogResult>;
}

export interface Probe {
  readonly status: number | undefined;
  readonly ms: number;
  /** First 64 KiB. */
  readonly body: string;
  readonly error: string | undefined;
}

export interface StepKind {
  /** The name in the YAML. */
  readonly use: string;
  readonly by: 'human' | 'machine';
  /** One line for docs and editors. */
  readonly about: string;
  /** What may stand beside the common keys of a step; strict. */
  readonly params: z.ZodObject;
  /** All outcomes; empty: `done`. Each may be followed with `on_<outcome>` (dashes as underscores). */
  readonly outcomes: readonly string[];
  /** Fields a later condition may read, with their CEL types. */
  readonly facts: Readonly<Record<string, 'int' | 'double' | 'string' | 'bool' | 'list<string>'>>;
  /** Expressions among the params, to be checked at load. */
  conditions?(params: Record<string, Json>): readonly { path: string; expression: string }[];
  /** Machine steps only. Reads; `wait` to be run again later. Repeating it must be harmless. */
  run?(params: Record<string, Json>, world: World): Promise<Ending>;
}

/** Closes over its own schema, so that the list of kinds holds one plain type. */
export function defineStep<S extends z.ZodObject>(kind: {
  use: string;
  by: 'human' | 'machine';
  about: string;
  params: S;
  outcomes: readonly string[];
  facts: StepKind['facts'];
  conditions?: (params: z.output<S>) => readonly { path: string; expression: string }[];
  run?: (params: z.output<S>, world: World) => Promise<Ending>;
}): StepKind {
  const { conditions, run, ...rest } = kind;
  return {
    ...rest,
    ...(conditions && { conditions: (params: Record<string, Json>) => conditions(kind.params.parse(params) as z.output<S>) }), // parse of S gives output<S>; zod's generic ZodObject loses it
    ...(run && { run: (params: Record<string, Json>, world: World) => run(kind.params.parse(params) as z.output<S>, world) }),
  };
}
