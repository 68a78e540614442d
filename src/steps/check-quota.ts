/** Asks the HTTP APIs a service depends on how much they still let it ask, and says what a refusal means. */
import { z } from 'zod';
import type { Ending, Json } from '../core/model.ts';
import { type ApiAsk, type Judged, judgeApi, STANDINGS, worstFirst } from '../core/quota.ts';
import { defineStep, type World } from './step.ts';

const LONGEST_SAY = 300;

export const checkQuota = defineStep({
  use: 'check-quota',
  by: 'machine',
  about: 'Asks the HTTP APIs the service depends on for their limits and tells anonymous, refused and used-up callers apart.',
  params: z.strictObject({
    apis: z.array(z.string().min(1).max(40)).max(10).default([]).describe('Names from services.yml → health.apis; all of them without it'),
  }),
  outcomes: STANDINGS,
  facts: { api: 'string', limit: 'int', remaining: 'int', scarce: 'bool' },
  run: check,
});

async function check(params: { readonly apis: readonly string[] }, world: World): Promise<Ending> {
  const all = world.service?.health.apis ?? [];
  const unknown = params.apis.find((name) => !all.some((api) => api.name === name));
  if (unknown !== undefined || all.length === 0) {
    const lacks = unknown === undefined ? 'no API' : `no API “${unknown}”`;
    return { kind: 'failed', code: 'E_PROBE', say: `services.yml names ${lacks} that ${world.incident.service} depends on; add it under health.apis` };
  }
  const asked = params.apis.length === 0 ? all : all.filter(({ name }) => params.apis.includes(name));
  const judged = worstFirst(await Promise.all(asked.map((api) => askAndJudge(api, world))));
  return report(judged);
}

async function askAndJudge(api: ApiAsk, world: World): Promise<Judged> {
  const unasked = { status: undefined, error: 'nothing here can ask it', headers: {}, body: undefined, skewMs: 0, retryAfterMs: undefined };
  return judgeApi(api, (await world.askApi?.(api, world.signal)) ?? unasked, world.now);
}

function report(judged: readonly Judged[]): Ending {
  const [worst] = judged;
  const data = {
    api: worst?.api ?? '',
    // null is “not known”: a condition that reads it fails instead of choosing a way.
    limit: worst?.limit ?? null,
    remaining: worst?.remaining ?? null,
    scarce: judged.some(({ isScarce }) => isScarce),
    apis: judged.map(toJson),
  };
  const others = judged.length > 1 ? ` (worst of ${judged.length})` : '';
  const say = `${worst?.api ?? ''}: ${worst?.because ?? ''}${others}`.slice(0, LONGEST_SAY);
  return { kind: 'done', outcome: worst?.standing ?? 'blind', say, data };
}

const toJson = ({ api, standing, because, todo, limit, remaining, resetAt, isScarce }: Judged): Json => ({
  ...{ api, standing, because, todo, scarce: isScarce },
  ...{ limit: limit ?? null, remaining: remaining ?? null, reset_at: resetAt ?? null },
});
