/**
 * Params and options are checked when a file is loaded and read again, with the same schema, where they are used. A schema that
 * changes what was written (text → number) must therefore be handed the text again; one that only fills in defaults need not.
 */
import { isDeepStrictEqual } from 'node:util';
import type { z } from 'zod';
import type { Json } from '../core/model.ts';

export function reread(schema: z.ZodType, written: Json): { issues: readonly z.core.$ZodIssue[]; value: Json } {
  const first = schema.safeParse(written);
  if (!first.success) return { issues: first.error.issues, value: written };
  const second = schema.safeParse(first.data);
  const isStable = second.success && isDeepStrictEqual(second.data, first.data);
  return { issues: [], value: isStable ? (first.data as Json) : written }; // values of YAML are JSON, and a stable schema adds only JSON
}
