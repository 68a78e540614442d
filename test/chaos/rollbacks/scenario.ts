/** One question asked of many rollbacks, and how the answers are counted. */
import { type Random, seeded } from '../random.ts';
import type { Tally } from './fault-proxy.ts';

export interface Score {
  intents: number;
  effects: number;
  duplicates: number;
  /** Effects after the approval had expired, or of a plan that was not the approved one any more. */
  late: number;
  wrong: number;
  readonly ends: Record<string, number>;
  readonly notes: string[];
}
export interface LaneWork {
  /** True as long as there is another one to do; takes it. */
  share(): boolean;
  readonly random: Random;
  readonly score: Score;
  readonly tally: Tally;
  /** How often each kind of trouble was made, where a scenario makes its own. */
  readonly troubles: Record<string, number>;
}
export interface Scenario {
  readonly name: string;
  /** How many by default. */
  readonly intents: number;
  lane(work: LaneWork): Promise<void>;
}

export interface Outcome {
  readonly score: Score;
  readonly struck: Readonly<Record<string, number>>;
  readonly ok: boolean;
}

/** A fault that struck less often than this has proved nothing. */
export const STRUCK_AT_LEAST = 20;

export async function runScenario(
  scenario: Scenario,
  { seed, intents = scenario.intents, lanes = 8 }: { seed?: number; intents?: number; lanes?: number } = {},
): Promise<Outcome> {
  const random = seeded(seed);
  const score = nothing();
  const tally: Tally = { struck: { reset: 0, '502': 0, cut: 0 } };
  const troubles: Record<string, number> = {};
  let taken = 0;
  const share = (): boolean => taken++ < intents;
  const lane = (n: number): Promise<void> => scenario.lane({ share, random: seeded(random.seed * 31 + n), score, tally, troubles });
  await Promise.all(Array.from({ length: Math.min(lanes, intents) }, (_, n) => lane(n)));
  return judged(score, { ...(Object.values(tally.struck).some((times) => times > 0) && tally.struck), ...troubles });
}

/** What several processes found. */
export function addUp(outcomes: readonly Outcome[]): Outcome {
  const sum = nothing();
  const struck: Record<string, number> = {};
  for (const { score, struck: more } of outcomes) {
    for (const name of ['intents', 'effects', 'duplicates', 'late', 'wrong'] as const) sum[name] += score[name];
    for (const [end, times] of Object.entries(score.ends)) sum.ends[end] = (sum.ends[end] ?? 0) + times;
    for (const [fault, times] of Object.entries(more)) struck[fault] = (struck[fault] ?? 0) + times;
    sum.notes.push(...score.notes);
  }
  return judged(sum, struck);
}

export function lineOf(name: string, seed: number, { intents, effects, duplicates, late, wrong }: Score): string {
  return `${name} seed=${seed} intents=${intents} effects=${effects} duplicates=${duplicates} late=${late} wrong=${wrong}`;
}

const nothing = (): Score => ({ intents: 0, effects: 0, duplicates: 0, late: 0, wrong: 0, ends: {}, notes: [] });

function judged(score: Score, struck: Readonly<Record<string, number>>): Outcome {
  const rare = Object.values(struck).some((times) => times < STRUCK_AT_LEAST);
  return { score, struck, ok: score.duplicates === 0 && score.late === 0 && score.wrong === 0 && !rare };
}
