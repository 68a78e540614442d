/** The living announcement for everybody who is not in the incident channel: one message, edited, never a second one. */
import { type Done, doneOf, isForward, resultOf, verdictsOn, verdictWord } from '../core/course.ts';
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

/** What went back and forward, each with what came of it: for readers, the end of the story. */
function helped(incident: Incident): Escaped[] {
  return doneOf(incident).map((one) => {
    const { from, to } = one.plan;
    return md`${isForward(one) ? md`Forward again` : md`Rolled back`} from ${code(from.tag, 130)} to ${code(to.tag, 130)}${escapeText(cameOfIt(incident, one))}`;
  });
}

/** Errors that went down after a way forward did not go down by it. */
function cameOfIt(incident: Incident, rollback: Done): string {
  const last = verdictsOn(incident, rollback).at(-1);
  if (!last) return '';
  const result = resultOf(incident, rollback);
  if (result !== 'helped') return `: ${verdictWord(incident, last)}`;
  if (last.after === undefined) return '';
  if (isForward(rollback)) return `: errors are at ${percent(last.after)}`;
  return last.during === undefined ? '' : `: errors went from ${percent(last.during)} to ${percent(last.after)}`;
}
