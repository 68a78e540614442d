/** Somebody went alone. Everybody on call is told, in words that need no card beside them. */
import { rollbackOf } from '../core/evolve.ts';
import type { Incident } from '../core/model.ts';
import type { RollbackId } from '../core/rollback.ts';
import { bold, code, type Escaped, escapeLine, joined, md, mention, quote, when } from './escape.ts';
import type { Message, RenderExtra } from './view.ts';
import { lightSign } from './view-checks.ts';
import { context, header, section } from './view-parts.ts';

const CALLED_MAX = 10;

export function glass(incident: Incident, id: RollbackId, { call = [] }: RenderExtra): Message | undefined {
  const rollback = rollbackOf(incident, id);
  const broken = rollback?.approvals.find((approval) => approval.glass);
  if (!rollback?.plan || !broken) return undefined;
  const { from, to, light, environment } = rollback.plan;
  const who = escapeLine(broken.name, 80);
  const move = md`${escapeLine(incident.service, 100)} (${escapeLine(environment, 80)}) from ${code(from.tag, 130)} to ${code(to.tag, 130)}`;
  const said = md`${bold(who)} broke the glass and takes ${move} alone, without the approvals it asks for otherwise.`;
  // Whoever acted knows; a group they are in is called for the others in it.
  const called = call.filter((each) => each !== broken.slackId).slice(0, CALLED_MAX);
  const calling: readonly Escaped[] = called.length === 0 ? [] : [md`${joined(called.map(mention), ' ')}: please look.`];
  const why = broken.reason === undefined ? [] : [quote(broken.reason, 600)];
  return {
    text: joined([md`${who} broke the glass in ${escapeLine(incident.id, 40)}: ${move}, alone.`, ...calling], ' '),
    blocks: [
      header(`🚨 ${broken.name} broke the glass: ${incident.service}`),
      section(joined([said, ...why, ...calling], '\n')),
      context(
        md`${when(broken.at, 'clock')} · checks were ${lightMark(light)} · rollback ${escapeLine(id, 20)} of ${escapeLine(incident.id, 40)} · it stands in the postmortem`,
      ),
    ],
  };
}

const lightMark = (light: Parameters<typeof lightSign>[0]): Escaped => md`${escapeLine(lightSign(light))} ${escapeLine(light, 10)}`;
