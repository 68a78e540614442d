/** Proof and aftermath: the chart, the verdict, calls for other people, the postmortem. */
import type { ImageBlock } from '@slack/types';
import { latestRollback } from '../core/evolve.ts';
import { sayDuration, timesOf } from '../core/metrics.ts';
import type { Incident } from '../core/model.ts';
import { type StepId, stepOf } from '../core/playbook.ts';
import { percent as percentText, type Verdict } from '../core/verdict.ts';
import { bold, code, type Escaped, escapeLine, escapeText, joined, md, mention, plainLine, when } from './escape.ts';
import type { Block, Message, RenderExtra } from './view.ts';
import { severityWord, statusWord } from './view-card.ts';
import { button, context, fields, header, section } from './view-parts.ts';

const ALT_MAX_CHARS = 1900;

export function chart(incident: Incident, extra: RenderExtra): Message | undefined {
  if (!extra.chart) return undefined;
  const { fileId, alt } = extra.chart;
  const text = md`Error rate of ${escapeLine(incident.service, 100)}: ${escapeText(alt, 1500)}`;
  if (fileId === undefined) return { text, blocks: [section(text)] };
  const image: ImageBlock = { type: 'image', slack_file: { id: fileId }, alt_text: plainLine(alt, ALT_MAX_CHARS) || 'error rate' };
  return { text, blocks: [image] };
}

const WORDS: Readonly<Record<Verdict['kind'], { sign: string; word: string; next: string }>> = {
  recovered: { sign: '✅', word: 'Recovered', next: 'Resolve when you are sure nothing else is broken.' },
  better: { sign: '⚠️', word: 'Better, not yet good', next: 'Keep watching; the cause may not be the release alone.' },
  'no-effect': { sign: '⛔', word: 'No effect', next: 'The release is probably not the cause. Look at logs, data and dependencies.' },
  worse: { sign: '⛔', word: 'Worse', next: 'Consider going forward again or to another tag.' },
  blind: { sign: '❓', word: 'Blind: no data', next: 'No data is never healthy. Check by hand, and repair the measurement.' },
};

export function verdict(incident: Incident): Message | undefined {
  const measuring = stepOf(incident.playbook, incident.current)?.use === 'verify';
  if (measuring) return inMeasure(incident);
  const { verdict: reached } = incident;
  if (!reached) return undefined;
  const { sign, word, next } = WORDS[reached.kind];
  const title = md`${escapeText(word)}: ${escapeLine(incident.service, 100)}`;
  const blocks: Block[] = [
    header(`${sign} ${word}: ${incident.service}`),
    fields(
      [md`Errors before`, percent(reached.baseline)],
      [md`During`, percent(reached.during)],
      [md`Now`, percent(reached.after)],
      [md`What runs`, reached.runs ? md`${code(reached.runs, 130)}, by its own answer` : md`not proven`],
    ),
    context(md`${when(reached.at, 'clock')} · ${escapeLine(reached.because, 600)}`, escapeText(next)),
  ];
  if (reached.kind === 'recovered' && incident.phase !== 'resolved') {
    blocks.push({
      type: 'actions',
      block_id: 'verdict',
      elements: [button({ label: 'Resolve…', action: 'resolve', aim: { incident: incident.id }, style: 'primary' })],
    });
  }
  return { text: md`${title}. ${escapeLine(reached.because, 600)}`, blocks };
}

/** The same message says first that we look, then what we saw. */
function inMeasure(incident: Incident): Message {
  const target = latestRollback(incident)?.plan?.to.tag;
  const what = target === undefined ? md`the error rate` : md`that ${code(target, 130)} runs, and the error rate`;
  const text = md`Checking ${what} against the time before the release…`;
  return { text, blocks: [section(md`🔎 ${text}`), context(md`Missing data never counts as healthy. This message becomes the verdict.`)] };
}

function percent(fraction: number | undefined): Escaped {
  return fraction === undefined ? md`no data` : escapeText(percentText(fraction));
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
  const where = incident.channel ? md`, ${statusWord(incident)}` : md``;
  return {
    text: md`${escapeLine(incident.id, 40)}: ${body}`,
    blocks: [section(body), context(md`${escapeLine(incident.id, 40)} · ${severityWord(incident.severity)} · ${escapeLine(incident.title, 200)}${where}`)],
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
