/** What many services suffer at once, and what is held back: lists that people read at a glance, the worst on top. */
import { alertKey, alertWord, type Suffering, sufferings } from '../core/alert.ts';
import type { Snooze } from '../core/correlate-rules.ts';
import type { Held } from '../core/hold.ts';
import type { Incident } from '../core/model.ts';
import { bold, code, type Escaped, escapeLine, escapeText, joined, md, when } from './escape.ts';
import type { Block, Message } from './view.ts';
import { context, section } from './view-parts.ts';

/** A section holds 3,000 characters; so many lines of the longest names fit. */
const LINES_PER_SECTION = 18;
const SECTIONS_MOST = 10;
const NAME_MAX_CHARS = 100;
const ALERTS_LISTED = 60;

/** Every service with its alerts; only where there is more than one. */
export function services(incident: Incident): readonly Block[] {
  const all = sufferings(incident);
  if (incident.scope !== 'storm' && all.length < 2) return [];
  const firing = all.filter((one) => one.firing > 0).length;
  const head = bold(escapeText(`${all.length} service${all.length === 1 ? '' : 's'}, ${firing} with alerts firing`));
  const shown = all.slice(0, LINES_PER_SECTION * SECTIONS_MOST);
  const rest = all.length - shown.length;
  return [
    ...chunks(shown.map(sufferingLine)).map((lines, index) => section(joined(index === 0 ? [head, ...lines] : lines, '\n'))),
    ...(rest > 0 ? [context(escapeText(`and ${rest} more services`))] : []),
  ];
}

function sufferingLine({ service, severity, firing, seen }: Suffering): Escaped {
  const counts = firing === 0 ? `all quiet, ${seen} seen` : firing === seen ? `${firing} firing` : `${firing} of ${seen} firing`;
  return md`${escapeText(severity.toUpperCase())} ${bold(escapeLine(service ?? 'no known service', NAME_MAX_CHARS))}: ${escapeText(counts)}`;
}

function chunks(lines: readonly Escaped[]): readonly (readonly Escaped[])[] {
  const count = Math.ceil(lines.length / LINES_PER_SECTION);
  return Array.from({ length: count }, (_, index) => lines.slice(index * LINES_PER_SECTION, (index + 1) * LINES_PER_SECTION));
}

/** `/incident alerts`: each with the word by which it can be split off or linked elsewhere. */
export function alertList(incident: Incident): Message {
  const all = Object.values(incident.alerts).toSorted((a, b) => Number(b.state === 'firing') - Number(a.state === 'firing'));
  const more = incident.tallies.reduce((sum, { seen }) => sum + seen, 0) + Math.max(0, all.length - ALERTS_LISTED);
  const head = md`${bold(md`Alerts of ${escapeLine(incident.id, 40)}`)}: ${code(`/incident split`)} with a word or a service takes some out, ${code('/incident link')} puts them elsewhere.`;
  const lines = all.slice(0, ALERTS_LISTED).map((alert) => {
    const of = alert.service === undefined ? md`` : md` ${bold(escapeLine(alert.service, 60))}`;
    return md`${code(alertWord(alertKey(alert)))} ${escapeText(alert.severity.toUpperCase())}${of} ${escapeLine(alert.summary, 60)} (${escapeText(alert.state)})`;
  });
  return {
    text: md`${escapeText(`${all.length + more}`)} alerts of ${escapeLine(incident.id, 40)}`,
    blocks: [
      section(head),
      ...chunks(lines).map((some) => section(joined(some, '\n'))),
      ...(more > 0 ? [context(escapeText(`${more} more are counted by service only`))] : []),
    ],
  };
}

/** What is silent now, and what that holds back. */
export function silenceList(silence: {
  snoozes: readonly Snooze[];
  maintenance: readonly { reason: string; until: number }[];
  held: readonly Held[];
}): Message {
  const { snoozes, maintenance, held } = silence;
  const lines: Escaped[] = [
    ...maintenance.map(({ reason, until }) => md`${bold(md`Maintenance`)} until ${when(until, 'clock')}: ${escapeLine(reason, 200)}`),
    ...snoozes.map(
      (one) =>
        md`${bold(md`Snooze ${one.id}`)} of ${escapeLine(scopeWords(one), 150)} until ${when(one.until, 'clock')} by ${escapeLine(one.by.name, 80)}: ${escapeLine(one.reason, 200)}`,
    ),
    ...held
      .slice(0, ALERTS_LISTED)
      .map(
        ({ signal, because, until }) =>
          md`${escapeText(signal.severity.toUpperCase())} ${bold(escapeLine(signal.service ?? signal.source, 60))} ${escapeLine(signal.summary, 80)}: ${escapeLine(because, 150)}; looked at again at ${when(until, 'clock')}`,
      ),
  ];
  const text =
    lines.length === 0
      ? md`Nothing is held back.`
      : escapeText(`${held.length === 100 ? 'At least 100' : held.length} alert${held.length === 1 ? ' is' : 's are'} held back.`);
  return { text, blocks: [section(bold(text)), ...chunks(lines).map((some) => section(joined(some, '\n')))] };
}

const scopeWords = ({ services: names, labels }: Snooze): string =>
  [...(names ?? []), ...Object.entries(labels ?? {}).map(([name, value]) => `${name}=${value}`)].join(' ');
