/** A rollback for a terminal, in plain text: everything one has to know before deciding, the exact requests included. */
import { mayApprove, mayBreakGlass, needed } from '../core/approval.ts';
import { sayAskers } from '../core/askers.ts';
import { liveRollback } from '../core/evolve.ts';
import { sayDuration } from '../core/metrics.ts';
import type { Incident, Instant } from '../core/model.ts';
import type { Check, Release, Rollback, RollbackPlan } from '../core/rollback.ts';
import { runningNow, sayRunning } from '../core/running.ts';
import type { Operator } from '../core/service.ts';
import { printRequests } from '../rollbacks/requests.ts';
import { personOf } from './operators.ts';
import { isHelp, type Proof, sayProof } from './proof.ts';
import { plain } from './protocol.ts';

const FILES_MAX = 10;
const LOG_LINES_MAX = 20;
const LIGHTS = {
  green: 'nothing was found that speaks against it',
  amber: 'it can be done; watch what is named below',
  red: 'something speaks against it; two people must approve, each with a written reason',
} as const;

export interface Printing {
  readonly incident: Incident;
  readonly rollback: Rollback;
  readonly operators: readonly Operator[];
  readonly proof: Proof | undefined;
  readonly now: Instant;
}

/** Each entry is one line: text from outside cannot make a second one, nor move the cursor. */
export function printRollback(printing: Printing): readonly string[] {
  const { incident, rollback, proof, now } = printing;
  const { plan, stage, id } = rollback;
  const isOpen = stage === 'asking' || stage === 'counting';
  const what = plan ? `${plan.from.tag} → ${plan.to.tag}` : `to ${rollback.tag ?? 'the release before'}`;
  return [
    `${incident.id} ${id} · ${incident.service}: ${plan?.direction === 'forward' ? 'forward again' : 'rollback'} ${what}`,
    ...field('Asked by', `${sayAskers(rollback)} at ${time(rollback.requestedAt)}${rollback.reason ? `: “${rollback.reason}”` : ''}`),
    ...(plan && isOpen ? printPlan(printing, plan) : []),
    ...rollback.approvals.flatMap(({ name, glass, reason }) => field(glass ? 'Broke glass' : 'Approved by', `${name}${reason ? `: “${reason}”` : ''}`)),
    ...field('State', sayStage(rollback, now)),
    ...(rollback.run?.url ? field('Watch', rollback.run.url) : []),
    ...(stage === 'failed' ? rollback.log.slice(-LOG_LINES_MAX).map((line) => `    ${line}`) : []),
    ...(proof ? told('Verdict', sayProof(proof, time)) : []),
  ].map(plain);
}

const field = (name: string, text: string): readonly string[] => [`  ${name.padEnd(12)}${text}`];
const more = (lines: readonly string[]): readonly string[] => lines.map((line) => `${' '.repeat(14)}${line}`);
const told = (name: string, lines: readonly string[]): readonly string[] => lines.flatMap((line, index) => (index === 0 ? field(name, line) : more([line])));

function printPlan(printing: Printing, plan: RollbackPlan): readonly string[] {
  const ways = plan.others.map(({ strategy, applicable, because }) => `${strategy}${applicable ? '' : ' is not possible'}: ${because}`);
  return [
    ...field('From', release(plan.from)),
    ...field(plan.direction === 'back' ? 'Back to' : 'Forward to', release(plan.to)),
    ...field('Where', `${plan.environment} of ${plan.repo}, by ${plan.strategy}`),
    ...field(plan.direction === 'back' ? 'Undone' : 'Comes back', changes(plan)),
    ...field('Checks', `${plan.light.toUpperCase()}: ${LIGHTS[plan.light]}`),
    ...more(plan.checks.toSorted((a, b) => rank(a) - rank(b)).flatMap(printCheck)),
    ...field('Requests', 'exactly these, in this order, after approval'),
    ...more(printRequests(plan)),
    ...told('Other ways', ways),
    ...printApprovals(printing, plan),
  ];
}

const release = ({ tag, sha, url }: Release): string => `${tag} at ${sha.slice(0, 12)}  ${url}`;

function changes({ commits, authors, pulls, compareUrl }: RollbackPlan): string {
  const count = commits === undefined ? 'commits could not be counted' : `${commits} ${commits === 1 ? 'commit' : 'commits'}`;
  const by = authors.length === 0 ? '' : ` by ${authors.join(', ')}`;
  const requests = pulls.length === 0 ? '' : ` · pull requests ${pulls.map((number) => `#${number}`).join(', ')}`;
  return `${count}${by}${requests}${compareUrl === undefined ? '' : `  ${compareUrl}`}`;
}

const RANKS: readonly Check['verdict'][] = ['block', 'danger', 'warn', 'ok'];
const rank = ({ verdict: said }: Check): number => RANKS.indexOf(said);

function printCheck({ verdict: said, name, because, files = [], watch, url }: Check): readonly string[] {
  const rest = files.length > FILES_MAX ? ` and ${files.length - FILES_MAX} more` : '';
  return [
    `${said.padEnd(7)}${name}: ${because}`,
    ...(files.length === 0 ? [] : [`       in ${files.slice(0, FILES_MAX).join(', ')}${rest}`]),
    ...(watch === undefined ? [] : [`       watch: ${watch}`]),
    ...(url === undefined || said === 'ok' ? [] : [`       ${url}`]),
  ];
}

function printApprovals({ rollback, operators, now }: Printing, plan: RollbackPlan): readonly string[] {
  if (rollback.stage !== 'asking') return [];
  const { from, requesterMay, breakGlass } = plan.approve;
  const who = from.length === 0 ? 'any member' : from.join(', ');
  const names = (some: readonly Operator[]): string => some.map(({ name }) => name).join(', ') || 'nobody';
  const here = operators.filter((operator) => mayApprove(rollback, personOf(operator), plan.approve) === undefined);
  const alone = operators.filter((operator) => mayBreakGlass(personOf(operator), plan.approve) === undefined);
  const wanted = needed(plan, now);
  const lacks = wanted - rollback.approvals.length - peopleAmong(here);
  return [
    ...field('Approvals', `${rollback.approvals.length} of ${wanted}, by ${who}${requesterMay ? '' : ', but not by who asked'}`),
    ...more([`from a terminal, still: ${names(here)}`, ...(breakGlass.length === 0 ? [] : [`may break the glass: ${names(alone)}`])]),
    ...(lacks > 0 ? more([tooFew(wanted, { alone: alone.length > 0 })]) : []),
    ...field('Expires', `${time(rollback.expiresAt ?? now)}, in ${sayDuration(Math.max(0, (rollback.expiresAt ?? now) - now))}`),
  ];
}

/** One person may have two tokens. */
const peopleAmong = (some: readonly Operator[]): number => new Set(some.map(({ slackId }) => slackId)).size;

function tooFew(wanted: number, { alone }: { alone: boolean }): string {
  const glass = alone ? ', or break the glass' : '';
  return `${wanted} cannot be reached from here: approve in Slack, or add an operator who may approve to services.yml${glass}`;
}

/** What can be typed now. */
export function nextSteps({ incident, rollback, proof }: Pick<Printing, 'incident' | 'rollback' | 'proof'>): readonly string[] {
  const at = `${incident.id} ${rollback.id}`;
  const { plan } = rollback;
  const canGoForward = rollback.undoes === undefined && (plan?.undo.length ?? 0) > 0 && runningNow(incident)?.rollback?.id === rollback.id;
  if (!isHelp(proof) && canGoForward && !liveRollback(incident)) return ['', plain(`  tagback rollback undo ${at} --reason "…"`)];
  if (rollback.stage !== 'asking' && rollback.stage !== 'counting') return [];
  const reason = plan?.light === 'red' ? ' --reason "…"' : '';
  return [
    '',
    ...(rollback.stage === 'asking' ? [`  tagback rollback approve ${at}${reason}`] : []),
    ...(rollback.stage === 'asking' && plan && plan.approve.breakGlass.length > 0 ? [`  tagback rollback glass ${at} --reason "…"`] : []),
    ...(plan?.checks.some(({ asks }) => asks === 'migrations') ? [`  tagback rollback migrations ${at} run|not-run`] : []),
    ...(plan?.others ?? []).filter(({ applicable }) => applicable).map(({ strategy }) => `  tagback rollback choose ${at} ${strategy}`),
    `  tagback rollback cancel ${at}`,
  ].map(plain);
}

/** One sentence. */
export function standsAt({ rollback, proof, now }: Pick<Printing, 'rollback' | 'proof' | 'now'>): string {
  const [said] = proof ? sayProof(proof, time) : [];
  return plain(`${sayStage(rollback, now)}${said === undefined ? '' : `; ${proof?.kind === 'checking' ? '' : 'verdict '}${said}`}`);
}

/** All rollbacks of an incident, newest first, under what runs now. */
export function printOverview(incident: Incident, now: Instant, proofs: (rollback: Rollback) => Proof | undefined): readonly string[] {
  const runs = sayRunning(incident) ?? 'which release is not known';
  const each = Object.values(incident.rollbacks).map((rollback) => {
    const { id, plan, tag } = rollback;
    const what = plan ? `${plan.direction === 'forward' ? 'forward to' : 'back to'} ${plan.to.tag}` : `to ${tag ?? 'the release before'}`;
    return `  ${id.padEnd(12)}${what}: ${standsAt({ rollback, proof: proofs(rollback), now })}`;
  });
  return [`${incident.id} · ${incident.service}${incident.phase === 'resolved' ? ' · resolved' : ''}`, ...field('Runs now', runs), ...each.reverse()].map(
    plain,
  );
}

function sayStage({ stage, plan, approvals, startsAt, status, job, sentAt, usualMs, because, code }: Rollback, now: Instant): string {
  const why = `${because === undefined ? '' : `: ${because}`}${code === undefined ? '' : ` (${code})`}`;
  switch (stage) {
    case 'planning':
      return 'planning: releases, deployments and the difference are read; nothing has happened yet';
    case 'asking':
      return `waiting for approval, ${approvals.length} of ${plan ? needed(plan, now) : 1} given; nothing has been sent to GitHub`;
    case 'counting':
      return `begins by itself at ${startsAt === undefined ? 'once' : time(startsAt)} unless somebody stops it`;
    case 'applying':
      return 'approved; the facts are read once more, then it is sent to GitHub';
    case 'sending':
      return 'being sent to GitHub; it is too late to cancel';
    case 'tracking': {
      const usual = usualMs === undefined ? '' : `, usually ${sayDuration(usualMs)}`;
      const since = sentAt === undefined ? '' : `, sent at ${time(sentAt)}${usual}`;
      return `sent to GitHub; ${status?.replaceAll('_', ' ') ?? 'waiting for the first sign of it'}${job === undefined ? '' : `, job ${job}`}${since}`;
    }
    case 'done':
      return `done: GitHub reports ${plan?.to.tag ?? 'it'} as deployed`;
    case 'failed':
      return `failed${why}`;
    case 'unknown':
      return `outcome unknown${why}; look at GitHub before anything else is started`;
    default:
      return `${stage}; nothing was sent${why}`;
  }
}

const time = (at: Instant): string => `${new Date(at).toISOString().slice(11, 19)} UTC`;
