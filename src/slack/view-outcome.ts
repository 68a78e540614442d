/** Proof and aftermath: the chart, calls for other people, the postmortem. */
import type { ImageBlock } from '@slack/types';
import { sayDuration, timesOf } from '../core/metrics.ts';
import type { Incident } from '../core/model.ts';
import { type StepId, stepOf } from '../core/playbook.ts';
import { bold, type Escaped, escapeLine, escapeText, joined, md, mention, plainLine } from './escape.ts';
import type { Message, RenderExtra } from './view.ts';
import { severityWord, statusWord, suspicion } from './view-card.ts';
import { context, section } from './view-parts.ts';

const ALT_MAX_CHARS = 1900;

export function chart(incident: Incident, extra: RenderExtra): Message | undefined {
  if (!extra.chart) return undefined;
  const { fileId, alt } = extra.chart;
  const text = md`Error rate of ${escapeLine(incident.service, 100)}: ${escapeText(alt, 1500)}`;
  if (fileId === undefined) return { text, blocks: [section(text)] };
  const image: ImageBlock = { type: 'image', slack_file: { id: fileId }, alt_text: plainLine(alt, ALT_MAX_CHARS) || 'error rate' };
  return { text, blocks: [image] };
}

/** A `notify` step: the one message besides a hand-over and the first card that calls people by mention. */
export function notice(incident: Incident, step: StepId): Message | undefined {
  const found = stepOf(incident.playbook, step);
  if (!found) return undefined;
  const { text, message, to } = found.params;
  const words = [text, message, found.text].find((value): value is string => typeof value === 'string' && value !== '') ?? found.title;
  const who = Array.isArray(to) ? to.filter((id): id is string => typeof id === 'string') : typeof to === 'string' ? [to] : [];
  const called = who.filter((id) => /^[UWS][A-Z0-9]{2,}$/.test(id)).map(mention);
  const body = joined([...called, escapeText(words, 1500)], ' ');
  const suspected = suspicion(incident);
  const where = incident.channel ? md`, ${statusWord(incident)}` : md``;
  return {
    text: md`${escapeLine(incident.id, 40)}: ${body}`,
    blocks: [
      section(body),
      ...(suspected ? [section(suspected)] : []),
      context(md`${escapeLine(incident.id, 40)} · ${severityWord(incident.severity)} · ${escapeLine(incident.title, 200)}${where}`),
    ],
  };
}

export function postmortem(incident: Incident): Message | undefined {
  if (incident.phase !== 'resolved' && incident.postmortem === undefined) return undefined;
  const written = incident.postmortem;
  // The file hangs in the thread of this very message.
  const place = written === undefined ? md`is being written` : md`is in this thread, ready to be read and corrected`;
  const times = timesOf(incident);
  const numbers = [
    ...duration('to acknowledge', times.acknowledgeMs),
    ...duration('to mitigate', times.mitigateMs),
    ...duration('to resolve', times.resolveMs),
  ];
  return {
    text: md`The postmortem draft of ${escapeLine(incident.id, 40)} ${written === undefined ? md`is being written` : md`is ready`}.`,
    blocks: [
      section(md`${bold(md`Postmortem`)}: the draft of ${escapeLine(incident.id, 40)} ${place}. Timeline, evidence, decisions and numbers are in it.`),
      ...(numbers.length > 0 ? [context(joined(numbers, ' · '))] : []),
    ],
  };
}

function duration(what: string, ms: number | undefined): Escaped[] {
  return ms === undefined ? [] : [escapeText(`${sayDuration(ms)} ${what}`)];
}
