/** `use: <name>` and its options, read with the options' own schema: strategies, log backends, readers of migrations. */
import type { z } from 'zod';
import type { Json } from '../core/model.ts';
import { closest } from '../lib/closest.ts';
import { type At, problem, problemsOf } from './issues.ts';
import { type Problem, shown } from './problem.ts';
import { reread } from './reread.ts';

export interface Plug {
  readonly use: string;
  readonly about: string;
  readonly options: z.ZodType;
}
/** What there is to choose from, and what one of it is called: `strategy`. */
export interface Offer {
  readonly called: string;
  readonly plugs: readonly Plug[];
}
interface Configured {
  readonly use: string;
  readonly options: Json;
}

export function readPlugs(at: At, entries: readonly unknown[], offer: Offer): { plugs: readonly Configured[]; problems: readonly Problem[] } {
  const read = entries.map((entry, index) => readPlug({ ...at, path: [...at.path, index] }, entry, offer));
  return { plugs: read.flatMap(({ plug }) => plug ?? []), problems: read.flatMap(({ problems }) => problems) };
}

/** The entry has been read as a mapping with a text under `use`. */
export function readPlug(at: At, entry: unknown, { called, plugs }: Offer): { plug: Configured | undefined; problems: readonly Problem[] } {
  const { use, ...written } = entry as { use: string } & Record<string, Json>; // parsed with ANY_PLUGS
  const plug = plugs.find((one) => one.use === use);
  if (!plug) {
    const names = plugs.map((one) => one.use);
    const near = closest(use, names);
    const said = `no ${called} is called '${shown(use, 60)}'${near === undefined ? '' : `; did you mean '${near}'?`}`;
    const hint = names.length === 0 ? 'none is built in' : `there are: ${names.join(', ')}`;
    return { plug: undefined, problems: [problem({ ...at, path: [...at.path, 'use'] }, 'E_PLAYBOOK_STEP', [said, hint])] };
  }
  const { issues, value } = reread(plug.options, written);
  return { plug: { use, options: value }, problems: problemsOf(issues, { source: at.source, base: at.path, schema: plug.options }) };
}
