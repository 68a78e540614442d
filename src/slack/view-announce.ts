/** The living announcement for everybody who is not in the incident channel: one message, edited, never a second one. */
import { latestRollback } from '../core/evolve.ts';
import type { Incident } from '../core/model.ts';
import { percent } from '../core/verdict.ts';
import { bold, channelLink, code, type Escaped, escapeLine, escapeText, joined, link, md, quote, when } from './escape.ts';
import type { Message, RenderExtra } from './view.ts';
import { mark, severityWord, statusWord } from './view-card.ts';
import { context, header, section, serviceName } from './view-parts.ts';

export function announce(incident: Incident, { links }: RenderExtra): Message {
  const { id, title, severity } = incident;
  const service = serviceName(incident);
  const state = md`${severityWord(severity)}, ${statusWord(incident)}`;
  const lead = incident.roles.lead ? md`Lead: ${escapeLine(incident.roles.lead.name, 80)}` : md`No lead yet`;
  const place = incident.channel
    ? md`${incident.phase === 'resolved' ? md`Everything is in` : md`Work happens in`} ${channelLink(incident.channel.id)}`
    : md`The channel is being opened`;
  const times: Escaped[] = [
    md`Started ${when(incident.openedAt, 'full')}`,
    ...(incident.resolvedAt === undefined ? [] : [md`resolved ${when(incident.resolvedAt, 'full')}`]),
  ];
  return {
    text: md`${escapeLine(id, 40)} ${state}: ${escapeLine(title)} (${escapeLine(service, 100)})`,
    blocks: [
      header(`${mark(incident)} ${id} · ${title}`),
      section(joined([md`${bold(escapeLine(service, 100))}: ${state}`, ...helped(incident), md`${lead} · ${place}`], '\n')),
      ...(incident.update ? [section(md`${bold(md`Latest update`)} (${when(incident.update.at, 'clock')})\n${quote(incident.update.text, 1500)}`)] : []),
      context(
        joined(
          [...times, ...(links.timeline ? [link(links.timeline, 'timeline')] : []), ...(links.postmortem ? [link(links.postmortem, 'postmortem')] : [])],
          ' · ',
        ),
      ),
    ],
  };
}

/** What went back, and what the error rate says since: for readers, the end of the story. */
function helped(incident: Incident): Escaped[] {
  const { verdict } = incident;
  const last = latestRollback(incident);
  if (last?.stage !== 'done' || !last.plan) return [];
  const rates =
    verdict?.during !== undefined && verdict.after !== undefined ? `: errors went from ${percent(verdict.during)} to ${percent(verdict.after)}` : '';
  return [
    md`${last.plan.direction === 'back' ? md`Rolled back` : md`Forward again`} from ${code(last.plan.from.tag, 130)} to ${code(last.plan.to.tag, 130)}${escapeText(rates)}`,
  ];
}
