/**
 * `/incident` as people type it → what they want, or a refusal that names the next thing to type. Pure; the texts are plain and are escaped
 * on their way out. `/rollback` is in grammar-rollback.ts.
 */
import type { Severity } from '../core/model.ts';
import { closest } from '../lib/closest.ts';
import { ALERT_WORDS, type AlertWish, type AlertWord, alertWish } from './grammar-alerts.ts';
import { asTyped, firstWord, mentioned, type Refusal, shown, words } from './typed.ts';

export type IncidentWish =
  | { readonly kind: 'overview' }
  | { readonly kind: 'new'; readonly severity: Severity | undefined; readonly service: string | undefined; readonly title: string }
  | { readonly kind: 'status' | 'next' | 'catchup' | 'timeline' | 'postmortem' }
  | { readonly kind: 'severity'; readonly severity: Severity | undefined }
  /** `slackId` undefined: the person who typed. */
  | { readonly kind: 'lead'; readonly slackId: string | undefined }
  | { readonly kind: 'update' | 'note' | 'resolve' | 'reopen'; readonly text: string }
  /** Users (U…, W…) and user groups (S…). */
  | { readonly kind: 'page'; readonly who: readonly string[] }
  | { readonly kind: 'help'; readonly topic: string | undefined }
  | AlertWish;

export interface IncidentParsed {
  readonly ok: true;
  readonly wish: IncidentWish;
  /** Named in the text; undefined: the channel's. */
  readonly incident: string | undefined;
}

export interface IncidentContext {
  /** Typed in the channel of an incident. */
  readonly inIncident: boolean;
  readonly services: readonly string[];
}

/** Word → what stands behind it, what it does. The order is the order of the help. */
export const WORDS: Readonly<Record<string, { readonly usage: string; readonly does: string; readonly anywhere?: true }>> = {
  new: { usage: 'new [sev1|sev2|sev3] [service] <title>', does: 'opens an incident; without a title, a form', anywhere: true },
  status: { usage: 'status', does: 'shows the state, only to you' },
  severity: { usage: 'severity <sev1|sev2|sev3>', does: 'sets the severity' },
  lead: { usage: 'lead [@person]', does: 'you, or somebody else, takes the lead' },
  update: { usage: 'update <text>', does: 'tells the readers where things stand; without text, a form' },
  note: { usage: 'note <text>', does: 'writes into the timeline; without text, a form' },
  next: { usage: 'next', does: 'shows the step that is due' },
  page: { usage: 'page <@person|@group> …', does: 'calls people into the channel' },
  catchup: { usage: 'catchup', does: 'sums up what happened so far, only to you' },
  timeline: { usage: 'timeline', does: 'lists every event, only to you' },
  postmortem: { usage: 'postmortem', does: 'gives you the postmortem as it would be written now' },
  resolve: { usage: 'resolve [why]', does: 'ends the incident; without a word, a form' },
  reopen: { usage: 'reopen [why]', does: 'opens a resolved incident again' },
  ...ALERT_WORDS,
  help: { usage: 'help [command]', does: 'shows this', anywhere: true },
};
const ALIASES: Readonly<Record<string, string>> = {
  close: 'resolve',
  declare: 'new',
  open: 'new',
  sev: 'severity',
  commander: 'lead',
  list: 'overview',
  who: 'status',
  '?': 'help',
};
const TITLE_MAX_CHARS = 150;
const TEXT_MAX_CHARS = 2900;

export function parseIncident(text: string, context: IncidentContext): IncidentParsed | Refusal {
  const [first, afterFirst] = firstWord(text);
  const incident = /^inc-\d{1,9}$/i.test(first) ? first.toUpperCase() : undefined;
  const [typed, rest] = incident === undefined ? [first, afterFirst] : firstWord(afterFirst);
  if (typed === '') return { ok: true, wish: incident === undefined ? { kind: 'overview' } : { kind: 'status' }, incident };
  const lower = typed.toLowerCase();
  const word = Object.hasOwn(ALIASES, lower) ? (ALIASES[lower] ?? lower) : lower;
  if (word === 'overview') return { ok: true, wish: { kind: 'overview' }, incident };
  if (!Object.hasOwn(WORDS, word)) return unknown(typed);
  if (!context.inIncident && incident === undefined && !WORDS[word]?.anywhere) {
    return {
      ok: false,
      code: 'E_CONTEXT',
      text: `/incident ${word} needs to know which incident. Type it in the incident's channel, or name it: /incident INC-42 ${word}. /incident alone lists what is open.`,
    };
  }
  const wish = wishOf(word, rest, context);
  return 'code' in wish ? wish : { ok: true, wish, incident };
}

function wishOf(word: string, rest: string, context: IncidentContext): IncidentWish | Refusal {
  if (isAlertWord(word)) return alertWish(word, rest, context.services);
  switch (word) {
    case 'new':
      return newWish(rest, context);
    case 'severity':
      return severityWish(rest);
    case 'lead':
      return leadWish(rest);
    case 'page':
      return pageWish(rest);
    case 'update':
    case 'note':
    case 'resolve':
    case 'reopen':
      return { kind: word, text: asTyped(rest).slice(0, TEXT_MAX_CHARS) };
    case 'status':
    case 'next':
    case 'catchup':
    case 'timeline':
    case 'postmortem':
      return { kind: word };
    default:
      return { kind: 'help', topic: firstWord(rest)[0].toLowerCase() || undefined };
  }
}

const isAlertWord = (word: string): word is AlertWord => Object.hasOwn(ALERT_WORDS, word);

function newWish(rest: string, { services }: IncidentContext): IncidentWish {
  const [first, afterFirst] = firstWord(rest);
  const severity = severityOf(first);
  const left = severity ? afterFirst : rest;
  const [second, afterSecond] = firstWord(left);
  const service = services.find((name) => name.toLowerCase() === second.toLowerCase());
  return {
    kind: 'new',
    severity,
    service,
    title: asTyped(service === undefined ? left : afterSecond)
      .replace(/\s+/g, ' ')
      .slice(0, TITLE_MAX_CHARS),
  };
}

function severityWish(rest: string): IncidentWish | Refusal {
  const [typed, more] = firstWord(rest);
  const severity = severityOf(typed);
  if (severity && more === '') return { kind: 'severity', severity };
  if (typed === '') return { kind: 'severity', severity: undefined };
  return { ok: false, code: 'E_ARGS', text: `“${shown(rest)}” is no severity. Type /incident severity sev1, sev2 or sev3.` };
}

function severityOf(typed: string): Severity | undefined {
  const number = /^(?:sev-?)?([123])$/i.exec(typed)?.[1];
  return number === undefined ? undefined : (`sev${number}` as Severity); // the pattern allows 1, 2 and 3 only
}

function leadWish(rest: string): IncidentWish | Refusal {
  const [typed, more] = firstWord(rest);
  if (typed === '' || /^me$/i.test(typed)) return { kind: 'lead', slackId: undefined };
  const slackId = mentioned(typed);
  if (slackId && /^[UW]/.test(slackId) && more === '') return { kind: 'lead', slackId };
  return {
    ok: false,
    code: 'E_ARGS',
    text: `“${shown(rest)}” is not one person of this workspace. Type /incident lead @name and pick the name from Slack's list.`,
  };
}

function pageWish(rest: string): IncidentWish | Refusal {
  const typed = words(rest);
  const who = typed.map(mentioned);
  const wrong = typed.find((_, at) => who[at] === undefined);
  if (typed.length > 0 && typed.length <= 10 && wrong === undefined) return { kind: 'page', who: who.filter((id) => id !== undefined) };
  const what =
    typed.length === 0
      ? 'Nobody was named'
      : typed.length > 10
        ? 'At most ten can be called at once'
        : `“${shown(wrong ?? '')}” is no person or group of this workspace`;
  return { ok: false, code: 'E_ARGS', text: `${what}; nobody was called. Type /incident page @name and pick the name from Slack's list.` };
}

function unknown(typed: string): Refusal {
  const near = closest(typed, Object.keys(WORDS));
  const guess = near === undefined ? 'Type /incident help for every command.' : `Did you mean /incident ${near}?`;
  return { ok: false, code: 'E_UNKNOWN_COMMAND', text: `I don't know “${shown(typed)}”. ${guess}` };
}

/** Help as plain lines; `topic` narrows it. */
export function helpText(topic: string | undefined): string {
  const known = topic === undefined ? undefined : (ALIASES[topic] ?? topic);
  if (known !== undefined && Object.hasOwn(WORDS, known)) return `/incident ${WORDS[known]?.usage}: ${WORDS[known]?.does}.`;
  const lines = Object.values(WORDS).map(({ usage, does }) => `/incident ${usage}: ${does}`);
  return ['/incident: where we are here, or what is open elsewhere', ...lines, ROLLBACK_USAGE, UNDO_USAGE].join('\n');
}
export const ROLLBACK_USAGE = '/rollback [service] [tag] [--reason why]: plans going back to a release; nothing happens before somebody approves';
export const UNDO_USAGE = '/rollback [service] undo [--reason why]: plans going forward again after a rollback that did not help';
