/** `use: <name>` and its options, read with the options' own schema: strategies, log backends, readers of migrations. */
import type { z } from 'zod';
import type { Json } from '../core/model.ts';
import { didYouMean } from '../lib/closest.ts';
import { type At, describe, problem, problemsOf } from './issues.ts';
import type { Problem } from './problem.ts';
import { reread } from './reread.ts';

export interface Plug {
  readonly use: string;
  readonly about: string;
  readonly options: z.ZodType;
}
interface Configured {
  readonly use: string;
  readonly options: Json;
}

export function readPlugs(at: At, entries: readonly unknown[], plugs: readonly Plug[]): { plugs: readonly Configured[]; problems: readonly Problem[] } {
  const read = entries.map((entry, index) => readPlug({ ...at, path: [...at.path, index] }, entry, plugs));
  return { plugs: read.flatMap(({ plug }) => plug ?? []), problems: read.flatMap(({ problems }) => problems) };
}

/** The entry has been read as a mapping with a text under `use`. */
export function readPlug(at: At, entry: unknown, plugs: readonly Plug[]): { plug: Configured | undefined; problems: readonly Problem[] } {
  const { use, ...written } = entry as { use: string } & Record<string, Json>; // parsed with ANY_PLUGS
  const plug = plugs.find((one) => one.use === use);
  if (!plug) {
    const names = plugs.map((one) => one.use);
    const hint = plugs.map(({ use: name, about }) => `${name}: ${about}`).join('; ') || 'none is built in';
    const said = `there is no ${describe(use)} here.${didYouMean(use, names)}`;
    return { plug: undefined, problems: [problem({ ...at, path: [...at.path, 'use'] }, 'E_PLAYBOOK_STEP', [said, hint])] };
  }
  const { issues, value } = reread(plug.options, written);
  return { plug: { use, options: value }, problems: problemsOf(issues, { source: at.source, base: at.path, schema: plug.options }) };
}
