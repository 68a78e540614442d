/** Text of strangers made safe to keep: bounded, without hidden characters, without secrets. Escaping for Slack is slack/escape.ts. */
import type { Link, Severity } from '../core/model.ts';
import { redactUrls } from '../lib/redact.ts';
import { scrub } from '../lib/scrub.ts';

const VALUE_MAX_BYTES = 4096;
const SUMMARY_MAX = 300;
/** Slack's limit for a button's URL (docs.slack.dev, read 2026-11). */
const URL_MAX = 3000;
const CUT = '…(cut)';
/** No token we know is shorter; short label values (`env=production`) need no second look. */
const SHORTEST_SECRET = 16;
/** Control characters, soft hyphen, zero-width and bidi marks: invisible, or they turn the rest of the line around. */
const HIDDEN = /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2064\u2066-\u206f\ufeff]+/g;

/** One line for people: the first candidate of which something visible is left. */
export function cleanSummary(...candidates: readonly (string | undefined)[]): string {
  for (const text of candidates) {
    const line = text === undefined ? '' : cleanLine(text);
    if (line !== '') return line;
  }
  return 'alert without a name';
}

function cleanLine(text: string): string {
  const visible = text
    .slice(0, 4 * SUMMARY_MAX)
    .toWellFormed()
    .replace(HIDDEN, ' ')
    .replace(/\s+/g, ' ');
  const letters = [...scrub(visible).trim()];
  return letters.length <= SUMMARY_MAX ? letters.join('') : `${letters.slice(0, SUMMARY_MAX - 1).join('')}…`;
}

/** At most 4 KiB of UTF-8, cut between characters. */
export function cleanValue(text: string): string {
  if (text.length < SHORTEST_SECRET) return text.toWellFormed();
  // A character of UTF-16 is at most 3 bytes, so most values need no counting.
  if (text.length * 3 <= VALUE_MAX_BYTES || Buffer.byteLength(text) <= VALUE_MAX_BYTES) return scrub(text.toWellFormed());
  const head = Buffer.from(text.slice(0, VALUE_MAX_BYTES)).subarray(0, VALUE_MAX_BYTES).toString('utf8');
  return `${scrub(head.replace(/\ufffd+$/, ''))}${CUT}`;
}

export function isCut(value: string): boolean {
  return value.endsWith(CUT);
}

/** A link when it is http(s) and short enough; its password never shows. Never fetched. */
export function cleanLink(title: string, url: string | undefined): Link | undefined {
  if (url === undefined || url.length > URL_MAX || !/^https?:\/\//i.test(url) || !URL.canParse(url)) return undefined;
  return { title, url: redactUrls(new URL(url).href) };
}

const SEVERITIES: Readonly<Record<string, Severity>> = {
  critical: 'sev1',
  page: 'sev1',
  fatal: 'sev1',
  sev1: 'sev1',
  p1: 'sev1',
  error: 'sev2',
  high: 'sev2',
  major: 'sev2',
  sev2: 'sev2',
  p2: 'sev2',
  warning: 'sev3',
  warn: 'sev3',
  minor: 'sev3',
  low: 'sev3',
  info: 'sev3',
  sev3: 'sev3',
  p3: 'sev3',
};

/** undefined: the service's own severity holds. */
export function readSeverity(word: string | undefined): Severity | undefined {
  const key = word?.trim().toLowerCase() ?? '';
  return Object.hasOwn(SEVERITIES, key) ? SEVERITIES[key] : undefined;
}
