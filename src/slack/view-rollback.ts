/** A rollback's own message, one and the same from the wish to the end: where it stands, the plan while it is to be judged, and what can be pressed now. */

import { sayAskers } from '../core/askers.ts';
import { rollbackOf } from '../core/evolve.ts';
import type { Incident } from '../core/model.ts';
import type { Rollback, RollbackId } from '../core/rollback.ts';
import { code, type Escaped, escapeLine, joined, md, quote, when } from './escape.ts';
import type { Block, Message } from './view.ts';
import { lightMeans, lightSign, lightWord } from './view-checks.ts';
import { context, header, section } from './view-parts.ts';
import { planBlocks, planSummary } from './view-plan.ts';
import { failureBlocks, progress, took, watch } from './view-progress.ts';
import { rollbackButtons } from './view-rollback-buttons.ts';

export function rollbackCard(incident: Incident, id: RollbackId): Message | undefined {
  const rollback = rollbackOf(incident, id);
  if (!rollback) return undefined;
  const { plan, stage } = rollback;
  const judged = plan && (stage === 'asking' || stage === 'counting') ? plan : undefined;
  const title = titleOf(incident, rollback);
  const light = judged ? `${lightSign(judged.light)} ${lightWord(judged.light)} · ` : '';
  const spoken = judged ? md`, checks are ${escapeLine(judged.light, 10)}` : md``;
  const story = says(rollback);
  return {
    text: md`${escapeLine(title, 400)}${spoken}: ${story}`,
    blocks: [
      header(`${light}${title}`),
      section(joined([story, ...(judged ? [lightMeans(judged.light)] : [])], '\n')),
      ...(judged ? planBlocks(incident, rollback, judged) : plan ? [context(planSummary(plan))] : []),
      ...(stage === 'failed' ? failureBlocks(rollback) : []),
      context(asked(rollback)),
      ...buttonsRow(incident, rollback),
    ],
  };
}

function titleOf({ service }: Incident, { plan, tag, undoes, automatic }: Rollback): string {
  const forward = plan ? plan.direction === 'forward' : undoes !== undefined;
  const what = forward ? `Forward again: ${service}` : `${automatic ? 'Automatic rollback' : 'Rollback'} of ${service}`;
  if (plan) return `${what}${forward ? '' : ':'} ${plan.from.tag} → ${plan.to.tag}`;
  return tag ? `${what} to ${tag}` : what;
}

/** State, what it means, what to do: one sentence each. */
function says(rollback: Rollback): Escaped {
  const target = code(rollback.plan?.to.tag ?? rollback.tag ?? 'the release before', 130);
  const forward = rollback.plan?.direction === 'forward';
  switch (rollback.stage) {
    case 'planning':
      return md`⏳ Reading releases, deployments and the difference to make a plan. Nothing has happened yet.`;
    case 'asking':
      return md`✋ Waiting for approval. Nothing has been sent to GitHub.${rollback.automatic ? md` It was to begin by itself, but the checks leave it to people.` : md``}`;
    case 'counting':
      return md`⏱ Nobody asked: the rollback to ${target} begins by itself ${rollback.startsAt === undefined ? md`soon` : md`at ${when(rollback.startsAt, 'seconds')}`} unless somebody stops it. Anyone may.`;
    case 'applying':
      return md`▶ Approved. The facts are read once more, then it is sent to GitHub.`;
    case 'sending':
      return md`▶ Being sent to GitHub; it is too late to cancel.`;
    case 'tracking':
      return progress(rollback);
    case 'done':
      return md`✅ Done: GitHub reports the ${forward ? md`way forward` : md`rollback`} to ${target} as successful.${took(rollback)}${watch(rollback)} Whether it helped is checked next.`;
    default:
      return saysEnd(rollback);
  }
}

/** Nothing was reached: why, and what is the next thing to do. */
function saysEnd(rollback: Rollback): Escaped {
  const codeWord = rollback.code ? md` (${escapeLine(rollback.code, 40)})` : md``;
  const why = rollback.because ? md`: ${escapeLine(rollback.because, 600)}${codeWord}.` : md`${codeWord}.`;
  switch (rollback.stage) {
    case 'refused':
      return md`⛔ Refused; nothing was sent${why} Choose another tag, or clear the reason and ask again.`;
    case 'declined':
      return md`⛔ Declined; nothing was sent${why}`;
    case 'expired':
      return md`⌛ Expired; nothing was sent${why} Ask again, so that the facts are read again.`;
    case 'cancelled':
      return md`⛔ Cancelled; nothing was sent${why}`;
    case 'failed':
      return md`⛔ Failed${why}${took(rollback)}${watch(rollback)} Look at the run, then ask again or choose another tag.`;
    default:
      return md`❓ Outcome unknown: it was sent, but its end could not be seen${why}${watch(rollback)} Check on GitHub what runs before anything else is started.`;
  }
}

/** Who wanted it, who agreed, and in which words. */
function asked(rollback: Rollback): Escaped {
  const { approvals, reason } = rollback;
  const { migrations } = rollback.answers;
  const answered = migrations ? [md`${escapeLine(migrations.by, 80)} says that the migrations were ${migrations.run ? md`run` : md`not run`}.`] : [];
  const who = escapeLine(sayAskers(rollback), 300);
  const agreed = approvals.map(({ name, glass }) => (glass ? md`${escapeLine(name, 80)}, who broke the glass` : escapeLine(name, 80)));
  // While it is asked for, the field of approvals says it.
  const approved = agreed.length > 0 && rollback.stage !== 'asking' ? md` · approved by ${joined(agreed, ', ')}` : md``;
  const why =
    rollback.stage === 'asking'
      ? []
      : approvals.flatMap(({ name, reason: said }) => (said === undefined ? [] : [md`${escapeLine(name, 80)}:\n${quote(said, 300)}`]));
  return joined(
    [md`Asked by ${who} ${when(rollback.requestedAt, 'clock')}${approved}`, ...(reason ? [quote(reason, 300)] : []), ...answered, ...why.slice(0, 4)],
    '\n',
  );
}

function buttonsRow(incident: Incident, rollback: Rollback): Block[] {
  const elements = rollbackButtons(incident, rollback);
  return elements.length === 0 ? [] : [{ type: 'actions', block_id: `rollback:${rollback.id}`, elements }];
}
