/** What check-quota found, below its step's line: for each API how it takes us, how much is left, and what to do. */
import { z } from 'zod';
import type { Json, StepState } from '../core/model.ts';
import { STANDINGS, type Standing } from '../core/quota.ts';
import { bold, type Escaped, escapeLine, joined, md, when } from './escape.ts';
import type { Block } from './view.ts';
import { section } from './view-parts.ts';

const APIS_MAX = 20;

const entry = z.object({
  api: z.string(),
  standing: z.enum(STANDINGS),
  because: z.string(),
  todo: z.string(),
  scarce: z.boolean(),
  reset_at: z.number().nullable(),
});
type Entry = z.output<typeof entry>;

const WORDS: Readonly<Record<Standing, Escaped>> = {
  anonymous: md`🕶 ${bold(md`Anonymous`)}`,
  unauthorized: md`🔑 ${bold(md`Bad credentials`)}`,
  exhausted: md`⏳ ${bold(md`Limit used up`)}`,
  forbidden: md`⛔ ${bold(md`Not allowed`)}`,
  blind: md`❔ ${bold(md`Not known`)}`,
  ok: md`✅ ${bold(md`In order`)}`,
};

/** Undefined: the step asked no API. */
export function quotaBoard(data: StepState['data']): readonly Block[] | undefined {
  const all = Array.isArray(data.apis) ? data.apis.flatMap((one: Json) => entry.safeParse(one).data ?? []) : [];
  return all.length === 0 ? undefined : all.slice(0, APIS_MAX).map((one) => section(joined(linesOf(one), '\n')));
}

function linesOf({ api, standing, because, todo, scarce, reset_at: resetAt }: Entry): readonly Escaped[] {
  const word = standing === 'ok' && scarce ? md`⚠️ ${bold(md`Nearly used up`)}` : WORDS[standing];
  const anew = resetAt !== null && (scarce || standing === 'exhausted') ? md` (anew at ${when(resetAt, 'clock')})` : md``;
  const head = md`${word} · ${bold(escapeLine(api, 40))}: ${escapeLine(because, 300)}${anew}`;
  return todo === '' ? [head] : [head, md`${bold(md`Do`)}: ${escapeLine(todo, 300)}`];
}
