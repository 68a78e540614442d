/** A rollback's own message: the plan as it would be carried out, who must agree, then how it goes and how it ended. */
import type { ActionsBlock } from '@slack/types';
import type { Incident } from '../core/model.ts';
import type { Check, Rollback, RollbackAction, RollbackId, RollbackPlan } from '../core/rollback.ts';
import { bold, code, type Escaped, escapeLine, joined, link, md, mention, quote, when } from './escape.ts';
import type { Block, Message } from './view.ts';
import { type Aim, button, context, fields, header, section } from './view-parts.ts';

const CHECKS_MAX = 12;
const FILES_MAX = 5;
const APPROVERS_MAX = 8;

export function rollbackCard(incident: Incident, id: RollbackId): Message | undefined {
  const rollback = incident.rollbacks[id];
  if (!rollback) return undefined;
  const { plan } = rollback;
  const title = plan
    ? `Rollback of ${incident.service}: ${plan.from.tag} → ${plan.to.tag}`
    : `Rollback of ${incident.service}${rollback.tag ? ` to ${rollback.tag}` : ''}`;
  const story = says(rollback);
  const asking = rollback.stage === 'asking' && plan;
  return {
    text: md`${escapeLine(title, 400)}: ${story.text}`,
    blocks: [
      header(title),
      section(story.text),
      ...(asking ? planBlocks(incident, rollback, plan) : plan ? [context(summary(plan))] : []),
      context(asked(rollback)),
      ...(asking || rollback.stage === 'planning' ? [askButtons(incident, rollback)] : []),
      ...(story.again && incident.phase !== 'resolved' ? [againButton(incident)] : []),
    ],
  };
}

/** State, what it means, what to do: one sentence each. `again`: asking anew is the next step. */
function says(rollback: Rollback): { text: Escaped; again: boolean } {
  const target = code(rollback.plan?.to.tag ?? rollback.tag ?? 'the release before', 130);
  const because = rollback.because ? md` ${escapeLine(rollback.because, 600)}` : md``;
  const codeWord = rollback.code ? md` (${escapeLine(rollback.code, 40)})` : md``;
  const watch = rollback.run ? md` ${link(rollback.run.url, rollback.run.kind === 'run' ? 'Watch the run' : 'See the release')}.` : md``;
  switch (rollback.stage) {
    case 'planning':
      return { text: md`⏳ Reading releases, deployments and the difference to make a plan. Nothing has happened yet.`, again: false };
    case 'asking':
      return { text: md`✋ Waiting for approval. Nothing has been sent to GitHub.`, again: false };
    case 'counting':
      return {
        text: md`⏳ Every check is green. It begins by itself ${rollback.startsAt === undefined ? md`soon` : when(rollback.startsAt, 'ago')} unless somebody stops it.`,
        again: false,
      };
    case 'applying':
    case 'sending':
      return { text: md`▶ Approved; sending it to GitHub.`, again: false };
    case 'tracking':
      return {
        text: md`▶ Sent to GitHub; ${rollback.status ? escapeLine(rollback.status.replaceAll('_', ' '), 80) : md`waiting for the first sign`}${rollback.job ? md`, job ${code(rollback.job, 100)}` : md``}.${watch}`,
        again: false,
      };
    case 'done':
      return { text: md`✅ Done: GitHub reports the rollback to ${target} as successful.${watch} Whether it helped is checked next.`, again: false };
    case 'refused':
      return { text: md`⛔ Refused; nothing was sent.${because}${codeWord} Choose another tag, or clear the reason and ask again.`, again: true };
    case 'declined':
      return { text: md`⛔ Declined; nothing was sent.${because}`, again: true };
    case 'expired':
      return { text: md`⌛ Expired; nothing was sent.${because} Ask again, so that the facts are read again.`, again: true };
    case 'cancelled':
      return { text: md`⛔ Cancelled; nothing was sent.${because}`, again: true };
    case 'failed':
      return { text: md`⛔ Failed.${because}${codeWord}${watch} Look at the run, then ask again or choose another tag.`, again: true };
    case 'unknown':
      return {
        text: md`❓ Outcome unknown: it was sent, but its end could not be seen.${because}${codeWord}${watch} Check on GitHub what runs before anything else is started.`,
        again: false,
      };
  }
}

function planBlocks(incident: Incident, rollback: Rollback, plan: RollbackPlan): Block[] {
  const approvals = rollback.approvals.length;
  const given =
    approvals === 0
      ? md``
      : md` (${joined(
          rollback.approvals.map(({ name }) => escapeLine(name, 80)),
          ', ',
        )})`;
  return [
    fields(
      [md`From`, release(plan.from)],
      [md`Back to`, release(plan.to)],
      [md`What is undone`, undone(plan)],
      [
        md`How`,
        joined(
          plan.actions.map((action) => how(action, plan)),
          '\n',
        ),
      ],
      [md`Approvals`, md`${approvals} of ${plan.approve.require}${given}`],
      [md`Expires`, rollback.expiresAt === undefined ? md`not set` : when(rollback.expiresAt, 'ago')],
    ),
    section(joined([bold(md`Checks before`), ...plan.checks.slice(0, CHECKS_MAX).map(check)], '\n')),
    context(
      mayApprove(rollback, plan),
      md`Environment ${escapeLine(plan.environment, 80)} of ${escapeLine(plan.repo, 140)} · rollback ${escapeLine(rollback.id, 20)} of ${escapeLine(incident.id, 40)}`,
    ),
  ];
}

const release = (of: RollbackPlan['from']): Escaped => md`${link(of.url, of.tag)} at ${code(of.sha.slice(0, 12))}`;

function undone(plan: RollbackPlan): Escaped {
  const authors =
    plan.authors.length === 0 ? md`` : md` by ${escapeLine(plan.authors.slice(0, 6).join(', '), 200)}${plan.authors.length > 6 ? md` and others` : md``}`;
  const count = plan.commits === undefined ? md`could not be counted` : plan.commits === 1 ? md`1 commit${authors}` : md`${plan.commits} commits${authors}`;
  return plan.compareUrl ? md`${count}: ${link(plan.compareUrl, 'show the difference')}` : count;
}

function how(action: RollbackAction, plan: RollbackPlan): Escaped {
  switch (action.kind) {
    case 'dispatchWorkflow': {
      const names = Object.entries(action.inputs).flatMap(([name, value]) => (value === plan.to.tag ? [name] : []));
      const given =
        names.length === 0
          ? md``
          : md` with ${joined(
              names.map((name) => code(`${name}=${plan.to.tag}`, 260)),
              ', ',
            )}`;
      return md`run workflow ${code(action.workflow, 120)} of ${escapeLine(plan.repo, 140)} at ${code(action.ref, 130)}${given}`;
    }
    case 'markRelease':
      return action.latest ? md`mark release ${code(action.tag, 130)} as latest` : md`take the mark “latest” from release ${code(action.tag, 130)}`;
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

/** The sign repeats what the word says. */
function check({ name, verdict, because, files, url }: Check): Escaped {
  const sign = { ok: md`✅ ok`, warn: md`⚠️ look`, danger: md`🛑 danger`, block: md`⛔ stop` }[verdict];
  const named =
    files && files.length > 0
      ? md` (${joined(
          files.slice(0, FILES_MAX).map((file) => code(file, 120)),
          ', ',
        )}${files.length > FILES_MAX ? md` and ${files.length - FILES_MAX} more` : md``})`
      : md``;
  const more = url ? md` ${link(url, 'details')}` : md``;
  return md`${sign} · ${bold(escapeLine(name, 100))}: ${escapeLine(because, 300)}${named}${more}`;
}

/** The one who asked is not called: they know. */
function mayApprove(rollback: Rollback, plan: RollbackPlan): Escaped {
  const { from, require, requesterMay } = plan.approve;
  const asker = rollback.by.kind === 'human' ? rollback.by.slackId : undefined;
  const others = from.filter((id) => id !== asker).slice(0, APPROVERS_MAX);
  const who = from.length === 0 ? md`any full member` : others.length === 0 ? md`only the person who asked` : joined(others.map(mention), ' ');
  const notSelf = requesterMay ? md`` : md`, but not the person who asked`;
  return md`${require === 1 ? md`One approval is` : md`${require} approvals are`} needed from ${who}${notSelf}.`;
}

function summary(plan: RollbackPlan): Escaped {
  return md`${link(plan.from.url, plan.from.tag)} → ${link(plan.to.url, plan.to.tag)} · ${undone(plan)}`;
}

function asked(rollback: Rollback): Escaped {
  const who = rollback.by.kind === 'bot' ? md`the playbook` : escapeLine(rollback.by.name, 80);
  const approved =
    rollback.approvals.length > 0
      ? md` · approved by ${joined(
          rollback.approvals.map(({ name }) => escapeLine(name, 80)),
          ', ',
        )}`
      : md``;
  const reason = rollback.reason ? md`\n${quote(rollback.reason, 300)}` : md``;
  return md`Asked by ${who} ${when(rollback.requestedAt, 'clock')}${approved}${reason}`;
}

function askButtons(incident: Incident, rollback: Rollback): ActionsBlock {
  const aim: Aim = { incident: incident.id, rollback: rollback.id };
  const { plan } = rollback;
  const cancel = button({ label: 'Cancel', action: 'cancelRollback', aim, spoken: 'Cancel this rollback' });
  const block = (elements: ActionsBlock['elements']): ActionsBlock => ({ type: 'actions', block_id: `rollback:${rollback.id}`, elements });
  if (!plan) return block([cancel]);
  const question = {
    title: `Back to ${plan.to.tag}?`,
    text: `${incident.service} (${plan.environment}) goes from ${plan.from.tag} back to ${plan.to.tag}. ${warnings(plan)}`,
    yes: 'Approve',
  };
  return block([
    button({ label: 'Approve', action: 'approveRollback', aim, style: 'danger', confirm: question, spoken: `Approve the rollback to ${plan.to.tag}` }),
    button({ label: 'Decline…', action: 'declineRollback', aim, spoken: 'Decline this rollback and say why' }),
    cancel,
  ]);
}

function warnings(plan: RollbackPlan): string {
  const open = plan.checks.filter(({ verdict }) => verdict !== 'ok').length;
  return open === 0 ? 'All checks are ok.' : `${open} of ${plan.checks.length} checks need a look.`;
}

function againButton(incident: Incident): ActionsBlock {
  const look = {
    label: 'Roll back…',
    action: 'requestRollback',
    aim: { incident: incident.id },
    style: 'danger' as const,
    spoken: `Ask again to roll back ${incident.service}`,
  };
  return { type: 'actions', block_id: 'again', elements: [button(look)] };
}
