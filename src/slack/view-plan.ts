/** The plan as it would be carried out: what changes, how, in which other ways, and who has to agree until when. */
import { needed } from '../core/approval.ts';
import { askersOf } from '../core/askers.ts';
import type { Incident } from '../core/model.ts';
import type { QuietHours, Rollback, RollbackAction, RollbackPlan } from '../core/rollback.ts';
import { bold, code, type Escaped, escapeLine, joined, link, md, mention, quote, when } from './escape.ts';
import type { Block } from './view.ts';
import { checkBlocks, pageOf, questionBlocks } from './view-checks.ts';
import { context, fields } from './view-parts.ts';

const AUTHORS_MAX = 6;
const PULLS_MAX = 8;
const APPROVERS_MAX = 8;
const APPROVALS_MAX = 4;
const WAYS_MAX = 8;
const QUIET_MAX = 3;
const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/** Everything one has to know before agreeing. */
export function planBlocks(incident: Incident, rollback: Rollback, plan: RollbackPlan): Block[] {
  const back = plan.direction === 'back';
  const approving = rollback.stage === 'asking';
  return [
    ...checkBlocks(plan),
    ...questionBlocks(incident, rollback),
    fields(
      [md`From`, release(plan.from)],
      [back ? md`Back to` : md`Forward to`, release(plan.to)],
      [back ? md`What is undone` : md`What comes back`, changes(plan)],
      [md`How`, joined([...plan.actions.map((action) => how(action, plan)), ...chosen(rollback)], '\n')],
      ...(approving ? [[md`Approvals`, given(rollback, plan)] as const, [md`Expires`, expires(rollback)] as const] : []),
    ),
    ...(approving ? reasons(rollback) : []),
    context(
      ...(approving ? [mayApprove(rollback, plan)] : []),
      ...otherWays(plan),
      md`Environment ${escapeLine(plan.environment, 80)} of ${escapeLine(plan.repo, 140)} · rollback ${escapeLine(rollback.id, 20)} of ${escapeLine(incident.id, 40)}`,
    ),
  ];
}

/** When the plan is history, one line of it is enough. */
export function planSummary(plan: RollbackPlan): Escaped {
  return md`${link(plan.from.url, plan.from.tag)} → ${link(plan.to.url, plan.to.tag)} · ${changes(plan)} · checks were ${escapeLine(plan.light, 10)}`;
}

const release = (of: RollbackPlan['from']): Escaped => md`${link(of.url, of.tag)} at ${code(of.sha.slice(0, 12))}`;

/** Commits, authors, pull requests, the difference: each as far as it is known. */
export function changes(plan: RollbackPlan): Escaped {
  const { commits, authors, pulls, compareUrl } = plan;
  const more = authors.length > AUTHORS_MAX ? md` and others` : md``;
  const by = authors.length === 0 ? md`` : md` by ${escapeLine(authors.slice(0, AUTHORS_MAX).join(', '), 200)}${more}`;
  const count = commits === undefined ? md`commits could not be counted` : md`${commits === 1 ? md`1 commit` : md`${commits} commits`}${by}`;
  const requests = pulls.slice(0, PULLS_MAX).map((number) => link(pageOf(plan, `pull/${number}`), `#${number}`));
  const rest = pulls.length > PULLS_MAX ? md` and ${pulls.length - PULLS_MAX} more` : md``;
  return joined(
    [
      count,
      ...(requests.length > 0 ? [md`pull requests ${joined(requests, ', ')}${rest}`] : []),
      ...(compareUrl ? [link(compareUrl, 'show the difference')] : []),
    ],
    ' · ',
  );
}

export function how(action: RollbackAction, plan: RollbackPlan): Escaped {
  switch (action.kind) {
    case 'dispatchWorkflow': {
      const names = Object.entries(action.inputs).flatMap(([name, value]) => (value === plan.to.tag ? [code(`${name}=${plan.to.tag}`, 260)] : []));
      const inputs = names.length === 0 ? md`` : md` with ${joined(names, ', ')}`;
      return md`run workflow ${code(action.workflow, 120)} of ${escapeLine(plan.repo, 140)} at ${code(action.ref, 130)}${inputs}`;
    }
    case 'markRelease':
      if (action.latest) return md`mark release ${code(action.tag, 130)} as latest`;
      return action.prerelease ? md`mark release ${code(action.tag, 130)} as a pre-release` : md`take the mark “latest” from release ${code(action.tag, 130)}`;
    case 'createDeployment':
      return md`create a deployment of ${code(action.ref, 130)} to ${escapeLine(action.environment, 80)}`;
    case 'rerunRun':
      return md`run ${link(action.url, `run ${action.runId}`)} of ${code(action.workflow, 120)} again`;
    case 'repositoryDispatch':
      return md`send the event ${code(action.eventType, 100)} with ${code(action.tag, 130)}`;
    case 'moveRef':
      return md`move ${code(action.ref, 130)} from ${code(action.from.slice(0, 12))} to ${code(action.to.slice(0, 12))}`;
    case 'openRevert':
      return md`open a pull request against ${code(action.base, 130)} that brings back the files of ${code(plan.to.tag, 130)}`;
  }
}

const chosen = ({ strategy }: Rollback): Escaped[] => (strategy === undefined ? [] : [md`(${code(strategy, 60)}, chosen by hand)`]);

const expires = ({ expiresAt }: Rollback): Escaped => (expiresAt === undefined ? md`not set` : when(expiresAt, 'ago'));

/** Outside quiet hours; those are named beside it, because a message is not drawn again when the clock passes them. */
const atLeast = (plan: RollbackPlan): number => needed({ light: plan.light, approve: { ...plan.approve, quiet: [] } }, 0);

function given(rollback: Rollback, plan: RollbackPlan): Escaped {
  const { approvals } = rollback;
  const by =
    approvals.length === 0
      ? md``
      : md` (${joined(
          approvals.slice(0, APPROVALS_MAX).map(({ name }) => escapeLine(name, 80)),
          ', ',
        )})`;
  const quiet = Math.max(0, ...plan.approve.quiet.map(({ require }) => require));
  const more = quiet > atLeast(plan) ? md`, ${quiet} in quiet hours` : md``;
  return md`${approvals.length} of ${atLeast(plan)}${more}${by}`;
}

/** Who approves second reads why the first one did. */
function reasons({ approvals }: Rollback): Block[] {
  const written = approvals
    .slice(0, APPROVALS_MAX)
    .flatMap(({ name, reason }) => (reason === undefined ? [] : [md`${escapeLine(name, 80)} approved:\n${quote(reason, 300)}`]));
  return written.length === 0 ? [] : [context(joined(written, '\n'))];
}

/** The one who asked is not called: they know. */
function mayApprove(rollback: Rollback, plan: RollbackPlan): Escaped {
  const { from, requesterMay, breakGlass, quiet } = plan.approve;
  const askers = askersOf(rollback).map(({ slackId }) => slackId);
  const others = from.filter((id) => !askers.includes(id)).slice(0, APPROVERS_MAX);
  const who = from.length === 0 ? md`any full member` : others.length === 0 ? md`only the person who asked` : joined(others.map(mention), ' ');
  const notSelf = requesterMay || askers.length === 0 ? md`` : askers.length === 1 ? md`, but not the person who asked` : md`, but not those who asked`;
  const count = atLeast(plan);
  const each = plan.light === 'red' ? md`, each with a written reason,` : md``;
  const sentence = count === 1 ? md`One approval is needed from ${who}${notSelf}.` : md`${count} approvals${each} are needed from ${who}${notSelf}.`;
  const glass = breakGlass.length === 0 ? [] : [md`The glass can be broken in the menu ⋯: alone, with a reason, and everybody is told.`];
  return joined(
    [
      sentence,
      ...quiet
        .filter((hours) => hours.require > count)
        .slice(0, QUIET_MAX)
        .map(quietly),
      ...glass,
    ],
    ' ',
  );
}

function quietly({ days, from, to, zone, require }: QuietHours): Escaped {
  const named = days.length === 0 ? md`` : md`${escapeLine(days.map((day) => DAYS[day] ?? '').join(', '))} `;
  return md`${require} from ${named}${escapeLine(clock(from))} to ${escapeLine(clock(to))} ${escapeLine(zone, 60)}.`;
}

/** Minutes since midnight → `22:30`. */
const clock = (minutes: number): string => `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;

/** The service's other strategies, and why each is not the one proposed. */
function otherWays({ others }: RollbackPlan): Escaped[] {
  if (others.length === 0) return [];
  const ways = others.slice(0, WAYS_MAX).map(({ strategy, applicable, because }) => {
    const why = escapeLine(because, 160);
    return applicable ? md`${code(strategy, 60)} (${why})` : md`${code(strategy, 60)} is not possible: ${why}`;
  });
  return [md`${bold(md`Other ways`)}: ${joined(ways, ' · ')}`];
}
