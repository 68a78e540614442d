/** The words of `/incident` about alerts: which belong where, and which are silent for a time. Pure. */
import type { Labels } from '../core/alert.ts';
import { closest } from '../lib/closest.ts';
import { formatDuration, parseDuration } from '../lib/duration.ts';
import { asTyped, firstWord, type Refusal, shown, words } from './typed.ts';

export type AlertWish =
  | { readonly kind: 'alerts' }
  | { readonly kind: 'held' }
  /** A service, or the word of an alert. */
  | { readonly kind: 'split'; readonly what: string }
  | { readonly kind: 'link'; readonly what: string; readonly to: string }
  | { readonly kind: 'merge'; readonly to: string; readonly reason: string }
  | {
      readonly kind: 'snooze';
      readonly services: readonly string[] | undefined;
      readonly labels: Labels | undefined;
      readonly forMs: number;
      readonly reason: string;
    }
  /** A service, or the number of a snooze. */
  | { readonly kind: 'unsnooze'; readonly what: string };

export const ALERT_WORDS = {
  alerts: { usage: 'alerts', does: 'lists its alerts, each with a word to name it by, only to you' },
  split: { usage: 'split <alert|service>', does: 'makes an incident of its own of an alert, or of all alerts of a service' },
  link: { usage: 'link <alert|service> <INC-7>', does: 'puts them into another open incident' },
  merge: { usage: 'merge <INC-7> [why]', does: 'puts everything into another open incident and ends this one' },
  snooze: { usage: 'snooze <service|label=value …> <30m> <why>', does: 'holds new alerts back for a time; what fires then still is told', anywhere: true },
  unsnooze: { usage: 'unsnooze <service|number>', does: 'ends a snooze', anywhere: true },
  held: { usage: 'held', does: 'lists what is held back now, and why', anywhere: true },
} as const;
export type AlertWord = keyof typeof ALERT_WORDS;

/** Longer than this is forgotten by those who asked for it. */
const SNOOZE_MAX_MS = 7 * 86_400_000;
const REASON_MIN_CHARS = 3;
const REASON_MAX_CHARS = 300;
const SCOPE_MAX = 10;

const refusal = (text: string): Refusal => ({ ok: false, code: 'E_ARGS', text });
const usage = (word: AlertWord): string => `Type /incident ${ALERT_WORDS[word].usage}.`;
const incidentId = (typed: string): string | undefined => (/^inc-\d{1,9}$/i.test(typed) ? typed.toUpperCase() : undefined);

/** A service as services.yml writes it; anything else as it was typed. */
const nameOf = (typed: string, services: readonly string[]): string => services.find((name) => name.toLowerCase() === typed.toLowerCase()) ?? typed;

export function alertWish(word: AlertWord, rest: string, services: readonly string[]): AlertWish | Refusal {
  const [first, more] = firstWord(rest);
  switch (word) {
    case 'alerts':
    case 'held':
      return { kind: word };
    case 'split':
    case 'unsnooze':
      return first !== '' && more === '' ? { kind: word, what: nameOf(asTyped(first), services) } : refusal(`Nothing was done. ${usage(word)}`);
    case 'link': {
      const to = incidentId(more);
      return first !== '' && to !== undefined ? { kind: 'link', what: asTyped(first), to } : refusal(`Nothing was moved. ${usage('link')}`);
    }
    case 'merge': {
      const to = incidentId(first);
      return to === undefined ? refusal(`Nothing was merged. ${usage('merge')}`) : { kind: 'merge', to, reason: asTyped(more).slice(0, REASON_MAX_CHARS) };
    }
    case 'snooze':
      return snoozeWish(words(rest), services);
  }
}

function snoozeWish(typed: readonly string[], known: readonly string[]): AlertWish | Refusal {
  const at = typed.findIndex((word) => parseDuration(word.toLowerCase()) !== undefined);
  const forMs = at < 0 ? undefined : parseDuration((typed[at] ?? '').toLowerCase());
  if (at < 1 || forMs === undefined) return refusal(`Nothing was snoozed: say what, then for how long, then why. ${usage('snooze')}`);
  if (forMs < 60_000 || forMs > SNOOZE_MAX_MS) return refusal(`Nothing was snoozed: between 1m and ${formatDuration(SNOOZE_MAX_MS)}, please.`);
  if (at > SCOPE_MAX) return refusal(`Nothing was snoozed: at most ${SCOPE_MAX} services and labels at once.`);
  const reason = asTyped(typed.slice(at + 1).join(' ')).slice(0, REASON_MAX_CHARS);
  if (reason.length < REASON_MIN_CHARS) return refusal(`Nothing was snoozed: say why, for those who wonder where their alerts are. ${usage('snooze')}`);
  const named: string[] = [];
  const labels: [string, string][] = [];
  for (const word of typed.slice(0, at).map(asTyped)) {
    const label = /^([A-Za-z_][\w.-]{0,99})=(.{1,200})$/.exec(word);
    const service = nameOf(word, known);
    if (label) labels.push([label[1] ?? '', label[2] ?? '']);
    else if (known.includes(service)) named.push(service);
    else return refusal(noService(word, known));
  }
  return { kind: 'snooze', services: named.length > 0 ? named : undefined, labels: labels.length > 0 ? Object.fromEntries(labels) : undefined, forMs, reason };
}

function noService(word: string, known: readonly string[]): string {
  const near = closest(word, known);
  return `“${shown(word)}” is no service of services.yml and no label=value; nothing was snoozed.${near === undefined ? '' : ` Did you mean ${near}?`}`;
}
