/** The pre-flight for readers: what speaks against it first, what to watch second, what is fine in one line. Words carry the meaning, signs repeat it. */
import type { ActionsBlock } from '@slack/types';
import type { Incident } from '../core/model.ts';
import type { Check, Light, Rollback, RollbackPlan } from '../core/rollback.ts';
import { bold, code, type Escaped, escapeLine, escapeText, joined, link, md } from './escape.ts';
import type { Block } from './view.ts';
import { type Aim, button, context, section } from './view-parts.ts';

const FILES_MAX = 5;
const BECAUSE_MAX_CHARS = 300;
// Slack takes 3,000 characters a section and some 12,000 a message; addresses of files count.
const RED_MAX_CHARS = 2_800;
const AMBER_MAX_CHARS = 2_200;
const NAMES_MAX_CHARS = 500;

export const lightWord = (light: Light): string => ({ green: 'Green', amber: 'Amber', red: 'Red' })[light];
export const lightSign = (light: Light): string => ({ green: '✅', amber: '⚠️', red: '🛑' })[light];

/** What the light means for whoever has to decide. */
export function lightMeans(light: Light): Escaped {
  const said = {
    green: md`nothing was found that speaks against it.`,
    amber: md`it can be done; watch what is named below.`,
    red: md`something speaks against it. Whoever approves it all the same writes down why.`,
  }[light];
  return md`${bold(escapeText(lightWord(light)))}: ${said}`;
}

const isRed = ({ verdict }: Check): boolean => verdict === 'danger' || verdict === 'block';

export function checkBlocks(plan: RollbackPlan): Block[] {
  const red = plan.checks.filter(isRed);
  const amber = plan.checks.filter(({ verdict }) => verdict === 'warn');
  const ok = plan.checks.filter(({ verdict }) => verdict === 'ok');
  return [
    ...(red.length > 0 ? [section(listed(red, plan, RED_MAX_CHARS))] : []),
    ...(amber.length > 0 ? [section(listed(amber, plan, AMBER_MAX_CHARS))] : []),
    ...(ok.length > 0 ? [context(md`✅ ${ok.length === 1 ? md`1 check` : md`${ok.length} checks`} ok: ${names(ok)}`)] : []),
  ];
}

/** The same red checks inside the form that asks why it is done all the same. */
export const redChecks = (plan: RollbackPlan): Escaped => listed(plan.checks.filter(isRed), plan, RED_MAX_CHARS);

const names = (checks: readonly Check[]): Escaped => escapeLine(checks.map(({ name }) => name).join(', '), NAMES_MAX_CHARS);

/** As many as fit, whole; the others at least by name, so that none is lost. */
function listed(checks: readonly Check[], plan: RollbackPlan, maxChars: number): Escaped {
  const lines = checks.map((check) => checkLine(check, plan));
  let room = maxChars - NAMES_MAX_CHARS;
  const fitting = lines.findIndex((line) => {
    room -= line.length + 1;
    return room < 0;
  });
  if (fitting === -1) return joined(lines, '\n');
  return joined([...lines.slice(0, fitting), md`and ${checks.length - fitting} more: ${names(checks.slice(fitting))}`], '\n');
}

function checkLine(check: Check, plan: RollbackPlan): Escaped {
  const { name, verdict, because, files = [], url, watch } = check;
  const sign = { ok: md`✅ ok`, warn: md`⚠️ look`, danger: md`🛑 danger`, block: md`⛔ stop` }[verdict];
  const more = url ? md` (${link(url, 'details')})` : md``;
  return joined(
    [
      md`${sign} · ${bold(escapeLine(name, 100))}: ${escapeLine(because, BECAUSE_MAX_CHARS)}${more}`,
      ...(files.length > 0 ? [md`↳ in ${fileList(files, plan)}`] : []),
      ...(watch ? [md`↳ watch: ${escapeLine(watch, BECAUSE_MAX_CHARS)}`] : []),
    ],
    '\n',
  );
}

function fileList(files: readonly string[], plan: RollbackPlan): Escaped {
  const shown = files.slice(0, FILES_MAX).map((file) => fileLink(file, plan));
  const more = files.length > FILES_MAX ? md` and ${files.length - FILES_MAX} more` : md``;
  return md`${joined(shown, ', ')}${more}`;
}

/** At the newer of the two releases: what goes away on the way back is there to be read. */
function fileLink(file: string, plan: RollbackPlan): Escaped {
  const { sha } = plan.direction === 'back' ? plan.from : plan.to;
  const path = file.split('/').map(encodedSegment).join('/');
  // A path that long is cut where it is shown, and would leave no room for other checks where it is linked.
  return path.length > 200 || !/^[0-9a-f]{40}$/.test(sha) ? code(file, 120) : link(pageOf(plan, `blob/${sha}/${path}`), file);
}

/** A name may hold anything, half a character too, which has no address. */
function encodedSegment(segment: string): string {
  return encodeURIComponent(segment.toWellFormed());
}

/** A page of the repository, on the host the releases are on: GitHub Enterprise has its own. */
export function pageOf(plan: RollbackPlan, path: string): string {
  const known = [plan.to.url, plan.from.url, plan.compareUrl ?? ''].find((url) => URL.canParse(url));
  return `${known === undefined ? 'https://github.com' : new URL(known).origin}/${plan.repo}/${path}`;
}

/** Only people can say it: each answer makes the plan again. */
export function questionBlocks(incident: Incident, rollback: Rollback): Block[] {
  const check = rollback.plan?.checks.find(({ asks }) => asks === 'migrations');
  if (rollback.stage !== 'asking' || !check) return [];
  const aim: Aim = { incident: incident.id, rollback: rollback.id, ...(rollback.expiresAt !== undefined && { plan: rollback.expiresAt }) };
  const answers: ActionsBlock = {
    type: 'actions',
    block_id: `migrations:${rollback.id}`,
    elements: [
      button({ label: 'They were run', action: 'answerMigrations:run', aim: { ...aim, choice: 'run' }, spoken: 'The migrations were run' }),
      button({ label: 'They were not run', action: 'answerMigrations:not-run', aim: { ...aim, choice: 'not-run' }, spoken: 'The migrations were not run' }),
    ],
  };
  return [
    section(md`${bold(md`Were the migrations of ${escapeLine(newer(rollback), 130)} run?`)} I cannot see it. The plan is made again with your answer.`),
    answers,
  ];
}

const newer = ({ plan }: Rollback): string => (plan?.direction === 'forward' ? plan.to.tag : (plan?.from.tag ?? ''));
