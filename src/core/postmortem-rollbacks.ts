/** The parts of a postmortem that speak of rollbacks: each with its own verdict, and a way forward called so. */
import { sayAskers } from './askers.ts';
import { blamed, cleared, type Done, doneOf, isForward, type Result, resultOf, verdictsOn, verdictWord } from './course.ts';
import { section, text } from './markdown.ts';
import type { Incident, Instant } from './model.ts';
import type { Approval, Check, Rollback } from './rollback.ts';
import { runningNow } from './running.ts';
import { percent, type Verdict } from './verdict.ts';

type Iso = (at: Instant) => string;

/** `v2.14.0 → v2.13.2 → v2.14.0 (went forward again)`. */
export function releaseRow(incident: Incident, opening: string | undefined): string | undefined {
  const done = doneOf(incident);
  if (done.length === 0) return opening;
  const tags = done.flatMap(({ plan }) => [plan.from.tag, plan.to.tag]).filter((tag, n, all) => n === 0 || n % 2 === 1 || tag !== all[n - 1]);
  const last = done.at(-1);
  const now = runningNow(incident);
  const isOurs = now?.by !== 'outside' || now.tag === last?.plan.to.tag;
  const others = isOurs ? '' : ` → ${now?.tag ?? 'something that names no release'} (not by Tagback)`;
  return `${tags.join(' → ')}${last && isForward(last) ? ' (went forward again)' : ''}${others}`;
}

/** One verdict as it is; of several rollbacks each with its own. */
export function verdictRow(incident: Incident): string | undefined {
  const done = doneOf(incident);
  const newest = incident.verdict && `${verdictWord(incident, incident.verdict)}: ${incident.verdict.because}`;
  if (done.length < 2) return newest;
  return done.map((one) => `${one.id}${isForward(one) ? ', going forward again' : ''}: ${own(incident, one)}`).join('; ');
}

function own(incident: Incident, rollback: Rollback): string {
  const last = verdictsOn(incident, rollback).at(-1);
  return last ? `${verdictWord(incident, last)}, ${last.because}` : 'no verdict';
}

/** The sentences of the summary about what went back and forward, and what came of it. */
export function course(incident: Incident): readonly string[] {
  const done = doneOf(incident);
  if (done.length === 0 && incident.verdict) return rates(incident.verdict);
  return done.flatMap((one) => [`${moved(one)}, ${approvedBy(one)}.`, ...cameOfIt(incident, one), ...meant(incident, one)]);
}

function moved({ plan, ...rest }: Done): string {
  const [from, to] = [text(plan.from.tag), text(plan.to.tag)];
  if (isForward({ plan, ...rest })) return `It went forward again from ${from} to ${to}`;
  return from === to ? `${to} was deployed once more` : `It was rolled back from ${from} to ${to}`;
}

function approvedBy(rollback: Rollback): string {
  const names = rollback.approvals.map(({ name }) => text(name));
  return `asked for by ${text(sayAskers(rollback))}, approved by ${names.length === 0 ? 'nobody (the policy asks for none)' : names.join(' and ')}`;
}

function cameOfIt(incident: Incident, rollback: Done): readonly string[] {
  const all = verdictsOn(incident, rollback);
  const last = all.at(-1);
  if (!last) return ['No verdict says what came of it.'];
  const first = all.length > 1 ? all[0] : undefined;
  const early = first ? [`At first the verdict was ${verdictWord(incident, first)}: ${text(first.because)}.`] : [];
  switch (resultOf(incident, rollback)) {
    case 'helped':
      return [...early, ...(isForward(rollback) ? after(last) : rates(last))];
    case 'no-effect':
    case 'worse':
    case 'not-live':
    case 'unproven':
      return [...early, `The verdict was ${verdictWord(incident, last)}: ${text(last.because)}.`];
  }
}

function rates({ during, after: now, baseline }: Verdict): readonly string[] {
  if (during === undefined || now === undefined) return [];
  return [`The error rate went from ${percent(during)} to ${percent(now)}${before(baseline)}.`];
}

/** Whoever goes forward does not mend anything: when it got well is said, not why. */
const after = ({ after: now, baseline }: Verdict): readonly string[] =>
  now === undefined ? [] : [`After that the error rate was ${percent(now)}${before(baseline)}.`];
const before = (baseline: number | undefined): string => (baseline === undefined ? '' : `; before the release it was ${percent(baseline)}`);

/** What going forward again to a well service proves about the release that was left without effect. */
function meant(incident: Incident, { plan }: Done): readonly string[] {
  const found = cleared(incident);
  if (!found?.proven || plan.direction !== 'forward' || plan.to.tag !== found.tag) return [];
  return [`Leaving ${text(found.tag)} changed nothing and it runs now: it was not the cause, something else ended the trouble.`];
}

export function decisions(incident: Incident, iso: Iso): string | undefined {
  const rollbacks = Object.values(incident.rollbacks);
  if (rollbacks.length === 0) return undefined;
  return section('Decisions', rollbacks.map((one) => decision(incident, one, iso)).join('\n\n'));
}

function decision(incident: Incident, rollback: Rollback, iso: Iso): string {
  const { plan, undoes } = rollback;
  const target = plan ? `${plan.from.tag} → ${plan.to.tag}` : (rollback.tag ?? 'earlier release');
  const forward = isForward(rollback);
  const what = forward ? `Forward again ${rollback.id}${undoes === undefined ? '' : `, takes ${undoes} back`}` : `Rollback ${rollback.id}`;
  const said = verdictsOn(incident, rollback).map((one) => `Verdict at ${iso(one.at).slice(11)}: **${verdictWord(incident, one)}**, ${text(one.because)}.`);
  const lines = [
    `**${what}: ${text(target)}** (${rollback.stage}). Asked for by ${text(sayAskers(rollback))}: ${text(rollback.reason)}`,
    rollback.approvals.length > 0 ? `Approved by ${rollback.approvals.map(approvalOf).join(', ')}.` : undefined,
    rollback.because !== undefined ? `End: ${text(rollback.because)}.` : undefined,
    ...said,
    plan?.compareUrl !== undefined ? `What ${forward ? 'came again' : 'went back'}: [${plan.commits ?? '?'} commits](${plan.compareUrl}).` : undefined,
    rollback.run ? `Where: ${rollback.run.url}` : undefined,
    plan ? plan.checks.map(checkLine).join('\n') : undefined,
  ];
  return lines.filter((line) => line !== undefined && line !== '').join('\n\n');
}

function approvalOf({ name, reason, glass }: Approval): string {
  return `${text(name)}${glass ? ' **alone (glass broken)**' : ''}${reason === undefined ? '' : ` (“${text(reason)}”)`}`;
}

const MARKS: Record<Check['verdict'], string> = { ok: 'ok', warn: '**watch**', danger: '**danger**', block: '**block**' };
const checkLine = (check: Check): string => `- ${MARKS[check.verdict]} ${text(check.name)}: ${text(check.because)}`;

/** What remains to be found out. A release that going back did not help against is not looked for a cause in. */
export function toFind(incident: Incident): readonly string[] {
  const bad = blamed(incident);
  const back = doneOf(incident).filter((one) => !isForward(one));
  if (bad !== undefined && back.some((one) => resultOf(incident, one) === 'helped')) return [FIND.helped(text(bad), '')];
  const found = cleared(incident);
  if (found?.proven) return [`Find what was the cause: ${text(found.tag)} was not, going back from it had no effect and it runs again`];
  return [...new Set(back.map((one) => FIND[resultOf(incident, one)](text(one.plan.from.tag), text(one.plan.to.tag))))];
}

const FIND: Readonly<Record<Result, (from: string, to: string) => string>> = {
  helped: (from) => `Find the cause in ${from} and keep it from being released again as it is`,
  'no-effect': (from) => `Find what was the cause: probably not ${from}, going back from it had no effect`,
  worse: (from, to) => `Find why it got worse with ${to}, and what was the cause: going back from ${from} did not help`,
  'not-live': (from, to) => `Find why the deploy of ${to} did not reach every instance; whether ${from} was the cause is not known before`,
  unproven: (from) => `Find out whether ${from} was the cause: no verdict says that going back from it helped`,
};
