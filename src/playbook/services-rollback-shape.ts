/** The words under `rollback:` in services.yml. */
import { z } from 'zod';
import { MIGRATION_GLOBS } from '../core/changes.ts';
import { didYouMean } from '../lib/closest.ts';
import { durationText } from '../lib/duration.ts';

export const slackIds = z.array(z.string().regex(/^[UWS][A-Z0-9]{2,}$/, 'expected a Slack user or user-group id (U…, W…, S…)')).max(50);
export const labelSet = z.record(z.string(), z.string()).refine((set) => Object.keys(set).length > 0, 'an empty set of labels would take every alert');

/** In the order of `QuietHours.days`: 0 is Sunday. */
export const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;

export const clockTime = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$|^24:00$/, 'expected a time of day from 00:00 to 24:00, e.g. 22:00 or 06:30');
export const zone = z.string().superRefine((text, context) => {
  if (isZone(text)) return;
  const names = Intl.supportedValuesOf('timeZone').filter((name) => name.charAt(0) === text.charAt(0).toUpperCase());
  const near = didYouMean(text, names);
  context.addIssue({ code: 'custom', message: `'${text.slice(0, 60)}' is no time zone; expected an IANA name, e.g. Europe/Berlin.${near}` });
});

/** Offsets such as +02:00 are refused: they would be wrong for half of the year. */
function isZone(text: string): boolean {
  if (!/^[A-Za-z]/.test(text)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }) !== undefined;
  } catch {
    return false; // RangeError: not known here
  }
}

const quietHours = z
  .strictObject({
    days: z.array(z.enum(DAYS)).min(1).max(7).optional().describe('Days the hours begin on: mon, tue … (every day)'),
    from: clockTime.describe('In quotes: "22:00"'),
    to: clockTime.describe('Not included; before `from`: the hours run over midnight'),
    zone: zone.describe('IANA name, e.g. Europe/Berlin'),
    require: z.int().min(1).max(5).default(2).describe('How many people must approve then'),
  })
  .refine(({ from, to }) => from !== to, { path: ['to'], error: 'is the same as from, so the hours would never hold; a whole day is 00:00 to 24:00' });

export const approve = z.strictObject({
  require: z.int().min(1).max(5).default(1).describe('How many people must approve'),
  from: slackIds.optional().describe('Who may: users (U…) and user groups (S…); without this line any member may'),
  requester: z.boolean().default(false).describe('Whether who asked for it may approve it'),
  expires: durationText().default('10m').describe('A rollback that is not approved by then must be asked for again'),
  ask: slackIds.optional().describe('Who may ask for a rollback; without this line any member may'),
  break_glass: slackIds.optional().describe('Who may go alone, with a written reason, everybody told; without this line nobody may'),
  quiet: z.array(quietHours).max(20).default([]).describe('Times that need more approvals'),
});

const globs = (about: string) => z.array(z.string().min(1).max(200)).max(100).optional().describe(`${about} (the usual ones)`);
const watch = z.strictObject({
  config: globs('Globs of configuration files'),
  locks: globs('Globs of dependency lock files'),
  api: globs('Globs of routes and public API files'),
  infrastructure: globs('Globs of infrastructure files'),
});

const PLACEHOLDER = /\{\{\s*(?:tag|version)\s*\}\}/;
/** What is wrong with a text; undefined: nothing. */
type Judge = (text: string) => string | undefined;

/** Text that may hold `{{ tag }}` and `{{ version }}`, and nothing else in double braces. Only the first thing wrong is said. */
const filledText = (maxLength: number, ...more: readonly Judge[]) =>
  z
    .string()
    .min(1)
    .max(maxLength)
    .superRefine((text, context) => {
      const [message] = [strangeName, ...more].flatMap((judge) => judge(text) ?? []);
      if (message !== undefined) context.addIssue({ code: 'custom', message });
    });

const strangeName: Judge = (text) => {
  const rest = text.replaceAll(new RegExp(PLACEHOLDER, 'g'), '');
  const name = /\{\{([^{}]*)\}\}/.exec(rest)?.[1]?.trim();
  if (name !== undefined) return `unknown variable '${name.slice(0, 40)}'; {{ tag }} and {{ version }} may stand here.${didYouMean(name, ['tag', 'version'])}`;
  return /\{\{|\}\}/.test(rest) ? 'double braces that do not belong together; write {{ tag }} or {{ version }}' : undefined;
};
/** What is called the same in every release says nothing about the one to go back to. */
const sameForAll: Judge = (text) => (PLACEHOLDER.test(text) ? undefined : 'is the same for every release; write {{ tag }} or {{ version }} where they differ');

// Registry with a dot or a port, then parts of a name, then the tag: Docker's names, and the grammar of the OCI distribution spec.
const IMAGE = /^(?:[A-Za-z0-9.-]+(?::\d{1,5})?\/)?[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*:[^/:@]+$/;
const noImage: Judge = (text) =>
  IMAGE.test(text.replaceAll(/\{\{[^{}]*\}\}/g, 'x'))
    ? undefined
    : 'expected registry/name:{{ tag }}, e.g. ghcr.io/acme/shop:{{ tag }}, without https:// and without a digest';

const artifact = z
  .strictObject({
    asset: filledText(255).optional().describe('A file attached to the release, e.g. shop-{{ version }}.tgz'),
    package: z
      .strictObject({
        type: z.enum(['container', 'docker', 'maven', 'npm', 'nuget', 'rubygems']),
        name: z.string().min(1).max(255),
        version: filledText(200, sameForAll).default('{{ version }}').describe('Of a container: one of its tags'),
      })
      .optional()
      .describe('A version of a package at GitHub, of the owner of the repository'),
    image: filledText(400, sameForAll, noImage).optional().describe('A container image that anybody may pull, asked for at its registry'),
  })
  .refine((entry) => Object.values(entry).filter((value) => value !== undefined).length === 1, 'expected one of asset, package, image');

export const automatic = z.strictObject({
  alerts: z.array(labelSet).min(1).max(50).describe("Label sets as under alerts.match ('*': any value): only these alerts start a rollback"),
  within: durationText({ minMs: 60_000 }).default('30m').describe('Only so soon after the release'),
  countdown: durationText({ minMs: 30_000, maxMs: 900_000 }).default('2m').describe('How long people have to stop it'),
});

export const rollbackShape = (plugs: { readonly strategy: z.ZodType; readonly migrations: z.ZodType }) =>
  z.strictObject({
    tag_prefix: z.string().max(100).default('').describe('Only tags that begin so are releases of this service'),
    strategies: z.array(plugs.strategy).max(10).default([]).describe('In order; the first that can makes the plan'),
    approve: approve.prefault({}),
    migrations: z
      .array(z.string().min(1).max(200))
      .max(100)
      .default([...MIGRATION_GLOBS])
      .describe('Globs of files that change stored data'),
    migrations_run: plugs.migrations.optional().describe('How to find out which migrations were run; without it people are asked'),
    watch: watch.prefault({}).describe('Globs of files whose change deserves a look'),
    artifacts: z.array(artifact).max(20).default([]).describe('What must still exist of a release for a rollback to it to work'),
    automatic: automatic.optional().describe('A rollback that nobody asks for, over green checks only; without this line there is none'),
  });
export type RollbackEntry = z.output<ReturnType<typeof rollbackShape>>;
