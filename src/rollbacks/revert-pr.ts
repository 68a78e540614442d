/** Goes back by a pull request that brings the files of the older release back to the main line. People merge it, and the usual way deploys it. */
import * as z from 'zod';
import type { RollbackAction } from '../core/rollback.ts';
import { fillLine, Template, type Values } from './fill.ts';
import { revertBranch } from './rekey.ts';
import { revertBody, takeBackBody } from './revert-body.ts';
import { defineStrategy } from './strategy.ts';
import { notApplicable, valuesBack, valuesThere, wayOf } from './way.ts';

/** GitHub takes 256. */
const TITLE_MAX = 200;

const Options = z.strictObject({
  base: z
    .string()
    .regex(/^[A-Za-z0-9][\w.+-]{0,99}(?:\/[A-Za-z0-9][\w.+-]{0,99}){0,4}$/, 'expected a branch such as main')
    .default('main')
    .describe('The branch releases are made from'),
  title: Template.default('Revert {{ from }} to {{ tag }}').describe('Of the pull request; may hold {{ tag }}, {{ from }}, {{ reason }}, {{ key }}'),
});

export const revertPr = defineStrategy({
  use: 'revert-pr',
  about: 'Opens a pull request that brings the files of the older release back to the main line.',
  options: Options,
  reads: ({ base }) => ({ ref: `heads/${base}` }),
  plan(facts, { base, title }, context) {
    const way = wayOf(facts);
    if ('kind' in way) return way;
    const baseSha = facts.refs[`heads/${base}`];
    if (baseSha === undefined) return notApplicable(`where ${base} points could not be read`);
    if (baseSha === null) return notApplicable(`there is no branch ${base} in ${facts.repo}`);
    if (baseSha === way.to.sha) return notApplicable(`${base} is at ${way.to.tag} already`);
    const open = (values: Values, rest: { targetSha: string; body: string }): RollbackAction => ({
      kind: 'openRevert',
      branch: revertBranch(values.key),
      base,
      baseSha,
      title: fillLine(title, values, TITLE_MAX),
      ...rest,
    });
    const [there, back] = [valuesThere(way, context), valuesBack(way, context)];
    return {
      kind: 'applicable',
      actions: [open(there, { targetSha: way.to.sha, body: revertBody(facts, way, { base, baseSha, values: there }) })],
      // Its base is read again when it is taken: by then the revert was merged.
      undo: [open(back, { targetSha: baseSha, body: takeBackBody({ base, baseSha, values: back }) })],
    };
  },
});
