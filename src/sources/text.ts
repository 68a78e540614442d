/** Text of strangers made safe to keep: bounded, without hidden characters, without secrets. Escaping for Slack is slack/escape.ts. */
import { hash } from 'node:crypto';
import type { Link, Severity } from '../core/model.ts';
import { redactUrls } from '../lib/redact.ts';
import { scrub } from '../lib/scrub.ts';

const VALUE_MAX_BYTES = 4096;
const SUMMARY_MAX = 300;
/** Slack's limit for a button's URL (docs.slack.dev, read 2026-11). */
const URL_MAX = 3000;
const CUT = '…(cut)';
const IDENTITY_MAX = 200;
const MOST_LABELS = 50;
const LABEL_NAME_MAX = 128;
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
  if (url === undefined || url.length > URL_MAX || !/^https?:\/\//i.test(url)) return undefined;
  const parsed = URL.parse(url);
  return parsed ? { title, url: redactUrls(parsed.href) } : undefined;
}

/** The links that are any. */
export function cleanLinks(given: Readonly<Record<string, string | undefined>>): readonly Link[] {
  return Object.entries(given).flatMap(([title, url]) => cleanLink(title, url) ?? []);
}

/** What makes two messages the same alert: kept as it is when it is short and visible, else by its hash. */
export function cleanIdentity(text: string): string {
  const whole = text.toWellFormed();
  return whole.length <= IDENTITY_MAX && whole.search(HIDDEN) === -1 ? whole : `sha256:${hash('sha256', whole)}`;
}

/** The first 50 that hold something; of two with one name the first. */
export function cleanLabels(given: Iterable<readonly [name: string, value: string | undefined]>): Record<string, string> {
  const labels = new Map<string, string>();
  for (const [called, value] of given) {
    if (labels.size === MOST_LABELS) break;
    const name = cleanValue(called.slice(0, LABEL_NAME_MAX)).trim();
    if (name !== '' && name !== '__proto__' && value !== undefined && value !== '' && !labels.has(name)) labels.set(name, cleanValue(value));
  }
  return Object.fromEntries(labels);
}

/** `service:shop` and `team=payments` are labels; a bare `vip` is the label `tag.vip`. */
export function tagLabels(tags: readonly string[]): readonly (readonly [string, string])[] {
  return tags.slice(0, MOST_LABELS).map((tag) => {
    const [, name, value] = /^([^:=]{1,128})[:=](.+)$/s.exec(tag.trim()) ?? [];
    return name === undefined || value === undefined ? [`tag.${tag.trim()}`, 'true'] : [name.trim(), value.trim()];
  });
}

const SEVERITIES: Readonly<Record<string, Severity>> = {
  critical: 'sev1',
  page: 'sev1',
  fatal: 'sev1',
  emergency: 'sev1',
  sev0: 'sev1',
  sev1: 'sev1',
  p0: 'sev1',
  p1: 'sev1',
  error: 'sev2',
  high: 'sev2',
  major: 'sev2',
  sev2: 'sev2',
  p2: 'sev2',
  medium: 'sev3',
  moderate: 'sev3',
  warning: 'sev3',
  warn: 'sev3',
  minor: 'sev3',
  low: 'sev3',
  info: 'sev3',
  informational: 'sev3',
  sev3: 'sev3',
  sev4: 'sev3',
  p3: 'sev3',
  p4: 'sev3',
  p5: 'sev3',
};

/** undefined: the service's own severity holds. */
export function readSeverity(word: string | undefined): Severity | undefined {
  const key = word?.trim().toLowerCase() ?? '';
  return Object.hasOwn(SEVERITIES, key) ? SEVERITIES[key] : undefined;
}
