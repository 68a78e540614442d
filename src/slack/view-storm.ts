/** What many services suffer at once, and what is held back: lists that people read at a glance, the worst on top. */
import { type Alert, alertKey, alertWord, type Suffering, sufferings } from '../core/alert.ts';
import type { Snooze } from '../core/correlate-rules.ts';
import { HELD_LISTED_MOST, type Held, type Silence } from '../core/hold.ts';
import type { Incident } from '../core/model.ts';
import { bold, capital, code, type Escaped, escapeLine, escapeText, joined, md, when } from './escape.ts';
import type { Block, Message } from './view.ts';
import { context, section } from './view-parts.ts';

/** A section holds 3,000 characters. */
const SECTION_MAX_CHARS = 3_000;
/** A message holds some 13,000; the card says more than this list. */
const CARD_LIST_MAX_CHARS = 8_000;
const LIST_MAX_CHARS = 10_000;
const NAME_MAX_CHARS = 100;
const ALERTS_LISTED = 60;

/** Every service with its alerts; only where there is more than one. */
export function services(incident: Incident): readonly Block[] {
  const all = sufferings(incident);
  if (incident.scope !== 'storm' && all.length < 2) return [];
  const firing = all.filter((one) => one.firing > 0).length;
  const head = bold(escapeText(`${all.length} service${all.length === 1 ? '' : 's'}, ${firing} with alerts firing`));
  const { sections, shown } = fitted([head, ...all.map(sufferingLine)], CARD_LIST_MAX_CHARS);
  const rest = all.length + 1 - shown;
  return [...sections, ...(rest > 0 ? [context(escapeText(`and ${countOf(rest, 'more service')}`))] : [])];
}

function sufferingLine({ service, severity, firing, seen }: Suffering): Escaped {
  const counts = firing === 0 ? `all quiet, ${seen} seen` : firing === seen ? `${firing} firing` : `${firing} of ${seen} firing`;
  return md`${escapeText(severity.toUpperCase())} ${bold(escapeLine(service ?? 'no known service', NAME_MAX_CHARS))}: ${escapeText(counts)}`;
}

/** As many lines as fit, none of them cut; `shown` says how many did. */
function fitted(lines: readonly Escaped[], maxChars: number): { readonly sections: readonly Block[]; readonly shown: number } {
  const texts: Escaped[] = [];
  let [shown, chars] = [0, 0];
  for (const line of lines) {
    chars += line.length + 1;
    if (chars > maxChars) break;
    const last = texts.at(-1);
    if (last !== undefined && last.length + 1 + line.length <= SECTION_MAX_CHARS) texts[texts.length - 1] = joined([last, line], '\n');
    else texts.push(line);
    shown += 1;
  }
  return { sections: texts.map(section), shown };
}

const areOf = (count: number): string => (count === 1 ? 'is' : 'are');
const countOf = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`;

/** `/incident alerts`: each with the word by which it can be split off or linked elsewhere. */
export function alertList(incident: Incident): Message {
  const all = Object.values(incident.alerts).toSorted((a, b) => Number(b.state === 'firing') - Number(a.state === 'firing'));
  const counted = incident.tallies.reduce((sum, { seen }) => sum + seen, 0);
  const head = md`${bold(md`Alerts of ${escapeLine(incident.id, 40)}`)}: ${code(`/incident split`)} with a word or a service takes some out, ${code('/incident link')} puts them elsewhere.`;
  const { sections, shown } = fitted(all.slice(0, ALERTS_LISTED).map(alertLine), LIST_MAX_CHARS);
  const unlisted = all.length - shown;
  const rest = [
    ...(unlisted > 0 ? [`${unlisted} more ${areOf(unlisted)} not listed here; naming a service takes all of its alerts.`] : []),
    ...(counted > 0 ? [`${counted} more ${areOf(counted)} counted by service only.`] : []),
  ];
  return {
    text: md`${escapeText(countOf(all.length + counted, 'alert'))} of ${escapeLine(incident.id, 40)}`,
    blocks: [section(head), ...sections, ...(rest.length > 0 ? [context(escapeText(rest.join(' ')))] : [])],
  };
}

function alertLine(alert: Alert): Escaped {
  const of = alert.service === undefined ? md`` : md` ${bold(escapeLine(alert.service, 60))}`;
  return md`${code(alertWord(alertKey(alert)))} ${escapeText(alert.severity.toUpperCase())}${of} ${escapeLine(alert.summary, 60)} (${escapeText(alert.state)})`;
}

type Window = Pick<Silence['maintenance'][number], 'reason' | 'until'>;
type Listed = readonly [kind: 'maintenance window' | 'snooze' | 'held alert', line: Escaped];

/** What is silent now, and what that holds back. */
export function silenceList({ snoozes, maintenance, held }: Pick<Silence, 'snoozes' | 'held'> & { maintenance: readonly Window[] }): Message {
  const all: readonly Listed[] = [
    ...maintenance.map((one): Listed => ['maintenance window', windowLine(one)]),
    ...snoozes.map((one): Listed => ['snooze', snoozeLine(one)]),
    ...held.map((one): Listed => ['held alert', heldLine(one)]),
  ];
  const { sections, shown } = fitted(
    all.map(([, line]) => line),
    LIST_MAX_CHARS,
  );
  const left = all.slice(shown).map(([kind]) => kind);
  const rest = (['maintenance window', 'snooze', 'held alert'] as const).flatMap((kind) => {
    const count = left.filter((one) => one === kind).length;
    return count === 0 ? [] : [`${kind === 'held alert' ? atLeast(held) : ''}${countOf(count, `more ${kind}`)}`];
  });
  const many = held.length === 0 ? 'Nothing' : `${capital(escapeText(atLeast(held)))}${countOf(held.length, 'alert')}`;
  const text = escapeText(all.length === 0 ? 'Nothing is held back.' : `${many} ${areOf(Math.max(1, held.length))} held back.`);
  return { text, blocks: [section(bold(text)), ...sections, ...(rest.length > 0 ? [context(escapeText(`and ${rest.join(', ')}`))] : [])] };
}

/** Nobody asks the database for more. */
const atLeast = (held: readonly Held[]): string => (held.length >= HELD_LISTED_MOST ? 'at least ' : '');

const windowLine = ({ reason, until }: Window): Escaped => md`${bold(md`Maintenance`)} until ${when(until, 'clock')}: ${escapeLine(reason, 200)}`;

function snoozeLine({ id, until, by, reason, ...scope }: Snooze): Escaped {
  const of = escapeLine(scopeWords(scope), 150);
  return md`${bold(md`Snooze ${id}`)} of ${of} until ${when(until, 'clock')} by ${escapeLine(by.name, 80)}: ${escapeLine(reason, 200)}`;
}

function heldLine({ signal, because, until }: Held): Escaped {
  const of = bold(escapeLine(signal.service ?? signal.source, 60));
  const again = md`looked at again at ${when(until, 'clock')}`;
  return md`${escapeText(signal.severity.toUpperCase())} ${of} ${escapeLine(signal.summary, 80)}: ${escapeLine(because, 150)}; ${again}`;
}

const scopeWords = ({ services: names, labels }: Pick<Snooze, 'services' | 'labels'>): string =>
  [...(names ?? []), ...Object.entries(labels ?? {}).map(([name, value]) => `${name}=${value}`)].join(' ');
